"""Which uploads, bills, items and merchants to list, and in which order."""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import Enum
from functools import reduce
from operator import or_
from typing import Any

import strawberry
from django.db import connection
from django.db.models import Exists, OuterRef, Q

from receipts import models
from schema.connections import By
from schema.enums import described
from schema.errors import BadInput
from schema.filters import Filter, Term
from schema.nodes import TYPES, key_of
from schema.ranges import DateRange

LONGEST_TEXT = 1_000  # of a bill's notes
LARGEST_TOTAL = Decimal("999999999999.99")

UploadStatus = models.Upload.Status
described(
    UploadStatus,
    name="UploadStatus",
    description="How far the reading of an upload is.",
    values={
        "QUEUED": "Waits for a worker.",
        "PROCESSING": "A worker reads it.",
        "COMPLETED": "Its bills are in the books.",
        "FAILED": "It could not be read; `error` says why and `retryUpload` tries again.",
    },
)
UploadStage = models.Upload.Stage
described(
    UploadStage,
    name="UploadStage",
    description="What is being done with an upload.",
    values={
        "WAITING": "In the queue.",
        "READING": "The reader looks at the pages.",
        "POSTING": "The drafts are checked and entered into the books.",
        "DONE": "Nothing more is to be done.",
    },
)
BillStatus = models.Bill.Status
described(
    BillStatus,
    name="BillStatus",
    description="Whether a bill counts and whether a person has looked at it.",
    values={
        "NEEDS_REVIEW": "Counts, but nobody has confirmed it.",
        "CONFIRMED": "Counts, and a person stands behind it.",
        "VOID": "Does not count; can be restored.",
    },
)
BillSource = models.Bill.Source
described(
    BillSource,
    name="BillSource",
    description="Who entered a bill.",
    values={
        "AI": "A reader.",
        "CLIENT": "A front end that read it itself.",
        "MANUAL": "A person.",
        "IMPORT": "A file of bills.",
    },
)


def order(name: str, description: str, **members: By) -> Any:
    """Declare an enum of orders."""
    made: Any = Enum(name, members)  # type: ignore[misc]
    described(made, name=name, description=description)
    return made


UploadOrder: Any = order(
    "UploadOrder",
    "An order of uploads.",
    CREATED_AT_DESC=By("created_at", descending=True),
    CREATED_AT_ASC=By("created_at"),
)
BillOrder: Any = order(
    "BillOrder",
    "An order of bills.",
    DATE_DESC=By("booked_on", descending=True),
    DATE_ASC=By("booked_on"),
    TOTAL_DESC=By("total", descending=True),
    TOTAL_ASC=By("total"),
    MERCHANT_NAME_ASC=By("merchant_name"),
    MERCHANT_NAME_DESC=By("merchant_name", descending=True),
    CREATED_AT_DESC=By("created_at", descending=True),
    CREATED_AT_ASC=By("created_at"),
    AT_STAKE_DESC=By("at_stake", descending=True),
)
ItemOrder: Any = order(
    "ItemOrder",
    "An order of items.",
    POSITION_ASC=By("position"),
    TOTAL_DESC=By("total", descending=True),
    TOTAL_ASC=By("total"),
)
MerchantOrder: Any = order(
    "MerchantOrder",
    "An order of merchants.",
    NAME_ASC=By("name"),
    NAME_DESC=By("name", descending=True),
    CREATED_AT_DESC=By("created_at", descending=True),
)


@strawberry.input(description="Which uploads to list.")
class UploadFilter(Filter):
    status: list[UploadStatus] | None = strawberry.field(default=None, description="Any of these.")

    def lookups(self) -> dict[str, Any]:
        return {"status__in": self.status}


@strawberry.input(description="Which bills to list; a bill must fit all that is said.")
class BillFilter(Filter):
    date_range: DateRange | None = strawberry.field(
        default=None, description="Booked in this range; half-open, in the store's zone."
    )
    merchant: strawberry.ID | None = strawberry.field(default=None, description="Paid to this merchant.")
    category: strawberry.ID | None = strawberry.field(default=None, description="In this category.")
    status: list[BillStatus] | None = strawberry.field(default=None, description="Any of these.")
    source: list[BillSource] | None = strawberry.field(default=None, description="Any of these.")
    currency: str | None = strawberry.field(default=None, description="ISO 4217 code.")
    min_total: Decimal | None = strawberry.field(default=None, description="At least this total.")
    max_total: Decimal | None = strawberry.field(default=None, description="At most this total.")
    search: str | None = strawberry.field(
        default=None, description="Text in the merchant's name, the number, the notes or an item."
    )

    dated = "booked_on"

    def lookups(self) -> dict[str, Any]:
        return {
            "merchant": None if self.merchant is None else key_of(self.merchant, TYPES["Merchant"])[1],
            "category": None if self.category is None else key_of(self.category, TYPES["Category"])[1],
            "status__in": self.status,
            "source__in": self.source,
            "currency": None if self.currency is None else _currency(self.currency),
            "total__gte": None if self.min_total is None else cents(self.min_total, ROUND_CEILING),
            "total__lte": None if self.max_total is None else cents(self.max_total, ROUND_FLOOR),
        }

    def terms(self) -> list[Term] | None:
        return searched(self.search)

    def holds(self, **term: Any) -> Q:
        lines = models.Item.objects.filter(contains("description", term["text"]), bill=OuterRef("pk"))
        texts = (contains(column, term["text"]) for column in ("merchant_name", "number", "notes"))
        return reduce(or_, texts, Q(Exists(lines)))


def _currency(code: str) -> str:
    if len(code) != 3 or not (code.isascii() and code.isalpha()):
        raise BadInput("A currency is three letters, such as EUR.")
    return code.upper()


def cents(bound: Decimal, rounding: str) -> Decimal:
    """Move a bound to the nearest amount within it."""
    if not bound.is_finite() or abs(bound) > LARGEST_TOTAL:
        raise BadInput("A bound of a total has at most 12 digits before the point.")
    return bound.quantize(Decimal("0.01"), rounding=rounding)


def searched(text: str | None) -> list[Term] | None:
    """Give the term of a search that looks for a text as a whole; none for no text."""
    text = (text or "").strip()
    if len(text) > LONGEST_TEXT or "\x00" in text:
        return None  # no text in the books is like that
    return [{"text": pattern(text)}] if text else []


def pattern(text: str) -> str:
    """Give what `contains` compares a column with."""
    return re.escape(text) if connection.vendor == "sqlite" else text


def contains(column: str, pattern: Any) -> Q:
    """Say that a column holds the text of a pattern in whatever case.

    SQLite's LIKE folds the case of ASCII alone; its REGEXP is Python's and folds all.
    """
    return Q(**{f"{column}__{'iregex' if connection.vendor == 'sqlite' else 'icontains'}": pattern})
