"""What commands on receipts take. In an update, a field that is left out stays as it is."""

from __future__ import annotations

import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.file_uploads import Upload as UploadedFile

from receipts.models import Bill
from schema.commands import IDEMPOTENCY_KEY
from schema.enums import described
from schema.receipts.filters import BillSource, BillStatus


class ReaderName(Enum):
    LOCAL = "local"
    GEMINI = "gemini"
    OPENAI = "openai"


described(
    ReaderName,
    name="ReaderName",
    description="Who reads a receipt.",
    values={
        "LOCAL": "The engine of this server: no key, no network.",
        "GEMINI": "Google's model, where the server has a key; the local engine where it does not answer.",
        "OPENAI": "OpenAI's model, where the server has a key; the local engine where it does not answer.",
    },
)


WHO = (
    "Who reads it; else the usual one. The data of an electronic invoice come first, and need no reader: one "
    "that is named here reads the pages of a PDF all the same."
)


def entry(description: str) -> Any:
    """Declare a field that may be left out."""
    return strawberry.field(default=UNSET, description=description)


@strawberry.input(description="A photo or PDF of one or more receipts, or an electronic invoice.")
class UploadReceiptInput:
    store: strawberry.ID = strawberry.field(description="The store it belongs to.")
    file: UploadedFile = strawberry.field(
        description="JPEG, PNG, WebP, HEIC, PDF, or an invoice as XML (UBL, CII); at most 20 MB, "
        "50 megapixels, 50 pages. Sent as multipart."
    )
    reader: ReaderName | None = strawberry.field(default=None, description=WHO)
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="An upload.")
class UploadInput:
    upload: strawberry.ID = strawberry.field(description="The upload.")


@strawberry.input(description="An upload to read again.")
class ExtractUploadInput:
    upload: strawberry.ID = strawberry.field(description="The upload.")
    reader: ReaderName | None = strawberry.field(default=None, description=WHO)
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="A line of a bill.")
class ItemInput:
    description: str = strawberry.field(description="What was bought; at most 500 characters.")
    quantity: Decimal | None = entry("How many, 1 if left out; three decimal places.")
    unit: str | None = entry("Unit of the quantity, such as kg.")
    unit_price: Decimal | None = entry("Price of one unit; four decimal places.")
    discount: Decimal | None = entry("What was taken off, already left out of `total`.")
    total: Decimal | None = entry("What the line adds to the bill.")
    category: strawberry.ID | None = entry("Category; the bill's if left out.")


@strawberry.input(description="A bill to enter.")
class CreateBillInput:
    store: strawberry.ID = strawberry.field(description="The store whose money it is.")
    merchant_name: str | None = entry("Whom it was paid to; at most 200 characters.")
    address: str | None = entry("Address of the merchant.")
    number: str | None = entry("Number of the receipt or invoice.")
    date: datetime.date | None = entry("Date on the paper.")
    time: datetime.time | None = entry("Time of day on the paper.")
    currency: str | None = entry("ISO 4217 code; the store's if left out.")
    subtotal: Decimal | None = entry("Sum before tax and tip.")
    tax: Decimal | None = entry("Tax.")
    tip: Decimal | None = entry("Tip.")
    total: Decimal | None = entry("What was paid or is owed.")
    category: strawberry.ID | None = entry("Category; the merchant's usual one if left out.")
    notes: str | None = entry("Your own words; at most 1,000 characters.")
    source: BillSource = strawberry.field(
        default=Bill.Source.MANUAL,
        description="MANUAL is confirmed at once; CLIENT, read by a front end, waits for review.",
    )
    items: list[ItemInput] = strawberry.field(default_factory=list, description="Its lines; at most 500.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="Changes to a bill; null empties a field, a field left out stays.")
class UpdateBillInput:
    bill: strawberry.ID = strawberry.field(description="The bill.")
    merchant_name: str | None = entry("Whom it was paid to; at most 200 characters.")
    address: str | None = entry("Address of the merchant.")
    number: str | None = entry("Number of the receipt or invoice.")
    date: datetime.date | None = entry("Date on the paper.")
    time: datetime.time | None = entry("Time of day on the paper.")
    currency: str | None = entry("ISO 4217 code.")
    subtotal: Decimal | None = entry("Sum before tax and tip.")
    tax: Decimal | None = entry("Tax.")
    tip: Decimal | None = entry("Tip.")
    total: Decimal | None = entry("What was paid or is owed.")
    category: strawberry.ID | None = entry("Category.")
    notes: str | None = entry("Your own words; at most 1,000 characters.")
    status: BillStatus | None = entry("CONFIRMED when you stand behind it, or NEEDS_REVIEW.")


@strawberry.input(description="A bill.")
class BillInput:
    bill: strawberry.ID = strawberry.field(description="The bill.")


@strawberry.input(description="A line to add to a bill.")
class AddItemInput(ItemInput):
    bill: strawberry.ID = strawberry.field(description="The bill.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="Changes to a line; null empties a field, a field left out stays.")
class UpdateItemInput:
    item: strawberry.ID = strawberry.field(description="The line.")
    description: str | None = entry("What was bought; at most 500 characters.")
    quantity: Decimal | None = entry("How many, or how much of `unit`; three decimal places.")
    unit: str | None = entry("Unit of the quantity, such as kg.")
    unit_price: Decimal | None = entry("Price of one unit; four decimal places.")
    discount: Decimal | None = entry("What was taken off, already left out of `total`.")
    total: Decimal | None = entry("What the line adds to the bill.")
    category: strawberry.ID | None = entry("Category.")


@strawberry.input(description="A line of a bill.")
class RemoveItemInput:
    item: strawberry.ID = strawberry.field(description="The line.")


@strawberry.input(description="A merchant's new name.")
class RenameMerchantInput:
    merchant: strawberry.ID = strawberry.field(description="The merchant.")
    name: str = strawberry.field(description="Name, once in a store; at most 200 characters.")
    category: strawberry.ID | None = strawberry.field(
        default=None, description="What its bills usually are, from now on."
    )


@strawberry.input(description="Two merchants that are one.")
class MergeMerchantsInput:
    source: strawberry.ID = strawberry.field(
        description="The merchant that is removed; its name leads to the other."
    )
    into: strawberry.ID = strawberry.field(description="The merchant that takes over its bills.")
