"""What was spent, from the sums that the books keep: whole months and years, and bills of the days around.

Both together are what one statement over all bills would give, at a cost that does not grow with them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BigIntegerField, Case, Count, F, OuterRef, Q, Subquery, Sum, When
from django.db.models.functions import Coalesce, TruncMonth

from catalog.models import Category, Product
from core import sums
from core.ranges import Days, pieces, rounded
from insights.metrics import Dimension
from insights.series.sources import BILLS, BOUGHT, QUANTITY_PLACES
from insights.series.spans import booked
from receipts.models import Bill, Item, Merchant, SpendDay, SpendGroup
from receipts.rollups import MONTH, YEAR

By = SpendGroup.By
NAMED: dict[str, Any] = {By.CATEGORY: Category, By.MERCHANT: Merchant, By.PRODUCT: Product}


@dataclass(slots=True)
class Row:
    """A sum of a store's bills, or of their lines; `at` is a day in its month where steps are asked."""

    store: int
    currency: str
    key: int | None
    name: str
    units: int  # hundredths
    thousandths: int  # of quantities, of lines alone
    count: int
    at: date | None


def days(spans: Mapping[int, Days]) -> Any:
    """Select the sums of each day that has bills, oldest first."""
    return SpendDay.objects.filter(booked(spans), count__gt=0).order_by("booked_on", "currency")


def months(spans: Mapping[int, Days]) -> Any:
    """Sum the days of each month; of one that is cut, those that are asked for."""
    of_month = days(spans).order_by().values("store_id", "currency", month=TruncMonth("booked_on"))
    return of_month.annotate(of_units=Sum("units"), bills=Sum("count")).order_by("month", "currency")


def groups(spans: Mapping[int, Days], by: str, *, monthly: bool = False) -> Iterator[Row]:
    """Sum what each group was spent on, in a statement for whole months and one for the days around them.

    A group may have several rows, which add up; with `monthly`, one a month or day.
    """
    whole, surplus = _whole(spans, monthly=monthly)
    if whole:
        yield from _kept(whole, surplus, by, monthly=monthly)
    around = _edges(spans)
    if around:
        yield from _live(around, by, monthly=monthly)


def _whole(spans: Mapping[int, Days], *, monthly: bool) -> tuple[Q | None, Q | None]:
    """Select the sums of each store's whole months, and those of them that are to be taken off.

    A year stands for twelve months, or for most of them, unless `monthly`.
    """
    stores: dict[tuple[bool, int, Days], list[int]] = defaultdict(list)
    for store, range in spans.items():
        cut = pieces(range) if monthly else rounded(pieces(range))
        for years in cut.years:
            stores[False, MONTH if monthly else YEAR, years].append(store)
        for span in cut.months:
            stores[False, MONTH, span].append(store)
        for span in cut.surplus:
            stores[True, MONTH, span].append(store)
    terms: dict[bool, list[Q]] = {False: [], True: []}
    for (off, months, span), keys in stores.items():
        terms[off].append(Q(months=months, store__in=keys, start__gte=span.start, start__lt=span.end))
    surplus = reduce(or_, terms[True]) if terms[True] else None
    return reduce(or_, [*terms[False], *terms[True]]) if stores else None, surplus


def _kept(whole: Q, surplus: Q | None, by: str, *, monthly: bool) -> Iterator[Row]:
    at = {"at": F("start")} if monthly else {}
    name: Any = F("name")
    if by in NAMED:
        named = NAMED[by].objects.filter(pk=OuterRef("key")).values("name")
        name = Coalesce(Subquery(named), "name")

    def signed(column: str) -> Sum:
        if surplus is None:
            return Sum(column)
        less = Case(When(surplus, then=-F(column)), default=F(column), output_field=BigIntegerField())
        return Sum(less)

    rows = (
        SpendGroup.objects.filter(whole, by=by, count__gt=0)
        .order_by()
        .values("store_id", "currency", "key", "name", **at)
        .annotate(
            of_units=signed("units"),
            of_thousandths=signed("thousandths"),
            lines=signed("count"),
            label=name,
        )
        .filter(lines__gt=0)
    )
    columns = ("store_id", "currency", "key", "label", "of_units", "of_thousandths", "lines", *at)
    for store, currency, key, label, units, thousandths, count, *start in rows.values_list(*columns):
        yield Row(store, currency, key or None, label, units, thousandths, count, *(start or (None,)))


def _edges(spans: Mapping[int, Days]) -> list[dict[int, Days]]:
    """Give the days that are in no whole month: of each store two ranges at most."""
    found: list[dict[int, Days]] = []
    for store, range in spans.items():
        for number, edge in enumerate(pieces(range).days):
            if number == len(found):
                found.append({})
            found[number][store] = edge
    return found


def _live(around: list[dict[int, Days]], by: str, *, monthly: bool) -> Iterator[Row]:
    of_lines = by in (By.ITEM, By.PRODUCT)
    path = "bill__" if of_lines else ""
    chosen = reduce(or_, (booked(edge, path) for edge in around))
    key, name = (BOUGHT if of_lines else BILLS).groups[Dimension(by)]
    quantity = {"thousandths": sums.units("quantity", QUANTITY_PLACES)} if of_lines else {}
    at = {"at": F(f"{path}booked_on")} if monthly else {}
    rows = (
        (Item if of_lines else Bill)
        .objects.filter(chosen)
        .exclude(**{f"{path}status": Bill.Status.VOID})
        .order_by()
        .values(of_store=F(f"{path}store_id"), in_currency=F(f"{path}currency"), group=key, label=name, **at)
        .annotate(units=sums.units("total"), n=Count("pk"), **quantity)
    )
    for row in rows:
        yield Row(
            store=row["of_store"],
            currency=row["in_currency"],
            key=row["group"],
            name=row["label"] or "",
            units=row["units"] or 0,
            thousandths=row.get("thousandths") or 0,
            count=row["n"],
            at=row.get("at"),
        )
