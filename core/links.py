"""Links that are mailed to an account's address and good once.

A link is made by the worker that mails it: its token is never in the database, only the token's
digest is.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings

from core.errors import Code, Refused
from core.models import OneTimeLink, User
from core.tokens import digest

Kind = OneTimeLink.Kind

LIFETIMES = {Kind.PASSWORD_RESET: timedelta(minutes=30), Kind.EMAIL_VERIFICATION: timedelta(days=1)}
PATHS = {Kind.PASSWORD_RESET: "reset-password", Kind.EMAIL_VERIFICATION: "verify-email"}


def issue(*, user: User, kind: Kind, now: datetime) -> str:
    """Make a link and give its URL, a page of the front end.

    The token stands after the #: a browser keeps that to itself, and no server logs it.
    """
    token = secrets.token_urlsafe(32)
    OneTimeLink.objects.create(user=user, kind=kind, digest=digest(token), expires_at=now + LIFETIMES[kind])
    return f"{settings.FRONTEND_URL}/{PATHS[kind]}#token={token}"


def find(*, token: str, kind: Kind, now: datetime) -> OneTimeLink:
    """Find the link of a token without using it up.

    Raises: Refused with INVALID_TOKEN for one that is unknown, used, expired or of an inactive account.
    """
    good = OneTimeLink.objects.select_related("user").filter(used_at=None, expires_at__gt=now)
    link = good.filter(digest=digest(token), kind=kind, user__is_active=True).first()
    if link is None:
        raise _refusal()
    return link


def redeem(*, link: OneTimeLink, now: datetime) -> None:
    """Use a link up, and with it the others of its kind; exactly one of racing uses wins.

    Raises: Refused with INVALID_TOKEN for the others.
    """
    if not OneTimeLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now):
        raise _refusal()
    end(user=link.user, kind=OneTimeLink.Kind(link.kind), now=now)


def end(*, user: User, kind: Kind, now: datetime) -> None:
    """Make the links of a kind that an account still has worthless."""
    OneTimeLink.objects.filter(user=user, kind=kind, used_at=None).update(used_at=now)


def sweep(*, now: datetime) -> int:
    """Forget the links whose time is over."""
    return OneTimeLink.objects.filter(expires_at__lt=now).delete()[0]


def _refusal() -> Refused:
    return Refused(Code.INVALID_TOKEN, "This link was used before or is too old: ask for another.", "token")
