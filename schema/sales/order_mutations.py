"""Orders placed, moved on and cancelled."""

from __future__ import annotations

from decimal import Decimal

import strawberry

from catalog import stock
from core.errors import Code, Refused
from core.roles import Permission
from sales import orders
from sales.transitions import Status
from schema.commands import IDEMPOTENCY_KEY, Answer, Caller, Payload, command, written
from schema.sales.order_filters import OrderChannel, OrderStatus
from schema.sales.orders import Order


@strawberry.input(description="So much of a product, at its price of that moment.")
class OrderLineInput:
    product: strawberry.ID = strawberry.field(description="The product; it must be on sale.")
    quantity: Decimal = strawberry.field(
        default=Decimal(1),
        description="How many, or how much of its unit: above 0, at most 3 decimal places.",
    )


@strawberry.input(description="An order to place.")
class PlaceOrderInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    lines: list[OrderLineInput] = strawberry.field(description="What is ordered; 1 to 100 lines.")
    channel: OrderChannel = strawberry.field(
        default=OrderChannel.COUNTER, description="Where it comes from; not IMPORT."
    )
    customer: strawberry.ID | None = strawberry.field(
        default=None, description="Who orders, where that is known."
    )
    note: str = strawberry.field(default="", description="What is to be said; at most 1,000 characters.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="An order to move on.")
class MoveOrderInput:
    order: strawberry.ID = strawberry.field(description="The order.")
    to: OrderStatus = strawberry.field(
        description="What it becomes, one of its `allowedTransitions`; REFUNDED needs PAYMENT_REFUND too."
    )
    version: int | None = strawberry.field(
        default=None, description="The order's version as you have seen it: refused when it has moved since."
    )
    note: str = strawberry.field(default="", description="What is to be said; at most 500 characters.")
    restock: bool = strawberry.field(
        default=True, description="Of a refunded order: whether what it had sold goes back into stock."
    )
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="An order to call off.")
class CancelOrderInput:
    order: strawberry.ID = strawberry.field(description="The order.")
    version: int | None = strawberry.field(
        default=None, description="The order's version as you have seen it: refused when it has moved since."
    )
    note: str = strawberry.field(default="", description="Why; at most 500 characters.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.type(description="An order, as it is now.")
class OrderPayload(Payload):
    order: Order | None = written("The order.", to="Order", key="order")


@command(
    OrderPayload,
    description="Place an order at the catalogue's prices of this moment, and reserve all its stock or none.",
    needs=Permission.ORDER_TAKE,
)
def place_order(caller: Caller, input: PlaceOrderInput) -> Answer:
    store = caller.store(input.store)
    customer = caller.see(input.customer, "Customer", "customer") if input.customer is not None else None
    lines = _lines(caller, input.lines)

    def run() -> Answer:
        order = orders.place(
            store=store,
            by=caller.user,
            lines=lines,
            channel=input.channel,
            customer=customer,
            note=input.note,
        )
        return {"order": order.pk}

    return caller.once(run)


@command(
    OrderPayload,
    description="Move an order on, as `Order.allowedTransitions` says. Of two that move it at once, "
    "one is told that the other was faster.",
    needs=Permission.ORDER_TAKE,
)
def move_order(caller: Caller, input: MoveOrderInput) -> Answer:
    order = caller.find(input.order, "Order", "order")
    if input.to == Status.REFUNDED:
        caller.check_hand(order.store, Permission.PAYMENT_REFUND)

    def run() -> Answer:
        moved = orders.move(
            order=order,
            to=input.to,
            by=caller.user,
            version=input.version,
            note=input.note,
            restock=input.restock,
        )
        return {"order": moved.pk}

    return caller.once(run)


@command(
    OrderPayload,
    description="Call an open order off and release its stock; what was paid must be paid back before.",
    needs=Permission.ORDER_TAKE,
)
def cancel_order(caller: Caller, input: CancelOrderInput) -> Answer:
    order = caller.find(input.order, "Order", "order")

    def run() -> Answer:
        cancelled = orders.cancel(order=order, by=caller.user, version=input.version, note=input.note)
        return {"order": cancelled.pk}

    return caller.once(run)


def _lines(caller: Caller, sent: list[OrderLineInput]) -> list[stock.Line]:
    products = caller.seen((line.product for line in sent), "Product")
    for place, line in enumerate(sent):
        if line.product not in products:
            raise Refused(Code.NOT_FOUND, "There is no such product.", "lines", str(place), "product")
    return [stock.Line(products[line.product], line.quantity) for line in sent]


@strawberry.type
class OrderMutations:
    place_order = place_order
    move_order = move_order
    cancel_order = cancel_order
