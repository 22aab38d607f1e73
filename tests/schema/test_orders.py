"""Orders through HTTP: placed, moved by the table alone, cancelled; each once."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from itertools import product as pairs
from typing import Any

import pytest

from catalog.models import Product, StockMove
from core.models import AuditEntry, Event, Store
from core.roles import Role
from sales.models import Customer, Order, OrderEvent
from sales.transitions import ALLOWED, OPEN, Status
from schema import ids
from tests import shop
from tests.conftest import Person, person
from tests.schema.world import everything

ORDER = """{ order { id number status version channel note currency total paid closedAt allowedTransitions ageSeconds
    customer { name } placedBy { email } store { name }
    lines { position name quantity unitPrice total product { name stockOnHand } }
    events { before after note createdAt actor { email } } }
  replayed userErrors { code field message } }"""
PLACE = f"mutation ($input: PlaceOrderInput!) {{ placeOrder(input: $input) {ORDER} }}"
MOVE = f"mutation ($input: MoveOrderInput!) {{ moveOrder(input: $input) {ORDER} }}"
CANCEL = f"mutation ($input: CancelOrderInput!) {{ cancelOrder(input: $input) {ORDER} }}"


def the_id(row: Any) -> str:
    return ids.encode(type(row).__name__, row.pk)


def said(ask: Any, who: Person, document: str, **input: Any) -> Any:
    (answer,) = ask(who, document, input=input).data.values()
    return answer


def refused(answer: Any) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["field"]) for error in answer["userErrors"]]


# --- Placed


def test_the_staff_takes_an_order_at_the_catalogues_prices(colleague: Person, ask: Any) -> None:
    store = colleague.store
    bread = shop.product(store, name="Bread", unit_price=Decimal("3.20"), on_hand="10")
    cheese = shop.product(store, name="Cheese", unit_price=Decimal("18.90"), unit="kg", on_hand="2")
    luis = shop.customer(store)
    answer = said(
        ask,
        colleague,
        PLACE,
        store=colleague.store_id,
        lines=[{"product": the_id(bread)}, {"product": the_id(cheese), "quantity": "0.275"}],
        channel="PHONE",
        customer=the_id(luis),
        note=" at noon ",
    )
    assert answer["userErrors"] == []
    order = answer["order"]
    (placed,) = order.pop("events")
    assert 0 <= order.pop("ageSeconds") < 60
    assert order == {
        "id": the_id(Order.objects.get()),
        "number": 1,
        "status": "PENDING",
        "version": 1,
        "channel": "PHONE",
        "note": "at noon",
        "currency": "EUR",
        "total": "8.40",
        "paid": "0.00",
        "closedAt": None,
        "allowedTransitions": ["IN_QUEUE", "CANCELLED"],
        "customer": {"name": "Luís Gonçalves"},
        "placedBy": {"email": "colleague@example.com"},
        "store": {"name": store.name},
        "lines": [
            {
                "position": 1,
                "name": "Bread",
                "quantity": "1.000",
                "unitPrice": "3.20",
                "total": "3.20",
                "product": {"name": "Bread", "stockOnHand": "9.000"},
            },
            {
                "position": 2,
                "name": "Cheese",
                "quantity": "0.275",
                "unitPrice": "18.90",
                "total": "5.20",
                "product": {"name": "Cheese", "stockOnHand": "1.725"},
            },
        ],
    }
    assert datetime.fromisoformat(placed.pop("createdAt")) <= datetime.now(UTC)
    assert placed == {
        "before": None,
        "after": "PENDING",
        "note": "",
        "actor": {"email": "colleague@example.com"},
    }
    entry = AuditEntry.objects.get(action="order.place")
    assert (entry.actor, entry.after["total"], entry.after["status"]) == (colleague.user, "8.40", "PENDING")


def test_a_move_of_stock_shows_the_order_that_made_it(owner: Person, ask: Any) -> None:
    bread = shop.product(owner.store, on_hand="10")
    order = shop.placed(owner.store, owner.user, (bread, "1"))
    document = "query ($id: ID!) { node(id: $id) { ... on Product { stockMoves { nodes { kind order { number } item { id } } } } } }"
    moves = ask(owner, document, id=the_id(bread)).data["node"]["stockMoves"]["nodes"]
    assert moves == [
        {"kind": "RESERVE", "order": {"number": order.number}, "item": None},
        {"kind": "COUNT", "order": None, "item": None},
    ]


def line(id: str, quantity: str = "1") -> dict[str, str]:
    return {"product": id, "quantity": quantity}


BREAD, MILK = "@bread", "@milk"  # stand for ids
BAD: list[tuple[dict[str, Any], str, list[str]]] = [
    ({"lines": []}, "REQUIRED", ["lines"]),
    ({"lines": [line(BREAD, "0.001")] * 101}, "INVALID", ["lines"]),
    ({"lines": [line(BREAD), line(BREAD, "0")]}, "INVALID", ["lines", "1", "quantity"]),
    ({"lines": [line(BREAD, "-1")]}, "INVALID", ["lines", "0", "quantity"]),
    ({"lines": [line(BREAD, "0.0001")]}, "INVALID", ["lines", "0", "quantity"]),
    ({"lines": [line(BREAD, "NaN")]}, "INVALID", ["lines", "0", "quantity"]),
    ({"lines": [line(BREAD, "1e20")]}, "INVALID", ["lines", "0", "quantity"]),
    ({"lines": [line("@dear", "999999999")]}, "INVALID", ["lines", "0", "quantity"]),
    ({"lines": [line("@dear", "999")] * 2}, "INVALID", ["lines"]),
    ({"lines": [line(BREAD, "3"), line(MILK), line(BREAD, "3")]}, "CONFLICT", ["lines"]),
    ({"lines": [line(MILK), line("@archived")]}, "CONFLICT", ["lines", "1", "product"]),
    ({"lines": [line(MILK), line("@theirs")]}, "NOT_FOUND", ["lines", "1", "product"]),
    ({"lines": [line(MILK), line("@second")]}, "INVALID", ["lines", "1", "product"]),
    ({"customer": "@gone"}, "CONFLICT", ["customer"]),
    ({"customer": "@stranger"}, "NOT_FOUND", ["customer"]),
    ({"channel": "IMPORT"}, "INVALID", ["channel"]),
    ({"note": "x" * 1001}, "INVALID", ["note"]),
    ({"note": "\x00"}, "INVALID", ["note"]),
    ({"idempotencyKey": "x" * 256}, "INVALID", ["idempotencyKey"]),
]


@pytest.fixture
def shelf(owner: Person, stranger: Person) -> dict[str, str]:
    """What an order may name, and what it may not: ids by their words."""
    away = "2026-01-01T00:00:00Z"
    second = person("second@example.com").store
    owner.user.memberships.create(store=second, role=Role.OWNER)
    rows: dict[str, Product | Customer] = {
        "@bread": shop.product(owner.store, on_hand="5"),
        "@milk": shop.product(owner.store, on_hand="5"),
        "@dear": shop.product(owner.store, unit_price=Decimal("999999999.99"), tracks_stock=False),
        "@archived": shop.product(owner.store, on_hand="5", archived_at=away),
        "@theirs": shop.product(stranger.store, on_hand="5"),
        "@second": shop.product(second, on_hand="5"),
        "@gone": shop.customer(owner.store, archived_at=away),
        "@stranger": shop.customer(stranger.store),
    }
    return {word: the_id(row) for word, row in rows.items()}


@pytest.mark.parametrize(("input", "code", "field"), BAD)
def test_an_order_that_cannot_be_is_refused_and_changes_nothing(
    owner: Person, shelf: dict[str, str], ask: Any, input: dict[str, Any], code: str, field: list[str]
) -> None:
    sent = {"lines": [line(BREAD)], "idempotencyKey": "k", **input}
    sent["lines"] = [{**each, "product": shelf[each["product"]]} for each in sent["lines"]]
    if "customer" in sent:
        sent["customer"] = shelf[sent["customer"]]
    before = everything()
    answer = said(ask, owner, PLACE, store=owner.store_id, **sent)
    assert (answer["order"], refused(answer)) == (None, [(code, field)])
    assert everything() == before


def test_what_is_short_is_named_with_what_is_there(owner: Person, ask: Any) -> None:
    bread = shop.product(owner.store, name="Bread", on_hand="1.5")
    answer = said(ask, owner, PLACE, store=owner.store_id, lines=[line(the_id(bread), "2")])
    assert answer["userErrors"][0]["message"] == "There is not enough of Bread: 1.5 on hand."


def test_a_hundred_lines_are_one_order_and_cost_few_statements_to_find(
    owner: Person, ask: Any, statements: Any
) -> None:
    songs = [shop.product(owner.store, tracks_stock=False) for _ in range(100)]

    def place(some: list[Product]) -> int:
        with statements() as count:
            answer = said(ask, owner, PLACE, store=owner.store_id, lines=[line(the_id(s)) for s in some])
        assert len(answer["order"]["lines"]) == len(some)
        return len(count)

    shop.placed(owner.store, owner.user)  # the store's counters begin
    assert place(songs[:1]) == place(songs)


# --- Once


def test_the_same_key_does_it_once(owner: Person, ask: Any) -> None:
    bread = shop.product(owner.store, on_hand="5")
    order = shop.placed(owner.store, owner.user, (bread, "1"))
    other = shop.placed(owner.store, owner.user, (bread, "1"))
    acts: list[tuple[str, dict[str, Any]]] = [
        (PLACE, {"store": owner.store_id, "lines": [line(the_id(bread))]}),
        (MOVE, {"order": the_id(order), "to": "IN_QUEUE"}),
        (CANCEL, {"order": the_id(other)}),
    ]
    for number, (document, input) in enumerate(acts):
        key = {"idempotencyKey": f"k{number}"}
        first = said(ask, owner, document, **input, **key)
        after = everything()
        again = said(ask, owner, document, **input, **key)
        assert (first["replayed"], again["replayed"]) == (False, True)
        assert first["order"]["id"] == again["order"]["id"]
        assert refused(said(ask, owner, document, **{**input, "note": "other"}, **key)) == [
            ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])
        ]
        assert everything() == after
    assert Product.objects.get().stock_on_hand == 5 - 2
    assert Order.objects.count() == 3


# --- Moved


def moved(ask: Any, who: Person, order: Order, to: Status, **more: Any) -> Any:
    return said(ask, who, MOVE, order=the_id(order), to=to, **more)


@pytest.mark.parametrize(("status", "to"), list(pairs(Status, Status)))
def test_an_order_goes_where_the_table_says_and_nowhere_else(
    owner: Person, ask: Any, status: Status, to: Status
) -> None:
    bread = shop.product(owner.store, on_hand="5")
    order = shop.placed(owner.store, owner.user, (bread, "2"), status=status)
    before = everything()
    answer = moved(ask, owner, order, to, note="why not")
    if to not in ALLOWED[status]:
        (error,) = answer["userErrors"]
        assert (answer["order"], error["code"]) == (None, "ILLEGAL_TRANSITION")
        assert status in error["message"]
        assert all(allowed in error["message"] for allowed in ALLOWED[status])
        assert everything() == before
        return
    shown = answer["order"]
    assert (answer["userErrors"], shown["status"], shown["version"]) == ([], to, order.version + 1)
    assert shown["allowedTransitions"] == list(ALLOWED[to])
    assert (shown["closedAt"] is None) == (to in OPEN)
    last = shown["events"][-1]
    assert (last["before"], last["after"], last["note"]) == (status, to, "why not")
    assert last["actor"] == {"email": "owner@example.com"}
    after = everything()
    changed = {name for name in after if len(after[name]) != len(before[name])}
    stocked = {"catalog.StockMove"} if to not in OPEN else set()
    assert changed == {"sales.OrderEvent", "core.Event", "core.AuditEntry", *stocked}


@pytest.mark.parametrize("status", list(Status))
def test_an_open_order_is_called_off_and_no_other(owner: Person, ask: Any, status: Status) -> None:
    bread = shop.product(owner.store, on_hand="5")
    order = shop.placed(owner.store, owner.user, (bread, "2"), status=status)
    before = everything()
    answer = said(ask, owner, CANCEL, order=the_id(order), note="no show")
    if status not in OPEN:
        assert refused(answer) == [("ILLEGAL_TRANSITION", ["order"])]
        assert everything() == before
        return
    shown = answer["order"]
    assert (shown["status"], shown["events"][-1]["note"]) == ("CANCELLED", "no show")
    assert shown["lines"][0]["product"]["stockOnHand"] == "5.000"
    assert AuditEntry.objects.get(action="order.cancel").before == {"status": status}


def test_who_has_not_seen_the_last_move_is_told(owner: Person, ask: Any) -> None:
    order = shop.placed(owner.store, owner.user, status=Status.IN_QUEUE)
    before = everything()
    for document, input in ((MOVE, {"to": "IN_PROGRESS"}), (CANCEL, {})):
        answer = said(ask, owner, document, order=the_id(order), version=1, **input)
        assert refused(answer) == [("CONFLICT", ["version"])]
        assert "IN_QUEUE now, version 2" in answer["userErrors"][0]["message"]
    assert everything() == before
    assert moved(ask, owner, order, Status.IN_PROGRESS, version=2)["order"]["version"] == 3


@pytest.mark.parametrize("note", ["x" * 501, "\x00"])
def test_a_note_that_cannot_be_moves_nothing(owner: Person, ask: Any, note: str) -> None:
    order = shop.placed(owner.store, owner.user)
    before = everything()
    for document, input in ((MOVE, {"to": "IN_QUEUE"}), (CANCEL, {})):
        assert refused(said(ask, owner, document, order=the_id(order), note=note, **input)) == [
            ("INVALID", ["note"])
        ]
    assert everything() == before


@pytest.mark.parametrize(("restock", "left"), [(True, 5), (False, 3)])
def test_what_is_taken_back_goes_into_stock_unless_it_is_spoilt(
    owner: Person, ask: Any, restock: bool, left: int
) -> None:
    bread = shop.product(owner.store, on_hand="5")
    order = shop.placed(owner.store, owner.user, (bread, "2"), status=Status.COMPLETED)
    shown = moved(ask, owner, order, Status.REFUNDED, restock=restock)["order"]
    assert shown["lines"][0]["product"]["stockOnHand"] == f"{left}.000"


def test_a_day_at_the_counter_loses_and_doubles_nothing(owner: Person, colleague: Person, ask: Any) -> None:
    bread = shop.product(owner.store, on_hand="20")
    way = [Status.IN_QUEUE, Status.IN_PROGRESS, Status.READY, Status.COMPLETED]
    for number in range(6):
        key = f"order {number}"
        for _ in range(2):  # the answer was lost: the screen sends it again
            placed = said(
                ask,
                colleague,
                PLACE,
                store=owner.store_id,
                lines=[line(the_id(bread), "2")],
                idempotencyKey=key,
            )
        for step in way[: number % 5]:
            for who in (colleague, owner):  # both touch the same button
                answer = said(ask, who, MOVE, order=placed["order"]["id"], to=step)
            assert refused(answer) == [("ILLEGAL_TRANSITION", ["to"])]
    assert Order.objects.count() == 6
    assert OrderEvent.objects.count() == Event.objects.count() == 6 + sum(n % 5 for n in range(6))
    assert Product.objects.get().stock_on_hand == 20 - 12
    assert StockMove.objects.filter(kind="SALE").count() == 1


# --- Who may


def test_only_who_may_takes_orders(owner: Person, stranger: Person, ask: Any) -> None:
    bread = shop.product(owner.store, on_hand="5")
    order = the_id(shop.placed(owner.store, owner.user, (bread, "1")))
    accountant = person("books@example.com", store=owner.store, role=Role.ACCOUNTANT)
    acts: list[tuple[str, dict[str, Any]]] = [
        (PLACE, {"store": owner.store_id, "lines": [line(the_id(bread))]}),
        (MOVE, {"order": order, "to": "IN_QUEUE"}),
        (CANCEL, {"order": order}),
    ]
    before = everything()
    for document, input in acts:
        assert [code for code, _ in refused(said(ask, stranger, document, **input))] == ["NOT_FOUND"]
        assert ask(None, document, input=input).codes == ["UNAUTHENTICATED"]
        assert ask(accountant, document, input=input).codes == ["FORBIDDEN"]
    assert everything() == before


def test_only_who_pays_money_back_refunds_an_order(
    owner: Person, colleague: Person, stranger: Person, ask: Any
) -> None:
    order = shop.placed(owner.store, owner.user, status=Status.COMPLETED)
    before = everything()
    assert ask(colleague, MOVE, input={"order": the_id(order), "to": "REFUNDED"}).codes == ["FORBIDDEN"]
    assert refused(moved(ask, stranger, order, Status.REFUNDED)) == [("NOT_FOUND", ["order"])]
    assert everything() == before
    manager = person("manager@example.com", store=owner.store, role=Role.MANAGER)
    assert moved(ask, manager, order, Status.REFUNDED)["order"]["status"] == "REFUNDED"


def test_an_archived_store_takes_no_orders(owner: Person, ask: Any) -> None:
    order = shop.placed(owner.store, owner.user)
    bread = shop.product(owner.store, on_hand="5")
    Store.objects.filter(pk=owner.store.pk).update(archived_at="2026-01-01T00:00:00Z")
    before = everything()
    new = said(ask, owner, PLACE, store=owner.store_id, lines=[line(the_id(bread))])
    for answer in (
        new,
        moved(ask, owner, order, Status.IN_QUEUE),
        said(ask, owner, CANCEL, order=the_id(order)),
    ):
        assert [code for code, _ in refused(answer)] == ["CONFLICT"]
    assert everything() == before


def test_a_store_with_orders_keeps_its_currency(owner: Person, ask: Any) -> None:
    shop.placed(owner.store, owner.user)
    document = (
        "mutation ($input: UpdateStoreInput!) { updateStore(input: $input) { userErrors { code field } } }"
    )
    assert refused(said(ask, owner, document, store=owner.store_id, currency="CHF")) == [
        ("CONFLICT", ["currency"])
    ]
