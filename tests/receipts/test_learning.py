"""What a correction teaches: the next receipts of that store are read with it in mind, and of no other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from receipts import bills
from receipts.books import built_in
from receipts.draft import Draft, Line
from receipts.models import Bill, Item, Merchant, MerchantAlias
from receipts.spelling import nearest
from tests import books, readings
from tests.conftest import Person


def read(who: Person, merchant: str, *lines: str, **more: Any) -> Bill:
    """Enter what a reader makes of a paper."""
    items = tuple(Line(description=line, total=Decimal(2)) for line in lines)
    return readings.posted(who, Draft(merchant=merchant, total=Decimal(len(lines)), items=items, **more))[0]


def correct(who: Person, bill: Bill, **changes: Any) -> None:
    bills.update(bill=bill, by=who.user, changes=changes)


def correct_line(who: Person, bill: Bill, place: int, **changes: Any) -> None:
    bills.update_item(item=Item.objects.get(bill=bill, position=place), by=who.user, changes=changes)


def first_line(bill: Bill) -> Item:
    return Item.objects.get(bill=bill, position=1)


# --- Merchants


def test_a_merchant_once_corrected_is_read_rightly_from_then_on(owner: Person) -> None:
    correct(owner, read(owner, "C0RNR BKY"), merchant_name="Corner Bakery")
    again = read(owner, "c0rnr  bky")
    assert again.merchant is not None
    assert (again.merchant_name, again.merchant.name) == ("Corner Bakery", "Corner Bakery")
    assert again.evidence["merchant_name"]["source"] == "RULE"
    assert list(Merchant.objects.values_list("name", flat=True)) == ["Corner Bakery"]  # the other never was


def test_a_name_that_is_nearly_a_confirmed_merchants_is_that_merchants(owner: Person) -> None:
    books.bill(owner.store, merchant=books.merchant(owner.store, "Corner Bakery"))
    assert read(owner, "C0RNER BAKFRY").merchant_name == "Corner Bakery"
    assert read(owner, "Corner Butchery").merchant_name == "Corner Butchery"


def test_nobody_is_snapped_to_a_merchant_that_only_a_reader_has_named(owner: Person) -> None:
    read(owner, "Corner Bakfry")
    assert read(owner, "Corner Bakery").merchant_name == "Corner Bakery"


def test_one_store_learns_nothing_from_another(owner: Person, stranger: Person) -> None:
    correct(stranger, read(stranger, "C0RNR BKY", "RYE BRD"), merchant_name="Corner Bakery")
    correct_line(stranger, Bill.objects.get(), 1, description="Rye bread", category=built_in("cafe"))
    ours = read(owner, "C0RNR BKY", "RYE BRD")
    assert (ours.merchant_name, first_line(ours).description) == ("C0RNR BKY", "RYE BRD")
    assert first_line(ours).category == ours.category == built_in("other")


def test_the_name_of_a_merchant_that_a_person_stands_behind_is_not_taken_from_it(owner: Person) -> None:
    books.bill(owner.store, merchant=books.merchant(owner.store, "Shell"), merchant_name="Shell")
    correct(owner, read(owner, "Shell"), merchant_name="Aral")  # this paper was misread; Shell is Shell
    assert read(owner, "Shell").merchant_name == "Shell"
    assert not MerchantAlias.objects.exists()


def test_what_a_person_typed_is_no_misreading(owner: Person) -> None:
    bill = read(owner, "C0RNR BKY")
    correct(owner, bill, merchant_name="Corner Bakry")
    correct(owner, bill, merchant_name="Corner Bakery")
    assert not MerchantAlias.objects.filter(name="corner bakry").exists()
    by_hand = bills.create(store=owner.store, by=owner.user, new=bills.NewBill(merchant_name="Typo"))
    correct(owner, by_hand, merchant_name="Type")
    assert not MerchantAlias.objects.filter(name="typo").exists()


def test_a_bills_category_becomes_its_merchants_usual_one(owner: Person) -> None:
    bill = read(owner, "Corner Bakery", category="groceries")
    assert bill.category == built_in("groceries")
    correct(owner, bill, category=built_in("cafe"))
    assert read(owner, "Corner Bakery", category="groceries").category == built_in("cafe")


# --- Articles


def test_an_article_is_named_and_sorted_as_a_person_did_once(owner: Person) -> None:
    bill = read(owner, "Corner Bakery", "RYE BRD 500G")
    correct_line(owner, bill, 1, description="Rye bread 500g", category=built_in("cafe"))
    for spelled in ("RYE BRD 500G", "RYE BREAO 500G"):  # as it was, and misread otherwise
        line = first_line(read(owner, "Corner Bakery", spelled))
        assert (line.description, line.category) == ("Rye bread 500g", built_in("cafe"))
        assert line.evidence["values"]["description"]["source"] == "RULE"
        assert line.evidence["values"]["category"]["source"] == "RULE"
    other = first_line(read(owner, "Corner Bakery", "RYE BREAD 750G"))
    assert (other.description, other.category) == ("RYE BREAD 750G", built_in("other"))


def test_a_category_alone_leaves_the_name_as_it_is(owner: Person) -> None:
    correct_line(owner, read(owner, "Mill", "Printer paper"), 1, category=built_in("office"))
    line = first_line(read(owner, "Mill", "PRINTER PAPER"))
    assert line.category == built_in("office")


def test_the_last_correction_counts(owner: Person) -> None:
    bill = read(owner, "Mill", "Printer paper")
    for key in ("office", "household"):
        correct_line(owner, bill, 1, category=built_in(key))
    assert first_line(read(owner, "Mill", "Printer paper")).category == built_in("household")


# --- Spelling


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("C0RNER BAKERY", "Corner Bakery"),
        ("Corner  bakery", "Corner Bakery"),
        ("Corner Bakey", "Corner Bakery"),
        ("Comer Bakery", "Corner Bakery"),  # rn as m
        ("Milk 1l", "Milk 1l"),
        ("Milk 2l", None),  # another number is another thing
        ("Milk", None),  # too short
        ("Shop 11", None),
        ("Corner Butcher", None),
        ("", None),
    ],
)
def test_a_text_is_a_known_name_when_it_is_nearly_that_and_its_numbers_are_the_same(
    text: str, found: str | None
) -> None:
    assert nearest(text, ["Corner Bakery", "Milk 1l", "Shop 12", "Flower House"]) == found


def test_between_two_that_are_as_near_nothing_is_chosen() -> None:
    assert nearest("Corner Bakerx", ["Corner Bakery", "Corner Bakern"]) is None
