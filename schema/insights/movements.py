"""`analytics.trends` and `analytics.changes`: what goes up or down, and what a change is made of."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Any, cast

import strawberry
from django.utils import timezone as clock

from core import models
from core.ranges import Days
from insights import metrics, movements
from insights.breakdowns import Group
from insights.metrics import Comparison, Dimension, Grain, Metric
from insights.movements import Changes, Trends
from insights.trends import FEWEST, MOST, Direction
from schema.context import Info, level
from schema.enums import described
from schema.errors import BadInput, Forbidden
from schema.insights.metrics import ComparedDays, MetricGroup, MetricTotal, figure
from schema.insights.series import FIRST, FirstArgument, MetricArgument, bounded, checked, seen_by
from schema.ranges import DateRange, RangeArgument, check_compared, range_or_preference

STEPS = 12
DimensionArgument = Annotated[Dimension, strawberry.argument(description="What to tell apart by.")]

described(
    Direction,
    name="TrendDirection",
    description="Where a series goes.",
    values={
        "UP": "Up, with a confidence of 0.95 at least.",
        "DOWN": "Down, likewise.",
        "STEADY": "Nowhere that could be told from chance.",
        "UNKNOWN": f"There are fewer than {FEWEST} steps to judge by.",
    },
)


@strawberry.type(description="Where a series goes, how fast, and how sure that is.")
class Trend:
    direction: Direction = figure("Up, down, or neither.")
    slope: Decimal | None = figure(
        "The change a step, to the hundredth: the median of the slopes of all pairs of steps (Theil and Sen)."
    )
    confidence: Decimal | None = figure(
        "How sure it is that there is any trend, 0 to 1: 1 less the p-value of Mann and Kendall's test."
    )
    steps: int = figure("How many steps it stands on.")


@strawberry.type(description="Where one group goes.")
class GroupTrend(Trend):
    group: MetricGroup = figure("The group, with its points.")


@strawberry.type(description="Where a metric and its largest groups have gone, over whole steps until today.")
class MetricTrends:
    start: datetime.date = figure("The first day looked at.")
    end: datetime.date = figure("The day after the last.")
    currency: str | None = figure("ISO 4217 code of the amounts: the store's; null for what is no money.")
    total: Trend = figure("All of it.")
    groups: list[GroupTrend] = figure("The largest groups first.")


@strawberry.type(description="What one group has to do with a change.")
class MetricContribution:
    group: MetricGroup = figure("The group, beside the days compared with.")
    change: Decimal = figure("Its own change.")
    part: Decimal | None = figure(
        "Its part of the whole change: those against it are negative, and all add up to 1. Null of no change."
    )
    by_count: Decimal = figure("What more or fewer bills or orders would have made at the mean size before.")
    by_size: Decimal = figure("What their new size made; with `byCount` it is the change.")


@strawberry.type(description="How some days differ from others, and by what.")
class MetricChanges:
    start: datetime.date = figure("The first day.")
    end: datetime.date = figure("The day after the last.")
    compared: ComparedDays = figure("The days compared with.")
    currency: str | None = figure("ISO 4217 code of the amounts: the store's; null for what is no money.")
    total: MetricTotal = figure("All of it.")
    contributions: list[MetricContribution] = figure("What has changed most, whichever way, first.")


async def trends_of(
    root: Any,
    info: Info,
    metric: MetricArgument,
    dimension: DimensionArgument,
    grain: Annotated[Grain | None, strawberry.argument(description="DAY, WEEK or MONTH.")] = Grain.WEEK,
    steps: Annotated[
        int | None,
        strawberry.argument(description=f"How many whole steps before today, {FEWEST} to {MOST}."),
    ] = STEPS,
    first: FirstArgument = FIRST,
) -> MetricTrends | None:
    viewer, each, count = info.context.user, grain or Grain.WEEK, STEPS if steps is None else steps
    most = bounded(first)
    if each is Grain.HOUR or not FEWEST <= count <= MOST:
        raise BadInput(f"A trend is of {FEWEST} to {MOST} days, weeks or months.")
    checked(metric, dimension, each)

    def read(stores: list[models.Store]) -> list[Any]:
        seen, now = seen_by(viewer, stores, metric, dimension), clock.now()
        found = movements.trends_of(
            stores=seen,
            today={store.pk: now.astimezone(store.zone).date() for store in seen},
            metric=metric,
            dimension=dimension,
            grain=each,
            count=count,
            first=most,
        )
        return [
            _trends(store, found[store.pk], metric) if store.pk in found else Forbidden() for store in stores
        ]

    return cast("MetricTrends", await info.context.load(level(info), root.store, read))


async def changes_of(
    root: Any,
    info: Info,
    metric: MetricArgument,
    dimension: DimensionArgument,
    range: RangeArgument = None,
    compare: Annotated[
        Comparison | None, strawberry.argument(description="What to compare with.")
    ] = Comparison.PREVIOUS_PERIOD,
    first: FirstArgument = FIRST,
) -> MetricChanges | None:
    viewer, most, beside = info.context.user, bounded(first), compare or Comparison.PREVIOUS_PERIOD
    checked(metric, dimension, None)
    if metric is Metric.UNIT_PRICE:
        raise BadInput("Prices do not add up, so that none has a part in a change.")

    def read(stores: list[models.Store]) -> list[Any]:
        seen = seen_by(viewer, stores, metric, dimension)
        windows = {
            store: (days, _before(days, beside))
            for store, days in _days(seen, range_or_preference(viewer, range)).items()
        }
        found = movements.changes_of(windows=windows, metric=metric, dimension=dimension)
        return [
            _changes(store, found[store.pk], metric, most) if store.pk in found else Forbidden()
            for store in stores
        ]

    return cast("MetricChanges", await info.context.load(level(info), root.store, read))


def _days(stores: list[models.Store], chosen: DateRange) -> dict[models.Store, Days]:
    now = clock.now()
    return {store: chosen.days(store, now) for store in stores}


def _before(days: Days, compare: Comparison) -> Days:
    before = metrics.compared(days, compare)
    check_compared(before.start)
    return before


def _trends(store: models.Store, found: Trends, metric: Metric) -> MetricTrends:
    def shown(group: Group) -> MetricGroup:
        return MetricGroup.of(group, store)

    return MetricTrends(
        start=found.days.start,
        end=found.days.end,
        currency=metrics.currency_of(metric, store.currency),
        total=Trend(**vars(found.total)),
        groups=[GroupTrend(group=shown(group), **vars(trend)) for group, trend in found.groups],
    )


def _changes(store: models.Store, found: Changes, metric: Metric, first: int) -> MetricChanges:
    return MetricChanges(
        start=found.days.start,
        end=found.days.end,
        compared=ComparedDays(start=found.before.start, end=found.before.end),
        currency=metrics.currency_of(metric, store.currency),
        total=cast("MetricTotal", found.total),
        contributions=[
            MetricContribution(**vars(row) | {"group": MetricGroup.of(row.group, store)})
            for row in found.contributions[:first]
        ],
    )
