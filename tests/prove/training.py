"""Prove the engine in folds over labelled boxes of text, as training does, and write nothing; and time it.

TRAINING names a folder with sroie_boxes.jsonl and cord_*.jsonl; by default ../shared/receipts/train.
"""

import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

from receipts.engine.reading import drafts_of
from receipts.training import corpora
from tests.live import ROOT


def main() -> int:
    folder = Path(os.environ.get("TRAINING", ROOT.parent / "shared" / "receipts" / "train"))
    if not (folder / "sroie_boxes.jsonl").exists():
        print(f"There are no labelled boxes at {folder}: nothing was measured.")
        return 0
    command = [sys.executable, "manage.py", "train_engine", "--data", str(folder), "--dry-run"]
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    papers = corpora.sroie(folder)
    began = time.process_time()
    for paper in papers:
        drafts_of([paper.page], today=date(2026, 1, 1))
    spent = (time.process_time() - began) * 1000 / len(papers)
    print(f"engine without OCR: {spent:.1f} ms of CPU a receipt, over {len(papers)} of SROIE")
    return code


if __name__ == "__main__":
    sys.exit(main())
