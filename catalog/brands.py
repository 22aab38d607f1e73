"""Keep a store's brands and collections."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction

from catalog.models import Brand, Collection, Product
from core import audit
from core.errors import Code, Refused
from core.fields import named
from core.models import Store, User

MAX_NAME = 200
COLLECTION_PICTURE = ("name", "brand")


@transaction.atomic
def create_brand(*, store: Store, by: User, name: str) -> Brand:
    """Add a brand.

    Raises: Refused with REQUIRED, INVALID or TAKEN.
    """
    brand = Brand(store=store, name=_name(name))
    _save(brand)
    audit.record(store=store, by=by, action="brand.create", node=brand, after={"name": brand.name})
    return brand


@transaction.atomic
def rename_brand(*, brand: Brand, by: User, name: str) -> Brand:
    """Rename a brand.

    Raises: Refused with REQUIRED, INVALID or TAKEN.
    """
    before, brand.name = {"name": brand.name}, _name(name)
    _save(brand)
    after = {"name": brand.name}
    audit.record(store=brand.store, by=by, action="brand.rename", node=brand, before=before, after=after)
    return brand


@transaction.atomic
def merge_brands(*, source: Brand, into: Brand, by: User) -> Brand:
    """Move all products and collections of one brand to another, and remove it.

    Raises: Refused with INVALID for one and the same, or for brands of two stores.
    """
    pair = Brand.objects.filter(pk__in=[source.pk, into.pk], store=into.store)
    if len(pair.order_by("pk").select_for_update()) != 2:  # a twin may have merged them just now
        raise Refused(Code.INVALID, "Choose two brands of one store.", "into")
    products = Product.objects.filter(brand=source).update(brand=into)
    collections = Collection.objects.filter(brand=source).update(brand=into)
    audit.record(
        store=into.store,
        by=by,
        action="brand.merge",
        node=into,
        before={
            "name": source.name,
            "key": source.pk,
            "products": products,
            "collections": collections,
        },
    )
    source.delete()
    return into


@transaction.atomic
def create_collection(*, store: Store, by: User, name: str, brand: Brand | None = None) -> Collection:
    """Add a collection, of a brand where it is one's.

    Raises: Refused with REQUIRED or INVALID.
    """
    collection = Collection.objects.create(store=store, name=_name(name), brand=_of(store, brand))
    after = audit.picture(collection, *COLLECTION_PICTURE)
    audit.record(store=store, by=by, action="collection.create", node=collection, after=after)
    return collection


@transaction.atomic
def update_collection(*, collection: Collection, by: User, changes: dict[str, Any]) -> Collection:
    """Change the name or the brand of a collection.

    Raises: Refused with REQUIRED or INVALID.
    """
    before = audit.picture(collection, *COLLECTION_PICTURE)
    if "name" in changes:
        collection.name = _name(changes["name"] or "")
    if "brand" in changes:
        collection.brand = _of(collection.store, changes["brand"])
    collection.save()
    after = audit.picture(collection, *COLLECTION_PICTURE)
    audit.record(
        store=collection.store,
        by=by,
        action="collection.update",
        node=collection,
        before=before,
        after=after,
    )
    return collection


def _save(brand: Brand) -> None:
    try:
        with transaction.atomic():
            brand.save()
    except IntegrityError as error:
        raise Refused(Code.TAKEN, "There is a brand of this name: merge the two.", "name") from error


def _name(text: str) -> str:
    return named(" ".join(text.split()), MAX_NAME, "name")


def _of(store: Store, brand: Brand | None) -> Brand | None:
    if brand is not None and brand.store_id != store.pk:
        raise Refused(Code.INVALID, "This brand is another store's.", "brand")
    return brand
