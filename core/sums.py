"""Sums of decimals that are exact on every database.

SQLite keeps decimals as floats and loses cents when it adds them; whole numbers it adds exactly.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, BigIntegerField, F, Q, Sum
from django.db.models.functions import Cast, Round

MONEY_PLACES = 2
LIMB = 10**7


def units(column: str, places: int = MONEY_PLACES, *, filter: Q | None = None) -> Sum:
    """Sum a column in whole units of its last decimal place, over the rows that `filter` keeps."""
    return Sum(_whole(column, places), filter=filter)


def products(first: str, first_places: int, second: str, second_places: int) -> Products:
    """Sum the products of two columns, in whole units of the last places of both: exact, however large."""
    return Products(_whole(first, first_places), _whole(second, second_places))


class Limbs(BigIntegerField):  # type: ignore[type-arg]
    """A whole number of any length; from SQLite it comes as the sums of its digits by 10^14, 10^7 and 1."""

    def get_internal_type(self) -> str:
        return type(self).__name__  # else it would be taken for an int before this field sees it

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        if not isinstance(value, str):
            return None if value is None else int(value)
        high, middle, low = map(int, value.split())
        return (high * LIMB + middle) * LIMB + low


class Products(Aggregate):
    """The sum of first × second, which passes 64 bits sooner than either: SQLite would go on in floats there.

    There each factor is parted by 10^7, and what each place comes to is summed apart: for factors of up to
    10^14 and 90,000 rows of them.
    """

    arity = 2
    output_field = Limbs()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        (one, given), (other, also) = (compiler.compile(part) for part in self.get_source_expressions()[:2])
        return f"SUM(({one})::numeric * ({other}))", (*given, *also)

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        (one, given), (other, also) = (compiler.compile(part) for part in self.get_source_expressions()[:2])

        def times(upper: str, lower: str) -> str:
            return f"({one}) {upper} {LIMB} * (({other}) {lower} {LIMB})"

        places = (times("/", "/"), f"{times('/', '%%')} + {times('%%', '/')}", times("%%", "%%"))
        sql = " || ' ' || ".join(f"SUM({place})" for place in places)
        return sql, (*given, *also) * 4


def _whole(column: str, places: int) -> Cast:
    return Cast(Round(F(column) * 10**places), BigIntegerField())


def decimal(units: int | None, places: int = MONEY_PLACES) -> Decimal:
    """Turn such a sum into a decimal; nothing summed is nothing."""
    return Decimal(units or 0).scaleb(-places)
