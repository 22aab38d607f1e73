"""Sign in with an account that another service vouches for."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from core import audit, tokens, verification
from core.errors import Code, Refused
from core.google import Person
from core.models import GoogleIdentity, User
from core.services import open_account
from core.stores import NewStore


def sign_in_with_google(*, person: Person) -> tuple[User, tokens.Pair]:
    """Start a session for whom Google vouches for; the first time, link or open their account.

    Raises: Refused with GOOGLE_REJECTED.
    """
    user = _linked(person) or _link(person)
    with transaction.atomic():
        # Held until the end: a session must not outlive the account that it is opened for.
        if not User.objects.select_for_update().filter(pk=user.pk, is_active=True).exists():
            raise Refused(Code.GOOGLE_REJECTED, "This account is closed.")
        audit.record(store=None, by=user, action="account.sign_in_with_google", node=user)
        return user, tokens.open_session(user=user)


def _linked(person: Person) -> User | None:
    identity = GoogleIdentity.objects.select_related("user").filter(subject=person.subject).first()
    return identity.user if identity else None


def _link(person: Person) -> User:
    """Link the account of the same address, if it is proved on both sides; open one if there is none."""
    email = verification.address(person.email)
    try:
        with transaction.atomic():
            user = User.objects.select_for_update().filter(email=email).first()
            if user is None:
                user = _open(person, email)
            elif user.email_verified_at is None:
                raise Refused(
                    Code.GOOGLE_REJECTED,
                    "There is an account with this email that has not proved it: sign in with its password, "
                    "and prove the address by the link in its mail.",
                )
            GoogleIdentity.objects.create(user=user, subject=person.subject)
            audit.record(store=None, by=user, action="account.link_google", node=user)
            return user
    except IntegrityError as error:  # a twin was faster, or another Google account has this one
        twin = _linked(person)
        if twin is None:
            raise Refused(
                Code.GOOGLE_REJECTED, "The account with this email belongs to another Google account."
            ) from error
        return twin


def _open(person: Person, email: str) -> User:
    user = User(
        email=email,
        first_name=person.first_name,
        last_name=person.last_name,
        email_verified_at=timezone.now(),
    )
    user.set_unusable_password()
    open_account(user, NewStore())
    return user
