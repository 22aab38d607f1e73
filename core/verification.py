"""Addresses, and whether an account's owner reads the mail of its own: proved by a mailed link."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from core import audit, jobs, links, mail
from core.errors import Code, Refused
from core.models import User

MAX_LENGTH = 254  # RFC 5321, section 4.5.3.1.3, without its angle brackets


def address(text: str, *field: str) -> str:
    """Read an email address into the form in which accounts keep it.

    Raises: Refused with INVALID.
    """
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused(Code.INVALID, "This is not an email address.", *field) from error
    if len(email) > MAX_LENGTH:
        raise Refused(Code.INVALID, f"An email address has at most {MAX_LENGTH} characters.", *field)
    return email


def request(*, email: str) -> None:
    """Have a link mailed that proves an address, if it is of an account and not proved.

    Whether it is is the worker's to find out: what is done here does not depend on it.

    Raises: Refused with INVALID for what is no address.
    """
    jobs.enqueue("email_verification", {"email": address(email, "email")})


def send(payload: dict[str, Any]) -> None:
    """Do a job of `request`."""
    waiting = User.objects.get_queryset().filter(is_active=True, email_verified_at=None)
    user = waiting.filter(email=payload["email"]).first()
    if user is not None:
        url = links.issue(user=user, kind=links.Kind.EMAIL_VERIFICATION, now=timezone.now())
        mail.deliver(template="email_verification", to=user.email, context={"url": url})


@transaction.atomic
def verify(*, token: str) -> User:
    """Note that the owner of a link reads the mail of the address.

    Raises: Refused with INVALID_TOKEN.
    """
    now = timezone.now()
    link = links.find(token=token, kind=links.Kind.EMAIL_VERIFICATION, now=now)
    links.redeem(link=link, now=now)
    User.objects.filter(pk=link.user_id, email_verified_at=None).update(email_verified_at=now)
    audit.record(store=None, by=link.user, action="account.verify_email", node=link.user)
    return link.user
