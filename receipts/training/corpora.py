"""Labelled receipts → pages and truths: SROIE's lines, and CORD's words joined to the lines that OCR sees."""

import json
import re
from calendar import month_abbr
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date as Date
from decimal import Decimal
from pathlib import Path
from typing import Any

from receipts.draft import Source
from receipts.engine.boxes import Box, Page, Place

NEAR = 0.8  # heights: words closer than this are of one line
CONFIDENCE = 0.99  # of a line as OCR would give it
_MONTHS = {name.lower(): number for number, name in enumerate(month_abbr)}  # 0 is of no name

Quad = list[float]  # x and y of the four corners, clockwise from the top left
Priced = tuple[str, Decimal]


@dataclass(frozen=True, slots=True)
class Example:
    """One receipt with what is known of it; `lines` are names with printed prices, None where unknown.

    `taxes` and `subtotals` are all amounts so labelled.
    """

    key: str
    page: Page
    merchant: str | None = None
    date: Date | None = None
    total: Decimal | None = None
    lines: tuple[Priced, ...] | None = None
    taxes: tuple[Decimal, ...] = ()
    subtotals: tuple[Decimal, ...] = ()


def sroie(folder: Path, *, without: frozenset[str] = frozenset()) -> list[Example]:
    """Read the receipts of SROIE, but for those whose keys are kept to measure on."""
    rows = map(json.loads, (folder / "sroie_boxes.jsonl").open())
    return [_sroie(row) for row in rows if row["key"] not in without]


def _sroie(row: dict[str, Any]) -> Example:
    truth = row["truth"]
    page = _page((box["quad"], box["text"]) for box in row["boxes"])
    return Example(row["key"], page, truth["company"], _date(truth["date"]), _amount(truth["total"]))


def _date(text: str) -> Date | None:
    """Read a labelled date: the day first, or the month where only that is one."""
    parts = [_MONTHS.get(part[:3], 0) or part for part in re.findall(r"[a-z]+|\d+", text.lower())]
    numbers = [int(part) for part in parts[:3]]
    if numbers[0] > 31:
        numbers.reverse()
    day, month, year = numbers
    if isinstance(parts[0], int) or month > 12:
        day, month = month, day
    return Date(year + 2000 if year < 100 else year, month, day)


def _amount(text: str) -> Decimal | None:
    """Read a labelled amount; a mark before one or two last digits is the decimal one."""
    found = re.search(r"\d[\d., ]*", text)
    if found is None:
        return None
    whole, _, cents = re.sub(r"[., ](?=\d{1,2}$)", "|", found[0].strip(" .,")).partition("|")
    value = Decimal(f"{re.sub('[., ]', '', whole)}.{cents or 0}")
    return -value if "-" in text[: found.start()] + text[found.end() :] else value


def cord(folder: Path) -> list[Example]:
    """Read the receipts of CORD, the training and the development part."""
    return [
        _cord(row, f"{part}_{number}")
        for part in ("cord_train", "cord_dev")
        for number, row in enumerate(map(json.loads, (folder / f"{part}.jsonl").open()))
    ]


def _cord(row: dict[str, Any], key: str) -> Example:
    words = [
        (word["row_id"], _quad(word["quad"]), word["text"])
        for group in row["valid_line"]
        for word in group["words"]
    ]
    return Example(
        key,
        _page(_joined(words)),
        total=next(iter(_amounts(row, "total.total_price")), None),
        lines=tuple(_lines(row["valid_line"])),
        taxes=_amounts(row, "sub_total.tax_price"),
        subtotals=_amounts(row, "sub_total.subtotal_price"),
    )


def _amounts(row: dict[str, Any], category: str) -> tuple[Decimal, ...]:
    texts = (_values(group) for group in row["valid_line"] if group["category"] == category)
    return tuple(value for text in texts if (value := _amount(text)) is not None)


def _quad(quad: dict[str, float]) -> Quad:
    return [quad[f"{axis}{corner}"] for corner in range(1, 5) for axis in "xy"]


def _values(group: dict[str, Any]) -> str:
    return " ".join(word["text"] for word in group["words"] if not word["is_key"])


def _lines(groups: Iterable[dict[str, Any]]) -> Iterator[Priced]:
    """Yield the names and prices of the lines and of the extras below them."""
    texts: dict[tuple[Any, ...], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for group in groups:
        kind, _, name = group["category"].partition(".")
        if kind == "menu":
            extra = name.startswith("sub_")
            key = (group["group_id"], extra, group.get("sub_group_id") if extra else None)
            texts[key][name.removeprefix("sub_")].append(_values(group))
    for line in texts.values():
        prices = [price for text in line["price"] if (price := _amount(text)) is not None]
        if line["nm"] and prices:
            yield " ".join(line["nm"]), prices[-1]


def _joined(words: Iterable[tuple[int, Quad, str]]) -> Iterator[tuple[Quad, str]]:
    """Join the words of a row that stand close, as the lines of OCR do."""
    rows: dict[int, list[tuple[Quad, str]]] = defaultdict(list)
    for row, quad, text in words:
        rows[row].append((quad, text))
    for row_words in rows.values():
        line: tuple[Quad, str] | None = None
        for quad, text in sorted(row_words, key=lambda word: word[0][0]):
            height = max(quad[5] - quad[3], quad[7] - quad[1], 1.0)
            if line and quad[0] - line[0][2] < NEAR * height and abs(quad[1] - line[0][3]) < 0.6 * height:
                line = ([*line[0][:2], *quad[2:6], *line[0][6:]], f"{line[1]} {text}")
                continue
            if line:
                yield line
            line = (quad, text)
        if line:
            yield line


def _page(lines: Iterable[tuple[Quad, str]]) -> Page:
    kept = [(quad, text) for quad, text in lines if text.strip()]
    width = max(max(quad[0::2]) for quad, _ in kept)
    height = max(max(quad[1::2]) for quad, _ in kept)
    boxes = tuple(_box(quad, text, width, height) for quad, text in kept)
    return Page(number=1, boxes=boxes, source=Source.OCR)


def _box(quad: Quad, text: str, width: float, height: float) -> Box:
    """Lay a quad level about its middle, as the engine does with those of OCR."""
    x, y = sum(quad[0::2]) / 4, sum(quad[1::2]) / 4
    across, down = (quad[2] - quad[0], quad[3] - quad[1]), (quad[6] - quad[0], quad[7] - quad[1])
    half_width, half_height = (sum(side**2 for side in sides) ** 0.5 / 2 for sides in (across, down))
    edges = (x - half_width, y - half_height, x + half_width, y + half_height)
    shares = (edge / full for edge, full in zip(edges, (width, height) * 2, strict=True))
    place = Place(*(min(max(share, 0.0), 1.0) for share in shares))
    return Box(
        text,
        *edges,
        slope=across[1] / across[0] if across[0] > 0 else 0.0,
        confidence=CONFIDENCE,
        place=place,
    )
