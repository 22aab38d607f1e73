"""Bills as people keep them in spreadsheets: which rows are one bill, and what they say of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from core.errors import Code, Refused
from core.fields import camel
from core.tables import Names, Row, number
from receipts.engine.dates import Found, dates_in, times_in

NAMES: Names = {
    "bill": ("bill id", "receipt id", "transaction id"),
    "date": (
        "bill date", "receipt date", "invoice date", "purchase date", "transaction date", "day", "datum",
        "rechnungsdatum", "belegdatum", "kaufdatum", "fecha", "data", "date facture", "date d'achat",
    ),
    "booked_on": ("booked", "booking date", "buchungsdatum", "buchungstag"),
    "time": ("time of day", "purchase time", "uhrzeit", "zeit", "hora", "heure", "ora"),
    "merchant_name": (
        "merchant", "vendor", "supplier", "shop", "store", "payee", "seller", "paid to", "händler",
        "haendler", "lieferant", "geschäft", "verkäufer", "empfänger", "proveedor", "comercio", "tienda",
        "fournisseur", "marchand", "commerçant", "magasin", "fornitore", "esercente", "negozio",
    ),
    "address": ("merchant address", "adresse", "anschrift", "dirección", "indirizzo"),
    "number": (
        "bill number", "receipt number", "invoice number", "invoice no", "invoice", "receipt no",
        "document number", "reference", "rechnungsnummer", "rechnungsnr", "belegnummer", "belegnr",
        "numéro", "numéro de facture", "número", "número de factura", "factura", "numero", "numero fattura",
    ),
    "currency": ("currency code", "währung", "waehrung", "devise", "moneda", "valuta"),
    "subtotal": (
        "net", "net amount", "netto", "nettobetrag", "zwischensumme", "sous total", "montant ht",
        "base imponible", "imponibile",
    ),
    "tax": (
        "vat", "sales tax", "tax amount", "gst", "mwst", "ust", "umsatzsteuer", "steuer", "tva", "iva",
        "impuesto",
    ),
    "tip": ("gratuity", "trinkgeld", "pourboire", "propina", "mancia"),
    "total": (
        "amount", "total amount", "amount paid", "gross", "gross amount", "grand total", "sum", "betrag",
        "gesamt", "gesamtbetrag", "brutto", "bruttobetrag", "summe", "montant", "montant ttc", "importe",
        "importe total", "totale", "importo",
    ),
    "category": ("expense category", "kategorie", "kostenart", "catégorie", "categoría", "categoria"),
    "status": ("state", "zustand", "statut", "estado", "stato"),
    "notes": ("note", "comment", "memo", "remark", "bemerkung", "notiz", "notizen", "remarque", "nota"),
    "item": (
        "item name", "item description", "description", "article", "product", "artikel", "bezeichnung",
        "beschreibung", "désignation", "descripción", "artículo", "descrizione", "articolo",
    ),
    "quantity": ("qty", "menge", "anzahl", "quantité", "cantidad", "quantità"),
    "unit": ("unit of measure", "uom", "einheit", "unité", "unidad", "unità"),
    "unit_price": (
        "price", "price each", "einzelpreis", "stückpreis", "prix unitaire", "prix", "precio unitario",
        "precio", "prezzo unitario", "prezzo",
    ),
    "discount": ("item discount", "rabatt", "remise", "descuento", "sconto"),
    "item_total": ("line total", "line amount", "item amount", "positionsbetrag", "total ligne"),
    "item_category": ("line category",),
}  # fmt: skip
ITEM = ("item", "quantity", "unit", "unit_price", "discount", "item_total", "item_category")
BILL = tuple(name for name in NAMES if name not in (*ITEM, "bill"))
AMOUNTS = ("subtotal", "tax", "tip", "total", "quantity", "unit_price", "discount", "item_total")
DAYS = ("date", "booked_on")
STATUSES = {
    "": "CONFIRMED",
    "confirmed": "CONFIRMED",
    "needs review": "NEEDS_REVIEW",
    "void": "VOID",
}
CENT = Decimal("0.01")


@dataclass
class Said:
    """What a file says of one bill: fields by their names, those of an item as ITEM names them."""

    rows: list[Row]
    values: dict[str, Any] = field(default_factory=dict)
    items: list[dict[str, Any]] = field(default_factory=list)
    faults: list[tuple[Row, Refused]] = field(default_factory=list)

    @property
    def day(self) -> date | None:
        """The day that it counts on."""
        found: date | None = self.values.get("date") or self.values.get("booked_on")
        return found


@dataclass(frozen=True)
class Manner:
    """How a file as a whole writes: what one row leaves open, the others tell."""

    today: date
    month_first: bool | None  # None: no row tells
    totals: bool  # whether any row says a bill's total
    item_totals: bool

    @classmethod
    def of(cls, rows: Iterable[Row], today: date) -> Manner:
        cells = [row.cells for row in rows]
        found = [one for each in cells for day in DAYS if (one := _numeric(each.get(day, ""), today))]
        first = {one.month_first for one in found if one.swapped is None or one.month_first}
        return cls(
            today=today,
            month_first=first.pop() if len(first) == 1 else None,
            totals=any("total" in each for each in cells),
            item_totals=any("item_total" in each for each in cells),
        )


def bills_in(rows: list[Row], *, today: date) -> Iterator[Said]:
    """Read the bills of a file, in the order of their first rows; each with what is wrong with it."""
    manner = Manner.of(rows, today)
    for group in _grouped(rows):
        said = Said(group)
        for row in group:
            try:
                _read(row, said, manner)
            except Refused as refusal:
                said.faults.append((row, refusal))
        if not said.faults:
            try:
                _complete(said, manner)
            except Refused as refusal:
                said.faults.append((group[0], refusal))
        yield said


def _grouped(rows: list[Row]) -> list[list[Row]]:
    """Part rows into bills: by the column that says so, else where items say the same of their bill."""
    groups: dict[object, list[Row]] = {}
    last: list[Row] = []
    for row in rows:
        name = row.cells.get("bill")
        if name is None and last and _goes_on(last[-1], row):
            last.append(row)
            continue
        last = groups.setdefault(name or row.number, [])
        last.append(row)
    return list(groups.values())


def _goes_on(before: Row, row: Row) -> bool:
    """Tell whether a row without a bill's name is another item of the bill before it."""
    if not any(name in row.cells for name in ITEM):
        return False
    said = [{name: one.cells[name] for name in BILL if name in one.cells} for one in (before, row)]
    same = said[0] == said[1] and any(name in before.cells for name in ITEM) and "bill" not in before.cells
    return same or not said[1]


