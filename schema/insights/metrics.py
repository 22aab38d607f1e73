"""Any metric by any dimension and step of time: what the window on the books can tell."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any, cast

import strawberry

from core import models
from core.ranges import Days
from insights import breakdowns, metrics, series
from insights.analyses import Period
from insights.metrics import Comparison, Dimension, Grain, Metric
from schema.context import Info, level
from schema.enums import Weekday, described
from schema.insights.asked import Asked
from schema.nodes import TYPES, Node, load

MAX_HOURLY_DAYS = 32

NODES = {
    Dimension.CATEGORY: "Category",
    Dimension.MERCHANT: "Merchant",
    Dimension.PRODUCT: "Product",
    Dimension.BRAND: "Brand",
    Dimension.COLLECTION: "Collection",
    Dimension.CUSTOMER: "Customer",
    Dimension.DEVICE: "Device",
    Dimension.DEVICE_CATEGORY: "DeviceCategory",
}

described(
    Period,
    name="AnalysisPeriod",
    description="How long a time an analysis looks at.",
    values={
        "WEEK": "Seven days from the day on which the store's week starts.",
        "MONTH": "A calendar month.",
    },
)
described(
    Dimension,
    name="Dimension",
    description="What a metric is told apart by.",
    values={
        "CATEGORY": "The category of the bills, or of the products sold.",
        "MERCHANT": "Who was paid.",
        "ITEM": "What was bought, by its description, whatever its case and spaces.",
        "PRODUCT": "The product bought or sold.",
        "BRAND": "The brand of the product: the artist in a music store.",
        "COLLECTION": "The collection of the product: the album in a music store.",
        "CUSTOMER": "Who ordered.",
        "CHANNEL": "Whence the order came.",
        "DEVICE": "What used energy.",
        "DEVICE_CATEGORY": "The category of the device.",
        "WEEKDAY": "The day of the week, Monday first.",
        "HOUR": "The hour of the day, in the store's zone; of bills the one on paper.",
    },
)
described(
    Grain,
    name="Grain",
    description="In what steps of time.",
    values={
        "HOUR": f"Hours of the store's clock, of at most {MAX_HOURLY_DAYS} days; not for SPEND and prices.",
        "DAY": "Days of the store's zone.",
        "WEEK": "Weeks from the day on which the store's week starts; the first and the last may be cut.",
        "MONTH": "Calendar months; the first and the last may be cut.",
    },
)
described(
    Comparison,
    name="Comparison",
    description="What days are compared with.",
    values={
        "PREVIOUS_PERIOD": "As many days right before.",
        "YEAR_AGO": "The same days of the year before.",
    },
)


def figure(description: str) -> Any:
    return strawberry.field(description=description)


@strawberry.type(description="A value of a metric, beside that of the days compared with.")
class MetricTotal:
    value: Decimal | None = figure(
        "In the currency of the answer, kWh, or a number. Null for the price of what was not bought, and for "
        "the cost of energy without a tariff."
    )
    count: int = figure("How many bills, orders, lines or readings it is of.")
    previous: Decimal | None = figure("The value of the days compared with; null without any.")
    previous_count: int | None = figure("How many the previous value is of; null without any.")
    change: Decimal | None = figure("The value less the previous one.")
    ratio: Decimal | None = figure(
        "The change as a part of the previous value, 0.5 being half as much again; null where that is zero."
    )


@strawberry.type(description="A metric in one step of time, beside the step of the same place compared with.")
class MetricPoint(MetricTotal):
    date: datetime.date = figure(
        "The first day of the step; of a cut week or month it lies before the range."
    )
    hour: datetime.datetime | None = figure("When the hour begins; null in longer steps.")
    whole: bool = figure("False for energy of a day of which less than nine tenths were read.")

    @classmethod
    def of(cls, point: breakdowns.Point, store: models.Store) -> MetricPoint:
        given = dict(vars(point))
        start = given.pop("start")
        hour = start if isinstance(start, datetime.datetime) else None
        return cls(date=hour.astimezone(store.zone).date() if hour else start, hour=hour, **given)


@strawberry.type(description="One of the groups that a metric is told apart by.")
class MetricGroup(MetricTotal):
    dimension: strawberry.Private[Dimension]
    key: strawberry.Private[metrics.Key]
    name: str = figure("Its name, or the commonest spelling on paper; empty for the clock, and for the rest.")
    share: Decimal | None = figure(
        "Its part of all groups, 1 being all, to four places; null where that is zero, and for prices."
    )
    points: list[MetricPoint] = figure("Every step, first to last; of a breakdown none.")

    @classmethod
    def of(cls, group: breakdowns.Group, store: models.Store) -> MetricGroup:
        return cls(**vars(group) | {"points": [MetricPoint.of(point, store) for point in group.points]})

    @strawberry.field(description="What it is: null for a name on paper, for the clock, and out of sight.")
    async def node(self, info: Info) -> Node | None:
        if self.dimension not in NODES or not isinstance(self.key, int):
            return None
        return cast("Node | None", await load(info, TYPES[NODES[self.dimension]], self.key))

    @strawberry.field(description="The day of the week, by WEEKDAY.")
    def weekday(self) -> Weekday | None:
        return Weekday(self.key) if self.dimension is Dimension.WEEKDAY else None

    @strawberry.field(description="The hour of the day, 0 to 23, by HOUR; null for bills that bear no time.")
    def hour(self) -> int | None:
        return cast("int | None", self.key) if self.dimension is Dimension.HOUR else None


@strawberry.type(description="A value in a currency that is not the store's; never converted.")
class CurrencyAmount:
    currency: str = figure("ISO 4217 code.")
    value: Decimal | None = figure("In this currency, or a number.")
    count: int = figure("How many bills, orders or lines it is of.")


@strawberry.type(description="Which days are compared with.")
class ComparedDays:
    start: datetime.date = figure("The first day.")
    end: datetime.date = figure("The day after the last.")


@strawberry.type(description="On how many of the days there is anything in the books.")
class MetricCoverage:
    days: int = figure("How many days are looked at.")
    recorded: int = figure("On how many of them there is anything; on the others the figures are zero.")
    partial: int = figure("How many of these have energy of which less than nine tenths were read.")
    first: datetime.date | None = figure("The first such day; null without any.")
    last: datetime.date | None = figure("The last one.")


@strawberry.type(description="A metric by group, over all the days.")
class MetricBreakdown:
    asked: strawberry.Private[Asked]
    metric: Metric = figure("What is measured.")
    dimension: Dimension | None = figure("What it is told apart by.")
    start: datetime.date = figure("The first day.")
    end: datetime.date = figure("The day after the last.")
    timezone: str = figure("IANA name of the zone that days and hours are counted in: the store's.")
    currency: str | None = figure("ISO 4217 code of the amounts: the store's; null for what is no money.")
    compared: ComparedDays | None = figure("The days compared with; null without a comparison.")
    total: MetricTotal = figure("All of it, whatever the groups.")
    groups: list[MetricGroup] = figure("The largest first; weekdays and hours in their order, all of them.")
    rest: MetricTotal = figure("What the groups beyond `first` come to.")
    other_currencies: list[CurrencyAmount] = figure("Other currencies, by code; in no other figure.")

    @strawberry.field(description="On how many of the days there is anything in the books.")
    async def coverage(self, info: Info) -> MetricCoverage | None:
        if self.metric is Metric.UNIT_PRICE:
            return None
        key = (self.asked.store, self.asked.days)
        found = await info.context.load(level(info), key, lambda keys: _coverages(self.metric, keys))
        return cast("MetricCoverage", found)


@strawberry.type(description="A metric in steps of time.")
class MetricSeries(MetricBreakdown):
    grain: Grain = figure("In what steps.")
    points: list[MetricPoint] = figure("Every step, first to last, all groups together.")


def _coverages(metric: Metric, keys: list[tuple[models.Store, Days]]) -> list[MetricCoverage]:
    """Look at the days of each store; `recorded` reads each store over one range, so equal ones share it."""
    found = series.recorded(windows={store.pk: days for store, days in keys}, metric=metric)
    return [MetricCoverage(**vars(metrics.coverage(days, found[store.pk]))) for store, days in keys]
