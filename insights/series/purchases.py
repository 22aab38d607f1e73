"""What was bought, line by line, and the rows behind a figure of a day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from core.models import Store
from core.ranges import Days
from insights.analyses import folded
from insights.prices import Purchase
from insights.series.spans import Spans, booked, closed
from receipts.models import Bill, Item
from sales.models import OrderLine
from sales.transitions import Status

_PRICED = Q(total__isnull=False, quantity__gt=0)
UNIT = " / "
ROWS = 3


@dataclass(frozen=True)
class Row:
    """A row behind a figure: a bill, or an order."""

    key: int
    name: str
    value: Decimal


def spellings(*, spans: Spans) -> dict[int, set[str]]:
    """List what each store has bought, as it is spelled."""
    keys = {store.pk: days for store, days in spans.items()}
    found: dict[int, set[str]] = {store: set() for store in keys}
    if keys:
        rows = Item.objects.filter(booked(keys, "bill__"), _PRICED).exclude(bill__status=Bill.Status.VOID)
        for store, description in rows.order_by().values_list("bill__store", "description").distinct():
            found[store].add(description)
    return found


def purchases(*, spans: Spans, descriptions: Collection[str] | None = None) -> dict[int, list[Purchase]]:
    """Read the lines that say how much was bought and for what, in each store's currency, oldest first."""
    rows = (
        Item.objects.filter(booked({store.pk: days for store, days in spans.items()}, "bill__"), _PRICED)
        .exclude(bill__status=Bill.Status.VOID)
        .filter(bill__currency=F("bill__store__currency"))
        .order_by("bill__booked_on", "pk")
    )
    if descriptions is not None:
        rows = rows.filter(description__in=sorted(descriptions))
    found: dict[int, list[Purchase]] = {store.pk: [] for store in spans}
    for row in rows.values_list(
        "bill__store",
        "bill__booked_on",
        "description",
        "unit",
        "bill__merchant",
        Coalesce("bill__merchant__name", "bill__merchant_name"),
        "quantity",
        "total",
        "pk",
        "bill",
    ):
        found[row[0]].append(_purchase(*row[1:]))
    return found


def _purchase(
    day: date,
    description: str,
    unit: str,
    merchant: int | None,
    merchant_name: str,
    quantity: Decimal,
    total: Decimal,
    item: int,
    bill: int,
) -> Purchase:
    return Purchase(
        day=day,
        thing=folded(description) + UNIT + folded(unit),
        name=" ".join(description.split()),
        unit=unit,
        merchant=folded(merchant_name) if merchant is None else merchant,
        merchant_name=" ".join(merchant_name.split()),
        quantity=quantity,
        price=(total / quantity).quantize(Decimal("0.0001")),
        item=item,
        bill=bill,
    )


def largest_bills(*, store: Store, day: date, **of: int) -> list[Row]:
    """Give the largest bills of a day, of a merchant or category where one is named."""
    rows = Bill.objects.counted().of(store).filter(booked_on=day, currency=store.currency, **of)
    rows = rows.filter(total__isnull=False).order_by("-total", "pk")
    names = Coalesce("merchant__name", "merchant_name")
    return [
        Row(key, f"{name} {number}".strip() or "a bill", total)
        for key, number, total, name in rows.values_list("pk", "number", "total", names)[:ROWS]
    ]


def largest_orders(*, store: Store, day: date, **of: int) -> list[Row]:
    """Give the orders of a day with the largest lines of a product or a category of products."""
    span = {store: Days(day, date.fromordinal(day.toordinal() + 1))}
    rows = (
        OrderLine.objects.filter(closed(span, "order__"), order__status=Status.COMPLETED, **of)
        .filter(order__currency=store.currency)
        .order_by("-total", "pk")
    )
    return [
        Row(order, f"order {number}", total)
        for order, number, total in rows.values_list("order", "order__number", "total")[:ROWS]
    ]
