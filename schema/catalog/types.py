"""Categories."""

from __future__ import annotations

from typing import Any

import strawberry
from strawberry import auto

from catalog import models
from core.roles import Permission
from schema.context import Info, level
from schema.enums import described
from schema.nodes import Node, column, node, one

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
