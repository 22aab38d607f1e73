"""How each sample shop prints: one function a shop, from a receipt to its paper."""

from decimal import Decimal

from demo.paper import Paper
from demo.shops import (
    AMERICAN_RESTAURANT,
    BRITISH_CAFE,
    GERMAN_SUPERMARKET,
    INDIAN_OFFICE_SHOP,
    INDONESIAN_SHOP,
    INVOICE,
    MALAYSIAN_RESTAURANT,
    US_GROCERY,
    Receipt,
)

ROLL_PT = 226.0  # the usual 80 mm
WIDE_ROLL_PT = 264.0
A4_PT = (595.0, 842.0)


def us_grocery(receipt: Receipt) -> Paper:
    """Print as an American grocery: quantities below the item, tax added, paid by card."""
    paper = Paper(ROLL_PT)
    heading(paper, receipt, scale=1.25)
    paper.middle("(303) 555-0142")
    paper.gap()
    paper.line(f"{receipt.date:%m/%d/%Y} {receipt.time:%H:%M}", "REG 03")
    paper.line(f"TRANS {receipt.number}", "CASHIER: JO")
    paper.gap()
    for item in receipt.items:
        paper.line(item.description, f"{item.total} {item.mark or 'F'}")
        if item.unit:
            paper.line(f"  {item.quantity} {item.unit} @ {item.unit_price}/{item.unit}")
        elif item.quantity != 1:
            paper.line(f"  {item.quantity} @ {item.unit_price}")
    paper.gap()
    paper.line("SUBTOTAL", f"{receipt.goods}  ")
    for tax in receipt.taxes:
        paper.line(tax.name, f"{tax.amount}  ")
    paper.line("TOTAL", f"${receipt.total}", scale=1.3)
    paper.gap()
    paper.line("VISA ************1881", f"{receipt.total}  ")
    paper.line("CHANGE", "0.00  ")
    paper.gap()
    paper.middle("THANK YOU FOR SHOPPING WITH US")
    return paper


def german_supermarket(receipt: Receipt) -> Paper:
    """Print as a German supermarket: decimal commas, prices with tax, a table of the taxes."""
    paper = Paper(ROLL_PT, font="Helvetica", bold="Helvetica-Bold")
    heading(paper, receipt, scale=1.3)
    paper.middle("Tel. 0341 5550173")
    paper.gap()
    paper.line("", "EUR")
    for item in receipt.items:
        paper.line(item.description, f"{german(item.total)} {item.mark}")
        if item.unit:
            paper.line(f"    {german(item.quantity)} {item.unit} x {german(item.unit_price)} EUR/{item.unit}")
        elif item.quantity != 1:
            paper.line(f"    {item.quantity} Stk x {german(item.unit_price)}")
    paper.rule()
    paper.line("SUMME  EUR", german(receipt.total), scale=1.3, bold=True)
    paper.rule()
    paper.line("Geg. girocard  EUR", german(receipt.total))
    paper.gap()
    ends = (110.0, 155.0, paper.right_pt)
    paper.columns(("Steuer %", "Netto", "Steuer", "Brutto"), ends)
    for tax in receipt.taxes:
        net = tax.net or Decimal(0)
        paper.columns((tax.name, german(net), german(tax.amount), german(net + tax.amount)), ends)
    paper.gap()
    paper.line(f"{receipt.date:%d.%m.%Y}   {receipt.time:%H:%M}", f"Bon-Nr. {receipt.number}")
    paper.line("Markt 0417   Kasse 2   Bed. 11")
    paper.gap()
    paper.middle("Vielen Dank für Ihren Einkauf!")
    return paper


