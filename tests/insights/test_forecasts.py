"""Forecasts of a store's books: kept by the night, once, read over HTTP, and compared with what came."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from catalog.models import Category
from core.models import Store
from core.roles import Role
from insights import forecasts
from insights.forecasting.grains import Grain
from insights.forecasting.history import History
from insights.metrics import Metric
from insights.models import Forecast, ForecastModel
from insights.places import country_of
from receipts import recount, rollups
from receipts.models import Bill
from tests.conftest import person

pytestmark = pytest.mark.django_db

LAST = date(2026, 5, 31)  # a Sunday, and the last of a month
WEEK = [40, 30, 35, 50, 80, 120, 0]
ASKED = """
    query Forecasts($store: ID!, $metric: ForecastMetric!, $grain: ForecastGrain!) {
      store(id: $store) { analytics { forecasts(metric: $metric, grain: $grain) {
        metric grain status currency periodsPresent periodsNeeded model version madeOn
        backtest { mase wape mae rmse coverage origins } baseline { mase wape mae rmse coverage origins }
        next { start end predicted low high low95 high95 actual madeOn }
        past { start predicted actual }
        accuracy { accuracy mase coverage periods }
      } } }
    }
"""
OF_ALL = """
    { me { stores { analytics { forecasts(metric: SPEND) { status next { predicted } past { actual } } } } } }
