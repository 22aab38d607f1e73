"""The rows of one receipt → its draft."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from receipts.draft import Draft, Evidence, Line
from receipts.engine.arithmetic import closes, repaired
from receipts.engine.category import category_of
from receipts.engine.figures import Figure, Figures, figures_of
from receipts.engine.identity import address_of, merchant_of, number_of
from receipts.engine.items import Item, items_of
from receipts.engine.layout import Row
from receipts.engine.places import currency_of_sheet
from receipts.engine.sheet import Entry, sheet_of
from receipts.engine.when import moment_of

LARGEST = Decimal(10) ** 12  # what an amount of the draft holds
MOST_ITEMS = 500


def draft_of(rows: Sequence[Row], *, part: int, today: date, currency: str | None) -> Draft:
    """Read one receipt; `currency` is the store's own, a hint for a bare $."""
    sheet = sheet_of(rows)
    figures = figures_of(sheet)
    items = repaired(items_of(sheet, figures), figures)[:MOST_ITEMS]
    merchant = merchant_of(sheet)
    address = address_of(sheet, merchant)
    number = number_of(sheet)
    moment = moment_of(sheet, today, currency)
    category, _ = category_of(
        merchant.text if merchant else None, (item.description for item in items), (row.text for row in rows)
    )
    evidence: dict[str, Evidence] = {}
    for name, named in (("merchant", merchant), ("address", address), ("number", number)):
        if named is not None:
            evidence[name] = named.entries[0].evidence(confidence=named.confidence)
    if moment.date_entry is not None:
        evidence["date"] = moment.date_entry.evidence(confidence=moment.confidence)
    if moment.time_entry is not None:
        evidence["time"] = moment.time_entry.evidence(confidence=0.9)
    amounts = {}
    for name in ("subtotal", "tax", "tip", "total"):
        figure: Figure | None = getattr(figures, name)
        amounts[name] = _amount(figure)
        if figure is not None and amounts[name] is not None:
            evidence[name] = figure.entry.evidence(figure.number, figure.confidence)
    return Draft(
        part=part,
        merchant=merchant.text[:500] if merchant else None,
        address=address.text[:500] if address else None,
        date=moment.date,
        time=moment.time,
        number=number.text[:100] if number else None,
        currency=currency_of_sheet(sheet, currency),
        items=tuple(_line(item) for item in items if abs(item.total) < LARGEST),
        category=category,
        confidence=_confidence(evidence, items, figures),
        evidence=evidence,
        **amounts,
    )


def _amount(figure: Figure | None) -> Decimal | None:
    if figure is None or abs(figure.value) >= LARGEST:
        return None
    return figure.value


def _line(item: Item) -> Line:
    return Line(
        description=item.description,
        quantity=_bounded(item.quantity, 9, 3),
        unit=item.unit[:20],
        unit_price=_bounded(item.unit_price, 10, 4),
        discount=item.discount,
        total=item.total,
        evidence=_item_evidence(item.entries[0], item),
    )


def _item_evidence(entry: Entry, item: Item) -> Evidence:
    return entry.evidence(confidence=0.9 if item.description else 0.5)


def _bounded(value: Decimal | None, whole: int, places: int) -> Decimal | None:
    """Fit a number into the draft's column, or leave it out."""
    if value is None or abs(value) >= Decimal(10) ** whole:
        return None
    return value if -value.as_tuple().exponent <= places else value.quantize(Decimal(1).scaleb(-places))


def _confidence(evidence: dict[str, Evidence], items: Sequence[Item], figures: Figures) -> float:
    """Weigh the fields that matter, and whether the lines add up."""
    weights = {"total": 0.4, "date": 0.2, "merchant": 0.2}
    sure = sum(weight * evidence[name].confidence for name, weight in weights.items() if name in evidence)
    if items:
        sure += 0.2 if closes(items, figures) else 0.08
    return round(min(sure, 1.0), 3)
