"""Payments and refunds, below the API: through every fault of the gateway, and what the database itself keeps."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core import jobs
from core.errors import Refused
from core.models import AuditEntry, Event, Job
from sales import payments
from sales.models import Order, Payment, Refund
from tests import shop
from tests.conftest import Person
from tests.gateway import Gateway
from tests.paying import pay, pay_back, work
from tests.races import race
from tests.schema.world import everything

LOST = ("lose", "drop", "refuse", "pending", "other amount", "a page")


def paid(order: Order) -> Decimal:
    order.refresh_from_db()
    return order.paid


def test_an_order_is_paid_in_parts_and_never_over(owner: Person) -> None:
    order = shop.order(owner.store, "10.00")
    assert pay(order, owner, "2.50", "a", "CASH").status == "CAPTURED"
    assert pay(order, owner, "0.10", "b", "OTHER").amount == Decimal("0.10")
    assert paid(order) == Decimal("2.60")
    before = everything()
    for amount in ("7.41", "10", "0", "-1", "0.001", "NaN"):
        with pytest.raises(Refused):
            pay(order, owner, amount, "c", "CASH")
    assert everything() == before
    assert pay(order, owner, None, "c").amount == Decimal("7.40")
    assert paid(order) == Decimal(10)
    with pytest.raises(Refused, match=r"0\.00 EUR is left"):
        pay(order, owner, None, "d")


@pytest.mark.parametrize("status", ["PENDING", "IN_QUEUE", "IN_PROGRESS", "READY", "COMPLETED"])
def test_an_order_is_paid_in_whatever_state_it_goes_on_in(owner: Person, status: str) -> None:
    assert pay(shop.order(owner.store, status=status), owner).status == "CAPTURED"


@pytest.mark.parametrize("status", ["CANCELLED", "REFUNDED"])
def test_an_order_that_came_to_nothing_is_not_paid(owner: Person, status: str) -> None:
    order = shop.order(owner.store, status=status)
    assert order.due == 0
    before = everything()
    with pytest.raises(Refused):
        pay(order, owner)
    assert everything() == before


def test_a_payment_is_told_to_the_audit_and_to_those_who_watch(owner: Person) -> None:
    order = shop.order(owner.store, "10.00")
    payment = pay(order, owner, "4.00")
    pay_back(payment, owner, "1.00")
    said = [(row.action, row.actor, row.after["amount"]) for row in AuditEntry.objects.order_by("pk")]
    assert said == [("payment.capture", owner.user, "4.00"), ("payment.refund", owner.user, "1.00")]
    told = [(row.kind, row.node_key, row.payload["paid"]) for row in Event.objects.order_by("sequence")]
    assert told == [("order.paid", order.pk, "4.00"), ("order.paid_back", order.pk, "3.00")]


# --- Through a gateway


def test_a_card_is_charged_by_the_gateway_and_nothing_else_is(owner: Person, gateway: Gateway) -> None:
    order = shop.order(owner.store)
    payment = pay(order, owner, "4.00")
    assert (payment.status, payment.reference) == ("CAPTURED", "ch_1")
    pay(order, owner, "3.00", "cash", "CASH")
    pay(order, owner, "3.00", "other", "OTHER")
    assert gateway.captured() == {str(payment.intent): "4.00"}
    assert paid(order) == Decimal(10)
    before = everything()
    work()  # the job that stood beside it finds nothing to do
    assert len(gateway.asked) == 1
    assert {**everything(), "core.Job": 0} == {**before, "core.Job": 0}


@pytest.mark.parametrize("fault", LOST)
def test_a_charge_whose_answer_is_lost_is_pending_and_found_again(
    owner: Person, gateway: Gateway, fault: str
) -> None:
    order = shop.order(owner.store)
    gateway.faults = [fault, "refuse", fault]
    payment = pay(order, owner)
    assert (payment.status, paid(order)) == ("PENDING", 0)
    work()
    payment.refresh_from_db()
    assert (payment.status, paid(order)) == ("CAPTURED", Decimal(10))
    assert gateway.captured() == {str(payment.intent): "10.00"}
    assert Event.objects.count() == 1


def test_a_charge_that_hangs_is_pending_and_its_retry_finds_it(
    owner: Person, gateway: Gateway, settings: Any
) -> None:
    gateway.stand_in(settings, timeout=0.1)
    gateway.faults = ["hang"]
    order = shop.order(owner.store)
    assert pay(order, owner).status == "PENDING"
    gateway.stand_in(settings)
    assert pay(order, owner).status == "CAPTURED"
    assert (len(gateway.captured()), paid(order), Payment.objects.count()) == (1, Decimal(10), 1)


def test_a_decline_leaves_the_order_to_be_paid_otherwise(owner: Person, gateway: Gateway) -> None:
    order = shop.order(owner.store)
    gateway.faults = ["decline"]
    payment = pay(order, owner)
    assert (payment.status, payment.reason, paid(order)) == ("DECLINED", "Not enough on the card.", 0)
    before = everything()
    assert pay(order, owner).status == "DECLINED"  # the same key is the same payment
    assert everything() == before
    assert pay(order, owner, key="again").status == "CAPTURED"


def test_what_awaits_the_gateway_keeps_its_part_of_the_total(owner: Person, gateway: Gateway) -> None:
    order = shop.order(owner.store)
    gateway.faults = ["lose"]
    pay(order, owner, "6.00")
    before = everything()
    with pytest.raises(Refused, match=r"4\.00 EUR is left to be paid, beside 6\.00 that await"):
        pay(order, owner, "4.01", "cash", "CASH")
    assert everything() == before
    assert pay(order, owner, None, "cash", "CASH").amount == Decimal(4)
    work()
    assert paid(order) == Decimal(10)


def test_the_first_answer_counts_and_a_later_one_changes_nothing(owner: Person, gateway: Gateway) -> None:
    order = shop.order(owner.store)
    gateway.faults = ["lose"]
    pay(order, owner)
    seen = [
        Payment.objects.select_related("order").get() for _ in range(3)
    ]  # as two workers and a web see it
    assert payments.settle(payment=seen[0], again=True).status == "CAPTURED"
    gateway.kept[str(seen[0].intent)]["status"] = "declined"
    before = everything()
    for late in seen[1:]:
        assert payments.settle(payment=late, again=True).status == "CAPTURED"
    assert everything() == before
    assert paid(order) == Decimal(10)


def test_a_gateway_that_stays_away_is_asked_less_and_less_often_and_never_forgotten(
    owner: Person, gateway: Gateway
) -> None:
    order = shop.order(owner.store)
    gateway.faults = ["refuse"] * 16
    pay(order, owner)
    waits = []
    for _ in range(15):
        (queued,) = Job.objects.filter(status="QUEUED")
        waits.append(round((queued.not_before - timezone.now()).total_seconds()))
        Job.objects.filter(status="QUEUED").update(not_before=timezone.now())
        jobs.run_next()
    assert waits == [10, 5, 10, 20, 40, 80, 160, 320, *[600] * 7]
    assert paid(order) == 0
    work()
    assert paid(order) == Decimal(10)


def test_a_pending_payment_waits_for_its_gateway_even_where_none_is_set_any_more(
    owner: Person, gateway: Gateway, settings: Any
) -> None:
    order = shop.order(owner.store)
    gateway.faults = ["lose"]
    pay(order, owner)
    settings.PAYMENT_GATEWAY_URL = ""
    assert pay(order, owner).status == "PENDING"
    gateway.stand_in(settings)
    work()
    assert paid(order) == Decimal(10)


def test_the_job_of_a_payment_that_is_gone_does_nothing(owner: Person, gateway: Gateway) -> None:
    gateway.faults = ["lose"]
    pay(shop.order(owner.store), owner)
    owner.store.delete()
    work()
    assert len(gateway.asked) == 1


# --- Refunds


def test_a_payment_is_paid_back_in_parts_and_never_over(owner: Person) -> None:
    order = shop.order(owner.store)
    payment = pay(order, owner, None, "k", "CASH")
    assert pay_back(payment, owner, "2.50", "a").status == "CAPTURED"
    before = everything()
    for amount in ("7.51", "0", "-1", "0.001"):
        with pytest.raises(Refused):
            pay_back(payment, owner, amount, "b")
    assert everything() == before
    assert pay_back(payment, owner, None, "b").amount == Decimal("7.50")
    payment.refresh_from_db()
    assert (payment.refunded, paid(order), order.due) == (Decimal(10), 0, Decimal(10))
    with pytest.raises(Refused, match=r"0\.00 EUR is left to be paid back"):
        pay_back(payment, owner, None, "c")
    assert pay(order, owner, None, "anew").status == "CAPTURED"


def test_a_payment_that_was_not_captured_is_not_paid_back(owner: Person, gateway: Gateway) -> None:
    gateway.faults = ["decline", "lose"]
    order = shop.order(owner.store)
    for key in ("a", "b"):
        payment = pay(order, owner, None, key)
        before = everything()
        with pytest.raises(Refused, match="Only a captured payment"):
            pay_back(payment, owner)
        assert everything() == before


@pytest.mark.parametrize("fault", LOST)
def test_a_refund_whose_answer_is_lost_is_pending_and_found_again(
    owner: Person, gateway: Gateway, fault: str
) -> None:
    order = shop.order(owner.store)
    payment = pay(order, owner)
    gateway.faults = [fault, "refuse"]
    refund = pay_back(payment, owner, "6.00")
    assert (refund.status, paid(order)) == ("PENDING", Decimal(10))
    with pytest.raises(Refused, match=r"4\.00 EUR is left to be paid back, beside 6\.00 that await"):
        pay_back(payment, owner, "5.00", "other")
    work()
    refund.refresh_from_db()
    assert (refund.status, paid(order)) == ("CAPTURED", Decimal(4))
    assert gateway.captured("refunds") == {str(refund.intent): "6.00"}


def test_a_refund_that_the_gateway_declines_leaves_the_payment_as_it_was(
    owner: Person, gateway: Gateway
) -> None:
    order = shop.order(owner.store)
    payment = pay(order, owner)
    gateway.faults = ["decline"]
    refund = pay_back(payment, owner)
    assert (refund.status, refund.reason, refund.decline) == ("DECLINED", "cold", "Not enough on the card.")
    payment.refresh_from_db()
    assert (payment.refunded, paid(order)) == (0, Decimal(10))


# --- At once


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "keys", [["same"] * 20, [f"key {number}" for number in range(20)]], ids=["one", "many"]
)
def test_of_twenty_that_pay_an_order_at_once_one_does(
    owner: Person, gateway: Gateway, keys: list[str]
) -> None:
    order = shop.order(owner.store)
    answers = race(*[lambda key=key: pay(order, owner, key=key) for key in keys])
    assert [answer for answer in answers if not isinstance(answer, Payment | Refused)] == []
    (payment,) = Payment.objects.all()
    assert (payment.status, paid(order)) == ("CAPTURED", Decimal(10))
    assert gateway.captured() == {str(payment.intent): "10.00"}
    assert Event.objects.count() == AuditEntry.objects.count() == 1
    assert sum(isinstance(answer, Payment) for answer in answers) == (20 if len(set(keys)) == 1 else 1)


@pytest.mark.django_db(transaction=True)
def test_of_twenty_that_pay_back_a_payment_at_once_as_many_do_as_there_is_money(
    owner: Person, gateway: Gateway
) -> None:
    order = shop.order(owner.store)
    payment = pay(order, owner)
    answers = race(
        *[lambda key=str(number): pay_back(payment, owner, "3.00", key=key) for number in range(20)]
    )
    assert sum(isinstance(answer, Refund) for answer in answers) == 3
    assert sum(isinstance(answer, Refused) for answer in answers) == 17
    assert paid(order) == Decimal(1)
    assert sorted(gateway.captured("refunds").values()) == ["3.00"] * 3


# --- What the database itself keeps


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": 0},
        {"refunded": -1},
        {"refunded": 11},
        {"status": "DREAMT"},
        {"captured_at": None},
        {"status": "PENDING"},
    ],
    ids=str,
)
def test_the_database_itself_keeps_no_payment_that_cannot_be(owner: Person, wrong: dict[str, Any]) -> None:
    payment = pay(shop.order(owner.store), owner)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.filter(pk=payment.pk).update(**wrong)


@pytest.mark.parametrize(
    "wrong", [{"amount": 0}, {"status": "DREAMT"}, {"captured_at": None}, {"status": "PENDING"}], ids=str
)
def test_the_database_itself_keeps_no_refund_that_cannot_be(owner: Person, wrong: dict[str, Any]) -> None:
    refund = pay_back(pay(shop.order(owner.store), owner), owner)
    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(**wrong)


def test_the_database_itself_keeps_a_key_once_and_an_order_from_being_paid_over(owner: Person) -> None:
    order = shop.order(owner.store)
    payment = pay(order, owner, "1.00")
    for write in (
        lambda: Order.objects.filter(pk=order.pk).update(paid=Decimal("10.01")),
        lambda: Order.objects.filter(pk=order.pk).update(paid=-1),
        lambda: Payment.objects.create(
            order=order,
            method="CASH",
            amount=1,
            status="PENDING",
            idempotency_key="k",
            created_at=timezone.now(),
        ),
        lambda: Payment.objects.filter(pk=payment.pk).update(
            captured_at=timezone.now() - timedelta(1), amount=-1
        ),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
