"""Suggestions as people deal with them: accepted, or dismissed for good."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from core import audit
from core.fields import short
from core.models import User
from insights.models import Suggestion

PICTURE = ("status", "saving", "reason")
Status = Suggestion.Status


def accept(*, suggestion: Suggestion, by: User) -> Suggestion:
    """Note that a suggestion is, or will be, acted on; it is not made again for this cause."""
    return _decide(suggestion, by, Status.ACCEPTED, "")


def dismiss(*, suggestion: Suggestion, by: User, reason: str = "") -> Suggestion:
    """Lay a suggestion aside: it comes back only when it is worth materially more, see `insights.advice`.

    Raises: Refused with INVALID for a reason that is too long.
    """
    return _decide(suggestion, by, Status.DISMISSED, short(reason, 300, "reason"))


@transaction.atomic
def _decide(suggestion: Suggestion, by: User, status: Suggestion.Status, reason: str) -> Suggestion:
    """Decide, also anew; deciding the same again changes nothing."""
    held = Suggestion.objects.select_for_update(of=("self",)).select_related("store")
    row: Suggestion = held.get(pk=suggestion.pk)
    if row.status == status:
        return row
    before = audit.picture(row, *PICTURE)
    row.status, row.reason, row.decided_saving = status, reason, row.saving
    row.decided_at, row.decided_by = timezone.now(), by
    row.save()
    action = "suggestion.accept" if status == Status.ACCEPTED else "suggestion.dismiss"
    after = audit.picture(row, *PICTURE)
    audit.record(store=row.store, by=by, action=action, node=row, before=before, after=after)
    return row
