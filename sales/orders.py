"""Take a store's orders and bring them to their end, and with them what they hold of the stock."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.utils import timezone

from catalog import figures, stock
from catalog.models import Product
from core import audit, counters, events
from core.errors import Code, Refused
from core.fields import short
from core.models import Store, User
from sales.models import Customer, Order, OrderEvent, OrderLine, Payment
from sales.transitions import ALLOWED, Status

MAX_LINES = 100
MAX_NOTE = 1000
MAX_MOVE_NOTE = 500
CENT = Decimal("0.01")
PICTURE = ("number", "customer", "channel", "note", "status", "currency", "total")


@transaction.atomic
def place(
    *,
    store: Store,
    by: User,
    lines: Sequence[stock.Line],
    channel: str = Order.Channel.COUNTER,
    customer: Customer | None = None,
    note: str = "",
) -> Order:
    """Enter an order at the catalogue's prices of this moment, and reserve what it needs of the stock.

    Raises: Refused with REQUIRED, INVALID or CONFLICT, and the field at fault.
    """
    _check(store, lines, channel, customer)
    note = short(note, MAX_NOTE, "note")
    priced = _priced(store, lines)
    total = figures.price(sum((line.total for line in priced), Decimal(0)), "lines")
    order = Order.objects.create(
        store=store, number=counters.take(store=store, name="order"), customer=customer, channel=channel,
        note=note, status=Status.PENDING, currency=store.currency, total=total, placed_at=timezone.now(),
        placed_by=by,
    )  # fmt: skip
    for line in priced:
        line.order = order
    OrderLine.objects.bulk_create(priced)
    _reserve(order, by, [stock.Line(line.product, line.quantity) for line in priced])
    _tell(order, by, "order.place")
    return order


@transaction.atomic
def move(
    *,
    order: Order,
    to: Status,
    by: User,
    version: int | None = None,
    note: str = "",
    restock: bool = True,
) -> Order:
    """Move an order to another status.

    `version` is that of the order as `by` has seen it. What a refunded order had sold goes back into
    stock if `restock`.

    Raises: Refused with ILLEGAL_TRANSITION, with CONFLICT where the order has moved meanwhile or money must
    be paid back before, or with INVALID.
    """
    note = short(note, MAX_MOVE_NOTE, "note")
    order = Order.objects.locked(order)
    _check_move(order, to, version)
    before, order.status = order.status, to
    order.version += 1
    if to in (Status.COMPLETED, Status.CANCELLED):
        order.closed_at = timezone.now()
    order.save(update_fields=["status", "version", "closed_at", "updated_at"])
    _move_stock(order, by, restock)
    action = "order.cancel" if to == Status.CANCELLED else "order.move"
    _tell(order, by, action, before=before, note=note)
    return order


def cancel(*, order: Order, by: User, version: int | None = None, note: str = "") -> Order:
    """Call an open order off and release what it has reserved; refused as `move` is."""
    return move(order=order, to=Status.CANCELLED, by=by, version=version, note=note)


def _check(store: Store, lines: Sequence[stock.Line], channel: str, customer: Customer | None) -> None:
    if not lines:
        raise Refused(Code.REQUIRED, "An order has a line at least.", "lines")
    if len(lines) > MAX_LINES:
        raise Refused(Code.INVALID, f"An order has at most {MAX_LINES} lines.", "lines")
    if channel == Order.Channel.IMPORT:
        raise Refused(Code.INVALID, "Only an import enters imported orders.", "channel")
    if customer is not None and customer.store_id != store.pk:
        raise Refused(Code.INVALID, "This customer is another store's.", "customer")
    if customer is not None and customer.archived_at is not None:
        raise Refused(Code.CONFLICT, "This customer is archived: bring them back first.", "customer")


def _priced(store: Store, lines: Sequence[stock.Line]) -> list[OrderLine]:
    """Make the lines of an order, their products locked: no price changes and no stock goes meanwhile."""
    keys = {line.product.pk for line in lines}
    rows = Product.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    products = {product.pk: product for product in rows}
    return [
        _line(store, position, products[line.product.pk], line.quantity)
        for position, line in enumerate(lines, 1)
    ]


def _line(store: Store, position: int, product: Product, quantity: Decimal) -> OrderLine:
    at = ("lines", str(position - 1))
    if product.store_id != store.pk:
        raise Refused(Code.INVALID, "This product is another store's.", *at, "product")
    if product.archived_at is not None:
        raise Refused(Code.CONFLICT, f"{product.name} is archived: it is not on sale.", *at, "product")
    quantity = figures.some(quantity, *at, "quantity")
    total = (quantity * product.unit_price).quantize(CENT, ROUND_HALF_UP)
    return OrderLine(
        position=position, product=product, name=product.name, quantity=quantity,
        unit_price=product.unit_price, total=figures.price(total, *at, "quantity"),
    )  # fmt: skip


def _reserve(order: Order, by: User, lines: list[stock.Line]) -> None:
    try:
        stock.take(lines=lines, by=by, cause=_cause(order), kind=stock.Kind.RESERVE)
    except Refused as refusal:
        raise Refused(refusal.code, refusal.message, "lines") from refusal


def _check_move(order: Order, to: Status, version: int | None) -> None:
    now = f"Order {order.number} is {order.status} now, version {order.version}"
    if version is not None and version != order.version:
        raise Refused(Code.CONFLICT, f"{now}: look at it again.", "version")
    allowed = ALLOWED[Status(order.status)]
    if to not in allowed:
        at = "order" if to == Status.CANCELLED else "to"
        can = f"it can become {' or '.join(allowed)}" if allowed else "that is the end of it"
        raise Refused(Code.ILLEGAL_TRANSITION, f"{now}, and cannot become {to}: {can}.", at)
    if to not in (Status.CANCELLED, Status.REFUNDED):
        return
    if order.paid:
        message = f"{order.paid} {order.currency} is paid for order {order.number}: pay it back first."
        raise Refused(Code.CONFLICT, message, "order")
    if order.payments.filter(status=Payment.Status.PENDING).exists():
        message = f"A payment for order {order.number} is under way: wait for its end."
        raise Refused(Code.CONFLICT, message, "order")


def _move_stock(order: Order, by: User, restock: bool) -> None:
    """Sell or release what is reserved, or take back what was sold: as the moves of its stock say."""
    cause = _cause(order)
    if order.status in (Status.COMPLETED, Status.CANCELLED):
        reserved = stock.taken(cause=cause, kind=stock.Kind.RESERVE)
        stock.give_back(lines=reserved, by=by, cause=cause, kind=stock.Kind.RELEASE)
        if order.status == Status.COMPLETED:
            stock.take(lines=reserved, by=by, cause=cause, kind=stock.Kind.SALE)
    elif order.status == Status.REFUNDED and restock:
        sold = stock.taken(cause=cause, kind=stock.Kind.SALE)
        stock.give_back(lines=sold, by=by, cause=cause, kind=stock.Kind.REFUND)


def _cause(order: Order) -> stock.Cause:
    return stock.Cause("order", str(order.pk))


def _tell(order: Order, by: User, action: str, before: str = "", note: str = "") -> None:
    """Keep that an order was placed or moved: for its own history, for the audit, and for those who watch."""
    OrderEvent.objects.create(
        order=order, before=before, after=order.status, actor=by, note=note, created_at=timezone.now()
    )
    audit.record(
        store=order.store,
        by=by,
        action=action,
        node=order,
        before={"status": before} if before else None,
        after={"status": order.status} if before else audit.picture(order, *PICTURE),
    )
    events.publish(
        store=order.store,
        kind="order.moved" if before else "order.placed",
        node=order,
        payload={"number": order.number, "status": order.status, "before": before or None},
    )
