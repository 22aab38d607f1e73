"""Who may see a row, said once, where rows are defined."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models

from core.roles import Permission, roles_granting

if TYPE_CHECKING:
    from core.models import Store, User


class StoreQuerySet(models.QuerySet[Any]):
    """Rows that belong to a store, by `store` or through the parent that `store_path` names."""

    store_path: ClassVar[str] = "store"

    def visible_to(self, user: User, permission: Permission) -> Self:
        """Keep the rows of the stores in which `user` holds `permission`."""
        return self.filter(**{f"{self.store_path}__in": stores_of(user, permission)})

    def in_hand(self, user: User, permission: Permission) -> Self:
        """Tell of each row, as `held`, whether `user` holds `permission` in its store, which comes along."""
        held = models.Q(**{f"{self.store_path}__in": stores_of(user, permission)})
        rows = self.annotate(held=models.ExpressionWrapper(held, models.BooleanField()))
        return rows if self.store_path == "pk" else rows.select_related(self.store_path)

    def of(self, store: Store) -> Self:
        """Keep the rows of one store."""
        return self.filter(**{self.store_path: store})


def stores_of(user: User, permission: Permission) -> models.QuerySet[Any]:
    """Select the ids of the stores in which `user` holds `permission`."""
    return user.memberships.filter(role__in=roles_granting(permission)).values("store_id")


def may(user: User, permission: Permission, store: Store) -> bool:
    """Tell whether `user` holds `permission` in `store`."""
    return user.memberships.filter(store=store, role__in=roles_granting(permission)).exists()


def among(stores: Iterable[Store], user: User, permission: Permission) -> list[Store]:
    """Keep the stores in which `user` holds `permission`, in one statement."""
    stores = list(stores)
    ours = stores_of(user, permission).filter(store__in=[store.pk for store in stores])
    keys = {row["store_id"] for row in ours}
    return [store for store in stores if store.pk in keys]


class StoreOwned(models.Model):
    """A row of one store."""

    store = models.ForeignKey("core.Store", on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
