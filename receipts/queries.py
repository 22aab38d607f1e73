"""Figures over bills that several readers need, each in one statement, from the sums kept with the bills."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, Sum

from core import sums
from core.models import Store
from core.tenancy import StoreQuerySet
from receipts.models import SpendGroup
from receipts.rollups import YEAR

ZERO = Decimal("0.00")


def bill_counts(*, days: StoreQuerySet, stores: Iterable[int]) -> dict[int, int]:
    """Count the bills of each store that are not void."""
    rows = days.filter(store__in=stores).order_by().values("store").annotate(n=Sum("count"))
    return {row["store"]: row["n"] for row in rows}


def spent_this_month(*, days: StoreQuerySet, stores: Iterable[Store], now: datetime) -> dict[int, Decimal]:
    """Sum, for each store, its bills since the first of the month in its own zone, in its own currency."""
    months: dict[date, list[int]] = {}
    for store in stores:
        today = now.astimezone(store.zone).date()
        months.setdefault(today.replace(day=1), []).append(store.pk)
    within = Q(pk__in=[])
    for first, keys in months.items():
        within |= Q(store__in=keys, booked_on__gte=first, booked_on__lt=next_month(first))
    rows = days.filter(within, currency=F("store__currency")).order_by().values("store")
    return {row["store"]: sums.decimal(row["cents"]) for row in rows.annotate(cents=Sum("units"))}


def next_month(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def merchant_totals(*, groups: StoreQuerySet, merchants: Iterable[int]) -> dict[int, list[dict[str, Any]]]:
    """Sum what was paid to each merchant, a row a currency, largest first."""
    rows = (
        groups.filter(by=SpendGroup.By.MERCHANT, months=YEAR, key__in=merchants, count__gt=0)
        .order_by()
        .values("currency", merchant=F("key"))
        .annotate(cents=Sum("units"), bills=Sum("count"))
        .order_by("merchant", "-cents", "currency")
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["merchant"], []).append({**row, "total": sums.decimal(row["cents"])})
    return found
