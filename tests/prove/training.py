"""Prove the engine in folds over labelled boxes of text, as training does, and write nothing.

TRAINING names a folder with sroie_boxes.jsonl and cord_*.jsonl; by default ../shared/receipts/train.
"""

import os
import subprocess
import sys
from pathlib import Path

from tests.live import ROOT


def main() -> int:
    folder = Path(os.environ.get("TRAINING", ROOT.parent / "shared" / "receipts" / "train"))
    if not (folder / "sroie_boxes.jsonl").exists():
        print(f"There are no labelled boxes at {folder}: nothing was measured.")
        return 0
    command = [sys.executable, "manage.py", "train_engine", "--data", str(folder), "--dry-run"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
