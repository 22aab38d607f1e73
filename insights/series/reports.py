"""The rows of the reports of one store: read as they are needed, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.models import Product, StockMove
from core import sums
from core.models import Store, User
from core.ranges import Days, starts
from insights.rows import DaySales
from insights.series.sales import QUANTITY_PLACES, sales_by_day
from insights.tables import Kind, Row
from receipts.models import Bill
from sales.attendance import attended
from sales.hours import DayOfWork, hours
from sales.models import Order, OrderLine, Shift
from sales.transitions import Status

CENT = Decimal("0.01")
CHUNK = 500  # rows fetched at a time
Move = StockMove.Kind


@dataclass(frozen=True)
class Source:
    """Where the rows of a report come from, and what each of them shows."""

    found: QuerySet[Any] | list[Any]
    show: Callable[[Any], Row]

    def first(self, n: int) -> list[Row]:
        return [self.show(row) for row in self.found[:n]]

    def every(self) -> Iterator[Row]:
        found = self.found
        return map(self.show, found if isinstance(found, list) else found.iterator(chunk_size=CHUNK))

    def count(self) -> int:
        return len(self.found) if isinstance(self.found, list) else self.found.count()


def rows_of(*, kind: Kind, store: Store, days: Days) -> Source:
    """Find the rows of a report over some days; in the order and number of `tables.COLUMNS`."""
    return SOURCES[kind](store, days)


def _sales(store: Store, days: Days) -> Source:
    """A row for each day with orders, and currency."""

    def show(row: DaySales) -> Row:
        average = _mean(row.revenue, row.orders)
        return row.day, row.currency, row.orders, row.revenue, average, row.refunded_orders, row.refunded

    return Source(sales_by_day(spans={store: days})[store.pk], show)


def _inventory(store: Store, days: Days) -> Source:
    """A row for each product: what is there now, and what came and went in the days."""
    first, last = _bounds(store, days)
    within = Q(moves__created_at__gte=first, moves__created_at__lt=last)
    moved = {
        name: sums.units("moves__quantity", QUANTITY_PLACES, filter=within & Q(moves__kind__in=kinds))
        for name, kinds in (
            ("received", [Move.PURCHASE]),
            ("sold", [Move.SALE, Move.REFUND]),
            ("wasted", [Move.WASTE]),
            ("corrected", [Move.COUNT]),
        )
    }
    found = (
        Product.objects.of(store)
        .select_related("category", "brand", "collection")
        .annotate(**moved)
        .order_by("name", "pk")
    )

    def show(row: Any) -> Row:
        value = None if row.cost is None else (row.stock_on_hand * row.cost).quantize(CENT, ROUND_HALF_UP)
        return (
            row.name, row.sku, row.barcode, _name(row.category), _name(row.brand), _name(row.collection),
            row.unit, store.currency, row.unit_price, row.cost, row.stock_on_hand, row.low_stock_threshold,
            row.low_in_stock, value, _some(row.received), _some(-(row.sold or 0)), _some(-(row.wasted or 0)),
            _some(row.corrected), row.archived_at is not None,
        )  # fmt: skip

    return Source(found, show)


def _orders(store: Store, days: Days) -> Source:
    """A row for each order placed in the days, whatever became of it."""
    first, last = _bounds(store, days)
    # Counted row by row, so that the first rows need not wait for the last.
    lines = OrderLine.objects.filter(order=OuterRef("pk")).values("order").annotate(n=Count("pk")).values("n")
    found = (
        Order.objects.of(store)
        .filter(placed_at__gte=first, placed_at__lt=last)
        .select_related("customer")
        .annotate(n=Coalesce(Subquery(lines), 0))
        .order_by("placed_at", "pk")
    )

    def show(row: Any) -> Row:
        return (
            row.number, _local(row.placed_at, store), _local(row.closed_at, store), row.status, row.channel,
            _name(row.customer), row.n, row.currency, row.total, row.paid, row.note,
        )  # fmt: skip

    return Source(found, show)


def _attendance(store: Store, days: Days) -> Source:
    """A row for each day and person at work."""
    found = attended(shifts=Shift.objects.of(store), spans={store: days}, now=timezone.now())[store.pk]
    people = User.objects.get_queryset().in_bulk({row.person for row in found})

    def show(row: DayOfWork) -> Row:
        person = people[row.person]
        name = f"{person.first_name} {person.last_name}".strip()
        return row.day, name, person.email, row.spells, hours(row.time)

    return Source(found, show)


def _customers(store: Store, days: Days) -> Source:
    """A row for each customer with orders completed in the days, and currency; who brought most first."""
    first, last = _bounds(store, days)
    told = ("first_name", "last_name", "company", "email", "phone", "city", "country")
    found = (
        Order.objects.of(store)
        .filter(status=Status.COMPLETED, closed_at__gte=first, closed_at__lt=last, customer__isnull=False)
        .values("customer_id", "currency", **{name: F(f"customer__{name}") for name in told})
        .annotate(
            units=sums.units("total"), n=Count("pk"), earliest=Min("closed_at"), latest=Max("closed_at")
        )
        .order_by("-units", "customer_id", "currency")
    )

    def show(row: dict[str, Any]) -> Row:
        person = f"{row['first_name']} {row['last_name']}".strip()
        revenue = sums.decimal(row["units"])
        return (
            person or row["company"] or row["email"] or row["phone"], row["company"], row["email"],
            row["city"], row["country"], row["currency"], row["n"], revenue, _mean(revenue, row["n"]),
            _local(row["earliest"], store), _local(row["latest"], store),
        )  # fmt: skip

    return Source(found, show)


def _bills(store: Store, days: Days) -> Source:
    """A row for each item of the bills booked in the days, and for each bill without items."""
    told = (
        "pk", "date", "booked_on", "time", "merchant_name", "address", "number", "currency", "subtotal",
        "tax", "tip", "total", "category__name", "status", "source", "notes", "items__description",
        "items__quantity", "items__unit", "items__unit_price", "items__discount", "items__total",
        "items__category__name",
    )  # fmt: skip
    found = (
        Bill.objects.of(store)
        .filter(booked_on__gte=days.start, booked_on__lt=days.end)
        .order_by("booked_on", "pk", "items__position")
        .values_list(*told)
    )

    def show(row: tuple[Any, ...]) -> Row:
        return tuple(str(cell) if isinstance(cell, time) else cell for cell in row)

    return Source(found, show)


SOURCES: dict[Kind, Callable[[Store, Days], Source]] = {
    Kind.SALES: _sales,
    Kind.INVENTORY: _inventory,
    Kind.ORDERS: _orders,
    Kind.ATTENDANCE: _attendance,
    Kind.CUSTOMERS: _customers,
    Kind.BILLS: _bills,
}


def _bounds(store: Store, days: Days) -> tuple[datetime, datetime]:
    return starts(days.start, store.zone), starts(days.end, store.zone)


def _local(moment: datetime | None, store: Store) -> datetime | None:
    return None if moment is None else moment.astimezone(store.zone)


def _mean(revenue: Decimal, orders: int) -> Decimal | None:
    return (revenue / orders).quantize(CENT, ROUND_HALF_UP) if orders else None


def _name(row: Any) -> str:
    return "" if row is None else str(row.name)


def _some(thousandths: int | None) -> Decimal:
    return sums.decimal(thousandths, QUANTITY_PLACES)
