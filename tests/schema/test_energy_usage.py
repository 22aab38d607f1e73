"""What a store has used and what it cost: right over changes of the clock, and at once after a correction."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core.models import Store
from core.ranges import Days
from core.roles import Role
from energy import figures, sums, tariffs, usage
from energy.models import DeviceCategory, Reading, Tariff
from energy.segments import cut
from energy.usage import Kind
from sales.models import Order
from schema import ids
from tests.conftest import Person, person
from tests.energy_books import HOUR, device, local, readings
from tests.schema.world import carry_out

pytestmark = pytest.mark.django_db

ALL = """{
    start end timezone totalConsumption avgDailyConsumption
    peakConsumption { date kwh hourStart hourKwh }
    cost { amount currency unpricedKwh }
    dailyData { date consumption cost } weeklyData { start end consumption cost }
    monthlyData { start end consumption cost }
    nightBaseLoad { kw nights } coverage { share missingDays missingCount }
    deviceBreakdown { device { name } name consumption share cost coverage estimated }
    categoryBreakdown { category { name } name consumption share cost }
    estimated { fromReadings fromRatedPower devices { name consumption device { name } } }
    previousPeriod { start end consumption cost { amount unpricedKwh } change ratio }
    yearBefore { start end consumption change ratio }
    predictedNextMonth { start end consumption method error tested days }
    kwhPerOrder { kwh orders }
}"""
ENERGY = f"query ($id: ID!, $range: DateRange) {{ store(id: $id) {{ energy(range: $range) {ALL} }} }}"
HOURLY = "query ($id: ID!, $range: DateRange) { store(id: $id) { energy(range: $range) { hourlyData { start consumption } } } }"


@pytest.fixture
def energy(owner: Person, ask: Any) -> Any:
    """Ask for the owner's figures of a range."""
    return lambda range: ask(owner, ENERGY, id=owner.store_id, range=range).data["store"]["energy"]


def in_zone(store: Store, zone: str) -> None:
    Store.objects.filter(pk=store.pk).update(timezone=zone)
    store.refresh_from_db()


def set_tariff(owner: Person, start: str, price: str, *bands: dict[str, Any]) -> None:
    input = {"store": owner.store_id, "validFrom": start, "price": price, "bands": list(bands)}
    assert carry_out(owner, "setTariff", input).data["setTariff"]["userErrors"] == []


NIGHT_BAND = {"starts": "22:00:00", "ends": "06:00:00", "price": "0.2"}


# --- Days and hours


@pytest.mark.parametrize(
    ("zone", "changed", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2025, 10, 26), 25),
        ("America/New_York", date(2026, 3, 8), 23),
        ("America/New_York", date(2025, 11, 2), 25),
        ("Asia/Kathmandu", date(2026, 3, 29), 24),
    ],
)
def test_days_and_hours_are_right_over_a_change_of_the_clock(
    owner: Person, ask: Any, energy: Any, zone: str, changed: date, hours: int
) -> None:
    """Hourly readings of UTC hours, which in Kathmandu reach over every local hour and midnight."""
    in_zone(owner.store, zone)
    first, last = changed - timedelta(days=1), changed + timedelta(days=2)
    start, end = (datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (first, last))
    readings(device(owner.store), start - 24 * HOUR, end + 24 * HOUR, "0.4")
    found = energy(f"{first}..{last}")
    kwh = [Decimal(day["consumption"]) for day in found["dailyData"]]
    assert kwh == [24 * Decimal("0.4"), hours * Decimal("0.4"), 24 * Decimal("0.4")]
    assert Decimal(found["totalConsumption"]) == sum(kwh)
    assert found["coverage"] == {"share": "1.0000", "missingDays": [], "missingCount": 0}
    assert found["nightBaseLoad"] == {"kw": "0.400", "nights": 3}
    hourly = ask(owner, HOURLY, id=owner.store_id, range=f"{first}..{last}").data["store"]["energy"][
        "hourlyData"
    ]
    assert len(hourly) == 48 + hours
    assert {hour["consumption"] for hour in hourly} == {"0.400000"}
    local_midnight = local(zone, first.year, first.month, first.day)
    assert datetime.fromisoformat(hourly[0]["start"]) == local_midnight


