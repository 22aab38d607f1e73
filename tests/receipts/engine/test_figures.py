from decimal import Decimal

import pytest

from tests.receipts.engine.paper import GROCER, draft

HEAD = "Cafe Rosa\n1 Rose Lane\n"


def test_the_sums_of_a_plain_receipt_are_read_by_their_labels():
    read = draft(GROCER)
    assert (read.subtotal, read.tax, read.total) == (Decimal("71.50"), Decimal("4.29"), Decimal("75.80"))


def test_a_total_that_is_not_on_the_paper_is_null():
    assert draft("Cafe Rosa\n1 Rose Lane\nThank you for your visit").total is None


def test_the_total_after_rounding_is_what_was_paid():
    read = draft(
        HEAD
        + "Tea  41.52\nTotal Incl. GST  41.52\nRounding Adj  -0.02\nTotal Rounded  41.50\nCash  50.00\nChange  8.50"
    )
    assert read.total == Decimal("41.50")


def test_cash_and_change_are_not_the_total():
    assert draft(HEAD + "Tea  12.00\nTOTAL  12.00\nCASH  50.00\nCHANGE  38.00").total == Decimal("12.00")


def test_an_amount_without_a_name_is_the_total_when_cash_less_change_is():
    assert draft(HEAD + "Tea  9.80\nBun  20.00\n29.80\nCASH  50.00\nCHANGE  20.20").total == Decimal("29.80")


def test_the_sums_of_a_table_of_taxes_are_not_the_bills():
    read = draft(
        HEAD
        + "Tea  106.00\nTOTAL  RM 106.00\nCASH  106.00\nGST Summary  Amount  Tax\nSR 6%  100.00  6.00\nTotal  100.00  6.00"
    )
    assert (read.total, read.tax) == (Decimal("106.00"), Decimal("6.00"))


def test_a_german_table_gives_the_tax_of_all_rates():
    read = draft(
        "Lidl\nBrot  8,80 A\nRum  10,97 B\nzu zahlen  19,77\nMWST%  MWST  Netto  Brutto\n"
        "A 7 %  0,58  8,22  8,80\nB 19 %  1,75  9,22  10,97\nSumme  2,33  17,44  19,77"
    )
    assert (read.total, read.tax, read.currency) == (Decimal("19.77"), Decimal("2.33"), "EUR")


@pytest.mark.parametrize(
    "label",
    [
        "Grand Total",
        "AMOUNT DUE",
        "Summe EUR",
        "Gesamtbetrag",
        "Total TTC",
        "TOTAL A PAGAR",
        "Jumlah",
        "T0TAL",
    ],
)
def test_totals_are_known_by_name_in_several_languages(label):
    assert draft(HEAD + f"Tea  12.00\nBun  3.00\n{label}  15.00").total == Decimal("15.00")


def test_a_tip_is_kept_apart_from_the_tax():
    read = draft(HEAD + "Soup  20.00\nSubtotal  20.00\nSales Tax  1.60\nGratuity  4.00\nTotal  25.60")
    assert (read.tax, read.tip, read.total) == (Decimal("1.60"), Decimal("4.00"), Decimal("25.60"))


def test_each_label_of_a_row_has_its_own_amount():
    assert draft(HEAD + "Tea  25.85\nITEM: 5  TOTAL  25.85\nCASH  50.00\nCHANGE  24.15").total == Decimal(
        "25.85"
    )


def test_prices_without_decimals_are_whole():
    read = draft(
        "TOKO ROTI\nREAL GANACHE  1  16,500\nEGG TART  2  26,000\nTotal  42,500\nTunai  50,000\nKembali  7,500"
    )
    assert read.total == 42500
    assert [line.total for line in read.items] == [16500, 26000]


def test_evidence_points_at_the_number_itself():
    evidence = draft(GROCER).evidence["total"]
    assert evidence.page == 1
    left, top, right, bottom = evidence.box
    assert 0.33 < left < right < 0.5
    assert 0.1 < top < bottom < 0.16
    assert 0.5 < evidence.confidence <= 1


def test_the_taxes_are_those_that_lead_from_the_subtotal_to_the_total():
    read = draft(
        "CHEZ VICTOR\nPoutine  16.50\nSOUS-TOTAL  16.50\nT.P.S.  0.83\nT.V.Q.  1.65\nTOTAL  18.98\n"
        "Merci\nTPS: 0.83  TVQ: 1.65\nTotal  18.98"
    )
    assert read.tax == Decimal("2.48")


def test_an_amount_without_a_name_is_the_total_when_the_subtotal_and_the_taxes_make_it():
    read = draft("WARUNG\nMie  48,000\nSub Total  48,000\nService Ch  3,600\nTax 10%  5,160\nHOLD  56,760")
    assert read.total == 56760
    assert read.verified


def test_a_tax_table_whose_last_row_sums_up_counts_once():
    read = draft(
        "TAJ\nLamb  84.54\nTotal Amount  99.33\nVAT Analysis  Net  VAT  Gross\n"
        "A 17.5%  80.00  14.00  94.00\nB 5%  4.54  0.79  5.33\n84.54  14.79  99.33"
    )
    assert read.tax == Decimal("14.79")


def test_a_service_charge_in_short_is_not_the_change():
    read = draft("BLUE GINGER\nRendang  80.00\nSUBTOTAL  80.00\nSV CHG 10%  8.00\nTOTAL  88.00")
    assert (read.total, read.verified) == (88, True)


