"""Figures over the books of a store: all of them hang off one type."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from django.utils import timezone as clock

from core import models
from core.roles import Permission
from core.tenancy import among
from insights import analyses, series
from insights.analyses import Period
from insights.rows import Window
from schema.catalog.types import Category
from schema.connections import Connection, paged
from schema.context import Info, level
from schema.energy.usage import EnergyUsage, energy_for
from schema.errors import BadInput, Forbidden
from schema.insights.alert_filters import AlertFilter, AlertOrder, AlertRuleOrder
from schema.insights.alerts import Alert, AlertRule
from schema.insights.dashboards import Dashboards
from schema.insights.forecasts import Forecasts, forecasts_of
from schema.insights.history import AnalysisFilter, AnalysisOrder, AnalysisSnapshot
from schema.insights.metrics import MetricBreakdown, MetricSeries
from schema.insights.movements import MetricChanges, MetricTrends, changes_of, trends_of
from schema.insights.reports import MetricReport, Report, metric_report_of, report_of
from schema.insights.sales import Sales, sales_of
from schema.insights.series import breakdown_of, series_of
from schema.insights.suggestion_filters import SuggestionFilter, SuggestionOrder
from schema.insights.suggestions import Suggestion
from schema.nodes import one
from schema.ranges import DateRange, RangeArgument, range_or_preference

if TYPE_CHECKING:
    from schema.receipts.types import Merchant


@strawberry.type(description="What went to one category in the period.")
class CategoryShare:
    category: Category | None = one("The category, if in sight.", source="category_id", to="Category")
    name: str = strawberry.field(description="Name of the category.")
    total: Decimal = strawberry.field(description="Sum of its bills, in the analysis' currency.")
    count: int = strawberry.field(description="How many bills.")
    share: Decimal | None = strawberry.field(
        description="Its part of the period's total, 1 being all, to four places; null where that is zero."
    )


@strawberry.type(
    description="Something bought in the period: lines of one description, whatever its case and spaces."
)
class TopItem:
    description: str = strawberry.field(description="Its commonest spelling.")
    quantity: Decimal = strawberry.field(description="How many, or how much in the units it was sold in.")
    total: Decimal = strawberry.field(description="Sum of its lines, in the analysis' currency.")
    count: int = strawberry.field(description="How many lines.")


@strawberry.type(description="Somebody paid in the period.")
class TopMerchant:
    merchant: Annotated[Merchant, strawberry.lazy("schema.receipts.types")] | None = one(
        "The merchant; null where it is known by its name on paper alone.",
        source="merchant_id",
        to="Merchant",
    )
    name: str = strawberry.field(description="Name of the merchant, else the commonest spelling on paper.")
    total: Decimal = strawberry.field(description="Sum of its bills, in the analysis' currency.")
    count: int = strawberry.field(description="How many bills.")


@strawberry.type(description="What was spent on a day.")
class DayTotal:
    date: datetime.date = strawberry.field(description="The day, in the store's zone.")
    total: Decimal = strawberry.field(description="Sum of the bills booked on it, in the analysis' currency.")
    count: int = strawberry.field(description="How many bills.")


@strawberry.type(description="The period before, in the same currency.")
class PreviousPeriod:
    start: datetime.date = strawberry.field(description="Its first day.")
    end: datetime.date = strawberry.field(
        description="The day after its last: the first of the period itself."
    )
    total: Decimal = strawberry.field(description="Sum of its bills.")
    count: int = strawberry.field(description="How many bills.")
    average: Decimal | None = strawberry.field(
        description="Mean of the bills that say their total, to the cent; null without any."
    )


@strawberry.type(description="How a period differs from the one before.")
class Change:
    total: Decimal = strawberry.field(description="Its total less the total of the one before.")
    ratio: Decimal | None = strawberry.field(
        description="That as a part of the one before, 0.5 being half as much again; null where it was zero."
    )


@strawberry.type(description="Bills of the period in a currency that is not the store's; never converted.")
class CurrencyTotal:
    currency: str = strawberry.field(description="ISO 4217 code.")
    total: Decimal = strawberry.field(description="Sum of the bills.")
    count: int = strawberry.field(description="How many bills.")
    needs_review_count: int = strawberry.field(description="How many of them nobody has confirmed.")
    undated_count: int = strawberry.field(description="How many of them count on the day of their entry.")


@strawberry.type(
    description="What a store spent in a range of days: its bills by the day they are booked on, without "
    "those that are VOID. All amounts are in `currency`; other currencies stand in `otherCurrencies` alone."
)
class Spending:
    start: datetime.date = strawberry.field(description="The first day.")
    end: datetime.date = strawberry.field(description="The day after the last.")
    timezone: str = strawberry.field(
        description="IANA name of the zone that days are counted in: the store's."
    )
    currency: str = strawberry.field(description="ISO 4217 code of the amounts: the store's.")
    total: Decimal = strawberry.field(description="Sum of the bills.")
    count: int = strawberry.field(description="How many bills.")
    average: Decimal | None = strawberry.field(
        description="Mean of the bills that say their total, to the cent; null without any."
    )
    needs_review_count: int = strawberry.field(description="How many of the bills nobody has confirmed.")
    undated_count: int = strawberry.field(
        description="How many of the bills bear no date and count on the day of their entry."
    )
    unknown_total_count: int = strawberry.field(
        description="How many of the bills do not say their total: they count, but add nothing."
    )
    by_category: list[CategoryShare] = strawberry.field(description="By the bill's category, largest first.")
    top_items: list[TopItem] = strawberry.field(
        description="What most was spent on, at most 10, largest first."
    )
    top_merchants: list[TopMerchant] = strawberry.field(
        description="Who was paid most, at most 10, largest first; bills without any name left out."
    )
    by_day: list[DayTotal] = strawberry.field(description="Every day, first to last.")
    other_currencies: list[CurrencyTotal] = strawberry.field(
        description="The bills in other currencies, by code."
    )


@strawberry.type(
    description="What a store spent in a week or a month: as `Spending`, beside the period before."
)
class Analysis(Spending):
    period: Period = strawberry.field(description="Week or month.")
    previous: PreviousPeriod = strawberry.field(description="The period before.")
    change: Change = strawberry.field(description="Compared with the period before.")


@strawberry.type(description="Every figure over the books of one store.")
class Analytics:
    store: strawberry.Private[Any]  # its row

    @property
    def pk(self) -> int:
        """The store's key, by which its lists are read."""
        return int(self.store.pk)

    alerts: Connection[Alert] = paged(
        "What is out of the ordinary, the newest day first.",
        node="Alert",
        via="store",
        order=AlertOrder,
        default=AlertOrder.DAY_DESC,
        filter=AlertFilter,
    )
    alert_rules: Connection[AlertRule] = paged(
        "The thresholds of the store's own.",
        node="AlertRule",
        via="store",
        order=AlertRuleOrder,
        default=AlertRuleOrder.CREATED_AT_DESC,
    )
    suggestions: Connection[Suggestion] = paged(
        "What may save or bring money, what is worth most first.",
        node="Suggestion",
        via="store",
        order=SuggestionOrder,
        default=SuggestionOrder.SAVING_DESC,
        filter=SuggestionFilter,
    )
    energy: EnergyUsage | None = strawberry.field(
        resolver=energy_for(Permission.INSIGHT_VIEW, Permission.ENERGY_VIEW),
        description="What energy the store has used: as `Store.energy`.",
    )

    @strawberry.field(
        description="What the store spent in a week or a month. Null, with the error FORBIDDEN, where your "
        "role may not see insights; the other stores of a list still answer."
    )
    async def analysis(
        self,
        info: Info,
        period: Annotated[Period, strawberry.argument(description="Week or month.")],
        on: Annotated[
            datetime.date | None,
            strawberry.argument(description="A day in the period; without it, today in the store's zone."),
        ] = None,
    ) -> Analysis | None:
        viewer = info.context.user
        found: Analysis = await info.context.load(
            level(info), self.store, lambda stores: _analyses(viewer, stores, period, on)
        )
        return found

    @strawberry.field(
        description="What the store spent in a range of days. Null, with the error FORBIDDEN, as `analysis`."
    )
    async def spending(
        self,
        info: Info,
        range: RangeArgument = None,
    ) -> Spending | None:
        viewer = info.context.user
        found: Spending = await info.context.load(
            level(info), self.store, lambda stores: _spendings(viewer, stores, range)
        )
        return found

    sales: Sales | None = strawberry.field(
        resolver=sales_of,
        description="What the store sold in a range of days. Null, with the error FORBIDDEN, as `analysis`.",
    )

    @strawberry.field(description="What the screens of a dashboard show.")
    def dashboard(self) -> Dashboards:
        return Dashboards(store=self.store)

    history: Connection[AnalysisSnapshot] = paged(
        "The weeks and months that the night has kept, newest first; empty where you may not see insights.",
        node="AnalysisSnapshot",
        via="store",
        order=AnalysisOrder,
        default=AnalysisOrder.START_DESC,
        filter=AnalysisFilter,
    )
    trends: MetricTrends | None = strawberry.field(
        resolver=trends_of,
        description="Where a metric and its groups go. Null, with the error FORBIDDEN, as `analysis`.",
    )
    changes: MetricChanges | None = strawberry.field(
        resolver=changes_of,
        description="What has changed most, and why. Null, with the error FORBIDDEN, as `analysis`.",
    )
    series: MetricSeries | None = strawberry.field(
        resolver=series_of,
        description="A metric in steps of time, by group too. Null, with the error FORBIDDEN, as `analysis`.",
    )
    breakdown: MetricBreakdown | None = strawberry.field(
        resolver=breakdown_of,
        description="A metric by group. Null, with the error FORBIDDEN, as `analysis`.",
    )
    forecasts: Forecasts | None = strawberry.field(
        resolver=forecasts_of,
        description="What is expected of a metric in the periods to come, as the last night forecast it. "
        "Null, with the error FORBIDDEN, as `analysis`; of energy also where your role may not see energy.",
    )
    metric_report: MetricReport | None = strawberry.field(
        resolver=metric_report_of,
        description="Any metric by any dimension as a table to look at or take along, one store at a time. "
        "Null, with the error FORBIDDEN, as `series`.",
    )
    report: Report | None = strawberry.field(
        resolver=report_of,
        description="A table to look at or take along, of one store at a time. Null, with the error "
        "FORBIDDEN, where your role may not see what it tells.",
    )


