"""Users, and the stores they belong to."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from django.db.models import OuterRef, QuerySet
from strawberry import auto

from core import models
from core.roles import Permission
from schema import dataloaders
from schema.accounts.audit import AuditEntry, AuditFilter, AuditOrder
from schema.accounts.members import (
    Invitation,
    InvitationFilter,
    InvitationOrder,
    Membership,
    MembershipFilter,
    MembershipOrder,
)
from schema.accounts.profile import Profile, avatar_url_of, profile_of
from schema.accounts.stores import (
    StoreSettings,
    StoreTheme,
    StoreVocabulary,
    dashboard_of,
    settings_of,
    theme_of,
    vocabulary_shown,
)
from schema.catalog.filters import (
    BrandOrder,
    CollectionOrder,
    NameFilter,
    ProductFilter,
    ProductOrder,
)
from schema.catalog.types import (
    Brand,
    Category,
    CategoryKind,
    Collection,
    Product,
    categories_of,
    low_stock,
)
from schema.connections import MAX_PAGE, Connection, paged
from schema.context import Info, level
from schema.energy.filters import (
    DeviceCategoryOrder,
    DeviceFilter,
    DeviceOrder,
    TariffOrder,
)
from schema.energy.imports import ReadingImport, ReadingImportOrder
from schema.energy.types import Device, DeviceCategory, Tariff
from schema.energy.usage import EnergyUsage, energy_for
from schema.enums import DashboardCard, MemberRole, StoreType
from schema.nodes import Few, Node, column, node
from schema.receipts.duplicates import Duplicate, DuplicateFilter, DuplicateOrder
from schema.receipts.filters import BillFilter, BillOrder, MerchantOrder, UploadFilter, UploadOrder
from schema.sales.attendance import Attendance, attendance_of
from schema.sales.customers import Customer, CustomerFilter, CustomerOrder
from schema.sales.order_filters import OrderFilter, OrderHistoryOrder, OrderOrder
from schema.sales.orders import Order
from schema.sales.shifts import Shift, ShiftFilter, ShiftOrder

if TYPE_CHECKING:
    from schema.insights.types import Analytics
    from schema.receipts.types import Bill, Merchant, ReceiptUpload


def _stores_of_user(visible: QuerySet[Any], archived: bool | None = False) -> QuerySet[Any]:
    shown = visible if archived else visible.filter(archived_at=None)
    return shown.filter(memberships__user=OuterRef("pk")).order_by("name", "pk")


@node(models.User, description="An account.")
class User(Node):
    needs = Permission.MEMBER_VIEW

    email: auto = column("Address that signs in, in lower case.")
    username: auto = column("Handle that signs in too, if one was chosen.")
    first_name: auto = column("First name.")
    last_name: auto = column("Last name.")
    created_at: auto = column("When the account was opened.")
    is_active: auto = column("Whether anybody can sign in to it.")
    email_verified_at: auto = column("When the owner proved to read the address' mail; null until then.")

    profile: Profile | None = strawberry.field(
        resolver=profile_of, description="What you tell of yourself; null for anybody else."
    )
    avatar_url: str | None = strawberry.field(
        resolver=avatar_url_of,
        description="Address of the picture, a square WebP of at most 512 pixels, public to who knows it; "
        "null for none.",
    )

    @strawberry.field(
        description="The stores that this user belongs to, as far as you may see them; 100 at most.",
        metadata={"plan": Few(node="Store", rows=_stores_of_user)},
    )
    async def stores(
        self,
        info: Info,
        archived: Annotated[bool | None, strawberry.argument(description="The archived ones too.")] = False,
    ) -> list[Store]:
        viewer = info.context.user

        def batch(users: list[int]) -> list[list[Any]]:
            visible = Store.rows(viewer)
            return dataloaders.stores_of_users(
                visible if archived else visible.filter(archived_at=None), users
            )

        found: list[Store] = await info.context.load(level(info), self.pk, batch)
        return found


@node(models.Store, description="A store, and everything that belongs to it.")
class Store(Node):
    needs = Permission.STORE_VIEW

    name: auto = column("Name of the store.")
    type: StoreType = column("What kind of store it is.")
    address: auto = column("Postal address.")
    phone: auto = column("Telephone number.")
    timezone: auto = column("IANA name of the time zone that its days are counted in.")
    currency: auto = column("ISO 4217 code of the currency that it counts in.")
    created_at: auto = column("When it was opened.")
    archived_at: auto = column("Since when it is only read; null for a store that is at work.")

    theme: StoreTheme = strawberry.field(resolver=theme_of, description="How a front end looks for it.")
    vocabulary: StoreVocabulary = strawberry.field(
        resolver=vocabulary_shown, description="What a front end calls the things that it deals in."
    )
    settings: StoreSettings = strawberry.field(resolver=settings_of, description="How it wants things done.")
    dashboard: list[DashboardCard] = strawberry.field(
        resolver=dashboard_of, description="The cards that a front end shows, in their order."
    )

    members: Connection[Membership] = paged(
        "Who belongs to it.",
        node="Membership",
        via="store",
        order=MembershipOrder,
        default=MembershipOrder.CREATED_AT_ASC,
        filter=MembershipFilter,
    )
    invitations: Connection[Invitation] = paged(
        "Who is or was invited to it, newest first.",
        node="Invitation",
        via="store",
        order=InvitationOrder,
        default=InvitationOrder.CREATED_AT_DESC,
        filter=InvitationFilter,
    )
    uploads: Connection[Annotated[ReceiptUpload, strawberry.lazy("schema.receipts.types")]] = paged(
        "Receipts as they came in, newest first.",
        node="ReceiptUpload",
        via="store",
        order=UploadOrder,
        default=UploadOrder.CREATED_AT_DESC,
        filter=UploadFilter,
    )
    bills: Connection[Annotated[Bill, strawberry.lazy("schema.receipts.types")]] = paged(
        "Money spent or owed.",
        node="Bill",
        via="store",
        order=BillOrder,
        default=BillOrder.DATE_DESC,
        filter=BillFilter,
    )
    review_queue: Connection[Annotated[Bill, strawberry.lazy("schema.receipts.types")]] = paged(
        "The bills that wait for a person to look at them, those with most at stake first.",
        node="Bill",
        via="store",
        among="to_review",
        order=BillOrder,
        default=BillOrder.AT_STAKE_DESC,
        filter=BillFilter,
    )
    duplicates: Connection[Duplicate] = paged(
        "The pairs of bills that may be one, the likeliest first; `filter` keeps those still open.",
        node="Duplicate",
        via="store",
        order=DuplicateOrder,
        default=DuplicateOrder.SCORE_DESC,
        filter=DuplicateFilter,
    )
    merchants: Connection[Annotated[Merchant, strawberry.lazy("schema.receipts.types")]] = paged(
        "Whom the store pays.",
        node="Merchant",
        via="store",
        order=MerchantOrder,
        default=MerchantOrder.NAME_ASC,
    )

    products: Connection[Product] = paged(
        "What the store sells, archived products too unless `filter` says otherwise.",
        node="Product",
        via="store",
        order=ProductOrder,
        default=ProductOrder.NAME_ASC,
        filter=ProductFilter,
    )
    brands: Connection[Brand] = paged(
        "Who makes what the store sells.",
        node="Brand",
        via="store",
        order=BrandOrder,
        default=BrandOrder.NAME_ASC,
        filter=NameFilter,
    )
    collections: Connection[Collection] = paged(
        "What its products belong to.",
        node="Collection",
        via="store",
        order=CollectionOrder,
        default=CollectionOrder.NAME_ASC,
        filter=NameFilter,
    )
    low_stock: Connection[Product] = strawberry.field(
        resolver=low_stock,
        description="The products that have come down to their threshold, the fewest first.",
    )
    customers: Connection[Customer] = paged(
        "Who buys here, archived customers too unless `filter` says otherwise.",
        node="Customer",
        via="store",
        order=CustomerOrder,
        default=CustomerOrder.LAST_NAME_ASC,
        filter=CustomerFilter,
    )

    orders: Connection[Order] = paged(
        "What was ordered here, newest first.",
        node="Order",
        via="store",
        order=OrderOrder,
        default=OrderOrder.PLACED_AT_DESC,
        filter=OrderFilter,
        numbered=True,
    )
    order_queue: Connection[Order] = paged(
        "The orders that somebody still has to do something for, oldest first.",
        node="Order",
        via="store",
        among="open",
        order=OrderOrder,
        default=OrderOrder.PLACED_AT_ASC,
        filter=OrderFilter,
        rows=MAX_PAGE,
    )
    order_history: Connection[Order] = paged(
        "The orders that are completed, refunded or cancelled, the last one first.",
        node="Order",
        via="store",
        among="closed",
        order=OrderHistoryOrder,
        default=OrderHistoryOrder.CLOSED_AT_DESC,
        filter=OrderFilter,
        numbered=True,
    )

    shifts: Connection[Shift] = paged(
        "Who was at work and when, newest first; those that you may see, or your own.",
        node="Shift",
        via="store",
        order=ShiftOrder,
        default=ShiftOrder.CLOCK_IN_DESC,
        filter=ShiftFilter,
    )
    attendance: Attendance = strawberry.field(
        resolver=attendance_of,
        description="Hours at work by day and person: of all whose shifts you may see, or your own.",
    )

    devices: Connection[Device] = paged(
        "What uses energy here, removed devices too unless `filter` says otherwise.",
        node="Device",
        via="store",
        order=DeviceOrder,
        default=DeviceOrder.NAME_ASC,
        filter=DeviceFilter,
    )
    device_categories: Connection[DeviceCategory] = paged(
        "What sorts its devices.",
        node="DeviceCategory",
        via="store",
        order=DeviceCategoryOrder,
        default=DeviceCategoryOrder.NAME_ASC,
    )
    reading_imports: Connection[ReadingImport] = paged(
        "The files of readings that came in, the newest first.",
        node="ReadingImport",
        via="store",
        order=ReadingImportOrder,
        default=ReadingImportOrder.CREATED_AT_DESC,
    )
    tariffs: Connection[Tariff] = paged(
        "What a kWh costs from which day on, the newest first.",
        node="Tariff",
        via="store",
        order=TariffOrder,
        default=TariffOrder.VALID_FROM_DESC,
    )
    energy: EnergyUsage | None = strawberry.field(
        resolver=energy_for(Permission.ENERGY_VIEW),
        description="What was used in a range of days, what it cost, and what will be used.",
    )

    audit: Connection[AuditEntry] = paged(
        "Who did what here, newest first.",
        node="AuditEntry",
        via="store",
        order=AuditOrder,
        default=AuditOrder.CREATED_AT_DESC,
        filter=AuditFilter,
    )

    @strawberry.field(description="The built-in categories and the store's own, by name.")
    async def categories(
        self,
        info: Info,
        kind: Annotated[
            CategoryKind | None, strawberry.argument(description="Only the categories of this kind.")
        ] = None,
    ) -> list[Category]:
        return await categories_of(self.pk, info, kind)

    @strawberry.field(description="Your role here.")
    async def role(self, info: Info) -> MemberRole:
        viewer = info.context.user
        found: MemberRole = await info.context.load(
            level(info), self.pk, lambda stores: dataloaders.roles_of(viewer, stores)
        )
        return found

    @strawberry.field(description="How many bills count, those that are VOID left out.")
    async def bill_count(self, info: Info) -> int:
        viewer = info.context.user
        found: int = await info.context.load(
            level(info), self.pk, lambda stores: dataloaders.bill_counts(viewer, stores)
        )
        return found

    @strawberry.field(
        description="Spent since the first of the month in the store's zone and currency, without VOID bills."
    )
    async def spent_this_month(self, info: Info) -> Decimal:
        viewer = info.context.user
        found: Decimal = await info.context.load(
            level(info), self.pk, lambda stores: dataloaders.spent_this_month(viewer, stores)
        )
        return found

    @strawberry.field(description="Every figure over the books of the store.")
    def analytics(self) -> Annotated[Analytics, strawberry.lazy("schema.insights.types")]:
        from schema.insights.types import Analytics

        return Analytics(store=self)
