"""An electronic invoice as its data say it, before anything is concluded from them.

Units: amounts in `currency`, always positive on a credit note as on an invoice, as the standard has it.
The numbers of terms (BT-106) are those of EN 16931-1.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, kw_only=True)
class Adjustment:
    """A charge, or an allowance with a negative amount."""

    amount: Decimal
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class InvoiceLine:
    """One line; `price` is net, of one unit; `total` (BT-131) has the adjustments in it."""

    name: str
    quantity: Decimal | None
    unit: str  # code of UN/ECE Recommendation 20
    price: Decimal | None
    total: Decimal
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TaxShare:
    """What is taxed at one rate; no `rate` where the category has none.

    `category` (BT-118) is a code of UNTDID 5305, empty where the profile leaves it out.
    """

    rate: Decimal | None  # percent
    category: str = ""
    base: Decimal
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """The whole; None and () are what its profile leaves out."""

    syntax: str
    profile: str
    credit: bool
    seller: str
    address: str
    number: str
    date: date
    currency: str
    lines: tuple[InvoiceLine, ...]
    adjustments: tuple[Adjustment, ...]
    taxes: tuple[TaxShare, ...]
    line_total: Decimal | None  # BT-106
    allowances: Decimal | None  # BT-107
    charges: Decimal | None  # BT-108
    net: Decimal  # BT-109
    tax: Decimal | None  # BT-110
    total: Decimal  # BT-112
    paid: Decimal | None  # BT-113
    rounding: Decimal | None  # BT-114
    due: Decimal | None  # BT-115
