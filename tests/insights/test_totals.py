"""Any metric by any dimension and step, against a plain loop over the raw rows of random books."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import Store
from core.ranges import Days
from insights import series
from insights.metrics import DIMENSIONS, Dimension, Grain, Metric, check, coverage, figure
from tests import books, energy_books, shop, till
from tests.insights.ledgers import expected, groups, ledgers

pytestmark = pytest.mark.django_db

MAY = Days(date(2026, 5, 1), date(2026, 6, 1))


def told(metric: Metric, dimension: Dimension | None, grain: Grain | None) -> bool:
    """Tell whether the books know of it."""
    try:
        check(metric, dimension, grain)
    except ValueError:
        return False
    return True


COMBINATIONS = [
    (metric, dimension, grain)
    for metric in Metric
    for dimension in (None, *Dimension)
    for grain in (None, *Grain)
    if told(metric, dimension, grain)
]


def agree(seed: int, most: int) -> None:
    """Compare so many combinations for both stores of some random books at once."""
    chance = random.Random(seed)
    written = ledgers(seed)
    spans = {}
    for ledger in written:
        start = ledger.anchor - timedelta(days=chance.choice([0, 1, 3, 35, 80]))
        spans[ledger.store] = Days(start, ledger.anchor + timedelta(days=chance.choice([0, 1, 2, 30])))
    for combination in chance.sample(COMBINATIONS, most):
        found = series.totals(
            spans=spans, metric=combination[0], dimension=combination[1], grain=combination[2]
        )
        for ledger in written:
            assert groups(found[ledger.store.pk]) == expected(ledger, spans[ledger.store], *combination), (
                seed,
                combination,
            )


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_every_total_equals_a_loop_over_the_raw_rows(seed):
    with transaction.atomic():
        agree(seed, 12)
        transaction.set_rollback(True)


def test_what_the_books_cannot_tell_is_refused_with_a_sentence():
    for metric, dimension, grain in (
        (Metric.SPEND, Dimension.DEVICE, None),
        (Metric.UNIT_PRICE, None, None),
        (Metric.SPEND, None, Grain.HOUR),
    ):
        with pytest.raises(ValueError, match=metric.value):
            series.totals(spans={}, metric=metric, dimension=dimension, grain=grain)


@pytest.mark.parametrize("metric", Metric)
def test_the_statements_do_not_grow_with_the_stores(metric, django_assert_max_num_queries):
    dimension = Dimension.PRODUCT if metric is Metric.UNIT_PRICE else None
    spans = {
        Store.objects.create(name=f"Store {n}", timezone=zone): MAY
        for n, zone in enumerate(["UTC", "Asia/Kathmandu", "Europe/Berlin"] * 3)
    }
    with django_assert_max_num_queries(5 if metric.startswith("ENERGY") else 1):
        found = series.totals(spans=spans, metric=metric, dimension=dimension, grain=Grain.DAY)
    assert found == {store.pk: [] for store in spans}


def test_days_are_filled_and_what_is_recorded_is_said(owner):
    store = owner.store
    books.bill(store, date=date(2026, 5, 4), total=Decimal("3.00"))
    books.bill(store, date=date(2026, 5, 9), total=Decimal("4.00"), currency="USD")
    books.bill(store, date=date(2026, 5, 11), total=None)
    windows = {store.pk: MAY}
    [found] = series.daily(windows=windows, metric=Metric.SPEND).values()
    assert len(found) == 31
    assert {day: value for day, value in found.items() if value} == {date(2026, 5, 4): Decimal("3.00")}
    said = coverage(MAY, series.recorded(windows=windows, metric=Metric.SPEND)[store.pk])
    assert (said.days, said.recorded, said.first, said.last) == (31, 2, date(2026, 5, 4), date(2026, 5, 11))


def test_a_day_of_which_a_tenth_is_missing_is_not_whole(owner):
    meter = energy_books.device(owner.store, in_use_from=date(2026, 5, 1))
    start = energy_books.local("UTC", 2026, 5, 4)
    energy_books.readings(meter, start, start + timedelta(hours=44))
    found = series.recorded(windows={owner.store.pk: MAY}, metric=Metric.ENERGY_KWH)[owner.store.pk]
    assert {day.day: (row.value, row.whole) for day, row in found.items()} == {
        4: (Decimal(24), True),
        5: (Decimal(20), False),
    }
    assert coverage(MAY, found).partial == 1


def test_spellings_of_an_item_are_one_and_its_price_is_what_one_cost(owner):
    bill = books.bill(owner.store, date=date(2026, 5, 4))
    for text, quantity, total in (
        ("Oat milk", "2", "3.00"),
        ("OAT  MILK", "1", "1.80"),
        ("Oat milk", "1", None),
    ):
        books.item(bill, description=text, quantity=Decimal(quantity), total=total and Decimal(total))
    [row] = series.totals(spans={owner.store: MAY}, metric=Metric.UNIT_PRICE, dimension=Dimension.ITEM)[
        owner.store.pk
    ]
    assert (row.key, row.name, figure(Metric.UNIT_PRICE, row)) == ("oat milk", "OAT MILK", Decimal("1.6000"))


def test_a_cost_larger_than_64_bits_is_no_error(owner):
    dear = shop.product(owner.store, cost=Decimal("9999999999.99"))
    till.order(owner.store, (dear, "999999.999", "1.00"))
    [row] = series.totals(spans={owner.store: MAY}, metric=Metric.PROFIT)[owner.store.pk]
    exact = Decimal("1000000.00") - Decimal("999999.999") * Decimal("9999999999.99")
    assert abs(row.value - exact) < Decimal("1e6")  # SQLite has no more digits there; PostgreSQL is exact


def test_dimensions_are_named_for_every_metric():
    assert set(DIMENSIONS) == set(Metric)


def test_a_profit_is_exact_where_a_line_costs_more_than_64_bits_hold(owner):
    costs = [Decimal("999999999999.99"), Decimal("0.07"), Decimal("123456789.01")]
    products = [shop.product(owner.store, cost=cost, tracks_stock=False) for cost in costs]
    quantities = ["999999.999", "0.003", "87654321.987"]
    for _ in range(2):
        till.order(owner.store, *zip(products, quantities, ["0.01"] * 3, strict=True))
    (found,) = series.totals(spans={owner.store: MAY}, metric=Metric.PROFIT)[owner.store.pk]
    cost = sum((Decimal(q) * c for q, c in zip(quantities, costs, strict=True)), Decimal(0))
    assert cost * 10**5 > 2**63
    assert found.base - found.value == 2 * cost
