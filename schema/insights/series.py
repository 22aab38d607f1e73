"""`analytics.series` and `analytics.breakdown`: a metric asked of some stores, read together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from django.utils import timezone as clock

from core import models
from core.tenancy import among
from insights import breakdowns, metrics, series
from insights.metrics import Comparison, Dimension, Grain, Metric
from schema.context import Info, level
from schema.errors import BadInput, Forbidden
from schema.insights.asked import Asked
from schema.insights.metrics import (
    MAX_HOURLY_DAYS,
    ComparedDays,
    MetricBreakdown,
    MetricGroup,
    MetricPoint,
    MetricSeries,
)
from schema.ranges import DateRange, RangeArgument, check_compared, range_or_preference

FIRST, MAX_FIRST = 10, 100
MAX_POINTS = 20_000  # of an answer, all stores and groups together

MetricArgument = Annotated[Metric, strawberry.argument(description="What to measure.")]
CompareArgument = Annotated[
    Comparison | None, strawberry.argument(description="What to compare with; nothing where it is left out.")
]
FirstArgument = Annotated[
    int | None,
    strawberry.argument(description=f"How many groups at most, 0 to {MAX_FIRST}; the rest is one figure."),
]


async def series_of(
    root: Any,
    info: Info,
    metric: MetricArgument,
    grain: Annotated[Grain | None, strawberry.argument(description="In what steps.")] = Grain.DAY,
    dimension: Annotated[
        Dimension | None,
        strawberry.argument(description="What to tell apart by; needless for a plain series."),
    ] = None,
    range: RangeArgument = None,
    compare: CompareArgument = None,
    first: FirstArgument = FIRST,
) -> MetricSeries | None:
    viewer, steps = info.context.user, grain or Grain.DAY
    found: MetricSeries = await info.context.load(
        level(info),
        root.store,
        lambda stores: answers(viewer, stores, range, metric, dimension, steps, compare, first),
    )
    return found


async def breakdown_of(
    root: Any,
    info: Info,
    metric: MetricArgument,
    dimension: Annotated[Dimension, strawberry.argument(description="What to tell apart by.")],
    range: RangeArgument = None,
    compare: CompareArgument = None,
    first: FirstArgument = FIRST,
) -> MetricBreakdown | None:
    viewer = info.context.user
    found: MetricBreakdown = await info.context.load(
        level(info),
        root.store,
        lambda stores: answers(viewer, stores, range, metric, dimension, None, compare, first),
    )
    return found


def answers(
    viewer: models.User,
    stores: list[models.Store],
    given: DateRange | None,
    metric: Metric,
    dimension: Dimension | None,
    grain: Grain | None,
    compare: Comparison | None,
    first: int | None,
) -> list[MetricBreakdown | Exception]:
    """Answer for each store, together; one that the viewer may not see gets its error.

    Raises: BadInput for what the books cannot tell, and for too many points.
    """
    checked(metric, dimension, grain)
    chosen, now, most = range_or_preference(viewer, given), clock.now(), bounded(first)
    asked = {
        store.pk: Asked(store, chosen.days(store, now), metric, dimension, grain, compare, most)
        for store in seen_by(viewer, stores, metric, dimension)
    }
    _check_size(list(asked.values()), grain)
    found = _read(list(asked.values()), metric, dimension, grain)
    return [found.get(store.pk) or Forbidden() for store in stores]


def bounded(first: int | None) -> int:
    """Say how many groups to show.

    Raises: BadInput.
    """
    first = FIRST if first is None else first
    if not 0 <= first <= MAX_FIRST:
        raise BadInput(f"`first` must be from 0 to {MAX_FIRST}.")
    return first


def checked(metric: Metric, dimension: Dimension | None, grain: Grain | None) -> None:
    """Refuse what the books cannot tell.

    Raises: BadInput.
    """
    try:
        metrics.check(metric, dimension, grain)
    except ValueError as error:
        raise BadInput(str(error)) from error


def seen_by(
    viewer: models.User, stores: list[models.Store], metric: Metric, dimension: Dimension | None
) -> list[models.Store]:
    """Keep the stores in which the viewer may see a metric by a dimension."""
    for permission in metrics.needed(metric, dimension):
        stores = among(stores, viewer, permission)
    return stores


def _check_size(asked: Sequence[Asked], grain: Grain | None) -> None:
    longest = max(((one.days.end - one.days.start).days for one in asked), default=0)
    if grain is Grain.HOUR and longest > MAX_HOURLY_DAYS:
        raise BadInput(f"A series by HOUR is of at most {MAX_HOURLY_DAYS} days.")
    if sum(one.points for one in asked) > MAX_POINTS:
        raise BadInput(f"This would be more than {MAX_POINTS} points: ask for longer steps, or fewer groups.")
    for one in asked:
        check_compared((one.before or one.days).start)


def _read(
    asked: Sequence[Asked], metric: Metric, dimension: Dimension | None, grain: Grain | None
) -> dict[int, MetricBreakdown]:
    spans = {one.store: one.days for one in asked}
    before = {one.store: one.before for one in asked if one.before is not None}
    # Beside other days a group is placed by both figures: all are read then.
    most = None if before else max((one.first for one in asked), default=None)
    now = series.totals(spans=spans, metric=metric, dimension=dimension, grain=grain, first=most)
    then = series.totals(spans=before, metric=metric, dimension=dimension, grain=grain)
    return {
        one.store.pk: _answer(one, now[one.store.pk], then.get(one.store.pk) if one.before else None)
        for one in asked
    }


def _answer(asked: Asked, rows: list[metrics.Total], before: list[metrics.Total] | None) -> MetricBreakdown:
    metric, dimension, currency = asked.metric, asked.dimension, asked.store.currency
    others = breakdowns.others_of(metric, currency, rows)
    rows = breakdowns.own(currency, rows)
    before = None if before is None else breakdowns.own(currency, before)
    groups: tuple[breakdowns.Group, ...] = ()
    rest = breakdowns.whole_of(metric, (), None if before is None else ())
    if dimension is not None:
        groups, rest = breakdowns.groups_of(
            metric, dimension, rows, before, first=asked.first, steps=asked.steps
        )
    made: dict[str, Any] = {
        "asked": asked,
        "metric": metric,
        "dimension": dimension,
        "start": asked.days.start,
        "end": asked.days.end,
        "timezone": asked.store.timezone,
        "currency": metrics.currency_of(metric, currency),
        "compared": asked.before and ComparedDays(start=asked.before.start, end=asked.before.end),
        "total": breakdowns.whole_of(metric, rows, before),
        "groups": [MetricGroup.of(group, asked.store) for group in groups],
        "rest": rest,
        "other_currencies": others,
    }
    if asked.steps is None or asked.grain is None:
        return MetricBreakdown(**made)
    points = breakdowns.points_of(metric, asked.steps, rows, before)
    made["points"] = [MetricPoint.of(point, asked.store) for point in points]
    return MetricSeries(**made, grain=asked.grain)
