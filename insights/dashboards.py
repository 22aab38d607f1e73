"""What dashboards show: figures of today, a week or a month so far, and the data of their charts. Pure.

A period that goes on is compared with as much of the one before; all figures are in the store's currency.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from core.ranges import Days, month, week
from insights.analyses import Period
from insights.breakdowns import Figure, Group, Point, Rows, Steps, groups_of, points_of, whole_of
from insights.metrics import CENT, Dimension, Grain, Metric, Total, compared, every, steps
from insights.metrics import Comparison as Beside
from insights.rows import Window

ONE_DAY = timedelta(days=1)
MONTHS = 12  # that are compared with those of the year before
TOP = 10


@dataclass(frozen=True, kw_only=True)
class Lately:
    """Some days beside others: what was spent, what came in, and by how many orders."""

    start: date
    end: date
    compared: Days
    spend: Figure
    revenue: Figure
    orders: Figure


@dataclass(frozen=True, kw_only=True)
class Weekday:
    """What a day of the week comes to: in all, and a day; `weekday` counts as date.weekday() does."""

    weekday: int
    days: int
    spend: Decimal
    revenue: Decimal
    average_spend: Decimal | None
    average_revenue: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Charts:
    """The data of the five charts."""

    spend_trend: tuple[Point, ...]
    revenue_trend: tuple[Point, ...]
    spend_by_category: tuple[Group, ...]
    revenue_by_category: tuple[Group, ...]
    spend_by_month: tuple[Point, ...]
    revenue_by_month: tuple[Point, ...]
    top_bought: tuple[Group, ...]
    top_sold: tuple[Group, ...]
    weekly_pattern: tuple[Weekday, ...]


def today_alone(today: date) -> Window:
    return Window.beside(Days(today, today + ONE_DAY))


def so_far(*, period: Period, on: date, today: date, week_start: int) -> Window:
    """Give the period that holds `on`, until today where that is in it, beside as much of the one before.

    Raises: OverflowError where the calendar ends.
    """

    def holding(day: date) -> Days:
        return week(day, week_start) if period is Period.WEEK else month(day)

    whole = holding(on)
    before = holding(whole.start - ONE_DAY)
    if not whole.start <= today < whole.end:
        return Window(days=whole, before=before)
    passed = today + ONE_DAY - whole.start
    end = before.end if today + ONE_DAY == whole.end else min(before.start + passed, before.end)
    return Window(days=Days(whole.start, today + ONE_DAY), before=Days(before.start, end))


def lately(window: Window, spend: Rows, revenue: Rows) -> Lately:
    """Put together what sums by day say of a window."""
    bought, bought_before = within(window.days, spend), within(window.before, spend)
    sold, sold_before = within(window.days, revenue), within(window.before, revenue)
    return Lately(
        start=window.days.start,
        end=window.days.end,
        compared=window.before,
        spend=whole_of(Metric.SPEND, bought, bought_before),
        revenue=whole_of(Metric.REVENUE, sold, sold_before),
        orders=whole_of(Metric.ORDERS, _orders(sold), _orders(sold_before)),
    )


def within(days: Days, rows: Rows) -> list[Total]:
    """Keep the sums by day of some days."""
    return [row for row in rows if isinstance(row.start, date) and days.start <= row.start < days.end]


def _orders(rows: Rows) -> list[Total]:
    """Take sums of revenue for sums of orders: their rows are orders."""
    return [replace(row, value=Decimal(row.count)) for row in rows]


def trend(metric: Metric, window: Window, rows: Rows) -> tuple[Point, ...]:
    """Give every day of a window beside that of the same place before."""
    now, before = list(every(window.days)), list(every(window.before))
    return points_of(
        metric, Steps(now=now, before=before), within(window.days, rows), within(window.before, rows)
    )


def year_of_months(today: date) -> Days:
    """Give the month that holds `today` and those before it, a year of them."""
    last = month(today)
    return Days(last.end.replace(year=last.end.year - 1), last.end)


def by_month(metric: Metric, today: date, rows: Rows) -> tuple[Point, ...]:
    """Give each month of the last year beside the same of the year before."""
    days = year_of_months(today)
    before = compared(days, Beside.YEAR_AGO)
    found = [replace(row, start=row.start.replace(day=1)) for row in rows if isinstance(row.start, date)]
    made = Steps(now=steps(days, Grain.MONTH, 0), before=steps(before, Grain.MONTH, 0))
    return points_of(metric, made, within(days, found), within(before, found))


def pattern(days: Days, spend: Rows, revenue: Rows) -> tuple[Weekday, ...]:
    """Give every day of the week, Monday first, with its mean over the days."""
    counted = [day.weekday() for day in every(days)]
    return tuple(
        _weekday(number, counted.count(number), within(days, spend), within(days, revenue))
        for number in range(7)
    )


def _weekday(number: int, days: int, spend: Rows, revenue: Rows) -> Weekday:
    spent, taken = (
        sum(
            (row.value for row in rows if isinstance(row.start, date) and row.start.weekday() == number),
            Decimal("0.00"),
        )
        for rows in (spend, revenue)
    )
    return Weekday(
        weekday=number,
        days=days,
        spend=spent,
        revenue=taken,
        average_spend=_mean(spent, days),
        average_revenue=_mean(taken, days),
    )


def _mean(value: Decimal, days: int) -> Decimal | None:
    return (value / days).quantize(CENT, ROUND_HALF_UP) if days else None


def largest(
    metric: Metric, dimension: Dimension, rows: Rows, before: Rows | None = None
) -> tuple[Group, ...]:
    """Give the largest groups."""
    return groups_of(metric, dimension, rows, before, first=TOP, steps=None)[0]


def top(metric: Metric, dimension: Dimension, rows: Sequence[Total]) -> tuple[Group, ...]:
    """Give the largest groups that are of something: what has no key is left out."""
    return largest(metric, dimension, [row for row in rows if row.key is not None])
