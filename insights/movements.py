"""What goes up or down, and what a change is made of: the window's sums, judged by pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from core.models import Store
from core.ranges import Days, month
from insights import series
from insights.breakdowns import Figure, Group, Point, Steps, groups_of, own, points_of, whole_of
from insights.changes import Contribution, contributions
from insights.metrics import Dimension, Grain, Metric, step_of, steps
from insights.trends import Trend, trend

EVERY = 1_000_000  # groups: what has changed most need not be what is largest
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Trends:
    """How a metric and its largest groups have moved over whole steps of time."""

    days: Days
    total: Trend
    groups: tuple[tuple[Group, Trend], ...]


@dataclass(frozen=True, kw_only=True)
class Changes:
    """How some days differ from others, and by which groups; the largest part first."""

    days: Days
    before: Days
    total: Figure
    contributions: tuple[Contribution, ...]


def trends_of(
    *,
    stores: Sequence[Store],
    today: Mapping[int, date],
    metric: Metric,
    dimension: Dimension,
    grain: Grain,
    count: int,
    first: int,
) -> dict[int, Trends]:
    """Judge the last whole steps of each store, from the first of them with anything in the books."""
    spans = {store: last_steps(today[store.pk], grain, store.week_start, count) for store in stores}
    found = series.totals(spans=spans, metric=metric, dimension=dimension, grain=grain)
    made = {}
    for store, days in spans.items():
        rows = own(store.currency, found[store.pk])
        known = {row.start for row in rows}
        every = steps(days, grain, store.week_start)
        since = Steps(now=every[next((n for n, at in enumerate(every) if at in known), count) :], before=None)
        groups, _ = groups_of(metric, dimension, rows, None, first=first, steps=since)
        made[store.pk] = Trends(
            days=days,
            total=_trend(points_of(metric, since, rows, None)),
            groups=tuple((group, _trend(group.points)) for group in groups),
        )
    return made


def last_steps(today: date, grain: Grain, week_start: int, count: int) -> Days:
    """Give so many days, weeks or months that were over before today."""
    end = step_of(today, grain, week_start)
    if grain is not Grain.MONTH:
        return Days(end - timedelta(days=count * (7 if grain is Grain.WEEK else 1)), end)
    start = end
    for _ in range(count):
        start = month(start - ONE_DAY).start
    return Days(start, end)


def _trend(points: Sequence[Point]) -> Trend:
    return trend([point.value or Decimal(0) for point in points])


def changes_of(
    *, windows: Mapping[Store, tuple[Days, Days]], metric: Metric, dimension: Dimension
) -> dict[int, Changes]:
    """Say what has changed most between two spans of days of each store."""
    now, then = (
        series.totals(
            spans={store: pair[place] for store, pair in windows.items()}, metric=metric, dimension=dimension
        )
        for place in (0, 1)
    )
    made = {}
    for store, (days, before) in windows.items():
        rows, other = own(store.currency, now[store.pk]), own(store.currency, then[store.pk])
        groups, _ = groups_of(metric, dimension, rows, other, first=EVERY, steps=None)
        total = whole_of(metric, rows, other)
        made[store.pk] = Changes(
            days=days,
            before=before,
            total=total,
            contributions=tuple(contributions(groups, change=total.change or Decimal(0))),
        )
    return made
