"""Public holidays where a store is: in the country that its time zone is named for. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

import holidays

ONE_DAY = timedelta(days=1)


@cache
def country_of(zone: str) -> str | None:
    """Give the ISO 3166 code of the country that a zone is named for; None for UTC and the like."""
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text()
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return next((country for country, _, name, *_ in rows if name == zone), None)


@cache
def _year(zone: str, year: int) -> frozenset[date]:
    country = country_of(zone)
    if country is None or country not in holidays.list_supported_countries(include_aliases=False):
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year))


def holidays_among(zone: str, days: Iterable[date]) -> frozenset[date]:
    """Keep the days that are public holidays of the whole country in which a zone lies."""
    return frozenset(day for day in days if day in _year(zone, day.year))


def near_holiday(zone: str, day: date) -> bool:
    """Tell whether the day before or after is a public holiday."""
    return bool(holidays_among(zone, (day - ONE_DAY, day + ONE_DAY)))
