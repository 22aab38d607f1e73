"""Keep who was at work, and when: one shift at a time of a person in a store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from core import audit
from core.errors import Code, Refused
from core.fields import short
from core.models import Store, User
from sales.models import Shift

MAX_NOTE = 500
MAX_AGE = timedelta(days=3660)
KEPT = ("user", "clock_in", "clock_out", "note")


@transaction.atomic
def clock_in(*, store: Store, user: User, by: User, note: str = "") -> Shift:
    """Begin a shift of `user` now.

    Raises: Refused with INVALID, or CONFLICT when the person is at work already.
    """
    _hold(store)
    _check_member(store, user)
    now, note = timezone.now(), short(note, MAX_NOTE, "note")
    if Shift.objects.of(store).running().filter(user=user).exists():
        raise Refused(Code.CONFLICT, "This person is clocked in already.", "user")
    shift = Shift(store=store, user=user, clock_in=now, note=note)
    _check_free(shift, "user")
    shift.save()
    _record(shift, by, "shift.clock_in", after=_picture(shift))
    return shift


@transaction.atomic
def clock_out(*, store: Store, user: User, by: User) -> Shift:
    """End the shift of `user` now.

    Raises: Refused with INVALID, or CONFLICT when there is none that has begun.
    """
    _check_member(store, user)
    shift = end(store=store, user=user, by=by)
    if shift is None:
        raise Refused(Code.CONFLICT, "This person is not clocked in.", "user")
    return shift


@transaction.atomic
def end(*, store: Store, user: User, by: User) -> Shift | None:
    """End the shift of `user` now, as when a member goes; None where there is none that has begun."""
    _hold(store)
    now = timezone.now()
    shift: Shift | None = Shift.objects.of(store).running().filter(user=user, clock_in__lt=now).first()
    if shift is None:
        return None
    before = _picture(shift)
    shift.clock_out = now
    shift.save(update_fields=["clock_out", "updated_at"])
    _record(shift, by, "shift.clock_out", before=before, after=_picture(shift))
    return shift


@transaction.atomic
def correct(*, shift: Shift, by: User, changes: dict[str, Any]) -> Shift:
    """Change `clock_in`, `clock_out` or `note` of a shift; without its end it is still going on.

    Raises: Refused with REQUIRED or INVALID, or CONFLICT when it would overlap another shift of the person.
    """
    _hold(shift.store)
    shift = Shift.objects.select_related("store", "user").get(pk=shift.pk)
    before = _picture(shift)
    for name, field in (("clock_in", "clockIn"), ("clock_out", "clockOut")):
        if name in changes:
            setattr(shift, name, _moment(changes[name], field))
    if "note" in changes:
        shift.note = short(changes["note"] or "", MAX_NOTE, "note")
    _check_times(shift)
    _check_free(shift, "clockIn")
    after = _picture(shift)
    if after != before:
        shift.save(update_fields=["clock_in", "clock_out", "note", "updated_at"])
        _record(shift, by, "shift.correct", before=before, after=after)
    return shift


@transaction.atomic
def remove(*, shift: Shift, by: User) -> None:
    """Take a shift away that never was; the audit keeps what it said."""
    _record(shift, by, "shift.remove", before=_picture(shift))
    shift.delete()


def _hold(store: Store) -> None:
    """Make whoever else changes shifts or members here wait: no constraint keeps shifts from overlapping."""
    Store.objects.select_for_update(no_key=True).get(pk=store.pk)


def _check_member(store: Store, user: User) -> None:
    if not store.memberships.filter(user=user).exists():
        raise Refused(Code.INVALID, "Only members of the store clock in and out.", "user")


def _moment(said: datetime | None, field: str) -> datetime | None:
    """Take a time of the last ten years, in UTC as the database keeps it; none is none."""
    if said is None:
        return None
    if not timezone.is_aware(said):
        raise Refused(Code.INVALID, "Say the zone of this time, such as 2026-05-04T09:00:00Z.", field)
    now = timezone.now()
    if not now - MAX_AGE <= said <= now:
        message = "This is in the future." if said > now else f"This is more than {MAX_AGE.days} days ago."
        raise Refused(Code.INVALID, message, field)
    return said.astimezone(UTC)


def _check_times(shift: Shift) -> None:
    if shift.clock_in is None:
        raise Refused(Code.REQUIRED, "A shift has a beginning.", "clockIn")
    if shift.clock_out is not None and shift.clock_out <= shift.clock_in:
        raise Refused(Code.INVALID, "A shift ends after it began.", "clockOut")


def _check_free(shift: Shift, field: str) -> None:
    """Refuse a shift that would overlap another one of the person; one may begin when another ends."""
    others = Shift.objects.filter(store=shift.store, user=shift.user).exclude(pk=shift.pk)
    later = Q() if shift.clock_out is None else Q(clock_in__lt=shift.clock_out)
    other = others.filter(later, Q(clock_out=None) | Q(clock_out__gt=shift.clock_in)).first()
    if other is not None:
        began = other.clock_in.astimezone(shift.store.zone)
        message = f"It would overlap the shift that began on {began:%Y-%m-%d} at {began:%H:%M}."
        raise Refused(Code.CONFLICT, message, field)


def _picture(shift: Shift) -> dict[str, Any]:
    return audit.picture(shift, *KEPT)


def _record(shift: Shift, by: User, action: str, **said: Any) -> None:
    audit.record(store=shift.store, by=by, action=action, node=shift, **said)
