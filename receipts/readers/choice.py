"""Which reader reads: an invoice's own data, else who was asked for, else the local one."""

import logging
from collections.abc import Sequence

from django.conf import settings

from receipts.draft import Reading
from receipts.readers import Document, Reader, Unavailable, einvoice
from receipts.readers.gemini import Gemini
from receipts.readers.local import Local

NAMES = (Local.name, Gemini.name)

logger = logging.getLogger(__name__)


def reader_named(name: str, *, fast: bool | None = None) -> Reader:
    """Make the reader of this name, one of NAMES; `fast` is of the local one, as the settings say where None.

    Raises: ValueError for another name. A reader that is not set up says so when it reads.
    """
    if name == Local.name:
        return Local(fast=settings.RECEIPT_FAST if fast is None else fast)
    if name == Gemini.name:
        return Gemini(
            api_key=settings.GEMINI_API_KEY,
            model=settings.GEMINI_MODEL,
            base_url=settings.GEMINI_BASE_URL or None,
            timeout_seconds=settings.GEMINI_TIMEOUT_SECONDS,
        )
    raise ValueError(f"No reader is called {name!r}; there are {', '.join(NAMES)}.")


def read(document: Document, *, reader: str) -> Reading:
    """Read the document's own data, else with the reader of this name, or locally when that is unavailable.

    Raises: Unreadable, Unavailable, ValueError for a name that is none.
    """
    said = einvoice.read(document)
    if said is not None:
        return said
    names = dict.fromkeys((reader, Local.name))
    return read_by([reader_named(name) for name in names], document)


def read_by(readers: Sequence[Reader], document: Document) -> Reading:
    """Read with the first reader that is available; `raw["fallback"]` tells which was not, and why.

    Raises: Unreadable from the first that is available, Unavailable from the last.
    """
    first, *others = readers
    try:
        return first.read(document)
    except Unavailable as error:
        if not others:
            raise
        logger.warning("reader %s is unavailable: %s", first.name, error, exc_info=error.__cause__)
        reading = read_by(others, document)
        fallback = {"from": first.name, "reason": str(error)}
        return reading.model_copy(update={"raw": {**reading.raw, "fallback": fallback}})
