"""Figures over the books of a store."""

from __future__ import annotations

from typing import Any

import strawberry


@strawberry.type(description="Every figure over the books of a store.")
class Analytics:
    store: strawberry.Private[Any]

    @strawberry.field(description="Currency of the figures.")
    def currency(self) -> str:
        return str(self.store.currency)
