"""What was sold: sums of many stores' orders at once, one SQL statement each.

An order counts when it is COMPLETED, at the moment it was closed, by the clock of its store. One that
was REFUNDED since is no revenue; it stands apart where it says so. Every row names its currency.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Q, QuerySet

from core import sums
from core.moments import Day, Hour
from insights.rows import DaySales, HourSales, PaidBack, PlaceSales, ProductSales
from insights.series.spans import Spans, closed, happened
from sales.models import Order, OrderLine, Payment, Refund
from sales.transitions import Status

QUANTITY_PLACES = 3  # of OrderLine.quantity
CAPTURED = Payment.Status.CAPTURED
SOLD, REFUNDED = Q(status=Status.COMPLETED), Q(status=Status.REFUNDED)


def sales_by_day(*, spans: Spans) -> dict[int, list[DaySales]]:
    """Sum the orders of each store by day, oldest first; a day without any has no row."""
    rows = (
        Order.objects.filter(closed(spans), SOLD | REFUNDED)
        .annotate(day=Day("closed_at", "store__timezone"))
        .values("store", "currency", "day")
        .annotate(
            units=sums.units("total", filter=SOLD),
            n=Count("pk", filter=SOLD),
            refunded_units=sums.units("total", filter=REFUNDED),
            refunded=Count("pk", filter=REFUNDED),
        )
        .order_by("day", "currency")
    )
    found: dict[int, list[DaySales]] = {store.pk: [] for store in spans}
    for row in rows:
        found[row["store"]].append(
            DaySales(
                day=row["day"],
                currency=row["currency"],
                revenue=sums.decimal(row["units"]),
                orders=row["n"],
                refunded=sums.decimal(row["refunded_units"]),
                refunded_orders=row["refunded"],
            )
        )
    return found


def sales_by_hour(*, spans: Spans) -> dict[int, list[HourSales]]:
    """Sum the orders of each store by the hour of the day; an hour that comes twice is one."""
    rows = (
        _orders(spans)
        .annotate(hour=Hour("closed_at", "store__timezone"))
        .values("store", "currency", "hour")
        .annotate(units=sums.units("total"), n=Count("pk"))
        .order_by("hour", "currency")
    )
    found: dict[int, list[HourSales]] = {store.pk: [] for store in spans}
    for row in rows:
        found[row["store"]].append(
            HourSales(
                hour=row["hour"],
                currency=row["currency"],
                revenue=sums.decimal(row["units"]),
                orders=row["n"],
            )
        )
    return found


def sales_by_product(*, spans: Spans) -> dict[int, list[ProductSales]]:
    """Sum the lines of each store's orders by product, under the name and in the category that it has now."""
    rows = (
        OrderLine.objects.filter(closed(spans, "order__"), order__status=Status.COMPLETED)
        .values(
            "product_id",
            store=F("order__store"),
            currency=F("order__currency"),
            product_name=F("product__name"),
            cost=F("product__cost"),
            category=F("product__category"),
            category_name=F("product__category__name"),
        )
        .annotate(
            units=sums.units("total"),
            thousandths=sums.units("quantity", QUANTITY_PLACES),
            n=Count("order", distinct=True),
        )
        .order_by("product_id", "currency")
    )
    found: dict[int, list[ProductSales]] = {store.pk: [] for store in spans}
    for row in rows:
        found[row["store"]].append(
            ProductSales(
                product_id=row["product_id"],
                name=row["product_name"],
                cost=row["cost"],
                category_id=row["category"],
                category=row["category_name"],
                currency=row["currency"],
                quantity=sums.decimal(row["thousandths"], QUANTITY_PLACES),
                revenue=sums.decimal(row["units"]),
                orders=row["n"],
            )
        )
    return found


def sales_by_place(*, spans: Spans) -> dict[int, list[PlaceSales]]:
    """Sum the orders of each store by the country and city of the customer, as they are now."""
    rows = (
        _orders(spans)
        .values("store", "currency", country=F("customer__country"), city=F("customer__city"))
        .annotate(units=sums.units("total"), n=Count("pk"))
        .order_by("country", "city", "currency")
    )
    found: dict[int, list[PlaceSales]] = {store.pk: [] for store in spans}
    for row in rows:
        found[row["store"]].append(
            PlaceSales(
                country=row["country"] or None,
                city=row["city"] or None,
                currency=row["currency"],
                revenue=sums.decimal(row["units"]),
                orders=row["n"],
            )
        )
    return found


def _orders(spans: Spans) -> QuerySet[Any]:
    return Order.objects.filter(closed(spans), SOLD)


def paid_back(*, spans: Spans) -> dict[int, list[PaidBack]]:
    """Sum what each store paid back, at the moment it did, whenever the order was closed."""
    rows = (
        Refund.objects.filter(happened(spans, "payment__order__store", "captured_at"), status=CAPTURED)
        .values(store=F("payment__order__store"), currency=F("payment__order__currency"))
        .annotate(units=sums.units("amount"), n=Count("pk"))
        .order_by("currency")
    )
    found: dict[int, list[PaidBack]] = {store.pk: [] for store in spans}
    for row in rows:
        found[row["store"]].append(
            PaidBack(currency=row["currency"], total=sums.decimal(row["units"]), count=row["n"])
        )
    return found
