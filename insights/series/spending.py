"""What was spent: sums of many stores' bills at once, one SQL statement each.

Bills that are VOID do not count; those in NEEDS_REVIEW do. A bill counts on the day it is booked
on, which is the day of its entry where the paper bears no date. Every row names its currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce

from core import sums
from core.ranges import Days
from insights.rows import Books, CategorySum, DaySum, ItemSum, MerchantSum, Window
from insights.series.spans import booked
from receipts.models import Bill, Item

Spans = Mapping[int, Days]  # which days of which store

QUANTITY_PLACES = 3  # of Item.quantity


def books(*, windows: Mapping[int, Window]) -> dict[int, Books]:
    """Read all sums of the stores, in four statements however many stores there are."""
    spans = {store: window.days for store, window in windows.items()}
    both = {store: window.whole for store, window in windows.items()}
    days, categories = by_day(spans=both), by_category(spans=spans)
    merchants, items = by_merchant(spans=spans), by_item(spans=spans)
    return {
        store: Books(
            window=window,
            by_day=tuple(days[store]),
            by_category=tuple(categories[store]),
            by_merchant=tuple(merchants[store]),
            by_item=tuple(items[store]),
        )
        for store, window in windows.items()
    }


def by_day(*, spans: Spans) -> dict[int, list[DaySum]]:
    """Sum the bills of each store by day, oldest first; a day without bills has no row."""
    rows = (
        _bills(spans)
        .values("store", "currency", "booked_on")
        .annotate(
            units=sums.units("total"),
            n=Count("pk"),
            priced=Count("total"),
            needs_review=Count("pk", filter=Q(status=Bill.Status.NEEDS_REVIEW)),
            undated=Count("pk", filter=Q(date=None)),
        )
        .order_by("booked_on", "currency")
    )
    found: dict[int, list[DaySum]] = {store: [] for store in spans}
    for row in rows:
        found[row["store"]].append(
            DaySum(
                day=row["booked_on"],
                currency=row["currency"],
                total=sums.decimal(row["units"]),
                count=row["n"],
                priced=row["priced"],
                needs_review=row["needs_review"],
                undated=row["undated"],
            )
        )
    return found


def by_category(*, spans: Spans) -> dict[int, list[CategorySum]]:
    """Sum the bills of each store by the bill's category."""
    rows = (
        _bills(spans)
        .values("store", "currency", "category_id", name=F("category__name"))
        .annotate(units=sums.units("total"), n=Count("pk"))
        .order_by("category_id", "currency")
    )
    found: dict[int, list[CategorySum]] = {store: [] for store in spans}
    for row in rows:
        found[row["store"]].append(
            CategorySum(
                category_id=row["category_id"],
                name=row["name"],
                currency=row["currency"],
                total=sums.decimal(row["units"]),
                count=row["n"],
            )
        )
    return found


def by_merchant(*, spans: Spans) -> dict[int, list[MerchantSum]]:
    """Sum the bills of each store by merchant, or by the name on paper where no merchant is known."""
    rows = (
        _bills(spans)
        .values("store", "currency", "merchant_id", name=Coalesce("merchant__name", "merchant_name"))
        .annotate(units=sums.units("total"), n=Count("pk"))
        .order_by("merchant_id", "name", "currency")
    )
    found: dict[int, list[MerchantSum]] = {store: [] for store in spans}
    for row in rows:
        found[row["store"]].append(
            MerchantSum(
                merchant_id=row["merchant_id"],
                name=row["name"],
                currency=row["currency"],
                total=sums.decimal(row["units"]),
                count=row["n"],
            )
        )
    return found


def by_item(*, spans: Spans) -> dict[int, list[ItemSum]]:
    """Sum the lines of each store's bills by their description, letter for letter.

    Folding of case and spaces is left to the reader: the databases disagree on it beyond ASCII.
    """
    rows = (
        Item.objects.filter(booked(spans, "bill__"))
        .exclude(bill__status=Bill.Status.VOID)
        .values("description", store=F("bill__store"), currency=F("bill__currency"))
        .annotate(
            units=sums.units("total"),
            thousandths=sums.units("quantity", QUANTITY_PLACES),
            n=Count("pk"),
        )
        .order_by("description", "currency")
    )
    found: dict[int, list[ItemSum]] = {store: [] for store in spans}
    for row in rows:
        found[row["store"]].append(
            ItemSum(
                description=row["description"],
                currency=row["currency"],
                quantity=sums.decimal(row["thousandths"], QUANTITY_PLACES),
                total=sums.decimal(row["units"]),
                count=row["n"],
            )
        )
    return found


def _bills(spans: Spans) -> QuerySet[Any]:
    return Bill.objects.counted().filter(booked(spans))
