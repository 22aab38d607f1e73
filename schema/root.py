"""The schema: what hangs at the top, and how it is executed."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from schema.accounts.admin import AdminQueries
from schema.accounts.mutations import AccountMutations
from schema.accounts.types import Store, User
from schema.catalog.imports import ProductImportMutations
from schema.catalog.mutations import CatalogMutations
from schema.catalog.products import ProductMutations
from schema.catalog.stock import StockMutations
from schema.catalog.types import Brand, Category, Collection, Product, StockMove
from schema.context import Info
from schema.energy.imports import ReadingImport, ReadingImportMutations
from schema.energy.mutations import EnergyMutations
from schema.energy.types import Device, DeviceCategory, Reading, Tariff
from schema.errors import BadInput, log, presentable
from schema.health import Health, resolve_health
from schema.insights.alert_mutations import AlertMutations
from schema.insights.alerts import Alert, AlertRule, AlertSubscriptions
from schema.insights.suggestion_mutations import SuggestionMutations
from schema.insights.suggestions import Suggestion
from schema.insights.types import Analytics
from schema.limits import DECIMAL, MAX_ERRORS, Limits
from schema.metrics import Measured
from schema.nodes import Node, key_of, load
from schema.plans.executor import Executor
from schema.ranges import SCALAR, DateRange
from schema.receipts.duplicates import Duplicate, DuplicateMutations
from schema.receipts.imports import BillImportMutations
from schema.receipts.many import ManyReceiptsMutations
from schema.receipts.mutations import ReceiptMutations
from schema.receipts.progress import UploadSubscriptions
from schema.receipts.review import ReviewMutations
from schema.receipts.types import Bill, Item, Merchant, ReceiptUpload
from schema.remembered import Remembered
from schema.sales.customers import Customer, CustomerMutations
from schema.sales.imports import CustomerImportMutations
from schema.sales.order_mutations import OrderMutations
from schema.sales.orders import Order, OrderEvent, OrderLine
from schema.sales.payments import Payment, PaymentMutations, Refund
from schema.sales.queue import OrderSubscriptions
from schema.sales.shifts import Shift, ShiftMutations
from schema.throttling import Throttle

MAX_NODES = 100


@strawberry.type(description="Everything that can be asked.")
class Query(AdminQueries):
    @strawberry.field(description="Who you are.")
    async def me(self, info: Info) -> User:
        me: User = info.context.user  # type: ignore[assignment]
        return me

    @strawberry.field(description="A store that you belong to; null when it is not there for you.")
    async def store(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Store | None:
        found: Store | None = await load(info, Store, key_of(id, Store)[1])
        return found

    @strawberry.field(description="Any row by its id; null when it is not there for you.")
    async def node(
        self, info: Info, id: Annotated[strawberry.ID, strawberry.argument(description="Its id.")]
    ) -> Node | None:
        found: Node | None = await load(info, *key_of(id))
        return found

    @strawberry.field(
        description="Rows by their ids, in their order; null for each that is not there for you."
    )
    async def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description="Their ids; at most 100.")],
    ) -> list[Node | None]:
        if len(ids) > MAX_NODES:
            raise BadInput(f"At most {MAX_NODES} ids.")
        keys = [key_of(id) for id in ids]
        return list(await asyncio.gather(*(load(info, *key) for key in keys)))

    health: Health = strawberry.field(
        resolver=resolve_health, description="The state of this installation; everybody may ask."
    )


@strawberry.type(description="Everything that can be done.")
class Mutation(
    AccountMutations,
    ReceiptMutations,
    ManyReceiptsMutations,
    BillImportMutations,
    ReviewMutations,
    DuplicateMutations,
    CatalogMutations,
    ProductMutations,
    ProductImportMutations,
    StockMutations,
    CustomerMutations,
    OrderMutations,
    CustomerImportMutations,
    ShiftMutations,
    EnergyMutations,
    PaymentMutations,
    ReadingImportMutations,
    AlertMutations,
    SuggestionMutations,
):
    pass


@strawberry.type(description="Everything that can be followed, over a WebSocket or server-sent events.")
class Subscription(OrderSubscriptions, UploadSubscriptions, AlertSubscriptions):
    pass


class Schema(strawberry.Schema):
    def _get_execute_function(self) -> Any:
        return Executor(self)

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        for error in errors:
            log(error)
        errors[:] = [presentable(error) for error in errors[:MAX_ERRORS]]


schema = Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[
        Bill,
        Duplicate,
        Item,
        Merchant,
        ReceiptUpload,
        Category,
        Brand,
        Collection,
        Product,
        StockMove,
        Customer,
        Order,
        OrderLine,
        OrderEvent,
        Payment,
        Refund,
        Shift,
        DeviceCategory,
        Device,
        Reading,
        Tariff,
        ReadingImport,
        Analytics,
        AlertRule,
        Alert,
        Suggestion,
    ],
    extensions=[Measured, Limits, Remembered, Throttle],
    config=StrawberryConfig(scalar_map={DateRange: SCALAR, Decimal: DECIMAL}),
)
