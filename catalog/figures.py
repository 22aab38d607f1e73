"""Amounts, quantities and attributes that the catalogue can hold."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from typing import Any

from core.errors import Code, Refused
from core.fields import number

MONEY = (12, 2)  # digits before and after the point
QUANTITY = (9, 3)
MAX_ATTRIBUTES = 50
MAX_ATTRIBUTE_NAME = 40
MAX_ATTRIBUTES_BYTES = 8_000  # as JSON
MAX_DEPTH = 3  # lists and objects inside each other, the outermost counted


def price(value: Decimal, *field: str) -> Decimal:
    """Take an amount of money that is not negative.

    Raises: Refused with INVALID.
    """
    return number(value, *MONEY, *field)


def quantity(value: Decimal, *field: str) -> Decimal:
    """Take a quantity that is not negative.

    Raises: Refused with INVALID.
    """
    return number(value, *QUANTITY, *field)


def some(value: Decimal, *field: str) -> Decimal:
    """Take a quantity above zero.

    Raises: Refused with INVALID.
    """
    value = quantity(value, *field)
    if not value:
        raise Refused(Code.INVALID, "This must be more than 0.", *field)
    return value


def attributes(values: Any, *field: str) -> dict[str, Any]:
    """Take a product's attributes: a JSON object of bounded size and depth.

    Raises: Refused with INVALID.
    """
    if not isinstance(values, dict):
        raise Refused(Code.INVALID, "Attributes are a JSON object.", *field)
    if len(values) > MAX_ATTRIBUTES:
        raise Refused(Code.INVALID, f"At most {MAX_ATTRIBUTES} attributes.", *field)
    _check(values, MAX_DEPTH, *field)
    if len(json.dumps(values)) > MAX_ATTRIBUTES_BYTES:
        raise Refused(Code.INVALID, f"At most {MAX_ATTRIBUTES_BYTES} bytes of attributes.", *field)
    return values


def _check(value: Any, depth: int, *field: str) -> None:
    """Refuse what JSON columns of one database or the other cannot hold."""
    if isinstance(value, dict | list) and not depth:
        raise Refused(Code.INVALID, f"Attributes are at most {MAX_DEPTH} levels deep.", *field)
    if isinstance(value, dict):
        for name, inner in value.items():
            if not 0 < len(name) <= MAX_ATTRIBUTE_NAME:
                message = f"An attribute's name has 1 to {MAX_ATTRIBUTE_NAME} characters."
                raise Refused(Code.INVALID, message, *field)
            _check(name, depth, *field)
            _check(inner, depth - 1, *field)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth - 1, *field)
    elif isinstance(value, str) and not _storable(value):
        raise Refused(Code.INVALID, "A text holds no NUL character and no half of one.", *field)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Refused(Code.INVALID, "A number must be finite.", *field)


def _storable(text: str) -> bool:
    return not any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in text)
