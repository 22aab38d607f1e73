"""Time cut where a figure may change: at local midnights, at changes of price, around the night. Pure.

Cutting once, here, is what makes days, prices and nights right over changes of the clock: whoever
sums readings compares instants alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.ranges import Days
from energy.prices import Prices, holding

NIGHT = (time(1), time(5))  # shops are closed, and only what always runs is running
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Segment(NamedTuple):  # years have thousands, and a tuple is made in no time
    """A stretch of time on one day at one price per kWh, None where no tariff holds."""

    start: datetime
    end: datetime
    day: date
    price: Decimal | None
    night: bool


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Give the instant at which a day starts; where the clock skips midnight, the instant of the change."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def cut(days: Days, *, zone: ZoneInfo, tariffs: Sequence[Prices] = ()) -> list[Segment]:
    """Cut days into segments, oldest first and without gaps; `tariffs` are sorted by `valid_from`."""
    found: list[Segment] = []
    alike: dict[tuple[date | None, int], list[Segment]] = {}  # a day of each tariff and weekday
    day, start = days.start, midnight(days.start, zone)
    offset = _offset(start, zone)
    while day < days.end:
        end = midnight(day + DAY, zone)
        before, offset = offset, _offset(end, zone)
        tariff = holding(tariffs, day)
        key = (tariff.valid_from if tariff else None, day.weekday())
        if end - start != DAY or before != offset:
            found += _of_day(day, start, end, zone, tariff)
        elif key in alike:
            found += _moved(alike[key], day, start)
        else:
            alike[key] = _of_day(day, start, end, zone, tariff)
            found += alike[key]
        day, start = day + DAY, end
    return found


def hours(start: datetime, end: datetime) -> Iterable[datetime]:
    """Count the hours from one instant to before another: each has 60 minutes, whatever the clock does."""
    return (start + HOUR * number for number in range(-(-(end - start) // HOUR)))


def _of_day(
    day: date, start: datetime, end: datetime, zone: ZoneInfo, tariff: Prices | None
) -> list[Segment]:
    clocks = (
        {*NIGHT, *(clock for band in tariff.bands for clock in (band.starts, band.ends))} if tariff else NIGHT
    )
    edges = {
        datetime.combine(day, clock, zone).replace(fold=fold).astimezone(UTC)
        for clock in clocks
        for fold in (0, 1)  # an hour that comes twice is cut twice
    }
    edges |= {start, end, *_change(start, end, zone)}
    made: list[Segment] = []
    for first, last in pairwise(sorted(edge for edge in edges if start <= edge <= end)):
        local = first.astimezone(zone)
        price = tariff.at(local) if tariff else None
        made.append(Segment(first, last, day, price, NIGHT[0] <= local.time() < NIGHT[1]))
    return _joined(made)


def _moved(segments: list[Segment], day: date, start: datetime) -> list[Segment]:
    """Cut a day as another one of its weekday and tariff was cut."""
    later = start - segments[0].start
    return [Segment(one.start + later, one.end + later, day, one.price, one.night) for one in segments]


def _joined(segments: list[Segment]) -> list[Segment]:
    """Join neighbours between which nothing changes."""
    joined = segments[:1]
    for segment in segments[1:]:
        last = joined[-1]
        if (last.price, last.night) == (segment.price, segment.night):
            joined[-1] = Segment(last.start, segment.end, last.day, last.price, last.night)
        else:
            joined.append(segment)
    return joined


def _change(start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """Find the instant at which the clock changes within a day, to the second; it does so once at most."""
    before = _offset(start, zone)
    if before == _offset(end, zone):
        return []
    low, high = start, end
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // timedelta(seconds=2) * timedelta(seconds=1)
        if _offset(middle, zone) == before:
            low = middle
        else:
            high = middle
    return [high]


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()
