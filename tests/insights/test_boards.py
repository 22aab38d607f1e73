"""Every figure of every dashboard, against a plain loop over the raw rows of random books."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ranges import Days
from insights import bill_board, boards, suggestion_board
from insights.analyses import Period
from insights.metrics import Dimension, Metric
from insights.models import Alert, Suggestion
from tests.alarms import alert, suggestion
from tests.insights.ledgers import Ledger, expected, ledgers

pytestmark = pytest.mark.django_db

CENT = Decimal("0.01")
ONE_DAY = timedelta(days=1)


def value(ledger: Ledger, days: Days, metric: Metric) -> Decimal:
    """Add up what is in the store's currency."""
    return sum(
        (
            value
            for (_, _, currency), (value, _) in expected(ledger, days, metric).items()
            if currency == ledger.store.currency
        ),
        Decimal(0),
    )


def by_group(ledger: Ledger, days: Days, metric: Metric, dimension: Dimension) -> dict[Any, Decimal]:
    return {
        key: value
        for (_, key, currency), (value, _) in expected(ledger, days, metric, dimension).items()
        if currency == ledger.store.currency
    }


def on(day: date) -> Days:
    return Days(day, day + ONE_DAY)


def dates(days: Days) -> list[date]:
    return [days.start + timedelta(days=n) for n in range((days.end - days.start).days)]


def ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return (part / whole).quantize(Decimal("0.0001"), ROUND_HALF_UP) if whole else None


def first_of_week(day: date, week_start: int) -> date:
    while day.weekday() != week_start:
        day -= ONE_DAY
    return day


def first_of_month(day: date) -> date:
    return date(day.year, day.month, 1)


def holding(period: Period, day: date, week_start: int) -> Days:
    if period is Period.WEEK:
        start = first_of_week(day, week_start)
        return Days(start, start + timedelta(days=7))
    start = first_of_month(day)
    return Days(start, first_of_month(start + timedelta(days=31)))


def so_far(period: Period, day: date, today: date, week_start: int) -> tuple[Days, Days]:
    whole = holding(period, day, week_start)
    before = holding(period, whole.start - ONE_DAY, week_start)
    if today in dates(whole):
        passed = dates(whole).index(today) + 1
        if passed < len(dates(whole)):
            before = Days(before.start, before.start + timedelta(days=min(passed, len(dates(before)))))
        whole = Days(whole.start, today + ONE_DAY)
    return whole, before


def same_figure(ledger: Ledger, metric: Metric, found: Any, days: Days, before: Days) -> None:
    now, then = value(ledger, days, metric), value(ledger, before, metric)
    assert (found.value, found.previous, found.change, found.ratio) == (
        now, then, now - then, ratio(now - then, abs(then))
    ), (metric, days, before)  # fmt: skip


def same_lately(ledger: Ledger, found: Any, days: Days, before: Days) -> None:
    assert (Days(found.start, found.end), found.compared) == (days, before)
    same_figure(ledger, Metric.SPEND, found.spend, days, before)
    same_figure(ledger, Metric.REVENUE, found.revenue, days, before)
    same_figure(ledger, Metric.ORDERS, found.orders, days, before)


def same_days(ledger: Ledger, metric: Metric, points: Any, days: Days, before: Days) -> None:
    assert [(point.start, point.value) for point in points] == [
        (day, value(ledger, on(day), metric)) for day in dates(days)
    ]
    then = [value(ledger, on(day), metric) for day in dates(before)][: len(points)]
    assert [point.previous for point in points] == then + [None] * (len(points) - len(then))


def same_groups(
    ledger: Ledger,
    metric: Metric,
    groups: Any,
    days: Days,
    before: Days | None = None,
    *,
    named: bool = False,
) -> None:
    dimension = groups[0].dimension if groups else None
    if dimension is None:
        assert not any(
            by_group(ledger, part, metric, Dimension.CATEGORY)
            for part in (days, before)
            if part and not named
        )
        return
    now = by_group(ledger, days, metric, dimension)
    then = by_group(ledger, before, metric, dimension) if before else {}
    for found in (now, then):
        if named:
            found.pop(None, None)
    assert {group.key: group.value for group in groups} == {
        key: now.get(key, 0) for key in [*now, *then] if key in {group.key for group in groups}
    }
    assert len(groups) == min(10, len({*now, *then}))
    assert [group.value for group in groups] == sorted(
        (now.get(key, Decimal(0)) for key in {*now, *then}), reverse=True
    )[:10]
    whole = sum(now.values(), Decimal(0))
    assert [group.share for group in groups] == [ratio(group.value, whole) for group in groups]
    if before:
        assert [group.previous for group in groups] == [then.get(group.key, 0) for group in groups]


