"""How many orders stores have had in some time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from sales.models import Order
from sales.transitions import Status


def count(spans: Mapping[int, tuple[datetime, datetime]]) -> dict[int, int]:
    """Count the orders placed in each store from one instant to before another, cancelled ones left out."""
    chosen = Q(pk__in=[])
    for store, (start, end) in spans.items():
        chosen |= Q(store=store, placed_at__gte=start, placed_at__lt=end)
    rows: Any = Order.objects.filter(chosen).exclude(status=Status.CANCELLED)
    found = dict(rows.order_by().values_list("store").annotate(n=Count("pk")))
    return {store: found.get(store, 0) for store in spans}
