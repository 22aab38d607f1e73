"""Accounts that may work, and those that may not; what they wrote stays either way."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from core import audit, passwords, tokens
from core.errors import Code, Refused
from core.models import Membership, Store, User
from core.roles import Role


def close(*, user: User, password: str) -> None:
    """Deactivate one's own account; an administrator can activate it again.

    Raises: Refused with INVALID_CREDENTIALS, or CONFLICT while others work in a store that would
    be left without an owner.
    """
    if not passwords.matches(user, password):
        raise Refused(Code.INVALID_CREDENTIALS, "The password is wrong.", "password")
    with transaction.atomic():
        left_alone = _stores_left_alone(user)
        if left_alone:
            names = ", ".join(store.name for store in left_alone)
            raise Refused(Code.CONFLICT, f"First make somebody else an owner of: {names}.")
        set_active(user=user, active=False, by=user)


def _stores_left_alone(user: User) -> list[Store]:
    """List the stores with other active members of which `user` is the only active owner."""
    owned = Store.objects.filter(memberships__user=user, memberships__role=Role.OWNER)
    # Held until the end: the other owner must not leave meanwhile.
    held = list(owned.select_for_update(of=("self",)).order_by("pk"))
    others = Membership.objects.filter(store__in=held, user__is_active=True).exclude(user=user)
    roles: dict[int, set[str]] = {}
    for store, role in others.values_list("store_id", "role"):
        roles.setdefault(store, set()).add(role)
    return [store for store in held if roles.get(store.pk) and Role.OWNER not in roles[store.pk]]


@transaction.atomic
def set_active(*, user: User, active: bool, by: User) -> bool:
    """Let an account work or end all its sessions; tell whether that changed anything."""
    other = User.objects.get_queryset().filter(pk=user.pk, is_active=not active)
    if not other.update(is_active=active, updated_at=timezone.now()):
        return False
    if not active:
        tokens.revoke_all(user=user)
    action = "account.activate" if active else "account.deactivate"
    audit.record(
        store=None, by=by, action=action, node=user,
        before={"is_active": not active}, after={"is_active": active},
    )  # fmt: skip
    return True
