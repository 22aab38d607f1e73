"""What is left of what products bring."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import F

from core import sums
from sales.models.orders import OfOrderQuerySet
from sales.transitions import Status

QUANTITY_PLACES = 3
SHARE = Decimal("0.0001")


def margins(*, lines: OfOrderQuerySet, products: Iterable[int]) -> dict[int, Decimal]:
    """Give each product's revenue less its cost of today, as a share of the revenue.

    Of COMPLETED orders in the store's currency; a product without sales, or without a cost, is not there.
    """
    rows: Any = (
        lines.filter(product__in=products, product__cost__isnull=False, order__status=Status.COMPLETED)
        .filter(order__currency=F("order__store__currency"))
        .order_by()
        .values("product", "product__cost")
        .annotate(cents=sums.units("total"), thousandths=sums.units("quantity", QUANTITY_PLACES))
    )
    found = {}
    for row in rows:
        revenue = sums.decimal(row["cents"])
        cost = sums.decimal(row["thousandths"], QUANTITY_PLACES) * row["product__cost"]
        if revenue:
            found[row["product"]] = ((revenue - cost) / revenue).quantize(SHARE, ROUND_HALF_UP)
    return found
