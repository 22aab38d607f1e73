"""Digests: the figures of a week or a month, mailed to a store's owners after its end."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import Case, F, Max, Q, When

from core import jobs, mail
from core.models import Store
from core.ranges import Days
from insights import analyses, series
from insights.analyses import Period
from insights.audience import owners
from insights.models import Alert, Digest, Suggestion

logger = logging.getLogger("tillsight.digests")

PERIODS = {Store.Digest.WEEKLY: Period.WEEK, Store.Digest.MONTHLY: Period.MONTH}
MORNING = timedelta(hours=7)  # of the day after the period, in the store's zone: nobody reads it at midnight
LINES = 5  # of each list: the whole is in the front end
JOB = "digest"


def queue(*, now: datetime) -> int:
    """Queue the digests of periods that have ended, and count them; doing it twice queues nothing twice.

    Of periods that went by unseen only the last one is made up for.
    """
    wanted = Store.objects.filter(archived_at=None, digest__in=PERIODS)
    last = Max(
        "digests__end",
        filter=Q(digests__period="WEEK", digest="WEEKLY") | Q(digests__period="MONTH", digest="MONTHLY"),
    )
    queued = 0
    for store in wanted.annotate(told_until=last).order_by("pk").iterator():
        try:
            days = _ended(store, now)
            if days.end > store.created_at.astimezone(store.zone).date() and (
                store.told_until is None or store.told_until <= days.start
            ):
                queued += _queue(store, days)
        except (DatabaseError, InterfaceError):
            raise
        except Exception:  # one bad store does not stop the rest
            logger.exception("The digest of store %s could not be queued.", store.pk)
    return queued


def _ended(store: Store, now: datetime) -> Days:
    """Give the last whole period before this morning, by the store's clock."""
    today = (now.astimezone(store.zone) - MORNING).date()
    period = PERIODS[Store.Digest(store.digest)]
    return analyses.window(period=period, on=today, week_start=store.week_start).before


@transaction.atomic
def _queue(store: Store, days: Days) -> bool:
    """Note a digest, and queue a mail to each owner with it; tell whether it is a new one."""
    period = PERIODS[Store.Digest(store.digest)]
    digest, made = Digest.objects.get_or_create(
        store=store, period=period, start=days.start, defaults={"end": days.end}
    )
    if made:
        for user in owners(store):
            jobs.enqueue(JOB, {"digest": digest.pk, "user": user.pk})
    return bool(made)


def send(payload: dict[str, Any]) -> None:
    """Do a job of `queue`: mail the figures as they are by now, to whom they still concern."""
    digest = Digest.objects.select_related("store").filter(pk=payload["digest"]).first()
    if digest is None:
        return
    for user in owners(digest.store):
        if user.pk == payload["user"]:
            mail.deliver(template="digest", to=user.email, context=_context(digest))


def _context(digest: Digest) -> dict[str, Any]:
    store, period = digest.store, Period(digest.period)
    # The week starts as it did when the digest was noted.
    window = analyses.window(period=period, on=digest.start, week_start=digest.start.weekday())
    books = series.books(windows={store.pk: window})[store.pk]
    found = analyses.analyse(period=period, currency=store.currency, books=books)
    return {
        "store": " ".join(store.name.split()),
        "word": period.value.lower(),
        "last": found.end - timedelta(days=1),
        "found": found,
        "categories": found.by_category[:LINES],
        "merchants": found.top_merchants[:LINES],
        **(_news(store, Days(found.start, found.end)) if store.notices == Store.Notices.IN_DIGEST else {}),
    }


def _news(store: Store, days: Days) -> dict[str, list[str]]:
    """Give the alerts of some days that nobody has dealt with, and the open suggestions worth most."""
    alerts = Alert.objects.of(store).filter(day__gte=days.start, day__lt=days.end, acknowledged_at=None)
    order = Case(*(When(severity=one, then=n) for n, one in enumerate(("HIGH", "MEDIUM", "LOW"))))
    suggestions = Suggestion.objects.of(store).open().order_by(F("saving").desc(nulls_last=True), "pk")
    return {
        "alerts": [" ".join(row.message.split()) for row in alerts.order_by(order, "day", "pk")[:LINES]],
        "suggestions": [" ".join(row.text.split()) for row in suggestions[:LINES]],
    }
