"""Suggestions: what may save or bring money, with the rows and figures that say so."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import auto

from core.roles import Permission
from insights import models
from schema.context import Info
from schema.insights.evidence import row_of
from schema.insights.suggestion_filters import SuggestionKind, SuggestionSource, SuggestionStatus
from schema.nodes import Node, column, node, one

if TYPE_CHECKING:
    from schema.accounts.types import Store, User

StoreRef = Annotated["Store", strawberry.lazy("schema.accounts.types")]
UserRef = Annotated["User", strawberry.lazy("schema.accounts.types")]


@strawberry.type(description="A row behind a suggestion, with what it adds to it.")
class SuggestionEvidence:
    kind: strawberry.Private[str]
    key: strawberry.Private[int | None]
    name: str = strawberry.field(description="What it was called then.")
    label: str = strawberry.field(description="What the value is, such as its total.")
    value: Decimal = strawberry.field(description="The value.")
    unit: str = strawberry.field(
        description="ISO 4217 code, kWh, kW, or h for hours; empty for a plain number."
    )

    @strawberry.field(description="The row; null where it is gone, out of sight, or no row.")
    async def node(self, info: Info) -> Node | None:
        found: Node | None = await row_of(info, self.kind, self.key)
        return found


@strawberry.type(description="A number or a name that stands in the text of a suggestion.")
class SuggestionFigure:
    name: str = strawberry.field(description="For programs: what it stands for in texts of this kind.")
    shown: str = strawberry.field(description="As it is written, with its unit.")


@node(models.Suggestion, description="What may save or bring money; one cause makes one suggestion.")
class Suggestion(Node):
    needs = Permission.INSIGHT_VIEW

    kind: SuggestionKind = column("What it is about.")
    text: auto = column("What to do and why, in a sentence or two.")
    source: SuggestionSource = column("Whose words the text is in.")
    saving: auto = column("An estimate of what it is worth a month; null where that is no money.")
    currency: auto = column("ISO 4217 code of the saving.")
    confidence: auto = column("From 0 to 1: by how much the rule saw, and what it cannot see.")
    status: SuggestionStatus = column("What became of it.")
    found_on: auto = column("The last day on which the books showed it.")
    decided_at: auto = column("When somebody accepted or dismissed it; null while nobody has.")
    decided_by: UserRef | None = one("Who did, if in sight.", source="decided_by_id", to="User")
    reason: auto = column("Why it was dismissed, if somebody said so; else empty.")
    created_at: auto = column("When it was made.")
    store: StoreRef | None = one("The store that it belongs to.", source="store_id", to="Store")

    @strawberry.field(description="The rows that it stands on: the plainest ones, not always all.")
    def evidence(self) -> list[SuggestionEvidence]:
        return [SuggestionEvidence(**row | {"value": Decimal(row["value"])}) for row in _row(self).evidence]

    @strawberry.field(description="Every number and name in the rule's own text.")
    def figures(self) -> list[SuggestionFigure]:
        return [SuggestionFigure(name=name, shown=shown) for name, shown in _row(self).figures.items()]


def _row(suggestion: Suggestion) -> Any:
    return suggestion  # at run time a node is its model's row
