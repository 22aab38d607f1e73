"""Products from a table: new ones are added, known ones changed where the table says something else."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction

from catalog import products
from catalog.labels import LABELS, Labels
from catalog.models import Product
from core import audit, fields, stores, tables
from core.errors import Code, Refused
from core.imports import Found, Key, Outcome, save
from core.models import Store, User
from core.tables import Row, Table

NAMES: tables.Names = {
    "name": ("product", "product name", "title", "item", "item name", "article", "artikel", "bezeichnung"),
    "sku": ("item number", "item no", "article number", "product code", "code", "artikelnummer"),
    "barcode": ("ean", "ean13", "gtin", "upc", "ean code"),
    "unit": ("unit of measure", "uom", "einheit"),
    "unit_price": ("price", "sale price", "selling price", "retail price", "sales price", "preis"),
    "cost": ("cost price", "unit cost", "purchase price", "buying price", "einkaufspreis"),
    "category": ("genre", "group", "product group", "department", "kategorie", "warengruppe"),
    "brand": ("artist", "maker", "manufacturer", "marke", "hersteller"),
    "collection": ("album", "series", "range", "kollektion"),
    "tracks_stock": ("track stock", "stock tracked", "manage stock"),
    "low_stock_threshold": ("low stock", "minimum stock", "min stock", "reorder level", "mindestbestand"),
}
COLUMNS = tuple(NAMES)
SHORTENED = re.compile(r"\d[.,]?\d*E\+\d+\Z", re.IGNORECASE)


@transaction.atomic
def import_products(*, store: Store, by: User | None, table: Table, dry_run: bool = False) -> Outcome:
    """Enter the good rows of a table; brands, collections and categories that are new are made.

    A product is known by its SKU, else by its barcode, else by its name. An empty cell changes nothing.

    Raises: Refused with CONFLICT.
    """
    run = _Run(stores.hold(store))
    run.outcome.each(table, run.take)
    run.save()
    outcome = run.outcome
    if outcome.new or outcome.changed:
        audit.record(store=store, by=by, action="product.import", node=store, after=outcome.counts)
    transaction.set_rollback(dry_run)
    return outcome


class _Run:
    """One import: what the store has, and what becomes of it row by row."""

    def __init__(self, store: Store) -> None:
        self.store, self.outcome, self.found = store, Outcome(), Found()
        held = Product.objects.of(store).order_by("pk").select_for_update(no_key=True)
        self.products = {product.pk: product for product in held}
        for product in self.products.values():
            self.found.add(product.pk, _keys(product))
        self.labels = Labels(store)

    def take(self, row: Row) -> None:
        """Make or change the product that a row is about.

        Raises: Refused, with the field at fault; nothing has changed then.
        """
        texts = {name: text for name, text in row.cells.items() if name not in LABELS}
        values = products.checked(self.store, {name: _value(name, text) for name, text in texts.items()})
        target = self._target(values)
        self._check_free(target, values)
        product = self.products[target] if target else self._made(values)
        values |= self.labels.of(row, product)
        different = [name for name, value in values.items() if _differs(product, name, value)]
        for name in different:
            setattr(product, name, values[name])
        self.found.take(row, target, _keys(product))
        self.outcome.settle(product, new=target is None, changed=bool(different))

    def _target(self, values: dict[str, Any]) -> int | None:
        sku, barcode, name = (values.get(column, "") for column in ("sku", "barcode", "name"))
        if sku:
            return self.found.one(_by_sku(sku))
        if barcode:
            return self.found.one(("barcode", barcode))
        if not name:
            raise Refused(Code.REQUIRED, "Give a name, a SKU or a barcode.", "name")
        return self.found.one(("bare name", name.lower()), ("name", name.lower()))

    def _check_free(self, target: int | None, values: dict[str, Any]) -> None:
        barcode = values.get("barcode")
        if barcode and self.found.others(target, ("barcode", barcode)):
            raise Refused(Code.TAKEN, "Another product has this barcode.", "barcode")

    def _made(self, values: dict[str, Any]) -> Product:
        products.checked(self.store, {name: values.get(name) for name in ("name", "unit_price")})
        return Product(store=self.store)

    def save(self) -> None:
        self.labels.save()
        save(self.outcome.new, self.outcome.changed, COLUMNS)


def _keys(product: Product) -> list[Key]:
    keys: list[Key] = [("name", product.name.lower())]
    if product.sku:
        keys.append(_by_sku(product.sku))
    if product.barcode:
        keys.append(("barcode", product.barcode))
    return keys if len(keys) > 1 else [*keys, ("bare name", product.name.lower())]


def _by_sku(sku: str) -> Key:
    return "sku", sku.lower()


def _value(name: str, text: str) -> Any:
    if name in ("unit_price", "cost", "low_stock_threshold"):
        return tables.number(text, fields.camel(name))
    if name == "tracks_stock":
        return tables.truth(text, fields.camel(name))
    if name in ("sku", "barcode") and SHORTENED.match(text):
        message = f"A spreadsheet has shortened this number to {text[:20]}: format the column as text."
        raise Refused(Code.INVALID, message, name)
    return text


def _differs(product: Product, name: str, value: Any) -> bool:
    if name in LABELS:
        return value.pk is None or getattr(product, f"{name}_id") != value.pk
    return bool(getattr(product, name) != value)
