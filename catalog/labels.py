"""What an import sorts products under, by name: categories, brands and collections."""

from __future__ import annotations

from typing import Any

from catalog.models import Brand, Category, Collection, Product
from catalog.services import MAX_OWN
from core import fields
from core.errors import Code, Refused
from core.imports import save
from core.models import Store
from core.tables import Row

LABELS = ("category", "brand", "collection")


class Labels:
    """Categories, brands and collections by their names, those to come among them."""

    def __init__(self, store: Store) -> None:
        self.store = store
        sold = Category.objects.usable_in(store).filter(kind=Category.Kind.PRODUCT)
        self.categories: dict[str, Category] = {category.name.lower(): category for category in sold}
        self.brands: dict[str, Brand] = {brand.name.lower(): brand for brand in Brand.objects.of(store)}
        self.collections: dict[str, list[Collection]] = {}
        for collection in Collection.objects.of(store).select_related("brand").order_by("pk"):
            self.collections.setdefault(collection.name.lower(), []).append(collection)
        self.room = MAX_OWN - Category.objects.of(store).count()
        self.new: list[Category | Brand | Collection] = []

    def of(self, row: Row, product: Product) -> dict[str, Any]:
        """Find what a row names, and make what is not there.

        Raises: Refused, before anything is made.
        """
        names = {label: _name(label, row.cells[label]) for label in LABELS if label in row.cells}
        found: dict[str, Any] = {}
        if "category" in names:
            found["category"] = self._category(names["category"])
        if "brand" in names:
            found["brand"] = self._brand(names["brand"])
        if "collection" in names:
            found["collection"] = collection = self._collection(names["collection"], found.get("brand"))
            if product.pk is None and collection.brand is not None:
                found.setdefault("brand", collection.brand)
        return found

    def _category(self, name: str) -> Category:
        if name.lower() not in self.categories:
            if self.room <= 0:
                raise Refused(Code.CONFLICT, f"A store has at most {MAX_OWN} categories.", "category")
            self.room -= 1
            made = Category(store=self.store, name=name, kind=Category.Kind.PRODUCT)
            self.categories[name.lower()] = made
            self.new.append(made)
        return self.categories[name.lower()]

    def _brand(self, name: str) -> Brand:
        if name.lower() not in self.brands:
            self.brands[name.lower()] = made = Brand(store=self.store, name=name)
            self.new.append(made)
        return self.brands[name.lower()]

    def _collection(self, name: str, brand: Brand | None) -> Collection:
        """Choose among those of a name the brand's own; where no brand is named, the first."""
        same = self.collections.setdefault(name.lower(), [])
        for collection in same:
            if brand is None or (collection.brand and collection.brand.name.lower() == brand.name.lower()):
                return collection
        same.append(Collection(store=self.store, name=name, brand=brand))
        self.new.append(same[-1])
        return same[-1]

    def save(self) -> None:
        for kind in (Category, Brand, Collection):
            save([row for row in self.new if isinstance(row, kind)], [], [])


def _name(label: str, text: str) -> str:
    limit = 100 if label == "category" else 200
    return fields.named(" ".join(text.split()), limit, label)
