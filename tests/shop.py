"""Rows of what a store sells and to whom, with values that make sense unless said otherwise."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

from django.utils import timezone

from catalog import stock
from catalog.models import Brand, Category, Collection, Product
from core.models import Store, User
from sales import orders
from sales.models import Customer, Order
from sales.transitions import OPEN, Status

# How an order comes to each status.
WAYS: dict[Status, tuple[Status, ...]] = {
    Status.PENDING: (),
    Status.IN_QUEUE: (Status.IN_QUEUE,),
    Status.IN_PROGRESS: (Status.IN_QUEUE, Status.IN_PROGRESS),
    Status.READY: (Status.IN_QUEUE, Status.IN_PROGRESS, Status.READY),
    Status.COMPLETED: (Status.IN_QUEUE, Status.IN_PROGRESS, Status.READY, Status.COMPLETED),
    Status.REFUNDED: tuple(status for status in Status if status not in (Status.PENDING, Status.CANCELLED)),
    Status.CANCELLED: (Status.CANCELLED,),
}
_numbers = itertools.count(1)


def brand(store: Store, name: str = "") -> Brand:
    return Brand.objects.create(store=store, name=name or f"Brand {next(_numbers)}")


def collection(store: Store, name: str = "", **fields: Any) -> Collection:
    return Collection.objects.create(store=store, name=name or f"Collection {next(_numbers)}", **fields)


def genre(store: Store, name: str = "") -> Category:
    return Category.objects.create(store=store, name=name or f"Genre {next(_numbers)}", kind="PRODUCT")


def product(store: Store, *, on_hand: str = "0", **fields: Any) -> Product:
    """Make a product with so much on hand, by a count."""
    values = {"name": f"Product {next(_numbers)}", "unit_price": Decimal("2.50"), **fields}
    made = Product.objects.create(store=store, **values)
    if Decimal(on_hand):
        stock.count(product=made, by=None, counted=Decimal(on_hand))
        made.refresh_from_db()
    return made


def customer(store: Store, **fields: Any) -> Customer:
    return Customer.objects.create(store=store, **{"first_name": "Luís", "last_name": "Gonçalves", **fields})


def placed(
    store: Store,
    by: User,
    *lines: tuple[Product, str],
    status: Status = Status.PENDING,
    **fields: Any,
) -> Order:
    """Place an order, by default of one thing that keeps no stock, and bring it to a status."""
    wanted = [stock.Line(item, Decimal(quantity)) for item, quantity in lines]
    wanted = wanted or [stock.Line(product(store, tracks_stock=False), Decimal(1))]
    made = orders.place(store=store, by=by, lines=wanted, **fields)
    for step in WAYS[status]:
        made = orders.move(order=made, to=step, by=by)
    return made


def order(store: Store, total: str = "10.00", **fields: Any) -> Order:
    """Make an order without lines and without a past, of which so much is to be paid."""
    now = timezone.now()
    values = {"number": next(_numbers), "channel": "COUNTER", "status": "PENDING", "placed_at": now, **fields}
    values.setdefault("closed_at", None if values["status"] in OPEN else now)
    return Order.objects.create(store=store, total=Decimal(total), currency=store.currency, **values)
