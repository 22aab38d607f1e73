"""What people may enter into the fields that several rows have."""

from __future__ import annotations

import re
from decimal import Decimal

from django.core.exceptions import ValidationError

from core.errors import Code, Refused
from core.models.zones import validate_timezone

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}\Z")
CURRENCY = re.compile(r"[A-Z]{3}\Z")


def short(text: str, limit: int, *field: str) -> str:
    """Take a text of at most `limit` characters, without the space around it.

    Raises: Refused with INVALID.
    """
    text = text.strip()
    if len(text) > limit:
        raise Refused(Code.INVALID, f"At most {limit} characters.", *field)
    if "\x00" in text:
        raise Refused(Code.INVALID, "A text holds no NUL character.", *field)
    return text


def named(text: str, limit: int, *field: str) -> str:
    """Take a text that must say something.

    Raises: Refused with REQUIRED or INVALID.
    """
    text = short(text, limit, *field)
    if not text:
        raise Refused(Code.REQUIRED, "This cannot be empty.", *field)
    return text


def username(text: str, *field: str) -> str | None:
    """Take a handle, in lower case; an empty one is none.

    Raises: Refused with INVALID.
    """
    handle = text.strip().lower()
    if handle and not USERNAME.match(handle):
        raise Refused(
            Code.INVALID, "A username has 3 to 40 letters, digits, dots, dashes or underscores.", *field
        )
    return handle or None


def timezone(name: str, *field: str) -> str:
    """Take an IANA name of a time zone.

    Raises: Refused with INVALID.
    """
    try:
        validate_timezone(name)
    except ValidationError as error:
        raise Refused(Code.INVALID, error.messages[0], *field) from error
    return name


def currency(code: str, *field: str) -> str:
    """Take an ISO 4217 code.

    Raises: Refused with INVALID.
    """
    if not CURRENCY.match(code):
        raise Refused(Code.INVALID, "A currency is three capital letters, such as EUR.", *field)
    return code


def number(value: Decimal, digits: int, places: int, *field: str) -> Decimal:
    """Take a number that is not negative, of so many digits before the point and behind it.

    Raises: Refused with INVALID.
    """
    if not value.is_finite() or value < 0 or value >= 10**digits:
        raise Refused(Code.INVALID, f"From 0, at most {digits} digits before the point.", *field)
    if value != round(value, places):
        raise Refused(Code.INVALID, f"At most {places} decimal places.", *field)
    return round(value, places)


def camel(name: str) -> str:
    """Name a column as inputs do: unit_price is unitPrice."""
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
