"""Public holidays where a store is: in the country in which its time zone lies. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from insights.forecasting.calendars import public_holidays
from insights.places import country_of

ONE_DAY = timedelta(days=1)


def holidays_among(zone: str, days: Iterable[date]) -> frozenset[date]:
    """Keep the days that are public holidays of the whole country in which a zone lies."""
    country = country_of(zone)
    return frozenset(day for day in days if day in public_holidays(country, day.year))


def near_holiday(zone: str, day: date) -> bool:
    """Tell whether the day before or after is a public holiday."""
    return bool(holidays_among(zone, (day - ONE_DAY, day + ONE_DAY)))
