"""Payments through HTTP: once for each key, whatever the gateway, the network or the cashier does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.models import IdempotencyRecord
from core.roles import Role
from sales.models import Order, Payment
from schema import ids
from tests import shop
from tests.conftest import Person, person
from tests.gateway import Gateway
from tests.paying import work
from tests.races import race
from tests.schema.world import everything

PAY = """mutation ($input: PayOrderInput!) { payOrder(input: $input) {
  payment { id status method amount refunded reference reason order { number } user { email } } change
  order { paid due } replayed userErrors { code field message } } }"""
REFUND = """mutation ($input: RefundPaymentInput!) { refundPayment(input: $input) {
  refund { id status amount reason decline payment { id } } payment { refunded } order { paid due }
  replayed userErrors { code field message } } }"""
PAYMENTS = """query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Order { paid due payments { totalCount
  nodes { amount status user { email } order { number } refunds { totalCount nodes { amount payment { amount } } } } } } } }"""


def the_id(row: Any) -> str:
    return ids.encode(type(row).__name__, row.pk)


def pay(ask: Any, who: Person, of: Order, *, headers: dict[str, str] | None = None, **input: Any) -> Any:
    input = {"order": the_id(of), "method": "CARD", "idempotencyKey": "k", **input}
    return ask(who, PAY, headers=headers, input=input).data["payOrder"]


def pay_back(ask: Any, who: Person, payment: str, **input: Any) -> Any:
    input = {"payment": payment, "idempotencyKey": "r", **input}
    return ask(who, REFUND, input=input).data["refundPayment"]


def codes(payload: Any) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


def test_an_order_is_paid_in_parts_with_change_and_paid_back(
    owner: Person, colleague: Person, ask: Any
) -> None:
    order = shop.order(owner.store, "12.50")
    cash = pay(ask, colleague, order, method="CASH", amount="10.00", tendered="20")
    assert cash["userErrors"] == []
    assert (cash["change"], cash["order"]) == ("10.00", {"paid": "10.00", "due": "2.50"})
    assert cash["payment"] == {
        "id": cash["payment"]["id"],
        "status": "CAPTURED",
        "method": "CASH",
        "amount": "10.00",
        "refunded": "0.00",
        "reference": "",
        "reason": "",
        "order": {"number": order.number},
        "user": {"email": "colleague@example.com"},
    }
    card = pay(ask, colleague, order, idempotencyKey="card")
    assert (card["payment"]["amount"], card["order"]["due"], card["change"]) == ("2.50", "0.00", None)
    back = pay_back(ask, owner, cash["payment"]["id"], amount="4", reason="It was cold.")
    assert (back["userErrors"], back["order"]) == ([], {"paid": "8.50", "due": "4.00"})
    assert (back["refund"]["reason"], back["payment"]) == ("It was cold.", {"refunded": "4.00"})


# --- Once for a key


def test_the_same_key_pays_once_and_tells_what_became_of_it(owner: Person, ask: Any) -> None:
    order, another = shop.order(owner.store), shop.order(owner.store)
    first = pay(ask, owner, order, method="CASH", amount="5", tendered="6")
    before = everything()
    again = pay(ask, owner, order, method="CASH", amount="5.00", tendered="6")
    assert (first["replayed"], again["replayed"], again["change"]) == (False, True, "1.00")
    assert again["payment"] == first["payment"]
    for other in (
        {"amount": "4"},
        {"amount": None},
        {"method": "OTHER"},
        {"order": the_id(another)},
    ):
        input = {"method": "CASH", "amount": "5", "tendered": "6", **other}
        assert codes(pay(ask, owner, order, **input)) == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]
    assert everything() == before


def test_the_same_key_pays_back_once(owner: Person, ask: Any) -> None:
    payment = pay(ask, owner, shop.order(owner.store))["payment"]["id"]
    first = pay_back(ask, owner, payment, amount="3")
    before = everything()
    again = pay_back(ask, owner, payment, amount="3")
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["refund"] == first["refund"]
    assert codes(pay_back(ask, owner, payment, amount="2")) == [
        ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])
    ]
    assert codes(pay_back(ask, owner, payment, idempotencyKey="k")) == [
        ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])
    ]
    assert everything() == before


@pytest.mark.parametrize("key", [None, ""])
def test_no_money_moves_without_a_key(owner: Person, ask: Any, key: str | None) -> None:
    order = shop.order(owner.store)
    payment = pay(ask, owner, order, amount="5")["payment"]["id"]
    before = everything()
    required = [("REQUIRED", ["idempotencyKey"])]
    assert codes(pay(ask, owner, order, idempotencyKey=key)) == required
    assert codes(pay_back(ask, owner, payment, idempotencyKey=key)) == required
    assert codes(pay(ask, owner, order, idempotencyKey="x" * 256)) == [("INVALID", ["idempotencyKey"])]
    assert everything() == before


def test_the_header_is_a_key_too(owner: Person, ask: Any) -> None:
    order, headers = shop.order(owner.store), {"Idempotency-Key": "h"}
    for replayed in (False, True):
        answer = pay(ask, owner, order, headers=headers, idempotencyKey=None)
        assert (codes(answer), answer["replayed"]) == ([], replayed)
    assert pay(ask, owner, order, idempotencyKey="h")["replayed"] is True


def test_a_key_is_kept_for_thirty_days_and_pays_nothing_afterwards_either(owner: Person, ask: Any) -> None:
    order = shop.order(owner.store)
    first = pay(ask, owner, order, amount="4")
    left = IdempotencyRecord.objects.get().expires_at - timezone.now()
    assert timedelta(days=29, hours=23) < left <= timedelta(days=30)
    IdempotencyRecord.objects.all().delete()
    again = pay(ask, owner, order, amount="4")
    assert (again["payment"], again["replayed"]) == (first["payment"], True)
    IdempotencyRecord.objects.all().delete()
    assert codes(pay(ask, owner, order, amount="5")) == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]
    assert Payment.objects.count() == 1


def test_a_colleague_who_sends_the_queued_payment_of_a_till_again_pays_nothing_more(
    owner: Person, colleague: Person, ask: Any
) -> None:
    order = shop.order(owner.store)
    first = pay(ask, colleague, order, amount="4")
    again = pay(ask, owner, order, amount="4")
    assert (again["payment"], again["replayed"], codes(again)) == (first["payment"], True, [])
    assert Payment.objects.count() == 1


# --- Refused


BAD = [
    ({"amount": "10.01"}, "CONFLICT", "amount"),
    ({"amount": "0"}, "INVALID", "amount"),
    ({"amount": "-1"}, "INVALID", "amount"),
    ({"amount": "0.001"}, "INVALID", "amount"),
    ({"amount": "NaN"}, "INVALID", "amount"),
    ({"amount": "1e30"}, "INVALID", "amount"),
    ({"tendered": "20"}, "INVALID", "tendered"),
    ({"method": "CASH", "tendered": "9.99"}, "INVALID", "tendered"),
    ({"method": "CASH", "tendered": "-20"}, "INVALID", "tendered"),
    ({"method": "CASH", "tendered": "20.001"}, "INVALID", "tendered"),
    ({"method": "CASH", "tendered": "sNaN"}, "INVALID", "tendered"),
]


@pytest.mark.parametrize(("input", "code", "field"), BAD, ids=str)
def test_what_cannot_be_paid_changes_nothing_and_keeps_no_key(
    owner: Person, ask: Any, input: dict[str, str], code: str, field: str
) -> None:
    order = shop.order(owner.store)
    before = everything()
    answer = pay(ask, owner, order, **input)
    assert (answer["payment"], answer["order"], codes(answer)) == (None, None, [(code, [field])])
    assert everything() == before
    assert codes(pay(ask, owner, order)) == []


@pytest.mark.parametrize(
    ("input", "code", "field"),
    [
        ({"amount": "10.01"}, "CONFLICT", "amount"),
        ({"amount": "0"}, "INVALID", "amount"),
        ({"reason": "x" * 501}, "INVALID", "reason"),
        ({"reason": "\x00"}, "INVALID", "reason"),
    ],
    ids=str,
)
def test_what_cannot_be_paid_back_changes_nothing(
    owner: Person, ask: Any, input: dict[str, str], code: str, field: str
) -> None:
    payment = pay(ask, owner, shop.order(owner.store))["payment"]["id"]
    before = everything()
    answer = pay_back(ask, owner, payment, **input)
    assert (answer["refund"], codes(answer)) == (None, [(code, [field])])
    assert everything() == before


@pytest.mark.parametrize("status", ["CANCELLED", "REFUNDED"])
def test_an_order_that_came_to_nothing_is_not_paid(owner: Person, ask: Any, status: str) -> None:
    order = shop.order(owner.store, status=status)
    before = everything()
    assert codes(pay(ask, owner, order)) == [("CONFLICT", ["order"])]
    assert everything() == before


# --- Through a gateway


def test_a_declined_card_is_told_with_its_payment(owner: Person, ask: Any, gateway: Gateway) -> None:
    order = shop.order(owner.store)
    gateway.faults = ["decline"]
    for replayed in (False, True):
        answer = pay(ask, owner, order)
        assert (codes(answer), answer["replayed"]) == ([("PAYMENT_DECLINED", [])], replayed)
        assert answer["userErrors"][0]["message"] == answer["payment"]["reason"] == "Not enough on the card."
        assert (answer["payment"]["status"], answer["order"]["paid"]) == ("DECLINED", "0.00")
    assert codes(pay(ask, owner, order, idempotencyKey="another")) == []


def test_a_payment_whose_answer_was_lost_is_told_as_pending_until_it_is_known(
    owner: Person, ask: Any, gateway: Gateway
) -> None:
    order = shop.order(owner.store)
    gateway.faults = ["drop", "refuse"]
    for replayed in (False, True):
        answer = pay(ask, owner, order)
        assert (codes(answer), answer["replayed"]) == ([("PAYMENT_PENDING", [])], replayed)
        assert (answer["payment"]["status"], answer["order"]) == ("PENDING", {"paid": "0.00", "due": "10.00"})
    other = pay(ask, owner, order, idempotencyKey="other", method="CASH")
    assert (other["payment"], codes(other)) == (None, [("CONFLICT", ["amount"])])
    work()
    answer = pay(ask, owner, order)
    assert (codes(answer), answer["payment"]["status"], answer["order"]["due"]) == ([], "CAPTURED", "0.00")
    assert list(gateway.captured().values()) == ["10.00"]


def test_a_refund_goes_back_through_the_gateway_and_is_told_in_the_same_way(
    owner: Person, ask: Any, gateway: Gateway
) -> None:
    payment = pay(ask, owner, shop.order(owner.store))["payment"]["id"]
    gateway.faults = ["decline", "lose"]
    declined = pay_back(ask, owner, payment, idempotencyKey="a")
    assert (codes(declined), declined["refund"]["decline"]) == (
        [("PAYMENT_DECLINED", [])],
        "Not enough on the card.",
    )
    pending = pay_back(ask, owner, payment, idempotencyKey="b")
    assert (codes(pending), pending["order"]["paid"]) == ([("PAYMENT_PENDING", [])], "10.00")
    again = pay_back(ask, owner, payment, idempotencyKey="b")
    assert (codes(again), again["replayed"], again["order"]["paid"]) == ([], True, "0.00")
    assert list(gateway.captured("refunds").values()) == ["10.00"]


# --- Who may


def test_only_who_may_takes_payments_and_pays_them_back(
    owner: Person, colleague: Person, stranger: Person, ask: Any
) -> None:
    order = shop.order(owner.store)
    payment = pay(ask, colleague, order, amount="4")["payment"]["id"]
    accountant = person("books@example.com", store=owner.store, role=Role.ACCOUNTANT)
    to_pay = {"order": the_id(order), "method": "CASH", "idempotencyKey": "x"}
    to_refund = {"payment": payment, "idempotencyKey": "x"}
    before = everything()
    assert codes(pay(ask, stranger, order)) == [("NOT_FOUND", ["order"])]
    assert codes(pay_back(ask, stranger, payment)) == [("NOT_FOUND", ["payment"])]
    assert ask(accountant, PAY, input=to_pay).codes == ["FORBIDDEN"]
    for who, code in ((accountant, "FORBIDDEN"), (colleague, "FORBIDDEN"), (None, "UNAUTHENTICATED")):
        assert ask(who, REFUND, input=to_refund).codes == [code]
    assert ask(None, PAY, input=to_pay).codes == ["UNAUTHENTICATED"]
    type(owner.store).objects.filter(pk=owner.store.pk).update(archived_at=timezone.now())
    assert codes(pay(ask, owner, order, idempotencyKey="x")) == [("CONFLICT", ["store"])]
    assert codes(pay_back(ask, owner, payment)) == [("CONFLICT", ["store"])]
    type(owner.store).objects.filter(pk=owner.store.pk).update(archived_at=None)
    assert everything() == before


# --- Lists and races


def test_the_payments_of_many_orders_cost_as_many_statements_as_those_of_one(
    owner: Person, ask: Any, statements: Any
) -> None:
    orders = [shop.order(owner.store) for _ in range(4)]
    for order in orders:
        for key in ("a", "b"):
            payment = pay(ask, owner, order, amount="2", idempotencyKey=f"{key} {order.pk}")["payment"]["id"]
            pay_back(ask, owner, payment, amount="1", idempotencyKey=f"back {key} {order.pk}")
    counts = []
    for some in (orders[:1], orders):
        with statements() as count:
            answer = ask(owner, PAYMENTS, ids=[the_id(order) for order in some]).data["nodes"]
        counts.append(len(count))
    assert counts[0] == counts[1]
    for order in answer:
        assert (order["paid"], order["payments"]["totalCount"]) == ("2.00", 2)
        assert [payment["refunds"]["totalCount"] for payment in order["payments"]["nodes"]] == [1, 1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("keys", [["same"] * 20, [f"key {n}" for n in range(20)]], ids=["one", "many"])
def test_of_twenty_tills_that_pay_an_order_at_once_one_does(
    owner: Person, ask: Any, gateway: Gateway, keys: list[str]
) -> None:
    order = shop.order(owner.store)
    answers = race(*[lambda key=key: pay(ask, owner, order, idempotencyKey=key) for key in keys])
    payment = Payment.objects.get()
    assert gateway.captured() == {str(payment.intent): "10.00"}
    order.refresh_from_db()
    assert (payment.status, order.paid) == ("CAPTURED", order.total)
    paid = [answer for answer in answers if answer["payment"]]
    assert {answer["payment"]["id"] for answer in paid} == {the_id(payment)}
    assert sum(not answer["replayed"] for answer in paid) == 1
    told = {codes(answer)[0][0] for answer in answers if codes(answer)}
    assert told <= ({"IDEMPOTENCY_IN_PROGRESS"} if len(set(keys)) == 1 else {"CONFLICT"})
