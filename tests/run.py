"""Run the suite on SQLite and, at the same time, on PostgreSQL where one listens: `make test`.

TEST_POSTGRES_URL names another PostgreSQL; with REQUIRE_SERVICES=1 it must be there. Arguments go to pytest.
"""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import environ  # noqa: E402 (our own rooms are reached from here on)

from core.database import unreachable  # noqa: E402

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
# Each file is one process's, which makes its world and its servers once; their order is that of tests/conftest.py.
# Two for each database: where those of one wait for a lease or work alone at the end, the other's go on.
SPREAD = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
NO_TESTS = 5  # pytest's word for it, as when the arguments pick tests of ONCE alone

# What has nothing more to say on a second database: it never meets the suite's, or where it does no two can
# differ, as for limits on documents, days of a range, Google's tokens and files in a bucket.
ONCE = (
    "tests/catalog/test_figures.py",
    "tests/core/test_google.py",
    "tests/core/test_rates.py",
    "tests/demo",
    "tests/energy/test_meter_files.py",
    "tests/energy/test_pure.py",
    "tests/insights/test_analyses.py",
    "tests/insights/test_backtest.py",
    "tests/insights/test_forecasting.py",
    "tests/insights/test_killed_nights.py",
    "tests/insights/test_sheets.py",
    "tests/insights/test_suggestion_rules.py",
    "tests/insights/test_trends.py",
    "tests/insights/test_wording.py",
    "tests/operation/test_deploy.py",
    "tests/operation/test_readme.py",
    "tests/operation/test_run.py",
    "tests/operation/test_serve.py",
    "tests/operation/test_start.py",
    "tests/receipts/engine",
    "tests/receipts/readers",
    "tests/receipts/test_checks.py",
    "tests/receipts/test_einvoice.py",
    "tests/receipts/test_extract.py",
    "tests/receipts/test_risk.py",
    "tests/receipts/training",
    "tests/sales/test_gateway.py",
    "tests/sales/test_hours.py",
    "tests/schema/test_buckets.py",
    "tests/schema/test_graphiql.py",
    "tests/schema/test_limits.py",
    "tests/schema/test_ranges.py",
    "tests/test_house.py",
)


def main(arguments: list[str]) -> int:
    """Answer 0 when the suite passed on every database that is here."""
    reason = unreachable(environ.Env.db_url_config(POSTGRES_URL))
    if reason:
        say(f"PostgreSQL cannot be reached ({reason}): NOT TESTED on it.")
        say("Start it (see the README) or name one in TEST_POSTGRES_URL.")
        results = [suite("SQLite", "", arguments)]
    else:
        others = [*arguments, *(f"--ignore={path}" for path in ONCE)]
        with ThreadPoolExecutor() as pool, tempfile.TemporaryFile("w+") as said:
            beside = pool.submit(suite, "PostgreSQL", POSTGRES_URL, others, said)
            results = [suite("SQLite", "", arguments), beside.result()]
            said.seek(0)
            say(said.read())
    missing = bool(reason) and os.environ.get("REQUIRE_SERVICES") == "1"
    failed = any(code not in (0, NO_TESTS) for code in results) or set(results) == {NO_TESTS}
    return 1 if missing or failed else 0


def suite(name: str, url: str, arguments: list[str], to: IO[str] = sys.stdout) -> int:
    """Run pytest on one database; answer its exit code."""
    say(f"--- The suite on {name}", to)
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", *SPREAD, *arguments]
    changed = {
        "DATABASE_URL": url,  # empty it is SQLite, whatever a developer's .env says
        "PYTHONDONTWRITEBYTECODE": "",  # compiled once for all the processes of a suite, and for the next one
    }
    environment = {**os.environ, **changed}
    code = subprocess.run(command, cwd=ROOT, env=environment, stdout=to, stderr=to, check=False).returncode
    seconds = time.monotonic() - started
    word = "passed" if code == 0 else "no tests" if code == NO_TESTS else "FAILED"
    say(f"--- {name}: {word} in {seconds:.0f} s", to)
    return code


def say(line: str, to: IO[str] = sys.stdout) -> None:
    """Print at once: pytest writes to the same place."""
    to.write(f"{line}\n")
    to.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
