"""The queue of orders, followed by the screens at the counter and in the kitchen."""

from __future__ import annotations

import strawberry

from core.roles import Permission
from schema.sales.orders import Order
from schema.subscriptions import Happening, followed, subject


@strawberry.type(description="Something that has happened to an order.")
class OrderQueueEvent(Happening):
    order: Order | None = subject(
        "The order as it is by now; null with `watching`, and when it is out of your sight.", to="Order"
    )


@strawberry.type
class OrderSubscriptions:
    order_queue_changed = followed(
        OrderQueueEvent,
        description="Follow the orders of a store: what is placed, moved on, changed or cancelled. To miss "
        "nothing, follow first, and read the queue once `watching` has come.",
        needs=Permission.ORDER_VIEW,
        kinds="order.",
    )
