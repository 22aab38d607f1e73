"""Uploads: taking them in, and the queue that workers take them from.

The row is the queue: a worker claims it by a conditional UPDATE and holds it by a lease.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core import audit, events, queues
from core.errors import Code, Refused
from core.models import Store, User
from core.tenancy import StoreQuerySet
from receipts import files
from receipts.models import Bill, Upload
from receipts.readers import PagesRead

AT_REST = (Upload.Status.COMPLETED, Upload.Status.FAILED)
BACK_OFF = timedelta(seconds=5)  # after the first attempt; doubles with each
# Percent of the way to the bills, when each begins.
READING, POSTING, DONE = 5, 95, 100
KIND = "upload."  # what the kinds of its events begin with; its stage follows
STANDING = ("status", "stage", "progress", "pages", "pages_read", "error")
FAILED = {
    "status": Upload.Status.FAILED,
    "stage": Upload.Stage.DONE,
    "progress": DONE,
    "lease": None,
    "lease_expires_at": None,
}
GIVEN_UP = "The reading broke off several times. Retry it, or enter the bill by hand."


class LeaseLost(Exception):
    """Another worker has taken the upload over."""


def take_in(*, store: Store, by: User | None, kept: files.Kept, reader: str = "") -> tuple[Upload, bool]:
    """Enter a stored file as an upload to be read; True beside it when the store had these bytes before.

    Bytes whose bills are all void may come again.
    """
    return take_in_all(store=store, by=by, kept=[kept], reader=reader)[0]


@transaction.atomic
def take_in_all(
    *, store: Store, by: User | None, kept: Sequence[files.Kept], reader: str = ""
) -> list[tuple[Upload, bool]]:
    """Enter several files as `take_in` does each; in their order."""
    found: dict[int, tuple[Upload, bool]] = {}
    # Whoever sends the same files locks them in the same order; what waits for a store's events comes last.
    for place in sorted(range(len(kept)), key=lambda place: (kept[place].sha256, place)):
        found[place] = _enter(store, by, kept[place], reader)
    for place in range(len(kept)):
        upload, known = found[place]
        if not known:
            tell(upload.pk)
    return [found[place] for place in range(len(kept))]


def known(*, store: Store, sha256: str) -> bool:
    """Tell whether these bytes have ever come into a store, whatever became of their bills."""
    return Upload.objects.of(store).filter(sha256=sha256).exists()


def _enter(store: Store, by: User | None, kept: files.Kept, reader: str) -> tuple[Upload, bool]:
    # Held until the end: a bill that is restored meanwhile would count beside the new one.
    same = Upload.objects.of(store).filter(sha256=kept.sha256, superseded="")
    known = same.select_for_update().first()
    if known and not _all_void(known):
        return known, True
    if known:
        Upload.objects.filter(pk=known.pk).update(superseded=str(known.pk))
    upload, made = Upload.objects.get_or_create(
        store=store,
        sha256=kept.sha256,
        superseded="",
        defaults={
            "user": by,
            "file": kept.name,
            "filename": kept.filename,
            "content_type": kept.content_type,
            "size": kept.size,
            "not_before": timezone.now(),
            "wanted_reader": reader,
        },
    )
    return upload, not made


def _all_void(upload: Upload) -> bool:
    statuses = set(upload.bills.values_list("status", flat=True))
    return upload.status in AT_REST and statuses == {Bill.Status.VOID}


@transaction.atomic
def retry(*, upload: Upload, by: User) -> Upload:
    """Queue a failed upload again.

    Raises: Refused with CONFLICT when it has not failed, or its bytes came in again meanwhile.
    """
    _refuse_superseded(upload)
    failed = Upload.objects.filter(pk=upload.pk, status=Upload.Status.FAILED, superseded="")
    if not failed.update(**_queued(timezone.now()), attempts=0):
        raise Refused(Code.CONFLICT, "Only a failed upload can be retried.", "upload")
    audit.record(store=upload.store, by=by, action="upload.retry", node=upload)
    return tell(upload.pk)


@transaction.atomic
def read_again(*, upload: Upload, by: User, reader: str) -> Upload:
    """Queue an upload that has been read for another reading; what people have set stays.

    Raises: Refused with CONFLICT while it waits or is being read, or when its bytes came in again.
    """
    _refuse_superseded(upload)
    at_rest = Upload.objects.filter(pk=upload.pk, status__in=AT_REST, superseded="")
    if not at_rest.update(**_queued(timezone.now()), attempts=0, wanted_reader=reader):
        raise Refused(Code.CONFLICT, "This upload is being read already.", "upload")
    audit.record(store=upload.store, by=by, action="upload.extract", node=upload, after={"reader": reader})
    return tell(upload.pk)


def _refuse_superseded(upload: Upload) -> None:
    if upload.superseded:
        raise Refused(Code.CONFLICT, "The same receipt was uploaded again: that upload counts.", "upload")


def _queued(now: datetime) -> dict[str, object]:
    return {
        "status": Upload.Status.QUEUED,
        **at(Upload.Stage.WAITING, 0),
        "not_before": now,
        "lease": None,
        "lease_expires_at": None,
        "error": "",
    }


def at(stage: str, progress: int, done: PagesRead | None = None) -> dict[str, object]:
    """Give the columns that say how far an upload is."""
    done = done or PagesRead(0, 0)
    return {"stage": stage, "progress": progress, "pages_read": done.read, "pages": done.pages}


def tell(key: int) -> Upload:
    """Publish how far an upload is, and give it as it is now; called last in the change of its row."""
    upload: Upload = Upload.objects.select_related("store").get(pk=key)
    kind = f"{KIND}{upload.stage.lower()}"
    events.publish(store=upload.store, kind=kind, node=upload, payload=standing(upload))
    return upload


def standing(upload: Upload) -> dict[str, Any]:
    """Say how far an upload is, as its events do."""
    return {name: getattr(upload, name) for name in STANDING}


def claim(*, now: datetime) -> Upload | None:
    """Take the oldest upload that is due, under a new lease; None when there is none."""
    working = {"status": Upload.Status.PROCESSING, **at(Upload.Stage.READING, READING)}
    key = queues.claim(Upload.objects.all(), now=now, tell=tell, **working)
    return None if key is None else Upload.objects.select_related("store").get(pk=key)


def held(upload: Upload) -> StoreQuerySet:
    """Select the upload's row as long as this claim on it stands."""
    return Upload.objects.filter(pk=upload.pk, lease=upload.lease, status=Upload.Status.PROCESSING)


