"""Orders, their lines, and every move that an order has made."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from catalog.models import Product
from core.models import Store, User
from core.tenancy import StoreOwned, StoreQuerySet
from sales.models.customers import Customer
from sales.transitions import OPEN, Status


class OrderQuerySet(StoreQuerySet):
    def open(self) -> Self:
        """Keep the orders that somebody still has to do something for."""
        return self.filter(status__in=OPEN)

    def closed(self) -> Self:
        """Keep the orders that are completed, refunded or cancelled."""
        return self.exclude(status__in=OPEN)

    def locked(self, order: Order) -> Order:
        """Read an order that nobody else changes until the transaction ends."""
        found: Order = self.select_for_update(of=("self",)).select_related("store").get(pk=order.pk)
        return found

    def standing(self) -> Self:
        """Keep the orders that were not called off."""
        return self.exclude(status=Status.CANCELLED)

    def unpaid(self, wanted: bool = True) -> Self:
        """Keep the orders of which something is still to be paid, or the others."""
        due = ~Q(status__in=(Status.CANCELLED, Status.REFUNDED)) & Q(paid__lt=F("total"))
        return self.filter(due) if wanted else self.exclude(due)


class Order(StoreOwned):
    class Channel(models.TextChoices):
        COUNTER = "COUNTER"
        TABLE = "TABLE"
        TAKEAWAY = "TAKEAWAY"
        DELIVERY = "DELIVERY"
        PHONE = "PHONE"
        ONLINE = "ONLINE"
        IMPORT = "IMPORT"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="orders")
    number = models.PositiveIntegerField()  # counted in the store, from 1
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.RESTRICT, related_name="orders"
    )
    channel = models.CharField(max_length=10, choices=Channel)
    note = models.CharField(max_length=1000, blank=True)
    status = models.CharField(max_length=12, choices=[(status, status) for status in Status])
    currency = models.CharField(max_length=3)  # the store's, at that moment
    total = models.DecimalField(max_digits=14, decimal_places=2)  # the sum of its lines
    # Captured less refunded; sales.payments alone writes it, in the transaction of a payment.
    paid = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    version = models.PositiveIntegerField(default=1)  # one more with every move
    placed_at = models.DateTimeField()
    placed_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    closed_at = models.DateTimeField(null=True)  # when it was completed or cancelled
    natural_key = models.CharField(max_length=200, blank=True)  # of an imported row, in its source

    objects = OrderQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "number"], name="order_number_once_in_a_store"),
            models.UniqueConstraint(
                fields=["store", "natural_key"], condition=~Q(natural_key=""), name="order_natural_key_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in Status]), name="order_status_is_known"
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="order_total_not_negative"),
            models.CheckConstraint(
                condition=Q(paid__gte=0, paid__lte=F("total")), name="order_paid_up_to_its_total"
            ),
            models.CheckConstraint(
                condition=Q(status__in=OPEN, closed_at=None)
                | (~Q(status__in=OPEN) & Q(closed_at__isnull=False)),
                name="order_closed_with_its_time",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "-placed_at", "-id"], name="order_of_store_by_time"),
            models.Index(fields=["store", "-closed_at", "-id"], name="order_of_store_by_end"),
            models.Index(fields=["store", "placed_at"], condition=Q(status__in=OPEN), name="order_in_queue"),
            models.Index(fields=["customer", "-placed_at"], name="order_of_customer"),
        ]

    @property
    def due(self) -> Decimal:
        """What is left to be paid; nothing of an order that came to nothing."""
        if self.status in (Status.CANCELLED, Status.REFUNDED):
            return Decimal(0)
        return self.total - self.paid


class OfOrderQuerySet(StoreQuerySet):
    store_path = "order__store"


class OrderLine(models.Model):
    """So much of a product, at the price and under the name that it had at that moment."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()  # from 1
    product = models.ForeignKey(Product, on_delete=models.RESTRICT, related_name="order_lines")
    name = models.CharField(max_length=200)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    unit_price = models.DecimalField(max_digits=14, decimal_places=2)  # in the order's currency
    total = models.DecimalField(max_digits=14, decimal_places=2)  # likewise

    objects = OfOrderQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "position"], name="order_line_has_its_place"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_line_is_of_something"),
            models.CheckConstraint(
                condition=Q(unit_price__gte=0, total__gte=0), name="order_line_not_negative"
            ),
        ]


class OrderEvent(models.Model):
    """A move that an order has made; rows are added and never changed."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="events")
    before = models.CharField(max_length=12, blank=True)  # empty when the order was placed
    after = models.CharField(max_length=12)
    actor = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    objects = OfOrderQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["order", "created_at"], name="order_event_of_order")]
