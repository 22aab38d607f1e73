"""Lines of bills: added, changed, struck off."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Category
from core.models import AuditEntry
from core.roles import Role
from receipts.models import Bill, Item
from schema import ids
from tests import books
from tests.conftest import Person, person
from tests.ledger import audited, everything

FIELDS = "position description quantity unit unitPrice discount total category { name } evidence { field } bill { id }"
ADD = f"""mutation ($input: AddItemInput!) {{ addItem(input: $input) {{ item {{ {FIELDS} }} replayed
  bill {{ items {{ totalCount }} checks {{ key ok }} evidence {{ field locked }} }} userErrors {{ code field }} }} }}"""
UPDATE = f"""mutation ($input: UpdateItemInput!) {{ updateItem(input: $input) {{ item {{ {FIELDS} }}
  bill {{ id evidence {{ field locked }} }} userErrors {{ code field }} }} }}"""
REMOVE = """mutation ($input: RemoveItemInput!) { removeItem(input: $input) {
  bill { items { nodes { description position } } } userErrors { code field } } }"""


def bill_id(bill: Bill) -> str:
    return ids.encode("Bill", bill.pk)


def item_id(item: Item) -> str:
    return ids.encode("Item", item.pk)


def said(ask: Any, who: Person, document: str, **input: Any) -> Any:
    (answer,) = ask(who, document, input=input).data.values()
    return answer


def test_a_line_is_added_at_the_end(owner: Person, ask: Any) -> None:
    bill = books.bill(owner.store, total=Decimal("5.00"))
    books.item(bill, position=7)
    answer = said(
        ask, owner, ADD, bill=bill_id(bill), description="Butter", quantity="1.5", unit="kg", total="2.50"
    )
    assert answer["userErrors"] == []
    item = answer["item"]
    assert (item["position"], item["description"], item["unit"], item["total"]) == (8, "Butter", "kg", "2.50")
    assert item["category"]["name"] == "Groceries"  # the bill's
    assert answer["bill"]["items"]["totalCount"] == 2
    assert {check["key"]: check["ok"] for check in answer["bill"]["checks"]}["items"] is True
    assert {"field": "items", "locked": True} in answer["bill"]["evidence"]
    assert audited() == ["item.add"]


def test_the_first_line_of_a_bill_is_its_first(owner: Person, ask: Any) -> None:
    item = said(ask, owner, ADD, bill=bill_id(books.bill(owner.store)), description="Butter")["item"]
    assert (item["position"], Decimal(item["quantity"])) == (1, 1)


def test_the_same_key_adds_a_line_once(owner: Person, ask: Any) -> None:
    input = {"bill": bill_id(books.bill(owner.store)), "description": "Butter", "idempotencyKey": "k"}
    first, again = said(ask, owner, ADD, **input), said(ask, owner, ADD, **input)
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert first["item"] == again["item"]
    assert (
        said(ask, owner, ADD, **{**input, "total": "1"})["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"
    )
    assert Item.objects.count() == 1


def test_a_bill_has_at_most_five_hundred_lines(owner: Person, ask: Any) -> None:
    bill = books.bill(owner.store)
    line = {"bill": bill, "description": "x", "category": bill.category}
    Item.objects.bulk_create(Item(position=number, **line) for number in range(500))
    before = everything()
    answer = said(ask, owner, ADD, bill=bill_id(bill), description="one more")
    assert answer["userErrors"] == [{"code": "CONFLICT", "field": ["bill"]}]
    assert everything() == before


BAD: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "no word": ({"description": " "}, "REQUIRED", ["description"]),
    "a NUL": ({"description": "a\x00"}, "INVALID", ["description"]),
    "a long description": ({"description": "x" * 501}, "INVALID", ["description"]),
    "a long unit": ({"unit": "x" * 21}, "INVALID", ["unit"]),
    "a fine quantity": ({"quantity": "0.0001"}, "INVALID", ["quantity"]),
    "no quantity at all": ({"quantity": "NaN"}, "INVALID", ["quantity"]),
    "endless discount": ({"discount": "-Infinity"}, "INVALID", ["discount"]),
    "a high total": ({"total": "1e400"}, "INVALID", ["total"]),
    "a fine price": ({"unitPrice": "0.00001"}, "INVALID", ["unitPrice"]),
}


@pytest.mark.parametrize("name", list(BAD))
def test_a_line_that_the_books_cannot_hold_is_refused(owner: Person, ask: Any, name: str) -> None:
    input, code, field = BAD[name]
    item = books.item(books.bill(owner.store))
    before = everything()
    added = said(
        ask, owner, ADD, **{"bill": bill_id(item.bill), "description": "x", "idempotencyKey": "k", **input}
    )
    changed = said(ask, owner, UPDATE, item=item_id(item), **{"total": "9.00", **input})
    for answer in (added, changed):
        assert answer["userErrors"] == [{"code": code, "field": field}]
    assert everything() == before


def test_null_empties_what_may_be_empty_and_what_is_left_out_stays(owner: Person, ask: Any) -> None:
    bill = books.bill(owner.store)
    mine = Category.objects.create(store=owner.store, name="Flour")
    found = {"confidence": 0.5, "source": "OCR", "page": 1}
    item = books.item(bill, unit="kg", discount=Decimal(1), category=mine, evidence=found)
    answer = said(
        ask, owner, UPDATE, item=item_id(item), unit=None, discount=None, category=None, unitPrice="0.1234"
    )
    changed = answer["item"]
    assert (changed["unit"], changed["discount"], changed["unitPrice"]) == ("", None, "0.1234")
    assert changed["category"]["name"] == "Groceries"  # as a new line of this bill
    assert (changed["description"], changed["total"]) == ("Rye bread", "2.50")
    assert changed["evidence"] == {"field": "items.0"}  # the line stands where it stood
    item.refresh_from_db()
    assert {name for name, found in item.evidence["values"].items() if found["locked"]} == {
        *("unit", "discount", "category", "unit_price")
    }
    assert {"field": "items", "locked": True} not in answer["bill"]["evidence"]  # the others are as read
    for name in ("description", "quantity"):
        refused = said(ask, owner, UPDATE, item=item_id(item), **{name: None})
        assert refused["userErrors"] == [{"code": "REQUIRED", "field": [name]}]


def test_a_change_of_a_line_is_audited(owner: Person, ask: Any) -> None:
    item = books.item(books.bill(owner.store))
    said(ask, owner, UPDATE, item=item_id(item), total="3.00")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.before["total"], entry.after["total"]) == (
        "item.update",
        owner.user,
        "2.50",
        "3.00",
    )


def test_a_line_is_struck_off_once_and_the_audit_keeps_it(owner: Person, ask: Any) -> None:
    bill = books.bill(owner.store)
    first, second = books.item(bill, description="A"), books.item(bill, description="B")
    answer = said(ask, owner, REMOVE, item=item_id(first))
    assert answer["bill"]["items"]["nodes"] == [{"description": "B", "position": 2}]
    assert AuditEntry.objects.get().before["description"] == "A"
    again = said(ask, owner, REMOVE, item=item_id(first))
    assert (again["bill"], again["userErrors"]) == (None, [{"code": "NOT_FOUND", "field": ["item"]}])
    assert audited() == ["item.remove"]
    assert (
        said(ask, owner, ADD, bill=bill_id(bill), description="C")["item"]["position"] == second.position + 1
    )


def test_the_lines_of_a_void_bill_stay_as_they_are(owner: Person, ask: Any) -> None:
    item = books.item(books.bill(owner.store, status=Bill.Status.VOID))
    before = everything()
    for document, input in acts(item).values():
        assert said(ask, owner, document, **input)["userErrors"] == [{"code": "CONFLICT", "field": ["bill"]}]
    assert everything() == before


def test_a_category_of_another_store_sorts_no_line(owner: Person, stranger: Person, ask: Any) -> None:
    item = books.item(books.bill(owner.store))
    theirs = ids.encode("Category", Category.objects.create(store=stranger.store, name="Theirs").pk)
    sold = ids.encode("Category", Category.objects.create(store=owner.store, name="Sold", kind="PRODUCT").pk)
    before = everything()
    for category, code in ((theirs, "NOT_FOUND"), (sold, "INVALID")):
        refusal = [{"code": code, "field": ["category"]}]
        assert (
            said(ask, owner, ADD, bill=bill_id(item.bill), description="x", category=category)["userErrors"]
            == refusal
        )
        assert said(ask, owner, UPDATE, item=item_id(item), category=category)["userErrors"] == refusal
    assert everything() == before


def acts(item: Item) -> dict[str, tuple[str, dict[str, Any]]]:
    return {
        "add": (ADD, {"bill": bill_id(item.bill), "description": "x"}),
        "update": (UPDATE, {"item": item_id(item), "total": "1.00"}),
        "remove": (REMOVE, {"item": item_id(item)}),
    }


@pytest.mark.parametrize("act", ["add", "update", "remove"])
def test_only_who_may_changes_lines(
    owner: Person, colleague: Person, stranger: Person, ask: Any, act: str
) -> None:
    item = books.item(books.bill(owner.store))
    document, input = acts(item)[act]
    accountant = person("books@example.com", store=owner.store, role=Role.ACCOUNTANT)
    before = everything()
    for reader in (colleague, accountant):
        assert ask(reader, "query ($id: ID!) { node(id: $id) { id } }", id=item_id(item)).data["node"]
        assert ask(reader, document, input=input).codes == ["FORBIDDEN"]
    assert said(ask, stranger, document, **input)["userErrors"][0]["code"] == "NOT_FOUND"
    assert ask(None, document, input=input).codes == ["UNAUTHENTICATED"]
    assert everything() == before
