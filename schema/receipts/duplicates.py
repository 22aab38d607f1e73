"""Bills that may be one, and what a person makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from django.db.models import OuterRef, Q, QuerySet
from strawberry import auto

from core.roles import Permission
from receipts import alike, models, review
from schema.commands import IDEMPOTENCY_KEY, Answer, Caller, Payload, command, written
from schema.connections import By
from schema.enums import described
from schema.filters import Filter
from schema.nodes import Node, column, node, one
from schema.receipts.filters import order

if TYPE_CHECKING:
    from schema.accounts.types import Store, User
    from schema.receipts.types import Bill

StoreRef = Annotated["Store", strawberry.lazy("schema.accounts.types")]
UserRef = Annotated["User", strawberry.lazy("schema.accounts.types")]
BillRef = Annotated["Bill", strawberry.lazy("schema.receipts.types")]

DuplicateStatus = models.Duplicate.Status
described(
    DuplicateStatus,
    name="DuplicateStatus",
    description="What has become of two bills that may be one.",
    values={
        "OPEN": "Nobody has said yet whether they are one.",
        "KEPT": "A person has said that they are two.",
        "VOIDED": "A person has voided one of them.",
    },
)
DuplicateReason = alike.Reason
described(
    DuplicateReason,
    name="DuplicateReason",
    description="Why two bills may be one.",
    values={
        "SAME_IMAGE": "Their pictures are two photos of one paper.",
        "SAME_MERCHANT": "They are paid to the same merchant.",
        "SAME_DATE": "They bear the same date.",
        "SAME_TIME": "They bear the same time of day.",
        "SAME_TOTAL": "They come to the same total in the same currency.",
        "SAME_NUMBER": "They bear the same number.",
        "SAME_LINES": "Their lines come to the same amounts.",
    },
)
DuplicateOrder: Any = order(
    "DuplicateOrder",
    "An order of pairs of bills.",
    SCORE_DESC=By("score", descending=True),
    CREATED_AT_DESC=By("created_at", descending=True),
)
DuplicateResolution = review.Resolution
described(
    DuplicateResolution,
    name="DuplicateResolution",
    description="What to do with two bills that may be one.",
    values={
        "KEEP_BOTH": "They are two: the pair is not told again.",
        "VOID_EARLIER": "Void the bill that was entered first; it can be restored.",
        "VOID_LATER": "Void the bill that was entered last; it can be restored.",
    },
)


@strawberry.input(description="Which pairs of bills to list.")
class DuplicateFilter(Filter):
    status: list[DuplicateStatus] | None = strawberry.field(default=None, description="Any of these.")

    def lookups(self) -> dict[str, Any]:
        return {"status__in": self.status}


@node(
    models.Duplicate,
    description="Two bills that may be one. The very same bytes never come so far: `uploadReceipt` gives the "
    "earlier upload.",
)
class Duplicate(Node):
    needs = Permission.BILL_VIEW

    score: auto = column("How likely they are one, 0 to 1.")
    status: DuplicateStatus = column("What has become of it.")
    bits: auto = column("How many of 255 bits of their pictures differ; null where they are not alike.")
    created_at: auto = column("When it was found.")
    updated_at: auto = column("When it was last changed.")
    resolved_at: auto = column("When a person said what it is; null before.")
    store: StoreRef | None = one("The store that they belong to.", source="store_id", to="Store")
    earlier: BillRef | None = one("The bill that was entered first.", source="earlier_id", to="Bill")
    later: BillRef | None = one("The bill that was entered last.", source="later_id", to="Bill")
    resolved_by: UserRef | None = one(
        "Who said what it is, if still in sight.", source="resolved_by_id", to="User"
    )

    @strawberry.field(description="What is the same, the strongest first.")
    def reasons(self) -> list[DuplicateReason]:
        row: Any = self
        return [DuplicateReason(reason) for reason in row.reasons]


def pairs_of_bill(visible: QuerySet[Any]) -> QuerySet[Any]:
    """Select, as seen from a bill's row, the pairs that it is in."""
    return visible.filter(Q(earlier=OuterRef("pk")) | Q(later=OuterRef("pk"))).order_by("-score", "-pk")


def pairs_by_bill(visible: QuerySet[Any], bills: list[int]) -> list[list[Any]]:
    """Give each bill's pairs, the likeliest first, in one statement."""
    found: dict[int, list[Any]] = {bill: [] for bill in bills}
    for pair in visible.filter(Q(earlier__in=bills) | Q(later__in=bills)).order_by("-score", "-pk"):
        for bill in (pair.earlier_id, pair.later_id):
            if bill in found:
                found[bill].append(pair)
    return [found[bill] for bill in bills]


@strawberry.input(description="What two bills that may be one are.")
class ResolveDuplicateInput:
    duplicate: strawberry.ID = strawberry.field(description="The pair.")
    resolution: DuplicateResolution = strawberry.field(description="What to do with it.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.type(description="Two bills that may be one, as they are now.")
class DuplicatePayload(Payload):
    duplicate: Duplicate | None = written("The pair.", to="Duplicate", key="duplicate")


@command(
    DuplicatePayload,
    description="Say what two bills that may be one are: keep both, or void one of them.",
    needs=Permission.BILL_EDIT,
)
def resolve_duplicate(caller: Caller, input: ResolveDuplicateInput) -> Answer:
    pair = caller.find(input.duplicate, "Duplicate", "duplicate")
    return caller.once(
        lambda: {"duplicate": review.resolve(pair=pair, by=caller.user, resolution=input.resolution).pk}
    )


@strawberry.type
class DuplicateMutations:
    resolve_duplicate = resolve_duplicate
