"""A file → the drafts of every receipt in it."""

from collections.abc import Callable, Sequence
from datetime import date

from receipts.draft import Draft
from receipts.engine.boxes import Page
from receipts.engine.pages import Picture, count_of, pages_of
from receipts.engine.receipt import draft_of
from receipts.engine.split import receipts_in
from receipts.readers import PagesRead, Unreadable, to_nobody


def read(
    content: bytes,
    *,
    today: date,
    currency: str | None = None,
    threads: int = 1,
    tell: Callable[[PagesRead], None] = to_nobody,
    fast: bool = False,
) -> tuple[list[Draft], list[Page]]:
    """Read every receipt of a file; the pages are what was seen, kept beside the drafts.

    Raises: Unreadable when the file is broken, or no text is on it.
    """
    pages = seen(content, threads=threads, tell=tell, fast=fast)
    drafts = drafts_of(pages, today=today, currency=currency)
    if not drafts:
        raise Unreadable("No text was found in the file.")
    return drafts, pages


def seen(
    content: bytes,
    *,
    threads: int = 1,
    tell: Callable[[PagesRead], None] = to_nobody,
    fast: bool = False,
) -> list[Page]:
    """Read the text of every page of a file.

    Raises: Unreadable when the file is broken.
    """
    count, pages = count_of(content), []
    for page in pages_of(content):
        pages.append(_page(page, threads, fast))
        tell(PagesRead(len(pages), count))
    return pages


def drafts_of(pages: Sequence[Page], *, today: date, currency: str | None = None) -> list[Draft]:
    """Read the receipts on pages whose text is known."""
    return [
        draft_of(sheet, part=part, today=today, currency=currency)
        for part, sheet in enumerate(receipts_in(pages), start=1)
    ]


def _page(page: Page | Picture, threads: int, fast: bool) -> Page:
    if isinstance(page, Page):
        return page
    from receipts.engine.ocr import reader
    from receipts.engine.orientation import read_picture

    return read_picture(page.pixels, page.number, reader(threads, fast=fast))
