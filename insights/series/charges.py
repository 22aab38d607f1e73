"""Bills one by one, in each store's currency."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce

from insights.analyses import folded
from insights.series.spans import Spans, booked
from insights.suggestions.charges import Charge
from receipts.models import Bill


def charges(*, spans: Spans) -> dict[int, list[Charge]]:
    """Read the bills that say their total, oldest first."""
    rows: Any = (
        Bill.objects.counted()
        .filter(booked({store.pk: days for store, days in spans.items()}), total__isnull=False)
        .filter(currency=F("store__currency"))
        .order_by("booked_on", "pk")
        .values_list(
            "store",
            "booked_on",
            "pk",
            "merchant",
            Coalesce("merchant__name", "merchant_name"),
            "total",
            "tax",
            "category__key",
        )
    )
    found: dict[int, list[Charge]] = {store.pk: [] for store in spans}
    for store, day, bill, merchant, name, total, tax, category in rows:
        found[store].append(
            Charge(
                day=day,
                bill=bill,
                merchant=folded(name) if merchant is None else merchant,
                merchant_name=" ".join(name.split()),
                total=total,
                tax=tax,
                category=category or "",
            )
        )
    return found