def malaysian_restaurant(receipt: Receipt) -> Paper:
    """Print as a Malaysian restaurant: columns of quantity and price, SST, rounding to five sen."""
    paper = Paper(WIDE_ROLL_PT, size_pt=9.0)
    heading(paper, receipt, scale=1.15)
    paper.middle("SST NO: W10-0000-00000000")
    paper.gap()
    paper.middle("RECEIPT", scale=1.2)
    paper.line(f"Bill No: {receipt.number}", "Table: 12")
    paper.line(f"Date: {receipt.date:%d/%m/%Y}", f"Time: {receipt.time:%H:%M}")
    paper.rule()
    ends = (150.0, 195.0, paper.right_pt)
    paper.columns(("Item", "Qty", "Price", "RM"), ends)
    paper.rule()
    for item in receipt.items:
        paper.columns((item.description, str(item.quantity), f"{item.unit_price}", f"{item.total}"), ends)
    paper.rule()
    paper.line("Subtotal", f"{receipt.goods}")
    for tax in receipt.taxes:
        paper.line(tax.name, f"{tax.amount}")
    paper.line("Rounding Adj", f"{receipt.rounding}")
    paper.line("TOTAL RM", f"{receipt.total}", scale=1.3)
    paper.gap()
    paper.line("Cash", "70.00")
    paper.line("Change", f"{70 - receipt.total}")
    paper.gap()
    paper.middle("TERIMA KASIH, DATANG LAGI")
    return paper


def british_cafe(receipt: Receipt) -> Paper:
    """Print as a British café: quantity first, pounds, the tax inside the total."""
    paper = Paper(ROLL_PT, font="Helvetica", bold="Helvetica-Bold", size_pt=10)
    heading(paper, receipt, scale=1.5)
    paper.middle("VAT No. GB 000 0000 00")
    paper.gap()
    paper.line(f"{receipt.date:%d %b %Y} {receipt.time:%H:%M}", f"Order #{receipt.number}")
    paper.rule()
    for item in receipt.items:
        paper.line(f"{item.quantity} x {item.description}", f"£{item.total}")
    paper.rule()
    paper.line("Total", f"£{receipt.total}", scale=1.4, bold=True)
    paper.line("Contactless", f"£{receipt.total}")
    paper.gap()
    for tax in receipt.taxes:
        paper.line(f"{tax.name} on £{tax.net}", f"£{tax.amount}")
    paper.gap()
    paper.middle("Served by Ash. See you soon!")
    return paper


def indonesian_shop(receipt: Receipt) -> Paper:
    """Print as an Indonesian shop: rupiah with dots between thousands, paid in cash."""
    paper = Paper(ROLL_PT)
    heading(paper, receipt, scale=1.25)
    paper.middle("Telp. 022-5550188")
    paper.gap()
    paper.line(f"No: {receipt.number}")
    paper.line(f"Tgl: {receipt.date:%d-%m-%Y}", f"{receipt.time:%H:%M}")
    paper.line("- " * 18)
    for item in receipt.items:
        paper.line(item.description)
        paper.line(f"   {item.quantity} x {rupiah(item.unit_price)}", rupiah(item.total))
    paper.line("- " * 18)
    paper.line("TOTAL  Rp", rupiah(receipt.total), scale=1.3)
    paper.line("TUNAI", rupiah(Decimal(300000)))
    paper.line("KEMBALI", rupiah(300000 - receipt.total))
    paper.gap()
    paper.middle("Barang yang sudah dibeli")
    paper.middle("tidak dapat dikembalikan")
    paper.middle("TERIMA KASIH")
    return paper


def american_restaurant(receipt: Receipt) -> Paper:
    """Print as an American restaurant's bill: tax, then a tip, then the total."""
    paper = Paper(WIDE_ROLL_PT, font="Helvetica", bold="Helvetica-Bold", size_pt=10)
    heading(paper, receipt, scale=1.6)
    paper.middle("(912) 555-0119")
    paper.gap()
    paper.line("Server: Robin", "Table 7   Guests 3")
    paper.line(f"Check #{receipt.number}", f"{receipt.date:%b %d, %Y} {receipt.time:%I:%M %p}")
    paper.rule()
    for item in receipt.items:
        paper.line(f"{item.quantity}  {item.description}", f"{item.total}")
    paper.rule()
    paper.line("Subtotal", f"{receipt.goods}")
    for tax in receipt.taxes:
        paper.line(tax.name, f"{tax.amount}")
    paper.line("Tip", f"{receipt.tip}")
    paper.line("Total", f"${receipt.total}", scale=1.4, bold=True)
    paper.gap()
    paper.line("Mastercard ...4006", f"${receipt.total}")
    paper.gap()
    paper.middle("Thank you, come again!")
    return paper


