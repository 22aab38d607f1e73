"""Rows that are a queue: whoever claims one by a conditional UPDATE holds it by a lease."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, QuerySet

QUEUED = "QUEUED"


def claim(
    rows: QuerySet[Any], *, now: datetime, tell: Callable[[Any], object] | None = None, **claimed: object
) -> Any:
    """Take the oldest of `rows` that is due, under a new lease; give its key, None when there is none.

    The rows have `status`, `not_before`, `attempts`, `lease` and `lease_expires_at`; `claimed` are the
    columns that say that somebody is at work. `tell` gets the key before the claim is committed.
    """
    due = rows.filter(status=QUEUED, not_before__lte=now).order_by("not_before", "pk")
    if not due.exists():  # asked without a lock: an idle worker stands in nobody's way
        return None
    with transaction.atomic():
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        key = due.values_list("pk", flat=True).first()
        mine = rows.filter(pk=key, status=QUEUED).update(
            **claimed,
            attempts=F("attempts") + 1,
            lease=uuid.uuid4(),
            lease_expires_at=now + settings.WORKER_LEASE,
        )
        if mine and tell:
            tell(key)
    return key if mine else None
