"""Figures over bills that several readers need, each in one statement."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q

from core import sums
from core.models import Store
from receipts.models import BillQuerySet

ZERO = Decimal("0.00")


def bill_counts(*, bills: BillQuerySet, stores: Iterable[int]) -> dict[int, int]:
    """Count the bills of each store that are not void."""
    rows = bills.counted().filter(store__in=stores).order_by().values("store").annotate(n=Count("pk"))
    return {row["store"]: row["n"] for row in rows}


def spent_this_month(*, bills: BillQuerySet, stores: Iterable[Store], now: datetime) -> dict[int, Decimal]:
    """Sum, for each store, its bills since the first of the month in its own zone, in its own currency."""
    months: dict[date, list[int]] = {}
    for store in stores:
        today = now.astimezone(store.zone).date()
        months.setdefault(today.replace(day=1), []).append(store.pk)
    within = Q(pk__in=[])
    for first, keys in months.items():
        within |= Q(store__in=keys, booked_on__gte=first, booked_on__lt=next_month(first))
    rows = bills.counted().filter(within, currency=F("store__currency")).order_by()
    return {
        row["store"]: sums.decimal(row["cents"])
        for row in rows.values("store").annotate(cents=sums.units("total"))
    }


def next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def merchant_totals(*, bills: BillQuerySet, merchants: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """Sum what was paid to each merchant, a row a currency, largest first."""
    rows = (
        bills.counted()
        .filter(merchant__in=merchants)
        .order_by()
        .values("merchant", "currency")
        .annotate(cents=sums.units("total"), bills=Count("pk"))
        .order_by("merchant", F("cents").desc(nulls_last=True), "currency")
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["merchant"], []).append({**row, "total": sums.decimal(row["cents"])})
    return found
