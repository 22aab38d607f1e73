"""Bills as people enter, change, void and restore them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Category
from core.models import AuditEntry, Store
from core.roles import Role
from receipts.books import built_in
from receipts.models import Bill, Item, Merchant
from schema import ids
from tests import books
from tests.conftest import Person, person
from tests.ledger import audited, everything

FIELDS = """id merchantName address number date time bookedOn undated currency subtotal tax tip total verified status source
  notes category { name } merchant { name } evidence { field locked source } checks { key ok }
  items(first: 100) { totalCount nodes { position description quantity unit unitPrice discount total category { name } } }"""
CREATE = f"""mutation ($input: CreateBillInput!) {{ createBill(input: $input) {{
  bill {{ {FIELDS} }} replayed userErrors {{ code message field }} }} }}"""
UPDATE = f"""mutation ($input: UpdateBillInput!) {{ updateBill(input: $input) {{
  bill {{ {FIELDS} }} userErrors {{ code message field }} }} }}"""
DELETE = "mutation ($input: BillInput!) { deleteBill(input: $input) { bill { status } userErrors { code field } } }"
RESTORE = "mutation ($input: BillInput!) { restoreBill(input: $input) { bill { status } userErrors { code field } } }"


def the_id(bill: Bill) -> str:
    return ids.encode("Bill", bill.pk)


@pytest.fixture
def create(ask: Any) -> Any:
    def send(who: Person, **input: Any) -> Any:
        return ask(who, CREATE, input={"store": who.store_id, **input}).data["createBill"]

    return send


@pytest.fixture
def update(ask: Any) -> Any:
    def send(who: Person, bill: Bill, **changes: Any) -> Any:
        return ask(who, UPDATE, input={"bill": the_id(bill), **changes}).data["updateBill"]

    return send


WHOLE = {
    "merchantName": "Corner Bakery",
    "address": "1 High Street",
    "number": "A-17",
    "date": "2026-05-04",
    "time": "09:30:00",
    "currency": "GBP",
    "subtotal": "10.00",
    "tax": "2.00",
    "tip": "0.50",
    "total": "12.50",
    "notes": "for the staff",
    "items": [
        {"description": "Rye bread", "quantity": "2", "unitPrice": "3.2500", "total": "6.50"},
        {"description": "Cheese", "quantity": "0.350", "unit": "kg", "discount": "0.50", "total": "3.50"},
    ],
}


def test_a_bill_is_entered_as_it_was_given(owner: Person, create: Any) -> None:
    answer = create(owner, **WHOLE)
    assert answer["userErrors"] == []
    bill = answer["bill"]
    for name in ("merchantName", "address", "number", "date", "time", "currency", "notes"):
        assert bill[name] == WHOLE[name], name
    for name in ("subtotal", "tax", "tip", "total"):
        assert Decimal(bill[name]) == Decimal(str(WHOLE[name]))
    assert (bill["status"], bill["source"], bill["bookedOn"], bill["undated"]) == (
        "CONFIRMED",
        "MANUAL",
        "2026-05-04",
        False,
    )
    assert bill["merchant"] == {"name": "Corner Bakery"}
    assert bill["category"] == {"name": "Other"}
    assert [item["position"] for item in bill["items"]["nodes"]] == [1, 2]
    cheese = bill["items"]["nodes"][1]
    assert (cheese["unit"], Decimal(cheese["quantity"]), Decimal(cheese["discount"])) == (
        "kg",
        Decimal("0.35"),
        Decimal("0.5"),
    )
    assert {check["key"]: check["ok"] for check in bill["checks"]}["sum"] is True
    row = Bill.objects.get()
    assert (row.user, row.store, row.upload) == (owner.user, owner.store, None)
    assert audited() == ["bill.create"]


def test_a_bill_needs_nothing_but_its_store(owner: Person, create: Any) -> None:
    bill = create(owner)["bill"]
    assert (bill["currency"], bill["total"], bill["merchant"], bill["undated"]) == ("EUR", None, None, True)
    assert bill["items"]["totalCount"] == 0


def test_a_bill_that_a_front_end_has_read_waits_for_review(owner: Person, create: Any) -> None:
    bill = create(owner, **WHOLE, source="CLIENT")["bill"]
    assert (bill["status"], bill["source"]) == ("NEEDS_REVIEW", "CLIENT")


def test_an_item_without_a_quantity_is_one_piece_in_the_bills_category(owner: Person, create: Any) -> None:
    cafe = ids.encode("Category", built_in("cafe").pk)
    bill = create(owner, category=cafe, items=[{"description": "Tea", "quantity": None, "unit": None}])[
        "bill"
    ]
    (item,) = bill["items"]["nodes"]
    assert (Decimal(item["quantity"]), item["unit"], item["total"]) == (1, "", None)
    assert item["category"]["name"] == bill["category"]["name"] == "Coffee & bakery"


def test_a_merchants_usual_category_is_its_next_bills(owner: Person, create: Any) -> None:
    Merchant.objects.create(store=owner.store, name="Shell", category=built_in("fuel"))
    assert create(owner, merchantName=" SHELL ")["bill"]["category"] == {"name": "Fuel"}
    cafe = ids.encode("Category", built_in("cafe").pk)
    assert create(owner, merchantName="Shell", category=cafe)["bill"]["category"] == {
        "name": "Coffee & bakery"
    }


def test_the_same_key_enters_a_bill_once(owner: Person, create: Any) -> None:
    first = create(owner, **WHOLE, idempotencyKey="k")
    again = create(owner, **WHOLE, idempotencyKey="k")
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["bill"]["id"] == first["bill"]["id"]
    other = create(owner, **{**WHOLE, "total": "12.51"}, idempotencyKey="k")
    assert [error["code"] for error in other["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]
    assert (Bill.objects.count(), Item.objects.count()) == (1, 2)


BAD: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "an AI bill": ({"source": "AI"}, "INVALID", ["source"]),
    "501 items": ({"items": [{"description": "x"}] * 501}, "INVALID", ["items"]),
    "a long merchant": ({"merchantName": "x" * 201}, "INVALID", ["merchantName"]),
    "a long address": ({"address": "x" * 501}, "INVALID", ["address"]),
    "a long number": ({"number": "x" * 101}, "INVALID", ["number"]),
    "long notes": ({"notes": "x" * 1001}, "INVALID", ["notes"]),
    "a NUL": ({"notes": "a\x00b"}, "INVALID", ["notes"]),
    "a NUL in the merchant": ({"merchantName": "a\x00b"}, "INVALID", ["merchantName"]),
    "too much": ({"total": "1000000000000"}, "INVALID", ["total"]),
    "far too much": ({"total": "1e400"}, "INVALID", ["total"]),
    "far too little": ({"total": "-1e400"}, "INVALID", ["total"]),
    "next to nothing": ({"total": "1e-400"}, "INVALID", ["total"]),
    "three decimals": ({"tax": "1.005"}, "INVALID", ["tax"]),
    "NaN": ({"total": "NaN"}, "INVALID", ["total"]),
    "a signalling NaN": ({"total": "sNaN"}, "INVALID", ["total"]),
    "Infinity": ({"tip": "Infinity"}, "INVALID", ["tip"]),
    "a small currency": ({"currency": "eur"}, "INVALID", ["currency"]),
    "a long currency": ({"currency": "EURO"}, "INVALID", ["currency"]),
    "a currency of other letters": ({"currency": "ÄÖÜ"}, "INVALID", ["currency"]),
    "a time with a zone": ({"time": "09:30:00+02:00"}, "INVALID", ["time"]),
    "an item without a word": ({"items": [{"description": "a"}, {"description": " "}]}, "REQUIRED", ["items", "1", "description"]),
    "a long item": ({"items": [{"description": "x" * 501}]}, "INVALID", ["items", "0", "description"]),
    "a NUL in an item": ({"items": [{"description": "\x00"}]}, "INVALID", ["items", "0", "description"]),
    "a long unit": ({"items": [{"description": "x", "unit": "x" * 21}]}, "INVALID", ["items", "0", "unit"]),
    "a fine price": ({"items": [{"description": "x", "unitPrice": "0.00001"}]}, "INVALID", ["items", "0", "unitPrice"]),
    "a high price": ({"items": [{"description": "x", "unitPrice": "1e10"}]}, "INVALID", ["items", "0", "unitPrice"]),
    "a fine quantity": ({"items": [{"description": "x", "quantity": "0.0001"}]}, "INVALID", ["items", "0", "quantity"]),
    "a high quantity": ({"items": [{"description": "x", "quantity": "1e9"}]}, "INVALID", ["items", "0", "quantity"]),
}  # fmt: skip


@pytest.mark.parametrize("name", list(BAD))
def test_a_bill_that_the_books_cannot_hold_is_refused_whole(owner: Person, create: Any, name: str) -> None:
    input, code, field = BAD[name]
    before = everything()
    answer = create(owner, **{**WHOLE, **input}, idempotencyKey="k")
    assert answer["bill"] is None
    (error,) = answer["userErrors"]
    assert (error["code"], error["field"]) == (code, field), error
    assert error["message"]
    assert everything() == before


def test_the_largest_and_the_smallest_numbers_are_held_exactly(owner: Person, create: Any) -> None:
    line = {
        "description": "x",
        "quantity": "999999999.999",
        "unitPrice": "9999999999.9999",
        "total": "-999999999999.99",
    }
    bill = create(owner, total="999999999999.99", tax="-999999999999.99", tip="0.01", items=[line] * 500)[
        "bill"
    ]
    assert (bill["total"], bill["tax"], bill["tip"]) == ("999999999999.99", "-999999999999.99", "0.01")
    assert bill["items"]["totalCount"] == 500
    item = bill["items"]["nodes"][0]
    assert {name: item[name] for name in line} == line


@pytest.mark.parametrize("value", ["", "abc", "1,50", [], True, "0x10"])
def test_an_amount_that_is_no_number_is_a_bad_argument(owner: Person, ask: Any, value: object) -> None:
    before = everything()
    answer = ask(owner, CREATE, input={"store": owner.store_id, "total": value})
    assert answer.codes
    assert "INTERNAL" not in answer.codes
    assert everything() == before


def own_category(store: Store, name: str = "Flour", kind: str = "EXPENSE") -> Category:
    return Category.objects.create(store=store, name=name, kind=kind)


def test_a_category_of_another_store_is_not_there(
    owner: Person, stranger: Person, create: Any, update: Any
) -> None:
    theirs = ids.encode("Category", own_category(stranger.store).pk)
    bill = books.bill(owner.store)
    before = everything()
    refused = create(owner, category=theirs)["userErrors"]
    refused += create(owner, items=[{"description": "x", "category": theirs}])["userErrors"]
    refused += update(owner, bill, category=theirs)["userErrors"]
    assert [(error["code"], error["field"]) for error in refused] == [
        ("NOT_FOUND", ["category"]),
        ("NOT_FOUND", ["items", "0", "category"]),
        ("NOT_FOUND", ["category"]),
    ]
    assert everything() == before


def test_a_category_of_ones_other_store_is_not_for_this_one(owner: Person, create: Any) -> None:
    """The owner sees it: sight alone is not enough."""
    second = Store.objects.create(name="Second", currency="EUR")
    owner.user.memberships.create(store=second, role=Role.OWNER)
    there = ids.encode("Category", own_category(second).pk)
    before = everything()
    assert create(owner, category=there)["userErrors"][0]["code"] == "NOT_FOUND"
    assert create(owner, items=[{"description": "x", "category": there}])["userErrors"][0]["field"] == [
        "items",
        "0",
        "category",
    ]
    assert everything() == before


def test_what_is_bought_is_not_sorted_by_what_is_sold(owner: Person, create: Any, update: Any) -> None:
    sold = ids.encode("Category", own_category(owner.store, kind="PRODUCT").pk)
    bill = books.bill(owner.store)
    before = everything()
    refused = create(owner, category=sold)["userErrors"] + update(owner, bill, category=sold)["userErrors"]
    assert [(error["code"], error["field"]) for error in refused] == [("INVALID", ["category"])] * 2
    assert everything() == before


def test_a_bill_of_ten_items_is_entered_by_thirteen_statements(
    owner: Person, ask: Any, statements: Any
) -> None:
    document = """mutation ($input: CreateBillInput!) { createBill(input: $input) {
      userErrors { code } bill { id items(first: 10) { totalCount nodes { id } } } } }"""
    kinds = [ids.encode("Category", built_in(key).pk) for key in ("cafe", "fuel", "fees")]
    items = [
        {"description": f"Bun {place}", "total": "1.25", "category": kinds[place % 3]} for place in range(10)
    ]
    for number, total in enumerate(("12.50", "12.51")):  # the second of a merchant that is known
        new = {"merchantName": "Corner Bakery", "date": f"2026-05-0{number + 1}", "total": total}
        with statements() as count:
            answer = ask(
                owner, document, input={"store": owner.store_id, "category": kinds[0], **new, "items": items}
            )
        assert answer.data["createBill"]["bill"]["items"]["totalCount"] == len(items)
    assert len(count) == 13, [query["sql"] for query in count]  # BEGIN and COMMIT, here a savepoint, are two


def test_five_hundred_items_of_one_category_cost_no_statement_each(
    owner: Person, create: Any, statements: Any
) -> None:
    category = ids.encode("Category", own_category(owner.store).pk)
    counts = []
    for lines in (1, 500):
        with statements() as count:
            assert (
                create(owner, items=[{"description": "x", "category": category}] * lines)["userErrors"] == []
            )
        counts.append(len(count))
    assert counts[1] - counts[0] < 10, counts  # SQLite takes the rows in several statements


# --- Changing


def test_null_empties_a_field_and_what_is_left_out_stays(owner: Person, update: Any) -> None:
    bill = books.bill(
        owner.store, address="Here", tax=Decimal("1.00"), notes="mine", merchant=books.merchant(owner.store)
    )
    changed = update(owner, bill, address=None, tax=None, date=None, merchantName=None)["bill"]
    assert (changed["address"], changed["tax"], changed["date"], changed["undated"]) == ("", None, None, True)
    assert (changed["merchantName"], changed["merchant"]) == ("", None)
    assert (changed["notes"], Decimal(changed["total"])) == ("mine", 10)
    bill.refresh_from_db()
    assert bill.booked_on == bill.created_at.date()


def test_what_a_person_sets_is_marked_as_theirs(owner: Person, update: Any) -> None:
    bill = books.bill(owner.store, evidence={"tax": {"confidence": 0.5, "source": "OCR"}})
    changed = update(owner, bill, total="11.00", merchantName="Aldi", status="CONFIRMED")["bill"]
    evidence = {found["field"]: (found["locked"], found["source"]) for found in changed["evidence"]}
    assert evidence == {"tax": (False, "OCR"), "total": (True, "USER"), "merchantName": (True, "USER")}
    assert changed["merchant"] == {"name": "Aldi"}


@pytest.mark.parametrize(("change", "left"), [({"notes": "mine"}, True), ({"total": "11.00"}, False)])
def test_an_amount_that_a_person_changes_is_no_longer_proved_by_the_paper(
    owner: Person, update: Any, change: dict[str, str], left: bool
) -> None:
    bill = books.bill(owner.store, verified=True)
    assert update(owner, bill, **change)["bill"]["verified"] is left
    bill.refresh_from_db()
    assert bill.verified is left


def test_a_change_is_audited_with_before_and_after(owner: Person, update: Any) -> None:
    bill = books.bill(owner.store)
    update(owner, bill, total="12.34", date="2026-06-01", time="10:00:00")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.store, entry.node_key) == (
        "bill.update",
        owner.user,
        owner.store,
        bill.pk,
    )
    assert (entry.before["total"], entry.after["total"]) == ("10.00", "12.34")
    assert (entry.after["date"], entry.after["time"]) == ("2026-06-01", "10:00:00")
    assert entry.request_id not in ("", "-")


def test_a_new_date_moves_the_day_that_a_bill_counts_on(owner: Person, update: Any) -> None:
    bill = books.bill(owner.store)
    assert update(owner, bill, date="2026-06-01")["bill"]["bookedOn"] == "2026-06-01"


CHANGES: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    **{name: case for name, case in BAD.items() if not {"source", "items"} & set(case[0])},
    "void": ({"status": "VOID"}, "INVALID", ["status"]),
    "no status": ({"status": None}, "REQUIRED", ["status"]),
    "no currency": ({"currency": None}, "REQUIRED", ["currency"]),
}


@pytest.mark.parametrize("name", list(CHANGES))
def test_a_change_that_the_books_cannot_hold_changes_nothing(owner: Person, update: Any, name: str) -> None:
    changes, code, field = CHANGES[name]
    bill = books.bill(owner.store)
    before = everything()
    answer = update(owner, bill, **{"address": "elsewhere", **changes})
    (error,) = answer["userErrors"]
    assert (error["code"], error["field"]) == (code, field)
    assert everything() == before


def test_an_emptied_category_is_other(owner: Person, update: Any) -> None:
    bill = books.bill(owner.store, category=built_in("fuel"))
    assert update(owner, bill, category=None)["bill"]["category"] == {"name": "Other"}


# --- Void and back


def test_a_void_bill_does_not_count_and_comes_back_for_review(owner: Person, ask: Any) -> None:
    bill = books.bill(owner.store)
    counting = "{ me { stores { billCount spentThisMonth bills { totalCount } } } }"
    input = {"bill": the_id(bill)}
    for _ in range(2):  # the second time nothing happens
        assert ask(owner, DELETE, input=input).data["deleteBill"] == {
            "bill": {"status": "VOID"},
            "userErrors": [],
        }
    store = ask(owner, counting).data["me"]["stores"][0]
    assert (store["billCount"], store["bills"]["totalCount"]) == (0, 1)
    restored = ask(owner, RESTORE, input=input).data["restoreBill"]
    assert restored == {"bill": {"status": "NEEDS_REVIEW"}, "userErrors": []}
    assert ask(owner, counting).data["me"]["stores"][0]["billCount"] == 1
    again = ask(owner, RESTORE, input=input).data["restoreBill"]
    assert again["userErrors"] == [{"code": "CONFLICT", "field": ["bill"]}]
    assert audited() == ["bill.void", "bill.restore"]
    void, back = AuditEntry.objects.order_by("pk")
    assert (void.before, void.after) == ({"status": "CONFIRMED"}, {"status": "VOID"})
    assert (back.before, back.after) == ({"status": "VOID"}, {"status": "NEEDS_REVIEW"})


def test_a_void_bill_is_not_changed(owner: Person, update: Any) -> None:
    bill = books.bill(owner.store, status=Bill.Status.VOID)
    before = everything()
    assert update(owner, bill, total="1.00")["userErrors"][0]["code"] == "CONFLICT"
    assert everything() == before


# --- Who may

ACTS = {
    "createBill": (CREATE, lambda bill, store: {"store": store, "total": "1.00"}),
    "updateBill": (UPDATE, lambda bill, store: {"bill": bill, "total": "1.00"}),
    "deleteBill": (DELETE, lambda bill, store: {"bill": bill}),
    "restoreBill": (RESTORE, lambda bill, store: {"bill": bill}),
}


@pytest.mark.parametrize("act", list(ACTS))
def test_only_who_may_changes_bills(
    owner: Person, colleague: Person, stranger: Person, ask: Any, act: str
) -> None:
    document, make = ACTS[act]
    bill = books.bill(owner.store, status=Bill.Status.VOID if act == "restoreBill" else Bill.Status.CONFIRMED)
    accountant = person("books@example.com", store=owner.store, role=Role.ACCOUNTANT)
    manager = person("manager@example.com", store=owner.store, role=Role.MANAGER)
    input = make(the_id(bill), owner.store_id)
    before = everything()
    for reader in (colleague, accountant):
        assert ask(reader, "query ($id: ID!) { node(id: $id) { id } }", id=the_id(bill)).data["node"]
        assert ask(reader, document, input=input).codes == ["FORBIDDEN"]
    answer = ask(stranger, document, input=input).data[act]
    assert (answer["bill"], answer["userErrors"][0]["code"]) == (None, "NOT_FOUND")
    assert ask(None, document, input=input).codes == ["UNAUTHENTICATED"]
    assert everything() == before
    assert ask(manager, document, input=input).data[act]["userErrors"] == []
