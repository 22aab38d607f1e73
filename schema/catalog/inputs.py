"""What commands on the catalogue take. In an update, a field that is left out stays as it is."""

from __future__ import annotations

from decimal import Decimal

import strawberry
from strawberry.scalars import JSON

from schema.commands import IDEMPOTENCY_KEY
from schema.receipts.inputs import entry


@strawberry.input(description="A brand to add to a store.")
class CreateBrandInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    name: str = strawberry.field(description="Name, once in a store; at most 200 characters.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="A brand's new name.")
class RenameBrandInput:
    brand: strawberry.ID = strawberry.field(description="The brand.")
    name: str = strawberry.field(description="Name, once in a store; at most 200 characters.")


@strawberry.input(description="Two brands that are one.")
class MergeBrandsInput:
    source: strawberry.ID = strawberry.field(description="The brand that is removed.")
    into: strawberry.ID = strawberry.field(
        description="The brand that takes over its products and collections."
    )


@strawberry.input(description="A collection to add to a store.")
class CreateCollectionInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    name: str = strawberry.field(description="Name; at most 200 characters.")
    brand: strawberry.ID | None = strawberry.field(default=None, description="The brand that it is of.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="Changes to a collection; a field left out stays.")
class UpdateCollectionInput:
    collection: strawberry.ID = strawberry.field(description="The collection.")
    name: str | None = entry("Name; at most 200 characters.")
    brand: strawberry.ID | None = entry("The brand that it is of; null for none.")


@strawberry.input(description="A product to add to a store.")
class CreateProductInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    name: str = strawberry.field(description="Name; at most 200 characters.")
    unit_price: Decimal = strawberry.field(
        description="Price of one unit in the store's currency; two decimal places."
    )
    sku: str | None = entry("The store's own number for it, once in a store; at most 64 characters.")
    barcode: str | None = entry("What a scanner reads, once in a store; at most 64 characters.")
    unit: str | None = entry("What one of it is, such as kg; at most 20 characters.")
    cost: Decimal | None = entry("What one unit costs the store; two decimal places.")
    category: strawberry.ID | None = entry("A category of the kind PRODUCT.")
    brand: strawberry.ID | None = entry("Who makes it; its collection's brand if left out.")
    collection: strawberry.ID | None = entry("What it belongs to.")
    tracks_stock: bool | None = entry("Whether stock is kept of it; true if left out.")
    low_stock_threshold: Decimal | None = entry("Low in stock from here on down; three decimal places.")
    attributes: JSON | None = entry(
        "An object of at most 50 names of at most 40 characters; 3 levels, 8,000 bytes."
    )
    opening_stock: Decimal | None = entry("Units on hand now, kept as its first count.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="Changes to a product; null empties a field, a field left out stays.")
class UpdateProductInput:
    product: strawberry.ID = strawberry.field(description="The product.")
    name: str | None = entry("Name; at most 200 characters.")
    unit_price: Decimal | None = entry("Price of one unit in the store's currency; two decimal places.")
    sku: str | None = entry("The store's own number for it, once in a store; at most 64 characters.")
    barcode: str | None = entry("What a scanner reads, once in a store; at most 64 characters.")
    unit: str | None = entry("What one of it is, such as kg; at most 20 characters.")
    cost: Decimal | None = entry("What one unit costs the store; two decimal places.")
    category: strawberry.ID | None = entry("A category of the kind PRODUCT.")
    brand: strawberry.ID | None = entry("Who makes it.")
    collection: strawberry.ID | None = entry("What it belongs to.")
    tracks_stock: bool | None = entry("Whether stock is kept of it.")
    low_stock_threshold: Decimal | None = entry("Low in stock from here on down; three decimal places.")
    attributes: JSON | None = entry(
        "All of its attributes: at most 50 names of at most 40 characters; 3 levels, 8,000 bytes."
    )


@strawberry.input(description="A product to take off sale or bring back.")
class ArchiveProductInput:
    product: strawberry.ID = strawberry.field(description="The product.")
    archived: bool = strawberry.field(default=True, description="Take off sale, or bring back.")


@strawberry.input(description="From when on a product is low in stock.")
class SetLowStockThresholdInput:
    product: strawberry.ID = strawberry.field(description="The product.")
    threshold: Decimal | None = strawberry.field(description="Units on hand; null for no such point.")


@strawberry.input(description="A purchase that came in.")
class ReceiveStockInput:
    product: strawberry.ID = strawberry.field(description="What came in.")
    quantity: Decimal = strawberry.field(description="Units, above 0; three decimal places.")
    item: strawberry.ID | None = strawberry.field(
        default=None, description="The line of a bill that it was bought by; each comes in once."
    )
    note: str = strawberry.field(default="", description="Your own words; at most 500 characters.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="What was counted.")
class CountStockInput:
    product: strawberry.ID = strawberry.field(description="What was counted.")
    counted: Decimal = strawberry.field(description="Units that are there; three decimal places.")
    expected: Decimal | None = strawberry.field(
        default=None, description="`stockOnHand` when you began: refused where it has changed since."
    )
    note: str = strawberry.field(default="", description="Your own words; at most 500 characters.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="What is broken, spoilt or lost.")
class WasteStockInput:
    product: strawberry.ID = strawberry.field(description="What is lost.")
    quantity: Decimal = strawberry.field(description="Units, above 0; three decimal places.")
    note: str = strawberry.field(default="", description="Your own words; at most 500 characters.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="Which product a line of a bill has bought.")
class LinkItemProductInput:
    item: strawberry.ID = strawberry.field(description="The line.")
    product: strawberry.ID | None = strawberry.field(description="The product; null for none.")