def extend(*, upload: Upload, now: datetime) -> None:
    """Hold on to an upload that takes longer.

    Raises: LeaseLost.
    """
    if not held(upload).update(lease_expires_at=now + settings.WORKER_LEASE):
        raise LeaseLost


@transaction.atomic
def advance(*, upload: Upload, done: PagesRead, posting: bool = False) -> None:
    """Say how many pages have been read, or that the reading is over and its bills are being entered.

    Raises: LeaseLost.
    """
    share = done.read / max(done.pages, 1)
    reading = at(Upload.Stage.READING, READING + int((POSTING - READING) * min(share, 1)), done)
    if not held(upload).update(**at(Upload.Stage.POSTING, POSTING, done) if posting else reading):
        raise LeaseLost
    tell(upload.pk)


@transaction.atomic
def give_back(*, upload: Upload, now: datetime) -> None:
    """Put an upload back as if it had not been taken: the worker is told to stop."""
    if held(upload).update(**_queued(now), attempts=F("attempts") - 1):
        tell(upload.pk)


@transaction.atomic
def fail(*, upload: Upload, reason: str, again: bool, now: datetime) -> None:
    """End an attempt: queue the upload with a back-off, or for good where another try cannot help."""
    later = now + BACK_OFF * 2 ** (upload.attempts - 1)
    again = again and upload.attempts < settings.WORKER_ATTEMPTS
    ended = {**(_queued(later) if again else FAILED), "error": reason[:500]}
    if held(upload).update(**ended):
        tell(upload.pk)


@transaction.atomic
def reap(*, now: datetime) -> int:
    """Take uploads from workers that have not been heard of since their lease ended; count them."""
    dead = Upload.objects.filter(status=Upload.Status.PROCESSING, lease_expires_at__lt=now)
    if not dead.exists():  # asked without a lock, as every worker does twice a second
        return 0
    found = dead.order_by("store", "pk").values_list("pk", "lease", "attempts")
    taken = [key for key, *claim in found if _taken_from(key, *claim, now=now)]
    for key in taken:
        tell(key)
    return len(taken)


def _taken_from(key: int, lease: UUID, attempts: int, *, now: datetime) -> int:
    given_up = {**FAILED, "error": GIVEN_UP}
    ended = given_up if attempts >= settings.WORKER_ATTEMPTS else _queued(now)
    # Its worker may live after all, and have extended the lease.
    dead = Upload.objects.filter(pk=key, lease=lease, lease_expires_at__lt=now)
    return dead.filter(status=Upload.Status.PROCESSING).update(**ended)
