"""The queue: who takes an upload, for how long, and what becomes of it when its worker is gone."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from receipts import uploads
from receipts.backlog import backlog, extractions
from receipts.models import Upload
from tests import books
from tests.conftest import Person

SECOND = timedelta(seconds=1)


@pytest.fixture
def now() -> datetime:
    return timezone.now()


def claim(now: datetime) -> Upload:
    upload = uploads.claim(now=now)
    assert upload is not None
    return upload


def test_there_is_nothing_to_take_from_an_empty_queue(owner: Person, now: datetime, statements: Any) -> None:
    books.upload(owner.store, status=Upload.Status.COMPLETED)
    with statements() as count:
        assert uploads.claim(now=now) is None
    assert len(count) == 1  # and no lock is taken to find that out


def test_the_oldest_that_is_due_is_taken_first_and_once(owner: Person, now: datetime) -> None:
    books.upload(owner.store, not_before=now + SECOND)
    late = books.upload(owner.store, not_before=now - SECOND)
    early = books.upload(owner.store, not_before=now - 2 * SECOND)
    assert [claim(now), claim(now)] == [early, late]
    assert uploads.claim(now=now) is None


def test_a_claim_holds_a_lease_and_counts_an_attempt(owner: Person, now: datetime) -> None:
    books.upload(owner.store, not_before=now)
    upload = claim(now)
    assert (upload.status, upload.stage, upload.attempts) == ("PROCESSING", "READING", 1)
    assert upload.lease is not None
    assert upload.lease_expires_at == now + settings.WORKER_LEASE
    assert uploads.held(upload).count() == 1


def test_a_lease_is_extended_while_it_is_held_and_not_after(owner: Person, now: datetime) -> None:
    books.upload(owner.store, not_before=now)
    upload = claim(now)
    later = now + 10 * SECOND
    uploads.extend(upload=upload, now=later)
    upload.refresh_from_db()
    assert upload.lease_expires_at == later + settings.WORKER_LEASE
    uploads.reap(now=later + settings.WORKER_LEASE + SECOND)
    with pytest.raises(uploads.LeaseLost):
        uploads.extend(upload=upload, now=later)


def test_an_upload_that_is_given_back_was_never_taken(owner: Person, now: datetime) -> None:
    books.upload(owner.store, not_before=now)
    uploads.give_back(upload=claim(now), now=now)
    row = Upload.objects.get()
    assert (row.status, row.stage, row.attempts, row.lease) == ("QUEUED", "WAITING", 0, None)
    assert claim(now).attempts == 1


def test_a_failed_attempt_waits_twice_as_long_each_time_and_then_fails(
    owner: Person, now: datetime, settings: Any
) -> None:
    settings.WORKER_ATTEMPTS = 3
    books.upload(owner.store, not_before=now)
    for wait in (5, 10):
        uploads.fail(upload=claim(now), reason="Busy.", again=True, now=now)
        row = Upload.objects.get()
        assert (row.status, row.error) == ("QUEUED", "Busy.")
        assert uploads.claim(now=now + (wait - 1) * SECOND) is None
        now += wait * SECOND
    uploads.fail(upload=claim(now), reason="Still busy.", again=True, now=now)
    row = Upload.objects.get()
    assert (row.status, row.stage, row.attempts, row.error) == ("FAILED", "DONE", 3, "Still busy.")
    assert uploads.claim(now=now + timedelta(days=1)) is None


def test_what_another_attempt_cannot_help_fails_at_once(owner: Person, now: datetime) -> None:
    books.upload(owner.store, not_before=now)
    uploads.fail(upload=claim(now), reason="x" * 600, again=False, now=now)
    row = Upload.objects.get()
    assert (row.status, row.attempts, len(row.error), row.lease) == ("FAILED", 1, 500, None)


def test_a_worker_that_was_overtaken_changes_nothing(owner: Person, now: datetime) -> None:
    books.upload(owner.store, not_before=now)
    dead = claim(now)
    later = now + settings.WORKER_LEASE + SECOND
    assert uploads.reap(now=later) == 1
    alive = claim(later)
    uploads.fail(upload=dead, reason="Late news.", again=False, now=later)
    uploads.give_back(upload=dead, now=later)
    row = Upload.objects.get()
    assert (row.status, row.lease, row.attempts, row.error) == ("PROCESSING", alive.lease, 2, "")


def test_only_the_dead_are_reaped_and_those_who_died_too_often_are_given_up(
    owner: Person, now: datetime, settings: Any
) -> None:
    settings.WORKER_ATTEMPTS = 3
    past = {"status": Upload.Status.PROCESSING, "lease_expires_at": now - SECOND}
    once = books.upload(owner.store, attempts=1, **past)
    thrice = books.upload(owner.store, attempts=3, **past)
    alive = books.upload(owner.store, attempts=1, **{**past, "lease_expires_at": now + SECOND})
    assert uploads.reap(now=now) == 2
    assert uploads.reap(now=now) == 0
    for row in (once, thrice, alive):
        row.refresh_from_db()
    assert [once.status, thrice.status, alive.status] == ["QUEUED", "FAILED", "PROCESSING"]
    assert thrice.error


def test_the_backlog_counts_what_is_due(owner: Person, now: datetime) -> None:
    assert (backlog(now=now).waiting, backlog(now=now).oldest_seconds) == (0, 0.0)
    books.upload(owner.store, not_before=now - 9 * SECOND)
    books.upload(owner.store, not_before=now + SECOND)
    books.upload(owner.store, status=Upload.Status.PROCESSING, lease_expires_at=now + SECOND)
    books.upload(owner.store, status=Upload.Status.PROCESSING, lease_expires_at=now - 20 * SECOND)
    books.upload(owner.store, status=Upload.Status.FAILED)
    found = backlog(now=now)
    assert (found.waiting, found.processing, found.oldest_seconds) == (2, 1, 20.0)
    assert extractions() == {"COMPLETED": 0, "FAILED": 1}


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_many_workers_take_each_upload_once(owner: Person, now: datetime) -> None:
    rows = {books.upload(owner.store, not_before=now).pk for _ in range(20)}
    ready, taken = threading.Barrier(4), []

    def work() -> None:
        ready.wait(timeout=30)
        while (upload := uploads.claim(now=now)) is not None or Upload.objects.filter(
            status="QUEUED"
        ).exists():
            if upload is not None:
                taken.append(upload.pk)
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(taken) == sorted(rows)
