"""From what is unusual to what is told: one cause, one alert, and why. Pure.

A total, its categories and its merchants rise together when one of them does. The finest that explains most
of it is told, and the others are left out; what it does not explain is told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from insights.metrics import OF_MONEY, Dimension, Key, Metric
from insights.verdicts import LONG, SHORT, Change, Verdict

EXPLAINS = 0.6  # of a total's excess, so that the part is the cause
NEARLY_ALL = 0.9  # of what is expected of a total: such a part is the total by another name
SAME = 1.25  # times the excess that is told: what other groupings may have of it
MEDIUM, HIGH = 1.5, 2.5  # times the edge of the band
TOP = 3
CENT = Decimal("0.01")

# What moves with another metric: told under its own name only where that one is silent.
FAMILIES: tuple[tuple[Metric, ...], ...] = (
    (Metric.SPEND,),
    (Metric.REVENUE, Metric.PROFIT, Metric.ORDERS, Metric.ITEMS),
    (Metric.ENERGY_KWH, Metric.ENERGY_COST),
)
FINEST = (Dimension.MERCHANT, Dimension.PRODUCT, Dimension.DEVICE, Dimension.CATEGORY)
WORDS = {
    Metric.SPEND: "Spending",
    Metric.REVENUE: "Revenue",
    Metric.PROFIT: "Profit",
    Metric.ORDERS: "Number of orders",
    Metric.ITEMS: "Quantity sold",
    Metric.ENERGY_KWH: "Energy used",
    Metric.ENERGY_COST: "Cost of energy",
    Metric.UNIT_PRICE: "Price",
}
PLACES = {
    Dimension.MERCHANT: "at",
    Dimension.CATEGORY: "in",
    Dimension.PRODUCT: "of",
    Dimension.DEVICE: "of",
    Dimension.ITEM: "of",
}


class Severity(StrEnum):
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """A series that is out of the ordinary; without a dimension, all of the store's."""

    metric: Metric
    verdict: Verdict
    dimension: Dimension | None = None
    key: Key = None
    name: str = ""

    @property
    def excess(self) -> float:
        return self.verdict.excess


@dataclass(frozen=True, kw_only=True)
class Cause:
    """What is told, and what is thereby told too."""

    told: Deviation
    also: tuple[Deviation, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a part added to a day, beside what is usual for it on such a weekday."""

    kind: str  # of what it is a part: a dimension, or a kind of row such as BILL
    key: Key
    name: str
    value: Decimal
    usual: Decimal

    @property
    def excess(self) -> Decimal:
        return self.value - self.usual


def causes(deviations: Iterable[Deviation]) -> list[Cause]:
    """Put together what has one cause, the gravest first."""
    found: list[Cause] = []
    deviations = list(deviations)
    for family in FAMILIES:
        for rises in (True, False):
            left = [one for one in deviations if one.metric in family and one.verdict.rises == rises]
            while left:
                cause = _first(left, family)
                found.append(cause)
                left = [one for one in left if one is not cause.told and one not in cause.also]
    return sorted(found, key=lambda cause: -cause.told.verdict.score)


def _first(left: Sequence[Deviation], family: Sequence[Metric]) -> Cause:
    """Choose what to tell of some deviations of one family that go one way, and what goes with it."""
    metric = next(metric for metric in family if any(one.metric is metric for one in left))
    own = [one for one in left if one.metric is metric]
    total = next((one for one in own if one.dimension is None), None)
    parts = sorted((one for one in own if one.dimension is not None), key=_fineness)
    if total is None:
        told = parts[0]
        also = _same(told, parts)
    elif part := next((one for one in parts if _explains(one, total)), None):
        told, also = part, [total, *_same(part, parts)]
    else:
        told, also = total, parts
    siblings = [one for one in left if one.metric is not metric]
    return Cause(told=told, also=(*also, *siblings))


def _fineness(one: Deviation) -> tuple[int, float]:
    place = FINEST.index(one.dimension) if one.dimension in FINEST else len(FINEST)
    return place, -abs(one.excess)


def _explains(part: Deviation, total: Deviation) -> bool:
    most = abs(part.excess) >= EXPLAINS * abs(total.excess)
    return most and abs(part.verdict.expected) < NEARLY_ALL * abs(total.verdict.expected)


def _same(told: Deviation, parts: Sequence[Deviation]) -> list[Deviation]:
    """Choose what says the same by other groupings: the largest first, as much as their excess is one."""
    found: list[Deviation] = []
    for dimension in {one.dimension for one in parts} - {told.dimension}:
        left = SAME * abs(told.excess)
        for one in sorted(parts, key=lambda one: -abs(one.excess)):
            if one.dimension is dimension and abs(one.excess) <= left:
                found.append(one)
                left -= abs(one.excess)
    return found


def severity(score: float) -> Severity:
    """Grade how far beyond the band's edge, 1, something is."""
    return Severity.HIGH if score >= HIGH else Severity.MEDIUM if score >= MEDIUM else Severity.LOW


def contributors(parts: Iterable[Part], *, rises: bool) -> list[Part]:
    """Give the three parts that have moved most, the way that their sum has."""
    moved = [part for part in parts if part.excess and (part.excess > 0) == rises]
    return sorted(moved, key=lambda part: (-abs(part.excess), part.name))[:TOP]


def message(cause: Deviation, *, day: date, currency: str, parts: Sequence[Part]) -> str:
    """Say what happened, beside what would have been usual, and who contributed most."""
    verdict, metric = cause.verdict, cause.metric
    what = f"{WORDS[metric]} {PLACES[cause.dimension]} {cause.name}" if cause.dimension else WORDS[metric]
    value, low, high = (written(metric, number, currency) for number in (verdict.value, *shown(verdict)))
    if verdict.change is Change.LEVEL:
        way = "risen" if verdict.rises else "fallen"
        before = written(metric, verdict.expected, currency)
        said = (
            f"{what} has {way}: {value} a day over the {SHORT} days to {written_day(day)}, "
            f"{before} over the {LONG} days before."
        )
    else:
        said = f"{what} on {written_day(day)}: {value}, where {low} to {high} is usual."
    if parts:
        named = ", ".join(f"{part.name} ({written(metric, float(part.value), currency)})" for part in parts)
        said += f" Most of it: {named}."
    return said


def silence(cause: Deviation, *, currency: str) -> str:
    """Say what would have kept an alert silent."""
    low, high = (written(cause.metric, number, currency) for number in shown(cause.verdict))
    if cause.verdict.change is Change.LEVEL:
        return (
            f"A mean of {SHORT} days from {low} to {high} is silent; so is a level that stays, from now on."
        )
    return f"A day from {low} to {high} is silent; so are days like it that follow within a week."


def shown(verdict: Verdict) -> tuple[float, float]:
    """Give the band as it is told: what is never negative does not go below zero."""
    return (max(verdict.low, 0.0) if verdict.value >= 0 else verdict.low), verdict.high


def written(metric: Metric, number: float, currency: str) -> str:
    """Write a figure of a metric with its unit."""
    if metric in OF_MONEY:
        return f"{Decimal(number).quantize(CENT)} {currency}"
    if metric is Metric.ENERGY_KWH:
        return f"{Decimal(number).quantize(CENT)} kWh"
    return f"{Decimal(number).quantize(CENT):f}".rstrip("0").rstrip(".")


def written_day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
