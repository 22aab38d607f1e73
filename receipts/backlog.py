"""How much work waits for the workers, and what came of what they did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from receipts.models import Upload


@dataclass(frozen=True)
class Backlog:
    """The queue as it stands. Units: uploads, and seconds since the oldest of `waiting` was due."""

    waiting: int
    processing: int
    oldest_seconds: float


def backlog(*, now: datetime) -> Backlog:
    """Count the uploads that are due and those being read.

    One that waits for its back-off to end is not due; one whose worker has died is due since its lease ended.
    """
    queued = Upload.objects.filter(status=Upload.Status.QUEUED, not_before__lte=now)
    claimed = Upload.objects.filter(status=Upload.Status.PROCESSING)
    due = queued.aggregate(count=Count("pk"), since=Min("not_before"))
    lapsed = claimed.filter(lease_expires_at__lt=now)
    left = lapsed.aggregate(count=Count("pk"), since=Min("lease_expires_at"))
    since = [moment for moment in (due["since"], left["since"]) if moment]
    return Backlog(
        waiting=due["count"] + left["count"],
        processing=claimed.count() - left["count"],
        oldest_seconds=(now - min(since)).total_seconds() if since else 0.0,
    )


def extractions() -> dict[str, int]:
    """Count the uploads whose reading has ended, by how it ended."""
    ended = [Upload.Status.COMPLETED, Upload.Status.FAILED]
    rows = Upload.objects.filter(status__in=ended).order_by().values_list("status").annotate(Count("pk"))
    return dict.fromkeys(map(str, ended), 0) | dict(rows)
