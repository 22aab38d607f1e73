"""How much of the time that was to be read was read: what is missing is said, and not guessed. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from energy.segments import Segment
from energy.usage import NOTHING, Usage, seconds, share

MOST_MISSING = 100
WHOLE = Decimal("0.9")  # a day with this much of its readings is one to learn from


@dataclass(frozen=True)
class InUse:
    """The days on which a device is in use: from `start` to before `end`, None where that goes on."""

    start: date
    end: date | None

    def on(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True)
class Coverage:
    """`share` is 1 at most, None where nothing was to be read; at most 100 of the missing days are named."""

    share: Decimal | None
    missing_days: tuple[date, ...]
    missing_count: int


def passed(segments: Sequence[Segment], now: datetime) -> dict[date, timedelta]:
    """Give how much of each day has passed."""
    lengths: dict[date, timedelta] = {}
    for segment in segments:
        length = max(min(segment.end, now) - segment.start, NOTHING)
        lengths[segment.day] = lengths.get(segment.day, NOTHING) + length
    return lengths


def expected(lengths: Mapping[date, timedelta], meters: Iterable[InUse]) -> dict[date, timedelta]:
    """Give for each day the time that its meters should have read, all of them added up."""
    meters = Counter(meters)  # most are in use for the same time
    return {
        day: length * sum(count for meter, count in meters.items() if meter.on(day))
        for day, length in lengths.items()
    }


def coverage(usage: Usage, due: Mapping[date, timedelta]) -> Coverage:
    """Compare the time that was read with the time that should have been."""
    whole = sum(due.values(), NOTHING)
    read = sum((min(usage.days[day].covered, time) for day, time in due.items()), NOTHING)
    missing = [day for day, time in due.items() if time and not usage.days[day].covered]
    return Coverage(share(seconds(read), seconds(whole)), tuple(missing[:MOST_MISSING]), len(missing))


def whole_days(usage: Usage, due: Mapping[date, timedelta]) -> dict[date, Decimal]:
    """Give the kWh of the days that were read nearly whole."""
    return {
        day: amount.kwh
        for day, amount in usage.days.items()
        if due[day] and amount.covered >= due[day] * float(WHOLE)
    }