def test_an_hour_that_the_end_of_the_range_cuts_counts_by_the_part_within(
    owner: Person, ask: Any, energy: Any
) -> None:
    """Where the clock moves by half an hour, hours counted from midnight do not end with the day."""
    in_zone(owner.store, "Australia/Lord_Howe")
    start = local("Australia/Lord_Howe", 2026, 4, 5).astimezone(UTC)
    meter = device(owner.store)
    readings(meter, start, start + 24 * HOUR, "2.0")
    readings(meter, start + 24 * HOUR, start + 25 * HOUR, "3.0")
    found = energy("2026-04-05..2026-04-06")
    assert found["totalConsumption"] == "49.500000"
    peak = found["peakConsumption"]
    assert (datetime.fromisoformat(peak["hourStart"]), peak["hourKwh"]) == (start, "2.000000")
    asked = ask(owner, HOURLY, id=owner.store_id, range="2026-04-05..2026-04-06")
    hourly = asked.data["store"]["energy"]["hourlyData"]
    assert [hour["consumption"] for hour in hourly] == ["2.000000"] * 24 + ["1.500000"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kathmandu"])
def test_a_reading_of_a_local_day_falls_wholly_into_its_day(owner: Person, energy: Any, zone: str) -> None:
    in_zone(owner.store, zone)
    fridge = device(owner.store)
    days = [date(2026, 3, 7) + timedelta(days=number) for number in range(24)]
    for number, day in enumerate(days, start=1):
        start, end = (local(zone, *at.timetuple()[:3]) for at in (day, day + timedelta(days=1)))
        Reading.objects.create(store=owner.store, device=fridge, start=start, end=end, kwh=number)
    found = energy("2026-03-07..2026-03-31")
    assert [row["consumption"] for row in found["dailyData"]] == [f"{n}.000000" for n in range(1, 25)]
    assert found["peakConsumption"] == {
        "date": "2026-03-30", "kwh": "24.000000", "hourStart": None, "hourKwh": None,
    }  # fmt: skip
    assert found["nightBaseLoad"] is None  # a day's reading does not say what the night was like


def test_a_reading_over_midnight_is_parted_by_time_and_nothing_of_it_is_lost(
    owner: Person, energy: Any
) -> None:
    start = datetime(2026, 1, 1, 23, 20, tzinfo=UTC)
    Reading.objects.create(
        store=owner.store, device=device(owner.store), start=start, end=start + HOUR, kwh="1.000001"
    )
    found = energy("2026-01-01..2026-01-03")
    assert [row["consumption"] for row in found["dailyData"]] == ["0.666667", "0.333334"]
    assert [energy(f"2026-01-0{n}..2026-01-0{n + 1}")["totalConsumption"] for n in (1, 2)] == [
        "0.666667",
        "0.333334",
    ]


def test_weeks_start_as_the_store_says_and_months_as_the_calendar(owner: Person, energy: Any) -> None:
    Store.objects.filter(pk=owner.store.pk).update(week_start=6)
    readings(device(owner.store), datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC), "0.5")
    found = energy("2026-01-28..2026-02-10")
    assert [(row["start"], row["end"], row["consumption"]) for row in found["weeklyData"]] == [
        ("2026-01-28", "2026-02-01", "48.000000"),
        ("2026-02-01", "2026-02-08", "84.000000"),
        ("2026-02-08", "2026-02-10", "24.000000"),
    ]
    assert [(row["start"], row["end"], row["consumption"]) for row in found["monthlyData"]] == [
        ("2026-01-28", "2026-02-01", "48.000000"),
        ("2026-02-01", "2026-02-10", "108.000000"),
    ]


