"""Rows that a figure stands on, of whatever type: kept by type and key, seen as far as the viewer may."""

from __future__ import annotations

from typing import Any

from schema.context import Info
from schema.nodes import TYPES, load

KINDS = {
    "BILL": "Bill",
    "ITEM": "Item",
    "ORDER": "Order",
    "MERCHANT": "Merchant",
    "CATEGORY": "Category",
    "PRODUCT": "Product",
    "DEVICE": "Device",
}


async def row_of(info: Info, kind: str, key: int | None) -> Any:
    """Load a row by its kind and key; None where it is out of sight, gone, or known by its name alone."""
    if key is None or kind not in KINDS:
        return None
    return await load(info, TYPES[KINDS[kind]], key)
