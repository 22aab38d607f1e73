"""Read labelled receipts turned by quarters and by ten degrees: date and total, and what turning loses.

RECEIPTS names a folder with images/ and truth.jsonl; by default ../shared/receipts/dev. COUNT is how many receipts
are read, by default 30: of three sets in turn as the labels have them, two fifths of each large set and a fifth of
the small one. KEYS names some instead. What is uncovered by a turn of ten degrees is white to the one side and as
dark as a table to the other.
"""

import io
import json
import os
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from receipts.engine.reading import read
from receipts.readers import Unreadable
from tests.live import ROOT

SHARES = {"sroie": 0.4, "wild": 0.4, "soft": 0.2}
TURNS = {"upright": 0, "90": 90, "180": 180, "270": 270, "+10": 10, "-10": -10}
WHITE, TABLE = (255, 255, 255), (104, 84, 66)
CENT = 0.006
MOST_LOST = 2.0  # points of date and of total, by any turn
Truth = dict[str, Any]


def main() -> int:
    folder = Path(os.environ.get("RECEIPTS", ROOT.parent / "shared" / "receipts" / "dev"))
    if not (folder / "truth.jsonl").exists():
        print(f"There are no labelled receipts at {folder}: nothing was measured.")
        return 0
    truths = list(_sample(folder / "truth.jsonl"))
    print(f"{len(truths)} receipts: {', '.join(truth['key'] for truth in truths)}")
    reached: dict[str, dict[str, float]] = {}
    failed = 0
    for name, degrees in TURNS.items():
        began, marks = time.process_time(), []
        for truth in truths:
            content = turned(folder / truth["image"], degrees)
            marks.append(_marked(content, truth, name))
        seconds = (time.process_time() - began) / len(truths)
        reached[name] = _shares(marks)
        lost = {field: reached["upright"][field] - share for field, share in reached[name].items()}
        failed |= any(lost[field] > MOST_LOST for field in ("date", "total"))
        print(
            f"{name:>7}: "
            + ", ".join(
                f"{field} {share:.1f} (lost {lost[field]:.1f})" for field, share in reached[name].items()
            )
            + f"; {seconds:.2f} CPU s a picture",
            flush=True,
        )
    return int(failed)


def _sample(labels: Path) -> Iterator[Truth]:
    wanted = os.environ.get("KEYS", "").split()
    left = {name: round(share * int(os.environ.get("COUNT", "30"))) for name, share in SHARES.items()}
    for truth in map(json.loads, labels.read_text().splitlines()):
        if truth["key"] in wanted:
            yield truth
        elif not wanted and left[truth["set"]]:
            left[truth["set"]] -= 1
            yield truth


def turned(file: Path, degrees: int) -> bytes:
    """Turn a picture against the clock; nothing of it is cut off."""
    with Image.open(file) as opened:
        image = ImageOps.exif_transpose(opened).convert("RGB")
    ground = WHITE if degrees > 0 else TABLE
    image = image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=ground)
    made = io.BytesIO()
    image.save(made, "JPEG", quality=92)
    return made.getvalue()


def _marked(content: bytes, truth: Truth, name: str) -> dict[str, bool]:
    """Compare the first receipt found with its label, by the rules of ../score.py; print what is missed."""
    try:
        drafts, _ = read(content, today=date.today())
    except Unreadable:
        drafts = []
    told = drafts[0] if drafts else None
    day = told.date.isoformat() if told and told.date else None
    total = float(told.total) if told and told.total is not None else None
    marks = {}
    if truth.get("date"):
        marks["date"] = day == truth["date"]
    if truth.get("total") is not None:
        right = truth.get("totals") or [truth["total"]]
        marks["total"] = total is not None and any(abs(total - one) < CENT for one in right)
    marks["alone"] = len(drafts) == 1
    for field, found in (("date", day), ("total", total), ("alone", len(drafts))):
        if not marks.get(field, True):
            print(f"{name:>9} {truth['key']}: {field} {found}, not {truth.get(field, 1)}", flush=True)
    return marks


def _shares(marks: list[dict[str, bool]]) -> dict[str, float]:
    """Count in percent of the receipts that bear the field."""
    known = {field: [mark[field] for mark in marks if field in mark] for field in ("date", "total", "alone")}
    return {field: 100 * sum(values) / max(len(values), 1) for field, values in known.items()}
