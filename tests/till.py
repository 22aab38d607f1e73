"""Orders as rows, closed unless said otherwise; no service has a say in them."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from catalog.models import Product
from core.models import Store
from sales.models import Order, OrderLine
from sales.transitions import OPEN, Status
from tests import shop

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
_numbers = itertools.count(1)


def order(store: Store, *lines: tuple[Product, str, str], at: datetime = NOON, **fields: Any) -> Order:
    """Enter an order of lines (product, quantity, price of one), or of one line of `total`."""
    total = fields.pop("total", None)
    values = {
        "number": next(_numbers),
        "channel": Order.Channel.COUNTER,
        "status": Status.COMPLETED,
        "currency": store.currency,
        "placed_at": at,
        **fields,
    }
    values.setdefault("closed_at", None if values["status"] in OPEN else at)
    if total is not None:
        lines = ((Product.objects.of(store).first() or shop.product(store), "1", total),)
    amounts = [(Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01")) for _, quantity, price in lines]
    made = Order.objects.create(store=store, total=sum(amounts, Decimal("0.00")), **values)
    OrderLine.objects.bulk_create(
        OrderLine(
            order=made,
            position=position,
            product=product,
            name=product.name,
            quantity=Decimal(quantity),
            unit_price=Decimal(price),
            total=amount,
        )
        for position, ((product, quantity, price), amount) in enumerate(zip(lines, amounts, strict=True), 1)
    )
    return made
