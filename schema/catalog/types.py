"""Categories, brands, collections, products, and the moves of their stock."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import auto
from strawberry.scalars import JSON

from catalog import models
from core.roles import Permission
from schema import dataloaders
from schema.catalog.filters import (
    CollectionOrder,
    NameFilter,
    ProductFilter,
    ProductOrder,
    StockMoveFilter,
    StockMoveKind,
    StockMoveOrder,
)
from schema.connections import DEFAULT_PAGE, Connection, connection, paged
from schema.context import Info, level
from schema.enums import described
from schema.nodes import TYPES, Node, column, load, node, one

if TYPE_CHECKING:
    from schema.accounts.types import Store, User
    from schema.receipts.types import Item
    from schema.sales.orders import Order

StoreRef = Annotated["Store", strawberry.lazy("schema.accounts.types")]
UserRef = Annotated["User", strawberry.lazy("schema.accounts.types")]
ItemRef = Annotated["Item", strawberry.lazy("schema.receipts.types")]
OrderRef = Annotated["Order", strawberry.lazy("schema.sales.orders")]

CategoryKind = models.Category.Kind
described(
    CategoryKind,
    name="CategoryKind",
    description="What is sorted by a category.",
    values={"EXPENSE": "What the store buys.", "PRODUCT": "What the store sells."},
)


@node(models.Category, description="A way to sort bills, items and products.")
class Category(Node):
    needs = Permission.CATEGORY_VIEW

    name: auto = column("Name, once in a store.")
    kind: CategoryKind = column("What it sorts.")
    parent: Category | None = one("The category it is part of.", source="parent_id", to="Category")

    @strawberry.field(description="Whether it comes with the product and is the same for every store.")
    def built_in(self) -> bool:
        return self.store_id is None  # type: ignore[attr-defined]


async def categories_of(store: int, info: Info, kind: CategoryKind | None) -> list[Category]:
    """List the categories usable in a store, for all stores of a level in one statement."""
    viewer = info.context.user

    def batch(stores: list[int]) -> list[list[Any]]:
        rows = Category.rows(viewer).order_by("name", "pk")
        rows = rows.filter(kind=kind) if kind else rows
        found = list(rows)
        return [[row for row in found if row.store_id in (None, store)] for store in stores]

    found: list[Category] = await info.context.load(level(info), store, batch)
    return found


@node(models.Brand, description="Who makes products: an artist in a music store.")
class Brand(Node):
    needs = Permission.CATALOG_VIEW

    name: auto = column("Name, once in a store.")
    created_at: auto = column("When it was entered.")
    store: StoreRef | None = one("The store that it belongs to.", source="store_id", to="Store")
    collections: Connection[Annotated[Collection, strawberry.lazy("schema.catalog.types")]] = paged(
        "Its collections.",
        node="Collection",
        via="brand",
        order=CollectionOrder,
        default=CollectionOrder.NAME_ASC,
        filter=NameFilter,
    )
    products: Connection[Annotated[Product, strawberry.lazy("schema.catalog.types")]] = paged(
        "Its products.",
        node="Product",
        via="brand",
        order=ProductOrder,
        default=ProductOrder.NAME_ASC,
        filter=ProductFilter,
    )


@node(models.Collection, description="Products that belong together: an album in a music store.")
class Collection(Node):
    needs = Permission.CATALOG_VIEW

    name: auto = column("Name; two of one name may be two editions.")
    created_at: auto = column("When it was entered.")
    store: StoreRef | None = one("The store that it belongs to.", source="store_id", to="Store")
    brand: Brand | None = one("The brand that it is of.", source="brand_id", to="Brand")
    products: Connection[Annotated[Product, strawberry.lazy("schema.catalog.types")]] = paged(
        "What is in it.",
        node="Product",
        via="collection",
        order=ProductOrder,
        default=ProductOrder.NAME_ASC,
        filter=ProductFilter,
    )


@node(models.Product, description="What the store sells: a track in a music store.")
class Product(Node):
    needs = Permission.CATALOG_VIEW

    name: auto = column("Name.")
    sku: auto = column("The store's own number for it, once in a store; empty for none.")
    barcode: auto = column("What a scanner reads, once in a store; empty for none.")
    unit: auto = column("What one of it is, such as kg; empty for pieces.")
    unit_price: auto = column("Price of one unit.")
    cost: auto = column("What one unit costs the store; null where it is not known.")
    tracks_stock: auto = column("Whether stock is kept of it.")
    stock_on_hand: auto = column("Units on hand: the sum of its moves, never below 0.")
    low_stock_threshold: auto = column("It is low in stock from here on down; null for no such point.")
    attributes: JSON = column("What else is known of it, by name: a composer, a length in milliseconds.")
    archived_at: auto = column("Since when it is off sale; null for a product on sale.")
    created_at: auto = column("When it was entered.")
    updated_at: auto = column("When it or its stock was last changed.")
    store: StoreRef | None = one("The store that it belongs to.", source="store_id", to="Store")
    category: Category | None = one("What kind of product it is.", source="category_id", to="Category")
    brand: Brand | None = one("Who makes it.", source="brand_id", to="Brand")
    collection: Collection | None = one("What it belongs to.", source="collection_id", to="Collection")
    stock_moves: Connection[Annotated[StockMove, strawberry.lazy("schema.catalog.types")]] = paged(
        "How its stock came to be, newest first.",
        node="StockMove",
        via="product",
        order=StockMoveOrder,
        default=StockMoveOrder.CREATED_AT_DESC,
        filter=StockMoveFilter,
    )

    @strawberry.field(description="ISO 4217 code of its price and cost: the store's.")
    async def currency(self, info: Info) -> str:
        row: Any = self
        stores = await info.context.load(level(info), row.store_id, dataloaders.currencies)
        return str(stores)

    @strawberry.field(
        description="What is left of all that it has brought, less its cost of today, as a share of it: 0.25 "
        "is a quarter. Of COMPLETED orders in the store's currency, as far as you may see them; null without "
        "any of them, and without a cost."
    )
    async def margin(self, info: Info) -> Decimal | None:
        viewer = info.context.user
        found: Decimal | None = await info.context.load(
            level(info), self.pk, lambda products: dataloaders.product_margins(viewer, products)
        )
        return found

    @strawberry.field(description="Whether it is on sale and has come down to its threshold.")
    def low_stock(self) -> bool:
        row: Any = self
        return bool(row.low_in_stock)


@node(models.StockMove, description="What came into stock or went out of it; never changed afterwards.")
class StockMove(Node):
    needs = Permission.CATALOG_VIEW

    kind: StockMoveKind = column("Why it moved.")
    quantity: auto = column("Units: in above 0, out below.")
    stock_after: auto = column("Units on hand after it.")
    note: auto = column("What was said about it.")
    created_at: auto = column("When it was entered.")
    product: Product | None = one("What moved.", source="product_id", to="Product")
    user: UserRef | None = one("Who moved it, if still in sight.", source="user_id", to="User")

    @strawberry.field(
        description="The line of a bill by which it came in, if one was named and is still there."
    )
    async def item(self, info: Info) -> ItemRef | None:
        row: Any = self
        if row.cause_kind != "item":
            return None
        found: ItemRef | None = await load(info, TYPES["Item"], int(row.cause_key))
        return found

    @strawberry.field(description="The order that it is kept for, or was sold or taken back with.")
    async def order(self, info: Info) -> OrderRef | None:
        row: Any = self
        if row.cause_kind != "order":
            return None
        found: OrderRef | None = await load(info, TYPES["Order"], int(row.cause_key))
        return found


async def low_stock(
    root: Any,
    info: Info,
    first: Annotated[int | None, strawberry.argument(description="Rows a page, 0 to 100.")] = DEFAULT_PAGE,
    after: Annotated[str | None, strawberry.argument(description="Start after this cursor.")] = None,
) -> Connection[Product]:
    """List the products of a store that are low in stock, the fewest first."""
    return connection(
        info,
        node=TYPES["Product"],
        via="store",
        parent=root.pk,
        by=ProductOrder.STOCK_ASC.value,
        first=first,
        after=after,
        filter=ProductFilter(low_stock=True),
    )