"""


def spend(store: Store, days: int, last: date = LAST) -> None:
    """Enter a bill a day until `last`: by the day of the week, with a little that no rule tells."""
    category = Category.objects.get(key="groceries")
    found = [last - timedelta(days=n) for n in range(days)]
    made = Bill.objects.bulk_create(
        Bill(
            store=store,
            category=category,
            currency="EUR",
            source=Bill.Source.MANUAL,
            booked_on=day,
            date=day,
            total=Decimal(WEEK[day.weekday()] + day.toordinal() * 37 % 11),
        )
        for day in found
        if WEEK[day.weekday()]
    )
    rollups.enter(made, [])


def night(*stores: Store, day: date = LAST) -> None:
    forecasts.keep(stores=stores, days={store.pk: day for store in stores})


def told(ask, who, metric="SPEND", grain="DAILY", store=None):
    answer = ask(who, ASKED, store=store or who.store_id, metric=metric, grain=grain)
    return answer.data["store"]["analytics"]["forecasts"]


def test_a_night_forecasts_days_weeks_and_months_with_intervals_and_errors(owner, ask):
    spend(owner.store, 200)
    night(owner.store)
    days = told(ask, owner)
    assert (days["status"], days["currency"], days["madeOn"]) == ("AVERAGE", "EUR", "2026-05-31")
    assert (days["model"], days["version"]) == ("AVERAGE", forecasts.VERSION)
    assert [len(days["next"]), days["next"][0]["start"], days["next"][0]["end"]] == [
        28,
        "2026-06-01",
        "2026-06-02",
    ]
    saturday = days["next"][5]
    assert 110 < Decimal(saturday["predicted"]) < 140
    bounds = [Decimal(saturday[name]) for name in ("low95", "low", "predicted", "high", "high95")]
    assert bounds == sorted(bounds)
    assert Decimal(days["next"][6]["predicted"]) == 0  # a Sunday
    assert Decimal(days["backtest"]["mae"]) < Decimal(days["baseline"]["mae"])
    assert days["backtest"]["origins"] == 13  # ten whole trials, and three whose last days are to come
    assert 0.5 < Decimal(days["backtest"]["coverage"]) <= 1
    weeks = told(ask, owner, grain="WEEKLY")
    assert (weeks["status"], weeks["next"][0]["start"], weeks["next"][0]["end"]) == (
        "AVERAGE",
        "2026-06-01",
        "2026-06-08",
    )
    months = told(ask, owner, grain="MONTHLY")
    assert (months["status"], months["periodsPresent"], months["next"][0]["end"]) == (
        "NAIVE",
        6,
        "2026-07-01",
    )
    assert months["backtest"] is None


def test_too_little_is_said_with_how_much_it_takes(owner, ask):
    empty = told(ask, owner)
    assert (empty["status"], empty["periodsPresent"], empty["periodsNeeded"]) == ("NOT_ENOUGH_DATA", 0, 14)
    spend(owner.store, 12, last=LAST - timedelta(days=1))
    night(owner.store)
    found = told(ask, owner)
    assert (found["status"], found["periodsPresent"], found["periodsNeeded"]) == ("NOT_ENOUGH_DATA", 13, 14)
    assert (found["model"], found["next"], found["backtest"]) == (None, [], None)


def rows() -> list[tuple]:
    return sorted(
        Forecast.objects.values_list("model", "for_date", "predicted", "low80", "high95", "actual", "made_on")
    )


def test_a_night_that_runs_twice_leaves_the_same_rows_and_an_older_one_takes_nothing_back(owner):
    spend(owner.store, 40)
    night(owner.store)
    first = rows()
    night(owner.store)
    assert rows() == first
    night(owner.store, day=LAST - timedelta(days=3))
    assert [row[:5] for row in rows()] == [row[:5] for row in first]


def test_what_came_is_filled_in_and_corrected_by_a_late_bill(owner, ask):
    spend(owner.store, 30)
    night(owner.store, day=LAST - timedelta(days=3))
    expected = {row["start"]: row["predicted"] for row in told(ask, owner)["next"]}
    night(owner.store)
    found = told(ask, owner)
    assert [row["start"] for row in found["past"]] == ["2026-05-29", "2026-05-30", "2026-05-31"]
    assert [row["predicted"] for row in found["past"]] == [expected[row["start"]] for row in found["past"]]
    actual = [Decimal(row["actual"]) for row in found["past"]]
    errors = [abs(Decimal(row["predicted"]) - came) for row, came in zip(found["past"], actual, strict=True)]
    assert found["accuracy"]["periods"] == 3
    assert float(found["accuracy"]["accuracy"]) == pytest.approx(
        float(1 - sum(errors) / sum(actual)), abs=1e-4
    )
    Bill.objects.filter(booked_on=LAST - timedelta(days=1)).update(total=Decimal("500.00"))
    recount.rebuild(owner.store)
    night(owner.store, day=LAST + timedelta(days=1))
    assert Decimal(told(ask, owner)["past"][1]["actual"]) == 500


def test_unread_energy_is_unknown_and_a_day_without_bills_is_zero():
    one = forecasts._history(
        {LAST: _total("3"), LAST - timedelta(days=2): _total("4")}, LAST, Metric.ENERGY_KWH
    )
    two = forecasts._history({LAST: _total("3"), LAST - timedelta(days=2): _total("4")}, LAST, Metric.SPEND)
    assert str(list(one.values)) == "[np.float64(4.0), np.float64(nan), np.float64(3.0)]"
    assert list(two.values) == [4.0, 0.0, 3.0]
    assert isinstance(one, History)
    assert one.grain is Grain.DAILY


def _total(value: str):
    from insights.metrics import Total

    return Total(value=Decimal(value), count=1)


def test_the_owner_sees_forecasts_a_colleague_at_the_till_and_a_stranger_do_not(owner, stranger, ask):
    spend(owner.store, 30)
    night(owner.store)
    staff = person("till@example.com", store=owner.store, role=Role.STAFF)
    answer = ask(staff, ASKED, store=owner.store_id, metric="SPEND", grain="DAILY")
    assert answer.codes == ["FORBIDDEN"]
    hidden = ask(stranger, ASKED, store=owner.store_id, metric="SPEND", grain="DAILY")
    assert hidden.body["data"]["store"] is None
    assert told(ask, stranger)["status"] == "NOT_ENOUGH_DATA"


def test_forecasts_of_many_stores_take_as_many_statements_as_of_one(owner, ask, statements):
    spend(owner.store, 20)
    night(owner.store)
    with statements() as one:
        ask(owner, OF_ALL)
    from core.models import Membership

    for n in range(3):
        other = Store.objects.create(name=f"Other {n}", currency="EUR")
        Membership.objects.create(user=owner.user, store=other, role=Role.OWNER)
        spend(other, 20)
        night(other)
    with statements() as four:
        found = ask(owner, OF_ALL).data["me"]["stores"]
    assert [len(store["analytics"]["forecasts"]["next"]) for store in found] == [7] * 4
    assert len(four) == len(one)


def test_train_models_prints_split_features_and_errors_and_keeps_what_is_served(owner):
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    spend(owner.store, 100, last=yesterday)
    out = StringIO()
    call_command("train_models", "--store", str(owner.store.pk), stdout=out)
    said = out.getvalue()
    assert "learnt from" in said
    assert "holiday_before" in said
    assert "random_forest" in said
    assert "REVENUE: nothing in the books." in said
    kept = ForecastModel.objects.get(grain="DAILY")
    assert (kept.store, kept.made_on, kept.version) == (owner.store, yesterday, forecasts.VERSION)
    assert sum(kept.weights.values()) == pytest.approx(1, abs=0.001)


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("Europe/Berlin", "DE"),
        ("America/New_York", "US"),
        ("Europe/Amsterdam", "NL"),
        ("UTC", ""),
        ("Asia/Kolkata", "IN"),
    ],
)
def test_holidays_are_those_of_the_country_in_which_the_zone_lies(zone, country):
    assert country_of(zone) == country
