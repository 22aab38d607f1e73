"""The contract between whatever reads a receipt and the books: a typed, versioned draft.

Every reader answers with a `Reading`. Nothing in it is trusted: values are checked here for
form, in `checks` for sense, and only then entered into the books.
"""

from datetime import date as Date
from datetime import time as Time
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

VERSION = 1

Amount = Annotated[Decimal, Field(max_digits=14, decimal_places=2, allow_inf_nan=False)]
Quantity = Annotated[Decimal, Field(max_digits=12, decimal_places=3, allow_inf_nan=False)]
UnitPrice = Annotated[Decimal, Field(max_digits=14, decimal_places=4, allow_inf_nan=False)]
Rate = Annotated[Decimal, Field(max_digits=7, decimal_places=4, allow_inf_nan=False)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]


class Source(StrEnum):
    """Where a value came from."""

    OCR = "OCR"
    RULE = "RULE"
    MODEL = "MODEL"
    LLM = "LLM"
    TEXT_LAYER = "TEXT_LAYER"
    EINVOICE = "EINVOICE"
    USER = "USER"


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(Frozen):
    """Where on the paper a value was found.

    Units: `box` is left, top, right, bottom as shares (0..1) of the page as the file shows it
    after its EXIF orientation; `page` counts from 1; `confidence` is 0..1.
    """

    page: int = Field(default=1, ge=1)
    box: tuple[float, float, float, float] | None = None
    confidence: float = Field(ge=0, le=1)
    source: Source


class Line(Frozen):
    """One line of a receipt; `total` is what the line adds to the bill after its `discount`.

    `evidence` says where the line stands, and `values`, keyed by the name of a field of this class, where
    one of its values does.
    """

    description: Text
    quantity: Quantity | None = None
    unit: Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)] = ""
    unit_price: UnitPrice | None = None
    discount: Amount | None = None
    total: Amount | None = None
    evidence: Evidence | None = None
    values: dict[str, Evidence] = Field(default_factory=dict)


class Tax(Frozen):
    """What is taxed at one rate; `rate` is None where no tax is due by law.

    `category` is the code of UNTDID 5305 that says why the rate is what it is, such as AE where the buyer
    owes the tax; empty where the paper says none.
    Units: `rate` in percent; `base`, which is net, and `amount` in the draft's currency.
    """

    rate: Rate | None = None
    category: Annotated[str, StringConstraints(strip_whitespace=True, max_length=10)] = ""
    base: Amount
    amount: Amount


class Draft(Frozen):
    """One receipt as read; None means that the paper does not say.

    Units: amounts in `currency` (ISO 4217). `confidence` is 0..1 over the whole draft.
    `verified` says that the lines, over taxes and the like, add up to the total.
    `evidence` is keyed by the name of a field of this class. `category` is the key of a
    built-in category, such as "groceries".
    """

    part: int = Field(default=1, ge=1)
    merchant: Text | None = None
    address: Text | None = None
    date: Date | None = None
    time: Time | None = None
    number: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100)] | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] | None = None
    subtotal: Amount | None = None
    tax: Amount | None = None
    tip: Amount | None = None
    total: Amount | None = None
    items: tuple[Line, ...] = ()
    taxes: tuple[Tax, ...] = ()
    category: Text | None = None
    verified: bool = False
    confidence: float = Field(default=0.0, ge=0, le=1)
    evidence: dict[str, Evidence] = Field(default_factory=dict)


class Reading(Frozen):
    """What a reader found in one file: its receipts in reading order, and the raw answer kept beside.

    `looks` are perceptual hashes of the first page, the plain one first. `fallback` says why another reader,
    which was wanted, did not read; it is empty otherwise.
    """

    version: int = VERSION
    reader: str
    drafts: tuple[Draft, ...]
    raw: dict[str, object] = Field(default_factory=dict)
    looks: tuple[str, ...] = ()
    fallback: str = ""
