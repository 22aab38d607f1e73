"""What has happened in a store, in order: written with the change itself, for those who watch."""

from __future__ import annotations

from typing import Any

from django.db import models, transaction

from core import counters
from core.models import Event, Store


@transaction.atomic
def publish(*, store: Store, kind: str, node: models.Model, payload: dict[str, Any] | None = None) -> Event:
    """Keep what happened to `node`; call it last in a change: the store's other changes wait for its end."""
    return Event.objects.create(
        store=store,
        sequence=counters.take(store=store, name="event"),
        kind=kind,
        node_type=type(node).__name__,
        node_key=node.pk,
        payload=payload or {},
    )
