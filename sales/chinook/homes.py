"""The store that a Chinook shop moves into, and whose it is."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from core import services, stores
from core.errors import Code, Refused
from core.models import Membership, Store, User
from core.roles import Role
from core.stores import NewStore

NAME = "Chinook"


@transaction.atomic
def music_store(*, owner: str | None = None) -> Store:
    """Find the music store that an earlier import has opened for an account, or open one.

    `owner` is an email address. Without it, the account is the demo's, or the first administrator's where
    there is no demo, or the demo account is opened.

    Raises: Refused with NOT_FOUND where nobody can own it.
    """
    user = _account(owner) if owner else _whoever()
    new = NewStore(name=NAME, type=Store.Type.MUSIC, currency="USD")
    if user is None:
        account = services.NewAccount(
            email=settings.DEMO_LOGIN, password=settings.DEMO_PASSWORD, first_name="Demo", store=new
        )
        user, _ = services.register(account=account, verified=True)
        opened: Store = user.stores.get()
        return opened
    User.objects.get_queryset().select_for_update().get(pk=user.pk)  # a twin waits, and finds it
    own = user.memberships.filter(role=Role.OWNER).values("store")
    music = Store.objects.filter(pk__in=own, type=Store.Type.MUSIC, archived_at=None)
    ours = Q(products__natural_key__startswith="chinook:") | Q(name=NAME)
    return music.filter(ours).order_by("pk").first() or stores.open_store(owner=user, new=new)


def owners(store: Store) -> list[str]:
    """List the addresses of those who can sign in and own a store."""
    able = Membership.objects.of(store).filter(role=Role.OWNER, user__is_active=True)
    return list(able.order_by("pk").values_list("user__email", flat=True))


def _account(email: str) -> User:
    user = User.objects.by_login(email)
    if user is None or not user.is_active:
        raise Refused(Code.NOT_FOUND, f"There is no account {email}.", "owner")
    return user


def _whoever() -> User | None:
    """Find who owns the store when nobody is named; None where the demo account must be opened."""
    demo = User.objects.by_login(settings.DEMO_LOGIN) if settings.DEMO_LOGIN else None
    admins = User.objects.get_queryset().filter(role=User.Role.ADMIN, is_active=True)
    user = demo if demo and demo.is_active else admins.order_by("pk").first()
    if user is None and (demo or not settings.DEMO_LOGIN):
        message = "There is nobody to own the store: name an account by --owner, or a store by --store."
        raise Refused(Code.NOT_FOUND, message, "owner")
    return user