def same_months(ledger: Ledger, metric: Metric, points: Any, today: date) -> None:
    months = [first_of_month(today)]
    while len(months) < 12:
        months.insert(0, first_of_month(months[0] - ONE_DAY))

    def of(month: date) -> Decimal:
        return value(ledger, holding(Period.MONTH, month, 0), metric)

    assert [(point.start, point.value, point.previous) for point in points] == [
        (month, of(month), of(month.replace(year=month.year - 1))) for month in months
    ]


def same_pattern(ledger: Ledger, rows: Any, days: Days) -> None:
    for number, row in enumerate(rows):
        held = [day for day in dates(days) if day.weekday() == number]
        spend = sum((value(ledger, on(day), Metric.SPEND) for day in held), Decimal(0))
        revenue = sum((value(ledger, on(day), Metric.REVENUE) for day in held), Decimal(0))
        assert (row.weekday, row.days, row.spend, row.revenue) == (number, len(held), spend, revenue)
        assert (row.average_spend, row.average_revenue) == tuple(
            (amount / len(held)).quantize(CENT, ROUND_HALF_UP) if held else None
            for amount in (spend, revenue)
        )


def agree(seed: int) -> None:
    """Compare every dashboard of both stores of some random books."""
    chance = random.Random(seed)
    written = ledgers(seed)
    stores = [ledger.store for ledger in written]
    today = {store.pk: written[0].anchor + timedelta(days=chance.randint(-3, 3)) for store in stores}
    told = {store.pk: advise(chance, store) for store in stores}
    main = boards.main(stores=stores, today=today, **seen())
    asked = {store.pk: today[store.pk] - timedelta(days=chance.choice([0, 0, 5, 30])) for store in stores}
    periods = {
        period: boards.of_period(stores=stores, period=period, on=asked, today=today) for period in Period
    }
    length = chance.choice([0, 1, 7, 40])
    spans = {
        store: Days(today[store.pk] + timedelta(days=1 - length), today[store.pk] + ONE_DAY)
        for store in stores
    }
    charts = boards.charts(spans=spans, today=today)
    bills = bill_board.read(spans=spans)
    advice = suggestion_board.read(stores=stores, seen=Suggestion.objects.all())
    for ledger in written:
        store, now = ledger.store, today[ledger.store.pk]
        same_main(ledger, main[store.pk], now)
        same_bills(ledger, bills[store.pk], spans[store])
        same_advice(advice[store.pk], told[store.pk])
        assert main[store.pk].unread_alerts == told[store.pk].get("unread", 0)
        assert main[store.pk].open_suggestions == len(told[store.pk].get("OPEN", []))
        for period, found in periods.items():
            same_period(ledger, found[store.pk], period, asked[store.pk], now)
        same_charts(ledger, charts[store.pk], spans[store], now)


def seen() -> dict[str, Any]:
    return {"alerts": Alert.objects.all(), "suggestions": Suggestion.objects.all()}


def advise(chance: random.Random, store: Any) -> dict[str, Any]:
    """Write random alerts and suggestions, and remember them by status."""
    told: dict[str, Any] = {}
    for _ in range(chance.randrange(3)):
        read = chance.choice([None, "2024-03-01T00:00:00Z"])
        alert(store, read_at=read)
        told["unread"] = told.get("unread", 0) + (read is None)
    for _ in range(chance.randrange(12)):
        status = chance.choice(["OPEN", "OPEN", "LAPSED", "ACCEPTED", "DISMISSED"])
        row = suggestion(
            store,
            status=status,
            kind=chance.choice(["SLOW_STOCK", "STAFFING"]),
            saving=chance.choice([None, Decimal("0.10"), Decimal(chance.randrange(1, 99_999)).scaleb(-2)]),
            decided_at="2024-03-01T00:00:00Z" if status in ("ACCEPTED", "DISMISSED") else None,
        )
        told.setdefault(status, []).append(row)
    return told


def same_advice(found: Any, told: dict[str, Any]) -> None:
    def worth(rows: list[Any]) -> tuple[int, Decimal]:
        return len(rows), sum((row.saving for row in rows if row.saving), Decimal(0))

    for name in ("open", "accepted", "dismissed"):
        part = getattr(found, name)
        assert (part.count, part.saving) == worth(told.get(name.upper(), []))
    open_ones = told.get("OPEN", [])
    kinds = {row.kind for row in open_ones}
    assert {row.kind: (row.count, row.saving) for row in found.by_kind} == {
        kind: worth([row for row in open_ones if row.kind == kind]) for kind in kinds
    }
    savings = [row.saving for row in found.by_kind]
    assert savings == sorted(savings, reverse=True)
    best = sorted(open_ones, key=lambda row: (row.saving is None, -(row.saving or 0), -row.pk))
    assert found.top == tuple(row.pk for row in best[:5])


