"""What is ordered at a store, and how far it is."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from django.utils import timezone
from strawberry import auto

from core.roles import Permission
from sales import models
from sales.transitions import ALLOWED, Status
from schema.catalog.types import Product
from schema.connections import By, Connection, paged
from schema.lists import whole
from schema.nodes import Node, column, node, one
from schema.sales.order_filters import OrderChannel, OrderStatus
from schema.sales.payments import Payment, PaymentOrder

if TYPE_CHECKING:
    from schema.accounts.types import Store, User
    from schema.sales.customers import Customer

StoreRef = Annotated["Store", strawberry.lazy("schema.accounts.types")]
UserRef = Annotated["User", strawberry.lazy("schema.accounts.types")]
CustomerRef = Annotated["Customer", strawberry.lazy("schema.sales.customers")]


@node(models.Order, description="What somebody has ordered at the store.")
class Order(Node):
    needs = Permission.ORDER_VIEW

    number: auto = column("Its number in the store, counted from 1.")
    channel: OrderChannel = column("Where it comes from.")
    note: auto = column("What was said about it.")
    status: OrderStatus = column("How far it is.")
    currency: auto = column("ISO 4217 code of all its amounts.")
    total: auto = column("The sum of its lines.")
    paid: auto = column("What was paid, less what was paid back.")
    version: auto = column("One more with every move: send it with a move to learn when somebody was faster.")
    placed_at: auto = column("When it was placed.")
    closed_at: auto = column("When it was completed or cancelled; null while it is open.")
    created_at: auto = column("When it was entered.")
    updated_at: auto = column("When it was last changed.")
    store: StoreRef | None = one("The store that it was placed at.", source="store_id", to="Store")
    customer: CustomerRef | None = one(
        "Who ordered it, where that is known.", source="customer_id", to="Customer"
    )
    placed_by: UserRef | None = one("Who entered it, if still in sight.", source="placed_by_id", to="User")
    lines: list[Annotated[OrderLine, strawberry.lazy("schema.sales.orders")]] = whole(
        "What was ordered, in its order; 100 lines at most.", node="OrderLine", via="order", by=By("position")
    )
    events: list[Annotated[OrderEvent, strawberry.lazy("schema.sales.orders")]] = whole(
        "Every move that it has made, the first one first; 6 at most.",
        node="OrderEvent",
        via="order",
        by=By("created_at"),
    )

    payments: Connection[Payment] = paged(
        "How it was paid, the first payment first; those that are pending or were declined too.",
        node="Payment",
        via="order",
        order=PaymentOrder,
        default=PaymentOrder.CREATED_AT_ASC,
    )

    @strawberry.field(description="What is left to be paid; 0 of an order that was cancelled or refunded.")
    def due(self) -> Decimal:
        row: Any = self
        due: Decimal = row.due
        return due

    @strawberry.field(description="What it can become from here; empty at its end.")
    def allowed_transitions(self) -> list[OrderStatus]:
        row: Any = self
        return list(ALLOWED[Status(row.status)])

    @strawberry.field(description="Whole seconds since it was placed; of a closed one, until it was closed.")
    def age_seconds(self) -> int:
        row: Any = self
        return max(0, int(((row.closed_at or timezone.now()) - row.placed_at).total_seconds()))


@node(
    models.OrderLine,
    description="So much of a product, at the price and under the name that it had at that moment.",
)
class OrderLine(Node):
    needs = Permission.ORDER_VIEW

    position: auto = column("Place in the order, from 1.")
    name: auto = column("Name of the product when it was ordered.")
    quantity: auto = column("How many, or how much of the product's unit.")
    unit_price: auto = column("Price of one unit when it was ordered, in the order's currency.")
    total: auto = column("What the line adds to the order: rounded to cents, half a cent up.")
    order: Order | None = one("The order that it is of.", source="order_id", to="Order")
    product: Product | None = one("What was ordered.", source="product_id", to="Product")


@node(models.OrderEvent, description="A move that an order has made; never changed afterwards.")
class OrderEvent(Node):
    needs = Permission.ORDER_VIEW

    after: OrderStatus = column("What it became.")
    note: auto = column("What was said about it.")
    created_at: auto = column("When it was made.")
    order: Order | None = one("The order that made it.", source="order_id", to="Order")
    actor: UserRef | None = one("Who made it, if still in sight.", source="actor_id", to="User")

    @strawberry.field(description="What it was before; null when the order was placed.")
    def before(self) -> OrderStatus | None:
        found = self.__dict__["before"]
        return Status(found) if found else None
