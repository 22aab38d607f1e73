"""Sums of decimals that are exact on every database.

SQLite keeps decimals as floats and loses cents when it adds them; whole numbers it adds exactly.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import BigIntegerField, ExpressionWrapper, F, Func, Q, Sum
from django.db.models.functions import Cast, Round

MONEY_PLACES = 2


def units(column: str, places: int = MONEY_PLACES, *, filter: Q | None = None) -> Sum:
    """Sum a column in whole units of its last decimal place, over the rows that `filter` keeps."""
    return Sum(_whole(column, places), filter=filter)


def products(first: str, first_places: int, second: str, second_places: int) -> Sum:
    """Sum the products of two columns, in whole units of the last places of both."""
    product = Wide(_whole(first, first_places)) * _whole(second, second_places)
    return Sum(ExpressionWrapper(product, BigIntegerField()))


class Wide(Func):
    """A whole number that may grow beyond 64 bits, where the database has such."""

    arity = 1
    output_field = BigIntegerField()
    template = "%(expressions)s"

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="(%(expressions)s)::numeric", **context)


def _whole(column: str, places: int) -> Cast:
    return Cast(Round(F(column) * 10**places), BigIntegerField())


def decimal(units: int | None, places: int = MONEY_PLACES) -> Decimal:
    """Turn such a sum into a decimal; nothing summed is nothing."""
    return Decimal(units or 0).scaleb(-places)
