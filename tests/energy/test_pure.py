"""Prices by the clock, time cut into segments, readings parted, a month predicted: no database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ranges import Days
from energy.outlook import predict
from energy.prices import EVERY_DAY, Band, Prices, holding, overlapping
from energy.segments import cut, midnight
from energy.split import parts

BERLIN, NEW_YORK, KATHMANDU = map(ZoneInfo, ("Europe/Berlin", "America/New_York", "Asia/Kathmandu"))
NIGHT = Band(EVERY_DAY, time(22), time(6), Decimal("0.2"))
HOUR = timedelta(hours=1)


# --- Prices


def test_a_band_over_midnight_belongs_to_the_day_on_which_it_starts() -> None:
    sunday = Prices(date(2026, 1, 1), Decimal("0.3"), (Band(1 << 6, time(22), time(6), Decimal("0.1")),))
    prices = {
        "2026-01-04T21:59": "0.3",  # a Sunday
        "2026-01-04T22:00": "0.1",
        "2026-01-05T05:59": "0.1",
        "2026-01-05T06:00": "0.3",
        "2026-01-05T23:00": "0.3",
    }
    assert {text: str(sunday.at(datetime.fromisoformat(text))) for text in prices} == prices


def test_a_band_from_a_time_to_the_same_time_holds_the_whole_day() -> None:
    band = Band(1, time(7), time(7), Decimal(1))  # from Monday 7 o'clock to Tuesday 7 o'clock
    held = [band.holds(datetime(2026, 1, 5) + HOUR * number) for number in range(48)]
    assert held == [False] * 7 + [True] * 24 + [False] * 17


@pytest.mark.parametrize(
    ("bands", "fault"),
    [
        ([NIGHT], None),
        ([NIGHT, Band(EVERY_DAY, time(6), time(22), Decimal(1))], None),
        ([NIGHT, Band(1, time(5), time(7), Decimal(1))], 1),
        ([Band(1 << 6, time(22), time(6), Decimal(1)), Band(1, time(5), time(7), Decimal(1))], 1),
        ([Band(1, time(0), time(0), Decimal(1)), Band(1, time(23), time(0), Decimal(1))], 1),
        ([Band(1, time(8), time(9), Decimal(1)), Band(2, time(8), time(9), Decimal(1))], None),
    ],
)
def test_bands_that_hold_at_one_time_are_found(bands: list[Band], fault: int | None) -> None:
    assert (overlapping(bands) is None) == (fault is None)


def test_the_tariff_of_a_day_is_the_last_one_begun() -> None:
    tariffs = [Prices(date(2026, 1, 1), Decimal(1)), Prices(date(2026, 2, 1), Decimal(2))]
    days = (date(2025, 12, 31), date(2026, 1, 31), date(2026, 2, 1))
    assert [found and found.price for found in (holding(tariffs, day) for day in days)] == [
        None, Decimal(1), Decimal(2),
    ]  # fmt: skip


# --- Segments


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        (BERLIN, date(2026, 3, 29), 23),
        (BERLIN, date(2026, 10, 25), 25),
        (NEW_YORK, date(2026, 3, 8), 23),
        (NEW_YORK, date(2026, 11, 1), 25),
        (KATHMANDU, date(2026, 3, 29), 24),
        (ZoneInfo("America/Santiago"), date(2026, 9, 6), 23),  # the clock skips midnight
    ],
)
def test_a_day_is_as_long_as_the_clock_makes_it(zone: ZoneInfo, day: date, length: int) -> None:
    made = cut(Days(day, day + timedelta(days=1)), zone=zone, tariffs=[Prices(day, Decimal("0.3"), (NIGHT,))])
    assert sum((segment.end - segment.start for segment in made), timedelta()) == HOUR * length
    assert made[0].start == midnight(day, zone)
    for before, after in pairwise(made):
        assert before.end == after.start
    dark = sum((part.end - part.start for part in made if part.night), timedelta())
    assert dark == HOUR * 4 - (HOUR * (24 - length) if zone in (BERLIN, NEW_YORK) else timedelta())


def test_a_price_that_changes_in_the_doubled_hour_changes_as_often_as_the_clock_says() -> None:
    band = Band(EVERY_DAY, time(2, 30), time(4), Decimal(1))
    day = date(2026, 10, 25)  # in Berlin it is 2 o'clock to 3 o'clock twice
    made = cut(Days(day, day + timedelta(days=1)), zone=BERLIN, tariffs=[Prices(day, Decimal(0), (band,))])
    held = [(part.start.isoformat()[11:16], part.end.isoformat()[11:16]) for part in made if part.price]
    assert held == [("00:30", "01:00"), ("01:30", "03:00")]


@settings(max_examples=30, deadline=None)
@given(
    st.dates(date(1990, 1, 1), date(2030, 1, 1)), st.sampled_from([BERLIN, NEW_YORK, KATHMANDU]), st.times()
)
def test_within_a_segment_day_and_price_stay_the_same(day: date, zone: ZoneInfo, starts: time) -> None:
    band = Band(0b0110101, starts.replace(second=0, microsecond=0), time(9), Decimal(1))
    tariff = Prices(day, Decimal(0), (band,))
    for part in cut(Days(day, day + timedelta(days=2)), zone=zone, tariffs=[tariff]):
        for moment in (part.start, part.start + (part.end - part.start) / 2, part.end - timedelta(seconds=1)):
            local = moment.astimezone(zone)
            assert (local.date(), tariff.at(local)) == (part.day, part.price)


# --- Parts


@settings(max_examples=100, deadline=None)
@given(
    st.integers(0, 10**16),
    st.integers(1, 32 * 24 * 3600),
    st.lists(st.integers(-1000, 32 * 24 * 3600), min_size=2, max_size=20, unique=True),
)
def test_the_parts_of_a_reading_add_up_to_it(amount: int, length: int, at: list[int]) -> None:
    start, second = datetime(2026, 3, 29, tzinfo=UTC), timedelta(seconds=1)
    end = start + second * length
    edges = sorted({start - HOUR, *(start + timedelta(seconds=seconds) for seconds in at), end + HOUR})
    found = list(parts(start, end, amount, edges))
    assert sum(units for _, units, _ in found) == amount
    assert sum((time for _, _, time in found), timedelta()) == end - start
    for number, units, held in found:
        assert edges[number] < end
        assert abs(units - Fraction(amount) * (held // second) / (length)) <= 1


def test_what_lies_outside_the_edges_is_left_out() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    edges = [start + HOUR, start + 2 * HOUR]
    assert list(parts(start, start + 4 * HOUR, 400, edges)) == [(0, 100, HOUR)]
    assert list(parts(start, start + HOUR, 400, edges)) == []
    assert list(parts(start + 2 * HOUR, start + 3 * HOUR, 400, edges)) == []


# --- A month predicted

TODAY = date(2026, 6, 1)
JULY = Days(date(2026, 7, 1), date(2026, 8, 1))


def used(days: int, of: dict[int, int] | None = None) -> dict[date, Decimal]:
    past = [TODAY - timedelta(days=back) for back in range(1, days + 1)]
    return {day: Decimal((of or {}).get(day.weekday(), 10)) for day in past}


def test_a_month_like_every_other_is_predicted_without_error() -> None:
    found = predict(used(200, {6: 3}), today=TODAY, month=JULY)
    assert found is not None
    assert (found.kwh, found.error, found.days) == (Decimal("282.000000"), Decimal("0.0000"), 56)  # 4 Sundays
    assert found.tested >= 4


def test_a_change_shows_in_the_error_of_the_method() -> None:
    past = used(200)
    past |= {day: kwh * 2 for day, kwh in past.items() if day >= TODAY - timedelta(days=28)}
    found = predict(past, today=TODAY, month=JULY)
    assert found is not None
    assert found.error > Decimal("0.05")


@pytest.mark.parametrize("days", [0, 10, 40, 55])
def test_without_enough_to_test_it_by_nothing_is_predicted(days: int) -> None:
    assert predict(used(days), today=TODAY, month=JULY) is None
    assert predict(used(56), today=TODAY, month=JULY) is not None


def test_months_ago_is_no_ground_for_next_month() -> None:
    assert (
        predict(
            {day: kwh for day, kwh in used(200).items() if day < date(2026, 3, 1)}, today=TODAY, month=JULY
        )
        is None
    )
