"""Keep a store's products. What is on hand is changed by catalog.stock alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog import figures, stock
from catalog.models import Category, Product
from core import audit
from core.errors import Code, Refused
from core.fields import camel, named, short
from core.models import Store, User

LIMITS = {"sku": 64, "barcode": 64, "unit": 20}
PICTURE = (
    "name", "sku", "barcode", "unit", "unit_price", "cost", "category", "brand", "collection", "tracks_stock",
    "low_stock_threshold", "attributes",
)  # fmt: skip
REQUIRED = ("name", "unit_price", "tracks_stock")


@transaction.atomic
def create(*, store: Store, by: User, values: dict[str, Any], opening_stock: Decimal = Decimal(0)) -> Product:
    """Add a product; `values` names columns, `opening_stock` is kept as its first count.

    Raises: Refused with REQUIRED, INVALID or TAKEN, and the field at fault.
    """
    present = {name: value for name, value in values.items() if value is not None}
    for name in ("name", "unit_price"):
        present.setdefault(name, None)
    product = Product(store=store, **checked(store, present))
    if product.collection is not None and "brand" not in present:
        product.brand = product.collection.brand
    _save(product)
    audit.record(
        store=store, by=by, action="product.create", node=product, after=audit.picture(product, *PICTURE)
    )
    if opening := figures.quantity(opening_stock, "openingStock"):
        if not product.tracks_stock:
            raise Refused(Code.INVALID, "This product keeps no stock.", "openingStock")
        stock.count(product=product, by=by, counted=opening)
    return product


@transaction.atomic
def update(*, product: Product, by: User, changes: dict[str, Any]) -> Product:
    """Change some columns of a product; None empties one.

    Raises: Refused with REQUIRED, INVALID or TAKEN, and the field at fault.
    """
    product = Product.objects.select_for_update(of=("self",)).select_related("store").get(pk=product.pk)
    before = audit.picture(product, *PICTURE)
    changes = checked(product.store, changes)
    for name, value in changes.items():
        setattr(product, name, value)
    _save(product, *changes)
    after = audit.picture(product, *PICTURE)
    if after != before:
        audit.record(
            store=product.store, by=by, action="product.update", node=product, before=before, after=after
        )
    return product


@transaction.atomic
def archive(*, product: Product, by: User, archived: bool = True) -> Product:
    """Take a product off sale, or bring it back; its past stays."""
    rows = Product.objects.filter(pk=product.pk, archived_at__isnull=archived)
    if rows.update(archived_at=timezone.now() if archived else None, updated_at=timezone.now()):
        action = "product.archive" if archived else "product.restore"
        audit.record(store=product.store, by=by, action=action, node=product)
    return product


def checked(store: Store, values: dict[str, Any]) -> dict[str, Any]:
    """Refuse what the columns cannot hold, and give the values as they are kept."""
    for name in REQUIRED:
        if name in values and values[name] is None:
            raise Refused(Code.REQUIRED, "This cannot be empty.", camel(name))
    return {name: _value(store, name, value) for name, value in values.items()}


def _value(store: Store, name: str, value: Any) -> Any:
    if name == "name":
        return named(" ".join(value.split()), 200, "name")
    if name in LIMITS:
        return short(value or "", LIMITS[name], name)
    if name == "attributes":
        return figures.attributes(value or {}, "attributes")
    if value is None:
        return None
    if name in ("unit_price", "cost"):
        return figures.price(value, camel(name))
    if name == "low_stock_threshold":
        return figures.quantity(value, camel(name))
    if name == "category":
        return _category(store, value)
    if name in ("brand", "collection") and value.store_id != store.pk:
        raise Refused(Code.INVALID, f"This {name} is another store's.", name)
    return value


def _category(store: Store, category: Category) -> Category:
    if category.kind != Category.Kind.PRODUCT or category.store_id not in (None, store.pk):
        raise Refused(Code.INVALID, "This is no category of what the store sells.", "category")
    return category


def _save(product: Product, *changed: str) -> None:
    """Write a new product, or the columns that have changed: never what is on hand."""
    try:
        with transaction.atomic():
            product.save(update_fields=[*changed, "updated_at"] if product.pk else None)
    except IntegrityError as error:
        others = Product.objects.filter(store=product.store).exclude(pk=product.pk)
        same_sku = product.sku and others.filter(sku__iexact=product.sku).exists()
        field, word = ("sku", "SKU") if same_sku else ("barcode", "barcode")
        raise Refused(Code.TAKEN, f"Another product has this {word}.", field) from error
