"""Take payments of orders, each once.

The row stands, with an intent of its own, before the gateway is asked, and a job stands beside it: whatever
dies in between, somebody asks again under the same intent until the answer is known. What awaits it keeps its
part of the order's total meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from catalog import figures
from core import audit, events, idempotency, jobs
from core.errors import Code, Refused
from core.models import User
from sales import gateway
from sales.models import Order, Payment
from sales.transitions import Status

KEPT = timedelta(days=30)  # for so long a key is answered as before; its payment stays for ever
FIRST_BACK_OFF = timedelta(seconds=5)  # between two questions to the gateway; doubles with each
LONGEST_BACK_OFF = timedelta(minutes=10)
PENDING, CAPTURED, DECLINED = Payment.Status.PENDING, Payment.Status.CAPTURED, Payment.Status.DECLINED
PICTURED = ("method", "amount", "refunded", "status", "reference", "reason")


@dataclass(frozen=True)
class Begun:
    payment: Payment
    known: bool  # whether it was begun before, with the same key and input


@transaction.atomic
def begin(
    *,
    order: Order,
    by: User,
    method: str,
    amount: Decimal | None = None,
    tendered: Decimal | None = None,
    key: str,
    fingerprint: str,
) -> Begun:
    """Enter a payment of what is due, or of a part of it, once for a key.

    A card that goes through a gateway is pending until `settle`; what needs none is captured at once.
    `tendered` is the cash that was handed over.

    Raises: Refused with INVALID, CONFLICT, or IDEMPOTENCY_KEY_REUSED.
    """
    order = Order.objects.locked(order)
    earlier = Payment.objects.filter(order=order, idempotency_key=key).first()
    if earlier is not None:
        return Begun(_same(earlier, fingerprint), known=True)
    amount = _payable(order, amount)
    _check_tendered(method, amount, tendered)
    payment = Payment.objects.create(
        order=order,
        method=method,
        amount=amount,
        status=PENDING,
        idempotency_key=key,
        fingerprint=fingerprint,
        user=by,
        created_at=timezone.now(),
    )
    if method == Payment.Method.CARD and gateway.stands():
        jobs.enqueue("settle_payment", {"payment": payment.pk}, after=patience())
    else:
        _conclude(payment=payment, answer=gateway.Answer(captured=True))
    return Begun(payment, known=False)


def settle(*, payment: Payment, again: bool) -> Payment:
    """Ask the gateway for a pending payment, outside of any transaction, and give it as it is then."""
    if payment.status == PENDING:
        try:
            answer = gateway.charge(
                intent=payment.intent, amount=payment.amount, currency=payment.order.currency, again=again
            )
        except gateway.Unknown:
            return payment
        _conclude(payment=payment, answer=answer)
    return payment


def settle_later(payload: dict[str, Any]) -> None:
    """Do a job of `begin`, and queue the next one as long as the gateway does not tell."""
    payment = Payment.objects.select_related("order").filter(pk=payload["payment"]).first()
    if payment is not None and settle(payment=payment, again=True).status == PENDING:
        tries = payload.get("tries", 0) + 1
        jobs.enqueue("settle_payment", {"payment": payment.pk, "tries": tries}, after=back_off(tries))


def patience() -> timedelta:
    """Say after how long whoever began a settlement has surely ended it, alive or dead."""
    return 2 * settings.PAYMENT_GATEWAY_TIMEOUT


def back_off(tries: int) -> timedelta:
    """Say how long to wait before the gateway is asked again."""
    return min(FIRST_BACK_OFF * (1 << min(tries - 1, 10)), LONGEST_BACK_OFF)


def awaited(rows: models.QuerySet[Any]) -> Decimal:
    """Add up the payments or refunds that the gateway has not decided."""
    amounts: Iterable[Decimal] = rows.filter(status=PENDING).values_list("amount", flat=True)
    return sum(amounts, Decimal(0))


def part(left: Decimal, asked: Decimal | None, says: str) -> Decimal:
    """Take an amount out of what is left, by default all of it.

    Raises: Refused with INVALID or CONFLICT.
    """
    amount = left if asked is None else figures.price(asked, "amount")
    if asked is not None and not amount:
        raise Refused(Code.INVALID, "This must be more than 0.", "amount")
    if not 0 < amount <= left:
        raise Refused(Code.CONFLICT, says, "amount")
    return amount


def _payable(order: Order, asked: Decimal | None) -> Decimal:
    if order.status in (Status.CANCELLED, Status.REFUNDED):
        raise Refused(Code.CONFLICT, f"Order {order.number} is {order.status}: nothing is due.", "order")
    waiting = awaited(order.payments.all())
    left = order.due - waiting
    says = f"Of order {order.number}, {left:.2f} {order.currency} is left to be paid"
    says += f", beside {waiting:.2f} that await the payment gateway." if waiting else "."
    return part(left, asked, says)


def _check_tendered(method: str, amount: Decimal, tendered: Decimal | None) -> None:
    if tendered is None:
        return
    if method != Payment.Method.CASH:
        raise Refused(Code.INVALID, "Only cash is tendered.", "tendered")
    if figures.price(tendered, "tendered") < amount:
        message = f"{tendered:.2f} was tendered for {amount:.2f}: name the amount to be paid as a part."
        raise Refused(Code.INVALID, message, "tendered")


def _same(earlier: Payment, fingerprint: str) -> Payment:
    """Give the payment of a key to whoever sends the same: a colleague at the same till, or a month later."""
    if earlier.fingerprint != fingerprint:
        raise idempotency.reused()
    return earlier


@transaction.atomic
def _conclude(*, payment: Payment, answer: gateway.Answer) -> None:
    """Enter what became of a pending payment; the first answer counts, and `payment` is then as its row."""
    order, now = Order.objects.locked(payment.order), timezone.now()
    mine = Payment.objects.filter(pk=payment.pk, status=PENDING)
    if answer.captured:
        first = mine.update(status=CAPTURED, captured_at=now, reference=answer.reference)
    else:
        first = mine.update(status=DECLINED, reason=answer.reason)
    payment.refresh_from_db(fields=["status", "captured_at", "reference", "reason"])
    if not first:
        return
    action = "payment.capture" if answer.captured else "payment.decline"
    after = audit.picture(payment, *PICTURED)
    audit.record(store=order.store, by=payment.user, action=action, node=payment, after=after)
    if answer.captured:
        change_paid(order=order, by=payment.amount, kind="order.paid")


def change_paid(*, order: Order, by: Decimal, kind: str) -> None:
    """Change what was paid of a locked order, and tell those who watch: the last act of a transaction."""
    order.paid += by
    order.save(update_fields=["paid", "updated_at"])
    paid = {"number": order.number, "status": order.status, "paid": f"{order.paid:.2f}"}
    events.publish(store=order.store, kind=kind, node=order, payload=paid)