@pytest.mark.parametrize(
    "sums",
    [
        "TOTAL  20.00",
        "SUBTOTAL  18.00\nTAX  2.00\nTOTAL  20.00",
        "SUBTOTAL  18.00\nSERVICE CHARGE  1.80\nROUNDING  0.02\nTOTAL  19.82",
        "SUBTOTAL  18.00\nDISCOUNT  -3.00\nTOTAL  15.00",
    ],
)
def test_a_bill_whose_sums_close_is_verified(sums):
    lines = "Soup  8.00\nBread  10.00" + ("\nTea  2.00" if sums == "TOTAL  20.00" else "")
    assert draft(f"CAFE ROSA\n{lines}\n{sums}").verified


@pytest.mark.parametrize(
    "sums",
    ["TOTAL  21.00", "", "TOTAL  18.00\nTOTAL DUE  25.00", "SUBTOTAL  18.00\nTAX  2.00"],
    ids=["open", "no total", "another total below", "only a subtotal"],
)
def test_a_bill_whose_sums_prove_no_total_is_not_verified(sums):
    assert not draft(f"CAFE ROSA\nSoup  8.00\nBread  10.00\n{sums}").verified


def test_a_column_of_amounts_that_slipped_is_paired_in_order():
    read = draft(
        "CAFE BALI\nFries  65,000\nCoffee  30,000\nRice  225,000\n320,000\nSUBTOTAL\n16,000\n"
        "SERVICE  33,600\nPB1\n0\nVOUCHER  369,600\nGRAND TOTAL"
    )
    assert (read.subtotal, read.tax, read.total, read.verified) == (320000, 33600, 369600, True)


@pytest.mark.parametrize(
    ("sums", "total"),
    [
        (
            "TOTAL SALES  14.38\nROUNDING ADJUSTMENT  .02\nROUNDING  RM 14.40\nCASH  RM 20.00\nCHANGE  RM 5.60",
            "14.40",
        ),
        ("TOTAL  14.38\nROUNDING ADJ  RM 0.02\nTOTAL ROUNDED  RM 14.40\nCASH  20.00\nCHANGE  5.60", "14.40"),
        ("TOTAL  14.41\nROUNDING ADJ  RM 0.01\nTOTAL ROUNDED  RM 14.40\nCASH  20.00\nCHANGE  5.60", "14.40"),
    ],
    ids=["named a rounding", "rounded up", "rounded down, its sign lost"],
)
def test_the_total_is_the_rounded_one_however_it_is_named(sums, total):
    assert draft(HEAD + f"Soap  8.99\nWater  1.40\nMilk  3.99\n{sums}").total == Decimal(total)


def test_a_total_that_nothing_names_is_found_by_what_it_is_made_of():
    read = draft(
        HEAD + "Soup  481,000\nTea  19,000\nSub Total  500,000\nServices  25,000\nTax  50,000\n575,000"
    )
    assert read.total == 575000


def test_what_was_given_alone_is_no_total():
    assert (
        draft(HEAD + "Fish        27,500\nA la carte  17,500\nSUDTOTAL    45,000\nCASH        50,000").total
        == 45000
    )


@pytest.mark.parametrize(
    ("sums", "tax"),
    [
        ("Sub Total  6.58\nFood - Bulk 6.625%  0.44\nTotal  7.02\nCash  7.02", "0.44"),
        ("Sub Total  6.58\nOH 6.625% Tax  0.44\nTOTAL TAX  0.44\nTotal  7.02", "0.44"),
        ("CGST 2.5%  0.16\nSGST 2.5%  0.16\nTOTAL TAX  0.32\nTotal  6.90", "0.32"),
    ],
    ids=["its rate alone", "said again", "summed up"],
)
def test_a_tax_is_counted_once_and_known_by_its_rate(sums, tax):
    assert draft(HEAD + f"Candy  6.58\n{sums}").tax == Decimal(tax)


@pytest.mark.parametrize(
    "sums",
    [
        "FOOD  8.44\nTAX  0.61\nTOTAL  9.05",
        "TOTAL  9.05\nTVA  Total  HT  Tva\n7%  9.05  8.44  0.61",
    ],
    ids=["under another name", "in the table of taxes"],
)
def test_a_subtotal_without_its_name_is_the_total_less_the_tax(sums):
    read = draft(HEAD + f"Steak  6.95\nWrap  1.49\n{sums}")
    assert (read.subtotal, read.total) == (Decimal("8.44"), Decimal("9.05"))


@pytest.mark.parametrize(
    ("sums", "tax"),
    [
        ("SUBTOTAL  20,910\nPJR  2,091\nTOTAL  23,001\nCASH  25,000\nCHANGE  1,999", "2091"),
        ("SUBTOTAL  20,910\nSERVICE 10%  2,091\nTOTAL  23,001\nCASH  25,000\nCHANGE  1,999", None),
        ("TOTAL  20,910\nCASH  25,000\nCHANGE  4,090", None),
    ],
    ids=["garbled", "named otherwise", "none"],
)
def test_a_tax_whose_name_is_garbled_is_known_by_what_it_makes(sums, tax):
    read = draft(f"WARUNG MAKAN\nNASI GORENG  12,910\nES TEH  8,000\n{sums}")
    assert read.tax == (tax and Decimal(tax))
