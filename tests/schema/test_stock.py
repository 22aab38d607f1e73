"""Stock through HTTP: received, counted, written off; once for each key and each line of a bill."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Product, StockMove
from core.models import AuditEntry
from core.roles import Role
from receipts.models import Bill
from schema import ids
from tests import books, shop
from tests.conftest import Person, person
from tests.schema.world import everything

MOVED = """{ move { kind quantity stockAfter note user { email } item { description } product { name } }
  product { stockOnHand lowStock } replayed userErrors { code field message } }"""
RECEIVE = f"mutation ($input: ReceiveStockInput!) {{ receiveStock(input: $input) {MOVED} }}"
COUNT = f"mutation ($input: CountStockInput!) {{ countStock(input: $input) {MOVED} }}"
WASTE = f"mutation ($input: WasteStockInput!) {{ wasteStock(input: $input) {MOVED} }}"
LINK = """mutation ($input: LinkItemProductInput!) { linkItemProduct(input: $input) {
  item { product { name } } userErrors { code field } } }"""


def the_id(product: Product) -> str:
    return ids.encode("Product", product.pk)


def said(ask: Any, who: Person, document: str, **input: Any) -> Any:
    (answer,) = ask(who, document, input=input).data.values()
    return answer


def refused(answer: Any) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["field"]) for error in answer["userErrors"]]


def test_stock_is_received_counted_and_written_off(owner: Person, colleague: Person, ask: Any) -> None:
    flour = shop.product(owner.store, name="Flour", low_stock_threshold=2)
    answer = said(ask, colleague, RECEIVE, product=the_id(flour), quantity="10.5", note="by van")
    assert answer["userErrors"] == []
    assert answer["move"] == {
        "kind": "PURCHASE",
        "quantity": "10.500",
        "stockAfter": "10.500",
        "note": "by van",
        "user": {"email": "colleague@example.com"},
        "item": None,
        "product": {"name": "Flour"},
    }
    answer = said(ask, colleague, WASTE, product=the_id(flour), quantity="0.5")
    assert (answer["move"]["quantity"], answer["product"]["stockOnHand"]) == ("-0.500", "10.000")
    answer = said(ask, colleague, COUNT, product=the_id(flour), counted="2", expected="10.000")
    assert (answer["move"]["quantity"], answer["move"]["stockAfter"]) == ("-8.000", "2.000")
    assert answer["product"] == {"stockOnHand": "2.000", "lowStock": True}
    listing = "query ($id: ID!) { node(id: $id) { ... on Product { stockMoves { totalCount nodes { kind user { email } } } } } }"
    moves = ask(owner, listing, id=the_id(flour)).data["node"]["stockMoves"]
    assert [move["kind"] for move in moves["nodes"]] == ["COUNT", "WASTE", "PURCHASE"]
    assert {move["user"]["email"] for move in moves["nodes"]} == {"colleague@example.com"}
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["stock.purchase", "stock.waste", "stock.count"]


@pytest.mark.parametrize(
    ("document", "input"),
    [(RECEIVE, {"quantity": "3"}), (COUNT, {"counted": "8"}), (WASTE, {"quantity": "3"})],
)
def test_the_same_key_moves_stock_once(owner: Person, ask: Any, document: str, input: dict[str, str]) -> None:
    product = shop.product(owner.store, on_hand="5")
    moves = StockMove.objects.count()
    input = {"product": the_id(product), **input, "idempotencyKey": "k"}
    first, again = said(ask, owner, document, **input), said(ask, owner, document, **input)
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert first["move"] == again["move"]
    assert StockMove.objects.count() == moves + 1
    assert refused(said(ask, owner, document, **{**input, "note": "other"})) == [
        ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])
    ]


BAD = [
    (RECEIVE, {"quantity": "0"}, "INVALID", "quantity"),
    (RECEIVE, {"quantity": "-1"}, "INVALID", "quantity"),
    (RECEIVE, {"quantity": "0.0001"}, "INVALID", "quantity"),
    (RECEIVE, {"quantity": "1000000000"}, "INVALID", "quantity"),
    (RECEIVE, {"quantity": "1", "note": "x" * 501}, "INVALID", "note"),
    (RECEIVE, {"quantity": "1", "note": "\x00"}, "INVALID", "note"),
    (WASTE, {"quantity": "0"}, "INVALID", "quantity"),
    (WASTE, {"quantity": "5.001"}, "CONFLICT", "quantity"),
    (COUNT, {"counted": "-1"}, "INVALID", "counted"),
    (COUNT, {"counted": "4", "expected": "6"}, "CONFLICT", "expected"),
    (COUNT, {"counted": "4", "expected": "sNaN"}, "INVALID", "expected"),
    (COUNT, {"counted": "NaN"}, "INVALID", "counted"),
    (WASTE, {"quantity": "sNaN"}, "INVALID", "quantity"),
]


@pytest.mark.parametrize(("document", "input", "code", "field"), BAD)
def test_what_cannot_be_moves_nothing(
    owner: Person, ask: Any, document: str, input: dict[str, str], code: str, field: str
) -> None:
    product = shop.product(owner.store, on_hand="5")
    before = everything()
    answer = said(ask, owner, document, product=the_id(product), idempotencyKey="k", **input)
    assert (answer["move"], refused(answer)) == (None, [(code, [field])])
    assert everything() == before


def test_a_line_of_a_bill_comes_in_once(owner: Person, ask: Any) -> None:
    product, other = shop.product(owner.store, name="Rye"), shop.product(owner.store)
    item = books.item(books.bill(owner.store), description="Rye bread", quantity=Decimal(3))
    line = ids.encode("Item", item.pk)
    answer = said(ask, owner, RECEIVE, product=the_id(product), quantity="3", item=line)
    assert answer["move"]["item"] == {"description": "Rye bread"}
    item.refresh_from_db()
    assert item.product == product
    before = everything()
    again = said(ask, owner, RECEIVE, product=the_id(product), quantity="3", item=line)
    assert [code for code, _ in refused(again)] == ["CONFLICT"]
    another = said(ask, owner, RECEIVE, product=the_id(other), quantity="3", item=line)
    assert refused(another) == [("CONFLICT", ["item"])]
    assert everything() == before


def test_a_line_of_a_void_bill_or_of_another_store_brings_nothing(
    owner: Person, stranger: Person, ask: Any
) -> None:
    product = shop.product(owner.store)
    void = books.item(books.bill(owner.store, status=Bill.Status.VOID))
    theirs = books.item(books.bill(stranger.store))
    before = everything()
    for item, code in ((void, "CONFLICT"), (theirs, "NOT_FOUND")):
        answer = said(
            ask, owner, RECEIVE, product=the_id(product), quantity="1", item=ids.encode("Item", item.pk)
        )
        assert refused(answer) == [(code, ["item"])]
    assert everything() == before


def test_a_line_is_linked_to_a_product_and_unlinked(owner: Person, stranger: Person, ask: Any) -> None:
    item = books.item(books.bill(owner.store))
    line, product = ids.encode("Item", item.pk), shop.product(owner.store, name="Rye")
    answer = said(ask, owner, LINK, item=line, product=the_id(product))
    assert answer == {"item": {"product": {"name": "Rye"}}, "userErrors": []}
    assert said(ask, owner, LINK, item=line, product=None)["item"] == {"product": None}
    theirs = shop.product(stranger.store)
    before = everything()
    assert refused(said(ask, owner, LINK, item=line, product=the_id(theirs))) == [("NOT_FOUND", ["product"])]
    assert everything() == before


def test_an_archived_product_is_not_received(owner: Person, ask: Any) -> None:
    product = shop.product(owner.store, archived_at="2026-01-01T00:00:00Z")
    answer = said(ask, owner, RECEIVE, product=the_id(product), quantity="1")
    assert refused(answer) == [("CONFLICT", ["product"])]


def test_only_who_may_moves_stock(owner: Person, stranger: Person, ask: Any) -> None:
    product = shop.product(owner.store, on_hand="5")
    item = books.item(books.bill(owner.store))
    accountant = person("books@example.com", store=owner.store, role=Role.ACCOUNTANT)
    acts = [
        (RECEIVE, {"product": the_id(product), "quantity": "1"}),
        (COUNT, {"product": the_id(product), "counted": "1"}),
        (WASTE, {"product": the_id(product), "quantity": "1"}),
        (LINK, {"item": ids.encode("Item", item.pk), "product": the_id(product)}),
    ]
    before = everything()
    for document, input in acts:
        assert [code for code, _ in refused(said(ask, stranger, document, **input))] == ["NOT_FOUND"]
        assert ask(None, document, input=input).codes == ["UNAUTHENTICATED"]
        assert ask(accountant, document, input=input).codes == ["FORBIDDEN"]
    assert everything() == before


def test_what_is_low_in_stock_is_listed_fewest_first(owner: Person, stranger: Person, ask: Any) -> None:
    shop.product(owner.store, name="Two", on_hand="2", low_stock_threshold=2)
    shop.product(owner.store, name="None", low_stock_threshold=0)
    shop.product(owner.store, name="Enough", on_hand="3", low_stock_threshold=2)
    shop.product(owner.store, name="No threshold")
    shop.product(owner.store, name="Not kept", tracks_stock=False, low_stock_threshold=1)
    shop.product(owner.store, name="Gone", low_stock_threshold=1, archived_at="2026-01-01T00:00:00Z")
    shop.product(stranger.store, name="Theirs", low_stock_threshold=1)
    document = """{ me { stores { lowStock { totalCount nodes { name lowStock } }
      low: products(filter: {lowStock: true}) { totalCount } rest: products(filter: {lowStock: false}) { totalCount } } } }"""
    (store,) = ask(owner, document).data["me"]["stores"]
    assert store["lowStock"] == {
        "totalCount": 2,
        "nodes": [{"name": "None", "lowStock": True}, {"name": "Two", "lowStock": True}],
    }
    assert (store["low"]["totalCount"], store["rest"]["totalCount"]) == (2, 4)
