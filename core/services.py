"""Open accounts and sessions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from core import tokens
from core.errors import Code, Refused
from core.models import Membership, Store, User, validate_timezone
from core.roles import Role

MAX_PASSWORD_LENGTH = 128
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}\Z")
CURRENCY = re.compile(r"[A-Z]{3}\Z")


@dataclass(frozen=True, kw_only=True)
class NewStore:
    """What is said of a store when it is opened; without a name it is a personal one."""

    name: str = ""
    type: str = Store.Type.OTHER
    address: str = ""
    phone: str = ""
    timezone: str = "UTC"
    currency: str = "USD"


@dataclass(frozen=True, kw_only=True)
class NewAccount:
    email: str
    password: str = field(repr=False)
    first_name: str = ""
    last_name: str = ""
    username: str = ""
    store: NewStore = NewStore()


@transaction.atomic
def register(*, account: NewAccount) -> User:
    """Open an account with its first store, owned by it.

    Raises: Refused with INVALID or TAKEN and the field at fault.
    """
    user = User(
        email=_email(account.email),
        username=_username(account.username),
        first_name=_short(account.first_name, 100, "firstName"),
        last_name=_short(account.last_name, 100, "lastName"),
    )
    _check_password(account.password, user)
    user.set_password(account.password)
    if User.objects.filter(email=user.email).exists():
        raise Refused(Code.TAKEN, "There is an account with this email already.", "email")
    if user.username and User.objects.filter(username=user.username).exists():
        raise Refused(Code.TAKEN, "This username is taken.", "username")
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:  # a twin was faster
        raise Refused(
            Code.TAKEN, "There is an account with this email or username already.", "email"
        ) from error
    open_store(owner=user, new=account.store)
    return user


@transaction.atomic
def open_store(*, owner: User, new: NewStore) -> Store:
    """Open a store and make `owner` its owner.

    Raises: Refused with INVALID and the field at fault.
    """
    name = _short(new.name, 200, "store", "name")
    try:
        validate_timezone(new.timezone)
    except ValidationError as error:
        raise Refused(Code.INVALID, error.messages[0], "store", "timezone") from error
    if not CURRENCY.match(new.currency):
        raise Refused(Code.INVALID, "A currency is three capital letters, such as EUR.", "store", "currency")
    store = Store.objects.create(
        name=name or "Personal",
        type=new.type if name else Store.Type.PERSONAL,
        address=_short(new.address, 500, "store", "address"),
        phone=_short(new.phone, 50, "store", "phone"),
        timezone=new.timezone,
        currency=new.currency,
    )
    Membership.objects.create(user=owner, store=store, role=Role.OWNER)
    return store


def sign_in(*, login: str, password: str) -> tuple[User, tokens.Pair]:
    """Start a session for whoever knows the password.

    Raises: Refused with INVALID_CREDENTIALS, the same in words and time for an unknown login.
    """
    user = User.objects.by_login(login)
    if len(password) > MAX_PASSWORD_LENGTH or user is None or not user.is_active:
        check_password(password[:MAX_PASSWORD_LENGTH], _nobodys_password())
        raise Refused(Code.INVALID_CREDENTIALS, "Login or password is wrong.")
    if not user.check_password(password):
        raise Refused(Code.INVALID_CREDENTIALS, "Login or password is wrong.")
    return user, tokens.open_session(user=user)


_kept: dict[str, str] = {}


def _nobodys_password() -> str:
    """Make, once a process, a hash to compare with when there is no account to compare with."""
    if "hash" not in _kept:
        _kept["hash"] = str(make_password("nobody"))
    return _kept["hash"]


def _email(text: str) -> str:
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused(Code.INVALID, "This is not an email address.", "email") from error
    if len(email) > 254:
        raise Refused(Code.INVALID, "An email address has at most 254 characters.", "email")
    return email


def _username(text: str) -> str | None:
    username = text.strip().lower()
    if username and not USERNAME.match(username):
        raise Refused(
            Code.INVALID, "A username has 3 to 40 letters, digits, dots, dashes or underscores.", "username"
        )
    return username or None


def _check_password(password: str, user: User) -> None:
    if len(password) > MAX_PASSWORD_LENGTH:
        raise Refused(Code.INVALID, f"A password has at most {MAX_PASSWORD_LENGTH} characters.", "password")
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(Code.INVALID, " ".join(error.messages), "password") from error


def _short(text: str, limit: int, *field: str) -> str:
    text = text.strip()
    if len(text) > limit:
        raise Refused(Code.INVALID, f"At most {limit} characters.", *field)
    if "\x00" in text:
        raise Refused(Code.INVALID, "A text holds no NUL character.", *field)
    return text
