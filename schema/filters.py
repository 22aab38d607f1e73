"""What filters of lists have in common: what of one shapes a statement, and which values fill it.

A filter says which lookups hold what it was given, what a search looks at, and which column its range of
days is about. The ordinary executor applies it as it is; a plan applies it with slots for its values.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from enum import Enum
from typing import Any, ClassVar

from django.db import connection, models
from django.db.models import Q

from schema.ranges import DateRange

LONGEST_SHAPE = 1_000  # characters; longer ones hold lists of texts that nobody sends again

Bind = Callable[[str, Any], Any]  # from a slot's name and the field of its value to an operand
Term = dict[str, Any]  # what one word of a search is compared with, by names that `holds` knows


@dataclasses.dataclass(frozen=True)
class Asked:
    """What of a filter shapes a statement, and the values that each request fills in."""

    shape: tuple[Any, ...]
    values: dict[str, Any]


class Filter:
    """Which rows of a list to keep."""

    date_range: DateRange | None = None
    dated: ClassVar[str] = ""  # the date that `date_range` is about
    happened: ClassVar[str] = ""  # or the moment

    def lookups(self) -> dict[str, Any]:
        """Give what the rows must fit; None for what was not asked.

        Raises: BadInput.
        """
        return {}

    def terms(self) -> list[Term] | None:
        """Give what each word of a search is compared with; None where no text in the books is like that."""
        return []

    def holds(self, **term: Any) -> Q:
        """Say that a row fits a term, whose parts may be operands."""
        raise NotImplementedError

    def narrow(self, rows: Any) -> Any:
        """Keep the rows that fit what neither lookups nor terms can say: yes, no and names, no values."""
        return rows

    def apply(self, rows: Any) -> Any:
        terms = self.terms()
        return rows.none() if terms is None else self._kept(rows, self._asked(), terms, self.date_range)

    def asked(self, model: type[models.Model]) -> Asked | None:
        """Take the filter apart for a plan; None for one that has none."""
        terms, lookups = self.terms(), self._asked()
        if terms is None or any(lookup.endswith("__iexact") for lookup in lookups):
            return None
        values = {
            f"is.{lookup}": _field(model, lookup).get_db_prep_value(value, connection)
            for lookup, value in lookups.items()
            if not _shapes(value)
        }
        values |= {f"has.{n}.{name}": value for n, term in enumerate(terms) for name, value in term.items()}
        days = self.date_range.values() if self.date_range else {}
        values |= {f"days.{name}": value for name, value in days.items()}
        given = (getattr(self, field.name) for field in dataclasses.fields(self))  # type: ignore[arg-type]
        shape: tuple[Any, ...] = (
            *(repr(value) if _shapes(value) else value is None for value in given),
            *(tuple(term) for term in terms),
            self.date_range.shape if self.date_range else None,
        )
        return None if len(repr(shape)) > LONGEST_SHAPE else Asked(shape, values)

    def with_slots(self, bind: Bind, *, of: str) -> Slotted:
        """Give the filter as a plan applies it, in a list of rows that lead by `of` to the row around."""
        return Slotted(self, bind, of)

    def _asked(self) -> dict[str, Any]:
        return {lookup: value for lookup, value in self.lookups().items() if value is not None}

    def _kept(self, rows: Any, lookups: dict[str, Any], terms: list[Term], days: Any) -> Any:
        rows = self.narrow(rows.filter(**lookups))
        for term in terms:
            rows = rows.filter(self.holds(**term))
        if days is None:
            return rows
        return days.apply(rows, self.dated) if self.dated else days.apply_to_moments(rows, self.happened)


@dataclasses.dataclass(frozen=True)
class Slotted:
    """A filter with slots in the place of its values."""

    filter: Filter
    bind: Bind
    of: str

    def apply(self, rows: Any) -> Any:
        asked, bind = self.filter, self.bind
        lookups = {
            lookup: value if _shapes(value) else bind(f"is.{lookup}", _field(rows.model, lookup))
            for lookup, value in asked._asked().items()
        }
        terms = [
            {name: bind(f"has.{n}.{name}", _of_value(value)) for name, value in term.items()}
            for n, term in enumerate(asked.terms() or [])
        ]

        def bind_day(name: str, field: Any) -> Any:
            return bind(f"days.{name}", field)

        days = asked.date_range and asked.date_range.with_slots(bind_day, of=self.of)
        return asked._kept(rows, lookups, terms, days)


def _shapes(value: Any) -> bool:
    """Tell whether a value is one of a few, so that it may shape a statement."""
    return isinstance(value, bool | list | Enum)


def _field(model: type[models.Model], lookup: str) -> Any:
    return model._meta.get_field(lookup.split("__", maxsplit=1)[0])


def _of_value(value: Any) -> models.Field[Any, Any]:
    return models.IntegerField() if isinstance(value, int) else models.TextField()
