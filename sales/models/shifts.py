"""Who was at work, and when."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from core.models import Store, User
from core.roles import Permission
from core.tenancy import StoreOwned, StoreQuerySet, stores_of


class ShiftQuerySet(StoreQuerySet):
    def visible_to(self, user: User, permission: Permission) -> Self:
        """Keep the shifts of the stores in which `user` holds `permission`, and the user's own ones.

        A member who left sees none: own ones are of the stores in which `user` clocks in.
        """
        own = Q(user=user, store__in=stores_of(user, Permission.SHIFT_CLOCK))
        return self.filter(Q(store__in=stores_of(user, permission)) | own)

    def running(self) -> Self:
        """Keep the shifts of those who are at work."""
        return self.filter(clock_out=None)


class Shift(StoreOwned):
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="shifts")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    clock_in = models.DateTimeField()
    clock_out = models.DateTimeField(null=True)  # null while at work
    note = models.CharField(max_length=500, blank=True)

    objects = ShiftQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["store", "user"], condition=Q(clock_out=None), name="shift_open_once"
            ),
            models.CheckConstraint(
                condition=Q(clock_out=None) | Q(clock_out__gt=F("clock_in")), name="shift_ends_after_it_began"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["store", "-clock_in", "-id"], name="shift_of_store")]
