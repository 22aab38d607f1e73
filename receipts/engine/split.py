"""Which rows of a file belong to which receipt."""

from collections.abc import Sequence

from receipts.engine.figures import figures_of
from receipts.engine.layout import Row
from receipts.engine.sheet import sheet_of


def receipts_in(pages: Sequence[Sequence[Row]]) -> list[list[Row]]:
    """Join the pages of one receipt; a page with a total of its own after a total begins the next."""
    receipts: list[list[Row]] = []
    complete = False
    for rows in pages:
        if not rows:
            continue
        own = figures_of(sheet_of(rows)).total is not None
        if receipts and not (complete and own):
            receipts[-1].extend(rows)
        else:
            receipts.append(list(rows))
            complete = False
        complete = complete or own
    return receipts
