"""What energy a store has used: figures from sums of its readings. Pure.

Amounts are whole millionths of a kWh until they are shown. What is measured and what is estimated are
never added up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import IntEnum
from statistics import median
from typing import NamedTuple

from core.ranges import Days, month, week
from energy.segments import DAY, HOUR, Segment
from energy.split import parts

PLACES = 6
CENT = Decimal("0.01")
RATIO = Decimal("0.0001")
WATT = Decimal("0.001")
NOTHING = timedelta(0)


class Kind(IntEnum):
    FINE = 0  # measured over an hour at most: it tells when within a day
    COARSE = 1  # measured over a longer time
    ESTIMATED = 2


class TimeSum(NamedTuple):
    """The readings of one time, or of many within it: their millionths of a kWh.

    `covered` is for how long there were readings, all devices added up.
    """

    start: datetime
    end: datetime
    kind: Kind
    units: int
    covered: timedelta

    def covered_in(self, time: timedelta) -> timedelta:
        """Give what of `covered` is in a part of the time: all devices read all of it where it is parted."""
        length = self.end - self.start
        return self.covered if time == length else time * (self.covered // length)


@dataclass(slots=True)
class Amount:
    """Millionths of a kWh; for how long there were readings, all devices added up; and what they cost."""

    units: int = 0
    covered: timedelta = NOTHING
    cost: Decimal = Decimal(0)
    unpriced: int = 0

    def add(self, units: int, covered: timedelta, price: Decimal | None = None) -> None:
        self.units += units
        self.covered += covered
        if price is None:
            self.unpriced += units
        else:
            self.cost += units * price

    @property
    def kwh(self) -> Decimal:
        return kwh(self.units)


@dataclass(frozen=True)
class Cost:
    """An amount of money, None where no tariff holds for any of it; `unpriced_kwh` is not in it."""

    amount: Decimal | None
    unpriced_kwh: Decimal


@dataclass(frozen=True)
class Part:
    """The use in some days."""

    start: date
    end: date
    consumption: Decimal
    cost: Decimal | None
    covered: timedelta


@dataclass(frozen=True)
class Hour:
    start: datetime
    consumption: Decimal


@dataclass(frozen=True)
class Night:
    """The mean power between 1 and 5 o'clock of the median night, in kW."""

    kw: Decimal
    nights: int


@dataclass
class Usage:
    """What was used over some segments, by day and by kind."""

    days: dict[date, Amount] = field(default_factory=dict)  # measured; every day has one
    priced: dict[date, bool] = field(default_factory=dict)  # whether a tariff holds for any of a day
    nights: dict[date, tuple[int, timedelta]] = field(default_factory=dict)
    total: Amount = field(default_factory=Amount)
    estimated: Amount = field(default_factory=Amount)  # by readings that say so

    def cost(self) -> Cost:
        known = any(self.priced.values())
        return Cost(money(self.total.cost) if known else None, kwh(self.total.unpriced))

    def average(self) -> Decimal | None:
        """Give the mean of the days that have readings; None without any."""
        used = [amount.units for amount in self.days.values() if amount.covered]
        return kwh(round(Decimal(sum(used)) / len(used))) if used else None

    def peak_day(self) -> tuple[date, Decimal] | None:
        best = max(self.days.items(), key=lambda item: item[1].units, default=None)
        return (best[0], best[1].kwh) if best and best[1].units else None

    def night_base_load(self) -> Night | None:
        loads = [Decimal(units) / int(time.total_seconds()) for units, time in self.nights.values() if time]
        if not loads:
            return None
        kw = median(loads) * 3600 / 10**PLACES
        return Night(kw.quantize(WATT, ROUND_HALF_UP), len(loads))

    def by_day(self) -> list[Part]:
        return self._parts(lambda day: Days(day, day + DAY))

    def by_week(self, week_start: int) -> list[Part]:
        return self._parts(lambda day: week(day, week_start))

    def by_month(self) -> list[Part]:
        return self._parts(month)

    def _parts(self, of: Callable[[date], Days]) -> list[Part]:
        """Add up days, which are in order, into longer ones, which end where the range does."""
        groups: list[tuple[Days, list[date]]] = []
        for day in self.days:
            if not groups or day >= groups[-1][0].end:
                groups.append((of(day), []))
            groups[-1][1].append(day)
        return [
            Part(
                start=days[0],
                end=min(whole.end, days[-1] + DAY),
                consumption=kwh(sum(self.days[day].units for day in days)),
                cost=money(sum((self.days[day].cost for day in days), Decimal(0)))
                if any(self.priced[day] for day in days)
                else None,
                covered=sum((self.days[day].covered for day in days), NOTHING),
            )
            for whole, days in groups
        ]


