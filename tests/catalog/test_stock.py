"""Stock, below the API: it is the sum of its moves, never below zero, and no cause moves it twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from catalog import stock
from catalog.models import Product, StockMove
from core.errors import Code, Refused
from core.models import Store
from tests import shop
from tests.conftest import Person, person

THOUSANDTH = Decimal("0.001")
QUANTITIES = st.integers(-2, 3000).map(lambda number: number * THOUSANDTH)
CAUSES = st.integers(1, 6).map(str)


class Shelf(RuleBasedStateMachine):
    """A model of two products: what is on hand, and which causes have moved them."""

    def __init__(self) -> None:
        super().__init__()
        store = Store.objects.create(name="Shelf", currency="EUR")
        self.products = [shop.product(store), shop.product(store)]
        self.on_hand = [Decimal(0), Decimal(0)]
        self.done: set[tuple[str, str, int]] = set()

    def attempt(self, act: Callable[[], Any], allowed: bool) -> bool:
        """Do it; refused or not, as the model says, and nothing has changed where it was refused."""
        before = self.picture()
        try:
            act()
        except Refused:
            assert not allowed
            assert self.picture() == before
        else:
            assert allowed
        return allowed

    def picture(self) -> list[Any]:
        return [
            list(Product.objects.order_by("pk").values()),
            list(StockMove.objects.order_by("pk").values()),
        ]

    @rule(at=st.integers(0, 1), quantity=QUANTITIES, key=CAUSES)
    def receive(self, at: int, quantity: Decimal, key: str) -> None:
        cause = stock.Cause("item", key)
        allowed = quantity > 0 and ("PURCHASE", key, at) not in self.done
        product = self.products[at]
        if self.attempt(
            lambda: stock.receive(product=product, by=None, quantity=quantity, cause=cause), allowed
        ):
            self.on_hand[at] += quantity
            self.done.add(("PURCHASE", key, at))

    @rule(at=st.integers(0, 1), quantity=QUANTITIES)
    def waste(self, at: int, quantity: Decimal) -> None:
        product, allowed = self.products[at], 0 < quantity <= self.on_hand[at]
        if self.attempt(lambda: stock.waste(product=product, by=None, quantity=quantity), allowed):
            self.on_hand[at] -= quantity

    @rule(at=st.integers(0, 1), counted=QUANTITIES, stale=st.booleans())
    def count(self, at: int, counted: Decimal, stale: bool) -> None:
        product, expected = self.products[at], self.on_hand[at] + (1 if stale else 0)
        allowed = counted >= 0 and not stale
        if self.attempt(
            lambda: stock.count(product=product, by=None, counted=counted, expected=expected), allowed
        ):
            self.on_hand[at] = counted

    @rule(first=QUANTITIES, second=QUANTITIES, key=CAUSES, kind=st.sampled_from(["SALE", "RESERVE"]))
    def take(self, first: Decimal, second: Decimal, key: str, kind: str) -> None:
        lines = [
            stock.Line(product, quantity)
            for product, quantity in zip(self.products, (first, second), strict=True)
        ]
        enough = 0 < first <= self.on_hand[0] and 0 < second <= self.on_hand[1]
        allowed = enough and (kind, key, 0) not in self.done
        cause = stock.Cause("order", key)
        if self.attempt(lambda: stock.take(lines=lines, by=None, cause=cause, kind=kind), allowed):
            self.on_hand = [self.on_hand[0] - first, self.on_hand[1] - second]
            self.done |= {(kind, key, 0), (kind, key, 1)}

    @rule(at=st.integers(0, 1), quantity=QUANTITIES, key=CAUSES)
    def give_back(self, at: int, quantity: Decimal, key: str) -> None:
        lines, cause = [stock.Line(self.products[at], quantity)], stock.Cause("refund", key)
        allowed = quantity > 0 and ("REFUND", key, at) not in self.done
        if self.attempt(lambda: stock.give_back(lines=lines, by=None, cause=cause), allowed):
            self.on_hand[at] += quantity
            self.done.add(("REFUND", key, at))

    @invariant()
    def stock_is_the_sum_of_its_moves(self) -> None:
        for product, on_hand in zip(self.products, self.on_hand, strict=True):
            product.refresh_from_db()
            assert product.stock_on_hand == on_hand >= 0
            last = StockMove.objects.filter(product=product).order_by("pk").last()
            assert last is None or last.stock_after == on_hand
        assert stock.verify(store=self.products[0].store) == []


@pytest.mark.django_db
def test_stock_is_the_sum_of_its_moves_whatever_is_done() -> None:
    run_state_machine_as_test(
        Shelf, settings=settings(max_examples=15, stateful_step_count=20, deadline=None)
    )


def test_tenths_add_up_to_nothing(owner: Person) -> None:
    product = shop.product(owner.store, on_hand="0.8")
    for tenths in (7, 1):
        stock.waste(product=product, by=owner.user, quantity=Decimal(tenths) / 10)
    product.refresh_from_db()
    assert product.stock_on_hand == 0
    assert stock.verify(store=owner.store) == []


def test_the_largest_stock_is_kept_to_the_thousandth_and_no_more_goes_in(owner: Person) -> None:
    product = shop.product(owner.store, on_hand="999999999.998")
    stock.receive(product=product, by=owner.user, quantity=THOUSANDTH)
    with pytest.raises(Refused) as refused:
        stock.receive(product=product, by=owner.user, quantity=THOUSANDTH)
    assert refused.value.code == Code.CONFLICT
    product.refresh_from_db()
    assert product.stock_on_hand == Decimal("999999999.999")
    assert stock.verify(store=owner.store) == []


def test_what_is_taken_together_is_taken_whole_or_not_at_all(owner: Person) -> None:
    enough, short = shop.product(owner.store, on_hand="5"), shop.product(owner.store, on_hand="1")
    lines = [stock.Line(enough, Decimal(2)), stock.Line(short, Decimal(1)), stock.Line(short, Decimal(1))]
    with pytest.raises(Refused) as refused:
        stock.take(lines=lines, by=owner.user, cause=stock.Cause("order", "1"))
    assert refused.value.code == Code.CONFLICT
    enough.refresh_from_db()
    assert enough.stock_on_hand == 5
    assert StockMove.objects.filter(kind="SALE").count() == 0


def test_what_keeps_no_stock_is_taken_without_a_move(owner: Person) -> None:
    song = shop.product(owner.store, tracks_stock=False)
    assert stock.take(lines=[stock.Line(song, Decimal(1))], by=None, cause=stock.Cause("order", "1")) == []
    for act in (stock.receive, stock.waste):
        with pytest.raises(Refused):
            act(product=song, by=None, quantity=Decimal(1))
    with pytest.raises(Refused):
        stock.count(product=song, by=None, counted=Decimal(1))
    assert StockMove.objects.count() == 0


def test_verify_finds_a_column_that_was_changed_behind_its_back(owner: Person, stranger: Person) -> None:
    product = shop.product(owner.store, on_hand="3")
    Product.objects.filter(pk=product.pk).update(stock_on_hand=4)
    found = stock.verify(store=owner.store)
    assert found == [stock.Discrepancy(product.pk, Decimal(4), Decimal(3))]
    assert stock.verify(store=stranger.store) == []


@pytest.mark.parametrize(
    ("kind", "quantity", "after"),
    [
        ("SALE", 1, 1),
        ("PURCHASE", -1, 1),
        ("WASTE", 0, 1),
        ("REFUND", 0, 1),
        ("COUNT", -2, -1),
        ("GIFT", 1, 1),
    ],
)
def test_the_database_itself_keeps_moves_in_order(
    owner: Person, kind: str, quantity: int, after: int
) -> None:
    product = shop.product(owner.store)
    with pytest.raises(IntegrityError), transaction.atomic():
        StockMove.objects.create(product=product, kind=kind, quantity=quantity, stock_after=after)


def test_the_database_itself_keeps_stock_from_going_below_nothing(owner: Person) -> None:
    product = shop.product(owner.store, on_hand="1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(pk=product.pk).update(stock_on_hand=-1)


@pytest.mark.django_db(transaction=True)
def test_of_twenty_that_take_the_last_unit_at_once_one_gets_it() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    owner = person("owner@example.com")
    product = shop.product(owner.store, on_hand="1")

    def take(number: int) -> str:
        cause = stock.Cause("order", str(number))
        try:
            stock.take(lines=[stock.Line(product, Decimal(1))], by=None, cause=cause)
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(20) as pool:
        codes = sorted(pool.map(take, range(20)))
    assert codes == ["", *["CONFLICT"] * 19]
    product.refresh_from_db()
    assert product.stock_on_hand == 0
    assert StockMove.objects.filter(kind="SALE").aggregate(sum=Sum("quantity"))["sum"] == -1


@pytest.mark.django_db(transaction=True)
def test_of_twenty_that_bring_the_same_cause_at_once_one_moves_stock() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    owner = person("owner@example.com")
    products = [shop.product(owner.store, on_hand="100") for _ in range(3)]

    def take(number: int) -> str:
        lines = [stock.Line(product, Decimal(1)) for product in products[:: -1 if number % 2 else 1]]
        try:
            stock.take(lines=lines, by=None, cause=stock.Cause("order", "1"))
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(20) as pool:
        codes = sorted(pool.map(take, range(20)))
    assert codes == ["", *["CONFLICT"] * 19]
    assert {row.stock_on_hand for row in Product.objects.all()} == {Decimal(99)}
    assert stock.verify(store=owner.store) == []
