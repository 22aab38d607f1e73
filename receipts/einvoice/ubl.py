"""UBL 2.1 Invoice and CreditNote, the XML of Peppol BIS Billing and one of XRechnung's two."""

import re
from collections.abc import Iterator
from datetime import date
from xml.etree.ElementTree import Element

from receipts.einvoice.invoice import Adjustment, Invoice, InvoiceLine, TaxShare
from receipts.einvoice.trees import Broken, Node

_STANDARD = "urn:oasis:names:specification:ubl:schema:xsd:"
PREFIXES = {
    "cac": f"{_STANDARD}CommonAggregateComponents-2",
    "cbc": f"{_STANDARD}CommonBasicComponents-2",
}
INVOICE = f"{{{_STANDARD}Invoice-2}}Invoice"
CREDIT_NOTE = f"{{{_STANDARD}CreditNote-2}}CreditNote"


def read(element: Element) -> Invoice:
    """Read an invoice or a credit note.

    Raises: Broken.
    """
    root = Node(element, PREFIXES)
    seller = root.part("cac:AccountingSupplierParty/cac:Party")
    sums = root.part("cac:LegalMonetaryTotal")
    currency = root.text("cbc:DocumentCurrencyCode")
    tax = _tax(root, currency)
    return Invoice(
        syntax="UBL",
        profile=root.text("cbc:CustomizationID"),
        credit=element.tag == CREDIT_NOTE,
        seller=seller.text("cac:PartyLegalEntity/cbc:RegistrationName")
        or seller.text("cac:PartyName/cbc:Name"),
        address=_address(seller),
        number=root.text("cbc:ID"),
        date=_date(root),
        currency=currency,
        lines=tuple(_lines(root, currency)),
        adjustments=tuple(_adjustments(root, currency)),
        taxes=tuple(_taxes(tax, currency)) if tax else (),
        line_total=sums.amount("cbc:LineExtensionAmount", currency),
        allowances=sums.amount("cbc:AllowanceTotalAmount", currency),
        charges=sums.amount("cbc:ChargeTotalAmount", currency),
        net=sums.needed("cbc:TaxExclusiveAmount", currency),
        tax=tax.amount("cbc:TaxAmount", currency) if tax else None,
        total=sums.needed("cbc:TaxInclusiveAmount", currency),
        paid=sums.amount("cbc:PrepaidAmount", currency),
        rounding=sums.amount("cbc:PayableRoundingAmount", currency),
        due=sums.needed("cbc:PayableAmount", currency),
    )


def _tax(root: Node, currency: str) -> Node | None:
    """Find the tax in the invoice's currency: it may stand a second time in that of the seller's books."""
    totals = root.all("cac:TaxTotal")
    own = [
        one
        for one in totals
        if (amount := one.one("cbc:TaxAmount")) and amount.element.get("currencyID", currency) == currency
    ]
    if len(own) > 1 or (totals and not own):
        raise Broken(f"The invoice's data do not say the tax in {currency} once.")
    return own[0] if own else None


def _address(seller: Node) -> str:
    place = seller.one("cac:PostalAddress")
    if place is None:
        return ""
    town = f"{place.text('cbc:PostalZone')} {place.text('cbc:CityName')}".strip()
    street = [place.text("cbc:StreetName"), place.text("cbc:AdditionalStreetName")]
    more = [line.text("cbc:Line") for line in place.all("cac:AddressLine")]
    country = place.text("cac:Country/cbc:IdentificationCode")
    parts = (*street, *more, town, place.text("cbc:CountrySubentity"), country)
    return ", ".join(part for part in parts if part)


def _date(root: Node) -> date:
    # xs:date may end in a time zone, which is the seller's and of no use to a day.
    found = re.fullmatch(
        r"([0-9]{4}-[0-9]{2}-[0-9]{2})(Z|[+-][0-9]{2}:[0-9]{2})?", root.text("cbc:IssueDate")
    )
    if not found:
        raise Broken("The invoice's data say no date of issue.")
    try:
        return date.fromisoformat(found[1])
    except ValueError as error:
        raise Broken("The invoice's data say a date of issue that there is not.") from error


def _lines(root: Node, currency: str) -> Iterator[InvoiceLine]:
    kinds = (("cac:InvoiceLine", "cbc:InvoicedQuantity"), ("cac:CreditNoteLine", "cbc:CreditedQuantity"))
    for kind, quantity in kinds:
        for line in root.all(kind):
            counted = line.one(quantity)
            yield InvoiceLine(
                name=line.text("cac:Item/cbc:Name"),
                quantity=line.number(quantity),
                unit=counted.element.get("unitCode", "") if counted else "",
                price=line.price("cac:Price/cbc:PriceAmount", "cac:Price/cbc:BaseQuantity"),
                total=line.needed("cbc:LineExtensionAmount", currency),
                adjustments=tuple(_adjustments(line, currency)),
            )


def _adjustments(node: Node, currency: str) -> Iterator[Adjustment]:
    for one in node.all("cac:AllowanceCharge"):
        amount = one.needed("cbc:Amount", currency)
        charged = one.flag("cbc:ChargeIndicator")
        yield Adjustment(amount=amount if charged else -amount, reason=one.text("cbc:AllowanceChargeReason"))


def _taxes(tax: Node, currency: str) -> Iterator[TaxShare]:
    for share in tax.all("cac:TaxSubtotal"):
        yield TaxShare(
            rate=share.number("cac:TaxCategory/cbc:Percent"),
            category=share.text("cac:TaxCategory/cbc:ID"),
            base=share.needed("cbc:TaxableAmount", currency),
            amount=share.needed("cbc:TaxAmount", currency),
        )
