"""Which orders to list, and in which order."""

from __future__ import annotations

from typing import Any

import strawberry
from django.db.models import Exists, OuterRef, Q

from sales import models
from sales.transitions import Status
from schema.connections import By
from schema.enums import described
from schema.filters import Filter, Term
from schema.nodes import TYPES, key_of
from schema.ranges import DateRange
from schema.receipts.filters import LONGEST_TEXT, contains, order, pattern

SEARCHED = ("note", "customer__first_name", "customer__last_name", "customer__company")
MAX_WORDS = 10
LARGEST_NUMBER = 2**31 - 1

OrderStatus = Status
described(
    OrderStatus,
    name="OrderStatus",
    description="How far an order is.",
    values={
        "PENDING": "Placed, and not yet accepted.",
        "IN_QUEUE": "Accepted, and waits for somebody to begin.",
        "IN_PROGRESS": "Somebody works on it.",
        "READY": "It can be handed over.",
        "COMPLETED": "Handed over: its stock is sold.",
        "REFUNDED": "Taken back after it was completed.",
        "CANCELLED": "Called off before it was completed: its stock is released.",
    },
)
OrderChannel = models.Order.Channel
described(
    OrderChannel,
    name="OrderChannel",
    description="Where an order comes from.",
    values={"IMPORT": "From the books of another system; never placed here."},
)
SORTS = {
    "PLACED_AT_DESC": By("placed_at", descending=True),
    "PLACED_AT_ASC": By("placed_at"),
    "NUMBER_DESC": By("number", descending=True),
    "NUMBER_ASC": By("number"),
    "TOTAL_DESC": By("total", descending=True),
    "TOTAL_ASC": By("total"),
}
OrderOrder: Any = order("OrderOrder", "An order of orders.", **SORTS)
OrderHistoryOrder: Any = order(
    "OrderHistoryOrder",
    "An order of orders that have ended.",
    CLOSED_AT_DESC=By("closed_at", descending=True, known=True),
    CLOSED_AT_ASC=By("closed_at", known=True),
    **SORTS,
)


@strawberry.input(description="Which orders to list; an order must fit all that is said.")
class OrderFilter(Filter):
    status: list[OrderStatus] | None = strawberry.field(default=None, description="Any of these.")
    search: str | None = strawberry.field(
        default=None,
        description="The number, or text in the note, the customer's name or company, or the name of a line; "
        "of several words, each.",
    )
    customer: strawberry.ID | None = strawberry.field(default=None, description="Of this customer.")
    channel: list[OrderChannel] | None = strawberry.field(default=None, description="Any of these.")
    date_range: DateRange | None = strawberry.field(
        default=None, description="Placed in this range; half-open, in the store's zone."
    )
    unpaid: bool | None = strawberry.field(
        default=None, description="Only those of which something is still to be paid, or only the others."
    )

    happened = "placed_at"

    def lookups(self) -> dict[str, Any]:
        return {
            "status__in": self.status,
            "customer": None if self.customer is None else key_of(self.customer, TYPES["Customer"])[1],
            "channel__in": self.channel,
        }

    def narrow(self, rows: Any) -> Any:
        return rows if self.unpaid is None else rows.unpaid(self.unpaid)

    def terms(self) -> list[Term] | None:
        text = self.search or ""
        if len(text) > LONGEST_TEXT or "\x00" in text:
            return None  # no text in the books is like that
        return [_term(word) for word in text.split()[:MAX_WORDS]]

    def holds(self, **term: Any) -> Q:
        lines = models.OrderLine.objects.filter(contains("name", term["text"]), order=OuterRef("pk"))
        found = Q(Exists(lines))
        for column in SEARCHED:
            found |= contains(column, term["text"])
        return found | Q(number=term["number"]) if "number" in term else found


def _term(word: str) -> Term:
    digits = word.removeprefix("#")
    if digits.isascii() and digits.isdigit() and int(digits) <= LARGEST_NUMBER:
        return {"text": pattern(word), "number": int(digits)}
    return {"text": pattern(word)}