# --- Cost


def test_each_hour_costs_what_it_cost_then(owner: Person, energy: Any) -> None:
    in_zone(owner.store, "Europe/Berlin")
    set_tariff(owner, "2026-03-28", "0.3", NIGHT_BAND)
    set_tariff(owner, "2026-03-30", "0.4")
    start = local("Europe/Berlin", 2026, 3, 27)
    readings(device(owner.store), start, local("Europe/Berlin", 2026, 3, 31), "1")
    found = energy("2026-03-27..2026-03-31")
    # A day without a tariff; one of 16 hours at 0.3 and 8 at 0.2; one with an hour of the night less; a flat one.
    assert [row["cost"] for row in found["dailyData"]] == [None, "6.40", "6.20", "9.60"]
    assert found["cost"] == {"amount": "22.20", "currency": "EUR", "unpricedKwh": "24.000000"}
    assert found["deviceBreakdown"][0]["cost"] == "22.20"
    before = energy("2026-03-20..2026-03-24")
    assert before["cost"] == {"amount": None, "currency": "EUR", "unpricedKwh": "0.000000"}


def test_a_reading_over_a_change_of_price_is_parted_by_time(owner: Person, energy: Any) -> None:
    set_tariff(owner, "2026-01-01", "0.3", NIGHT_BAND)
    start = datetime(2026, 1, 1, 20, tzinfo=UTC)
    Reading.objects.create(
        store=owner.store, device=device(owner.store), start=start, end=start + 8 * HOUR, kwh=16
    )
    found = energy("2026-01-01..2026-01-03")
    assert found["cost"]["amount"] == "3.60"  # 4 kWh at 0.3 and 12 at 0.2
    assert [row["cost"] for row in found["dailyData"]] == ["2.00", "1.60"]
    assert found["deviceBreakdown"][0]["cost"] == "3.60"


def test_a_correction_and_another_tariff_change_cost_and_totals_at_once(owner: Person, energy: Any) -> None:
    set_tariff(owner, "2026-01-01", "0.5")
    fridge = device(owner.store)
    readings(fridge, datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC), "1")
    range = "2026-01-05..2026-01-06"
    assert (energy(range)["totalConsumption"], energy(range)["cost"]["amount"]) == ("24.000000", "12.00")
    wrong = Reading.objects.order_by("start")[3]
    input = {"reading": ids.encode("Reading", wrong.pk), "kwh": "7"}
    assert carry_out(owner, "correctReading", input).data["correctReading"]["userErrors"] == []
    found = energy(range)
    assert (found["totalConsumption"], found["cost"]["amount"]) == ("30.000000", "15.00")
    assert found["peakConsumption"]["hourStart"] == "2026-01-05T03:00:00+00:00"
    assert found["deviceBreakdown"][0]["consumption"] == "30.000000"
    set_tariff(owner, "2026-01-05", "0.1")
    assert energy(range)["cost"]["amount"] == "3.00"
    tariff = Tariff.objects.get(valid_from="2026-01-05")
    carry_out(owner, "removeTariff", {"tariff": ids.encode("Tariff", tariff.pk)})
    assert energy(range)["cost"]["amount"] == "15.00"


def test_prices_in_another_currency_are_no_prices_here(owner: Person, energy: Any) -> None:
    Tariff.objects.create(store=owner.store, valid_from="2026-01-01", price=1, currency="USD")
    readings(device(owner.store), datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC))
    assert energy("2026-01-05..2026-01-06")["cost"]["amount"] is None


# --- Devices


