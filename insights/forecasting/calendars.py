"""Days unlike others: public holidays by country, and what a store says of its own days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import holidays
import numpy as np

from insights.forecasting.history import History, Numbers

NOBODY: frozenset[date] = frozenset()


@dataclass(frozen=True)
class Calendar:
    """The days on which things go another way; `closed` and `promoted` are a store's own."""

    country: str = ""  # ISO 3166 code; empty: no holidays are known
    closed: frozenset[date] = NOBODY
    promoted: frozenset[date] = NOBODY

    def of(self, history: History, ahead: int) -> Marks:
        """Mark the periods of a history and so many after it, and one more on each side."""
        first, last = history.day(0), history.day(len(history) + ahead + 1)
        public = frozenset[date]().union(
            *(public_holidays(self.country, year) for year in range(first.year - 1, last.year + 1))
        )
        count = len(history) + ahead
        return Marks(
            holidays=_counted(history, public, -1, count + 1),
            closed=_counted(history, self.closed, 0, count),
            promoted=_counted(history, self.promoted, 0, count),
        )


@dataclass(frozen=True, eq=False)
class Marks:
    """How many special days each period has; of `holidays`, the period before the first too."""

    holidays: Numbers
    closed: Numbers
    promoted: Numbers


def known_countries() -> frozenset[str]:
    """List the ISO 3166 codes whose public holidays are known."""
    return frozenset(holidays.list_supported_countries(include_aliases=False))


@lru_cache(maxsize=4096)
def public_holidays(country: str, year: int) -> frozenset[date]:
    """Give the public holidays of a country in a year; none of an unknown country."""
    try:
        return frozenset(holidays.country_holidays(country, years=year)) if country else NOBODY
    except NotImplementedError:
        return NOBODY


def _counted(history: History, days: Iterable[date], first: int, end: int) -> Numbers:
    """Count the days in each period from the place `first` to before `end`."""
    counts = np.zeros(end - first)
    for day in days:
        place = history.place(day) - first
        if 0 <= place < len(counts):
            counts[place] += 1
    return counts
