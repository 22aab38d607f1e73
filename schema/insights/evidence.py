"""Rows that a figure stands on, of whatever type: kept by type and key, seen as far as the viewer may."""

from __future__ import annotations

from typing import Any

import strawberry

from schema.context import Info
from schema.nodes import TYPES, Node, load

KINDS = {
    "BILL": "Bill",
    "ITEM": "Item",
    "ORDER": "Order",
    "MERCHANT": "Merchant",
    "CATEGORY": "Category",
    "PRODUCT": "Product",
    "DEVICE": "Device",
    "READING": "Reading",
    "TARIFF": "Tariff",
}


async def row_of(info: Info, kind: str, key: int | None) -> Any:
    """Load a row by its kind and key; None where it is out of sight, gone, or known by its name alone."""
    if key is None or kind not in KINDS:
        return None
    return await load(info, TYPES[KINDS[kind]], key)


@strawberry.type(description="A row that a suggestion stands on.")
class Evidence:
    kind: strawberry.Private[str]
    key: strawberry.Private[int]
    name: str = strawberry.field(description="What it was called then.")

    @strawberry.field(description="The row; null where it is gone or out of your sight.")
    async def node(self, info: Info) -> Node | None:
        found: Node | None = await row_of(info, self.kind, self.key)
        return found
