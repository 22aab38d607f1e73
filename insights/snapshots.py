"""Analyses that are kept: each store's weeks and months, computed by the night until its day.

The week and the month that hold the day are computed so far, and those before them again: papers come late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import timezone

from core.models import Store
from core.ranges import Days, month, week
from insights import series
from insights.analyses import Period, ratio
from insights.breakdowns import own
from insights.metrics import CENT, Dimension, Metric, Total, figure, merged
from insights.models import Analysis
from insights.rows import DaySum
from insights.series import EnergyOfDay

ONE_DAY = timedelta(days=1)
FIGURES = (
    "end", "until", "currency", "spend", "bill_count", "needs_review_count", "revenue", "order_count",
    "profit", "energy_kwh", "energy_cost", "categories",
)  # fmt: skip


def keep(*, stores: Sequence[Store], days: Mapping[int, date]) -> None:
    """Keep the analyses of some stores until a day of each; a step of the night."""
    periods = {store: list(_periods(store, days[store.pk])) for store in stores}
    whole = {
        store: Days(min(one.start for _, one in made), days[store.pk] + ONE_DAY)
        for store, made in periods.items()
    }
    bills = series.by_day(spans={store.pk: span for store, span in whole.items()})
    energy = series.energy_by_day(spans=whole, now=timezone.now())
    rows = []
    for number in range(2 * len(Period)):
        spans = {store: _passed(made[number][1], days[store.pk]) for store, made in periods.items()}
        read = _read(spans)
        for store, span in spans.items():
            period, its = periods[store][number]
            figures = _figures(
                store, span, bills[store.pk], energy[store.pk], {name: read[name][store.pk] for name in read}
            )
            rows.append(Analysis(store=store, period=period, start=its.start, end=its.end, **figures))
    Analysis.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["store", "period", "start"],
        update_fields=[*FIGURES, "updated_at"],
    )


def _read(spans: Mapping[Store, Days]) -> dict[str, dict[int, list[Total]]]:
    """Sum what was spent by category, what was sold and what was earned in some days of each store."""
    return {
        "spend": series.totals(spans=spans, metric=Metric.SPEND, dimension=Dimension.CATEGORY),
        "revenue": series.totals(spans=spans, metric=Metric.REVENUE),
        "profit": series.totals(spans=spans, metric=Metric.PROFIT),
    }


def _periods(store: Store, day: date) -> Iterator[tuple[Period, Days]]:
    """Give the week and the month that hold a day, and the ones before."""
    for period in Period:
        whole = _holding(store, period, day)
        yield period, _holding(store, period, whole.start - ONE_DAY)
        yield period, whole


def _holding(store: Store, period: Period, day: date) -> Days:
    return week(day, store.week_start) if period is Period.WEEK else month(day)


def _passed(whole: Days, day: date) -> Days:
    """Give the days of a period that have passed."""
    return Days(whole.start, min(whole.end, day + ONE_DAY))


def _figures(
    store: Store,
    days: Days,
    bills: Sequence[DaySum],
    energy: Mapping[date, EnergyOfDay],
    read: Mapping[str, Sequence[Total]],
) -> dict[str, Any]:
    entered = [row for row in bills if days.start <= row.day < days.end and row.currency == store.currency]
    spend, revenue, profit = (own(store.currency, read[name]) for name in ("spend", "revenue", "profit"))
    used = [row for at, row in energy.items() if days.start <= at < days.end]
    costs = [row.cost for row in used if row.cost is not None]
    return {
        "until": days.end,
        "currency": store.currency,
        "spend": figure(Metric.SPEND, merged(spend)),
        "bill_count": sum(row.count for row in entered),
        "needs_review_count": sum(row.needs_review for row in entered),
        "revenue": figure(Metric.REVENUE, merged(revenue)),
        "order_count": sum(row.count for row in revenue),
        "profit": figure(Metric.PROFIT, merged(profit)) if profit else None,
        "energy_kwh": sum((row.kwh for row in used), Decimal("0.000000")),
        "energy_cost": sum(costs, Decimal(0)).quantize(CENT, ROUND_HALF_UP) if costs else None,
        "categories": _categories(spend),
    }


def _categories(rows: Sequence[Total]) -> list[dict[str, Any]]:
    """Tell each category, largest first; text, since JSON knows no decimals."""
    whole = sum((row.value for row in rows), Decimal(0))
    return [
        {
            "category": row.key,
            "name": row.name,
            "total": str(figure(Metric.SPEND, row)),
            "count": row.count,
            "share": None if (share := ratio(row.value, whole)) is None else str(share),
        }
        for row in sorted(rows, key=lambda row: (-row.value, row.name, row.key))
    ]
