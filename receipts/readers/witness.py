"""Hold what a model told against the pages themselves, read on this machine."""

from receipts.draft import Reading
from receipts.readers import Document, Unreadable


def witnessed(reading: Reading, document: Document, *, fast: bool) -> Reading:
    """Give every value its place on the pages and a confidence that follows from it.

    `raw["overruled"]` names the values in whose place the paper's own sums prove others. Where no page can be
    read here, nothing is found.
    """
    # Imported here: the models' library is heavy, and only workers need it.
    from receipts.engine.grounding import grounded
    from receipts.engine.reading import seen

    try:
        pages = seen(document.content, tell=document.tell, fast=fast)
    except Unreadable:
        pages = []
    found = grounded(reading.drafts, pages, today=document.today, currency=document.currency)
    raw = {**reading.raw, "overruled": list(found.overruled)}
    return reading.model_copy(update={"drafts": found.drafts, "raw": raw})
