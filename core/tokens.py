"""Access tokens that prove who asks, and refresh tokens that may be exchanged once."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import jwt
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from core import audit
from core.models import RefreshToken, User

ALGORITHM = "HS256"
REQUIRED = ["exp", "iat", "iss", "aud", "sub", "sid", "jti"]
KEPT = timedelta(days=30)
MAX_KEY = 2**63 - 1  # no database holds more
MAX_READ = 2000  # access tokens that are not read again
# By hand, since every request runs it and Django takes longer to word it than the database to answer it.
GOES_ON = """EXISTS
    (SELECT 1 FROM core_refreshtoken WHERE user_id = core_user.id AND family = %s AND revoked_at IS NULL)"""
SIGNED_IN = f"SELECT * FROM core_user WHERE id = %s AND {GOES_ON}"  # noqa: S608
# What a statement that begins at the caller's account adds, to see itself to what `session_of` does.
STANDS = f"core_user.is_active AND core_user.role = %s AND core_user.email <> %s AND {GOES_ON}"


class InvalidToken(Exception):
    """The token is malformed, forged, expired, logged out, or its account may not sign in."""


@dataclass(frozen=True)
class Pair:
    """What a client keeps of its session."""

    access: str
    refresh: str


@dataclass(frozen=True)
class Session:
    """What a valid access token says."""

    user: User
    family: uuid.UUID
    expires_at: datetime


@dataclass(frozen=True)
class Said:
    """What an access token says, whether or not it still counts."""

    user: int
    family: uuid.UUID
    expires_at: datetime


def open_session(*, user: User) -> Pair:
    """Start a session: a new family of refresh tokens, and its first access token."""
    return _issue(user=user, family=uuid.uuid4(), now=timezone.now())


def rotate(*, refresh: str) -> tuple[User, Pair]:
    """Exchange a refresh token for a new pair; exactly one of racing exchanges wins.

    Raises: InvalidToken; a token that was exchanged before also ends its whole session, since
    whoever shows it twice is not alone with it; the audit keeps that, without an actor.
    """
    now = timezone.now()
    link = RefreshToken.objects.select_related("user").filter(digest=digest(refresh)).first()
    if link is None:
        raise InvalidToken
    with transaction.atomic():
        _hold(link.family)
        fresh = RefreshToken.objects.filter(pk=link.pk, used_at=None, revoked_at=None, expires_at__gt=now)
        if link.user.may_sign_in and fresh.update(used_at=now):
            return link.user, _issue(user=link.user, family=link.family, now=now)
    with transaction.atomic():  # of its own: what is raised takes none of it back
        if revoke(family=link.family) and not RefreshToken.objects.filter(pk=link.pk, used_at=None).exists():
            audit.record(store=None, by=None, action="account.refresh_token_reused", node=link.user)
    raise InvalidToken


def revoke(*, family: uuid.UUID) -> bool:
    """End a session: none of its tokens, access or refresh, works from now on; tell whether one did."""
    with transaction.atomic():
        _hold(family)
        alive = RefreshToken.objects.filter(family=family, revoked_at=None)
        return alive.update(revoked_at=timezone.now()) > 0


def _hold(family: uuid.UUID) -> None:
    """Keep others from changing a session: an end must not miss the link that an exchange is making."""
    RefreshToken.objects.select_for_update().filter(family=family).order_by("pk").first()


def revoke_refresh(*, refresh: str) -> User | None:
    """End the session that `refresh` belongs to and tell whose it was; None where there was none to end."""
    link = RefreshToken.objects.select_related("user").filter(digest=digest(refresh)).first()
    return link.user if link and revoke(family=link.family) else None


def revoke_all(*, user: User, but: uuid.UUID | None = None) -> None:
    """End the sessions of an account, all or all but one."""
    links = RefreshToken.objects.filter(user=user)
    if but is not None:
        links = links.exclude(family=but)
    with transaction.atomic():
        # As in `_hold`: an exchange that is under way ends first, and its new link is ended too.
        list(links.select_for_update().order_by("pk").values_list("pk"))
        links.filter(revoked_at=None).update(revoked_at=timezone.now())


def session_of(access: str) -> Session:
    """Find whom an access token speaks for, in one statement.

    Raises: InvalidToken.
    """
    said = read(access)
    user = _signed_in(said.user, said.family)
    if user is None:
        raise InvalidToken
    return Session(user, said.family, said.expires_at)


def read(access: str) -> Said:
    """Read an access token that is genuine and not too old.

    Raises: InvalidToken.
    """
    said = _read(access, tuple(settings.TOKEN_KEYS.items()))
    if said.expires_at <= timezone.now():
        raise InvalidToken
    return said


def standing(said: Said, role: str) -> list[Any]:
    """Give what fills STANDS."""
    return [role, settings.DEMO_ACCOUNT if settings.PRODUCTION else "", _stored(said.family)]


@lru_cache(maxsize=MAX_READ)
def _read(access: str, keys: tuple[tuple[str, str], ...]) -> Said:
    """Read a token whose signature holds. That stays true; what may end is asked at every request.

    Raises: InvalidToken.
    """
    try:
        claims = jwt.decode(
            access,
            dict(keys)[jwt.get_unverified_header(access)["kid"]],
            algorithms=[ALGORITHM],
            issuer=settings.TOKEN_ISSUER,
            audience=settings.TOKEN_AUDIENCE,
            options={"require": REQUIRED},
        )
        user = int(claims["sub"])
        if user > MAX_KEY:
            raise InvalidToken
        return Said(user, uuid.UUID(claims["sid"]), datetime.fromtimestamp(claims["exp"], tz=UTC))
    except (jwt.InvalidTokenError, LookupError, ValueError, TypeError, AttributeError) as error:
        raise InvalidToken from error


def check(session: Session) -> None:
    """Make sure, in one statement, that the access token of a session still speaks for it.

    Raises: InvalidToken.
    """
    if session.expires_at <= timezone.now() or _signed_in(session.user.pk, session.family) is None:
        raise InvalidToken


def _signed_in(user: int, family: uuid.UUID) -> User | None:
    """Find the account, if it may sign in and the session was not ended."""
    for found in User.objects.raw(SIGNED_IN, [user, _stored(family)]):
        return found if found.may_sign_in else None
    return None


def _stored(family: uuid.UUID) -> Any:
    column: Any = RefreshToken._meta.get_field("family")
    return column.get_db_prep_value(family, connection)


def sweep(*, now: datetime) -> int:
    """Forget the refresh tokens that could not have been exchanged for long."""
    return RefreshToken.objects.filter(expires_at__lt=now - KEPT).delete()[0]


def _issue(*, user: User, family: uuid.UUID, now: datetime) -> Pair:
    refresh = secrets.token_urlsafe(48)
    RefreshToken.objects.create(
        user=user, family=family, digest=digest(refresh), expires_at=now + settings.REFRESH_TOKEN_LIFETIME
    )
    claims = {
        "sub": str(user.pk),
        "sid": str(family),
        "jti": uuid.uuid4().hex,
        "iss": settings.TOKEN_ISSUER,
        "aud": settings.TOKEN_AUDIENCE,
        "iat": now,
        "exp": now + settings.ACCESS_TOKEN_LIFETIME,
    }
    kid, key = next(iter(settings.TOKEN_KEYS.items()))  # the first signs, all verify
    access = jwt.encode(claims, key, algorithm=ALGORITHM, headers={"kid": kid})
    return Pair(access=access, refresh=refresh)


def digest(token: str) -> str:
    """Give what is kept of a token: enough to know it again, not to make it."""
    return hashlib.sha256(token.encode()).hexdigest()
