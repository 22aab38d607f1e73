from decimal import Decimal

import pytest

from tests.receipts.engine.paper import GROCER, draft

HEAD = "Cafe Rosa\n1 Rose Lane\n"


def lines(text):
    return [(line.description, line.quantity, line.unit_price, line.total) for line in draft(text).items]


def number(text):
    return None if text is None else Decimal(text)


def test_a_table_gives_name_quantity_price_and_total():
    assert lines(GROCER) == [
        ("Basmati Rice 5kg", 1, Decimal("28.90"), Decimal("28.90")),
        ("Olive Oil 1L", 2, Decimal("19.50"), Decimal("39.00")),
        ("Bananas", 3, Decimal("1.20"), Decimal("3.60")),
    ]


def test_a_name_above_its_price_belongs_to_it():
    read = lines(
        "MR. TOOLS SDN BHD\nTAX INVOICE\nCHOPPING BOARD 35CM\n8970669\n1 X 19.00  19.00\nAIR SPRAYER 1.5L\n9066468\n2 X 8.02  16.04\nTOTAL  RM 35.04"
    )
    assert read == [
        ("CHOPPING BOARD 35CM", 1, Decimal("19.00"), Decimal("19.00")),
        ("AIR SPRAYER 1.5L", 2, Decimal("8.02"), Decimal("16.04")),
    ]


def test_a_name_below_its_price_belongs_to_it():
    read = lines(
        "TEO STATIONERY\nITEM  QTY  U/P  AMOUNT\n9555067700208  10  10.57  105.70\n- IK YELLOW 70GRAMS\n"
        "9557583450025  1  17.45  17.45\n- PAPYRUS DARK PAPER\nTOTAL  123.15"
    )
    assert [name for name, *_ in read] == ["IK YELLOW 70GRAMS", "PAPYRUS DARK PAPER"]
    assert [total for *_, total in read] == [Decimal("105.70"), Decimal("17.45")]


@pytest.mark.parametrize(
    ("row", "quantity", "price"),
    [
        ("3 x 1.50 Tea  4.50", 3, "1.50"),
        ("Tea  3 @ 1.50  4.50", 3, "1.50"),
        ("Tea  1.50 x  4.50", 3, "1.50"),
        ("3  Tea  4.50", 3, "1.50"),
        ("Tea 0.2 L  4.50", None, None),
    ],
)
def test_quantities_are_read_in_every_dress(row, quantity, price):
    ((name, found, each, total), *_) = lines(HEAD + f"{row}\nCake  5.50\nTotal  10.00")
    assert "Tea" in name
    assert (found, each, total) == (quantity, number(price), Decimal("4.50"))


def test_a_weight_on_the_row_below_explains_the_line_above():
    (first, *_) = lines("Lidl\nBananen  0,19 A\n0,162 kg x 1,15 EUR/kg\nBrot  1,78 A\nzu zahlen  1,97")
    assert first == ("Bananen", Decimal("0.162"), Decimal("1.15"), Decimal("0.19"))


def test_a_discount_comes_off_the_line_above_it():
    line = draft(HEAD + "Cheese  4.20\nDiscount  -0.75\nBread  2.00\nTotal  5.45").items[0]
    assert (line.discount, line.total) == (Decimal("0.75"), Decimal("3.45"))


def test_a_deposit_given_back_is_a_line_of_its_own():
    assert lines("Rewe\nWasser  1,59 A\nBrot  2,00 A\nLEERGUT  -0,25 A\nSUMME EUR  3,34")[-1][-1] == Decimal(
        "-0.25"
    )


def test_what_was_saved_and_counted_is_no_line():
    read = lines(HEAD + "Cheese  2.49\nWAS 3.49  YOU SAVE 1.00\nBread  2.00\nItem Count 2\nTotal  4.49")
    assert [name for name, *_ in read] == ["Cheese", "Bread"]


def test_codes_units_and_tax_marks_are_no_part_of_a_name():
    ((name, *_),) = lines(HEAD + "9556404118038 CALPIS ORIGINAL  2.00 PKT  1.50  3.00 SR\nTotal  3.00")
    assert name == "CALPIS ORIGINAL"


def test_every_line_says_where_it_stands():
    for line in draft(GROCER).items:
        assert line.evidence.page == 1
        assert line.evidence.box[0] < line.evidence.box[2]


def test_the_sum_of_the_drinks_is_no_line():
    read = draft(
        "CAFE ROSA\nTea        3.00\nCocoa      4.50\nBEVERAGES  7.50\nSoup       6.00\nTOTAL     13.50\nCASH      13.50"
    )
    assert [line.description for line in read.items] == ["Tea", "Cocoa", "Soup"]
    assert read.verified


def test_a_discount_in_two_rows_comes_off_the_line_above_and_the_lines_go_on():
    read = draft(
        "ROTI MANIS\nCOKLAT KEJU  11,000\nDISC ITEM  -20.000%\nAMOUNT       -2,200\n"
        "PLASTIK           0\nKISMIS        8,000\nTOTAL        16,800\nCASH         20,000\nCHANGE        3,200"
    )
    assert [(line.total, line.discount) for line in read.items] == [(8800, 2200), (0, None), (8000, None)]
    assert read.verified


def test_a_count_with_a_price_each_that_is_not_the_line_aboves_is_of_the_line_below():
    read = draft("ROTI\nBUN  7,000\n2X  @9500\nLUMPIA  19,000\nTOTAL  26,000")
    assert [(line.description, line.quantity) for line in read.items] == [("BUN", None), ("LUMPIA", 2)]


@pytest.mark.parametrize("name", ["BAR S BACON", "SALAD BAR 50%", "Round Steak", "Salt no iodine"])
def test_words_of_sums_inside_names_leave_a_line_a_line(name):
    read = draft(f"CORNER SHOP\n{'Eggs':20}2.00\n{name:20}3.00\n{'Tea':20}1.00\n{'TOTAL':20}6.00")
    assert [line.description for line in read.items] == ["Eggs", name, "Tea"]


def test_a_sum_without_a_name_below_a_line_named_below_its_price_ends_the_lines():
    read = draft(
        "CAFE ROSA\n1 Burger  10.00\n1         19.00\nSalmon\n          29.00\n"
        "COUPON     5.00-\nSUBTOTAL  24.00\nTOTAL     24.00"
    )
    assert [(line.description, str(line.total)) for line in read.items] == [
        ("Burger", "10.00"),
        ("Salmon", "19.00"),
    ]


def test_a_price_marked_down_is_the_one_that_is_now():
    read = draft(
        "MEIJER\n1 Main Street\nLIGHTER                  3.99\n*1559401018 SHAMPOO\n"
        "was  8.14  now           7.14 T\nTOTAL                   11.13"
    )
    assert [(line.description, line.total) for line in read.items][1:] == [("SHAMPOO", Decimal("7.14"))]
    assert read.verified
