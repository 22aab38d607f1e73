"""Which products, brands, collections and moves of stock to list, and in which order."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import reduce
from operator import or_
from typing import Any

import strawberry
from django.db.models import Q, QuerySet

from catalog import models
from schema.connections import By
from schema.enums import described
from schema.filters import Filter, Term
from schema.nodes import TYPES, key_of
from schema.receipts.filters import cents, contains, order, searched

SEARCHED = ("name", "sku", "barcode", "brand__name", "collection__name")

StockMoveKind = models.StockMove.Kind
described(
    StockMoveKind,
    name="StockMoveKind",
    description="Why stock moved.",
    values={
        "PURCHASE": "It was bought.",
        "COUNT": "It was counted: the difference to what the books said, 0 where they were right.",
        "WASTE": "It was broken, spoilt or lost.",
        "SALE": "It was sold.",
        "REFUND": "It came back from a customer.",
        "RESERVE": "It is kept for an order.",
        "RELEASE": "It is no longer kept for an order.",
    },
)
ProductOrder: Any = order(
    "ProductOrder",
    "An order of products.",
    NAME_ASC=By("name"),
    NAME_DESC=By("name", descending=True),
    PRICE_ASC=By("unit_price"),
    PRICE_DESC=By("unit_price", descending=True),
    STOCK_ASC=By("stock_on_hand"),
    STOCK_DESC=By("stock_on_hand", descending=True),
    CREATED_AT_DESC=By("created_at", descending=True),
    CREATED_AT_ASC=By("created_at"),
)
BrandOrder: Any = order(
    "BrandOrder",
    "An order of brands.",
    NAME_ASC=By("name"),
    NAME_DESC=By("name", descending=True),
    CREATED_AT_DESC=By("created_at", descending=True),
)
CollectionOrder: Any = order(
    "CollectionOrder",
    "An order of collections.",
    NAME_ASC=By("name"),
    NAME_DESC=By("name", descending=True),
    CREATED_AT_DESC=By("created_at", descending=True),
)
StockMoveOrder: Any = order(
    "StockMoveOrder",
    "An order of moves of stock.",
    CREATED_AT_DESC=By("created_at", descending=True),
    CREATED_AT_ASC=By("created_at"),
)


@strawberry.input(description="Which products to list; a product must fit all that is said.")
class ProductFilter(Filter):
    search: str | None = strawberry.field(
        default=None,
        description="Text in the name, the SKU, the barcode, or its brand's or collection's name.",
    )
    category: strawberry.ID | None = strawberry.field(default=None, description="In this category.")
    brand: strawberry.ID | None = strawberry.field(default=None, description="Of this brand.")
    collection: strawberry.ID | None = strawberry.field(default=None, description="In this collection.")
    low_stock: bool | None = strawberry.field(
        default=None, description="On sale and come down to its threshold, or not."
    )
    archived: bool | None = strawberry.field(
        default=None, description="Only archived ones, or only those on sale; null for both."
    )
    tracks_stock: bool | None = strawberry.field(default=None, description="Whether stock is kept of it.")
    min_price: Decimal | None = strawberry.field(default=None, description="At least this price a unit.")
    max_price: Decimal | None = strawberry.field(default=None, description="At most this price a unit.")

    def lookups(self) -> dict[str, Any]:
        return {
            "category": _key(self.category, "Category"),
            "brand": _key(self.brand, "Brand"),
            "collection": _key(self.collection, "Collection"),
            "archived_at__isnull": None if self.archived is None else not self.archived,
            "tracks_stock": self.tracks_stock,
            "unit_price__gte": None if self.min_price is None else cents(self.min_price, ROUND_CEILING),
            "unit_price__lte": None if self.max_price is None else cents(self.max_price, ROUND_FLOOR),
        }

    def terms(self) -> list[Term] | None:
        return searched(self.search)

    def holds(self, **term: Any) -> Q:
        return in_any(SEARCHED, term["text"])

    def narrow(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.low_stock is None:
            return rows
        low = models.ProductQuerySet(models.Product).low_in_stock().values("pk")
        return rows.filter(pk__in=low) if self.low_stock else rows.exclude(pk__in=low)


@strawberry.input(description="Which brands or collections to list.")
class NameFilter(Filter):
    search: str | None = strawberry.field(default=None, description="Text in the name.")

    def terms(self) -> list[Term] | None:
        return searched(self.search)

    def holds(self, **term: Any) -> Q:
        return contains("name", term["text"])


@strawberry.input(description="Which moves of stock to list.")
class StockMoveFilter(Filter):
    kind: list[StockMoveKind] | None = strawberry.field(default=None, description="Any of these.")

    def lookups(self) -> dict[str, Any]:
        return {"kind__in": self.kind}


def in_any(columns: Iterable[str], pattern: Any) -> Q:
    """Say that one of some columns holds the text of a pattern, in whatever case."""
    return reduce(or_, (contains(column, pattern) for column in columns), Q())


def _key(id: strawberry.ID | None, type_name: str) -> int | None:
    return None if id is None else key_of(id, TYPES[type_name])[1]
