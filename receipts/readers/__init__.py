"""The one port through which a receipt is read; each module here is one reader behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from receipts.draft import Reading


class ReaderError(Exception):
    """A reader could not read; the message is fit for the owner to see."""


class Unreadable(ReaderError):
    """The file itself is at fault: another attempt will not help."""


class Unavailable(ReaderError):
    """The reader is out of reach or out of order for now: another attempt may help."""


class NothingFound(Unavailable):
    """The reader sees no receipt. That may be so, or be what the paper told it to say."""


@dataclass(frozen=True)
class PagesRead:
    """How far a reading is."""

    read: int
    pages: int


def to_nobody(done: PagesRead) -> None:
    """Let nobody know how far a reading is."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """A file to read, with what is known of the store that it belongs to, and whom to tell page by page.

    `pages_only` wants a PDF read as it looks, even where it holds the data of an electronic invoice.
    """

    content: bytes
    content_type: str
    today: date
    currency: str | None = None
    pages_only: bool = False
    tell: Callable[[PagesRead], None] = to_nobody


class Reader(Protocol):
    name: str

    def read(self, document: Document) -> Reading:
        """Read every receipt in the document.

        Raises: Unreadable, Unavailable.
        """
        ...
