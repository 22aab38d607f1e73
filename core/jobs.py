"""Work that has no row of its own, such as a mail: queued with its cause, done by a worker.

The row is the queue: a worker claims it by a conditional UPDATE and holds it by a lease, which it
renews while the job is being done. A job is done at least once; its function takes the payload and
raises when it must be tried again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from core import queues
from core.models import Job

logger = logging.getLogger("tillsight.jobs")

MAX_ATTEMPTS = 10
BACK_OFF = timedelta(seconds=10)  # after the first attempt; doubles with each
LONGEST_BACK_OFF = timedelta(hours=1)
RENEWALS = 3  # of a lease, in the time that it lasts: two may fail
KEPT = timedelta(days=7)  # how long it can be seen that a job was done, or why it was not


def enqueue(kind: str, payload: dict[str, Any], *, after: timedelta = timedelta(0)) -> Job:
    """Queue a job in the running transaction, to be done `after` so long: it is there if its cause is.

    Raises: KeyError for a kind that nobody can do.
    """
    function_of(kind)
    return Job.objects.create(kind=kind, payload=payload, not_before=timezone.now() + after)


def function_of(kind: str) -> Callable[[dict[str, Any]], object]:
    """Find what does the jobs of a kind.

    Raises: KeyError.
    """
    function: Callable[[dict[str, Any]], object] = import_string(settings.JOBS[kind])
    return function


def run_next() -> bool:
    """Do one job that is due; tell whether there was one."""
    reap(now=timezone.now())
    job = claim(now=timezone.now())
    if job is None:
        return False
    try:
        with renewing(job):
            function_of(job.kind)(job.payload)
    except Exception as error:
        logger.warning("Job %s (%s) failed.", job.pk, job.kind, exc_info=True)
        fail(job=job, reason=f"{type(error).__name__}: {error}", now=timezone.now())
    except BaseException:
        give_back(job=job, now=timezone.now())
        raise
    else:
        finish(job=job, now=timezone.now())
        logger.info("Job %s (%s) is done.", job.pk, job.kind)
    return True


def claim(*, now: datetime) -> Job | None:
    """Take the oldest job that is due, under a new lease; None when there is none."""
    key = queues.claim(Job.objects.all(), now=now, status=Job.Status.RUNNING)
    return None if key is None else Job.objects.get(pk=key)


@contextmanager
def renewing(job: Job) -> Iterator[None]:
    """Hold on to a job, from a thread beside the one that does it, however long it takes."""
    done = threading.Event()
    beside = threading.Thread(target=_renew, args=(job, done), name=f"lease of job {job.pk}", daemon=True)
    beside.start()
    try:
        yield
    finally:
        done.set()
        beside.join()


def _renew(job: Job, done: threading.Event) -> None:
    try:
        while not done.wait(settings.WORKER_LEASE.total_seconds() / RENEWALS):
            try:
                if not extend(job=job, now=timezone.now()):
                    return  # another worker's by now
            except (DatabaseError, InterfaceError):
                logger.warning("The lease of job %s could not be renewed.", job.pk, exc_info=True)
                connection.close()
    finally:
        connection.close()


def extend(*, job: Job, now: datetime) -> bool:
    """Hold on to a job for another lease; tell whether it still was this worker's."""
    return _held(job).update(lease_expires_at=now + settings.WORKER_LEASE) > 0


def finish(*, job: Job, now: datetime) -> None:
    """End a job that was done. One whose lease was lost is another worker's to end."""
    _held(job).update(**_ended(Job.Status.DONE, now), error="")


def fail(*, job: Job, reason: str, now: datetime) -> None:
    """End an attempt: queue the job with a back-off, or for good after the last one."""
    said = {"error": reason.replace("\x00", " ")[:500]}
    if job.attempts >= MAX_ATTEMPTS:
        _held(job).update(**_ended(Job.Status.FAILED, now), **said)
        return
    later = now + min(BACK_OFF * 2 ** (job.attempts - 1), LONGEST_BACK_OFF)
    _held(job).update(**_queued(later), **said)


def give_back(*, job: Job, now: datetime) -> None:
    """Put a job back as if it had not been taken: the worker is made to stop."""
    _held(job).update(**_queued(now), attempts=F("attempts") - 1)


def reap(*, now: datetime) -> int:
    """Take jobs from workers that have not been heard of since their lease ended; count them."""
    dead = Job.objects.filter(status=Job.Status.RUNNING, lease_expires_at__lt=now)
    if not dead.exists():
        return 0
    given_up = dead.filter(attempts__gte=MAX_ATTEMPTS).update(
        **_ended(Job.Status.FAILED, now), error="Its workers ended in the middle of it."
    )
    return given_up + dead.update(**_queued(now))


def sweep(*, now: datetime) -> int:
    """Forget the jobs that ended long ago."""
    return Job.objects.filter(ended_at__lt=now - KEPT).delete()[0]


def _held(job: Job) -> QuerySet[Job]:
    """Select the job's row as long as this claim on it stands."""
    return Job.objects.filter(pk=job.pk, lease=job.lease, status=Job.Status.RUNNING)


def _queued(not_before: datetime) -> dict[str, Any]:
    return {
        "status": Job.Status.QUEUED,
        "not_before": not_before,
        "lease": None,
        "lease_expires_at": None,
    }


def _ended(status: Job.Status, now: datetime) -> dict[str, Any]:
    return {"status": status, "payload": {}, "lease": None, "lease_expires_at": None, "ended_at": now}
