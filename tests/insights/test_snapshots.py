"""Analyses that the night keeps, against a plain loop over the raw rows, and asked over HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ranges import Days
from insights import nightly, snapshots
from insights.analyses import Period
from insights.metrics import Dimension, Metric
from insights.models import Analysis
from receipts.books import built_in
from tests import books
from tests.insights.ledgers import Ledger, expected, ledgers
from tests.insights.test_boards import ONE_DAY, by_group, holding, value

pytestmark = pytest.mark.django_db

CENT = Decimal("0.01")


def agree(seed: int) -> None:
    """Compare all that the night keeps of some random books."""
    written = ledgers(seed)
    day = written[0].anchor + timedelta(days=seed % 5)
    stores = [ledger.store for ledger in written]
    for _ in range(2):
        snapshots.keep(stores=stores, days={store.pk: day for store in stores})
    for ledger in written:
        rows = list(Analysis.objects.filter(store=ledger.store))
        assert len(rows) == 4
        for row in rows:
            same(ledger, row, day)


def same(ledger: Ledger, row: Analysis, day: date) -> None:
    whole = holding(Period(row.period), row.start, ledger.store.week_start)
    days = Days(whole.start, min(whole.end, day + ONE_DAY))
    assert (row.start, row.end, row.until) == (days.start, whole.end, days.end)
    bills = [
        bill
        for bill, _ in ledger.bills
        if bill.status != "VOID"
        and bill.currency == ledger.store.currency
        and days.start <= bill.booked_on < days.end
    ]
    assert row.bill_count == len(bills)
    assert row.needs_review_count == sum(bill.status == "NEEDS_REVIEW" for bill in bills)
    assert (row.spend, row.revenue, row.order_count) == tuple(
        value(ledger, days, metric) for metric in (Metric.SPEND, Metric.REVENUE, Metric.ORDERS)
    )
    profit = value(ledger, days, Metric.PROFIT).quantize(CENT, ROUND_HALF_UP)
    assert (row.profit or Decimal(0)) == profit
    kwh = sum((value for value, _ in expected(ledger, days, Metric.ENERGY_KWH).values()), Decimal(0))
    assert row.energy_kwh == kwh
    cost = value(ledger, days, Metric.ENERGY_COST)
    assert (row.energy_cost or Decimal(0)) == cost.quantize(CENT, ROUND_HALF_UP)
    assert {kept["category"]: Decimal(kept["total"]) for kept in row.categories} == by_group(
        ledger, days, Metric.SPEND, Dimension.CATEGORY
    )


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_every_kept_figure_equals_a_loop_over_the_raw_rows(seed):
    with transaction.atomic():
        agree(seed)
        transaction.set_rollback(True)


def test_a_night_keeps_the_weeks_and_months_of_a_day_once_and_corrects_them(owner):
    now = datetime(2026, 5, 5, 12, tzinfo=UTC)  # a Tuesday
    books.bill(owner.store, date=date(2026, 4, 28), total=Decimal("8.00"))

    def run(**more: Any) -> None:
        nightly.run(stores=nightly.stores_of_night(), now=now, **more)

    run()
    found = {(row.period, row.start): (row.until, row.spend) for row in Analysis.objects.all()}
    assert found == {
        ("WEEK", date(2026, 4, 27)): (date(2026, 5, 4), Decimal("8.00")),
        ("WEEK", date(2026, 5, 4)): (date(2026, 5, 5), Decimal("0.00")),
        ("MONTH", date(2026, 4, 1)): (date(2026, 5, 1), Decimal("8.00")),
        ("MONTH", date(2026, 5, 1)): (date(2026, 5, 5), Decimal("0.00")),
    }
    books.bill(owner.store, date=date(2026, 4, 30), total=Decimal("1.50"))  # a late one
    run(day=date(2026, 5, 4))
    assert Analysis.objects.count() == 4
    assert Analysis.objects.get(period="MONTH", start=date(2026, 4, 1)).spend == Decimal("9.50")


HISTORY = """query ($store: ID!) { store(id: $store) { analytics { history(filter: {period: MONTH, complete: true}) {
    totalCount nodes { start end until spend billCount currency byCategory { name total count share category { id } } }
} } } }"""


def test_the_history_is_asked_for_by_who_may_see_insights(owner, colleague, stranger, ask, statements):
    books.bill(owner.store, date=date(2026, 4, 28), total=Decimal("8.00"))
    for month in (3, 4, 5):
        day = date(2026, month, 28)
        snapshots.keep(stores=[owner.store], days={owner.store.pk: day})
    with statements() as count:
        found = ask(owner, HISTORY, store=owner.store_id).data["store"]["analytics"]["history"]
    assert (found["totalCount"], [node["start"] for node in found["nodes"]]) == (
        3, ["2026-04-01", "2026-03-01", "2026-02-01"]
    )  # fmt: skip
    [category] = found["nodes"][0]["byCategory"]
    assert (category["total"], category["count"], category["share"]) == ("8.00", 1, "1.0000")
    assert len(count) <= 6
    hidden = ask(colleague, HISTORY, store=owner.store_id).body["data"]["store"]["analytics"]["history"]
    assert hidden["nodes"] == []
    assert ask(stranger, HISTORY, store=owner.store_id).data == {"store": None}


TRENDS = """query ($store: ID!) { store(id: $store) { analytics {
    trends(metric: SPEND, dimension: CATEGORY, steps: 8) {
        total { direction slope confidence steps }
        groups { direction slope confidence steps group { name points { date value } } }
    }
    changes(metric: SPEND, dimension: MERCHANT, range: "last_week") {
        total { value previous change } contributions { change part byCount bySize group { name } }
    }
} } }"""


def test_trends_and_changes_say_what_moves_how_surely_and_why(owner, colleague, ask):
    monday = timezone.now().date() - timedelta(days=timezone.now().weekday())
    rising, level = built_in("groceries"), built_in("office")
    for back in range(1, 9):
        day = monday - timedelta(weeks=back)
        books.bill(
            owner.store, date=day, total=Decimal(100 - 10 * back), category=rising, merchant_name="Mill"
        )
        books.bill(owner.store, date=day, total=Decimal("5.00"), category=level, merchant_name="Desk")
    books.bill(owner.store, date=monday - timedelta(days=7), total=Decimal("90.00"), merchant_name="Mill")
    found = ask(owner, TRENDS, store=owner.store_id).data["store"]["analytics"]
    by_name = {row["group"]["name"]: row for row in found["trends"]["groups"]}
    assert {name: row["direction"] for name, row in by_name.items()} == {
        rising.name: "UP", level.name: "STEADY"
    }  # fmt: skip
    assert by_name[rising.name]["slope"] in ("10.00", "13.33")
    assert [len(row["group"]["points"]) for row in by_name.values()] == [8, 8]
    [mill] = found["changes"]["contributions"]
    assert (mill["group"]["name"], mill["change"], mill["part"]) == ("Mill", "100.00", "1.0000")
    assert (mill["byCount"], mill["bySize"]) == ("80.00", "20.00")
    answer = ask(colleague, TRENDS, store=owner.store_id)
    assert answer.codes == ["FORBIDDEN"] * 2


@pytest.mark.parametrize(
    "asked",
    [
        "trends(metric: SPEND, dimension: CATEGORY, grain: HOUR) { start }",
        "trends(metric: SPEND, dimension: CATEGORY, steps: 5) { start }",
        "trends(metric: SPEND, dimension: DEVICE) { start }",
        "changes(metric: UNIT_PRICE, dimension: ITEM) { start }",
        "changes(metric: REVENUE, dimension: MERCHANT) { start }",
        "changes(metric: REVENUE, dimension: PRODUCT, first: 101) { start }",
    ],
)
def test_what_has_no_trend_or_change_is_bad_input(owner, ask, asked):
    document = f'{{ store(id: "{owner.store_id}") {{ analytics {{ {asked} }} }} }}'
    assert ask(owner, document).codes == ["BAD_USER_INPUT"]
