from dataclasses import replace

import pytest

from receipts.engine.category import category_of
from receipts.engine.chains import NAMES, chain_like
from receipts.engine.reading import drafts_of
from tests.receipts.engine.paper import GROCER, TODAY, draft, page


def test_merchant_address_number_and_currency_of_a_plain_receipt():
    read = draft(GROCER)
    assert read.merchant == "GREEN VALLEY MARKET SDN BHD"
    assert read.address == "12 Jalan Bukit, 50450 Kuala Lumpur"
    assert read.number == "INV-20458"
    assert read.currency == "MYR"
    assert read.category == "groceries"


def test_a_registration_number_is_no_part_of_the_name():
    assert (
        draft("SUNRISE BAKERY SDN BHD (139386-X)\nBun  1.00\nTotal  1.00").merchant
        == "SUNRISE BAKERY SDN BHD"
    )


def test_a_name_that_runs_on_is_read_whole():
    assert (
        draft("HOME MASTER HARDWARE &\nELECTRICAL\nTape  1.00\nTotal  1.00").merchant
        == "HOME MASTER HARDWARE & ELECTRICAL"
    )
    assert (
        draft("POPULAR BOOK\nCO. (M) SDN BHD\nPen  1.00\nTotal  1.00").merchant
        == "POPULAR BOOK CO. (M) SDN BHD"
    )


def test_what_stands_above_the_name_is_not_taken_for_it():
    assert (
        draft("TAX INVOICE\nDate: 2019-05-04\nROSE GARDEN CAFE\nTea  1.00\nTotal  1.00").merchant
        == "ROSE GARDEN CAFE"
    )


def test_a_logo_that_cannot_be_read_gives_way_to_the_name_above_the_address_at_the_end():
    text = "I TER\nTable 30\nPoutine  3.50\nTotal  3.50\nTea  1.00\nAU REVOIR\nLAKESIDE LAURIER\n28 Laurier Road, Quebec"
    sure = page(text)
    unsure = replace(sure, boxes=(replace(sure.boxes[0], confidence=0.8), *sure.boxes[1:]))
    names = [drafts_of([one], today=TODAY)[0].merchant for one in (sure, unsure)]
    assert names == ["I TER", "LAKESIDE LAURIER"]


def test_a_garbled_logo_of_a_chain_is_mended():
    assert chain_like("LDL") == "Lidl"
    assert chain_like("R@SSMANN") == "Rossmann"
    assert chain_like("Norman") is None


@pytest.mark.parametrize("name", NAMES)
def test_every_chain_is_found_by_its_own_name(name):
    assert chain_like(name) == name


@pytest.mark.parametrize(
    ("merchant", "lines", "category"),
    [
        ("Rossmann", ["Shampoo"], "personal_care"),
        ("SHELL ISNI PETRO TRADING", ["V-POWER 97"], "fuel"),
        ("Pizzeria Roma", ["Pizza Margherita"], "restaurant"),
        ("Quux", ["Xyzzy"], "other"),
        (None, [], "other"),
    ],
)
def test_the_words_on_a_receipt_point_to_its_category(merchant, lines, category):
    assert category_of(merchant, lines)[0] == category


def test_a_bare_dollar_is_the_stores_own():
    text = "Corner Cafe\nTea  $4.00\nTotal  $4.00"
    assert draft(text, currency="SGD").currency == "SGD"
    assert draft(text).currency == "USD"
    assert draft(text.replace("$", "")).currency is None


def test_a_logo_is_named_as_the_paper_says_it_in_full():
    read = draft(
        "Enrique's\nCors. de Cadiz 197\nenriquesrestaurantepizzeria.com\n"
        "RESTAURANTE ENRIQUE'S\nSOPA  4,60\nTotal  4,60"
    )
    assert read.merchant == "RESTAURANTE ENRIQUE'S"


def test_an_address_in_short_is_no_merchant():
    assert (
        draft("Lotus Tea\nK3-113,JL IBRAHIM SULTAN\n80300 JOHOR BAHRU\nTea  4.60\nTotal  4.60").merchant
        == "Lotus Tea"
    )