def use(rows: Iterable[TimeSum], segments: Sequence[Segment]) -> Usage:
    """Add sums up over segments of time; what lies before or after them is left out."""
    usage = Usage()
    nights: dict[date, timedelta] = {}
    for segment in segments:
        if segment.day not in usage.days:
            usage.days[segment.day], usage.priced[segment.day] = Amount(), False
        if segment.price is not None:
            usage.priced[segment.day] = True
        if segment.night:
            nights[segment.day] = nights.get(segment.day, NOTHING) + (segment.end - segment.start)
    dark: dict[date, int] = {}
    for kind, segment, units, covered in _parted(rows, segments):
        if kind is Kind.ESTIMATED:
            usage.estimated.add(units, covered, segment.price)
            continue
        usage.days[segment.day].add(units, covered, segment.price)
        if segment.night and kind is Kind.FINE:
            dark[segment.day] = dark.get(segment.day, 0) + units
    for amount in usage.days.values():
        usage.total.units += amount.units
        usage.total.covered += amount.covered
        usage.total.cost += amount.cost
        usage.total.unpriced += amount.unpriced
    usage.nights = {day: (units, nights[day]) for day, units in dark.items()}
    return usage


def _parted(
    rows: Iterable[TimeSum], segments: Sequence[Segment]
) -> Iterator[tuple[Kind, Segment, int, timedelta]]:
    """Part sums at the edges of segments: give for each part its millionths of a kWh, and what is covered."""
    whole = {segment.start: segment for segment in segments}
    edges = [*whole, *(segment.end for segment in segments[-1:])]
    for row in rows:
        segment = whole.get(row.start)
        if segment is not None and row.end <= segment.end:
            yield row.kind, segment, row.units, row.covered
            continue
        for number, units, time in parts(row.start, row.end, row.units, edges):
            yield row.kind, segments[number], units, row.covered_in(time)


def hours(rows: Iterable[TimeSum], start: datetime, end: datetime) -> list[Hour]:
    """Add up what was measured by the hour, counted from `start`; hours without readings are left out.

    Only readings of an hour at most: a longer one does not say in which hour its energy was used.
    """
    found = _by_hour(rows, start, end)
    return [Hour(start + HOUR * number, kwh(found[number])) for number in sorted(found)]


def peak_hour(rows: Iterable[TimeSum], start: datetime, end: datetime) -> Hour | None:
    """Give the first of the hours in which most was used, as `hours` counts them; None without any."""
    found = _by_hour(rows, start, end)
    best = max(sorted(found), key=lambda number: found[number], default=None)
    return None if best is None else Hour(start + HOUR * best, kwh(found[best]))


def _by_hour(rows: Iterable[TimeSum], start: datetime, end: datetime) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for row in rows:
        if row.kind == Kind.FINE:  # so it is in two hours at most
            first = max((row.start - start) // HOUR, 0)
            edges = [min(start + HOUR * number, end) for number in range(first, first + 3)]
            for place, units, _ in parts(row.start, row.end, row.units, edges):
                found[first + place] += units
    return found


def kind_of(start: datetime, end: datetime, quality: str) -> Kind:
    if quality == "ESTIMATED":
        return Kind.ESTIMATED
    return Kind.FINE if end - start <= HOUR else Kind.COARSE


def kwh(units: int) -> Decimal:
    return Decimal(units).scaleb(-PLACES)


def money(cost: Decimal) -> Decimal:
    """Round what millionths of a kWh cost to the cent."""
    return cost.scaleb(-PLACES).quantize(CENT, ROUND_HALF_UP)


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    """Give a part of a whole, 1 being all, to four places; None of nothing."""
    return (part / whole).quantize(RATIO, ROUND_HALF_UP) if whole else None


def seconds(time: timedelta) -> Decimal:
    return Decimal(time // timedelta(seconds=1))


def per(consumption: Decimal, count: int) -> Decimal | None:
    """Part kWh among so many; None among none."""
    return (consumption / count).quantize(Decimal(1).scaleb(-PLACES), ROUND_HALF_UP) if count else None
