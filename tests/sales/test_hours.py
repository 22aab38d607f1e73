"""Time at work, cut at midnights: by hand, and for any spells in any zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ranges import Days
from sales.hours import Spell, attendance, hours

MAY = Days(date(2026, 5, 1), date(2026, 6, 1))
BERLIN = ZoneInfo("Europe/Berlin")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def shown(zone: ZoneInfo, days: Days, *spells: Spell) -> list[tuple[str, int, str]]:
    return [
        (f"{row.day}", row.person, str(hours(row.time)))
        for row in attendance(spells=spells, days=days, zone=zone)
    ]


def test_a_spell_over_midnight_is_split_where_the_day_ends_in_the_zone() -> None:
    spell = Spell(7, utc(2026, 5, 4, 20), utc(2026, 5, 5, 2, 30))  # 22:00 to 04:30 in Berlin
    assert shown(BERLIN, MAY, spell) == [("2026-05-04", 7, "2.00"), ("2026-05-05", 7, "4.50")]
    assert shown(ZoneInfo("UTC"), MAY, spell) == [("2026-05-04", 7, "4.00"), ("2026-05-05", 7, "2.50")]


def test_spells_of_a_day_add_up_and_people_stand_apart() -> None:
    morning = Spell(2, utc(2026, 5, 4, 6), utc(2026, 5, 4, 10))
    evening = Spell(2, utc(2026, 5, 4, 14), utc(2026, 5, 4, 15, 20))
    other = Spell(1, utc(2026, 5, 4, 6), utc(2026, 5, 4, 7))
    [first, second] = attendance(spells=[evening, other, morning], days=MAY, zone=BERLIN)
    assert (first.person, hours(first.time), first.spells) == (1, Decimal("1.00"), 1)
    assert (second.person, hours(second.time), second.spells) == (2, Decimal("5.33"), 2)


def test_only_the_part_inside_the_days_counts() -> None:
    spell = Spell(1, utc(2026, 4, 28), utc(2026, 7, 1))
    rows = attendance(spells=[spell], days=MAY, zone=ZoneInfo("UTC"))
    assert (len(rows), rows[0].day, rows[-1].day) == (31, date(2026, 5, 1), date(2026, 5, 31))
    assert (
        attendance(spells=[Spell(1, utc(2026, 6, 1), utc(2026, 6, 2))], days=MAY, zone=ZoneInfo("UTC")) == []
    )


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        ("Europe/Berlin", date(2026, 3, 29), "23.00"),
        ("Europe/Berlin", date(2026, 10, 25), "25.00"),
        ("America/New_York", date(2026, 11, 1), "25.00"),
        ("Australia/Lord_Howe", date(2026, 4, 5), "24.50"),
        ("America/Sao_Paulo", date(2018, 11, 4), "23.00"),  # its midnight was skipped
        ("America/Havana", date(2026, 11, 1), "25.00"),  # its midnight comes twice
        ("Pacific/Apia", date(2011, 12, 29), "24.00"),  # the day after was skipped
    ],
)
def test_a_whole_day_has_the_hours_that_the_clocks_give_it(zone: str, day: date, length: str) -> None:
    days = Days(day, day + timedelta(days=1))
    spell = Spell(1, utc(day.year, 1, 1), utc(day.year + 1, 1, 1))
    assert shown(ZoneInfo(zone), days, spell) == [(f"{day}", 1, length)]


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/Havana", "Asia/Kathmandu", "Pacific/Kiritimati"])


@settings(max_examples=60, deadline=None)
@given(MOMENTS, st.timedeltas(timedelta(), timedelta(days=9)), ZONES)
def test_no_second_is_lost_or_counted_twice(start: datetime, length: timedelta, zone: str) -> None:
    whole = Days(date(2025, 12, 1), date(2027, 2, 1))
    rows = attendance(spells=[Spell(1, start, start + length)], days=whole, zone=ZoneInfo(zone))
    assert sum((row.time for row in rows), timedelta()) == length
    assert len({row.day for row in rows}) == len(rows)
