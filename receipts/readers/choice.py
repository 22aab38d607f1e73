"""Which reader reads: an invoice's own data, else who was asked for, else the local one."""

import logging
from collections.abc import Sequence

from django.conf import settings

from receipts.draft import Reading
from receipts.readers import Document, NothingFound, Reader, Unavailable, Unreadable, einvoice
from receipts.readers.gemini import Gemini
from receipts.readers.local import Local
from receipts.readers.openai import OpenAi
from receipts.readers.remote import Remote
from receipts.readers.witness import witnessed

NAMES = (Local.name, Gemini.name, OpenAi.name)

logger = logging.getLogger(__name__)


def reader_named(name: str, *, fast: bool | None = None) -> Reader:
    """Make the reader of this name, one of NAMES; `fast` is of the local one, as the settings say where None.

    Raises: ValueError for another name. A reader that is not set up says so when it reads.
    """
    if name == Local.name:
        return Local(fast=settings.RECEIPT_FAST if fast is None else fast)
    return service_named(name)


def service_named(name: str) -> Remote:
    """Make the reader of this name that asks a service.

    Raises: ValueError for another name.
    """
    if name == Gemini.name:
        return Gemini(**settings.GEMINI)
    if name == OpenAi.name:
        return OpenAi(**settings.OPENAI)
    raise ValueError(f"No reader is called {name!r}; there are {', '.join(NAMES)}.")


def is_paid(name: str) -> bool:
    """Tell whether each reading by the reader of this name costs money: it asks a service, and has a key."""
    services = {Gemini.name: settings.GEMINI, OpenAi.name: settings.OPENAI}
    return bool(services.get(name, {}).get("api_key"))


def read(document: Document, *, reader: str) -> Reading:
    """Read the document's own data, else with the reader of this name, or locally when that is unavailable.

    What a model tells is held against the pages.
    Raises: Unreadable, Unavailable, ValueError for a name that is none.
    """
    said = einvoice.read(document)
    if said is not None:
        return said
    names = dict.fromkeys((reader, Local.name))
    return held(read_by([reader_named(name) for name in names], document), document)


def held(reading: Reading, document: Document) -> Reading:
    """Hold a reading by a model against the pages; another's stays as it is."""
    if reading.reader in (Local.name, einvoice.NAME):
        return reading
    return witnessed(reading, document, fast=settings.RECEIPT_FAST)


def read_by(readers: Sequence[Reader], document: Document) -> Reading:
    """Read with the first reader that is available; `fallback` tells why the first one was not.

    Raises: Unreadable from the first that is available, or where none sees a receipt; Unavailable from the
    last.
    """
    first, *others = readers
    try:
        return first.read(document)
    except Unavailable as error:
        if not others:
            raise
        logger.warning("reader %s is unavailable: %s", first.name, error, exc_info=error.__cause__)
        reading = read_by(others, document)
        if isinstance(error, NothingFound) and all(draft.total is None for draft in reading.drafts):
            raise Unreadable("There is no receipt in this file.") from error
        return fallen_back(reading, wanted=first.name, reason=str(error))


def fallen_back(reading: Reading, *, wanted: str, reason: str) -> Reading:
    """Note that another reader was wanted, and why it did not read."""
    fallback = {"from": wanted, "reason": reason}
    return reading.model_copy(update={"raw": {**reading.raw, "fallback": fallback}, "fallback": reason})
