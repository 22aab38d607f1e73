"""Brands, collections and products entered and changed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import strawberry

from catalog import brands, products
from core.errors import Refused
from core.roles import Permission
from schema.catalog import inputs
from schema.catalog.types import Brand, Collection, Product
from schema.commands import Answer, Caller, Payload, command, given, written

REFERENCES = {"category": "Category", "brand": "Brand", "collection": "Collection"}


@strawberry.type(description="A brand, as it is now.")
class BrandPayload(Payload):
    brand: Brand | None = written("The brand.", to="Brand", key="brand")


@strawberry.type(description="A collection, as it is now.")
class CollectionPayload(Payload):
    collection: Collection | None = written("The collection.", to="Collection", key="collection")


@strawberry.type(description="A product, as it is now.")
class ProductPayload(Payload):
    product: Product | None = written("The product.", to="Product", key="product")


@command(BrandPayload, description="Add a brand.", needs=Permission.CATALOG_EDIT)
def create_brand(caller: Caller, input: inputs.CreateBrandInput) -> Answer:
    store = caller.store(input.store)
    return caller.once(
        lambda: {"brand": brands.create_brand(store=store, by=caller.user, name=input.name).pk}
    )


@command(BrandPayload, description="Rename a brand.", needs=Permission.CATALOG_EDIT)
def rename_brand(caller: Caller, input: inputs.RenameBrandInput) -> Answer:
    brand = caller.find(input.brand, "Brand", "brand")
    return {"brand": brands.rename_brand(brand=brand, by=caller.user, name=input.name).pk}


@command(
    BrandPayload,
    description="Move all products and collections of a brand to another and remove it.",
    needs=Permission.CATALOG_EDIT,
)
def merge_brands(caller: Caller, input: inputs.MergeBrandsInput) -> Answer:
    source = caller.find(input.source, "Brand", "source")
    into = caller.find(input.into, "Brand", "into")
    return {"brand": brands.merge_brands(source=source, into=into, by=caller.user).pk}


@command(CollectionPayload, description="Add a collection.", needs=Permission.CATALOG_EDIT)
def create_collection(caller: Caller, input: inputs.CreateCollectionInput) -> Answer:
    store = caller.store(input.store)
    brand = caller.see(input.brand, "Brand", "brand") if input.brand is not None else None

    def run() -> Answer:
        made = brands.create_collection(store=store, by=caller.user, name=input.name, brand=brand)
        return {"collection": made.pk}

    return caller.once(run)


@command(CollectionPayload, description="Change a collection's name or brand.", needs=Permission.CATALOG_EDIT)
def update_collection(caller: Caller, input: inputs.UpdateCollectionInput) -> Answer:
    collection = caller.find(input.collection, "Collection", "collection")
    changes = given(input)
    del changes["collection"]
    changes = _looked_up(caller, changes)
    changed = brands.update_collection(collection=collection, by=caller.user, changes=changes)
    return {"collection": changed.pk}


@command(ProductPayload, description="Add a product.", needs=Permission.CATALOG_EDIT)
def create_product(caller: Caller, input: inputs.CreateProductInput) -> Answer:
    store = caller.store(input.store)
    values = given(input)
    del values["store"]
    opening: Decimal = values.pop("opening_stock", None) or Decimal(0)
    values = _looked_up(caller, values)

    def run() -> Answer:
        made = products.create(store=store, by=caller.user, values=values, opening_stock=opening)
        return {"product": made.pk}

    return caller.once(run)


@command(ProductPayload, description="Change a product.", needs=Permission.CATALOG_EDIT)
def update_product(caller: Caller, input: inputs.UpdateProductInput) -> Answer:
    product = caller.find(input.product, "Product", "product")
    changes = given(input)
    del changes["product"]
    changes = _looked_up(caller, changes)
    return {"product": products.update(product=product, by=caller.user, changes=changes).pk}


@command(
    ProductPayload,
    description="Take a product off sale, or bring it back; its past stays.",
    needs=Permission.CATALOG_EDIT,
)
def archive_product(caller: Caller, input: inputs.ArchiveProductInput) -> Answer:
    product = caller.find(input.product, "Product", "product")
    return {"product": products.archive(product=product, by=caller.user, archived=input.archived).pk}


@command(
    ProductPayload,
    description="Say from when on a product is low in stock.",
    needs=Permission.CATALOG_EDIT,
)
def set_low_stock_threshold(caller: Caller, input: inputs.SetLowStockThresholdInput) -> Answer:
    product = caller.find(input.product, "Product", "product")
    changes = {"low_stock_threshold": input.threshold}
    try:
        return {"product": products.update(product=product, by=caller.user, changes=changes).pk}
    except Refused as refusal:
        raise Refused(refusal.code, refusal.message, "threshold") from refusal


def _looked_up(caller: Caller, values: dict[str, Any]) -> dict[str, Any]:
    """Find the rows that an input refers to by their ids."""
    return {
        name: caller.see(sent, REFERENCES[name], name) if name in REFERENCES and sent is not None else sent
        for name, sent in values.items()
    }


@strawberry.type
class ProductMutations:
    create_brand = create_brand
    rename_brand = rename_brand
    merge_brands = merge_brands
    create_collection = create_collection
    update_collection = update_collection
    create_product = create_product
    update_product = update_product
    archive_product = archive_product
    set_low_stock_threshold = set_low_stock_threshold
