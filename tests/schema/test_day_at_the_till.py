"""A till at which anything is done in any order, twice, and with a gateway that fails: the books stay right."""

from __future__ import annotations

import os
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import settings as budget
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from catalog import stock
from catalog.models import Product, StockMove
from core.errors import Refused
from core.models import AuditEntry, Event, IdempotencyRecord, Job
from sales import orders, payments, refunds
from sales.models import Order, OrderEvent, Payment, Refund
from sales.transitions import OPEN, Status
from tests import shop
from tests.conftest import Person, person
from tests.gateway import Gateway
from tests.paying import work
from tests.schema.test_payments import codes, pay, pay_back, the_id

BOOKS = (Product, StockMove, Order, OrderEvent, Payment, Refund, Event, AuditEntry, Job, IdempotencyRecord)
ANY = st.integers(0, 1)  # one of the latest two
AMOUNTS = st.one_of(st.none(), st.integers(0, 600).map(lambda cents: str(Decimal(cents) / 100)))
METHODS = st.sampled_from(["CARD", "CARD", "CASH"])
KEYS = st.integers(1, 9).map(str)
FAULTS = st.sampled_from(["", "", "lose", "drop", "refuse", "decline", "double", "pending", "a page"])


def books() -> list[Any]:
    return [list(model._default_manager.order_by("pk").values()) for model in BOOKS]


