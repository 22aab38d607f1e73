"""Analyses that were kept, and what the books say of trends and of changes."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import auto

from core.roles import Permission
from insights import models
from insights.analyses import Period
from schema.catalog.types import Category
from schema.connections import By
from schema.filters import Filter
from schema.insights.metrics import figure
from schema.nodes import Node, column, node, one
from schema.receipts.filters import order

if TYPE_CHECKING:
    from schema.accounts.types import Store

StoreRef = Annotated["Store", strawberry.lazy("schema.accounts.types")]

AnalysisOrder: Any = order(
    "AnalysisOrder",
    "An order of kept analyses.",
    START_DESC=By("start", descending=True),
    START_ASC=By("start"),
)


@strawberry.input(description="Which kept analyses to list; an analysis must fit all that is said.")
class AnalysisFilter(Filter):
    period: Period | None = strawberry.field(default=None, description="Weeks alone, or months alone.")
    complete: bool | None = strawberry.field(
        default=None, description="Only of periods that are over, or only of those that go on; null for both."
    )

    def narrow(self, rows: Any) -> Any:
        if self.period is not None:
            rows = rows.filter(period=self.period)
        return rows if self.complete is None else rows.complete(self.complete)


@strawberry.type(description="What went to a category, as it was called then.")
class KeptCategory:
    category_id: strawberry.Private[int]
    category: Category | None = one("The category, if in sight.", source="category_id", to="Category")
    name: str = figure("Its name then.")
    total: Decimal = figure("Sum of its bills, in the analysis' currency.")
    count: int = figure("How many bills.")
    share: Decimal | None = figure("Its part of all, 1 being all, to four places; null where that is zero.")


@node(
    models.Analysis,
    description="A week or a month as the night has kept it: amounts are in `currency`, the store's then. "
    "It is computed again every night until the period after it is over; `Analytics.analysis` is of now.",
)
class AnalysisSnapshot(Node):
    needs = Permission.INSIGHT_VIEW

    period: Period = column("Week or month.")
    start: auto = column("The first day, in the store's zone.")
    end: auto = column("The day after the last.")
    until: auto = column("The day after the last that was looked at: `end` once the period is over.")
    currency: auto = column("ISO 4217 code of the amounts.")
    spend: auto = column("Sum of the bills that are not VOID.")
    bill_count: auto = column("How many bills.")
    needs_review_count: auto = column("How many of the bills nobody had confirmed.")
    revenue: auto = column("Sum of the COMPLETED orders.")
    order_count: auto = column("How many orders.")
    profit: auto = column("What order lines brought, less the cost of products; null where no cost is known.")
    energy_kwh: auto = column("Energy measured, in kWh.")
    energy_cost: auto = column("What that cost; null where no tariff holds.")
    created_at: auto = column("When it was first computed.")
    updated_at: auto = column("When it was last computed.")
    store: StoreRef | None = one("The store that it is of.", source="store_id", to="Store")

    @strawberry.field(description="What was spent, by category, largest first.")
    def by_category(self) -> list[KeptCategory]:
        row: Any = self
        return [
            KeptCategory(
                category_id=kept["category"],
                name=kept["name"],
                total=Decimal(kept["total"]),
                count=kept["count"],
                share=None if kept["share"] is None else Decimal(kept["share"]),
            )
            for kept in row.categories
        ]
