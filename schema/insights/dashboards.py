"""`analytics.dashboard`: what each screen of a dashboard needs, in one field each."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any

import strawberry
from django.utils import timezone as clock

from core import models
from core.ranges import Days
from core.roles import Permission
from core.tenancy import among
from insights import bill_board, boards, dashboards, suggestion_board
from insights.analyses import Period
from insights.breakdowns import Group, Point
from insights.models import Alert, Suggestion
from schema.context import Info, level
from schema.energy.usage import EnergyUsage, energy_for
from schema.enums import Weekday
from schema.errors import BadInput, Forbidden
from schema.insights.metrics import ComparedDays, MetricGroup, MetricPoint, MetricTotal, figure
from schema.insights.sales import Sales, sales_of
from schema.insights.side_boards import BillsDashboard, SuggestionsDashboard
from schema.ranges import EARLIEST, LATEST, DateRange, RangeArgument, check_compared, range_or_preference

Stores = list[models.Store]
Read = Callable[[Stores, Mapping[int, datetime.date]], Mapping[int, Any]]


@strawberry.type(description="Some days beside as many before; amounts in the store's currency alone.")
class PeriodFigures:
    start: datetime.date = figure("The first day.")
    end: datetime.date = figure("The day after the last.")
    compared: ComparedDays = figure("The days compared with: as much of the period before.")
    spend: MetricTotal = figure("What was spent.")
    revenue: MetricTotal = figure("What came in.")
    orders: MetricTotal = figure("How many orders were completed.")


@strawberry.type(description="What an owner looks at first.")
class MainDashboard:
    currency: str = figure("ISO 4217 code of the amounts: the store's. Other currencies are left out.")
    timezone: str = figure("IANA name of the zone that days are counted in: the store's.")
    today: PeriodFigures = figure("Today, beside yesterday.")
    week: PeriodFigures = figure("The week until today, beside as many days of the week before.")
    month: PeriodFigures = figure("The month until today, beside as many days of the month before.")
    open_orders: int = figure("How many orders somebody still has to do something for.")
    review_queue: int = figure("How many bills nobody has confirmed.")
    unread_alerts: int = figure("How many alerts nobody has read.")
    open_suggestions: int = figure("How many suggestions nobody has decided on.")


@strawberry.type(description="A week or a month; until today where it goes on.")
class PeriodDashboard:
    period: Period = figure("Week or month.")
    currency: str = figure("ISO 4217 code of the amounts: the store's. Other currencies are left out.")
    timezone: str = figure("IANA name of the zone that days are counted in: the store's.")
    figures: PeriodFigures = figure("All of it, beside as much of the period before.")
    spend_by_day: list[MetricPoint] = figure("What was spent, every day.")
    revenue_by_day: list[MetricPoint] = figure("What came in, every day.")
    spend_by_category: list[MetricGroup] = figure("What was spent, by category, the 10 largest.")
    revenue_by_category: list[MetricGroup] = figure("What came in, by category of product, the 10 largest.")


@strawberry.type(description="What a day of the week comes to.")
class WeekdayPattern:
    weekday: Weekday = figure("The day.")
    days: int = figure("How many such days the range has.")
    spend: Decimal = figure("What was spent on all of them.")
    revenue: Decimal = figure("What came in on all of them.")
    average_spend: Decimal | None = figure("What was spent on one, to the cent; null where there is none.")
    average_revenue: Decimal | None = figure("What came in on one, likewise.")


@strawberry.type(description="The data of the five charts over a range of days.")
class ChartsDashboard:
    start: datetime.date = figure("The first day.")
    end: datetime.date = figure("The day after the last.")
    currency: str = figure("ISO 4217 code of the amounts: the store's. Other currencies are left out.")
    timezone: str = figure("IANA name of the zone that days are counted in: the store's.")
    spend_trend: list[MetricPoint] = figure("What was spent every day, beside as many days before.")
    revenue_trend: list[MetricPoint] = figure("What came in every day, beside as many days before.")
    spend_by_category: list[MetricGroup] = figure("What was spent, by category, the 10 largest.")
    revenue_by_category: list[MetricGroup] = figure("What came in, by category of product, the 10 largest.")
    spend_by_month: list[MetricPoint] = figure(
        "What was spent in this month and the eleven before, whatever the range, beside the year before."
    )
    revenue_by_month: list[MetricPoint] = figure("What came in, likewise.")
    top_bought: list[MetricGroup] = figure("What most was spent on, by what the bills call it, at most 10.")
    top_sold: list[MetricGroup] = figure("The products that brought most, at most 10.")
    weekly_pattern: list[WeekdayPattern] = figure("Every day of the week, Monday first.")


OnArgument = Annotated[
    datetime.date | None,
    strawberry.argument(description="A day in the period; without it, today in the store's zone."),
]


@strawberry.type(
    description="What the screens of a dashboard show, a field each: null, with the error FORBIDDEN, where "
    "your role may not see it."
)
class Dashboards:
    store: strawberry.Private[models.Store]

    sales_overview: Sales | None = strawberry.field(
        resolver=sales_of, description="What was sold: as `Analytics.sales`."
    )
    energy: EnergyUsage | None = strawberry.field(
        resolver=energy_for(Permission.INSIGHT_VIEW, Permission.ENERGY_VIEW),
        description="What energy was used: as `Store.energy`.",
    )

    @strawberry.field(description="Today, the week and the month so far, and what waits for somebody.")
    async def main(self, info: Info) -> MainDashboard | None:
        seen = (info.context.user, Permission.INSIGHT_VIEW)

        def read(stores: Stores, today: Mapping[int, datetime.date]) -> Mapping[int, Any]:
            found = boards.main(
                stores=stores,
                today=today,
                alerts=Alert.objects.visible_to(*seen),
                suggestions=Suggestion.objects.visible_to(*seen),
            )
            return {store.pk: _main(store, found[store.pk]) for store in stores}

        board: MainDashboard = await _loaded(info, self.store, read)
        return board

    @strawberry.field(description="What was spent, on what paper, and what of it waits for somebody.")
    async def bills(self, info: Info, range: RangeArgument = None) -> BillsDashboard | None:
        viewer = info.context.user

        def read(stores: Stores, today: Mapping[int, datetime.date]) -> Mapping[int, Any]:
            spans = _spans(stores, range_or_preference(viewer, range))
            found = bill_board.read(spans=spans)
            return {store.pk: BillsDashboard.of(store, spans[store], found[store.pk]) for store in stores}

        board: BillsDashboard = await _loaded(info, self.store, read)
        return board

    @strawberry.field(description="What is suggested, what was decided, and what it is worth.")
    async def suggestions(self, info: Info) -> SuggestionsDashboard | None:
        viewer = info.context.user

        def read(stores: Stores, today: Mapping[int, datetime.date]) -> Mapping[int, Any]:
            seen = Suggestion.objects.visible_to(viewer, Permission.INSIGHT_VIEW)
            found = suggestion_board.read(stores=stores, seen=seen)
            return {store.pk: SuggestionsDashboard.of(store, found[store.pk]) for store in stores}

        board: SuggestionsDashboard = await _loaded(info, self.store, read)
        return board

    @strawberry.field(description="The week that holds a day.")
    async def weekly(self, info: Info, on: OnArgument = None) -> PeriodDashboard | None:
        return await _of_period(info, self.store, Period.WEEK, on)

    @strawberry.field(description="The month that holds a day.")
    async def monthly(self, info: Info, on: OnArgument = None) -> PeriodDashboard | None:
        return await _of_period(info, self.store, Period.MONTH, on)

    @strawberry.field(
        description="Five charts: trend, categories, comparison of months, top items, weekly pattern."
    )
    async def analytics(self, info: Info, range: RangeArgument = None) -> ChartsDashboard | None:
        viewer = info.context.user

        def read(stores: Stores, today: Mapping[int, datetime.date]) -> Mapping[int, Any]:
            spans = _spans(stores, range_or_preference(viewer, range))
            found = boards.charts(spans=spans, today=today)
            return {store.pk: _charts(store, spans[store], found[store.pk]) for store in stores}

        board: ChartsDashboard = await _loaded(info, self.store, read)
        return board


async def _loaded(info: Info, store: models.Store, read: Read) -> Any:
    """Read a dashboard together with those of the other stores of a list."""
    viewer = info.context.user

    def batch(stores: Stores) -> list[Any]:
        seen, now = among(stores, viewer, Permission.INSIGHT_VIEW), clock.now()
        today = {store.pk: now.astimezone(store.zone).date() for store in seen}
        found = read(seen, today) if seen else {}
        return [found.get(store.pk) or Forbidden() for store in stores]

    return await info.context.load(level(info), store, batch)


async def _of_period(
    info: Info, store: models.Store, period: Period, on: datetime.date | None
) -> PeriodDashboard | None:
    if on is not None and not EARLIEST <= on < LATEST:
        raise BadInput(f"`on` lies from {EARLIEST} to {LATEST}.")

    def read(stores: Stores, today: Mapping[int, datetime.date]) -> Mapping[int, Any]:
        days = {store.pk: on or today[store.pk] for store in stores}
        found = boards.of_period(stores=stores, period=period, on=days, today=today)
        return {store.pk: _period(store, found[store.pk]) for store in stores}

    board: PeriodDashboard = await _loaded(info, store, read)
    return board


def _spans(stores: Stores, chosen: DateRange) -> dict[models.Store, Days]:
    """Resolve a range, which leaves room for as many days before it."""
    now = clock.now()
    spans = {store: chosen.days(store, now) for store in stores}
    for days in spans.values():
        check_compared(days.start - (days.end - days.start))
    return spans


def _of(store: models.Store) -> dict[str, Any]:
    return {"currency": store.currency, "timezone": store.timezone}


def _main(store: models.Store, board: boards.Main) -> MainDashboard:
    figures = {name: _figures(getattr(board, name)) for name in ("today", "week", "month")}
    return MainDashboard(**_of(store) | vars(board) | figures)


def _figures(found: dashboards.Lately) -> PeriodFigures:
    beside = ComparedDays(start=found.compared.start, end=found.compared.end)
    return PeriodFigures(**vars(found) | {"compared": beside})


def _period(store: models.Store, board: boards.OfPeriod) -> PeriodDashboard:
    given = _lists(store, board) | {"figures": _figures(board.figures)}
    return PeriodDashboard(**_of(store), **given)


def _charts(store: models.Store, days: Days, board: dashboards.Charts) -> ChartsDashboard:
    pattern = [
        WeekdayPattern(**vars(row) | {"weekday": Weekday(row.weekday)}) for row in board.weekly_pattern
    ]
    given = _lists(store, board) | {"weekly_pattern": pattern}
    return ChartsDashboard(start=days.start, end=days.end, **_of(store), **given)


def _lists(store: models.Store, board: Any) -> dict[str, Any]:
    """Give the fields of a board, its points and groups in the form of the API."""
    return {
        name: [_shown(row, store) for row in value] if isinstance(value, tuple) else value
        for name, value in vars(board).items()
    }


def _shown(row: Any, store: models.Store) -> Any:
    if isinstance(row, Point):
        return MetricPoint.of(row, store)
    return MetricGroup.of(row, store) if isinstance(row, Group) else row
