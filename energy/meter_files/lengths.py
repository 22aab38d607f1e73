"""How long each value of a file was measured for, where the file tells only one moment of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from energy.meter_files.clock import Clock
from energy.meter_files.errors import Unreadable

MONTH_DAYS = range(28, 32)


@dataclass(frozen=True)
class Length:
    """So many seconds, or so many days or months by the calendar, from midnight to midnight."""

    seconds: int = 0
    days: int = 0
    months: int = 0

    def __str__(self) -> str:
        if self.seconds:
            return f"{self.seconds // 60} min" if self.seconds % 60 == 0 else f"{self.seconds} s"
        named = {(1, 0): "day", (0, 1): "month"}.get((self.days, self.months))
        return named or (f"{self.days} days" if self.days else f"{self.months} months" if self.months else "")

    def end(self, start: datetime, clock: Clock) -> datetime:
        return self._from(start, clock, 1)

    def start(self, end: datetime, clock: Clock) -> datetime:
        return self._from(end, clock, -1)

    def _from(self, moment: datetime, clock: Clock, way: int) -> datetime:
        if self.seconds:
            return moment + timedelta(seconds=way * self.seconds)
        day = moment.astimezone(clock.zone).date()
        if self.days:
            return clock.midnight(day + timedelta(days=way * self.days))[0]
        months = day.year * 12 + day.month - 1 + way * self.months
        return clock.midnight(date(months // 12, months % 12 + 1, 1))[0]


def length_of(moments: Sequence[datetime], zone: ZoneInfo, *, whole_days: bool) -> Length:
    """Find the distance that most neighbours have; a lone day is a day.

    Raises: Unreadable for a lone moment.
    """
    ordered = sorted(set(moments))
    if len(ordered) < 2:
        if whole_days:
            return Length(days=1)
        raise Unreadable("One moment does not tell how long it was measured for: add a column with the end.")
    if not whole_days:
        gaps = (late - early for early, late in pairwise(ordered))
        return Length(seconds=int(_usual(gap.total_seconds() for gap in gaps)))
    days = [moment.astimezone(zone).date() for moment in ordered]
    between = int(_usual((late - early).days for early, late in pairwise(days)))
    firsts = all(day.day == 1 for day in days)
    if firsts and between >= MONTH_DAYS.start:
        return Length(months=round(between / 30.4))
    return Length(days=between)


def _usual(gaps: object) -> float:
    counted = Counter(gaps)  # type: ignore[call-overload]
    most = max(counted.values())
    return float(min(gap for gap, count in counted.items() if count == most))