class Till(RuleBasedStateMachine):
    """Orders, payments, refunds and stock, under random operations, retries and duplicates."""

    ask: Any
    gateway: Gateway
    number = 0

    def __init__(self) -> None:
        super().__init__()
        Till.number += 1
        self.who: Person = person(f"till-{Till.number}@example.com")
        self.store, self.gateway.faults = self.who.store, []
        self.products = [
            shop.product(self.store, on_hand="5", unit_price=Decimal(price)) for price in ("2.50", "1.10")
        ]
        self.place(0, 2)
        self.place(1, 3)
        self.seen: list[Payment | Refund] = []  # as others saw them while they were pending

    def nth(self, rows: Any, number: int) -> Any:
        found = list(rows.order_by("-pk")[:2])
        return found[number % len(found)] if found else None

    def service(self, act: Callable[[], Any]) -> None:
        """Do it; where it was refused, nothing has changed."""
        before = books()
        try:
            act()
        except Refused:
            assert books() == before

    def command(self, act: Callable[[], Any], fault: str) -> None:
        """Send it, and at once again: what was refused, or told before, has changed nothing."""
        self.gateway.faults = [fault] if fault else []
        before = books()
        first = act()
        self.seen += Payment.objects.filter(status="PENDING").select_related("order")
        self.seen += Refund.objects.filter(status="PENDING").select_related("payment__order")
        refused = [code for code, _ in codes(first)]
        if refused not in ([], ["PAYMENT_PENDING"], ["PAYMENT_DECLINED"]):
            assert not first["replayed"]
            assert books() == before
            return
        if refused != ["PAYMENT_PENDING"]:
            after = books()
            again = act()
            assert again["replayed"]
            assert codes(again) == codes(first)
            assert books() == after

    @rule(at=ANY, quantity=st.integers(1, 3))
    def place(self, at: int, quantity: int) -> None:
        lines = [stock.Line(self.products[at % 2], Decimal(quantity))]
        self.service(lambda: orders.place(store=self.store, by=self.who.user, lines=lines))

    @rule(at=ANY, to=st.sampled_from(Status))
    def move(self, at: int, to: Status) -> None:
        order = self.nth(Order.objects.filter(store=self.store), at)
        if order is not None:
            self.service(lambda: orders.move(order=order, to=to, by=self.who.user))

    @rule(at=ANY)
    def finish(self, at: int) -> None:
        order = self.nth(Order.objects.filter(store=self.store, status__in=OPEN), at)
        for status in shop.WAYS[Status.COMPLETED] if order else ():
            self.service(lambda to=status: orders.move(order=order, to=to, by=self.who.user))

    @rule(at=ANY, some=st.lists(st.tuples(AMOUNTS, METHODS, KEYS, FAULTS), min_size=1, max_size=3))
    def take(self, at: int, some: list[tuple[str | None, str, str, str]]) -> None:
        order = self.nth(Order.objects.filter(store=self.store), at)
        for amount, method, key, fault in some:
            input = {"amount": amount, "method": method, "idempotencyKey": key}
            self.command(lambda input=input: pay(self.ask, self.who, order, **input), fault)

    @rule(at=ANY, some=st.lists(st.tuples(AMOUNTS, KEYS, FAULTS), min_size=1, max_size=3))
    def give_back(self, at: int, some: list[tuple[str | None, str, str]]) -> None:
        captured = Payment.objects.filter(order__store=self.store, status="CAPTURED")
        payment = self.nth(captured, at)
        for amount, key, fault in some if payment else ():
            input = {"amount": amount, "idempotencyKey": f"back {key}"}
            self.command(lambda input=input: pay_back(self.ask, self.who, the_id(payment), **input), fault)

    @rule(fault=FAULTS)
    def answer_late(self, fault: str) -> None:
        """Have the gateway answer those who asked when it had not told, be it known by now or not."""
        self.gateway.faults = [fault] if fault else []
        for row in self.seen:
            room: Any = payments if isinstance(row, Payment) else refunds
            room.settle(**{type(row).__name__.lower(): row}, again=True)
        self.seen = []

    @rule(fault=FAULTS)
    def worker(self, fault: str) -> None:
        self.gateway.faults = [fault] if fault else []
        work()

    @invariant()
    def no_order_is_paid_over_and_all_that_was_paid_is_on_it(self) -> None:
        for order in Order.objects.filter(store=self.store).prefetch_related("payments__refunds"):
            paid = waiting = Decimal(0)
            for payment in order.payments.all():
                back = sum(
                    (row.amount for row in payment.refunds.all() if row.status == "CAPTURED"), Decimal(0)
                )
                assert payment.refunded == back <= payment.amount
                paid += payment.amount - back if payment.status == "CAPTURED" else 0
                waiting += payment.amount if payment.status == "PENDING" else 0
            assert order.paid == paid
            assert paid + waiting <= order.total
            assert paid == 0 or order.status not in (Status.CANCELLED, Status.REFUNDED)

    @invariant()
    def stock_is_the_sum_of_its_moves_and_never_below_nothing(self) -> None:
        assert stock.verify(store=self.store) == []
        assert all(row.stock_on_hand >= 0 for row in Product.objects.filter(store=self.store))

    @invariant()
    def what_the_gateway_has_moved_is_on_one_row_each(self) -> None:
        for kind, model in (("charges", Payment), ("refunds", Refund)):
            moved = self.gateway.captured(kind)
            rows = {str(row.intent): row for row in model.objects.filter(intent__in=moved)}
            assert rows.keys() == moved.keys()
            assert all(f"{row.amount:.2f}" == moved[intent] for intent, row in rows.items())
            assert all(row.status in ("CAPTURED", "PENDING") for row in rows.values())
            taken = model.objects.filter(status="CAPTURED").exclude(reference="")
            assert all(str(row.intent) in moved for row in taken)

    def teardown(self) -> None:
        """Let the worker come to an end: then nothing is pending, and each capture was told once."""
        self.gateway.faults = []
        work()
        assert not Payment.objects.filter(status="PENDING").exists()
        assert not Refund.objects.filter(status="PENDING").exists()
        for kind, model in (("order.paid", Payment), ("order.paid_back", Refund)):
            assert Event.objects.filter(kind=kind).count() == model.objects.filter(status="CAPTURED").count()


@pytest.mark.django_db
def test_the_books_of_a_till_stay_right_whatever_is_done(ask: Any, gateway: Gateway, settings: Any) -> None:
    Till.ask, Till.gateway = staticmethod(ask), gateway
    days, acts = (int(os.environ.get(name, "10")) for name in ("TILL_EXAMPLES", "TILL_STEPS"))
    steps = budget(max_examples=days, stateful_step_count=acts, deadline=None)
    run_state_machine_as_test(Till, settings=steps)
