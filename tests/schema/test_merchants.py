"""Merchants: named, renamed, merged, and what was paid to each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Category
from core.models import AuditEntry, Store
from core.roles import Role
from receipts import rollups
from receipts.books import built_in, merchant_named
from receipts.models import Bill, Merchant
from schema import ids
from tests import books
from tests.conftest import Person, person
from tests.ledger import audited, everything

RENAME = """mutation ($input: RenameMerchantInput!) { renameMerchant(input: $input) {
  merchant { id name category { name } } userErrors { code message field } } }"""
MERGE = """mutation ($input: MergeMerchantsInput!) { mergeMerchants(input: $input) {
  merchant { id name bills { totalCount } } userErrors { code message field } } }"""
CREATE = """mutation ($store: ID!, $name: String!) { createBill(input: {store: $store, merchantName: $name}) {
  bill { merchantName merchant { name category { name } } category { name } } userErrors { code } } }"""


def the_id(merchant: Merchant) -> str:
    return ids.encode("Merchant", merchant.pk)


def said(ask: Any, who: Person, document: str, **input: Any) -> Any:
    (answer,) = ask(who, document, input=input).data.values()
    return answer


def refused(answer: Any) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["field"]) for error in answer["userErrors"]]


def test_a_merchant_is_entered_once_however_it_is_spelled(owner: Person, ask: Any) -> None:
    for name in ("Corner Bakery", "CORNER BAKERY", "  corner   bakery "):
        bill = ask(owner, CREATE, store=owner.store_id, name=name).data["createBill"]["bill"]
        assert bill["merchant"]["name"] == "Corner Bakery"
    assert Merchant.objects.count() == 1


def test_each_store_has_its_own_merchants(owner: Person, stranger: Person, ask: Any) -> None:
    for who in (owner, stranger):
        ask(who, CREATE, store=who.store_id, name="Corner Bakery").data  # noqa: B018
    assert Merchant.objects.count() == 2
    listing = "{ me { stores { merchants { totalCount nodes { name store { id } } } } } }"
    page = ask(owner, listing).data["me"]["stores"][0]["merchants"]
    assert page == {"totalCount": 1, "nodes": [{"name": "Corner Bakery", "store": {"id": owner.store_id}}]}


def test_receipts_with_the_old_name_find_a_renamed_merchant(owner: Person, ask: Any) -> None:
    merchant = books.merchant(owner.store, "ALDI SÜD 0815")
    answer = said(
        ask,
        owner,
        RENAME,
        merchant=the_id(merchant),
        name="  Aldi  ",
        category=ids.encode("Category", built_in("cafe").pk),
    )
    assert answer["userErrors"] == []
    assert (answer["merchant"]["name"], answer["merchant"]["category"]["name"]) == ("Aldi", "Coffee & bakery")
    bill = ask(owner, CREATE, store=owner.store_id, name="Aldi Süd 0815").data["createBill"]["bill"]
    assert bill["merchant"]["name"] == "Aldi"
    assert bill["merchantName"] == "Aldi Süd 0815"  # the paper's word stays
    assert bill["category"]["name"] == "Coffee & bakery"
    entry = AuditEntry.objects.get(action="merchant.rename")
    assert (entry.before["name"], entry.after["name"], entry.actor) == ("ALDI SÜD 0815", "Aldi", owner.user)


def test_a_rename_leaves_the_usual_category_where_none_is_said(owner: Person, ask: Any) -> None:
    merchant = books.merchant(owner.store, "Shell")
    Merchant.objects.update(category=built_in("fuel"))
    answer = said(ask, owner, RENAME, merchant=the_id(merchant), name="SHELL")
    assert answer["merchant"] == {"id": the_id(merchant), "name": "SHELL", "category": {"name": "Fuel"}}


def test_who_bears_a_name_comes_before_who_was_spelled_so(owner: Person, ask: Any) -> None:
    first = books.merchant(owner.store, "Old")
    said(ask, owner, RENAME, merchant=the_id(first), name="New")
    second = books.merchant(owner.store, "Another")
    assert said(ask, owner, RENAME, merchant=the_id(second), name="Old")["userErrors"] == []
    assert merchant_named(store=owner.store, name="OLD") == second
    assert said(ask, owner, RENAME, merchant=the_id(second), name="Another")["userErrors"] == []
    assert merchant_named(store=owner.store, name="another") == second


BAD_NAMES = [
    ("", "REQUIRED"),
    (" \t ", "REQUIRED"),
    ("x" * 201, "INVALID"),
    ("a\x00b", "INVALID"),
    ("TAKEN", "TAKEN"),
]


@pytest.mark.parametrize(("name", "code"), BAD_NAMES)
def test_a_name_that_cannot_be_is_refused(owner: Person, ask: Any, name: str, code: str) -> None:
    merchant = books.merchant(owner.store)
    books.merchant(owner.store, "taken")
    before = everything()
    answer = said(ask, owner, RENAME, merchant=the_id(merchant), name=name)
    assert (answer["merchant"], refused(answer)) == (None, [(code, ["name"])])
    assert everything() == before


def test_a_name_of_another_stores_merchant_is_free(owner: Person, stranger: Person, ask: Any) -> None:
    books.merchant(stranger.store, "taken")
    assert (
        said(ask, owner, RENAME, merchant=the_id(books.merchant(owner.store)), name="taken")["userErrors"]
        == []
    )


def test_only_a_category_of_what_is_bought_here_is_a_usual_one(
    owner: Person, stranger: Person, ask: Any
) -> None:
    merchant = books.merchant(owner.store, "Shop")
    theirs = Category.objects.create(store=stranger.store, name="Theirs")
    sold = Category.objects.create(store=owner.store, name="Sold", kind="PRODUCT")
    before = everything()
    for category, code in ((theirs, "NOT_FOUND"), (sold, "INVALID")):
        answer = said(
            ask,
            owner,
            RENAME,
            merchant=the_id(merchant),
            name="X",
            category=ids.encode("Category", category.pk),
        )
        assert refused(answer) == [(code, ["category"])]
    assert everything() == before


def test_a_merge_moves_all_bills_and_the_next_receipt_follows(owner: Person, ask: Any) -> None:
    source, into = books.merchant(owner.store, "Aldi Nord"), books.merchant(owner.store, "Aldi")
    said(ask, owner, RENAME, merchant=the_id(source), name="ALDI 17")
    for merchant in (source, source, into):
        books.bill(owner.store, merchant=merchant)
    answer = said(ask, owner, MERGE, source=the_id(source), into=the_id(into))
    assert answer["userErrors"] == []
    assert answer["merchant"] == {"id": the_id(into), "name": "Aldi", "bills": {"totalCount": 3}}
    for spelling in ("Aldi Nord", "aldi 17", "ALDI"):
        bill = ask(owner, CREATE, store=owner.store_id, name=spelling).data["createBill"]["bill"]
        assert bill["merchant"]["name"] == "Aldi"
    assert Merchant.objects.count() == 1
    entry = AuditEntry.objects.get(action="merchant.merge")
    assert (entry.before["name"], entry.before["bills"]) == ("ALDI 17", 2)
    again = said(ask, owner, MERGE, source=the_id(source), into=the_id(into))
    assert refused(again) == [("NOT_FOUND", ["source"])]


def test_a_chain_of_merges_leads_to_its_end(owner: Person, ask: Any) -> None:
    a, b, c = (books.merchant(owner.store, name) for name in "ABC")
    said(ask, owner, MERGE, source=the_id(a), into=the_id(b))
    said(ask, owner, MERGE, source=the_id(b), into=the_id(c))
    assert {merchant_named(store=owner.store, name=name) for name in ("a", "b", "c")} == {c}


def test_a_merchant_is_not_merged_into_itself_or_into_another_store(owner: Person, ask: Any) -> None:
    mine = books.merchant(owner.store)
    second = Store.objects.create(name="Second", currency="EUR")
    owner.user.memberships.create(store=second, role=Role.OWNER)
    there = books.merchant(second)
    before = everything()
    for source, into in ((mine, mine), (mine, there), (there, mine)):
        answer = said(ask, owner, MERGE, source=the_id(source), into=the_id(into))
        assert (answer["merchant"], refused(answer)) == (None, [("INVALID", ["into"])])
    assert everything() == before


def test_only_who_may_changes_merchants(owner: Person, colleague: Person, stranger: Person, ask: Any) -> None:
    one, two = books.merchant(owner.store), books.merchant(owner.store)
    theirs = books.merchant(stranger.store)
    acts = [
        (RENAME, {"merchant": the_id(one), "name": "Mine now"}),
        (MERGE, {"source": the_id(one), "into": the_id(two)}),
        (MERGE, {"source": the_id(theirs), "into": the_id(one)}),
        (MERGE, {"source": the_id(one), "into": the_id(theirs)}),
    ]
    accountant = person("books@example.com", store=owner.store, role=Role.ACCOUNTANT)
    before = everything()
    for document, input in acts:
        assert [code for code, _ in refused(said(ask, stranger, document, **input))] == ["NOT_FOUND"]
        assert ask(None, document, input=input).codes == ["UNAUTHENTICATED"]
    for document, input in acts[:2]:
        for reader in (colleague, accountant):
            assert ask(reader, document, input=input).codes == ["FORBIDDEN"]
    assert everything() == before
    assert audited() == []


# --- What was paid

SPENT = """{ me { stores { spentThisMonth merchants(orderBy: NAME_ASC) { nodes { name spent { currency total bills } } } } } }"""


def test_what_was_paid_is_summed_by_currency_without_void_bills(owner: Person, ask: Any) -> None:
    one = books.merchant(owner.store, "One")
    books.merchant(owner.store, "Two")
    for currency, total in (
        ("EUR", "0.10"),
        ("EUR", "0.20"),
        ("USD", "500.00"),
        ("EUR", None),
        ("GBP", None),
    ):
        books.bill(owner.store, merchant=one, currency=currency, total=total and Decimal(total))
    books.bill(owner.store, merchant=one, total=Decimal("99.00"), status=Bill.Status.VOID)
    first, second = ask(owner, SPENT).data["me"]["stores"][0]["merchants"]["nodes"]
    assert first["spent"] == [
        {"currency": "USD", "total": "500.00", "bills": 1},
        {"currency": "EUR", "total": "0.30", "bills": 3},
        {"currency": "GBP", "total": "0.00", "bills": 1},
    ]
    assert second["spent"] == []


def test_huge_sums_are_exact(owner: Person, ask: Any) -> None:
    """A thousand times the largest amount, and one cent: a float has lost the cent long before."""
    merchant = books.merchant(owner.store, "One")
    total, values = Decimal("999999999999.99"), {"merchant": merchant, "date": None}
    bill = books.bill(owner.store, total=Decimal("0.01"), booked_on=today(owner.store), **values)
    copies = [Bill(**{**fields(bill), "total": total}) for _ in range(1000)]
    rollups.enter(Bill.objects.bulk_create(copies), [])
    store = ask(owner, SPENT).data["me"]["stores"][0]
    expected = str(total * 1000 + Decimal("0.01"))
    assert store["merchants"]["nodes"][0]["spent"] == [{"currency": "EUR", "total": expected, "bills": 1001}]
    assert store["spentThisMonth"] == expected


def today(store: Store) -> Any:
    from receipts.books import today

    return today(store)


def fields(bill: Bill) -> dict[str, Any]:
    return {field.attname: getattr(bill, field.attname) for field in Bill._meta.fields if field.name != "id"}
