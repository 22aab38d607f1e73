"""What must add up on an electronic invoice: the rules of EN 16931-1, 6.4.2, told where they are broken."""

from collections.abc import Iterator
from decimal import Decimal

from receipts.einvoice.invoice import Invoice

ZERO = Decimal(0)
# Sellers round tax by line or by rate: the standard's own test (BR-CO-17) allows less than one unit of money.
TAX_SLACK = Decimal(1)


def broken(invoice: Invoice) -> Iterator[str]:
    """Yield in words each rule that the figures break."""
    yield from _told(invoice)
    yield from _lines(invoice)
    yield from _taxes(invoice)
    yield from _off("net amount and tax", invoice.net + (invoice.tax or ZERO), invoice.total)  # BR-CO-15
    if invoice.due is not None:  # BR-CO-16
        due = invoice.total - (invoice.paid or ZERO) + (invoice.rounding or ZERO)
        yield from _off("the total less what was paid", due, invoice.due)


def _told(invoice: Invoice) -> Iterator[str]:
    if not invoice.seller:
        yield "no seller is named"
    if not invoice.number:
        yield "it has no number"
    if not (len(invoice.currency) == 3 and invoice.currency.isascii() and invoice.currency.isupper()):
        yield "its currency is none"


def _lines(invoice: Invoice) -> Iterator[str]:
    """Compare lines, allowances and charges with their sums, and these with the net amount."""
    if invoice.line_total is None and not invoice.lines:
        return  # the MINIMUM profile
    lines = sum((line.total for line in invoice.lines), ZERO)
    line_total = lines if invoice.line_total is None else invoice.line_total
    allowances, charges = invoice.allowances or ZERO, invoice.charges or ZERO
    if invoice.lines:  # BASIC WL has none
        yield from _off("the lines", lines, line_total)  # BR-CO-10
    taken = -sum((one.amount for one in invoice.adjustments if one.amount < 0), ZERO)
    added = sum((one.amount for one in invoice.adjustments if one.amount > 0), ZERO)
    yield from _off("the allowances", taken, allowances)  # BR-CO-11
    yield from _off("the charges", added, charges)  # BR-CO-12
    yield from _off(
        "lines, allowances and charges", line_total - allowances + charges, invoice.net
    )  # BR-CO-13


def _taxes(invoice: Invoice) -> Iterator[str]:
    if not invoice.taxes:  # MINIMUM; elsewhere each rate is told (BR-CO-18)
        if invoice.line_total is not None:
            yield "no tax is told by its rate"
        return
    yield from _off(
        "the taxes", sum((one.amount for one in invoice.taxes), ZERO), invoice.tax or ZERO
    )  # BR-CO-14
    yield from _off("the taxed amounts", sum((one.base for one in invoice.taxes), ZERO), invoice.net)
    for one in invoice.taxes:
        expected = round(one.base * (one.rate or ZERO) / 100, 2)
        if abs(expected - one.amount) >= TAX_SLACK:  # BR-CO-17
            yield f"{one.rate or 0} % of {one.base} come to {expected}, it says {one.amount}"


def _off(what: str, expected: Decimal, said: Decimal) -> Iterator[str]:
    if expected != said:
        yield f"{what} come to {expected}, it says {said}"
