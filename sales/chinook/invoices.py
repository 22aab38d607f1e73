"""Invoices into completed orders that are paid."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from catalog.models import Product
from core import counters
from core.models import Store
from sales.chinook.rows import Progress, natural_key, there, write
from sales.chinook.shop import Invoice, Shop
from sales.models import Customer, Order, OrderEvent, OrderLine, Payment
from sales.transitions import Status


def orders(
    store: Store,
    shop: Shop,
    customers: dict[int, Customer],
    products: dict[int, Product],
    until: date | None,
    progress: Progress,
) -> None:
    """Enter invoices as completed orders that are paid, numbered in the order of their dates."""
    found = there(Order.objects.of(store), "invoice", shop.invoices)
    new = {key: invoice for key, invoice in shop.invoices.items() if key not in found}
    shift = _shift(shop, until)
    dated = sorted(new, key=lambda key: (new[key].at, key))
    numbers = counters.take_several(store=store, name="order", count=len(dated)) if dated else range(0)
    orders = {}
    for key, number in zip(dated, numbers, strict=True):
        at = (new[key].at + shift).replace(tzinfo=store.zone)
        orders[key] = _order(store, key, new[key], customers[new[key].customer], number, at)
    write(orders.values())
    progress(len(shop.invoices))
    write(line for key, order in orders.items() for line in _lines(order, new[key], products))
    write(_placed(order) for order in orders.values())
    write(_payment(order) for order in orders.values() if order.total)


def _shift(shop: Shop, until: date | None) -> timedelta:
    if until is None or not shop.invoices:
        return timedelta(0)
    return until - max(invoice.at for invoice in shop.invoices.values()).date()


def _order(store: Store, key: int, invoice: Invoice, customer: Customer, number: int, at: datetime) -> Order:
    return Order(
        store=store,
        number=number,
        customer=customer,
        channel=Order.Channel.IMPORT,
        note=f"Chinook invoice {key}",
        status=Status.COMPLETED,
        currency=store.currency,
        total=invoice.total,
        paid=invoice.total,
        placed_at=at,
        closed_at=at,
        natural_key=natural_key("invoice", key),
    )


def _lines(order: Order, invoice: Invoice, products: dict[int, Product]) -> Iterable[OrderLine]:
    for position, line in enumerate(invoice.lines, start=1):
        yield OrderLine(
            order=order,
            position=position,
            product=products[line.track],
            name=products[line.track].name,
            quantity=line.quantity,
            unit_price=line.unit_price,
            total=line.quantity * line.unit_price,
        )


def _placed(order: Order) -> OrderEvent:
    return OrderEvent(order=order, after=order.status, note=order.note, created_at=order.placed_at)


def _payment(order: Order) -> Payment:
    return Payment(
        order=order,
        method=Payment.Method.OTHER,
        amount=order.total,
        status=Payment.Status.CAPTURED,
        reference=order.note,
        idempotency_key=order.natural_key,
        created_at=order.placed_at,
        captured_at=order.placed_at,
    )
