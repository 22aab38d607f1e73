"""Passwords: what a good one is, comparing in constant time, changing, and resetting by mail."""

from __future__ import annotations

import functools
import uuid
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from core import audit, jobs, links, mail, tokens, verification
from core.errors import Code, Refused
from core.models import User

MAX_LENGTH = 128


def check(password: str, user: User, *field: str) -> None:
    """Refuse a password that is too short, too long, common, or like the account's names.

    Raises: Refused with INVALID.
    """
    if len(password) > MAX_LENGTH:
        raise Refused(Code.INVALID, f"A password has at most {MAX_LENGTH} characters.", *field)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(Code.INVALID, " ".join(error.messages), *field) from error


def matches(user: User | None, password: str) -> bool:
    """Compare a password with that of an account that may sign in; the same work where there is none."""
    nobodys = _nobodys_password()
    if user is None or not user.may_sign_in or len(password) > MAX_LENGTH:
        check_password(password[:MAX_LENGTH], nobodys)
        return False
    return user.check_password(password)


@functools.cache
def _nobodys_password() -> str:
    """Make, once a process, a hash to compare with when there is no account to compare with."""
    return str(make_password("nobody"))


def change(*, user: User, session: uuid.UUID, old: str, new: str) -> None:
    """Replace a password by one that its owner chose, and end the account's other sessions.

    Raises: Refused with INVALID_CREDENTIALS for the old one, INVALID for the new one.
    """
    wrong = Refused(Code.INVALID_CREDENTIALS, "The old password is wrong.", "oldPassword")
    if not matches(user, old):
        raise wrong
    check(new, user, "newPassword")
    hashed = make_password(new)
    with transaction.atomic():
        same = User.objects.filter(pk=user.pk, password=user.password, is_active=True)
        if not same.update(password=hashed, updated_at=timezone.now()):  # it was changed meanwhile
            raise wrong
        tokens.revoke_all(user=user, but=session)
        links.end(user=user, kind=links.Kind.PASSWORD_RESET, now=timezone.now())
        _tell(user, by=user, action="account.change_password")


def request_reset(*, email: str) -> None:
    """Have a link mailed to the account of an address, if there is one.

    Whether there is one is the worker's to find out: what is done here does not depend on it.

    Raises: Refused with INVALID for what is no address.
    """
    jobs.enqueue("password_reset", {"email": verification.address(email, "email")})


def send_reset(payload: dict[str, Any]) -> None:
    """Do a job of `request_reset`."""
    user = User.objects.get_queryset().filter(email=payload["email"], is_active=True).first()
    if user is not None:
        url = links.issue(user=user, kind=links.Kind.PASSWORD_RESET, now=timezone.now())
        mail.deliver(template="password_reset", to=user.email, context={"url": url})


def reset(*, token: str, new: str) -> User:
    """Replace a password by way of a mailed link, and end all sessions of the account.

    Raises: Refused with INVALID_TOKEN for the link; with INVALID for the password, and the link stays good.
    """
    now = timezone.now()
    link = links.find(token=token, kind=links.Kind.PASSWORD_RESET, now=now)
    user = link.user
    check(new, user, "newPassword")
    hashed = make_password(new)  # before the transaction: nobody waits for it
    with transaction.atomic():
        links.redeem(link=link, now=now)
        User.objects.filter(pk=user.pk).update(password=hashed, updated_at=now)
        # Whoever opened the link reads the mail of the address.
        User.objects.filter(pk=user.pk, email_verified_at=None).update(email_verified_at=now)
        tokens.revoke_all(user=user)
        _tell(user, by=None, action="account.reset_password")
    return user


def _tell(user: User, *, by: User | None, action: str) -> None:
    """Keep in the audit that a password was replaced, and tell its owner."""
    audit.record(store=None, by=by, action=action, node=user)
    mail.send_later(template="password_changed", to=user.email, context={})
