"""Ranges of days: their laws, and what they mean for stores whose day is another."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from core import ranges
from core.models import Store
from core.ranges import Days
from core.roles import Role
from tests import books
from tests.conftest import Person

DAY = timedelta(days=1)
todays = st.dates(date(1990, 1, 1), date(2200, 12, 31))
starts = st.integers(0, 6)
names = st.sampled_from(list(ranges.NAMED))

# --- Laws


@given(today=todays, name=names, start=starts)
def test_a_named_range_is_not_empty(today: date, name: str, start: int) -> None:
    days = ranges.parse(name, today=today, week_start=start)
    assert days.start < days.end


@given(today=todays, start=starts)
def test_today_is_in_this_and_never_in_the_last(today: date, start: int) -> None:
    for unit in ("week", "month", "year"):
        this = ranges.parse(f"this_{unit}", today=today, week_start=start)
        last = ranges.parse(f"last_{unit}", today=today, week_start=start)
        assert this.start <= today < this.end
        assert last.end == this.start
    assert ranges.parse("yesterday", today=today).end == ranges.parse("today", today=today).start == today


@given(today=todays, start=starts)
def test_a_week_has_seven_days_and_begins_on_its_day(today: date, start: int) -> None:
    for name in ("this_week", "last_week"):
        days = ranges.parse(name, today=today, week_start=start)
        assert (days.end - days.start, days.start.weekday()) == (7 * DAY, start)


@given(today=todays)
def test_months_and_years_begin_on_their_first(today: date) -> None:
    for name in ("this_month", "last_month"):
        days = ranges.parse(name, today=today)
        assert (days.start.day, days.end.day) == (1, 1)
        assert 28 <= (days.end - days.start).days <= 31
    for name in ("this_year", "last_year"):
        days = ranges.parse(name, today=today)
        assert (days.start.month, days.start.day, days.end.month, days.end.day) == (1, 1, 1, 1)
        assert (days.end - days.start).days in (365, 366)


@given(today=todays, count=st.integers(1, ranges.MAX_DAYS))
def test_a_count_of_days_ends_with_today(today: date, count: int) -> None:
    expected = Days(today - (count - 1) * DAY, today + DAY)
    for text in (f"{count}d", f"{count} d", f"{count}days", f" {count} DAYS ", f"{count * 24}h"):
        assert ranges.parse(text, today=today) == expected


@given(today=todays, hours=st.integers(1, 1000))
def test_hours_are_counted_in_whole_days_that_hold_them(today: date, hours: int) -> None:
    days = ranges.parse(f"{hours}h", today=today)
    length = (days.end - days.start).days
    assert (length - 1) * 24 < hours <= length * 24


@given(today=todays, first=st.dates(), last=st.dates())
def test_two_dates_are_the_range_between_them(today: date, first: date, last: date) -> None:
    first, last = sorted((first, last))
    assert ranges.parse(f"{first}..{last}", today=today) == Days(first, last)
    assert ranges.parse(f" {first} .. {last} ", today=today) == Days(first, last)
    if first < last:
        with pytest.raises(ValueError, match="ends before it starts"):
            ranges.parse(f"{last}..{first}", today=today)


@given(today=todays, text=st.text(st.sampled_from("0129dhaysthi_month.-: W\x00é"), max_size=24), start=starts)
def test_any_other_text_is_refused_with_a_sentence(today: date, text: str, start: int) -> None:
    try:
        days = ranges.parse(text, today=today, week_start=start)
    except ValueError as error:
        assert str(error).endswith(".")  # noqa: PT017
    else:
        assert days.start <= days.end


WRONG = [
    "", "d", "0d", "-1d", "1.5d", "3661d", "99999d", "1w", "87841h", "tomorrow", "this_decade", "..", "2026-01-01..",
    "..2026-01-01", "2026-01-01", "2026-02-30..2026-03-01", "2026-01-01...2026-02-01", "2026-02-01..2026-01-01",
    "2026-01-01..2026-02-01..2026-03-01", "١d", "\x00", "7d\n8d",
]  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_range_is_a_bad_argument(owner: Person, ask: Any, text: str) -> None:
    document = (
        "query ($range: DateRange) { me { stores { bills(filter: {dateRange: $range}) { totalCount } } } }"
    )
    with pytest.raises(ValueError, match=r"\.$"):
        ranges.parse(text, today=date(2026, 5, 4))
    assert ask(owner, document, range=text).codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("value", [1, True, [], {}])
def test_what_is_no_text_is_no_range(owner: Person, ask: Any, value: object) -> None:
    document = (
        "query ($range: DateRange) { me { stores { bills(filter: {dateRange: $range}) { totalCount } } } }"
    )
    assert ask(owner, document, range=value).codes == ["BAD_USER_INPUT"]


# --- By the clock of each store

LIST = """query ($range: DateRange) { me { stores { name bills(first: 100, filter: {dateRange: $range}, orderBy: DATE_ASC) {
  totalCount nodes { bookedOn } } } } }"""
ZONES = {"East": ("Pacific/Kiritimati", 6), "Middle": ("Europe/Berlin", 0), "West": ("Pacific/Pago_Pago", 3)}


def expected(text: str, today: date, week_start: int) -> tuple[date, date]:
    """Say in plain steps, not by the code under test, what a range means."""
    first = today.replace(day=1)
    week = today
    while week.weekday() != week_start:
        week -= DAY
    before = first - DAY
    after = first + 31 * DAY
    return {
        "today": (today, today + DAY),
        "yesterday": (today - DAY, today),
        "24h": (today, today + DAY),
        "25h": (today - DAY, today + DAY),
        "7d": (today - 6 * DAY, today + DAY),
        "30days": (today - 29 * DAY, today + DAY),
        "this_week": (week, week + 7 * DAY),
        "last_week": (week - 7 * DAY, week),
        "this_month": (first, after.replace(day=1)),
        "last_month": (before.replace(day=1), first),
        "this_year": (date(today.year, 1, 1), date(today.year + 1, 1, 1)),
        "last_year": (date(today.year - 1, 1, 1), date(today.year, 1, 1)),
    }[text]


FORMS = ["today", "yesterday", "24h", "25h", "7d", "30days", "this_week", "last_week", "this_month", "last_month", "this_year", "last_year"]  # fmt: skip


@pytest.fixture
def stores(owner: Person) -> list[Store]:
    """Three stores, of which two are never on the same day."""
    made = []
    for name, (zone, week_start) in ZONES.items():
        store = Store.objects.create(name=name, timezone=zone, week_start=week_start, currency="EUR")
        owner.user.memberships.create(store=store, role=Role.OWNER)
        made.append(store)
    return made


def today_at(store: Store) -> date:
    return timezone.now().astimezone(ZoneInfo(store.timezone)).date()


@pytest.mark.parametrize("text", FORMS)
def test_a_range_is_resolved_by_each_stores_own_day_and_week(
    owner: Person, ask: Any, stores: list[Store], statements: Any, text: str
) -> None:
    for _ in range(2):  # a second time where midnight has come in between
        todays = {store.name: today_at(store) for store in stores}
        bounds = {store.name: expected(text, todays[store.name], store.week_start) for store in stores}
        for store in stores:
            store.bills.all().delete()
            first, end = bounds[store.name]
            for day in {first - DAY, first, end - DAY, end}:
                books.bill(store, date=day)
        with statements() as count:
            found = {
                store["name"]: store["bills"] for store in ask(owner, LIST, range=text).data["me"]["stores"]
            }
        if {store.name: today_at(store) for store in stores} == todays:
            break
    for name, (first, end) in bounds.items():
        days = sorted({first, end - DAY})
        assert [node["bookedOn"] for node in found[name]["nodes"]] == [day.isoformat() for day in days], name
        assert found[name]["totalCount"] == len(days)
    assert len(count) in (2, 4)  # the token and a plan, or else stores, pages, totals
    assert todays["East"] != todays["West"]


def test_a_range_of_dates_is_the_same_everywhere_and_open_at_its_end(
    owner: Person, ask: Any, stores: list[Store]
) -> None:
    for store in stores:
        for day in (date(2026, 1, 1), date(2026, 1, 31), date(2026, 2, 1)):
            books.bill(store, date=day)
    for store in ask(owner, LIST, range="2026-01-01..2026-02-01").data["me"]["stores"]:
        days = [node["bookedOn"] for node in store["bills"]["nodes"]]
        assert days == ([] if store["name"] not in ZONES else ["2026-01-01", "2026-01-31"])


def test_an_empty_range_holds_nothing(owner: Person, ask: Any) -> None:
    books.bill(owner.store, date=date(2026, 1, 1))
    assert (
        ask(owner, LIST, range="2026-01-01..2026-01-01").data["me"]["stores"][0]["bills"]["totalCount"] == 0
    )
