"""UN/CEFACT Cross Industry Invoice D16B, the XML of Factur-X, ZUGFeRD 2 and one of XRechnung's two."""

import re
from collections.abc import Iterator
from datetime import date
from xml.etree.ElementTree import Element

from receipts.einvoice.invoice import Adjustment, Invoice, InvoiceLine, TaxShare
from receipts.einvoice.trees import Broken, Node

_STANDARD = "urn:un:unece:uncefact:data:standard:"
PREFIXES = {
    "rsm": f"{_STANDARD}CrossIndustryInvoice:100",
    "ram": f"{_STANDARD}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_STANDARD}UnqualifiedDataType:100",
}
ROOT = f"{{{PREFIXES['rsm']}}}CrossIndustryInvoice"
# Types of document (UNTDID 1001) by which the seller owes the buyer.
CREDITS = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532"})
# Lines of the EXTENDED profile that only sum up or explain others.
NO_LINES = frozenset({"GROUP", "INFORMATION"})


def read(element: Element) -> Invoice:
    """Read an invoice of any profile.

    Raises: Broken.
    """
    root = Node(element, PREFIXES)
    document = root.part("rsm:ExchangedDocument")
    deal = root.part("rsm:SupplyChainTradeTransaction")
    seller = deal.part("ram:ApplicableHeaderTradeAgreement/ram:SellerTradeParty")
    money = deal.part("ram:ApplicableHeaderTradeSettlement")
    sums = money.part("ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    currency = money.text("ram:InvoiceCurrencyCode")
    return Invoice(
        syntax="CII",
        profile=root.text(
            "rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID"
        ),
        credit=document.text("ram:TypeCode") in CREDITS,
        seller=seller.text("ram:Name"),
        address=_address(seller),
        number=document.text("ram:ID"),
        date=_date(document),
        currency=currency,
        lines=tuple(_lines(deal, currency)),
        adjustments=tuple(_adjustments(money, currency)),
        taxes=tuple(_taxes(money, currency)),
        line_total=sums.amount("ram:LineTotalAmount", currency),
        allowances=sums.amount("ram:AllowanceTotalAmount", currency),
        charges=sums.amount("ram:ChargeTotalAmount", currency),
        net=sums.needed("ram:TaxBasisTotalAmount", currency),
        tax=sums.amount(_own(sums, "ram:TaxTotalAmount", currency), currency),
        total=sums.needed("ram:GrandTotalAmount", currency),
        paid=sums.amount("ram:TotalPrepaidAmount", currency),
        rounding=sums.amount("ram:RoundingAmount", currency),
        due=sums.amount("ram:DuePayableAmount", currency),
    )


def _own(sums: Node, path: str, currency: str) -> str:
    """Point at the tax in the invoice's currency: it may stand once more in that of the seller's books."""
    named = {found.element.get("currencyID") for found in sums.all(path)}
    return f"{path}[@currencyID='{currency}']" if currency in named and currency.isalpha() else path


def _address(seller: Node) -> str:
    place = seller.one("ram:PostalTradeAddress")
    if place is None:
        return ""
    town = f"{place.text('ram:PostcodeCode')} {place.text('ram:CityName')}".strip()
    street = [place.text(f"ram:Line{number}") for number in ("One", "Two", "Three")]
    parts = (*street, town, place.text("ram:CountrySubDivisionName"), place.text("ram:CountryID"))
    return ", ".join(part for part in parts if part)


def _date(document: Node) -> date:
    found = document.one("ram:IssueDateTime/udt:DateTimeString")
    written = (found.element.text or "").strip() if found else ""
    if found is None or found.element.get("format") != "102" or not re.fullmatch(r"[0-9]{8}", written):
        raise Broken("The invoice's data say no date of issue.")
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise Broken("The invoice's data say a date of issue that there is not.") from error


def _lines(deal: Node, currency: str) -> Iterator[InvoiceLine]:
    for line in deal.all("ram:IncludedSupplyChainTradeLineItem"):
        if line.text("ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode") in NO_LINES:
            continue
        money = line.part("ram:SpecifiedLineTradeSettlement")
        billed = line.one("ram:SpecifiedLineTradeDelivery/ram:BilledQuantity")
        price = "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice"
        yield InvoiceLine(
            name=line.text("ram:SpecifiedTradeProduct/ram:Name"),
            quantity=line.number("ram:SpecifiedLineTradeDelivery/ram:BilledQuantity"),
            unit=billed.element.get("unitCode", "") if billed else "",
            price=line.price(f"{price}/ram:ChargeAmount", f"{price}/ram:BasisQuantity"),
            total=money.needed(
                "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount", currency
            ),
            adjustments=tuple(_adjustments(money, currency)),
        )


def _adjustments(money: Node, currency: str) -> Iterator[Adjustment]:
    for one in money.all("ram:SpecifiedTradeAllowanceCharge"):
        amount = one.needed("ram:ActualAmount", currency)
        charged = one.flag("ram:ChargeIndicator/udt:Indicator")
        yield Adjustment(amount=amount if charged else -amount, reason=one.text("ram:Reason"))
    for one in money.all("ram:SpecifiedLogisticsServiceCharge"):
        amount = one.needed("ram:AppliedAmount", currency)
        yield Adjustment(amount=amount, reason=one.text("ram:Description"))


def _taxes(money: Node, currency: str) -> Iterator[TaxShare]:
    for share in money.all("ram:ApplicableTradeTax"):
        yield TaxShare(
            rate=share.number("ram:RateApplicablePercent"),
            category=share.text("ram:CategoryCode"),
            base=share.needed("ram:BasisAmount", currency),
            amount=share.needed("ram:CalculatedAmount", currency),
        )
