from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receipts.engine.numerals import Style, currency_of, mend, numerals, style_of

POINT, COMMA = Style(decimal="."), Style(decimal=",")
cents = st.decimals(min_value=0, max_value=9_999_999, places=2)


def amounts(text: str, style: Style = POINT) -> list[Decimal]:
    return [number.value for number in numerals(text, style) if number.money]


@given(cents)
def test_an_amount_written_in_either_style_reads_back_as_itself(value):
    english = f"{value:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert amounts(f"TOTAL  {english}") == [value]
    assert amounts(f"SUMME  {german}", style_of([german])) == [value]


@given(st.integers(min_value=1, max_value=9_999_999))
def test_money_without_decimals_reads_its_commas_as_thousands(value):
    style = style_of(["16,500", "33,000", "1,250,000"])
    assert amounts(f"Total  {max(value, 1000):,}", style) == [max(value, 1000)]


@given(st.text(max_size=80))
def test_no_text_breaks_the_numbers_and_every_number_lies_inside_it(text):
    for number in numerals(text, style_of([text])):
        assert 0 <= number.start < number.end <= len(text)


@given(st.text(alphabet="0123456789OoIlSsBZ.,- $€RMx%/:", max_size=40))
def test_mending_keeps_the_length(text):
    assert len(mend(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("I8.90", "18.90"),
        ("1O.5O", "10.50"),
        ("RM 18 .90", "18.90"),
        ("$25.00-", "-25.00"),
        ("-RM 0.02", "-0.02"),
        ("($3.13)", "-3.13"),
        ("0,89 C", "0.89"),
        ("RM53.20", "53.20"),
        (".24", "0.24"),
        ("SUSHI  7 50 SR", "7.50"),
    ],
)
def test_what_thermal_paper_and_ocr_do_to_an_amount_is_undone(text, value):
    assert amounts(text) == [Decimal(value)]


@pytest.mark.parametrize(
    "text",
    ["GST 6.00%", "12:30", "14/03/2018", "03-2123 4567", "7.62M", "9557368063013", "8.00 Uhr", "INV2018.03"],
)
def test_what_is_no_amount_is_not_taken_for_one(text):
    assert amounts(text) == []


def test_a_page_votes_on_its_decimal_mark():
    assert style_of(["1.234,56", "0,99 A", "3,50"]).decimal == ","
    assert style_of(["1,234.56", "0.99", "12.00"]).decimal == "."
    assert style_of(["16,500", "8,000", "24,500"]).places == 0


def test_a_bare_dollar_names_no_currency():
    assert currency_of("$") is None
    assert currency_of("RM") == "MYR"
    assert currency_of("€") == "EUR"


def test_a_tax_code_glued_to_a_price_is_no_decimal_where_others_stand_apart():
    rows = ["Tea  2,40 1", "Saft  2,50 1", "Gyros  8,90 1", "Tee  2,10", "Bier  12,001"]
    assert amounts(rows[-1], style_of(rows)) == [Decimal("12.00")]
    assert amounts(rows[-1], style_of(rows[2:])) == []


def test_an_amount_that_a_quantity_is_glued_to_stands_alone():
    assert amounts("Total ==>  7.020.44 piece(s)", Style(decimal=".", places=2)) == [Decimal("7.02")]
    assert amounts("Total Rp 45.545.45", Style(decimal=".", places=2)) == [Decimal("45545.45")]
    assert amounts("Summe 7.020,44", Style(decimal=",", places=2)) == [Decimal("7020.44")]


def test_counts_with_decimals_do_not_outvote_prices_in_thousands():
    assert style_of(["Ramen  1.00  48,000", "Udon  2.00  96,000", "Total  144,000"]).places == 0


def test_a_whole_number_without_marks_is_an_amount_at_the_rows_end_alone():
    whole = Style(decimal=".", places=0, grouped=True)
    assert amounts("Plastic bag  0", whole) == [0]
    assert amounts("Ramen 48000 48000", whole) == [48000]
    assert amounts("Table 1204 window", whole) == []
