"""What is kept of figures: most are made when they are asked for."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.models import Store
from core.tenancy import StoreQuerySet
from insights.analyses import Period


class Digest(models.Model):
    """That the owners of a store were written to about a week or a month, once."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="digests")
    period = models.CharField(max_length=10, choices=[(period.value, period.value) for period in Period])
    start = models.DateField()
    end = models.DateField()  # the day after the last
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "period", "start"], name="digest_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="digest_ends_after_it_starts"),
        ]


class Night(models.Model):
    """The last day of a store that every step of the night has done; `insights.nightly` alone writes it."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE, primary_key=True, related_name="+")
    day = models.DateField()
    updated_at = models.DateTimeField(auto_now=True)

    objects = StoreQuerySet.as_manager()
