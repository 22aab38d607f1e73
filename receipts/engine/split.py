"""Which boxes and rows of a file belong to which receipt."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from receipts.engine.arithmetic import closes, plausible
from receipts.engine.boxes import Page
from receipts.engine.chains import chain_in
from receipts.engine.cuts import Cut, cuts
from receipts.engine.figures import figures_of, names_total
from receipts.engine.identity import ADDRESS, BUSINESS, LEGAL, head_of, number_of
from receipts.engine.items import lines_of
from receipts.engine.layout import rows_of
from receipts.engine.sheet import Sheet, sheet_of

FEWEST_BOXES = 8  # on each side of a cut between receipts
BESIDE, BELOW = 1.0, 1.5  # heights of the text that are free at least between two
_FURTHER_PAGE = re.compile(
    r"\b(?:page|seite|pagina|hal(?:aman)?)\W*([2-9]|\d\d)\b|\b([2-9]|\d\d) ?(?:/|of|von|de) ?\d+\W*$"
)


def receipts_in(pages: Sequence[Page]) -> list[Sheet]:
    """Return the receipts on pages: pages of one joined, several on one page taken apart."""
    receipts: list[Sheet] = []
    for page in pages:
        for place, sheet in enumerate(_apart(page)):
            if receipts and place == 0 and _continues(receipts[-1], sheet):
                receipts[-1] = sheet_of([entry.row for entry in (*receipts[-1].entries, *sheet.entries)])
            else:
                receipts.append(sheet)
    return receipts


def _continues(before: Sheet, page: Sheet) -> bool:
    """Tell whether a page goes on with the receipt before it: one that is whole is followed by the next."""
    if any(_FURTHER_PAGE.search(entry.plain) for entry in (*page.entries[:4], *page.entries[-3:])):
        return True
    if not names_total(before) or not names_total(page):
        return True
    return _number(before) is not None and _number(before) == _number(page)


def _apart(page: Page) -> Iterator[Sheet]:
    """Cut a page where no text crosses as long as both sides are receipts: beside one another, then below."""
    for below, narrowest in ((False, BESIDE), (True, BELOW)):
        for cut in cuts(page.boxes, below=below, fewest=FEWEST_BOXES, narrowest=narrowest):
            halves = _halves(page, cut)
            if _are_two(halves, below=below):
                for half in halves:
                    yield from _apart(half)
                return
    rows = rows_of(page)
    if rows:
        yield sheet_of(rows)


def _are_two(halves: Sequence[Page], *, below: bool) -> bool:
    """Tell whether both halves of a page are receipts; the smaller is looked at first, since it is rarely one."""
    if not names_total(sheet_of(rows_of(min(halves, key=lambda half: len(half.boxes))))):
        return False
    first, second = (sheet_of(rows_of(half)) for half in halves)
    return names_total(first) and names_total(second) and (not below or _begins_anew(first, second))


def _halves(page: Page, cut: Cut) -> list[Page]:
    return [
        replace(
            page,
            boxes=tuple(box for box, before in zip(page.boxes, cut.before, strict=True) if before == first),
        )
        for first in (True, False)
    ]


def _begins_anew(above: Sheet, below: Sheet) -> bool:
    """Tell whether what lies below a gap is a receipt of its own, and not the slip of a card or a coupon.

    It has a head, and another total than the one above or lines that add up to it.
    """
    if not any(
        LEGAL.search(row.plain) or BUSINESS.search(row.plain) or ADDRESS.search(row.plain)
        for row in head_of(below)
    ) and not chain_in(row.row.text for row in head_of(below)):
        return False
    lines = lines_of(below)
    one, other = figures_of(above, lines_of(above)), figures_of(below, lines)
    if one.total is None or other.total is None:
        return False
    return one.total.value != other.total.value or closes(plausible(lines, other), other)


def _number(sheet: Sheet) -> str | None:
    named = number_of(sheet)
    return named.text if named else None
