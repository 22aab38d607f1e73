"""Uploads, bills, items and merchants."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from django.urls import reverse
from strawberry import auto
from strawberry.utils.str_converters import to_camel_case

from core.roles import Permission
from receipts import files, models
from receipts.draft import Source, Tax
from schema import dataloaders
from schema.catalog.types import Category, Product
from schema.connections import Connection, paged
from schema.context import Info, level
from schema.enums import described
from schema.nodes import Few, Node, column, node, one
from schema.receipts.duplicates import Duplicate, pairs_by_bill, pairs_of_bill
from schema.receipts.filters import (
    BillFilter,
    BillOrder,
    BillSource,
    BillStatus,
    ItemOrder,
    UploadStage,
    UploadStatus,
)

if TYPE_CHECKING:
    from schema.accounts.types import Store, User

StoreRef = Annotated["Store", strawberry.lazy("schema.accounts.types")]
UserRef = Annotated["User", strawberry.lazy("schema.accounts.types")]

EvidenceSource = Source
described(
    EvidenceSource,
    name="EvidenceSource",
    description="Where a value came from.",
    values={
        "OCR": "Read from the picture as it stands.",
        "RULE": "Derived by a rule from what was read.",
        "MODEL": "Chosen by a model that this server runs itself.",
        "LLM": "Said by a hosted model.",
        "TEXT_LAYER": "Taken from the text of a PDF.",
        "EINVOICE": "Taken from the data of an electronic invoice.",
        "USER": "Entered by a person.",
    },
)


@strawberry.type(description="Where on the paper a value was found.")
class Evidence:
    field: str = strawberry.field(
        description="Name of the bill's field; items.N for its Nth item from 0, items.N.total for its total."
    )
    page: int = strawberry.field(description="Page of the upload, from 1.")
    box: list[float] | None = strawberry.field(
        description="Left, top, right and bottom as shares (0 to 1) of the upright page."
    )
    confidence: float = strawberry.field(description="How sure the reader is, 0 to 1.")
    source: EvidenceSource = strawberry.field(description="Where the value came from.")
    locked: bool = strawberry.field(description="Whether a person set it: no later reading changes it.")


@strawberry.type(description="A test of a bill's figures against each other.")
class Check:
    key: str = strawberry.field(
        description="Which test: total, sum, items, line, tax, taxes, date, currency, duplicate, or paper: "
        "whether what a model told is found on it."
    )
    ok: bool | None = strawberry.field(description="Null where the paper does not say enough.")
    message: str = strawberry.field(description="The result in a sentence.")
    field: str | None = strawberry.field(description="The bill's field under suspicion.")
    line: int | None = strawberry.field(description="Position of the item under suspicion, from 1.")
    expected: str | None = strawberry.field(description="The value that would fit.")
    found: str | None = strawberry.field(description="The value that stands there.")


@strawberry.type(description="What of a bill is taxed at one rate.")
class BillTax:
    rate: Decimal | None = strawberry.field(description="Percent of `base`; null where no tax is due by law.")
    category: str = strawberry.field(
        description="Code of UNTDID 5305 that tells why: S for a usual rate, Z for none, E for exempt, AE "
        "where the buyer owes the tax, and so on; empty where the invoice says none."
    )
    base: Decimal = strawberry.field(description="What is taxed, net, in the bill's currency.")
    amount: Decimal = strawberry.field(description="The tax on it, in the bill's currency.")


@strawberry.type(description="What was paid in one currency.")
class Spent:
    currency: str = strawberry.field(description="ISO 4217 code.")
    total: Decimal = strawberry.field(description="Sum of the bills that are not VOID.")
    bills: int = strawberry.field(description="How many bills.")


@node(models.Merchant, description="Whom the store pays.")
class Merchant(Node):
    needs = Permission.BILL_VIEW

    name: auto = column("Name, once in a store.")
    created_at: auto = column("When it was first seen.")
    store: StoreRef | None = one("The store whose books it is in.", source="store_id", to="Store")
    category: Category | None = one("What its bills usually are.", source="category_id", to="Category")
    bills: Connection[Annotated[Bill, strawberry.lazy("schema.receipts.types")]] = paged(
        "Bills paid to it.",
        node="Bill",
        via="merchant",
        order=BillOrder,
        default=BillOrder.DATE_DESC,
        filter=BillFilter,
    )

    @strawberry.field(description="What was paid to it, a row a currency, largest first.")
    async def spent(self, info: Info) -> list[Spent]:
        viewer = info.context.user
        rows: list[dict[str, Any]] = await info.context.load(
            level(info), self.pk, lambda merchants: dataloaders.merchant_totals(viewer, merchants)
        )
        return [
            Spent(currency=row["currency"], total=row["total"] or Decimal("0.00"), bills=row["bills"])
            for row in rows
        ]


@node(models.Upload, description="A receipt as it came in: a photo, a PDF or an electronic invoice.")
class ReceiptUpload(Node):
    needs = Permission.BILL_VIEW

    filename: auto = column("Name of the file at the sender's.")
    content_type: auto = column("What the bytes are, whatever the name says.")
    size: auto = column("Bytes.")
    sha256: auto = column("SHA-256 of the bytes, in hex.")
    status: UploadStatus = column("How far its reading is.")
    stage: UploadStage = column("What is being done with it.")
    progress: auto = column("How much of the way to its bills is done, in percent; 100 with DONE.")
    pages: auto = column("How many pages it has; 0 before they are counted.")
    pages_read: auto = column("How many of them have been read.")
    attempts: auto = column("How often a worker has begun to read it.")
    error: auto = column("Why the last attempt failed, for the owner; empty otherwise.")
    reader: auto = column("Which reader has read it; empty before.")
    fallback: auto = column("Why a model that was to read it did not, and LOCAL did; empty otherwise.")
    duration_ms: auto = column("Milliseconds that the reading took.")
    created_at: auto = column("When it came in.")
    completed_at: auto = column("When its bills were entered.")
    store: StoreRef | None = one("The store that it belongs to.", source="store_id", to="Store")
    user: UserRef | None = one("Who sent it, if still in sight.", source="user_id", to="User")
    bills: Connection[Annotated[Bill, strawberry.lazy("schema.receipts.types")]] = paged(
        "The bills read from it: one for each receipt on it.",
        node="Bill",
        via="upload",
        order=BillOrder,
        default=BillOrder.CREATED_AT_ASC,
    )

    @strawberry.field(
        description="Address of the original file: good for some minutes, and only with its signature."
    )
    def file_url(self, info: Info) -> str:
        ticket = files.sign(upload=self, user=info.context.user)  # type: ignore[arg-type]
        return reverse("file", args=[ticket])


@node(models.Bill, description="Money that the store has spent or owes: one receipt or invoice.")
class Bill(Node):
    needs = Permission.BILL_VIEW

    merchant_name: auto = column("Name of the merchant as the paper says it.")
    address: auto = column("Address of the merchant as the paper says it.")
    number: auto = column("Number of the receipt or invoice.")
    date: auto = column("Date on the paper, null when it has none.")
    time: auto = column("Time of day on the paper.")
    booked_on: auto = column("Day it counts on, in the store's zone: its date, else the day of its entry.")
    currency: auto = column("ISO 4217 code of all its amounts.")
    subtotal: auto = column("Sum before tax and tip, as the paper says.")
    tax: auto = column("Tax, as the paper says.")
    tip: auto = column("Tip, as the paper says.")
    total: auto = column("What was paid or is owed; null when the paper does not say.")
    status: BillStatus = column("Whether it counts and whether a person has looked at it.")
    source: BillSource = column("Who entered it.")
    position: auto = column("Which receipt of its upload, from 1.")
    confidence: auto = column("How sure the reader is of the whole, 0 to 1; null for a person's entry.")
    verified: auto = column(
        "Whether the paper's own sums prove the total: its lines, over taxes and the like, add up to it."
    )
    risk: auto = column(
        "How likely its total, date or merchant is wrong, 0 to 1, by its evidence and checks."
    )
    at_stake: auto = column(
        "`risk` times its amount, in its currency: what the review queue is ordered by. The mean of the "
        "store's bills stands in for an amount that is not there."
    )
    notes: auto = column("The owner's own words.")
    created_at: auto = column("When it was entered.")
    updated_at: auto = column("When it was last changed.")
    store: StoreRef | None = one("The store that it belongs to.", source="store_id", to="Store")
    user: UserRef | None = one("Who sent or entered it, if still in sight.", source="user_id", to="User")
    upload: ReceiptUpload | None = one("The file it was read from.", source="upload_id", to="ReceiptUpload")
    merchant: Merchant | None = one("Whom it was paid to.", source="merchant_id", to="Merchant")
    category: Category | None = one("What kind of spending it is.", source="category_id", to="Category")
    items: Connection[Annotated[Item, strawberry.lazy("schema.receipts.types")]] = paged(
        "Its lines.", node="Item", via="bill", order=ItemOrder, default=ItemOrder.POSITION_ASC
    )

    @strawberry.field(description="Whether it counts on the day of its entry because it bears no date.")
    def undated(self) -> bool:
        return self.date is None

    @strawberry.field(
        description="For each value, those of the items too, where it was found and how sure it is."
    )
    async def evidence(self, info: Info) -> list[Evidence]:
        viewer = info.context.user
        lines: list[tuple[int, dict[str, Any]]] = await info.context.load(
            level(info), self.pk, lambda bills: dataloaders.lines_evidence(viewer, bills)
        )
        own = [_evidence(name, found) for name, found in sorted(_row(self).evidence.items())]
        return own + [shown for position, found in lines for shown in _of_line(position, found)]

    @strawberry.field(
        description="Its tax by rate, as an electronic invoice says it; empty where the paper was read."
    )
    def taxes(self) -> list[BillTax]:
        taxes = [Tax.model_validate(tax) for tax in _row(self).taxes]
        return [
            BillTax(rate=tax.rate, category=tax.category, base=tax.base, amount=tax.amount) for tax in taxes
        ]

    @strawberry.field(
        description="The pairs with another bill that may be the same one, the likeliest first.",
        metadata={"plan": Few(node="Duplicate", rows=pairs_of_bill)},
    )
    async def duplicates(self, info: Info) -> list[Duplicate]:
        rows = Duplicate.rows(info.context.user)
        found: list[Duplicate] = await info.context.load(
            level(info), self.pk, lambda bills: pairs_by_bill(rows, bills)
        )
        return found

    @strawberry.field(description="How its figures fit together.")
    def checks(self) -> list[Check]:
        return [Check(**{key: check.get(key) for key in CHECK_FIELDS}) for check in _row(self).checks]


@node(models.Item, description="A line of a bill.")
class Item(Node):
    needs = Permission.BILL_VIEW

    position: auto = column("Place on the bill, from 1.")
    description: auto = column("What was bought, as the paper says it.")
    quantity: auto = column("How many, or how much of `unit`.")
    unit: auto = column("Unit of the quantity, such as kg; empty for pieces.")
    unit_price: auto = column("Price of one unit, in the bill's currency.")
    discount: auto = column("What was taken off, already left out of `total`.")
    total: auto = column("What the line adds to the bill.")
    bill: Bill | None = one("The bill that it is on.", source="bill_id", to="Bill")
    category: Category | None = one("What kind of spending it is.", source="category_id", to="Category")
    product: Product | None = one("The store's product that it bought.", source="product_id", to="Product")

    @strawberry.field(description="Where it was found and how sure it is.")
    def evidence(self) -> Evidence | None:
        row: Any = self
        return next(_of_line(row.position, row.evidence, whole=True), None)

    @strawberry.field(description="For each of its values, where it was found and how sure it is.")
    def value_evidence(self) -> list[Evidence]:
        row: Any = self
        return list(_of_line(row.position, row.evidence, whole=False))


CHECK_FIELDS = ("key", "ok", "message", "field", "line", "expected", "found")


def _row(bill: Bill) -> Any:
    return bill


def _of_line(position: int, found: dict[str, Any] | None, *, whole: bool | None = None) -> Iterator[Evidence]:
    """Yield the evidence of a line, of the `whole` or else of its values, or both."""
    found = found or {}
    if whole is not False and "source" in found:
        yield _evidence(f"items.{position - 1}", found)
    if whole is not True:
        for name, value in sorted(found.get("values", {}).items()):
            yield _evidence(f"items.{position - 1}.{name}", value)


def _evidence(name: str, found: dict[str, Any]) -> Evidence:
    box = found.get("box")
    return Evidence(
        field=to_camel_case(name),
        page=found.get("page", 1),
        box=list(box) if box else None,
        confidence=found.get("confidence", 1.0),
        source=Source(found.get("source", Source.USER)),
        locked=bool(found.get("locked", False)),
    )
