"""What the dashboards read: a bounded number of SQL statements each, however many stores there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from core.models import Store
from core.ranges import Days
from insights import dashboards, series
from insights.analyses import Period
from insights.breakdowns import Group, Point, own
from insights.dashboards import Charts, Lately
from insights.metrics import Comparison, Dimension, Grain, Metric, Total, compared
from insights.models import AlertQuerySet, SuggestionQuerySet
from insights.rows import Window
from receipts.models import Bill
from sales.models import Order

Today = Mapping[int, date]  # of each store
ByStore = dict[int, list[Total]]


@dataclass(frozen=True, kw_only=True)
class Main:
    """What an owner looks at first."""

    today: Lately
    week: Lately
    month: Lately
    open_orders: int
    review_queue: int
    unread_alerts: int
    open_suggestions: int


@dataclass(frozen=True, kw_only=True)
class OfPeriod:
    """A week or a month so far, by day and by category."""

    period: Period
    figures: Lately
    spend_by_day: tuple[Point, ...]
    revenue_by_day: tuple[Point, ...]
    spend_by_category: tuple[Group, ...]
    revenue_by_category: tuple[Group, ...]


def main(
    *, stores: Sequence[Store], today: Today, alerts: AlertQuerySet, suggestions: SuggestionQuerySet
) -> dict[int, Main]:
    """Look at today, the week and the month of each store, in three statements.

    `alerts` and `suggestions` are those that the viewer may see.
    """
    windows = {
        store.pk: (
            dashboards.today_alone(today[store.pk]),
            *(
                dashboards.so_far(
                    period=period, on=today[store.pk], today=today[store.pk], week_start=store.week_start
                )
                for period in Period
            ),
        )
        for store in stores
    }
    spans = {
        store: Days(
            min(window.before.start for window in windows[store.pk]),
            max(window.days.end for window in windows[store.pk]),
        )
        for store in stores
    }
    spend, revenue = _by_day(spans, Metric.SPEND), _by_day(spans, Metric.REVENUE)
    waiting = _waiting(stores, unread_alerts=alerts.unread(), open_suggestions=suggestions.open())
    made = {}
    for store in stores:
        day, week, month = (
            dashboards.lately(window, spend[store.pk], revenue[store.pk]) for window in windows[store.pk]
        )
        made[store.pk] = Main(today=day, week=week, month=month, **waiting[store.pk])
    return made


def _waiting(stores: Sequence[Store], **more: Any) -> dict[int, dict[str, int]]:
    """Count what waits for somebody: open orders, bills that nobody has confirmed, and more rows by name."""
    waiting = {"open_orders": Order.objects.open(), "review_queue": Bill.objects.to_review(), **more}
    rows = Store.objects.filter(pk__in=[store.pk for store in stores]).annotate(
        **{name: count_of(some) for name, some in waiting.items()}
    )
    return {row.pop("pk"): row for row in rows.values("pk", *waiting)}


def count_of(rows: Any) -> Coalesce:
    """Count the rows of each store of a query, in the query itself."""
    counted = rows.filter(store=OuterRef("pk")).order_by().values("store").annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n")), 0)


def of_period(
    *, stores: Sequence[Store], period: Period, on: Mapping[int, date], today: Today
) -> dict[int, OfPeriod]:
    """Look at the week or month that holds a day of each store, in six statements.

    Raises: OverflowError where the calendar ends.
    """
    windows = {
        store: dashboards.so_far(
            period=period, on=on[store.pk], today=today[store.pk], week_start=store.week_start
        )
        for store in stores
    }
    whole = {store: window.whole for store, window in windows.items()}
    spend, revenue = _by_day(whole, Metric.SPEND), _by_day(whole, Metric.REVENUE)
    bought, sold = _by_category(windows, Metric.SPEND), _by_category(windows, Metric.REVENUE)
    return {
        store.pk: OfPeriod(
            period=period,
            figures=dashboards.lately(window, spend[store.pk], revenue[store.pk]),
            spend_by_day=dashboards.trend(Metric.SPEND, window, spend[store.pk]),
            revenue_by_day=dashboards.trend(Metric.REVENUE, window, revenue[store.pk]),
            spend_by_category=bought[store.pk],
            revenue_by_category=sold[store.pk],
        )
        for store, window in windows.items()
    }


def _by_category(windows: Mapping[Store, Window], metric: Metric) -> dict[int, tuple[Group, ...]]:
    now = _own({store: window.days for store, window in windows.items()}, metric, Dimension.CATEGORY)
    then = _own({store: window.before for store, window in windows.items()}, metric, Dimension.CATEGORY)
    return {
        store.pk: dashboards.largest(metric, Dimension.CATEGORY, now[store.pk], then[store.pk])
        for store in windows
    }


def charts(*, spans: Mapping[Store, Days], today: Today) -> dict[int, Charts]:
    """Read the data of the five charts, in six statements."""
    windows = {store: Window.beside(days) for store, days in spans.items()}
    years = {}
    for store, window in windows.items():
        months = dashboards.year_of_months(today[store.pk])
        start = min(window.before.start, compared(months, Comparison.YEAR_AGO).start)
        years[store] = Days(start, max(window.days.end, months.end))
    spend, revenue = _by_day(years, Metric.SPEND), _by_day(years, Metric.REVENUE)
    bought, sold = _own(spans, Metric.SPEND, Dimension.ITEM), _own(spans, Metric.REVENUE, Dimension.PRODUCT)
    costs = _own(spans, Metric.SPEND, Dimension.CATEGORY)
    kinds = _own(spans, Metric.REVENUE, Dimension.CATEGORY)
    return {
        store.pk: Charts(
            spend_trend=dashboards.trend(Metric.SPEND, window, spend[store.pk]),
            revenue_trend=dashboards.trend(Metric.REVENUE, window, revenue[store.pk]),
            spend_by_category=dashboards.largest(Metric.SPEND, Dimension.CATEGORY, costs[store.pk]),
            revenue_by_category=dashboards.largest(Metric.REVENUE, Dimension.CATEGORY, kinds[store.pk]),
            spend_by_month=dashboards.by_month(Metric.SPEND, today[store.pk], spend[store.pk]),
            revenue_by_month=dashboards.by_month(Metric.REVENUE, today[store.pk], revenue[store.pk]),
            top_bought=dashboards.top(Metric.SPEND, Dimension.ITEM, bought[store.pk]),
            top_sold=dashboards.top(Metric.REVENUE, Dimension.PRODUCT, sold[store.pk]),
            weekly_pattern=dashboards.pattern(window.days, spend[store.pk], revenue[store.pk]),
        )
        for store, window in windows.items()
    }


def _by_day(spans: Mapping[Store, Days], metric: Metric) -> ByStore:
    return _own(spans, metric, None, Grain.DAY)


def _own(
    spans: Mapping[Store, Days], metric: Metric, dimension: Dimension | None, grain: Grain | None = None
) -> ByStore:
    found = series.totals(spans=spans, metric=metric, dimension=dimension, grain=grain)
    return {store.pk: own(store.currency, found[store.pk]) for store in spans}