def test_devices_and_categories_part_the_whole(owner: Person, energy: Any) -> None:
    set_tariff(owner, "2026-01-01", "0.5")
    cooling = DeviceCategory.objects.create(store=owner.store, name="Cooling")
    day = (datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC))
    readings(device(owner.store, "Fridge", category=cooling), *day, "1")
    readings(device(owner.store, "Freezer", category=cooling), *day, "2")
    readings(device(owner.store, "Lamp"), day[0], day[0] + 12 * HOUR, "1")
    found = energy("2026-01-05..2026-01-06")
    assert [
        (row["name"], row["consumption"], row["share"], row["cost"], row["coverage"])
        for row in found["deviceBreakdown"]
    ] == [
        ("Freezer", "48.000000", "0.5714", "24.00", "1.0000"),
        ("Fridge", "24.000000", "0.2857", "12.00", "1.0000"),
        ("Lamp", "12.000000", "0.1429", "6.00", "0.5000"),
    ]
    assert [
        (row["category"] and row["category"]["name"], row["consumption"], row["cost"])
        for row in found["categoryBreakdown"]
    ] == [("Cooling", "72.000000", "36.00"), (None, "12.000000", "6.00")]
    assert found["coverage"]["share"] == "0.8333"


def test_what_is_estimated_stands_apart(owner: Person, energy: Any) -> None:
    day = (datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC))
    fridge = device(owner.store)
    readings(fridge, day[0], day[0] + 12 * HOUR, "1")
    readings(fridge, day[0] + 12 * HOUR, day[1], "5", quality="ESTIMATED")
    device(
        owner.store,
        "Oven",
        metered=False,
        rated_power_w="3500",
        avg_usage_hours="4",
        in_use_from="2026-01-04",
    )
    device(owner.store, "Lamp", metered=False)
    found = energy("2026-01-01..2026-01-06")
    assert found["totalConsumption"] == "12.000000"
    assert [row["name"] for row in found["deviceBreakdown"]] == ["Fridge"]
    assert found["deviceBreakdown"][0]["estimated"] == "60.000000"
    assert found["estimated"]["fromReadings"] == "60.000000"
    assert Decimal(found["estimated"]["fromRatedPower"]) == 28
    assert [row["name"] for row in found["estimated"]["devices"]] == ["Oven"]


def test_what_is_missing_is_said(owner: Person, energy: Any) -> None:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    fridge = device(owner.store, in_use_from="2026-01-04")
    readings(fridge, start, start + 24 * HOUR)
    found = energy("2026-01-01..2026-01-09")
    assert found["coverage"] == {
        "share": "0.2000",
        "missingDays": ["2026-01-04", "2026-01-06", "2026-01-07", "2026-01-08"],
        "missingCount": 4,
    }
    assert found["avgDailyConsumption"] == "24.000000"


def test_a_store_without_readings_has_no_figures_and_no_errors(owner: Person, energy: Any) -> None:
    for range in ("2026-01-01..2026-01-03", "2026-01-01..2026-01-01"):
        found = energy(range)
        assert (found["totalConsumption"], found["avgDailyConsumption"]) == ("0.000000", None)
        assert set(found["peakConsumption"].values()) == {None}
        assert (found["coverage"]["share"], found["nightBaseLoad"]) == (None, None)
        assert (found["deviceBreakdown"], found["predictedNextMonth"]) == ([], None)
        assert found["kwhPerOrder"] == {"kwh": None, "orders": 0}


# --- Comparisons


def test_a_range_is_compared_with_the_days_before_and_the_year_before(owner: Person, energy: Any) -> None:
    set_tariff(owner, "2025-01-01", "0.5")
    fridge = device(owner.store)
    for day, kwh in ((date(2026, 3, 2), "3"), (date(2026, 3, 1), "2"), (date(2025, 3, 2), "1")):
        start = datetime.combine(day, time(), UTC)
        readings(fridge, start, start + 24 * HOUR, kwh)
    found = energy("2026-03-02..2026-03-03")
    assert found["previousPeriod"] == {
        "start": "2026-03-01", "end": "2026-03-02", "consumption": "48.000000",
        "cost": {"amount": "24.00", "unpricedKwh": "0.000000"}, "change": "24.000000", "ratio": "0.5000",
    }  # fmt: skip
    assert (found["yearBefore"]["start"], found["yearBefore"]["ratio"]) == ("2025-03-02", "2.0000")
    assert energy("2024-02-29..2024-03-01")["yearBefore"]["start"] == "2023-02-28"


