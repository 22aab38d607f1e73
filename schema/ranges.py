"""The `DateRange` scalar of inputs: a range of days that is resolved in each store's own zone."""

from __future__ import annotations

import zoneinfo
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Any

import strawberry
from django.db import connection
from django.db.models import Case, DateField, DateTimeField, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.lookups import Exact
from django.utils import timezone
from graphql import GraphQLError

from core import profiles, ranges
from core.models import Store, User
from core.moments import Day
from schema.errors import BadInput

EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)  # what figures look at; zones end before the calendar


def check_compared(start: date) -> None:
    """Refuse to compare with days that begin before what figures look at.

    Raises: BadInput.
    """
    if start < EARLIEST:
        raise BadInput(f"Days are compared from {EARLIEST} on.")


FIRST, LAST = date(1, 1, 3), date(9999, 12, 29)
ZONE_CHANGES_SECONDS = 900  # offsets of the world's zones are multiples of a quarter of an hour


@dataclass(frozen=True)
class DateRange:
    """A range as it was written; what it means depends on a store's day and week."""

    text: str

    def days(self, store: Store, now: datetime) -> ranges.Days:
        """Give its days by the clock and the week of one store, for figures that name every day.

        Raises: BadInput where it has too many of them, or some at an end of the calendar.
        """
        today = now.astimezone(store.zone).date()
        days = ranges.parse(self.text, today=today, week_start=store.week_start)
        if (days.end - days.start).days > ranges.MAX_DAYS:
            raise BadInput(f"A range has at most {ranges.MAX_DAYS} days here.")
        if not EARLIEST <= days.start <= days.end <= LATEST:
            raise BadInput(f"A range lies from {EARLIEST} to {LATEST} here.")
        return days

    def apply(self, rows: QuerySet[Any], column: str, store: str = "store") -> QuerySet[Any]:
        """Keep the rows whose `column` (a date) lies in the range, by the clock of their own store."""
        if ".." in self.text:
            return rows.filter(_within(self.text, column, timezone.now().date(), 0))
        weekly = self.text.endswith("_week")
        chosen = Q(pk__in=[])
        for today, zones in _zones_by_day(int(timezone.now().timestamp()) // ZONE_CHANGES_SECONDS):
            there = Q(**{f"{store}__timezone__in": zones})
            if not weekly:
                chosen |= there & _within(self.text, column, today, 0)
                continue
            for start in range(7):
                chosen |= (
                    there & Q(**{f"{store}__week_start": start}) & _within(self.text, column, today, start)
                )
        return rows.filter(chosen)

    def apply_to_moments(self, rows: QuerySet[Any], column: str, store: str = "store") -> QuerySet[Any]:
        """Keep the rows whose `column` (a moment) fell on a day in the range, by the clock of their store."""
        start, end = self._around()
        near = Q(**{f"{column}__gte": start, f"{column}__lt": end})  # this much an index can tell
        day = Day(column, f"{store}__timezone")
        return self.apply(rows.filter(near).annotate(day=day), "day", store)

    @property
    def shape(self) -> str:
        """Tell what of the range shapes a statement."""
        return "fixed" if ".." in self.text else "weekly" if self.text.endswith("_week") else "daily"

    def values(self) -> dict[str, Any]:
        """Give what fills the slots of a plan: the bounds, on each day that it is now somewhere."""
        now = timezone.now()
        windows = _windows(self.text, now.date())
        first, last = self._around()
        near = min(days.start for days in windows.values()), max(days.end for days in windows.values())
        values = {
            "now": _MOMENT.get_db_prep_value(now, connection),
            "first": _MOMENT.get_db_prep_value(first, connection),
            "last": _MOMENT.get_db_prep_value(last, connection),
            "start": _DATE.get_db_prep_value(near[0], connection),
            "end": _DATE.get_db_prep_value(near[1], connection),
        }
        for (shift, week_start), days in windows.items():
            place = f"{shift}.{week_start}"
            values[f"{shift}.today"] = _DATE.get_db_prep_value(now.date() + timedelta(days=shift), connection)
            values[f"{place}.start"] = _DATE.get_db_prep_value(days.start, connection)
            values[f"{place}.end"] = _DATE.get_db_prep_value(days.end, connection)
        return values

    def with_slots(self, bind: Callable[[str, Any], Any], *, of: str) -> SlottedRange:
        """Give the range as a plan applies it, to rows that lead by `of` to the row around them."""
        return SlottedRange(self, bind, of)

    def _around(self) -> tuple[datetime, datetime]:
        """Give moments between which its days lie, whatever the zone and the first day of the week."""
        today = timezone.now().date()
        found = [
            ranges.parse(self.text, today=today + timedelta(days=shift), week_start=start)
            for shift in (-1, 0, 1)
            for start in range(7)
        ]
        first, last = min(days.start for days in found), max(days.end for days in found)
        # A day of a zone begins and ends within a day of UTC's; clear of the ends of the calendar.
        start = max(first, FIRST) - timedelta(days=1)
        end = min(last, LAST) + timedelta(days=1)
        return datetime.combine(start, time(), UTC), datetime.combine(end, time(), UTC)


@dataclass(frozen=True)
class SlottedRange:
    """A range of days with slots for its bounds: which of them count, a store's clock and week say."""

    range: DateRange
    bind: Callable[[str, Any], Any]
    of: str

    def apply(self, rows: QuerySet[Any], column: str) -> QuerySet[Any]:
        near = {f"{column}__gte": self.bind("start", _DATE), f"{column}__lt": self.bind("end", _DATE)}
        rows = rows.filter(**near)  # this much an index can tell
        if self.range.shape == "fixed":
            return rows
        return rows.filter(**{f"{column}__gte": self._bound("start"), f"{column}__lt": self._bound("end")})

    def apply_to_moments(self, rows: QuerySet[Any], column: str) -> QuerySet[Any]:
        first, last = self.bind("first", _MOMENT), self.bind("last", _MOMENT)
        near = rows.filter(**{f"{column}__gte": first, f"{column}__lt": last})
        return self.apply(near.annotate(day=Day(column, self._store("timezone"))), "day")

    def _bound(self, end: str) -> Case:
        today = Day(self.bind("now", _MOMENT), self._store("timezone"))
        shape, chosen = self.range.shape, []
        for shift, week_start in _places(self.range.text):
            there = Q(Exact(today, self.bind(f"{shift}.today", _DATE)))
            if shape == "weekly":
                there &= Q(Exact(self._store("week_start"), Value(week_start)))
            chosen.append(When(there, then=self.bind(f"{shift}.{week_start}.{end}", _DATE)))
        return Case(*chosen, output_field=_DATE)

    def _store(self, column: str) -> Any:
        return OuterRef(column) if self.of == "store" else F(f"store__{column}")


RangeArgument = Annotated[
    DateRange | None,
    strawberry.argument(
        description=f"The days, at most {ranges.MAX_DAYS}; without it, your profile's `defaultDateRange`."
    ),
]


def range_or_preference(viewer: User, given: DateRange | None) -> DateRange:
    """Give the range that was asked for, else the viewer's own `Profile.defaultDateRange`.

    Every figure whose `range` may be left out asks here, once for all stores: it may cost a statement.
    """
    return given or DateRange(profiles.profile_of(viewer).default_date_range)


_DATE, _MOMENT = DateField(), DateTimeField()


def _places(text: str) -> list[tuple[int, int]]:
    """Give each difference of days between a zone and UTC, with each first day of a week that counts."""
    weeks = range(7) if text.endswith("_week") else (0,)
    return [(shift, week_start) for shift in (-1, 0, 1) for week_start in weeks]


def _windows(text: str, today: date) -> dict[tuple[int, int], ranges.Days]:
    return {
        (shift, week_start): ranges.parse(text, today=today + timedelta(days=shift), week_start=week_start)
        for shift, week_start in _places(text)
    }


def _within(text: str, column: str, today: date, week_start: int) -> Q:
    days = ranges.parse(text, today=today, week_start=week_start)
    return Q(**{f"{column}__gte": days.start, f"{column}__lt": days.end})


@lru_cache(maxsize=2)
def _zones_by_day(quarter: int) -> list[tuple[date, list[str]]]:
    """Group the world's zones by the day it is there now: two or three groups."""
    now = datetime.fromtimestamp(quarter * ZONE_CHANGES_SECONDS, tz=UTC)
    groups: dict[date, list[str]] = defaultdict(list)
    for name in sorted(zoneinfo.available_timezones()):
        groups[now.astimezone(zoneinfo.ZoneInfo(name)).date()].append(name)
    return list(groups.items())


def _parse(value: object) -> DateRange:
    if not isinstance(value, str):
        raise GraphQLError("A DateRange is a text.", extensions={"code": "BAD_USER_INPUT"})
    text = value.strip().lower()
    try:
        ranges.parse(text, today=timezone.now().date())
    except ValueError as error:
        raise GraphQLError(str(error), extensions={"code": "BAD_USER_INPUT"}) from error
    return DateRange(text)


SCALAR = strawberry.scalar(
    name="DateRange",
    description=(
        "A range of days, counted in the store's zone: `24h`, `7d`, `30d`, `30days` (today and days before), "
        f"`2026-01-01..2026-02-01` (the end not included), or one of {', '.join(ranges.NAMED)}."
    ),
    serialize=lambda value: value.text,
    parse_value=_parse,
)
