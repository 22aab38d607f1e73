"""Hold true values and lies against labelled receipts whose text is known: how often each is found on the paper.

RECEIPTS names a folder with truth.jsonl and ocr/, the lines of each receipt; by default ../shared/receipts/dev.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from receipts.draft import Draft, Evidence, Source
from receipts.engine.boxes import Box, Page, Place
from receipts.engine.grounding import AGREED, PRINTED, UNSEEN, grounded
from tests.live import ROOT

TODAY = date(2026, 1, 1)
TOLD = Evidence(confidence=0.5, source=Source.LLM)
WORDS = {AGREED: "agreed", PRINTED: "printed", UNSEEN: "not found"}
Values = dict[str, Any]


def main() -> int:
    folder = Path(os.environ.get("RECEIPTS", ROOT.parent / "shared" / "receipts" / "dev"))
    rows = [json.loads(row) for row in (folder / "truth.jsonl").open()] if folder.is_dir() else []
    rows = [row for row in rows if (folder / "ocr" / f"{row['key']}.json").exists()]
    if not rows:
        print(f"There are no labelled receipts with their text at {folder}: nothing was measured.")
        return 0
    found: dict[tuple[str, str], Counter[str]] = {}
    stood: Counter[tuple[str, bool, bool]] = Counter()
    began = time.process_time()
    for row, other in zip(rows, [*rows[7:], *rows[:7]], strict=True):
        page, true = _page(folder / "ocr" / f"{row['key']}.json"), _values(row)
        for kind, name, value in _told(true, _values(other)):
            draft = Draft(**{name: value}, evidence={name: TOLD})
            # Beside a second draft nothing is overruled: the value is judged as it was told.
            judged = grounded([draft, Draft()], [page], today=TODAY, currency=row.get("currency")).drafts[0]
            found.setdefault((kind, name), Counter())[WORDS[judged.evidence[name].confidence]] += 1
            if name == "total":
                whole = grounded([draft], [page], today=TODAY, currency=row.get("currency"))
                stood[kind, bool(whole.overruled), whole.drafts[0].total == true["total"]] += 1
    print(f"{len(rows)} receipts, {time.process_time() - began:.1f} CPU s")
    for (kind, name), counts in sorted(found.items()):
        print(f"{kind} {name}: {', '.join(f'{counts[word]} {word}' for word in WORDS.values())}")
    for (kind, overruled, right), times in sorted(stood.items()):
        print(
            f"{kind} total: {times} {'overruled' if overruled else 'stood'}, {'right' if right else 'wrong'} then"
        )
    return int(any(overruled and not right for _, overruled, right in stood))


def _told(true: Values, others: Values) -> Iterator[tuple[str, str, Any]]:
    """Yield what is true, what is true of another receipt, and totals with a digit wrong."""
    for name, value in true.items():
        yield "true", name, value
        if others.get(name, value) != value:
            yield "another's", name, others[name]
    if "total" in true:
        text = str(true["total"])
        place = [place for place, letter in enumerate(text) if letter.isdigit()][len(text) // 2 - 1]
        yield "misread", "total", Decimal(f"{text[:place]}{(int(text[place]) + 3) % 10}{text[place + 1 :]}")


def _values(row: Values) -> Values:
    total = row.get("total")
    values = {
        "merchant": next(iter(row.get("merchant") or []), None),
        "date": date.fromisoformat(row["date"]) if row.get("date") else None,
        "total": None if total is None else Decimal(str(total)).quantize(Decimal("0.01")),
    }
    return {name: value for name, value in values.items() if value is not None}


def _page(file: Path) -> Page:
    kept = json.loads(file.read_text())
    boxes = tuple(_box(box, kept["w"], kept["h"]) for box in kept["boxes"])
    return Page(number=1, boxes=boxes, source=Source.OCR)


def _box(box: Values, width: float, height: float) -> Box:
    """Lay a line of text level about its middle."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = box["q"]
    left, right, middle = min(x0, x3), max(x1, x2), (y0 + y1 + y2 + y3) / 4
    half = (y3 - y0 + y2 - y1) / 4
    edges = (left, middle - half, right, middle + half)
    shares = (edge / full for edge, full in zip(edges, (width, height) * 2, strict=True))
    place = Place(*(min(max(share, 0.0), 1.0) for share in shares))
    slope = (y1 - y0) / (x1 - x0) if x1 > x0 else 0.0
    return Box(box["t"], *edges, slope=slope, confidence=box["s"], place=place)