def _read(row: Row, said: Said, manner: Manner) -> None:
    """Take in what a row says.

    Raises: Refused with INVALID, REQUIRED, or CONFLICT where it says something else than a row before.
    """
    if not row.whole:
        raise Refused(Code.INVALID, "The row has more cells than the header.")
    values = {name: _value(name, text, manner) for name, text in row.cells.items() if name != "bill"}
    for name in BILL:
        if name in values and said.values.setdefault(name, values[name]) != values[name]:
            message = f"Row {said.rows[0].number} of the same bill says something else."
            raise Refused(Code.CONFLICT, message, camel(name))
    item = {name: values[name] for name in ITEM if name in values}
    if not item:
        return
    if "item" not in item:
        raise Refused(Code.REQUIRED, "An item needs a description.", "item")
    if not manner.item_totals and "unit_price" in item:
        worth = item["unit_price"] * item.get("quantity", 1) - item.get("discount", 0)
        item["item_total"] = worth.quantize(CENT, ROUND_HALF_UP)
    said.items.append(item)


def _complete(said: Said, manner: Manner) -> None:
    """Add what follows from the rest.

    Raises: Refused with REQUIRED.
    """
    values = said.values
    values.setdefault("status", STATUSES[""])
    if "date" not in values and "booked_on" not in values:
        raise Refused(Code.REQUIRED, "When was it? Give a date.", "date")
    if not manner.totals and said.items and all("item_total" in item for item in said.items):
        values["total"] = sum((item["item_total"] for item in said.items), Decimal())
    if "total" not in values and values["status"] == STATUSES[""]:
        raise Refused(Code.REQUIRED, "Give a total; only a bill that needs review may lack it.", "total")


def _value(name: str, text: str, manner: Manner) -> Any:
    if name in AMOUNTS:
        return number(text, camel(name))
    if name in DAYS:
        return _day(name, text, manner)
    if name == "time":
        return _time(text)
    if name == "status":
        plain = re.sub(r"[\W_]+", " ", text).strip().lower()
        if plain not in STATUSES:
            raise Refused(Code.INVALID, "A status is confirmed, needs review or void.", name)
        return STATUSES[plain]
    return text.upper() if name == "currency" else text


def _day(name: str, text: str, manner: Manner) -> date:
    try:
        return date.fromisoformat(text[:10])  # as spreadsheets give a date, with a time behind it perhaps
    except ValueError:
        pass
    found = dates_in(text, manner.today)
    if len(found) != 1 or not found[0].readings:
        raise Refused(Code.INVALID, f"{text[:40]!r} is no date of the last 30 years.", camel(name))
    one, first = found[0], manner.month_first
    if not _numeric(text, manner.today) or one.swapped in (None, one.readings[0]):
        return one.readings[0]
    assert one.swapped is not None
    if first is None:
        other, wanted = one.readings[0], one.swapped
        message = f"{text!r} may be {other} or {wanted}: write it like {other}."
        raise Refused(Code.INVALID, message, camel(name))
    return one.swapped if first else one.readings[0]


def _numeric(text: str, today: date) -> Found | None:
    """Find a date of which the day may come first or the month; with points it is the day."""
    found = dates_in(text, today) if text and "." not in text else []
    return found[0] if len(found) == 1 and found[0].kind == "numeric" else None


def _time(text: str) -> time:
    found = times_in(text)
    if len(found) != 1:
        raise Refused(Code.INVALID, f"{text[:40]!r} is no time of day.", "time")
    return found[0][1]
