"""Payments of orders, and what was paid back."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.models import User
from core.tenancy import StoreQuerySet
from sales.models.orders import OfOrderQuerySet, Order


class Payment(models.Model):
    """Money asked for an order; the row stands before the gateway is asked, so no charge is forgotten."""

    class Method(models.TextChoices):
        CASH = "CASH"
        CARD = "CARD"
        OTHER = "OTHER"

    class Status(models.TextChoices):
        PENDING = "PENDING"
        CAPTURED = "CAPTURED"
        DECLINED = "DECLINED"

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="payments")
    method = models.CharField(max_length=5, choices=Method)
    amount = models.DecimalField(max_digits=14, decimal_places=2)  # in the order's currency
    refunded = models.DecimalField(max_digits=14, decimal_places=2, default=0)  # the sum of captured refunds
    status = models.CharField(max_length=8, choices=Status)
    # The gateway charges once for it, however often it is asked.
    intent = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(max_length=200, blank=True)  # the gateway's own name for the charge
    reason = models.CharField(max_length=500, blank=True)  # why it was declined
    idempotency_key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)  # of what was sent with the key
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    captured_at = models.DateTimeField(null=True)

    objects = OfOrderQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "idempotency_key"], name="payment_key_once_an_order"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_is_of_something"),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("amount")), name="payment_refunded_up_to_it"
            ),
            models.CheckConstraint(
                condition=Q(status="CAPTURED", captured_at__isnull=False)
                | (~Q(status="CAPTURED") & Q(captured_at=None, refunded=0)),
                name="payment_captured_with_its_time",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["PENDING", "CAPTURED", "DECLINED"]), name="payment_status_is_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["order", "created_at"], name="payment_of_order"),
            models.Index(fields=["created_at"], condition=Q(status="PENDING"), name="payment_pending"),
        ]


class OfPaymentQuerySet(StoreQuerySet):
    store_path = "payment__order__store"


class Refund(models.Model):
    """Money given back of a payment."""

    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="refunds")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    status = models.CharField(max_length=8, choices=Payment.Status)
    intent = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=500, blank=True)  # the store's own words
    decline = models.CharField(max_length=500, blank=True)  # why the gateway declined it
    idempotency_key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    captured_at = models.DateTimeField(null=True)

    objects = OfPaymentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["payment", "idempotency_key"], name="refund_key_once_a_payment"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="refund_is_of_something"),
            models.CheckConstraint(
                condition=Q(status="CAPTURED", captured_at__isnull=False)
                | Q(status__in=["PENDING", "DECLINED"], captured_at=None),
                name="refund_captured_with_its_time",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["payment", "created_at"], name="refund_of_payment")]
