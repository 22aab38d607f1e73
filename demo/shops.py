"""The sample receipts as data: shops that do not exist, and sums that close."""

import datetime as dt
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

ONE = Decimal(1)
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Sold:
    """One line of a receipt; `mark` is the letter of its tax rate where the paper prints one."""

    description: str
    unit_price: Decimal
    quantity: Decimal = ONE
    unit: str = ""
    mark: str = ""

    @property
    def total(self) -> Decimal:
        """Answer quantity × unit price in whole cents, halves away from zero as tills round."""
        return (self.quantity * self.unit_price).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Tax:
    """A tax as the paper names it, with the amount before it where the paper prints that too."""

    name: str
    amount: Decimal
    net: Decimal | None = None


@dataclass(frozen=True)
class Receipt:
    """What one sample says. Units: every amount in `currency` (ISO 4217)."""

    file: str
    merchant: str
    address: tuple[str, ...]
    date: dt.date
    time: dt.time | None
    number: str
    currency: str
    category: str
    items: tuple[Sold, ...]
    taxes: tuple[Tax, ...] = ()
    prices_include_tax: bool = False
    tip: Decimal | None = None
    rounding: Decimal = Decimal(0)

    @property
    def goods(self) -> Decimal:
        """Answer the sum of the items."""
        return sum((item.total for item in self.items), Decimal(0))

    @property
    def tax(self) -> Decimal | None:
        """Answer the sum of the taxes, or None where the paper names none."""
        return sum((tax.amount for tax in self.taxes), Decimal(0)) if self.taxes else None

    @property
    def total(self) -> Decimal:
        """Answer what was to be paid."""
        added = Decimal(0) if self.prices_include_tax else self.tax or Decimal(0)
        return self.goods + added + (self.tip or Decimal(0)) + self.rounding


def _sold(description: str, unit_price: str, quantity: str = "1", unit: str = "", mark: str = "") -> Sold:
    return Sold(description, Decimal(unit_price), Decimal(quantity), unit, mark)


US_GROCERY = Receipt(
    file="us_grocery.jpg",
    merchant="MAPLE & MAIN MARKET",
    address=("418 Alder Street", "Denver, CO 80202"),
    date=dt.date(2026, 11, 7),
    time=dt.time(17, 42),
    number="004417",
    currency="USD",
    category="groceries",
    items=(
        _sold("ORGANIC BANANAS", "0.69", "2.34", "lb"),
        _sold("WHOLE MILK 1 GAL", "4.29"),
        _sold("SOURDOUGH LOAF", "5.49"),
        _sold("FREE RANGE EGGS 12CT", "4.99", "2"),
        _sold("CHEDDAR BLOCK 8OZ", "3.79"),
        _sold("PAPER TOWELS 6PK", "8.99", mark="T"),
        _sold("DISH SOAP LEMON", "3.49", mark="T"),
    ),
    taxes=(Tax("SALES TAX 8.81%", Decimal("1.10")),),
)

GERMAN_SUPERMARKET = Receipt(
    file="de_supermarkt.png",
    merchant="Frischemarkt Sonnental",
    address=("Lindenweg 12", "04109 Leipzig"),
    date=dt.date(2026, 11, 14),
    time=dt.time(10, 23),
    number="8352",
    currency="EUR",
    category="groceries",
    items=(
        _sold("BIO MILCH 3,5% 1L", "1.25", "2", mark="B"),
        _sold("ROGGENBROT 750G", "2.79", mark="B"),
        _sold("GOUDA JUNG 400G", "3.49", mark="B"),
        _sold("ÄPFEL ELSTAR", "2.49", "1.462", "kg", mark="B"),
        _sold("KAFFEE CREMA 1KG", "11.99", mark="B"),
        _sold("SPÜLMITTEL 500ML", "1.45", mark="A"),
        _sold("KÜCHENTÜCHER 4ER", "4.25", mark="A"),
    ),
    taxes=(
        Tax("A= 19,0%", Decimal("0.91"), net=Decimal("4.79")),
        Tax("B=  7,0%", Decimal("1.60"), net=Decimal("22.81")),
    ),
    prices_include_tax=True,
)

