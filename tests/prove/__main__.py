"""Run by hand what is too long for the tests, and print its figures: `make prove`, or one part by name."""

import importlib
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

PARTS = (
    "receipts", "training", "looks", "kills", "logins", "payments", "till", "screens", "energy", "meters", "forecasts",
    "ingest", "alerts", "nightly", "insight", "grounding", "plans", "turned",
)  # fmt: skip


def main(wanted: list[str]) -> int:
    unknown = set(wanted) - set(PARTS)
    if unknown:
        print(f"There is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}.")
        return 2
    os.environ["DATABASE_FALLBACK"] = "none"  # figures of one database are not those of another
    failed = 0
    for name in wanted or PARTS:
        print(f"--- {name}", flush=True)
        failed |= importlib.import_module(f"tests.prove.{name}").main()
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
