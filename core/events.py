"""What has happened in a store, in order: written with the change itself, for those who watch."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Max

from core import counters
from core.models import Counter, Event, Store

COUNTED = "event"
CHANNEL = "tillsight_events"  # on which PostgreSQL tells at each commit where something has happened
KEPT = timedelta(days=7)
BATCH = 100


class Forgotten(Exception):
    """Some of what happened after that place is not known any more."""


@transaction.atomic
def publish(*, store: Store, kind: str, node: models.Model, payload: dict[str, Any] | None = None) -> Event:
    """Keep what happened to `node`; call it last in a change: the store's other changes wait for its end."""
    event = Event.objects.create(
        store=store,
        sequence=counters.take(store=store, name=COUNTED),
        kind=kind,
        node_type=type(node).__name__,
        node_key=node.pk,
        payload=payload or {},
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, str(store.pk)])
    return event


def newest(stores: Collection[int]) -> dict[int, int]:
    """Give the sequence of the last event of each store in which anything has happened, in one statement."""
    counted = Counter.objects.filter(name=COUNTED, store__in=stores)
    return dict(counted.values_list("store_id", "last"))


def since(*, store: int, sequence: int) -> list[Event]:
    """Read what has happened in a store after `sequence`, oldest first, a batch at a time.

    Raises: Forgotten. Sequences have no gaps, so that nothing can be missing unnoticed.
    """
    last = newest([store]).get(store, 0)
    later = Event.objects.filter(store=store, sequence__gt=sequence)
    found = list(later.order_by("sequence")[:BATCH])
    if (found[-1].sequence if found else last) - sequence != len(found):
        raise Forgotten
    return found


def listen() -> BaseDatabaseWrapper | None:
    """Open a connection of its own, on which PostgreSQL tells of events; None where there is none to tell."""
    if connection.vendor != "postgresql":
        return None
    apart = connection.copy()
    apart.inc_thread_sharing()  # opened in a thread, read and closed by the event loop
    with apart.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
    return apart


def heard(apart: BaseDatabaseWrapper) -> set[int]:
    """Take in what a listening connection has been told: the keys of stores, without waiting for more.

    Raises: OperationalError when the connection is lost.
    """
    raw: Any = apart.connection
    with apart.wrap_database_errors:
        raw.poll()
    stores = {int(notice.payload) for notice in raw.notifies}
    raw.notifies.clear()
    return stores


def sweep(*, now: datetime) -> int:
    """Forget what happened long ago; in each store from the first on, whatever clocks say."""
    count = 0
    old = Event.objects.filter(created_at__lt=now - KEPT).order_by()
    for store, last in old.values_list("store").annotate(last=Max("sequence")):
        count += Event.objects.filter(store=store, sequence__lte=last).delete()[0]
    return count
