"""`analytics.forecasts`: what the night kept of days to come, and how it has done."""

from __future__ import annotations

import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

import strawberry

from core import models
from core.roles import Permission
from core.tenancy import among
from insights import outlooks
from insights.forecasting.grains import Grain, Model, Tier
from insights.metrics import OF_ENERGY, Metric, currency_of
from insights.outlooks import Kept
from schema.context import Info, level
from schema.enums import described
from schema.errors import Forbidden

PLACES = Decimal("0.0001")


class ForecastMetric(StrEnum):
    SPEND = "SPEND"
    REVENUE = "REVENUE"
    ENERGY_KWH = "ENERGY_KWH"


described(
    ForecastMetric,
    name="ForecastMetric",
    description="What is forecast.",
    values={
        "SPEND": "The bills that are not VOID, in the store's currency.",
        "REVENUE": "The completed orders, in the store's currency.",
        "ENERGY_KWH": "Energy used, in kWh.",
    },
)
described(
    Grain,
    name="ForecastGrain",
    description="What periods are forecast.",
    values={
        "DAILY": "The next 28 days.",
        "WEEKLY": "The next 8 weeks, from the store's first day of the week.",
        "MONTHLY": "The next 3 calendar months.",
    },
)
described(
    Tier,
    name="ForecastStatus",
    description="What the history is long enough for.",
    values={
        "NOT_ENOUGH_DATA": "No forecast: `periodsPresent` of `periodsNeeded` are there.",
        "NAIVE": "The season before again, as long as little is known: provisional, without intervals.",
        "PROFILE": "The usual shape of the week around the present level, a short way ahead.",
        "AVERAGE": "An average of models, which know nothing of the year yet.",
        "FULL": "An average of models that know the year.",
    },
)
described(
    Model,
    name="ForecastingMethod",
    description="How a forecast is made.",
    values={
        "SEASONAL_NAIVE": "The season before again: the same day of last week, or month of last year.",
        "LINEAR_REGRESSION": "Ridge regression on past values, the calendar and holidays.",
        "RANDOM_FOREST": "A random forest on the same.",
        "PROFILE": "The usual shape of the season around the present level.",
        "AVERAGE": "An average of the models, weighted by how each did in the back-test.",
    },
)


@strawberry.type(
    description="How forecasts did from past origins, each knowing only what was known then; figures are "
    "null where they are not defined."
)
class BacktestFigures:
    mase: Decimal | None = strawberry.field(
        description="Mean absolute scaled error: the error as a part of the one that repeating the last "
        "season makes one season ahead; less than 1 is better."
    )
    wape: Decimal | None = strawberry.field(
        description="Sum of absolute errors as a part of the sum of absolute actuals, 0.1 being a tenth."
    )
    mae: Decimal | None = strawberry.field(description="Mean absolute error, in the metric's unit.")
    rmse: Decimal | None = strawberry.field(
        description="Root of the mean squared error, in the metric's unit."
    )
    coverage: Decimal | None = strawberry.field(
        description="The part of what came that lay between `low` and `high`, which aim at 0.8, where these "
        "are made from the other origins."
    )
    origins: int = strawberry.field(description="From how many origins it was tried.")


@strawberry.type(description="What is expected of a period, and what came.")
class ForecastPoint:
    start: datetime.date = strawberry.field(description="Its first day, in the store's zone.")
    end: datetime.date = strawberry.field(description="The day after its last.")
    predicted: Decimal = strawberry.field(description="What is expected, in `currency` or kWh.")
    low: Decimal | None = strawberry.field(
        description="Four times in five it is not less; null without a trial."
    )
    high: Decimal | None = strawberry.field(description="Four times in five it is not more, with `low`.")
    low95: Decimal | None = strawberry.field(description="As `low`, 19 times in 20.")
    high95: Decimal | None = strawberry.field(description="As `high`, 19 times in 20.")
    actual: Decimal | None = strawberry.field(
        description="What came; null before, and where it is not known."
    )
    made_on: datetime.date = strawberry.field(description="The last day that the forecast knew.")


@strawberry.type(description="How forecasts that were served did, by what came since.")
class ForecastAccuracy:
    accuracy: Decimal | None = strawberry.field(
        description="1 − WAPE: 1 less the sum of absolute errors as a part of the sum of absolute actuals. 1 "
        "is perfect; it may be negative; null where nothing came to anything."
    )
    mase: Decimal | None = strawberry.field(
        description="The mean absolute error as a part of the back-test's seasonal error; below 1 is better."
    )
    coverage: Decimal | None = strawberry.field(
        description="The part of what came that lay between `low` and `high`, which aim at 0.8."
    )
    periods: int = strawberry.field(description="Over how many of the last 90 periods.")


