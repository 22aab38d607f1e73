"""Which suggestions to list, and in which order."""

from __future__ import annotations

from typing import Any

import strawberry

from insights.models import Suggestion
from insights.suggestions.found import Kind
from schema.connections import By
from schema.enums import described
from schema.filters import Filter
from schema.receipts.filters import order

SuggestionKind = Kind
described(
    SuggestionKind,
    name="SuggestionKind",
    description="What a suggestion is about; docs/suggestions.md says what each needs and cannot see.",
    values={
        "CHEAPER_SOURCE": "Something is bought from several merchants, and costs less at one of them.",
        "PRICE_RISE": "A merchant takes more for something than half a year ago.",
        "DUPLICATE_CHARGE": "A merchant charges the same amount twice a month.",
        "STANDING_CHARGE": "The same amount has been charged every month for half a year.",
        "UNCLAIMED_TAX": "Some bills of a merchant do not say their tax, though its others do.",
        "UNSORTED_SPENDING": "A good part of the spending is in the category for everything else.",
        "NIGHT_BASE_LOAD": "More power is drawn at night than the devices explain. Needs ENERGY_VIEW.",
        "DEVICE_USES_MORE": "A device uses more energy than it did. Needs ENERGY_VIEW.",
        "SHIFT_LOAD": "A device runs in the dear hours of the tariff. Needs ENERGY_VIEW.",
        "SLOW_STOCK": "Stock lies that is hardly sold, or not at all.",
        "THIN_MARGIN": "A product is sold below its cost, or hardly above.",
        "STAFFING": "In one hour of the week people wait for orders, in another orders for people.",
    },
)
SuggestionStatus = Suggestion.Status
described(
    SuggestionStatus,
    name="SuggestionStatus",
    description="What became of a suggestion.",
    values={
        "OPEN": "Nobody has decided yet.",
        "ACCEPTED": "Somebody acts on it; it is not made again for this cause.",
        "DISMISSED": "Somebody has laid it aside; it comes back once it is worth half as much again.",
        "LAPSED": "Nobody has decided, and the books no longer show it.",
    },
)
SuggestionSource = Suggestion.Source
described(
    SuggestionSource,
    name="SuggestionSource",
    description="Whose words the text is in; the figures are always those of the rules.",
    values={"RULES": "The rule's own words.", "AI": "A language model's words, around the rule's figures."},
)
SuggestionOrder: Any = order(
    "SuggestionOrder",
    "An order of suggestions.",
    SAVING_DESC=By("saving", descending=True),
    CREATED_AT_DESC=By("created_at", descending=True),
    CONFIDENCE_DESC=By("confidence", descending=True),
)


@strawberry.input(description="Which suggestions to list; one must fit all that is said.")
class SuggestionFilter(Filter):
    status: list[SuggestionStatus] | None = strawberry.field(default=None, description="Any of these.")
    kind: list[SuggestionKind] | None = strawberry.field(default=None, description="Any of these.")

    def lookups(self) -> dict[str, Any]:
        return {"status__in": self.status, "kind__in": self.kind}
