"""Pay back what was paid, each time once: in the manner of payments, row before gateway."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import audit, idempotency, jobs
from core.errors import Code, Refused
from core.fields import short
from core.models import User
from sales import gateway, payments
from sales.models import Order, Payment, Refund
from sales.payments import CAPTURED, DECLINED, PENDING

MAX_REASON = 500
PICTURED = ("payment", "amount", "status", "reference", "reason", "decline")


@dataclass(frozen=True)
class Begun:
    refund: Refund
    known: bool  # whether it was begun before, with the same key and input


@transaction.atomic
def begin(
    *, payment: Payment, by: User, amount: Decimal | None, reason: str, key: str, fingerprint: str
) -> Begun:
    """Enter a refund of what is left of a payment, or of a part of it, once for a key.

    What went through the gateway goes back through it; the rest is handed out at the till: captured at once.

    Raises: Refused with INVALID, CONFLICT, or IDEMPOTENCY_KEY_REUSED.
    """
    order = Order.objects.locked(payment.order)
    earlier = Refund.objects.filter(payment=payment, idempotency_key=key).first()
    if earlier is not None and earlier.fingerprint != fingerprint:
        raise idempotency.reused()
    if earlier is not None:
        return Begun(earlier, known=True)
    payment = Payment.objects.get(pk=payment.pk)
    payment.order = order
    refund = Refund.objects.create(
        payment=payment,
        amount=_refundable(payment, amount),
        status=PENDING,
        reason=short(reason, MAX_REASON, "reason"),
        idempotency_key=key,
        fingerprint=fingerprint,
        user=by,
        created_at=timezone.now(),
    )
    if payment.reference:  # the gateway's name for it
        jobs.enqueue("settle_refund", {"refund": refund.pk}, after=payments.patience())
    else:
        _conclude(refund=refund, answer=gateway.Answer(captured=True))
    return Begun(refund, known=False)


def settle(*, refund: Refund, again: bool) -> Refund:
    """Ask the gateway for a refund that is pending, outside of any transaction, and give it as it is then."""
    if refund.status == PENDING:
        payment = refund.payment
        try:
            answer = gateway.refund(
                intent=refund.intent,
                charge=payment.intent,
                amount=refund.amount,
                currency=payment.order.currency,
                again=again,
            )
        except gateway.Unknown:
            return refund
        _conclude(refund=refund, answer=answer)
    return refund


def settle_later(payload: dict[str, Any]) -> None:
    """Do a job of `begin`, and queue the next one as long as the gateway does not tell."""
    refund = Refund.objects.select_related("payment__order").filter(pk=payload["refund"]).first()
    if refund is not None and settle(refund=refund, again=True).status == PENDING:
        tries = payload.get("tries", 0) + 1
        jobs.enqueue("settle_refund", {"refund": refund.pk, "tries": tries}, after=payments.back_off(tries))


def _refundable(payment: Payment, asked: Decimal | None) -> Decimal:
    if payment.status != CAPTURED:
        raise Refused(Code.CONFLICT, "Only a captured payment can be paid back.", "payment")
    waiting = payments.awaited(payment.refunds.all())
    left = payment.amount - payment.refunded - waiting
    says = f"Of this payment, {left:.2f} {payment.order.currency} is left to be paid back"
    says += f", beside {waiting:.2f} that await the payment gateway." if waiting else "."
    return payments.part(left, asked, says)


@transaction.atomic
def _conclude(*, refund: Refund, answer: gateway.Answer) -> None:
    """Enter what became of a pending refund; the first answer counts, and `refund` is then as its row."""
    order, now = Order.objects.locked(refund.payment.order), timezone.now()
    mine = Refund.objects.filter(pk=refund.pk, status=PENDING)
    if answer.captured:
        first = mine.update(status=CAPTURED, captured_at=now, reference=answer.reference)
    else:
        first = mine.update(status=DECLINED, decline=answer.reason)
    refund.refresh_from_db(fields=["status", "captured_at", "reference", "decline"])
    if not first:
        return
    action = "payment.refund" if answer.captured else "payment.refund_declined"
    after = audit.picture(refund, *PICTURED)
    audit.record(store=order.store, by=refund.user, action=action, node=refund, after=after)
    if answer.captured:
        payment = Payment.objects.get(pk=refund.payment_id)
        payment.refunded += refund.amount
        payment.save(update_fields=["refunded"])
        payments.change_paid(order=order, by=-refund.amount, kind="order.paid_back")
