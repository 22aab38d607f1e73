"""Where on a receipt its lines stand: the rows, and the column of prices."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from receipts.engine.names import is_code, name_of
from receipts.engine.numerals import Numeral
from receipts.engine.sheet import Entry, Sheet
from receipts.engine.vocabulary import Kind

_ENDS = {
    Kind.SUBTOTAL, Kind.TOTAL, Kind.TAX, Kind.SERVICE, Kind.TENDERED, Kind.CHANGE, Kind.ROUNDING, Kind.TIP,
}  # fmt: skip
_META = re.compile(
    r"\bdate\b|\btime\b|cashier|\btable\b|\border\b|\bserver\b|\bguest|invoice|receipt|\btel\b|\bphone|\bgst\b|\bcheck\b|\bpos\b|"
    r"\breg\b|\bterminal|\bcust(?:omer)?\b|\bstaff\b|\bfax\b|sdn|bhd|\bno\b\s?[.:#\d]|\bno$|\d{1,2}[:/.-]\d{2}[:/.-]\d{2}|^\W*(?:eur|rm|usd)\W*$"
)
_NUMBERED = re.compile(r"\W*\d[\d.-]{4,}\d\s+[^\W\d]")
_NO_PRICE = re.compile(
    r"\btel\b|\bfax\b|\bphone|\bdate\b|\btime\b|\bgst ?(?:id|no|reg)|\d{1,2}[:/.-]\d{2}[:/.-]\d{2}"
)
CODE_SHARE = 0.3  # of letters, under which a row is rather a code
LOOK_BACK = 4  # rows above the first price among which its name is looked for


@dataclass(frozen=True, slots=True)
class Column:
    """The column in which prices end: its right edge, and how far to the left of it one may end."""

    edge: float
    slack: float

    def holds(self, entry: Entry) -> bool:
        return right_of(entry, entry.amounts[-1]) >= self.edge - self.slack


def right_of(entry: Entry, number: Numeral) -> float:
    """Return where a number ends on the level page."""
    return entry.row.span(number.start, number.end)[-1].box.right


def column_of(section: Sequence[Entry]) -> Column:
    """Find the column: the middle of the right half of all prices' ends."""
    priced = [entry for entry in section if entry.amounts and entry.kind is not Kind.ASIDE]
    edges = sorted(right_of(entry, entry.amounts[-1]) for entry in priced)
    if not edges:
        return Column(0.0, 0.0)
    edge = median(edges[len(edges) // 2 :])
    left = min(entry.row.left for entry in section)
    return Column(edge, 0.22 * max(edge - left, 1.0))


def section_of(sheet: Sheet) -> list[Entry]:
    """Return the rows from below the table's head, or the first price, to above the first sum."""
    section: list[Entry] = []
    priced = False
    for entry in sheet.entries[_start(sheet) :]:
        if priced and _is_sum(sheet, entry):
            break
        if entry.kind in _ENDS and entry.amounts and not takes_off(sheet, entry):
            continue
        priced = priced or bool(entry.amounts)
        section.append(entry)
    last = max((place for place, entry in enumerate(section) if entry.amounts), default=-1)
    return section[: last + 3]


def _is_sum(sheet: Sheet, entry: Entry) -> bool:
    """Tell whether the lines end above this row."""
    if entry.tax_head:
        return True
    if entry.amounts and takes_off(sheet, entry):
        return False
    return entry.kind in _ENDS and (bool(entry.amounts) or _value_follows(sheet, entry))


def takes_off(sheet: Sheet, entry: Entry) -> bool:
    """Tell whether a row named a sum is the amount of a discount: below zero, under the discount's name."""
    above = sheet.entries[entry.index - 1] if entry.index else None
    return (
        entry.kind is Kind.TOTAL
        and entry.amounts[-1].value < 0
        and above is not None
        and above.kind is Kind.DISCOUNT
    )


def _value_follows(sheet: Sheet, entry: Entry) -> bool:
    after = sheet.entries[entry.index + 1 : entry.index + 2]
    return bool(after and after[0].amounts and after[0].row.letters <= 3)


def _start(sheet: Sheet) -> int:
    """Find the first row: below the table's head, else with the name of the first price."""
    prices = [
        entry.index
        for entry in sheet.entries
        if entry.amounts and not entry.kind and not _NO_PRICE.search(entry.plain)
    ]
    first = prices[0] if prices else len(sheet.entries)
    heads = [entry.index for entry in sheet.entries if entry.items_head and entry.index <= first]
    if heads:
        return heads[-1] + 1
    return _name_above(sheet, first)


def _opens(entry: Entry) -> bool:
    """Tell whether a row is the first of a name of two rows: an article's number stands before it."""
    return bool(_NUMBERED.match(entry.row.text)) and not _META.search(entry.plain) and entry.kind is None


def _name_above(sheet: Sheet, first: int) -> int:
    """Go up from the first price over codes to the row that can name it; stay when it names itself."""
    if first >= len(sheet.entries) or name_of(sheet.entries[first].row.text, sheet.entries[first].amounts):
        return first
    for index in range(first - 1, max(first - 1 - LOOK_BACK, -1), -1):
        entry = sheet.entries[index]
        share = entry.row.letters / max(len(entry.row.text.replace(" ", "")), 1)
        if share < CODE_SHARE or is_code(entry.row.text):
            continue
        if _META.search(entry.plain) or entry.kind or ":" in entry.plain:
            break
        if share >= 0.5:
            return index - 1 if index and _opens(sheet.entries[index - 1]) else index
    return first