def invoice(receipt: Receipt) -> Paper:
    """Print as an invoice on a sheet: quantity, unit price and amount in columns, VAT added."""
    paper = Paper(A4_PT[0], font="Helvetica", bold="Helvetica-Bold", size_pt=10.5, margin_pt=50, down_pt=50)
    paper.line(receipt.merchant, scale=1.6, bold=True)
    for part in receipt.address:
        paper.line(part)
    paper.line("VAT No. IE 0000000X")
    paper.gap(2)
    paper.line("INVOICE", scale=1.8, bold=True)
    paper.gap()
    paper.line(f"Invoice number: {receipt.number}")
    paper.line(f"Invoice date: {receipt.date.day} {receipt.date:%B %Y}")
    paper.line("Terms: 30 days")
    paper.line("Bill to: The Corner Shop")
    paper.gap(2)
    ends = (370.0, 455.0, paper.right_pt)
    paper.columns(("Description", "Quantity", "Unit price", "Amount"), ends, bold=True)
    paper.rule()
    for item in receipt.items:
        paper.columns((item.description, str(item.quantity), f"{item.unit_price}", f"{item.total}"), ends)
    paper.rule()
    paper.columns(("", "", "Subtotal", f"{receipt.goods}"), ends)
    for tax in receipt.taxes:
        paper.columns(("", "", tax.name, f"{tax.amount}"), ends)
    paper.columns(("", "", "Total EUR", f"€{receipt.total}"), ends, bold=True)
    return paper


def indian_office_shop(receipt: Receipt) -> Paper:
    """Print as an Indian tax invoice: lakhs, two halves of GST, rounding to a whole rupee."""
    paper = Paper(WIDE_ROLL_PT)
    heading(paper, receipt, scale=1.3)
    paper.middle("GSTIN: 27AAAAA0000A1Z5")
    paper.middle("TAX INVOICE", scale=1.1)
    paper.line(f"Bill No: {receipt.number}")
    paper.line(f"Date: {receipt.date:%d/%m/%Y}", f"Time: {receipt.time:%H:%M}")
    paper.rule()
    ends = (85.0, 165.0, paper.right_pt)
    paper.columns(("Item", "Qty", "Rate", "Amount"), ends)
    paper.rule()
    for item in receipt.items:
        paper.line(item.description)
        paper.columns(("", str(item.quantity), lakhs(item.unit_price), lakhs(item.total)), ends)
    paper.rule()
    paper.line("Sub Total", lakhs(receipt.goods))
    for tax in receipt.taxes:
        paper.line(tax.name, lakhs(tax.amount))
    paper.line("Round Off", f"{receipt.rounding}")
    paper.line("TOTAL Rs.", lakhs(receipt.total), scale=1.3)
    paper.gap()
    paper.line("Paid by UPI", lakhs(receipt.total))
    paper.gap()
    paper.middle("THANK YOU, VISIT AGAIN")
    return paper


LAYOUTS = (
    (US_GROCERY, us_grocery),
    (GERMAN_SUPERMARKET, german_supermarket),
    (MALAYSIAN_RESTAURANT, malaysian_restaurant),
    (BRITISH_CAFE, british_cafe),
    (INDONESIAN_SHOP, indonesian_shop),
    (AMERICAN_RESTAURANT, american_restaurant),
    (INVOICE, invoice),
    (INDIAN_OFFICE_SHOP, indian_office_shop),
)


def heading(paper: Paper, receipt: Receipt, *, scale: float) -> None:
    """Print the shop's name and address in the middle."""
    paper.middle(receipt.merchant, scale=scale, bold=True)
    for part in receipt.address:
        paper.middle(part)


def german(amount: Decimal) -> str:
    """Write 1234.5 as the paper does in Germany: 1.234,50; a weight keeps its three decimals."""
    places = 3 if amount.as_tuple().exponent == -3 else 2
    return f"{amount:,.{places}f}".translate(str.maketrans(",.", ".,"))


def rupiah(amount: Decimal) -> str:
    """Write 78500 as 78.500."""
    return f"{amount:,.0f}".replace(",", ".")


def lakhs(amount: Decimal) -> str:
    """Write 168811 as India groups it: 1,68,811.00."""
    whole, cents = f"{amount:.2f}".split(".")
    head, tail = whole[:-3], whole[-3:]
    pairs = [head[max(end - 2, 0) : end] for end in range(len(head), 0, -2)][::-1]
    return ",".join([*pairs, tail]) + f".{cents}"
