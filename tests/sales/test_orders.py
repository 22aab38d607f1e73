"""Orders, below the API: their stock, their numbers, and who wins when two reach for one thing."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from itertools import product as pairs
from typing import Any

import pytest
from django.utils import timezone

from catalog import stock
from catalog.models import Product, StockMove
from core.errors import Code, Refused
from core.models import AuditEntry, Event, Store
from sales import orders
from sales.models import Order, OrderEvent, Payment
from sales.transitions import ALLOWED, OPEN, Status
from tests import shop
from tests.conftest import Person, person
from tests.races import race


def on_hand(product: Product) -> Decimal:
    return Product.objects.get(pk=product.pk).stock_on_hand


def moves(product: Product) -> list[tuple[str, Decimal]]:
    rows = StockMove.objects.filter(product=product, cause_kind="order").order_by("pk")
    return list(rows.values_list("kind", "quantity"))


def code_of(act: Any) -> tuple[Code, tuple[str, ...]]:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.code, refused.value.field


# --- What an order holds of the stock


@pytest.mark.parametrize(
    ("status", "left", "kinds"),
    [
        (Status.PENDING, 6, ["RESERVE"]),
        (Status.READY, 6, ["RESERVE"]),
        (Status.COMPLETED, 6, ["RESERVE", "RELEASE", "SALE"]),
        (Status.REFUNDED, 10, ["RESERVE", "RELEASE", "SALE", "REFUND"]),
        (Status.CANCELLED, 10, ["RESERVE", "RELEASE"]),
    ],
)
def test_stock_is_reserved_then_sold_or_given_back(
    owner: Person, status: Status, left: int, kinds: list[str]
) -> None:
    bread = shop.product(owner.store, on_hand="10")
    shop.placed(owner.store, owner.user, (bread, "1.5"), (bread, "2.5"), status=status)
    assert on_hand(bread) == left
    assert [kind for kind, _ in moves(bread)] == kinds
    assert {abs(quantity) for _, quantity in moves(bread)} == {Decimal(4)}
    assert stock.verify(store=owner.store) == []


def test_what_comes_back_spoilt_does_not_go_back_into_stock(owner: Person) -> None:
    bread = shop.product(owner.store, on_hand="10")
    order = shop.placed(owner.store, owner.user, (bread, "4"), status=Status.COMPLETED)
    orders.move(order=order, to=Status.REFUNDED, by=owner.user, restock=False)
    assert on_hand(bread) == 6


def test_what_kept_no_stock_when_it_was_ordered_gives_none_back(owner: Person) -> None:
    song = shop.product(owner.store, tracks_stock=False)
    order = shop.placed(owner.store, owner.user, (song, "1"))
    Product.objects.filter(pk=song.pk).update(tracks_stock=True)
    orders.cancel(order=order, by=owner.user)
    assert (on_hand(song), moves(song)) == (0, [])


@pytest.mark.parametrize(("to", "left"), [(Status.COMPLETED, 9), (Status.CANCELLED, 10)])
def test_an_order_ends_though_its_product_went_off_sale(owner: Person, to: Status, left: int) -> None:
    bread = shop.product(owner.store, on_hand="10")
    order = shop.placed(owner.store, owner.user, (bread, "1"), status=Status.READY)
    Product.objects.filter(pk=bread.pk).update(archived_at=timezone.now())
    orders.move(order=order, to=to, by=owner.user)
    assert on_hand(bread) == left


def test_an_order_that_lacks_one_thing_reserves_nothing(owner: Person) -> None:
    bread, milk = shop.product(owner.store, on_hand="5"), shop.product(owner.store, name="Milk", on_hand="1")
    act = lambda: shop.placed(owner.store, owner.user, (bread, "1"), (milk, "1"), (milk, "0.001"))  # noqa: E731
    assert code_of(act) == (Code.CONFLICT, ("lines",))
    assert (on_hand(bread), on_hand(milk), Order.objects.count()) == (5, 1, 0)
    assert shop.placed(owner.store, owner.user, (milk, "1")).number == 1  # the number of the lost one


# --- Amounts


def test_an_order_keeps_the_names_and_prices_of_its_moment(owner: Person) -> None:
    cheese = shop.product(owner.store, name="Cheese", unit_price=Decimal("9.99"), tracks_stock=False)
    order = shop.placed(owner.store, owner.user, (cheese, "0.335"), (cheese, "2"))
    stale = Product.objects.get(pk=cheese.pk)
    Product.objects.filter(pk=cheese.pk).update(name="Old cheese", unit_price=20)
    lines = list(order.lines.order_by("position").values_list("name", "unit_price", "total"))
    # 0.335 × 9.99 = 3.34665
    assert lines == [
        ("Cheese", Decimal("9.99"), Decimal("3.35")),
        ("Cheese", Decimal("9.99"), Decimal("19.98")),
    ]
    assert (order.total, order.currency, order.paid) == (Decimal("23.33"), "EUR", 0)
    assert shop.placed(owner.store, owner.user, (stale, "1")).total == 20


def test_half_a_cent_is_rounded_up(owner: Person) -> None:
    sweet = shop.product(owner.store, unit_price=Decimal("0.05"), tracks_stock=False)
    assert shop.placed(owner.store, owner.user, (sweet, "0.5"), (sweet, "0.1")).total == Decimal("0.04")


# --- The table of moves


def test_the_table_of_moves_is_the_way_of_an_order() -> None:
    way = [Status.PENDING, Status.IN_QUEUE, Status.IN_PROGRESS, Status.READY, Status.COMPLETED]
    allowed = {*zip(way, [*way[1:], Status.REFUNDED], strict=True)} | {(s, Status.CANCELLED) for s in way[:4]}
    assert {pair for pair in pairs(Status, Status) if pair[1] in ALLOWED[pair[0]]} == allowed
    assert tuple(way[:4]) == OPEN


def test_a_move_is_kept_with_who_made_it_and_told_to_those_who_watch(
    owner: Person, colleague: Person
) -> None:
    order = shop.placed(owner.store, owner.user)
    moved = orders.move(order=order, to=Status.IN_QUEUE, by=colleague.user, version=1, note="to the oven")
    assert (moved.status, moved.version, moved.closed_at) == (Status.IN_QUEUE, 2, None)
    history = list(OrderEvent.objects.order_by("pk").values_list("before", "after", "actor__email", "note"))
    assert history == [
        ("", "PENDING", "owner@example.com", ""),
        ("PENDING", "IN_QUEUE", "colleague@example.com", "to the oven"),
    ]
    told = list(Event.objects.order_by("sequence").values_list("sequence", "kind", "node_key", "payload"))
    assert told == [
        (1, "order.placed", order.pk, {"number": 1, "status": "PENDING", "before": None}),
        (2, "order.moved", order.pk, {"number": 1, "status": "IN_QUEUE", "before": "PENDING"}),
    ]
    entry = AuditEntry.objects.get(action="order.move")
    assert (entry.actor, entry.before, entry.after) == (
        colleague.user,
        {"status": "PENDING"},
        {"status": "IN_QUEUE"},
    )


@pytest.mark.parametrize("status", [Status.COMPLETED, Status.CANCELLED, Status.REFUNDED])
def test_an_order_that_has_ended_knows_when(owner: Person, status: Status) -> None:
    before = timezone.now()
    order = shop.placed(owner.store, owner.user, status=status)
    assert order.closed_at is not None
    assert before < order.closed_at < timezone.now()


@pytest.mark.parametrize(
    ("status", "to"), [(Status.READY, Status.CANCELLED), (Status.COMPLETED, Status.REFUNDED)]
)
def test_money_is_paid_back_before_an_order_comes_to_nothing(
    owner: Person, status: Status, to: Status
) -> None:
    order = shop.placed(owner.store, owner.user, status=status)
    act = lambda: orders.move(order=order, to=to, by=owner.user)  # noqa: E731
    Order.objects.update(paid="0.01")
    assert code_of(act) == (Code.CONFLICT, ("order",))
    Order.objects.update(paid=0)
    asked = Payment.objects.create(
        order=order, method="CARD", amount=1, status="PENDING", idempotency_key="k", created_at=timezone.now()
    )
    assert code_of(act) == (Code.CONFLICT, ("order",))
    Payment.objects.filter(pk=asked.pk).update(status="DECLINED")
    assert act().status == to


# --- At once


@pytest.fixture
def till(transactional_db: None) -> Person:
    return person("till@example.com")


def codes(found: list[Any]) -> Counter[str]:
    return Counter(each.code if isinstance(each, Refused) else type(each).__name__ for each in found)


def test_of_two_that_move_an_order_at_once_one_wins_and_the_other_is_told(till: Person) -> None:
    order = shop.placed(till.store, till.user)
    move = lambda: orders.move(order=order, to=Status.IN_QUEUE, by=till.user)  # noqa: E731
    seen = lambda: orders.move(order=order, to=Status.CANCELLED, by=till.user, version=1)  # noqa: E731
    found = race(move, move, move)
    assert codes(found) == {"Order": 1, "ILLEGAL_TRANSITION": 2}
    told = next(each for each in found if isinstance(each, Refused)).message
    assert "IN_QUEUE" in told
    assert "IN_PROGRESS or CANCELLED" in told
    assert codes([*race(seen, seen)]) == {"CONFLICT": 2}
    assert list(OrderEvent.objects.order_by("pk").values_list("after", flat=True)) == ["PENDING", "IN_QUEUE"]


def test_of_many_that_order_the_last_unit_one_gets_it(till: Person) -> None:
    bread = shop.product(till.store, on_hand="1")
    milk = shop.product(till.store, on_hand="100")
    there = lambda: shop.placed(till.store, till.user, (bread, "1"), (milk, "1"))  # noqa: E731
    back = lambda: shop.placed(till.store, till.user, (milk, "1"), (bread, "1"))  # noqa: E731
    assert codes(race(*[there, back] * 4)) == {"Order": 1, "CONFLICT": 7}
    assert (on_hand(bread), on_hand(milk)) == (0, 99)
    assert stock.verify(store=till.store) == []


def test_orders_that_are_placed_moved_and_cancelled_at_once_lose_and_double_nothing(till: Person) -> None:
    bread = shop.product(till.store, on_hand="50")
    ready = [shop.placed(till.store, till.user, (bread, "1"), status=Status.READY) for _ in range(4)]
    place = lambda: shop.placed(till.store, till.user, (bread, "1"))  # noqa: E731
    acts: list[Any] = [place] * 4
    for order in ready[:2]:
        acts += [lambda it=order: orders.cancel(order=it, by=till.user)] * 2
    for order in ready[2:]:
        acts += [lambda it=order: orders.move(order=it, to=Status.COMPLETED, by=till.user)] * 2
    assert codes(race(*acts)) == {"Order": 8, "ILLEGAL_TRANSITION": 4}
    assert on_hand(bread) == 50 - 4 - 2
    assert sorted(Order.objects.values_list("number", flat=True)) == list(range(1, 9))
    sequences = list(Event.objects.order_by("sequence").values_list("sequence", flat=True))
    assert sequences == list(range(1, len(sequences) + 1))
    assert stock.verify(store=Store.objects.get()) == []
