"""An electronic invoice → the draft of a bill: signs, discounts and units as the books have them."""

from collections.abc import Iterator
from decimal import Decimal

from receipts.draft import Draft, Evidence, Line, Source, Tax
from receipts.einvoice.invoice import Adjustment, Invoice, InvoiceLine

ZERO = Decimal(0)
SAID = Evidence(confidence=1, source=Source.EINVOICE)
FIELDS = ("merchant", "address", "number", "date", "currency", "subtotal", "tax", "total")
# UN/ECE Recommendation 20; pieces have no unit in the books.
UNITS = {
    **dict.fromkeys(("C62", "H87", "EA", "PCE", "XPP", "NAR", "ZZ"), ""),
    **{"KGM": "kg", "GRM": "g", "MGM": "mg", "TNE": "t", "LTR": "l", "MLT": "ml", "CLT": "cl", "HLT": "hl"},
    **{"MTR": "m", "CMT": "cm", "MMT": "mm", "KMT": "km", "MTK": "m²", "MTQ": "m³", "KWH": "kWh"},
    **{"SEC": "s", "MIN": "min", "HUR": "h", "DAY": "d", "MON": "month", "ANN": "year"},
}


def draft_of(invoice: Invoice) -> Draft:
    """Make the draft; a credit note's amounts are negative in the books, as they lessen what was spent.

    Its total is that of the invoice with tax, whatever of it was paid before or is still due.
    """
    sign = -1 if invoice.credit else 1
    values = {
        "merchant": invoice.seller[:500],
        "address": invoice.address[:500] or None,
        "number": invoice.number[:100],
        "date": invoice.date,
        "currency": invoice.currency,
        "subtotal": _signed(invoice.net, sign),
        "tax": None if invoice.tax is None else _signed(invoice.tax, sign),
        "total": _signed(invoice.total, sign),
    }
    items = [line for one in invoice.lines for line in _line(one, sign)]
    if items:  # a profile that leaves the lines out does not say what an allowance is on
        items += [_apart(one, sign) for one in invoice.adjustments]
    return Draft.model_validate(
        {
            **values,
            "items": tuple(items),
            "taxes": tuple(
                Tax(
                    rate=one.rate,
                    category=one.category[:10],
                    base=_signed(one.base, sign),
                    amount=_signed(one.amount, sign),
                )
                for one in invoice.taxes
            ),
            "verified": bool(items),
            "confidence": 1,
            "evidence": {name: SAID for name in FIELDS if values[name] is not None},
        }
    )


def _line(line: InvoiceLine, sign: int) -> Iterator[Line]:
    """Yield a line with its allowances as its discount; what a discount cannot say follows as a line."""
    gross = line.total - sum((one.amount for one in line.adjustments), ZERO)
    inside = sign > 0 and gross > 0 and all(one.amount < 0 for one in line.adjustments)
    discount = gross - line.total if inside and line.adjustments else None
    # What a column cannot hold in full is left out with what is multiplied by it, never cut.
    held = line.quantity is not None and round(line.quantity, 3) == line.quantity
    counted = held and line.price is not None
    yield Line(
        description=line.name[:500],
        quantity=sign * round(line.quantity, 3) if held and line.quantity is not None else None,
        unit=UNITS.get(line.unit, line.unit)[:20] if held else "",
        unit_price=round(line.price, 4) if counted and line.price is not None else None,
        discount=discount,
        total=_signed(line.total if inside else gross, sign),
        evidence=SAID,
    )
    if not inside:
        yield from (_apart(one, sign) for one in line.adjustments)


def _apart(one: Adjustment, sign: int) -> Line:
    usual = "Discount" if one.amount < 0 else "Charge"
    return Line(description=(one.reason or usual)[:500], total=_signed(one.amount, sign), evidence=SAID)


def _signed(amount: Decimal, sign: int) -> Decimal:
    return -amount if sign < 0 else +amount
