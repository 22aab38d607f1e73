"""How long people were at work on which day: spells of time, cut at the midnights of a zone. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal

from core.ranges import Days, starts

HOUR = Decimal(3600)  # seconds
HUNDREDTH = Decimal("0.01")


@dataclass(frozen=True)
class Spell:
    """From `start` to before `end` somebody was at work; both know their zone."""

    person: int
    start: datetime
    end: datetime


@dataclass(frozen=True)
class DayOfWork:
    """What one person did on one day; a spell over midnight counts among `spells` of both days."""

    day: date
    person: int
    time: timedelta
    spells: int


def attendance(*, spells: Iterable[Spell], days: Days, zone: tzinfo) -> list[DayOfWork]:
    """Add up each person's time on each of `days`, by day and then by person."""
    found: dict[tuple[date, int], list[timedelta]] = defaultdict(list)
    for spell in spells:
        for day, time in _cut(spell, days, zone):
            found[day, spell.person].append(time)
    return [
        DayOfWork(day, person, sum(times, timedelta()), len(times))
        for (day, person), times in sorted(found.items())
    ]


def hours(time: timedelta) -> Decimal:
    """Give a time in hours, to two places."""
    return (Decimal(time // timedelta(seconds=1)) / HOUR).quantize(HUNDREDTH, ROUND_HALF_UP)


def _cut(spell: Spell, days: Days, zone: tzinfo) -> Iterator[tuple[date, timedelta]]:
    """Cut a spell at midnights, in UTC: a day on which clocks change has its 23 or 25 hours."""
    start = max(spell.start, starts(days.start, zone)).astimezone(UTC)
    end = min(spell.end, starts(days.end, zone)).astimezone(UTC)
    while start < end:
        day = start.astimezone(zone).date()
        midnight = min(starts(day + timedelta(days=1), zone), end)
        yield day, midnight - start
        start = midnight
