"""Paying and paying back as the commands do it, and the worker that ends what they could not."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone

from core import jobs
from core.models import Job
from sales import payments, refunds
from sales.models import Order, Payment, Refund
from tests.conftest import Person


def pay(order: Order, by: Person, amount: str | None = None, key: str = "k", method: str = "CARD") -> Payment:
    """Take a payment: one transaction, then the gateway, then another transaction."""
    value = None if amount is None else Decimal(amount)
    begun = payments.begin(
        order=order, by=by.user, method=method, amount=value, key=key, fingerprint=f"{method} {amount}"
    )
    return payments.settle(payment=begun.payment, again=begun.known)


def pay_back(payment: Payment, by: Person, amount: str | None = None, key: str = "r") -> Refund:
    """Pay back in the same way."""
    value = None if amount is None else Decimal(amount)
    begun = refunds.begin(
        payment=payment, by=by.user, amount=value, reason="cold", key=key, fingerprint=f"{amount}"
    )
    return refunds.settle(refund=begun.refund, again=begun.known)


def work() -> None:
    """Do what jobs there are, as a worker does in time."""
    for _ in range(20):
        Job.objects.filter(status="QUEUED").update(not_before=timezone.now())
        if not jobs.run_next():
            return
    raise AssertionError("jobs without end")
