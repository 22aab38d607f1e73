"""Which boxes and rows of a file belong to which receipt."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from receipts.engine.boxes import Box, Page
from receipts.engine.figures import names_total
from receipts.engine.identity import number_of
from receipts.engine.layout import Row, level, rows_of
from receipts.engine.sheet import Sheet, sheet_of

FEWEST_BOXES = 8  # on each side of a gap, for two receipts to lie beside one another
WIDEST_GAPS = 3  # of a picture that are tried
NARROWEST_GAP = 1.0  # in heights of the text
_FURTHER_PAGE = re.compile(
    r"\b(?:page|seite|pagina|hal(?:aman)?)\W*([2-9]|\d\d)\b|\b([2-9]|\d\d) ?(?:/|of|von|de) ?\d+\W*$"
)


def receipts_in(pages: Sequence[Page]) -> list[list[Row]]:
    """Return the rows of each receipt: pages of one joined, receipts side by side on one taken apart."""
    receipts: list[list[Row]] = []
    before: Sheet | None = None
    for page in pages:
        for place, rows in enumerate(_side_by_side(page)):
            sheet = sheet_of(rows)
            if before is not None and place == 0 and _continues(before, sheet):
                receipts[-1].extend(rows)
                before = sheet_of(receipts[-1])
            else:
                receipts.append(rows)
                before = sheet
    return receipts


def _continues(before: Sheet, page: Sheet) -> bool:
    """Tell whether a page goes on with the receipt before it: one that is whole is followed by the next."""
    if any(_FURTHER_PAGE.search(entry.plain) for entry in (*page.entries[:4], *page.entries[-3:])):
        return True
    if not names_total(before) or not names_total(page):
        return True
    numbers = number_of(before), number_of(page)
    return None not in numbers and len({number.text for number in numbers if number}) == 1


def _side_by_side(page: Page) -> Iterator[list[Row]]:
    """Cut a page where no text crosses, if what lies on both sides has a total of its own."""
    flat = level(page.boxes)
    for gap in _gaps(flat):
        halves = [
            replace(
                page,
                boxes=tuple(
                    box for box, upright in zip(page.boxes, flat, strict=True) if (upright.x < gap) is left
                ),
            )
            for left in (True, False)
        ]
        if all(names_total(sheet_of(rows_of(half))) for half in halves):
            for half in halves:
                yield from _side_by_side(half)
            return
    rows = rows_of(page)
    if rows:
        yield rows


def _gaps(boxes: Sequence[Box]) -> list[float]:
    """Return the middles of the widest gaps between columns of level text, in the page's units."""
    gaps: list[tuple[float, float]] = []
    reach = float("-inf")
    height = sorted(box.height for box in boxes)[len(boxes) // 2] if boxes else 0.0
    for count, box in enumerate(sorted(boxes, key=lambda box: box.left)):
        width = box.left - reach
        if FEWEST_BOXES <= count <= len(boxes) - FEWEST_BOXES and width > NARROWEST_GAP * height:
            gaps.append((width, box.left - width / 2))
        reach = max(reach, box.right)
    return [middle for _, middle in sorted(gaps, reverse=True)[:WIDEST_GAPS]]
