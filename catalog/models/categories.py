"""Categories, for what is bought and what is sold."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from core.models import Store, User
from core.roles import Permission
from core.tenancy import StoreQuerySet, stores_of


class CategoryQuerySet(StoreQuerySet):
    def visible_to(self, user: User, permission: Permission) -> Self:
        """Keep the built-in categories and those of the stores in which `user` holds `permission`."""
        return self.filter(Q(store=None) | Q(store__in=stores_of(user, permission)))

    def usable_in(self, store: Store) -> Self:
        """Keep the built-in categories and the store's own."""
        return self.filter(Q(store=None) | Q(store=store))


class Category(models.Model):
    class Kind(models.TextChoices):
        EXPENSE = "EXPENSE"
        PRODUCT = "PRODUCT"

    store = models.ForeignKey(
        Store, null=True, blank=True, on_delete=models.CASCADE, related_name="categories"
    )
    key = models.CharField(max_length=50, blank=True)  # of a built-in category; never changes
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.EXPENSE)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="children"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("store", "kind", Lower("name"), name="category_name_once_in_a_store"),
            models.UniqueConstraint(
                fields=["key"], condition=Q(store=None), name="category_built_in_key_once"
            ),
            models.CheckConstraint(condition=Q(store=None) | Q(key=""), name="category_key_is_built_in"),
        ]
