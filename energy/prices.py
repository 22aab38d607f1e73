"""What a kilowatt-hour costs at a moment, by the clock of the store. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from itertools import pairwise

EVERY_DAY = 0b1111111
DAY_MINUTES = 24 * 60
WEEK_MINUTES = 7 * DAY_MINUTES


@dataclass(frozen=True)
class Band:
    """A price from `starts` to before `ends`; where that is no later, it ends on the day after.

    `weekdays` has a bit for each day on which it starts, Monday's being the lowest.
    """

    weekdays: int
    starts: time
    ends: time
    price: Decimal

    def holds(self, local: datetime) -> bool:
        clock, weekday = local.time(), local.weekday()
        if self.starts < self.ends:
            return self.starts <= clock < self.ends and self._on(weekday)
        return (clock >= self.starts and self._on(weekday)) or (clock < self.ends and self._on(weekday - 1))

    def _on(self, weekday: int) -> bool:
        return bool(self.weekdays >> weekday % 7 & 1)


@dataclass(frozen=True)
class Prices:
    """The prices per kWh from the day `valid_from` on: those of the bands, and `price` at all other times."""

    valid_from: date
    price: Decimal
    bands: tuple[Band, ...] = ()

    def at(self, local: datetime) -> Decimal:
        """Give the price at a moment by the store's clock."""
        return next((band.price for band in self.bands if band.holds(local)), self.price)


def holding(tariffs: Sequence[Prices], day: date) -> Prices | None:
    """Choose the tariff of a day; `tariffs` are sorted by `valid_from`."""
    place = bisect_right(tariffs, day, key=lambda tariff: tariff.valid_from)
    return tariffs[place - 1] if place else None


def overlapping(bands: Sequence[Band]) -> int | None:
    """Find a band that holds at a time when another one does; None where there is none."""
    spans = sorted(span for number, band in enumerate(bands) for span in _spans(band, number))
    if spans:
        first, end, number = spans[0]
        spans.append((first + WEEK_MINUTES, end + WEEK_MINUTES, number))  # Sunday night meets Monday
    return next((after[2] for before, after in pairwise(spans) if before[1] > after[0]), None)


def _spans(band: Band, number: int) -> list[tuple[int, int, int]]:
    """List the minutes of the week in which a band holds, with its number."""
    starts, ends = (clock.hour * 60 + clock.minute for clock in (band.starts, band.ends))
    length = (ends - starts - 1) % DAY_MINUTES + 1  # the whole day where both are the same
    days = [day for day in range(7) if band.weekdays >> day & 1]
    return [(day * DAY_MINUTES + starts, day * DAY_MINUTES + starts + length, number) for day in days]