def test_energy_is_parted_among_the_orders_that_were_not_cancelled(owner: Person, energy: Any) -> None:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    readings(device(owner.store), start, start + 24 * HOUR, "0.5")
    for number, status in enumerate(["COMPLETED", "CANCELLED", "READY", "COMPLETED", "REFUNDED"], start=1):
        Order.objects.create(
            store=owner.store, number=number, channel="COUNTER", status=status, currency="EUR", total=1,
            placed_at=start + number * HOUR, closed_at=None if status == "READY" else start,
        )  # fmt: skip
    assert energy("2026-01-05..2026-01-06")["kwhPerOrder"] == {"kwh": "3.000000", "orders": 4}


def test_next_month_is_predicted_with_its_error(owner: Person, energy: Any) -> None:
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    readings(device(owner.store), today - 90 * 24 * HOUR, today, "24", step=24 * HOUR)
    found = energy("7d")["predictedNextMonth"]
    days = (date.fromisoformat(found["end"]) - date.fromisoformat(found["start"])).days
    assert Decimal(found["consumption"]) == 24 * days
    assert (found["method"], found["error"], found["days"]) == ("WEEKDAY_MEAN", "0.0000", 56)
    assert date.fromisoformat(found["start"]) > today.date()


# --- Who may see it, what may be asked, and what it costs


def test_energy_is_seen_by_members_alone(
    owner: Person, colleague: Person, stranger: Person, ask: Any
) -> None:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    readings(device(owner.store), start, start + HOUR)
    for who in (owner, colleague):
        seen = ask(who, ENERGY, id=owner.store_id, range="2026-01-05..2026-01-06").data["store"]["energy"]
        assert seen["totalConsumption"] == "1.000000"
    assert ask(stranger, ENERGY, id=owner.store_id, range="7d").data == {"store": None}
    document = 'query ($id: ID!) { store(id: $id) { analytics { energy(range: "2026-01-05..2026-01-06") { totalConsumption } } } }'
    found = ask(owner, document, id=owner.store_id).data["store"]["analytics"]["energy"]
    assert found == {"totalConsumption": "1.000000"}


@pytest.mark.parametrize(
    "range", ["0001-01-01..0001-01-05", "9999-12-30..9999-12-31", "2026-02-01..2026-01-01"]
)
def test_days_that_cannot_be_counted_with_are_refused(owner: Person, ask: Any, range: str) -> None:
    assert set(ask(owner, ENERGY, id=owner.store_id, range=range).codes) == {"BAD_USER_INPUT"}


def test_hours_are_given_of_a_month_at_most(owner: Person, ask: Any) -> None:
    assert ask(owner, HOURLY, id=owner.store_id, range="33d").codes == ["BAD_USER_INPUT"]


def test_the_figures_of_ten_stores_cost_as_many_statements_as_of_one(
    owner: Person, ask: Any, statements: Any
) -> None:
    document = f'{{ me {{ stores {{ energy(range: "2026-01-01..2026-01-08") {ALL} }} }} }}'

    def furnish(number: int) -> None:
        store = person(f"other{number}@example.com").store
        in_zone(store, ("Europe/Berlin", "Asia/Kathmandu", "UTC")[number % 3])
        store.memberships.create(user=owner.user, role=Role.OWNER)
        tariff = Tariff.objects.create(store=store, valid_from="2026-01-01", price="0.3", currency="EUR")
        tariff.bands.create(starts="22:00", ends="06:00", price="0.2")
        kind = DeviceCategory.objects.create(store=store, name="Cooling")
        for name in ("Fridge", "Freezer"):
            start = datetime(2026, 1, 2, tzinfo=UTC)
            readings(device(store, name, category=kind), start, start + 9 * HOUR)

    furnish(0)
    with statements() as few:
        ask(owner, document).data  # noqa: B018
    for number in range(1, 10):
        furnish(number)
    with statements() as many:
        stores = ask(owner, document).data["me"]["stores"]
    assert [store["energy"]["totalConsumption"] for store in stores].count("18.000000") == 10
    assert len(many) == len(few)


