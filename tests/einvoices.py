"""Electronic invoices written for tests, by a writer of each syntax and profile."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from xml.sax.saxutils import escape

import pypdfium2

from receipts.einvoice.invoice import Adjustment, Invoice, InvoiceLine, TaxShare

CII_PROFILES = {
    "MINIMUM": "urn:factur-x.eu:1p0:minimum",
    "BASIC WL": "urn:factur-x.eu:1p0:basicwl",
    "BASIC": "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic",
    "EN 16931": "urn:cen.eu:en16931:2017",
    "EXTENDED": "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended",
    "XRECHNUNG": "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
}
UBL_PROFILES = {
    "XRECHNUNG UBL": CII_PROFILES["XRECHNUNG"],
    "PEPPOL": "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
}
PROFILES = (*CII_PROFILES, *UBL_PROFILES)
ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Sold:
    """A line as a seller thinks of it; each adjustment and the line bear tax at `rate`."""

    name: str
    quantity: Decimal
    price: Decimal
    rate: Decimal
    adjustments: tuple[Adjustment, ...] = ()
    unit: str = "C62"


@dataclass(frozen=True)
class Deal:
    lines: Sequence[Sold]
    adjustments: Sequence[tuple[Adjustment, Decimal]] = ()  # with the rate of each
    paid: Decimal = ZERO
    credit: bool = False
    currency: str = "EUR"
    number: str = "R-2026/0815"
    day: date = date(2026, 5, 4)
    seller: str = "Öl & Essig <Feinkost> GmbH"
    profile: str = field(default="EN 16931")


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def invoice(deal: Deal) -> Invoice:
    """Do the sums of a deal as its seller would, leaving out what the profile does."""
    lines = tuple(_line(line) for line in deal.lines)
    bases: dict[Decimal, Decimal] = {}
    for line, sold in zip(lines, deal.lines, strict=True):
        bases[sold.rate] = bases.get(sold.rate, ZERO) + line.total
    for one, rate in deal.adjustments:
        bases[rate] = bases.get(rate, ZERO) + one.amount
    taxes = tuple(
        TaxShare(rate=rate, category="S" if rate else "Z", base=base, amount=cents(base * rate / 100))
        for rate, base in bases.items()
    )
    net, tax = sum(bases.values(), ZERO), sum((one.amount for one in taxes), ZERO)
    adjustments = tuple(one for one, _ in deal.adjustments)
    ubl = deal.profile in UBL_PROFILES
    whole = Invoice(
        syntax="UBL" if ubl else "CII",
        profile={**CII_PROFILES, **UBL_PROFILES}[deal.profile],
        credit=deal.credit,
        seller=deal.seller,
        address="Hauptstraße 1, Hinterhaus, 10115 Berlin, DE",
        number=deal.number,
        date=deal.day,
        currency=deal.currency,
        lines=lines,
        adjustments=adjustments,
        taxes=taxes,
        line_total=sum((line.total for line in lines), ZERO),
        allowances=-sum((one.amount for one in adjustments if one.amount < 0), ZERO),
        charges=sum((one.amount for one in adjustments if one.amount > 0), ZERO),
        net=net,
        tax=tax,
        total=net + tax,
        paid=deal.paid,
        rounding=None,
        due=net + tax - deal.paid,
    )
    if deal.profile == "MINIMUM":
        left_out = ("line_total", "allowances", "charges", "paid")
        none = dict.fromkeys(left_out)
        due = whole.total
        return replace(whole, lines=(), adjustments=(), taxes=(), address="DE", due=due, **none)  # type: ignore[arg-type]
    return replace(whole, lines=()) if deal.profile == "BASIC WL" else whole


def _line(sold: Sold) -> InvoiceLine:
    total = cents(sold.quantity * sold.price) + sum((one.amount for one in sold.adjustments), ZERO)
    return InvoiceLine(
        name=sold.name,
        quantity=sold.quantity,
        unit=sold.unit,
        price=sold.price,
        total=total,
        adjustments=sold.adjustments,
    )


def xml(said: Invoice) -> bytes:
    """Write an invoice as it is, true or not, in its syntax."""
    written = "".join(_ubl(said) if said.syntax == "UBL" else _cii(said))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- by a test -->\n{written}\n'.encode()


def pdf(data: bytes, name: str = "factur-x.xml", *others: tuple[str, bytes]) -> bytes:
    """Write a PDF of one empty page with files in it."""
    with pypdfium2.PdfDocument.new() as made:
        made.new_page(200, 300)
        for called, content in ((name, data), *others):
            made.new_attachment(called).set_data(content)
        out = io.BytesIO()
        made.save(out)
    return out.getvalue()


def _of(tag: str, value: object, attributes: str = "") -> str:
    """Write an element, and nothing for None."""
    space = " " if attributes else ""
    return "" if value is None else f"<{tag}{space}{attributes}>{escape(str(value))}</{tag}>"


def _cii(said: Invoice) -> Iterator[str]:
    base = "urn:un:unece:uncefact:data:standard:"
    yield f'<rsm:CrossIndustryInvoice xmlns:rsm="{base}CrossIndustryInvoice:100"'
    yield f' xmlns:ram="{base}ReusableAggregateBusinessInformationEntity:100"'
    yield f' xmlns:udt="{base}UnqualifiedDataType:100"><rsm:ExchangedDocumentContext>'
    yield "<ram:GuidelineSpecifiedDocumentContextParameter>" + _of("ram:ID", said.profile)
    yield "</ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>"
    yield "<rsm:ExchangedDocument>" + _of("ram:ID", said.number)
    yield _of("ram:TypeCode", 381 if said.credit else 380) + "<ram:IssueDateTime>"
    yield _of("udt:DateTimeString", said.date.strftime("%Y%m%d"), 'format="102"')
    yield "</ram:IssueDateTime></rsm:ExchangedDocument><rsm:SupplyChainTradeTransaction>"
    for number, line in enumerate(said.lines, 1):
        yield from _cii_line(number, line)
    yield "<ram:ApplicableHeaderTradeAgreement><ram:SellerTradeParty>" + _of("ram:Name", said.seller)
    yield "<ram:PostalTradeAddress>"
    if said.address != "DE":
        yield "<ram:PostcodeCode>10115</ram:PostcodeCode><ram:LineOne>Hauptstraße 1</ram:LineOne>"
        yield "<ram:LineTwo>Hinterhaus</ram:LineTwo><ram:CityName>Berlin</ram:CityName>"
    yield "<ram:CountryID>DE</ram:CountryID></ram:PostalTradeAddress></ram:SellerTradeParty>"
    yield "<ram:BuyerTradeParty><ram:Name>Corner Shop</ram:Name></ram:BuyerTradeParty>"
    yield "</ram:ApplicableHeaderTradeAgreement><ram:ApplicableHeaderTradeDelivery/>"
    yield "<ram:ApplicableHeaderTradeSettlement>" + _of("ram:InvoiceCurrencyCode", said.currency)
    for tax in said.taxes:
        yield "<ram:ApplicableTradeTax>" + _of("ram:CalculatedAmount", tax.amount)
        yield "<ram:TypeCode>VAT</ram:TypeCode>" + _of("ram:BasisAmount", tax.base)
        yield _of("ram:CategoryCode", tax.category or None)
        yield _of("ram:RateApplicablePercent", tax.rate) + "</ram:ApplicableTradeTax>"
    yield from _cii_adjustments(said.adjustments)
    yield "<ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
    yield _of("ram:LineTotalAmount", said.line_total) + _of("ram:ChargeTotalAmount", said.charges)
    yield _of("ram:AllowanceTotalAmount", said.allowances) + _of("ram:TaxBasisTotalAmount", said.net)
    yield _of("ram:TaxTotalAmount", said.tax, f'currencyID="{said.currency}"')
    yield _of("ram:TaxTotalAmount", "999.99", 'currencyID="SEK"')  # in the money of the seller's books
    yield _of("ram:GrandTotalAmount", said.total) + _of("ram:TotalPrepaidAmount", said.paid)
    yield _of("ram:DuePayableAmount", said.due) + "</ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
    yield "</ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>"


def _cii_line(number: int, line: InvoiceLine) -> Iterator[str]:
    yield "<ram:IncludedSupplyChainTradeLineItem><ram:AssociatedDocumentLineDocument>"
    yield _of("ram:LineID", number) + "</ram:AssociatedDocumentLineDocument><ram:SpecifiedTradeProduct>"
    yield _of("ram:Name", line.name) + "</ram:SpecifiedTradeProduct><ram:SpecifiedLineTradeAgreement>"
    yield "<ram:NetPriceProductTradePrice>" + _of("ram:ChargeAmount", line.price)
    yield "</ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement><ram:SpecifiedLineTradeDelivery>"
    yield _of("ram:BilledQuantity", line.quantity, f'unitCode="{line.unit}"')
    yield "</ram:SpecifiedLineTradeDelivery><ram:SpecifiedLineTradeSettlement>"
    yield from _cii_adjustments(line.adjustments)
    yield "<ram:SpecifiedTradeSettlementLineMonetarySummation>" + _of("ram:LineTotalAmount", line.total)
    yield "</ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>"
    yield "</ram:IncludedSupplyChainTradeLineItem>"


def _cii_adjustments(adjustments: Sequence[Adjustment]) -> Iterator[str]:
    for one in adjustments:
        yield "<ram:SpecifiedTradeAllowanceCharge><ram:ChargeIndicator>"
        yield _of("udt:Indicator", "true" if one.amount > 0 else "false") + "</ram:ChargeIndicator>"
        yield _of("ram:ActualAmount", abs(one.amount)) + _of("ram:Reason", one.reason)
        yield "</ram:SpecifiedTradeAllowanceCharge>"


def _ubl(said: Invoice) -> Iterator[str]:
    base, kind = "urn:oasis:names:specification:ubl:schema:xsd:", "CreditNote" if said.credit else "Invoice"
    money = f'currencyID="{said.currency}"'
    yield f'<{kind} xmlns="{base}{kind}-2" xmlns:cac="{base}CommonAggregateComponents-2"'
    yield f' xmlns:cbc="{base}CommonBasicComponents-2">' + _of("cbc:CustomizationID", said.profile)
    yield _of("cbc:ID", said.number) + _of("cbc:IssueDate", said.date)
    yield _of(f"cbc:{kind}TypeCode", 381 if said.credit else 380)
    yield _of("cbc:DocumentCurrencyCode", said.currency) + "<cac:AccountingSupplierParty><cac:Party>"
    yield "<cac:PartyName><cbc:Name>Feinkost</cbc:Name></cac:PartyName><cac:PostalAddress>"
    yield "<cbc:StreetName>Hauptstraße 1</cbc:StreetName><cbc:AdditionalStreetName>Hinterhaus"
    yield "</cbc:AdditionalStreetName><cbc:CityName>Berlin</cbc:CityName><cbc:PostalZone>10115</cbc:PostalZone>"
    yield "<cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country></cac:PostalAddress>"
    yield "<cac:PartyLegalEntity>" + _of("cbc:RegistrationName", said.seller) + "</cac:PartyLegalEntity>"
    yield "</cac:Party></cac:AccountingSupplierParty>"
    yield from _ubl_adjustments(said.adjustments, money)
    yield "<cac:TaxTotal>" + _of("cbc:TaxAmount", "999.99", 'currencyID="SEK"') + "</cac:TaxTotal>"
    yield "<cac:TaxTotal>" + _of("cbc:TaxAmount", said.tax, money)
    for tax in said.taxes:
        yield "<cac:TaxSubtotal>" + _of("cbc:TaxableAmount", tax.base, money)
        yield _of("cbc:TaxAmount", tax.amount, money) + "<cac:TaxCategory>"
        yield _of("cbc:ID", tax.category or None) + _of("cbc:Percent", tax.rate)
        yield "</cac:TaxCategory></cac:TaxSubtotal>"
    yield "</cac:TaxTotal><cac:LegalMonetaryTotal>" + _of("cbc:LineExtensionAmount", said.line_total, money)
    yield _of("cbc:TaxExclusiveAmount", said.net, money) + _of("cbc:TaxInclusiveAmount", said.total, money)
    yield _of("cbc:AllowanceTotalAmount", said.allowances, money)
    yield _of("cbc:ChargeTotalAmount", said.charges, money) + _of("cbc:PrepaidAmount", said.paid, money)
    yield _of("cbc:PayableAmount", said.due, money) + "</cac:LegalMonetaryTotal>"
    counted = "Credited" if said.credit else "Invoiced"
    for number, line in enumerate(said.lines, 1):
        yield f"<cac:{kind}Line>" + _of("cbc:ID", number)
        yield _of(f"cbc:{counted}Quantity", line.quantity, f'unitCode="{line.unit}"')
        yield _of("cbc:LineExtensionAmount", line.total, money)
        yield from _ubl_adjustments(line.adjustments, money)
        yield "<cac:Item>" + _of("cbc:Name", line.name) + "</cac:Item><cac:Price>"
        yield _of("cbc:PriceAmount", line.price, money) + f"</cac:Price></cac:{kind}Line>"
    yield f"</{kind}>"


def _ubl_adjustments(adjustments: Sequence[Adjustment], money: str) -> Iterator[str]:
    for one in adjustments:
        yield "<cac:AllowanceCharge>" + _of("cbc:ChargeIndicator", "true" if one.amount > 0 else "false")
        yield _of("cbc:AllowanceChargeReason", one.reason) + _of("cbc:Amount", abs(one.amount), money)
        yield "</cac:AllowanceCharge>"
