"""Notices: new alerts and suggestions, mailed at once to the owners of stores that want them so.

Stores that want them in the digest find them there: see `insights.digests`.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import QuerySet

from core import jobs, mail
from core.models import Store
from insights.audience import owners
from insights.models import Alert, Suggestion

logger = logging.getLogger("tillsight.notices")

FRESH = timedelta(days=2)  # older ones are no news to who has just asked for them
MOST = 20  # of each in one mail: the rest is in the front end
JOB = "notice"


def queue(*, now: datetime) -> int:
    """Queue a mail to each owner of a store with news, and count the stores; each is news once."""
    queued = 0
    for store in Store.objects.filter(archived_at=None, notices=Store.Notices.AT_ONCE).order_by("pk"):
        try:
            queued += _queue(store, now)
        except (DatabaseError, InterfaceError):
            raise
        except Exception:  # one bad store does not stop the rest
            logger.exception("The notices of store %s could not be queued.", store.pk)
    return queued


@transaction.atomic
def _queue(store: Store, now: datetime) -> bool:
    Store.objects.select_for_update().get(pk=store.pk)  # two workers mail once
    news: dict[str, QuerySet[Any]] = {
        "alerts": Alert.objects.of(store).unread(),
        "suggestions": Suggestion.objects.of(store).open(),
    }
    keys = {
        name: list(rows.filter(mailed_at=None, created_at__gte=now - FRESH).values_list("pk", flat=True))
        for name, rows in news.items()
    }
    if not any(keys.values()):
        return False
    for name, rows in news.items():
        rows.filter(pk__in=keys[name]).update(mailed_at=now)
    for user in owners(store):
        jobs.enqueue(JOB, {"store": store.pk, "user": user.pk, **keys})
    return True


def send(payload: dict[str, Any]) -> None:
    """Do a job of `queue`: mail what nobody has dealt with meanwhile, to whom it still concerns."""
    store = Store.objects.filter(pk=payload["store"], archived_at=None).first()
    if store is None:
        return
    alerts = Alert.objects.of(store).unread().filter(pk__in=payload["alerts"]).order_by("day", "pk")
    suggestions = Suggestion.objects.of(store).open().filter(pk__in=payload["suggestions"])
    context = {
        "store": " ".join(store.name.split()),
        "alerts": [" ".join(row.message.split()) for row in alerts[:MOST]],
        "suggestions": [" ".join(row.text.split()) for row in suggestions.order_by("-saving", "pk")[:MOST]],
    }
    if not context["alerts"] and not context["suggestions"]:
        return
    for user in owners(store):
        if user.pk == payload["user"]:
            mail.deliver(template="notice", to=user.email, context=context)
