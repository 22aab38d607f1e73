"""A store's own thresholds: kept, and looked at each night."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from core import audit
from core.errors import Code, Refused
from core.fields import camel, short
from core.models import Store, User
from core.ranges import Days
from insights import series
from insights.causes import PLACES, WORDS, Severity, written, written_day
from insights.metrics import Dimension, Grain, Metric, Total, check, figure
from insights.models import NAMED, AlertRule

MAX_RULES = 100
DAYS = {AlertRule.Window.DAY: 1, AlertRule.Window.WEEK: 7, AlertRule.Window.MONTH: 30}
LARGEST = Decimal(10) ** 12
PLACES_OF_THRESHOLD = 4
PICTURE = ("name", "metric", "comparison", "threshold", "window", "enabled", *NAMED)
WITH_SUBJECT = ("store", *NAMED)


@dataclass(frozen=True)
class Crossing:
    """A rule whose threshold was crossed on a day, and what the sum came to."""

    rule: AlertRule
    value: Decimal

    @property
    def metric(self) -> Metric:
        return Metric(self.rule.metric)

    @property
    def name(self) -> str:
        row = subject_of(self.rule)
        return "" if row is None else str(row.name)


# --- Commands


@transaction.atomic
def create(*, store: Store, by: User, values: dict[str, Any]) -> AlertRule:
    """Add a threshold; `values` name columns.

    Raises: Refused with REQUIRED, INVALID, or CONFLICT where there are too many.
    """
    Store.objects.select_for_update().get(pk=store.pk)  # the limit holds for twins too
    if AlertRule.objects.of(store).count() >= MAX_RULES:
        raise Refused(Code.CONFLICT, f"A store has at most {MAX_RULES} alert rules.")
    rule = AlertRule(store=store)
    _set(rule, values)
    rule.save()
    after = audit.picture(rule, *PICTURE)
    audit.record(store=store, by=by, action="alert_rule.create", node=rule, after=after)
    return rule


@transaction.atomic
def update(*, rule: AlertRule, by: User, changes: dict[str, Any]) -> AlertRule:
    """Change some columns of a threshold.

    Raises: Refused with REQUIRED or INVALID.
    """
    rule = AlertRule.objects.select_for_update(of=("self",)).select_related("store").get(pk=rule.pk)
    before = audit.picture(rule, *PICTURE)
    _set(rule, changes)
    rule.save()
    after = audit.picture(rule, *PICTURE)
    if after != before:
        audit.record(
            store=rule.store, by=by, action="alert_rule.update", node=rule, before=before, after=after
        )
    return rule


@transaction.atomic
def delete(*, rule: AlertRule, by: User) -> None:
    """Remove a threshold; the alerts that it has raised stay."""
    audit.record(
        store=rule.store,
        by=by,
        action="alert_rule.delete",
        node=rule,
        before=audit.picture(rule, *PICTURE),
    )
    rule.delete()


def _set(rule: AlertRule, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(rule, name, _checked(rule, name, value))
    try:
        check(Metric(rule.metric), dimension_of(rule), Grain.DAY)
    except ValueError as error:
        raise Refused(Code.INVALID, str(error), "metric") from error


def _checked(rule: AlertRule, name: str, value: Any) -> Any:
    if name == "name":
        return short(value or "", 100, "name")
    if name in NAMED:
        if value is not None and value.store_id not in (rule.store_id, None):
            raise Refused(Code.INVALID, f"This {name} is another store's.", "of")
        return value
    if value is None:
        raise Refused(Code.REQUIRED, "This cannot be empty.", camel(name))
    if name == "threshold":
        if not value.is_finite() or abs(value) >= LARGEST or value != round(value, PLACES_OF_THRESHOLD):
            message = f"A number of at most 12 digits before the point and {PLACES_OF_THRESHOLD} behind it."
            raise Refused(Code.INVALID, message, "threshold")
        return round(value, PLACES_OF_THRESHOLD)
    return value


def dimension_of(rule: Any) -> Dimension | None:
    """Say by what a rule or an alert tells its subject apart; None where it is of all."""
    return next((Dimension(name.upper()) for name in NAMED if getattr(rule, f"{name}_id") is not None), None)


def subject_of(rule: Any) -> Any:
    """Give the row that a rule or an alert is of; None where it is of all."""
    dimension = dimension_of(rule)
    return None if dimension is None else getattr(rule, dimension.lower())


# --- The night


def crossings(*, stores: Sequence[Store], days: Mapping[int, date]) -> dict[int, list[Crossing]]:
    """Find the rules whose threshold was crossed on the day of their store.

    A sum that was beyond it the day before is no news, unless the rule is of that day.
    """
    asked: dict[tuple[Metric, Dimension | None], list[AlertRule]] = defaultdict(list)
    rules = AlertRule.objects.filter(store__in=stores, enabled=True).select_related(*WITH_SUBJECT)
    for rule in rules.order_by("pk"):
        asked[Metric(rule.metric), dimension_of(rule)].append(rule)
    found: dict[int, list[Crossing]] = {store.pk: [] for store in stores}
    longest = timedelta(days=max(DAYS.values()))
    for (metric, dimension), some in asked.items():
        spans = {
            rule.store: Days(days[rule.store_id] - longest, days[rule.store_id] + timedelta(days=1))
            for rule in some
        }
        rows = series.totals(spans=spans, metric=metric, dimension=dimension, grain=Grain.DAY)
        for rule in some:
            if crossing := _crossing(rule, rows[rule.store_id], days[rule.store_id]):
                found[rule.store_id].append(crossing)
    return found


def _crossing(rule: AlertRule, rows: Sequence[Total], day: date) -> Crossing | None:
    value = _sum(rule, rows, day)
    if value is None or not _beyond(rule, value):
        return None
    before = _sum(rule, rows, day - timedelta(days=1))
    made = rule.created_at.astimezone(rule.store.zone).date()
    if before is not None and _beyond(rule, before) and made < day:
        return None
    return Crossing(rule, value)


def _sum(rule: AlertRule, rows: Sequence[Total], day: date) -> Decimal | None:
    """Sum the days of a rule's window up to a day; None where nothing is known, and a price was not paid."""
    first = day - timedelta(days=DAYS[AlertRule.Window(rule.window)] - 1)
    dimension = dimension_of(rule)
    key = None if dimension is None else getattr(rule, f"{dimension.lower()}_id")
    metric = Metric(rule.metric)
    within = [
        row
        for row in rows
        if isinstance(row.start, date)
        and first <= row.start <= day
        and row.key == key
        and row.currency in ("", rule.store.currency)
    ]
    if not within:
        return None if metric in (Metric.ENERGY_KWH, Metric.ENERGY_COST, Metric.UNIT_PRICE) else Decimal(0)
    total = Total(
        currency=within[0].currency,
        value=sum((row.value for row in within), Decimal(0)),
        base=sum((row.base for row in within), Decimal(0)),
        count=sum(row.count for row in within),
    )
    return figure(metric, total)


