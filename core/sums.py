"""Sums of decimals that are exact on every database.

SQLite keeps decimals as floats and loses cents when it adds them; whole numbers it adds exactly.
"""

from __future__ import annotations

from decimal import Decimal

from django.db.models import BigIntegerField, F, Q, Sum
from django.db.models.functions import Cast, Round

MONEY_PLACES = 2


def units(column: str, places: int = MONEY_PLACES, *, filter: Q | None = None) -> Sum:
    """Sum a column in whole units of its last decimal place, over the rows that `filter` keeps."""
    return Sum(Cast(Round(F(column) * 10**places), BigIntegerField()), filter=filter)


def decimal(units: int | None, places: int = MONEY_PLACES) -> Decimal:
    """Turn such a sum into a decimal; nothing summed is nothing."""
    return Decimal(units or 0).scaleb(-places)
