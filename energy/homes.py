"""The store that a file goes to when the command line is where it comes from."""

from __future__ import annotations

from typing import TextIO

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import OutputWrapper

from core.errors import Code, Refused
from core.models import Store, User


def demo_store(*, output: TextIO | OutputWrapper) -> Store:
    """Find the demo's store, or have the demo opened, which then tells `output`.

    Raises: Refused with NOT_FOUND in production, which has no demo.
    """
    if not settings.DEMO_LOGIN:
        raise Refused(Code.NOT_FOUND, "Name the store by --store: production has no demo.", "store")
    if User.objects.by_login(settings.DEMO_LOGIN) is None:
        call_command("fill_demo", stdout=output)
    owned = Store.objects.filter(memberships__user__email=settings.DEMO_LOGIN, archived_at=None)
    store: Store | None = owned.order_by("pk").first()
    if store is None:
        raise Refused(Code.NOT_FOUND, "The demo account has no store: name one by --store.", "store")
    return store
