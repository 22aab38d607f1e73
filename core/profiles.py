"""What people tell of themselves, and how they like things shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from core import audit, fields, pictures, ranges
from core.errors import Code, Refused
from core.models import Profile, User

EARLIEST_BIRTH = date(1900, 1, 1)
NAMES = ("first_name", "last_name", "username")
# The audit tells that these were changed, not what they say: they are nobody's business.
PRIVATE = frozenset({"birth_date", "phone_number", "location", "bio"})


def profile_of(user: User) -> Profile:
    """Give a user's profile; whoever has told nothing yet has an empty one."""
    return Profile.objects.filter(user=user).first() or Profile(user=user)


@transaction.atomic
def update(*, user: User, changes: Mapping[str, Any]) -> User:
    """Change a user's names and what the profile says; `changes` holds columns of either.

    Raises: Refused with INVALID, REQUIRED or TAKEN and the field at fault.
    """
    user = User.objects.get_queryset().select_for_update().get(pk=user.pk)
    profile, _ = Profile.objects.get_or_create(user=user)
    before = {**audit.picture(user, *NAMES), **audit.picture(profile, *changes)}
    for name, value in changes.items():
        setattr(user if name in NAMES else profile, name, CHECKS[name](value))
    _save(user)
    profile.save()
    after = {**audit.picture(user, *NAMES), **audit.picture(profile, *changes)}
    _record(user, {name for name in after if after[name] != before[name]}, before, after)
    return user


def _save(user: User) -> None:
    try:
        with transaction.atomic():
            user.save(update_fields=[*NAMES, "updated_at"])
    except IntegrityError as error:
        raise Refused(Code.TAKEN, "This username is taken.", "username") from error


def _record(user: User, changed: set[str], before: dict[str, Any], after: dict[str, Any]) -> None:
    if not changed:
        return
    told = {name: "…" if name in PRIVATE else before[name] for name in sorted(changed)}
    now = {name: "…" if name in PRIVATE else after[name] for name in sorted(changed)}
    audit.record(store=None, by=user, action="profile.update", node=user, before=told, after=now)


def _birth_date(day: date | None) -> date | None:
    if day is not None and not EARLIEST_BIRTH <= day <= timezone.now().date():
        raise Refused(Code.INVALID, f"A birth date lies between {EARLIEST_BIRTH} and today.", "birthDate")
    return day


def _range(text: str | None) -> str:
    """Take a range of days as people write them.

    Raises: Refused with INVALID.
    """
    given = fields.named(text or "", 40, "defaultDateRange").lower()
    try:
        ranges.parse(given, today=timezone.now().date())
    except ValueError as error:
        raise Refused(Code.INVALID, str(error), "defaultDateRange") from error
    return given


CHECKS: dict[str, Callable[[Any], Any]] = {
    "first_name": lambda value: fields.short(value or "", 100, "firstName"),
    "last_name": lambda value: fields.short(value or "", 100, "lastName"),
    "username": lambda value: fields.username(value or "", "username"),
    "bio": lambda value: fields.short(value or "", 500, "bio"),
    "location": lambda value: fields.short(value or "", 200, "location"),
    "birth_date": _birth_date,
    "phone_number": lambda value: fields.short(value or "", 50, "phoneNumber"),
    "timezone": lambda value: fields.timezone(value or "UTC", "timezone"),
    "theme_preference": lambda value: Profile.Theme(value or Profile.Theme.AUTO),
    "default_date_range": _range,
}


@transaction.atomic
def set_avatar(*, user: User, name: str) -> User:
    """Show another picture of a user; an empty name is none."""
    profile, _ = Profile.objects.select_for_update().get_or_create(user=user)
    before, profile.avatar = profile.avatar, name
    profile.save(update_fields=["avatar", "updated_at"])
    pictures.drop(before)
    action = "profile.upload_avatar" if name else "profile.remove_avatar"
    audit.record(store=None, by=user, action=action, node=user)
    return user