MALAYSIAN_RESTAURANT = Receipt(
    file="my_restaurant.jpg",
    merchant="KEDAI MAKAN SERI KENANGA",
    address=("14, Jalan Melur 3", "47300 Petaling Jaya, Selangor"),
    date=dt.date(2026, 11, 2),
    time=dt.time(20, 15),
    number="INV-20931",
    currency="MYR",
    category="restaurant",
    items=(
        _sold("Nasi Lemak Ayam", "12.90", "2"),
        _sold("Mee Goreng Mamak", "9.50"),
        _sold("Satay Ayam (10)", "15.00"),
        _sold("Teh Tarik", "3.20", "3"),
        _sold("Air Suam", "0.50"),
    ),
    taxes=(Tax("SST 6%", Decimal("3.62")),),
    rounding=Decimal("-0.02"),
)

BRITISH_CAFE = Receipt(
    file="uk_cafe.webp",
    merchant="The Copper Kettle",
    address=("7 Bridge Lane", "York YO1 0ZZ"),
    date=dt.date(2026, 11, 9),
    time=dt.time(11, 5),
    number="1093",
    currency="GBP",
    category="cafe",
    items=(
        _sold("Flat White", "3.40", "2"),
        _sold("Cheese Toastie", "6.95"),
        _sold("Carrot Cake", "3.85", "2"),
        _sold("Fresh Orange Juice", "3.20"),
    ),
    taxes=(Tax("VAT 20%", Decimal("4.11"), net=Decimal("20.54")),),
    prices_include_tax=True,
)

INDONESIAN_SHOP = Receipt(
    file="id_toko.jpg",
    merchant="TOKO MELATI JAYA",
    address=("Jl. Kenanga Raya No. 25", "Bandung 40115"),
    date=dt.date(2026, 10, 28),
    time=dt.time(9, 31),
    number="TMJ/10/0712",
    currency="IDR",
    category="groceries",
    items=(
        _sold("BERAS PANDAN 5KG", "78500"),
        _sold("MINYAK GORENG 2L", "36900", "2"),
        _sold("GULA PASIR 1KG", "17500", "2"),
        _sold("KOPI BUBUK 200G", "24300"),
        _sold("SABUN MANDI", "4200", "3"),
        _sold("TELUR AYAM 1KG", "29800"),
    ),
)

AMERICAN_RESTAURANT = Receipt(
    file="us_restaurant.jpg",
    merchant="Harbor Lantern Grill",
    address=("93 Wharf Road", "Savannah, GA 31401"),
    date=dt.date(2026, 11, 13),
    time=dt.time(20, 36),
    number="5520",
    currency="USD",
    category="restaurant",
    items=(
        _sold("Crab Cakes", "14.50", "2"),
        _sold("Shrimp & Grits", "21.50"),
        _sold("Grilled Salmon", "24.00"),
        _sold("Iced Tea", "3.25", "3"),
        _sold("Key Lime Pie", "8.25"),
    ),
    taxes=(Tax("Tax 7%", Decimal("6.48")),),
    tip=Decimal("18.00"),
)

INVOICE = Receipt(
    file="ie_invoice.pdf",
    merchant="Brightwater Electrical Supplies Ltd",
    address=("Unit 6, Quayside Park", "Cork T12 0XX", "Ireland"),
    date=dt.date(2026, 11, 5),
    time=None,
    number="BW-2026-1187",
    currency="EUR",
    category="hardware",
    items=(
        _sold("LED ceiling panel 60 x 60 cm", "38.50", "4"),
        _sold("Circuit breaker 16 A", "7.20", "6"),
        _sold("Copper cable 3 x 1.5 mm², per metre", "0.95", "50"),
        _sold("Fitting on site, per hour", "60.00", "1.5"),
    ),
    taxes=(Tax("VAT 23%", Decimal("76.98")),),
)

INDIAN_OFFICE_SHOP = Receipt(
    file="in_office_photo.jpg",
    merchant="LOTUS OFFICE MART",
    address=("21, Chandan Marg", "Pune 411099"),
    date=dt.date(2026, 11, 18),
    time=dt.time(16, 20),
    number="LOM/2627/0458",
    currency="INR",
    category="office",
    items=(
        _sold("OFFICE CHAIR MESH", "6250.00", "20"),
        _sold("DESK LAMP LED", "1150.00", "6"),
        _sold("A4 PAPER 500 SHEETS", "310.00", "20"),
        _sold("WHITEBOARD 90X60", "2480.00", "2"),
    ),
    taxes=(Tax("CGST 9%", Decimal("12875.40")), Tax("SGST 9%", Decimal("12875.40"))),
    rounding=Decimal("0.20"),
)
