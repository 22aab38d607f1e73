"""What an alert says: its columns, from what was found and the rows behind it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from core.models import Store
from insights import causes, prices, thresholds
from insights.causes import Deviation, Part
from insights.metrics import Dimension, Key, Metric, currency_of
from insights.models import NAMED, Alert
from insights.series import purchases
from insights.survey import Survey
from insights.verdicts import Change

PLACES = Decimal("0.000001")
RISES = {Change.DAY: Alert.Type.SPIKE, Change.LEVEL: Alert.Type.ANOMALY}


@dataclass(frozen=True)
class Told:
    """What an alert is about, and its columns."""

    cause: str
    values: dict[str, Any] = field(default_factory=dict)


def of_deviation(told: Deviation, found: Survey) -> Told:
    """Tell of what its own past does not explain."""
    verdict = told.verdict
    parts = _behind(told, found)
    currency = currency_of(told.metric, found.store.currency) or ""
    low, high = causes.shown(verdict)
    way = "up" if verdict.rises else "down"
    return Told(
        f"series:{told.metric}:{told.dimension or ''}:{_short(told.key)}:{way}:{found.day}",
        {
            "type": RISES[verdict.change] if verdict.rises else Alert.Type.ANOMALY,
            "severity": causes.severity(verdict.score),
            "metric": told.metric,
            **_subject(told.dimension, told.key),
            "label": told.name[:200],
            "message": causes.message(told, day=found.day, currency=currency, parts=parts)[:500],
            "silence": causes.silence(told, currency=currency)[:300],
            "currency": currency,
            "value": _decimal(verdict.value),
            "expected": _decimal(verdict.expected),
            "low": _decimal(low),
            "high": _decimal(high),
            "contributors": [_plain(part) for part in parts],
            "similar": [[day.isoformat(), str(value)] for day, value in found.similar(told)],
        },
    )


def of_rule(crossing: thresholds.Crossing, found: Survey, same: Deviation | None) -> Told:
    """Tell of a threshold; where its own past finds the day unusual too, that is told along."""
    rule, metric = crossing.rule, crossing.metric
    unusual = of_deviation(same, found).values if same else {}
    way = 1 if rule.comparison == rule.Comparison.ABOVE else -1
    parts = (
        causes.contributors(found.parts(metric, Change.DAY), rises=way > 0)
        if not thresholds.subject_of(rule)
        else []
    )
    return Told(
        f"rule:{rule.pk}:{found.day}",
        {
            "contributors": [_plain(part) for part in parts],
            **unusual,
            "type": Alert.Type.THRESHOLD,
            "severity": thresholds.severity(crossing),
            "metric": metric,
            **{f"{name}_id": getattr(rule, f"{name}_id") for name in NAMED},
            "label": crossing.name[:200],
            "message": thresholds.message(crossing, day=found.day)[:500],
            "silence": thresholds.silence(crossing)[:300],
            "currency": currency_of(metric, found.store.currency) or "",
            "value": crossing.value,
            "rule": rule,
        },
    )


def of_price(rise: prices.Rise, store: Store, day: date) -> Told:
    bought = rise.bought
    amounts = [f"{price.normalize():f} {store.currency}" for price in (bought.price, rise.usual, rise.limit)]
    unit = f" a {bought.unit}" if bought.unit else ""
    at = f" at {bought.merchant_name}" if bought.merchant_name else ""
    message = (
        f"{bought.name}{at} cost {amounts[0]}{unit} on {causes.written_day(day)}, "
        f"usually {amounts[1]}: {rise.share:+.0%}."
    )
    shares = [Part(kind=Dimension.MERCHANT, key=bought.merchant, name=bought.merchant_name,
                   value=bought.price, usual=rise.usual)]  # fmt: skip
    if rise.cheaper:
        other = rise.cheaper
        message += (
            f" {other.merchant_name or 'Another merchant'} took {other.price.normalize():f} {store.currency} "
            f"on {causes.written_day(other.day)}."
        )
        shares.append(Part(kind=Dimension.MERCHANT, key=other.merchant, name=other.merchant_name,
                           value=other.price, usual=other.price))  # fmt: skip
    beyond = float((bought.price - rise.usual) / (rise.limit - rise.usual))
    return Told(
        f"price:{_short(bought.thing)}:{_short(bought.merchant)}:{day}",
        {
            "type": Alert.Type.ANOMALY,
            "severity": causes.severity(beyond),
            "metric": Metric.UNIT_PRICE,
            **_subject(Dimension.MERCHANT, bought.merchant),
            "label": bought.name[:200],
            "message": message[:500],
            "silence": f"A price of at most {amounts[2]}{unit} is silent; so is this one, from now on."[:300],
            "currency": store.currency,
            "value": bought.price,
            "expected": rise.usual,
            "high": rise.limit,
            "contributors": [_plain(part) for part in shares],
            "similar": [[one.day.isoformat(), str(one.price)] for one in rise.past[-3:]],
        },
    )


def _behind(told: Deviation, found: Survey) -> list[Part]:
    """Give the three that contributed most: the parts of a total, or the rows of a part's day."""
    verdict = told.verdict
    if told.dimension is None:
        return causes.contributors(found.parts(told.metric, verdict.change), rises=verdict.rises)
    if verdict.change is Change.LEVEL or not isinstance(told.key, int):
        return []
    of = f"{told.dimension.lower()}_id"
    if told.metric is Metric.SPEND:
        rows, kind = purchases.largest_bills(store=found.store, day=found.day, **{of: told.key}), "BILL"
    elif told.metric is Metric.REVENUE:
        column = "product_id" if told.dimension is Dimension.PRODUCT else "product__category_id"
        rows, kind = purchases.largest_orders(store=found.store, day=found.day, **{column: told.key}), "ORDER"
    else:
        return []
    return [Part(kind=kind, key=row.key, name=row.name, value=row.value, usual=Decimal(0)) for row in rows]


def _subject(dimension: Dimension | None, key: Key) -> dict[str, Any]:
    """Name the column of what an alert is of; what is known by its name alone has its label."""
    found: dict[str, Any] = dict.fromkeys(f"{name}_id" for name in NAMED)
    if dimension is not None and dimension.lower() in NAMED and isinstance(key, int):
        found[f"{dimension.lower()}_id"] = key
    return found


def _plain(part: Part) -> dict[str, Any]:
    key = part.key if isinstance(part.key, int) else None
    return {
        "kind": part.kind,
        "key": key,
        "name": part.name,
        "value": str(part.value.quantize(PLACES)),
        "usual": str(part.usual.quantize(PLACES)),
    }


def _short(key: Key) -> str:
    """Write a key of any length in a few characters."""
    return str(key or "") if not isinstance(key, str) else hashlib.sha256(key.encode()).hexdigest()[:16]


def _decimal(number: float) -> Decimal:
    return Decimal(number).quantize(PLACES)