@strawberry.type(description="What is expected of a metric, how sure that is, and how good it has been.")
class Forecasts:
    metric: ForecastMetric = strawberry.field(description="What is forecast.")
    grain: Grain = strawberry.field(description="In what periods.")
    status: Tier = strawberry.field(description="What the history is long enough for.")
    currency: str | None = strawberry.field(
        description="ISO 4217 code of amounts: the store's; null for kWh."
    )
    periods_present: int = strawberry.field(description="How many periods of history there are.")
    periods_needed: int = strawberry.field(description="How many a first forecast takes.")
    model: Model | None = strawberry.field(
        description="The method served: SEASONAL_NAIVE where the others did no better in the back-test."
    )
    version: int | None = strawberry.field(description="Version of the method; null without a forecast.")
    made_on: datetime.date | None = strawberry.field(description="The last day that it knew.")
    backtest: BacktestFigures | None = strawberry.field(
        description="How the method served did in the back-test; null where the history is too short for one."
    )
    baseline: BacktestFigures | None = strawberry.field(description="How SEASONAL_NAIVE did in the same.")
    next: list[ForecastPoint] = strawberry.field(
        description="The periods to come, first to last; the first may have begun."
    )
    past: list[ForecastPoint] = strawberry.field(
        description="What was said of the last 90 periods that have ended, before each began; first to last."
    )
    accuracy: ForecastAccuracy = strawberry.field(
        description="How those of `past` did whose actual is known."
    )


async def forecasts_of(
    root: Any,
    info: Info,
    metric: Annotated[ForecastMetric, strawberry.argument(description="What to forecast.")],
    grain: Annotated[Grain | None, strawberry.argument(description="In what periods.")] = Grain.DAILY,
) -> Forecasts | None:
    viewer, chosen = info.context.user, grain or Grain.DAILY
    found: Forecasts = await info.context.load(
        level(info), root.store, lambda stores: _answers(viewer, stores, metric, chosen)
    )
    return found


def _answers(
    viewer: models.User, stores: list[models.Store], metric: ForecastMetric, grain: Grain
) -> list[Forecasts | Exception]:
    """Read what is kept for each store, in two statements for all; one out of sight gets its error."""
    seen = among(stores, viewer, Permission.INSIGHT_VIEW)
    if Metric(metric) in OF_ENERGY:
        seen = among(seen, viewer, Permission.ENERGY_VIEW)
    kept = outlooks.kept(stores=seen, metric=Metric(metric), grain=grain)
    return [
        _forecasts(store, metric, grain, kept[store.pk]) if store.pk in kept else Forbidden()
        for store in stores
    ]


def _forecasts(store: models.Store, metric: ForecastMetric, grain: Grain, kept: Kept) -> Forecasts:
    row = kept.model
    return Forecasts(
        metric=metric,
        grain=grain,
        status=Tier(row.tier) if row else Tier.NOT_ENOUGH_DATA,
        currency=currency_of(Metric(metric), store.currency),
        periods_present=row.periods if row else 0,
        periods_needed=outlooks.needed(grain),
        model=Model(row.model) if row and row.model else None,
        version=row.version if row and row.model else None,
        made_on=row.made_on if row else None,
        backtest=_figures(row.backtest) if row else None,
        baseline=_figures(row.baseline) if row else None,
        next=[_point(point) for point in kept.next],
        past=[_point(point) for point in kept.past],
        accuracy=ForecastAccuracy(
            accuracy=_decimal(kept.accuracy),
            mase=_decimal(kept.mase),
            coverage=_decimal(kept.coverage),
            periods=kept.known,
        ),
    )


def _figures(found: dict[str, Any]) -> BacktestFigures | None:
    if not found:
        return None
    figures = {name: _decimal(found.get(name)) for name in ("mase", "wape", "mae", "rmse")}
    return BacktestFigures(
        **figures, coverage=_decimal(found.get("coverage80")), origins=found.get("origins") or 0
    )


def _decimal(figure: float | None) -> Decimal | None:
    return None if figure is None else Decimal(repr(figure)).quantize(PLACES)


def _point(row: Any) -> ForecastPoint:
    return ForecastPoint(
        start=row.for_date,
        end=row.end,
        predicted=row.predicted,
        low=row.low80,
        high=row.high80,
        low95=row.low95,
        high95=row.high95,
        actual=row.actual,
        made_on=row.made_on,
    )
