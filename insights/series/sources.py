"""Which rows of the books tell a metric, by what they are told apart, and what is summed of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from django.db.models import CharField, Count, F, IntegerField, QuerySet, Value
from django.db.models.functions import Coalesce, Concat, ExtractHour, NullIf, Trim, TruncMinute

from core import sums
from core.moments import Day, Hour
from insights.metrics import Dimension, Metric
from insights.series.spans import Spans, booked, closed
from receipts.models import Bill, Item
from sales.models import Order, OrderLine
from sales.transitions import Status

QUANTITY_PLACES, MONEY_PLACES = 3, sums.MONEY_PLACES
Column = Any  # an expression over a row
D, M = Dimension, Metric


@dataclass(frozen=True)
class Book:
    """Rows of one kind: how to find them, when they count, and the key and name of each group."""

    rows: Callable[[Spans], QuerySet[Any]]
    store: str
    currency: str
    day: Column
    hour: Column  # of the day, 0 to 23
    minute: Column  # the moment; None where only the day is known
    groups: Mapping[Dimension, tuple[Column, Column]] = field(default_factory=dict)


@dataclass(frozen=True)
class Measure:
    """What is summed of the rows, in whole units of so many decimal places."""

    value: Column
    places: int
    base: Column = None
    base_places: int = 0


def _bills(spans: Spans) -> QuerySet[Any]:
    return Bill.objects.counted().filter(booked({store.pk: days for store, days in spans.items()}))


def _bought(spans: Spans) -> QuerySet[Any]:
    keys = {store.pk: days for store, days in spans.items()}
    return Item.objects.filter(booked(keys, "bill__")).exclude(bill__status=Bill.Status.VOID)


def _priced(spans: Spans) -> QuerySet[Any]:
    """Find the lines that say how much was bought, and for what."""
    return _bought(spans).filter(total__isnull=False, quantity__gt=0)


def _orders(spans: Spans) -> QuerySet[Any]:
    return Order.objects.filter(closed(spans), status=Status.COMPLETED)


def _lines(spans: Spans) -> QuerySet[Any]:
    return OrderLine.objects.filter(closed(spans, "order__"), order__status=Status.COMPLETED)


def _costed(spans: Spans) -> QuerySet[Any]:
    return _lines(spans).filter(product__cost__isnull=False)


def _text(column: str) -> Column:
    return NullIf(Trim(F(column)), Value(""), output_field=CharField())


def _customer(path: str) -> tuple[Column, Column]:
    """Name a customer as Customer.name does."""
    person = Trim(Concat(f"{path}first_name", Value(" "), f"{path}last_name"))
    known = (_text(f"{path}{column}") for column in ("company", "email", "phone"))
    return F(f"{path.rstrip('_')}_id"), Coalesce(
        NullIf(person, Value(""), output_field=CharField()), *known, Value("")
    )


def _named(path: str) -> tuple[Column, Column]:
    return F(f"{path}_id"), F(f"{path}__name")


def _of_product() -> dict[Dimension, tuple[Column, Column]]:
    return {
        D.PRODUCT: _named("product"),
        D.BRAND: _named("product__brand"),
        D.COLLECTION: _named("product__collection"),
    }


def _book_of_bills(rows: Callable[[Spans], QuerySet[Any]], path: str, **groups: Any) -> Book:
    return Book(
        rows=rows,
        store=f"{path}store_id",
        currency=f"{path}currency",
        day=F(f"{path}booked_on"),
        hour=ExtractHour(f"{path}time"),
        minute=None,
        groups={D(name): group for name, group in groups.items()},
    )


def _book_of_orders(
    rows: Callable[[Spans], QuerySet[Any]], path: str, groups: Mapping[Dimension, tuple[Column, Column]]
) -> Book:
    zone = f"{path}store__timezone"
    return Book(
        rows=rows,
        store=f"{path}store_id",
        currency=f"{path}currency",
        day=Day(f"{path}closed_at", zone),
        hour=Hour(f"{path}closed_at", zone),
        minute=TruncMinute(f"{path}closed_at", tzinfo=UTC),
        groups={
            D.CUSTOMER: _customer(f"{path}customer__"),
            D.CHANNEL: (F(f"{path}channel"), F(f"{path}channel")),
            **groups,
        },
    )


NO_KEY = Value(None, output_field=IntegerField())  # a group that is known by its name alone
OF_LINES = {D.CATEGORY: _named("product__category"), **_of_product()}
BILLS = _book_of_bills(
    _bills,
    "",
    CATEGORY=_named("category"),
    MERCHANT=(F("merchant_id"), Coalesce("merchant__name", "merchant_name")),
)
BOUGHT = _book_of_bills(_bought, "bill__", ITEM=(NO_KEY, F("description")), **_of_product())
PRICED = _book_of_bills(
    _priced,
    "bill__",
    ITEM=(NO_KEY, Concat("description", Value(" / "), "unit")),
    PRODUCT=_named("product"),
)
ORDERS = _book_of_orders(_orders, "", {})
LINES = _book_of_orders(_lines, "order__", OF_LINES)
COSTED = _book_of_orders(_costed, "order__", OF_LINES)

MONEY = Measure(sums.units("total"), MONEY_PLACES)
HOW_MANY = Measure(Count("pk"), 0)
HOW_MANY_ORDERS = Measure(Count("order", distinct=True), 0)
QUANTITY = Measure(sums.units("quantity", QUANTITY_PLACES), QUANTITY_PLACES)
PRICE = Measure(MONEY.value, MONEY_PLACES, QUANTITY.value, QUANTITY_PLACES)
COST = sums.products("quantity", QUANTITY_PLACES, "product__cost", MONEY_PLACES)
PROFIT = Measure(COST, QUANTITY_PLACES + MONEY_PLACES, MONEY.value, MONEY_PLACES)  # its value is the cost

BOOKS: dict[Metric, tuple[tuple[Book, Measure], ...]] = {
    M.SPEND: ((BILLS, MONEY), (BOUGHT, MONEY)),
    M.REVENUE: ((ORDERS, MONEY), (LINES, MONEY)),
    M.ORDERS: ((ORDERS, HOW_MANY), (LINES, HOW_MANY_ORDERS)),
    M.ITEMS: ((LINES, QUANTITY),),
    M.PROFIT: ((COSTED, PROFIT),),
    M.UNIT_PRICE: ((PRICED, PRICE),),
}
