"""Readings that enter the books as a worker enters them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from receipts import posting
from receipts.draft import Draft, Reading
from receipts.models import Bill, Upload
from tests import books
from tests.conftest import Person


def claimed(upload: Upload) -> Upload:
    """Take an upload as a worker does."""
    lease = uuid.uuid4()
    Upload.objects.filter(pk=upload.pk).update(
        status=Upload.Status.PROCESSING, lease=lease, lease_expires_at=timezone.now() + timedelta(minutes=1)
    )
    return Upload.objects.select_related("store").get(pk=upload.pk)


def posted(who: Person, *drafts: Draft, upload: Upload | None = None, **more: Any) -> list[Bill]:
    """Enter what was read on an upload, by default a new one."""
    upload = upload or books.upload(who.store, user=who.user)
    reading = Reading(reader="local", drafts=drafts, **more)
    return posting.post(upload=claimed(upload), reading=reading, duration_ms=1)
