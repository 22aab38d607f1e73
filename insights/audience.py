"""Whom a store's figures are mailed to."""

from __future__ import annotations

from core.models import Membership, Store, User
from core.roles import Role


def owners(store: Store) -> list[User]:
    """List the owners whose mail it is: figures go to no address that nobody has proved."""
    rows = Membership.objects.of(store).filter(role=Role.OWNER, user__email_verified_at__isnull=False)
    found = [membership.user for membership in rows.select_related("user").order_by("pk")]
    return [user for user in found if user.may_sign_in]
