"""Rows of what a store sells and to whom, with values that make sense unless said otherwise."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

from catalog import stock
from catalog.models import Brand, Category, Collection, Product
from core.models import Store
from sales.models import Customer

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
