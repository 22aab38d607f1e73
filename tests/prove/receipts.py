"""Read labelled receipts with both sizes of models: quality, verified totals, CPU seconds an image, peak memory.

RECEIPTS names a folder with images/, truth.jsonl and ../score.py; by default ../shared/receipts/dev.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.live import ROOT


def main() -> int:
    folder = Path(os.environ.get("RECEIPTS", ROOT.parent / "shared" / "receipts" / "dev"))
    if not (folder / "truth.jsonl").exists():
        print(f"There are no labelled receipts at {folder}: nothing was measured.")
        return 0
    return max(_measured(folder, *variant) for variant in (("--fast",), ()))


def _measured(folder: Path, *variant: str) -> int:
    """Read the images in a process of their own and print what it reached and used."""
    images = folder / "images"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as place:
        answers = Path(place) / "answers.jsonl"
        with answers.open("w") as file:
            command = [sys.executable, "manage.py", "extract", *variant, str(images)]
            code = subprocess.run(command, cwd=ROOT, stdout=file, check=False).returncode
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        score = [sys.executable, str(folder.parent / "score.py"), str(folder / "truth.jsonl"), str(answers)]
        print(subprocess.run(score, capture_output=True, text=True, check=True).stdout.strip())
        print(_verified(folder / "truth.jsonl", answers))
    count = sum(1 for _ in images.iterdir())
    seconds = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{' '.join(variant) or 'default'}: {count} images; {seconds / count:.2f} CPU s an image; "
        f"peak so far {used.ru_maxrss / 1024:.0f} MB; exit code {code}",
        flush=True,
    )
    return code


def _verified(truth: Path, answers: Path) -> str:
    """Say of each set how many receipts are verified, and how many of them bear the total labelled."""
    known = {Path(row["image"]).stem: row for row in map(json.loads, truth.open())}
    read = {Path(row["file"]).stem: row for row in map(json.loads, answers.open()) if row.get("part", 1) == 1}
    count, right = Counter[str](), Counter[str]()
    for stem, answer in read.items():
        labels = known.get(stem, {})
        if answer.get("verified") and labels.get("total") is not None:
            count[labels["set"]] += 1
            accepted = labels.get("totals") or [labels["total"]]
            right[labels["set"]] += any(abs(float(answer["total"]) - each) < 0.006 for each in accepted)
    return "verified: " + ", ".join(f"{name} {count[name]}, {right[name]} right" for name in sorted(count))


if __name__ == "__main__":
    sys.exit(main())