def _beyond(rule: AlertRule, value: Decimal) -> bool:
    if rule.comparison == AlertRule.Comparison.ABOVE:
        return value > rule.threshold
    return value < rule.threshold


def message(crossing: Crossing, *, day: date) -> str:
    """Say what was crossed, and by what."""
    rule, metric = crossing.rule, crossing.metric
    currency = rule.store.currency
    dimension = dimension_of(rule)
    what = WORDS[metric] + (f" {PLACES[dimension]} {crossing.name}" if dimension else "")
    number = DAYS[AlertRule.Window(rule.window)]
    when = f"on {written_day(day)}" if number == 1 else f"in the {number} days to {written_day(day)}"
    value, threshold = (written(metric, float(one), currency) for one in (crossing.value, rule.threshold))
    return f"{what} {when}: {value}, {rule.comparison.lower()} your threshold of {threshold}."


def silence(crossing: Crossing) -> str:
    """Say what would have kept an alert silent."""
    rule = crossing.rule
    side = "at most" if rule.comparison == AlertRule.Comparison.ABOVE else "at least"
    threshold = written(crossing.metric, float(rule.threshold), rule.store.currency)
    return f"A sum of {side} {threshold} is silent; or change the rule, or switch it off."


def severity(crossing: Crossing) -> Severity:
    """Grade by how far beyond the threshold: half as much again is HIGH, a fifth MEDIUM."""
    threshold = abs(crossing.rule.threshold)
    over = abs(crossing.value - crossing.rule.threshold)
    if over >= threshold / 2:
        return Severity.HIGH
    return Severity.MEDIUM if over >= threshold / 5 else Severity.LOW