def test_sums_by_device_and_by_time_are_of_the_same_readings(owner: Person) -> None:
    """PostgreSQL finds the places of readings itself: what it finds is what Python finds."""
    in_zone(owner.store, "Asia/Kathmandu")
    set_tariff(owner, "2026-01-02", "0.3", NIGHT_BAND)
    set_tariff(owner, "2026-01-06", "0.35")
    start = datetime(2025, 12, 30, 0, 7, tzinfo=UTC)
    steps = [timedelta(minutes=15), HOUR, timedelta(minutes=95), timedelta(days=1), timedelta(days=7)]
    for number, step in enumerate(steps):
        readings(
            device(owner.store, f"Meter {number}"), start, start + timedelta(days=9), f"0.{number}37", step
        )
    asked = [(owner.store, Days(date(2026, 1, 1), date(2026, 1, 8)))]
    [window] = figures.windows(asked, now=datetime(2026, 2, 1, tzinfo=UTC), by_device=True)
    parts = figures.by_device(window)
    assert sum(part.consumption for part in parts) == window.usage.total.kwh
    assert abs(sum(part.cost or 0 for part in parts) - (window.usage.cost().amount or 0)) < Decimal("0.03")
    assert {row.kind for row in window.summed.times} == {Kind.FINE, Kind.COARSE}
    assert connection.vendor in ("postgresql", "sqlite")


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite leaves all of it to Python")
@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "Europe/Berlin", "Australia/Lord_Howe"])
@pytest.mark.parametrize("minutes", [0, 7])
def test_what_the_database_adds_up_is_what_python_adds_up(owner: Person, zone: str, minutes: int) -> None:
    """Over a change of the clock, with meters that read on the hour, and ones that do not."""
    in_zone(owner.store, zone)
    set_tariff(owner, "2026-03-20", "0.3", NIGHT_BAND)
    start = datetime(2026, 3, 20, 10, minutes, tzinfo=UTC)
    for number, step in enumerate([timedelta(minutes=15), HOUR, HOUR, timedelta(days=1)]):
        quality = "ESTIMATED" if number == 2 else "MEASURED"
        kwh = f"0.{number}00337"
        readings(
            device(owner.store, f"Meter {number}"), start, start + 17 * 24 * HOUR, kwh, step, quality=quality
        )
    prices = tariffs.of_stores([owner.store])[owner.store.pk]
    segments = cut(Days(date(2026, 3, 21), date(2026, 4, 6)), zone=owner.store.zone, tariffs=prices)
    span = (segments[0].start, segments[-1].end)
    [(_, found)] = sums.read({owner.store.pk: segments}, devices=True).items()
    [(_, parted)] = sums.read({owner.store.pk: segments}, devices=True, apart=True).items()
    assert +Counter(found.devices) == +Counter(parted.devices)
    rows = [row for _, row in sums.by_time({owner.store.pk: segments})]
    assert usage.use(found.times, segments) == usage.use(rows, segments)
    assert usage.hours(found.hours, *span) == usage.hours(rows, *span)
    assert len(found.times) < len(rows)
    many = cut(Days(date(2026, 1, 1), date(2026, 4, 6)), zone=owner.store.zone, tariffs=prices)
    span = (many[0].start, many[-1].end)
    [(_, found)] = sums.read({owner.store.pk: many}).items()
    rows = [row for _, row in sums.by_time({owner.store.pk: many})]
    assert usage.peak_hour(found.hours, *span) == usage.peak_hour(rows, *span)
    assert len(found.hours) == 1 or minutes or zone != "Europe/Berlin"
