"""Which uploads, bills, items and merchants to list, and in which order."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from django.db.models import Q, QuerySet

from receipts import models
from schema.connections import By
from schema.enums import described
from schema.nodes import TYPES, key_of
from schema.ranges import DateRange

MAX_SEARCH_LENGTH = 200
MAX_CHOICES = 100

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
    values={"AI": "A reader.", "CLIENT": "A front end that read it itself.", "MANUAL": "A person."},
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
class UploadFilter:
    status: list[UploadStatus] | None = strawberry.field(default=None, description="Any of these.")

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(status__in=self.status) if self.status is not None else rows


@strawberry.input(description="Which bills to list; a bill must fit all that is said.")
class BillFilter:
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

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        plain = {
            "merchant": None if self.merchant is None else key_of(self.merchant, TYPES["Merchant"])[1],
            "category": None if self.category is None else key_of(self.category, TYPES["Category"])[1],
            "status__in": self.status,
            "source__in": self.source,
            "currency": self.currency,
            "total__gte": self.min_total,
            "total__lte": self.max_total,
        }
        rows = rows.filter(**{name: value for name, value in plain.items() if value is not None})
        if self.date_range is not None:
            rows = self.date_range.apply(rows, "booked_on")
        if self.search:
            rows = rows.filter(_found(self.search))
        return rows


def _found(text: str) -> Q:
    text = text[:MAX_SEARCH_LENGTH].replace("\x00", "")
    items = models.Item.objects.filter(description__icontains=text).values("bill_id")
    return (
        Q(merchant_name__icontains=text)
        | Q(number__icontains=text)
        | Q(notes__icontains=text)
        | Q(pk__in=items)
    )
