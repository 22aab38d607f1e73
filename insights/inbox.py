"""Alerts as people deal with them: read, and acknowledged."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from core import audit
from core.models import User
from insights.models import Alert, AlertQuerySet


@transaction.atomic
def mark_read(*, alerts: AlertQuerySet, by: User, now: datetime | None = None) -> int:
    """Note that alerts have been read; one that was stays with who read it first. Count the new ones."""
    return int(alerts.filter(read_at=None).update(read_at=now or timezone.now(), read_by=by))


@transaction.atomic
def acknowledge(*, alerts: AlertQuerySet, by: User, now: datetime | None = None) -> int:
    """Note that somebody has dealt with alerts, and has thereby read them. Count the new ones."""
    now = now or timezone.now()
    open_ones = list(alerts.select_for_update().filter(acknowledged_at=None).order_by("pk"))
    mark_read(alerts=alerts, by=by, now=now)
    for alert in open_ones:
        audit.record(store=alert.store, by=by, action="alert.acknowledge", node=alert)
    keys = [alert.pk for alert in open_ones]
    return Alert.objects.filter(pk__in=keys).update(acknowledged_at=now, acknowledged_by=by)
