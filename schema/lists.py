"""What hangs off a row without pages: all of a few rows, or the first of many. One statement a level."""

from __future__ import annotations

from typing import Any

import strawberry
from django.db.models import F, OuterRef, QuerySet

from schema.connections import PARENT, By, Listing
from schema.context import Info, level
from schema.nodes import TYPES, Few


def foremost(description: str, *, node: str, via: str, by: By, among: str = "") -> Any:
    """Declare a field that is the first in an order of the rows of `node` that lead to this row by `via`."""

    async def resolve(root: Any, info: Info) -> Any:
        listing = Listing(node=TYPES[node], via=via, by=by, first=1, among=among)
        user = info.context.user
        page = await info.context.load(level(info), root.pk, lambda keys: listing.pages(user, keys))
        return page.rows[0] if page.rows else None

    def rows(visible: QuerySet[Any]) -> QuerySet[Any]:
        visible = getattr(visible, among)() if among else visible
        return by.apply(visible.filter(**{via: OuterRef("pk")}))

    plan = Few(node=node, rows=rows, via=via, first=True)
    return strawberry.field(resolver=resolve, description=description, metadata={"plan": plan})


def whole(description: str, *, node: str, via: str, by: By) -> Any:
    """Declare a field that lists all rows of `node` that lead to this row by `via`: few, by their nature."""

    async def resolve(root: Any, info: Info) -> Any:
        user = info.context.user

        def batch(parents: list[int]) -> list[list[Any]]:
            found: dict[int, list[Any]] = {parent: [] for parent in parents}
            rows = TYPES[node].rows(user).filter(**{f"{via}__in": parents}).annotate(**{PARENT: F(via)})
            for row in by.apply(rows):
                found[getattr(row, PARENT)].append(row)
            return [found[parent] for parent in parents]

        return await info.context.load(level(info), root.pk, batch)

    def rows(visible: QuerySet[Any]) -> QuerySet[Any]:
        return by.apply(visible.filter(**{via: OuterRef("pk")}))

    plan = Few(node=node, rows=rows, via=via)
    return strawberry.field(resolver=resolve, description=description, metadata={"plan": plan})
