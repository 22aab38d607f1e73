"""Bytes → elements: bounded, without DTDs or entities, and each value taken only where it stands once."""

import io
import re
from collections.abc import Mapping
from decimal import Decimal
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

MOST_BYTES = 10 * 1024 * 1024
MOST_ELEMENTS = 200_000
MOST_DEPTH = 40  # the standard's own trees are 12 deep

# xs:decimal of no more digits than any amount, quantity or price has.
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,12}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})")


class Broken(ValueError):
    """The data cannot be trusted or understood; the message is fit for the owner to see."""


def root_of(content: bytes) -> str:
    """Name the outermost element, as {namespace}name; nothing behind it is looked at.

    Raises: Broken.
    """
    return _parsed(content, whole=False).tag


def tree_of(content: bytes) -> Element:
    """Parse the whole.

    Raises: Broken when it is not well-formed, has a document type, or is larger or deeper than an invoice.
    """
    return _parsed(content, whole=True)


def _parsed(content: bytes, *, whole: bool) -> Element:
    if len(content) > MOST_BYTES:
        raise Broken(f"The invoice's data have more than {MOST_BYTES // 2**20} MB.")
    try:
        return _bounded(content, whole=whole)
    except DefusedXmlException as error:
        raise Broken(
            "The invoice's data hold a document type or entities, which no invoice needs."
        ) from error
    except (ParseError, LookupError, UnicodeError, ValueError) as error:
        if isinstance(error, Broken):
            raise
        raise Broken("The invoice's data are damaged or incomplete.") from error


def _bounded(content: bytes, *, whole: bool) -> Element:
    root: Element | None = None
    depth = count = 0
    for event, element in iterparse(io.BytesIO(content), events=("start", "end"), forbid_dtd=True):
        if event == "end":
            depth -= 1
            continue
        root = element if root is None else root
        if not whole:
            return root
        depth, count = depth + 1, count + 1
        if depth > MOST_DEPTH or count > MOST_ELEMENTS:
            raise Broken("The invoice's data are larger or deeper than those of any invoice.")
    if root is None:
        raise Broken("The invoice's data are empty.")
    return root


class Node:
    """An element with the prefixes by which paths name what is in it."""

    def __init__(self, element: Element, prefixes: Mapping[str, str]) -> None:
        self.element = element
        self.prefixes = dict(prefixes)

    def all(self, path: str) -> list["Node"]:
        return [Node(found, self.prefixes) for found in self.element.findall(path, self.prefixes)]

    def one(self, path: str) -> "Node | None":
        """Find what may be there once.

        Raises: Broken when it is there more often: each reader would choose another.
        """
        found = self.all(path)
        if len(found) > 1:
            raise Broken(f"The invoice's data say {_name(path)} more than once.")
        return found[0] if found else None

    def part(self, path: str) -> "Node":
        """Find what must be there.

        Raises: Broken.
        """
        found = self.one(path)
        if found is None:
            raise Broken(f"The invoice's data have no {_name(path)}.")
        return found

    def text(self, path: str) -> str:
        """Give a text on one line, "" where there is none."""
        found = self.one(path)
        return " ".join((found.element.text or "").split()) if found else ""

    def number(self, path: str) -> Decimal | None:
        """Give a number, of which the form is checked.

        Raises: Broken.
        """
        written = self.text(path)
        if not written:
            return None
        if not _NUMBER.fullmatch(written):
            raise Broken(f"The invoice's data say {_name(path)} as “{written[:40]}”, which is no number.")
        return Decimal(written)

    def amount(self, path: str, currency: str) -> Decimal | None:
        """Give an amount in cents' precision, which must be in `currency` where it names one.

        Raises: Broken.
        """
        found, value = self.one(path), self.number(path)
        if found is None or value is None:
            return None
        if found.element.get("currencyID", currency) != currency:
            raise Broken(f"The invoice's data say {_name(path)} in another currency than {currency}.")
        cents = round(value, 2)
        if cents != value:
            raise Broken(f"The invoice's data say {_name(path)} with parts of a cent.")
        return cents

    def needed(self, path: str, currency: str) -> Decimal:
        value = self.amount(path, currency)
        if value is None:
            raise Broken(f"The invoice's data do not say {_name(path)}.")
        return value

    def price(self, amount: str, pieces: str) -> Decimal | None:
        """Give the price of one unit from that of some.

        Raises: Broken.
        """
        price, many = self.number(amount), self.number(pieces)
        if many is not None and many <= 0:
            raise Broken("The invoice's data say a price of no pieces.")
        return price / many if price is not None and many is not None else price

    def flag(self, path: str) -> bool:
        """Give a truth value.

        Raises: Broken.
        """
        written = self.text(path)
        if written not in ("true", "false", "1", "0"):
            raise Broken(f"The invoice's data do not say {_name(path)}.")
        return written in ("true", "1")


def _name(path: str) -> str:
    return path.partition("[")[0].rpartition("/")[2].rpartition(":")[2]