def same_bills(ledger: Ledger, found: Any, days: Days) -> None:
    before = Days(days.start - (days.end - days.start), days.start)
    same_figure(ledger, Metric.SPEND, found.spend, days, before)
    same_days(ledger, Metric.SPEND, found.spend_by_day, days, before)
    same_groups(ledger, Metric.SPEND, found.spend_by_category, days)
    same_groups(ledger, Metric.SPEND, found.spend_by_merchant, days, named=True)
    within = [bill for bill, _ in ledger.bills if days.start <= bill.booked_on < days.end]
    own = [bill for bill in within if bill.currency == ledger.store.currency]
    counted = [bill for bill in own if bill.status != "VOID"]
    priced = [bill.total for bill in counted if bill.total is not None]
    paper = found.paper
    mean = (sum(priced) / len(priced)).quantize(CENT, ROUND_HALF_UP) if priced else None
    assert (paper.average, paper.unknown_total) == (mean, len(counted) - len(priced))
    assert paper.tax == sum((bill.tax for bill in counted if bill.tax is not None), Decimal(0))
    assert (paper.confirmed, paper.needs_review, paper.void) == tuple(
        sum(bill.status == status for bill in own) for status in ("CONFIRMED", "NEEDS_REVIEW", "VOID")
    )
    assert paper.undated == sum(bill.date is None for bill in counted)
    foreign = [bill for bill in within if bill.currency != ledger.store.currency and bill.status != "VOID"]
    assert {row.currency: (row.value, row.count) for row in found.other_currencies} == {
        currency: (
            sum((bill.total or Decimal(0) for bill in foreign if bill.currency == currency), Decimal(0)),
            sum(bill.currency == currency for bill in foreign),
        )
        for currency in {bill.currency for bill in foreign}
    }
    waiting = found.waiting
    assert waiting.review_queue == sum(bill.status == "NEEDS_REVIEW" for bill, _ in ledger.bills)
    assert (waiting.open_duplicates, waiting.unread_uploads, waiting.failed_uploads) == (0, 0, 0)


def same_main(ledger: Ledger, found: Any, today: date) -> None:
    same_lately(ledger, found.today, on(today), on(today - ONE_DAY))
    for period, lately in ((Period.WEEK, found.week), (Period.MONTH, found.month)):
        same_lately(ledger, lately, *so_far(period, today, today, ledger.store.week_start))
    assert found.open_orders == sum(order.status == "PENDING" for order, _ in ledger.orders)
    assert found.review_queue == sum(bill.status == "NEEDS_REVIEW" for bill, _ in ledger.bills)


def same_period(ledger: Ledger, found: Any, period: Period, asked: date, today: date) -> None:
    days, before = so_far(period, asked, today, ledger.store.week_start)
    same_lately(ledger, found.figures, days, before)
    same_days(ledger, Metric.SPEND, found.spend_by_day, days, before)
    same_days(ledger, Metric.REVENUE, found.revenue_by_day, days, before)
    same_groups(ledger, Metric.SPEND, found.spend_by_category, days, before)
    same_groups(ledger, Metric.REVENUE, found.revenue_by_category, days, before)


def same_charts(ledger: Ledger, found: Any, days: Days, today: date) -> None:
    before = Days(days.start - (days.end - days.start), days.start)
    same_days(ledger, Metric.SPEND, found.spend_trend, days, before)
    same_days(ledger, Metric.REVENUE, found.revenue_trend, days, before)
    same_groups(ledger, Metric.SPEND, found.spend_by_category, days)
    same_groups(ledger, Metric.REVENUE, found.revenue_by_category, days)
    same_months(ledger, Metric.SPEND, found.spend_by_month, today)
    same_months(ledger, Metric.REVENUE, found.revenue_by_month, today)
    same_groups(ledger, Metric.SPEND, found.top_bought, days, named=True)
    same_groups(ledger, Metric.REVENUE, found.top_sold, days, named=True)
    same_pattern(ledger, found.weekly_pattern, days)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_every_figure_of_every_dashboard_equals_a_loop_over_the_raw_rows(seed):
    with transaction.atomic():
        agree(seed)
        transaction.set_rollback(True)


def test_each_dashboard_takes_its_statements_whatever_the_number_of_stores(django_assert_num_queries):
    stores = [ledger.store for ledger in ledgers(1)]
    today = {store.pk: date(2024, 5, 4) for store in stores}
    for some in (stores[:1], stores):
        with django_assert_num_queries(3):
            boards.main(stores=some, today=today, **seen())
        with django_assert_num_queries(6):
            boards.of_period(stores=some, period=Period.WEEK, on=today, today=today)
        with django_assert_num_queries(6):
            boards.charts(spans={store: on(today[store.pk]) for store in some}, today=today)
        with django_assert_num_queries(5):
            bill_board.read(spans={store: on(today[store.pk]) for store in some})
        with django_assert_num_queries(2):
            suggestion_board.read(stores=some, seen=Suggestion.objects.all())
