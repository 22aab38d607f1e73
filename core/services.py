"""Open accounts and sessions."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from core import audit, fields, mail, passwords, throttle, tokens, verification
from core.errors import Code, Refused
from core.models import Profile, User
from core.stores import NewStore, open_store
from core.throttle import Attempt


@dataclass(frozen=True, kw_only=True)
class NewAccount:
    email: str
    password: str = field(repr=False)
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    store: NewStore = field(default_factory=NewStore)


def register(*, account: NewAccount, verified: bool = False) -> tuple[User, tokens.Pair]:
    """Open an account with its first store, owned by it, and start a session.

    A link is mailed that proves its address.

    For a known address this is a log-in, and nothing is changed; its owner is told of a wrong one.
    `verified` says that the address needs no proof.

    Raises: Refused with INVALID or TAKEN and the field at fault, or as `sign_in` does.
    """
    user = User(
        email=verification.address(account.email, "email"),
        username=fields.username(account.username, "username"),
        first_name=fields.short(account.first_name, 100, "firstName"),
        last_name=fields.short(account.last_name, 100, "lastName"),
        email_verified_at=timezone.now() if verified else None,
    )
    passwords.check(account.password, user, "password")
    known = User.objects.by_login(user.email)
    if known is not None:
        return _known(known, account.password)
    user.set_password(account.password)
    try:
        with transaction.atomic():
            open_account(user, account.store)
            return user, tokens.open_session(user=user)
    except IntegrityError as error:  # a twin was faster
        known = User.objects.by_login(user.email)
        if known is not None:
            return _known(known, account.password)
        raise _username_taken() from error


def _known(user: User, password: str) -> tuple[User, tokens.Pair]:
    if _proves(user, user.email, password):
        return _enter(user)
    if user.is_active:
        mail.send_later(template="account_exists", to=user.email, context={})
    raise _wrong_credentials()


@transaction.atomic
def open_account(user: User, store: NewStore) -> None:
    """Enter a new account with its profile and its first store; an address not proved yet is written to.

    Raises: Refused with INVALID or TAKEN; IntegrityError when a twin was faster.
    """
    if user.username and User.objects.filter(username=user.username).exists():
        raise _username_taken()
    user.save()
    opened = open_store(owner=user, new=store, at=("store",))
    Profile.objects.create(user=user, timezone=opened.timezone)
    audit.record(store=None, by=user, action="account.register", node=user)
    if user.email_verified_at is None:
        verification.request(email=user.email)


def sign_in(*, login: str, password: str) -> tuple[User, tokens.Pair]:
    """Start a session for whoever knows the password.

    Raises: Refused with INVALID_CREDENTIALS, the same in words and time for an unknown login.
    """
    user = User.objects.by_login(login)
    if not _proves(user, login, password):
        raise _wrong_credentials()
    assert user is not None
    return _enter(user)


def _proves(user: User | None, login: str, password: str) -> bool:
    """Compare a password, and count that for the account, by whichever of its names it is tried.

    One too many is answered as a wrong one is: anything else would tell that two names are of one
    account. The work is the same where there is none.
    """
    right = passwords.matches(user, password)
    whom = login.strip().lower() if user is None else f"account {user.pk}"
    return throttle.admit([Attempt("prove", whom, settings.LOGIN_LIMIT)]) == 0 and right


@transaction.atomic
def _enter(user: User) -> tuple[User, tokens.Pair]:
    # Held until the end: a session must not outlive the password that opened it.
    same = User.objects.select_for_update().filter(pk=user.pk, password=user.password, is_active=True)
    if same.first() is None:
        raise _wrong_credentials()
    audit.record(store=None, by=user, action="account.sign_in", node=user)
    return user, tokens.open_session(user=user)


@transaction.atomic
def sign_out(*, refresh: str) -> None:
    """End the session that a refresh token belongs to; an unknown or ended one is nothing to end."""
    user = tokens.revoke_refresh(refresh=refresh)
    if user is not None:
        audit.record(store=None, by=user, action="account.sign_out", node=user)


@transaction.atomic
def sign_out_everywhere(*, user: User, but: uuid.UUID | None = None) -> None:
    """End the sessions of an account, all or all but one."""
    tokens.revoke_all(user=user, but=but)
    audit.record(store=None, by=user, action="account.sign_out_everywhere", node=user)


def bootstrap_admin(*, email: str, password: str, name: str) -> tuple[User, bool]:
    """Open an administrator's account, or make the account of that address one; True when it was opened.

    Raises: Refused with INVALID and the field at fault.
    """
    first_name, _, last_name = fields.short(name, 200, "name").partition(" ")
    said = {
        "first_name": fields.short(first_name, 100, "name"),
        "last_name": fields.short(last_name, 100, "name"),
        "role": User.Role.ADMIN,
        "permissions": ["all"],
        "is_active": True,
        "email_verified_at": timezone.now(),
    }
    address = verification.address(email, "email")
    passwords.check(password, User(email=address, first_name=first_name, last_name=last_name), "password")
    hashed = make_password(password)
    with transaction.atomic():
        user, made = User.objects.update_or_create(email=address, defaults={**said, "password": hashed})
        tokens.revoke_all(user=user)
        audit.record(store=None, by=None, action="account.bootstrap_admin", node=user)
    return user, made


def _wrong_credentials() -> Refused:
    return Refused(Code.INVALID_CREDENTIALS, "Login or password is wrong.")


def _username_taken() -> Refused:
    return Refused(Code.TAKEN, "This username is taken.", "username")
