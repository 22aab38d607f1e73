"""Jobs: queued with their cause, done at least once, by one worker at a time."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection, transaction
from django.utils import timezone

from core import jobs
from core.models import Job

pytestmark = pytest.mark.django_db

done: list[Any] = []


def note(payload: dict[str, Any]) -> None:
    """Do a job of these tests."""
    if payload.get("fault"):
        raise OSError("the other side is away")
    if payload.get("stop"):
        raise KeyboardInterrupt
    done.append(payload["n"])


@pytest.fixture(autouse=True)
def _kinds(settings: Any) -> None:
    settings.JOBS = {"note": f"{__name__}.note"}
    done.clear()


def row(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_every_kind_of_job_names_a_function_that_is_there() -> None:
    from core.settings import JOBS

    for kind, name in JOBS.items():
        configured.JOBS = {kind: name}
        assert callable(jobs.function_of(kind))


def test_a_job_is_done_once_and_what_it_held_is_forgotten() -> None:
    job = jobs.enqueue("note", {"n": 1, "secret": "sesame"})
    assert jobs.run_next() is True
    assert jobs.run_next() is False
    assert done == [1]
    ended = row(job)
    assert (ended.status, ended.payload, ended.error, ended.lease) == ("DONE", {}, "", None)
    assert ended.ended_at is not None


def test_a_job_whose_cause_is_undone_is_undone_with_it() -> None:
    with transaction.atomic():
        jobs.enqueue("note", {"n": 1})
        transaction.set_rollback(True)
    assert jobs.run_next() is False


def test_a_kind_that_nobody_can_do_is_not_queued() -> None:
    with pytest.raises(KeyError):
        jobs.enqueue("dance", {})
    assert not Job.objects.exists()


def test_jobs_are_done_in_the_order_of_their_coming() -> None:
    for n in range(3):
        jobs.enqueue("note", {"n": n})
    while jobs.run_next():
        pass
    assert done == [0, 1, 2]


def test_a_job_that_fails_is_tried_again_later_and_later_and_then_given_up() -> None:
    job = jobs.enqueue("note", {"fault": True, "secret": "sesame"})
    waits = []
    for _ in range(jobs.MAX_ATTEMPTS - 1):
        before = timezone.now()
        assert jobs.run_next() is True
        assert jobs.run_next() is False, "not before its time"
        failed = row(job)
        assert (failed.status, failed.error) == ("QUEUED", "OSError: the other side is away")
        waits.append((failed.not_before - before).total_seconds())
        Job.objects.update(not_before=timezone.now())
    assert waits[:3] == pytest.approx([10, 20, 40], abs=5)
    assert max(waits) == pytest.approx(2560, abs=5)
    assert jobs.run_next() is True
    assert (row(job).status, row(job).attempts, row(job).payload) == ("FAILED", jobs.MAX_ATTEMPTS, {})
    assert jobs.run_next() is False


def test_a_job_that_fails_stands_in_no_others_way() -> None:
    jobs.enqueue("note", {"fault": True})
    jobs.enqueue("note", {"n": 2})
    assert jobs.run_next()
    assert jobs.run_next()
    assert done == [2]


def test_the_job_of_a_dead_worker_is_taken_over_after_its_lease() -> None:
    job = jobs.enqueue("note", {"n": 1})
    dead = jobs.claim(now=timezone.now())
    assert dead is not None
    assert jobs.run_next() is False
    Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert jobs.run_next() is True
    assert (row(job).status, row(job).attempts, done) == ("DONE", 2, [1])


def test_a_worker_that_has_lost_its_lease_ends_nothing() -> None:
    job = jobs.enqueue("note", {"n": 1})
    slow = jobs.claim(now=timezone.now())
    assert slow is not None
    Job.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    jobs.reap(now=timezone.now())
    for end in (jobs.finish, jobs.give_back):
        end(job=slow, now=timezone.now())
    jobs.fail(job=slow, reason="late", now=timezone.now())
    assert (row(job).status, row(job).attempts, row(job).payload) == ("QUEUED", 1, {"n": 1})


def test_a_lease_is_renewed_by_the_worker_that_holds_it_and_by_no_other() -> None:
    job = jobs.enqueue("note", {"n": 1})
    first = jobs.claim(now=timezone.now())
    assert first is not None
    later = timezone.now() + timedelta(hours=1)
    assert jobs.extend(job=first, now=later) is True
    assert jobs.reap(now=later) == 0
    assert jobs.reap(now=later + configured.WORKER_LEASE + timedelta(seconds=1)) == 1
    second = jobs.claim(now=later + timedelta(hours=1))
    assert second is not None
    assert jobs.extend(job=first, now=later + timedelta(hours=2)) is False
    assert row(job).lease == second.lease


def test_a_job_whose_workers_always_die_is_given_up() -> None:
    job = jobs.enqueue("note", {"n": 1})
    past = timezone.now() - timedelta(seconds=1)
    Job.objects.update(status="RUNNING", attempts=jobs.MAX_ATTEMPTS, lease_expires_at=past)
    assert jobs.reap(now=timezone.now()) == 1
    assert (row(job).status, row(job).payload) == ("FAILED", {})
    assert "Its workers ended" in row(job).error


def test_a_worker_made_to_stop_gives_its_job_back_unspent() -> None:
    job = jobs.enqueue("note", {"stop": True})
    with pytest.raises(KeyboardInterrupt):
        jobs.run_next()
    assert (row(job).status, row(job).attempts, row(job).payload) == ("QUEUED", 0, {"stop": True})


def test_what_ended_long_ago_is_forgotten_and_what_waits_is_not() -> None:
    jobs.enqueue("note", {"n": 1})
    jobs.run_next()
    waiting = jobs.enqueue("note", {"n": 2})
    assert jobs.sweep(now=timezone.now()) == 0
    assert jobs.sweep(now=timezone.now() + jobs.KEPT + timedelta(minutes=1)) == 1
    assert list(Job.objects.all()) == [waiting]


@pytest.mark.django_db(transaction=True)
def test_workers_that_race_do_each_job_once() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's test database is in memory, which threads cannot share")
    for n in range(12):
        jobs.enqueue("note", {"n": n})
    together = threading.Barrier(4)

    def work() -> None:
        together.wait()
        while jobs.run_next():
            pass
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(done) == list(range(12))
    assert set(Job.objects.values_list("status", "attempts")) == {("DONE", 1)}
