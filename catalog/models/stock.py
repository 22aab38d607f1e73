"""What has come into stock and gone out of it: rows that are added and never changed."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from catalog.models.products import Product
from core.models import User
from core.tenancy import StoreQuerySet


class StockMoveQuerySet(StoreQuerySet):
    store_path = "product__store"


class StockMove(models.Model):
    class Kind(models.TextChoices):
        PURCHASE = "PURCHASE"
        COUNT = "COUNT"
        WASTE = "WASTE"
        SALE = "SALE"
        REFUND = "REFUND"
        RESERVE = "RESERVE"
        RELEASE = "RELEASE"

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="moves")
    kind = models.CharField(max_length=10, choices=Kind)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)  # in: positive, out: negative
    stock_after = models.DecimalField(max_digits=12, decimal_places=3)
    # What made it, such as ("item", "12"): no foreign key points up a floor. Both empty: a person did.
    cause_kind = models.CharField(max_length=20, blank=True)
    cause_key = models.CharField(max_length=64, blank=True)
    note = models.CharField(max_length=500, blank=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StockMoveQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["cause_kind", "cause_key", "product", "kind"],
                condition=~Q(cause_kind=""),
                name="stock_move_once_a_cause",
            ),
            models.CheckConstraint(
                condition=Q(kind="COUNT")
                | Q(kind__in=["PURCHASE", "REFUND", "RELEASE"], quantity__gt=0)
                | Q(kind__in=["SALE", "WASTE", "RESERVE"], quantity__lt=0),
                name="stock_move_goes_the_way_of_its_kind",
            ),
            models.CheckConstraint(condition=Q(stock_after__gte=0), name="stock_move_leaves_no_debt"),
            models.CheckConstraint(
                condition=Q(cause_kind="", cause_key="") | ~(Q(cause_kind="") | Q(cause_key="")),
                name="stock_move_cause_is_whole",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["product", "-created_at", "-id"], name="stock_move_of_product")
        ]