def _analyses(
    viewer: models.User, stores: list[models.Store], period: Period, on: datetime.date | None
) -> list[Analysis | Exception]:
    """Analyse each store, in five statements for all; one that the viewer may not see gets its error."""
    now = clock.now()
    try:
        windows = {
            store.pk: analyses.window(
                period=period, on=on or now.astimezone(store.zone).date(), week_start=store.week_start
            )
            for store in among(stores, viewer, Permission.INSIGHT_VIEW)
        }
    except ValueError as error:
        raise BadInput(f"`on` is no day to analyse: {error}") from error
    books = series.books(windows=windows)
    return [
        Analysis(
            timezone=store.timezone,
            **vars(analyses.analyse(period=period, currency=store.currency, books=books[store.pk])),
        )
        if store.pk in books
        else Forbidden()
        for store in stores
    ]


def _spendings(
    viewer: models.User, stores: list[models.Store], given: DateRange | None
) -> list[Spending | Exception]:
    """Sum up each store, in six statements at most for all; as `_analyses` does."""
    now = clock.now()
    chosen = range_or_preference(viewer, given)
    books = series.books(
        windows={
            store.pk: Window.alone(chosen.days(store, now))
            for store in among(stores, viewer, Permission.INSIGHT_VIEW)
        }
    )
    return [
        Spending(
            timezone=store.timezone,
            **vars(analyses.spend(currency=store.currency, books=books[store.pk])),
        )
        if store.pk in books
        else Forbidden()
        for store in stores
    ]
