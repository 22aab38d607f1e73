"""The night: what is kept of figures is computed for every store and day, once, however often it runs.

A step is a function of some stores and a day of each. It writes under unique constraints, so that whoever
does a day again, or goes on after a kill, ends with the same rows. A store's day is noted as done when all
steps have done it; the days since then are made up for, oldest first.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from core import jobs
from core.models import Job, Store
from insights.models import Night

logger = logging.getLogger("tillsight.nightly")

BATCH = 100  # stores at a time: each step reads them together
MOST_MISSED = 14  # days that are made up for; of earlier ones only periods are kept
ONE_DAY = timedelta(days=1)
JOB = "night"
JOB_BATCH = 20  # stores a job: receipts wait behind it
RETRY = timedelta(hours=1)
ENDED = (Job.Status.DONE, Job.Status.FAILED)

Step = Callable[..., None]  # keep(*, stores: Sequence[Store], days: Mapping[int, date]) -> None
Watch = Callable[[int], object]  # is told how many more stores are done


@dataclass(frozen=True)
class Outcome:
    """How many stores the night was for, and the keys of those for which a step failed."""

    stores: int
    failed: tuple[int, ...]


def stores_of_night() -> QuerySet[Store]:
    """Select the stores that are still in use."""
    return Store.objects.filter(archived_at=None).order_by("pk")


def queue(*, now: datetime) -> int:
    """Queue the night of the stores whose day has ended since their last one, and count them.

    Nothing while one is under way, or within an hour after it: a store that fails would be tried all day.
    """
    if Job.objects.filter(kind=JOB).exclude(status__in=ENDED, ended_at__lt=now - RETRY).exists():
        return 0
    known = dict(Night.objects.values_list("store", "day"))
    due = [
        store.pk
        for store in stores_of_night().only("pk", "timezone")
        if known.get(store.pk, date.min) < now.astimezone(store.zone).date() - ONE_DAY
    ]
    for keys in _batches(due, JOB_BATCH):
        jobs.enqueue(JOB, {"stores": keys})
    return len(due)


def carry_out(payload: dict[str, Any]) -> None:
    """Do a job of `queue`."""
    run(stores=stores_of_night().filter(pk__in=payload["stores"]), now=timezone.now())


def run(
    *, stores: QuerySet[Store], now: datetime, day: date | None = None, watch: Watch = lambda done: None
) -> Outcome:
    """Do the days that each store has missed until yesterday, or `day` alone; a bad one does not stop others.

    A day that is asked for is done again, and nothing is noted of it: others may still be missed.
    """
    steps = [import_string(name) for name in settings.NIGHTLY]
    failed: list[int] = []
    done = 0
    for keys in _batches(list(stores.values_list("pk", flat=True)), BATCH):
        batch = list(stores.filter(pk__in=keys))
        missed = {store.pk: [day] for store in batch} if day else _missed(batch, now)
        due = [store for store in batch if missed[store.pk]]
        failed += _catch_up(due, missed, steps, note=day is None)
        done += len(due)
        watch(len(keys))
    return Outcome(done, tuple(failed))


def _batches(keys: list[int], size: int) -> list[list[int]]:
    return [keys[at : at + size] for at in range(0, len(keys), size)]


def _missed(stores: Sequence[Store], now: datetime) -> dict[int, list[date]]:
    """List the days of each store since its last one until yesterday, by its own clock; of many, the last."""
    known = dict(Night.objects.filter(store__in=stores).values_list("store", "day"))
    missed = {}
    for store in stores:
        today = now.astimezone(store.zone).date()
        first = max(known.get(store.pk, today - 2 * ONE_DAY) + ONE_DAY, today - MOST_MISSED * ONE_DAY)
        missed[store.pk] = [first + timedelta(days=n) for n in range((today - first).days)]
    return missed


def _catch_up(
    stores: Sequence[Store], missed: Mapping[int, Sequence[date]], steps: Sequence[Step], *, note: bool
) -> Iterator[int]:
    """Do the missed days of some stores, oldest first; yield the stores for which one failed."""
    left, number = list(stores), 0
    while left := [store for store in left if number < len(missed[store.pk])]:
        days = {store.pk: missed[store.pk][number] for store in left}
        failed = {store.pk for step in steps for store in _kept(step, left, days)}
        yield from sorted(failed)
        left = [store for store in left if store.pk not in failed]
        if note:
            _note(left, days)
        number += 1


def _kept(step: Step, stores: Sequence[Store], days: Mapping[int, date]) -> Iterator[Store]:
    """Take a step for all stores together or, where that fails, for each; yield those where it fails."""
    if not stores or _done(step, stores, days):
        return
    yield from (store for store in stores if not _done(step, [store], days))


def _done(step: Step, stores: Sequence[Store], days: Mapping[int, date]) -> bool:
    try:
        with transaction.atomic():
            step(stores=stores, days={store.pk: days[store.pk] for store in stores})
    except (DatabaseError, InterfaceError):
        if not connection.is_usable():
            raise  # it is the database that is bad, and no store
        logger.exception("A step of the night failed for %s.", _told(stores))
        return False
    except Exception:
        logger.exception("A step of the night failed for %s.", _told(stores))
        return False
    return True


def _told(stores: Sequence[Store]) -> str:
    return (
        f"store {stores[0].pk}" if len(stores) == 1 else f"{len(stores)} stores together: each is tried alone"
    )


def _note(stores: Sequence[Store], days: Mapping[int, date]) -> None:
    Night.objects.bulk_create(
        [Night(store=store, day=days[store.pk]) for store in stores],
        update_conflicts=True,
        unique_fields=["store"],
        update_fields=["day", "updated_at"],
    )
