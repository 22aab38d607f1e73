"""Who buys."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.models import Store
from core.tenancy import StoreOwned, StoreQuerySet


class Customer(StoreOwned):
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="customers")
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    company = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=500, blank=True)
    city = models.CharField(max_length=100, blank=True)
    state = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=100, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    phone = models.CharField(max_length=50, blank=True)
    fax = models.CharField(max_length=50, blank=True)
    email = models.CharField(max_length=254, blank=True)
    notes = models.CharField(max_length=1000, blank=True)
    natural_key = models.CharField(max_length=200, blank=True)  # of an imported row, in its source
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["store", "natural_key"],
                condition=~Q(natural_key=""),
                name="customer_natural_key_once",
            ),
            models.CheckConstraint(
                condition=~Q(first_name="", last_name="", company="", email="", phone=""),
                name="customer_can_be_told_from_others",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "last_name", "id"], name="customer_of_store_by_name"),
            models.Index(fields=["store", "-created_at", "-id"], name="customer_of_store_by_entry"),
        ]

    @property
    def name(self) -> str:
        """First and last name, or what stands for them."""
        person = f"{self.first_name} {self.last_name}".strip()
        return person or self.company or self.email or self.phone
