"""Hours at work, by day and person."""

from __future__ import annotations

import datetime
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from django.utils import timezone as clock

from core import models
from core.roles import Permission
from sales.attendance import attended
from sales.hours import DayOfWork, hours
from sales.models import Shift
from schema.context import Info, level
from schema.nodes import one
from schema.ranges import DateRange, RangeArgument, range_or_preference
from schema.sales.shifts import name_of

if TYPE_CHECKING:
    from schema.accounts.types import User

UserRef = Annotated["User", strawberry.lazy("schema.accounts.types")]


@strawberry.type(description="What one person did on one day.")
class AttendanceDay:
    user_id: strawberry.Private[int]
    date: datetime.date = strawberry.field(description="The day, in the store's zone.")
    hours: Decimal = strawberry.field(description="Time at work in hours, to two places.")
    shifts: int = strawberry.field(description="Shifts on that day; one over midnight counts on both days.")
    person: str = strawberry.field(
        resolver=name_of, description="Name, even of one who is no member any more."
    )
    user: UserRef | None = one("Who, if in sight.", source="user_id", to="User")


@strawberry.type(description="What one person did on all the days.")
class AttendanceTotal:
    user_id: strawberry.Private[int]
    hours: Decimal = strawberry.field(description="Time at work in hours, to two places, rounded once.")
    days: int = strawberry.field(description="Days with work.")
    person: str = strawberry.field(
        resolver=name_of, description="Name, even of one who is no member any more."
    )
    user: UserRef | None = one("Who, if in sight.", source="user_id", to="User")


@strawberry.type(
    description="Who was at work on which of some days, as far as you may see their shifts. A shift over "
    "midnight is split; one that goes on counts until now."
)
class Attendance:
    start: datetime.date = strawberry.field(description="The first day.")
    end: datetime.date = strawberry.field(description="The day after the last.")
    timezone: str = strawberry.field(description="IANA name of the store's zone, in which days are counted.")
    days: list[AttendanceDay] = strawberry.field(
        description="By day and person; a day without work has no row."
    )
    people: list[AttendanceTotal] = strawberry.field(description="By person, the longest at work first.")


async def attendance_of(root: Any, info: Info, range: RangeArgument = None) -> Attendance:
    viewer = info.context.user
    found: Attendance = await info.context.load(
        level(info), root, lambda stores: _attendances(viewer, stores, range)
    )
    return found


def _attendances(
    viewer: models.User, stores: list[models.Store], given: DateRange | None
) -> list[Attendance]:
    now = clock.now()
    chosen = range_or_preference(viewer, given)
    spans = {store: chosen.days(store, now) for store in stores}
    rows = Shift.objects.visible_to(viewer, Permission.SHIFT_VIEW)
    found = attended(shifts=rows, spans=spans, now=now)
    return [
        Attendance(
            start=days.start,
            end=days.end,
            timezone=store.timezone,
            days=[_day(row) for row in found[store.pk]],
            people=_totals(found[store.pk]),
        )
        for store, days in spans.items()
    ]


def _day(row: DayOfWork) -> AttendanceDay:
    return AttendanceDay(user_id=row.person, date=row.day, hours=hours(row.time), shifts=row.spells)


def _totals(rows: list[DayOfWork]) -> list[AttendanceTotal]:
    times: dict[int, list[datetime.timedelta]] = defaultdict(list)
    for row in rows:
        times[row.person].append(row.time)
    totals = {person: sum(worked, datetime.timedelta()) for person, worked in times.items()}
    return [
        AttendanceTotal(user_id=person, hours=hours(total), days=len(times[person]))
        for person, total in sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
