"""Alerts, made each night: of what is unusual, of thresholds, of prices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.db import transaction

from core import events
from core.models import Store
from core.ranges import Days
from insights import causes, prices, telling, thresholds
from insights.analyses import folded
from insights.causes import Cause, Deviation
from insights.models import Alert
from insights.series import purchases
from insights.survey import survey
from insights.telling import Told
from insights.verdicts import SHORT

PRICES_PAST = timedelta(days=400)
RAISED = "alert.raised"


@transaction.atomic
def keep(*, stores: Sequence[Store], days: Mapping[int, date]) -> None:
    """Keep the alerts of a day of each store; doing it again changes nothing."""
    crossed = thresholds.crossings(stores=stores, days=days)
    risen = _price_rises(stores, days)
    for found in survey(stores=stores, days=days):
        store, day = found.store, found.day
        rules = crossed[store.pk]
        told = causes.causes(found.deviations)
        same = [_same(rule, told) for rule in rules]
        news = [telling.of_rule(rule, found, one) for rule, one in zip(rules, same, strict=True)]
        news += [
            telling.of_deviation(cause.told, found)
            for cause in told
            if not any(one is cause.told or one in cause.also for one in same if one)
        ]
        news += [telling.of_price(rise, store, day) for rise in risen[store.pk]]
        for one in news:
            _raise(store, day, one)


def _raise(store: Store, day: date, found: Told) -> None:
    """Enter an alert once; a level that has moved is told in the alert of the day on which it began to."""
    if found.values["type"] == Alert.Type.ANOMALY and found.cause.startswith("series:"):
        stem = found.cause.rpartition(":")[0]
        earlier = Alert.objects.of(store).filter(
            cause__startswith=f"{stem}:", day__gt=day - timedelta(days=SHORT), day__lt=day
        )
        began = earlier.order_by("-day").first()
        if began is not None:
            _escalate(began, found)
            return
    alert, made = Alert.objects.get_or_create(
        store=store, cause=found.cause, defaults={"day": day, **found.values}
    )
    if made:
        _publish(alert)


def _escalate(alert: Alert, found: Told) -> None:
    """Tell the news of a level in the alert that its first day has raised: unread again, once."""
    if alert.type == Alert.Type.ANOMALY:
        return
    for name, value in found.values.items():
        setattr(alert, name, value)
    alert.read_at = alert.read_by = alert.acknowledged_at = alert.acknowledged_by = None
    alert.save()
    _publish(alert)


def _publish(alert: Alert) -> None:
    events.publish(
        store=alert.store,
        kind=RAISED,
        node=alert,
        payload={"type": str(alert.type), "severity": str(alert.severity), "metric": str(alert.metric)},
    )


def _same(crossing: thresholds.Crossing, told: Sequence[Cause]) -> Deviation | None:
    """Find what is the same news as a threshold: unusual in the same series, the same way."""
    rule = crossing.rule
    row = thresholds.subject_of(rule)
    group = (crossing.metric, thresholds.dimension_of(rule), None if row is None else row.pk)
    rises = rule.comparison == rule.Comparison.ABOVE
    found = (one for cause in told for one in (cause.told, *cause.also))
    return next(
        (
            one
            for one in found
            if (one.metric, one.dimension, one.key) == group and one.verdict.rises == rises
        ),
        None,
    )


def _price_rises(stores: Sequence[Store], days: Mapping[int, date]) -> dict[int, list[prices.Rise]]:
    """Read the past of what was bought on the day alone: three statements for all stores."""
    found: dict[int, list[prices.Rise]] = {store.pk: [] for store in stores}
    tomorrow = {store: days[store.pk] + timedelta(days=1) for store in stores}
    bought = purchases.spellings(spans={store: Days(days[store.pk], tomorrow[store]) for store in stores})
    spans = {
        store: Days(days[store.pk] - PRICES_PAST, tomorrow[store]) for store in stores if bought[store.pk]
    }
    if spans:
        things = {folded(name) for store in spans for name in bought[store.pk]}
        known = purchases.spellings(spans=spans)
        names = {name for store in spans for name in known[store.pk] if folded(name) in things}
        rows = purchases.purchases(spans=spans, descriptions=names)
        for store in spans:
            found[store.pk] = prices.rises(rows[store.pk], day=days[store.pk])
    return found
