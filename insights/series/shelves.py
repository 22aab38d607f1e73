"""What lies on the shelves of each store, and who served in which hour of its week."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import Q

from catalog.models import Product
from core.models import Store
from core.ranges import starts
from insights.rows import ProductSales
from insights.series.spans import Spans, happened
from insights.suggestions.selling import Hour, Stock
from sales.models import Order, Shift

LONGEST_SHIFT = timedelta(days=2)  # one that was never ended is no work


def stocks(*, stores: Sequence[Store], sales: Mapping[int, Sequence[ProductSales]]) -> dict[int, list[Stock]]:
    """Read the products on sale that have stock and a cost, with what `sales` says was sold of them."""
    sold: dict[int, Decimal] = defaultdict(Decimal)  # in any currency
    for rows in sales.values():
        for row in rows:
            sold[row.product_id] += row.quantity
    zones = {store.pk: store.zone for store in stores}
    found: dict[int, list[Stock]] = {store.pk: [] for store in stores}
    products = Product.objects.on_sale().filter(
        store__in=stores, tracks_stock=True, stock_on_hand__gt=0, cost__gt=0
    )
    columns = ("store_id", "pk", "name", "stock_on_hand", "cost", "created_at")
    for store, key, name, on_hand, cost, created in products.order_by("pk").values_list(*columns):
        found[store].append(
            Stock(
                product=key,
                name=name,
                on_hand=on_hand,
                cost=cost,
                since=created.astimezone(zones[store]).date(),
                sold=sold[key],
            )
        )
    return found


def orders_by_hour_of_week(*, spans: Spans) -> dict[int, Counter[Hour]]:
    """Count the orders placed in each hour of the week, by each store's clock; cancelled ones left out."""
    zones = {store.pk: store.zone for store in spans}
    found: dict[int, Counter[Hour]] = {store.pk: Counter() for store in spans}
    rows = Order.objects.standing().filter(happened(spans, "store", "placed_at")).order_by()
    for store, placed in rows.values_list("store_id", "placed_at").iterator():
        local = placed.astimezone(zones[store])
        found[store][local.weekday(), local.hour] += 1
    return found


def work_by_hour_of_week(*, spans: Spans) -> dict[int, dict[Hour, Decimal]]:
    """Add up the hours at work in each hour of the week; shifts that go on, or never ended, left out."""
    chosen = Q(pk__in=[])
    bounds = {
        store.pk: (starts(days.start, store.zone), starts(days.end, store.zone))
        for store, days in spans.items()
    }
    for store, (first, last) in bounds.items():
        chosen |= Q(store=store, clock_in__lt=last, clock_out__gt=first)
    zones = {store.pk: store.zone for store in spans}
    found: dict[int, dict[Hour, Decimal]] = {store.pk: defaultdict(Decimal) for store in spans}
    for store, begun, ended in Shift.objects.filter(chosen).values_list("store_id", "clock_in", "clock_out"):
        if ended - begun > LONGEST_SHIFT:
            continue
        at, end = max(begun, bounds[store][0]).astimezone(UTC), min(ended, bounds[store][1])
        while at < end:
            until = min(_next_quarter(at), end)
            local = at.astimezone(zones[store])
            found[store][local.weekday(), local.hour] += Decimal((until - at).total_seconds()) / 3600
            at = until
    return found


def _next_quarter(at: datetime) -> datetime:
    """Give the next full quarter: no zone of our time is off by another part of an hour."""
    quarter = timedelta(minutes=15)
    return at + quarter - (at - datetime.min.replace(tzinfo=UTC)) % quarter
