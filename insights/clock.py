"""Hours as the clock of a store shows them. Pure.

An hour that comes twice is two hours; where a clock is put back by less than an hour, its hour is longer.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from core.ranges import Days, starts

HALF_HOUR = timedelta(minutes=30)  # no clock of our time is changed by less


def hour_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """Give the instant, in UTC, at which the hour that holds `moment` begins by the clock of a zone."""
    return moment.astimezone(zone).replace(minute=0, second=0, microsecond=0).astimezone(UTC)


def hours(days: Days, zone: ZoneInfo) -> list[datetime]:
    """List the instants at which the hours of some days begin."""
    at, end = starts(days.start, zone), starts(days.end, zone)
    found: dict[datetime, None] = {}
    while at < end:
        found[hour_of(at, zone)] = None
        at += HALF_HOUR
    return list(found)
