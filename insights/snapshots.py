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
from insights.dashboards import within
from insights.metrics import CENT, Dimension, Grain, Metric, Total, figure, merged
from insights.models import Analysis
from insights.rows import DaySum

ONE_DAY = timedelta(days=1)
FIGURES = (
    "end", "until", "currency", "spend", "bill_count", "needs_review_count", "revenue", "order_count",
    "profit", "energy_kwh", "energy_cost", "categories",
)  # fmt: skip


def keep(*, stores: Sequence[Store], days: Mapping[int, date]) -> None:
    """Keep the analyses of some stores until a day of each; a step of the night."""
    spans = {store: _whole(store, days[store.pk]) for store in stores}
    keys = {store.pk: span for store, span in spans.items()}
    bills = series.by_day(spans=keys)
    read: dict[str, Mapping[int, Any]] = {
        "spend": series.totals(
            spans=spans, metric=Metric.SPEND, dimension=Dimension.CATEGORY, grain=Grain.DAY
        ),
        **{
            metric.lower(): series.totals(spans=spans, metric=metric, grain=Grain.DAY)
            for metric in (Metric.REVENUE, Metric.PROFIT)
        },
        "energy": series.energy_by_day(spans=spans, now=timezone.now()),
    }
    rows = [
        Analysis(store=store, period=period, start=whole.start, **figures)
        for store in stores
        for period, whole in _periods(store, days[store.pk])
        for figures in [_figures(store, whole, days[store.pk], bills[store.pk], read)]
    ]
    Analysis.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["store", "period", "start"],
        update_fields=[*FIGURES, "updated_at"],
    )


def _periods(store: Store, day: date) -> Iterator[tuple[Period, Days]]:
    """Give the week and the month that hold a day, and the ones before."""
    for period in Period:
        whole = _holding(store, period, day)
        yield period, _holding(store, period, whole.start - ONE_DAY)
        yield period, whole


def _holding(store: Store, period: Period, day: date) -> Days:
    return week(day, store.week_start) if period is Period.WEEK else month(day)


def _whole(store: Store, day: date) -> Days:
    return Days(min(whole.start for _, whole in _periods(store, day)), day + ONE_DAY)


def _figures(
    store: Store, whole: Days, day: date, bills: Sequence[DaySum], read: Mapping[str, Mapping[int, Any]]
) -> dict[str, Any]:
    """Give the figures of the days of a period that have passed."""
    days = Days(whole.start, min(whole.end, day + ONE_DAY))
    entered = [row for row in bills if days.start <= row.day < days.end and row.currency == store.currency]
    spend, revenue, profit = (
        within(days, own(store.currency, read[name][store.pk])) for name in ("spend", "revenue", "profit")
    )
    energy = [row for at, row in read["energy"][store.pk].items() if days.start <= at < days.end]
    costs = [row.cost for row in energy if row.cost is not None]
    return {
        "end": whole.end,
        "until": days.end,
        "currency": store.currency,
        "spend": figure(Metric.SPEND, merged(spend)),
        "bill_count": sum(row.count for row in entered),
        "needs_review_count": sum(row.needs_review for row in entered),
        "revenue": figure(Metric.REVENUE, merged(revenue)),
        "order_count": sum(row.count for row in revenue),
        "profit": figure(Metric.PROFIT, merged(profit)) if profit else None,
        "energy_kwh": sum((row.kwh for row in energy), Decimal("0.000000")),
        "energy_cost": sum(costs, Decimal(0)).quantize(CENT, ROUND_HALF_UP) if costs else None,
        "categories": _categories(spend),
    }


def _categories(rows: Sequence[Total]) -> list[dict[str, Any]]:
    """Sum up each category, largest first; text, since JSON knows no decimals."""
    groups: dict[Any, list[Total]] = {}
    for row in rows:
        groups.setdefault(row.key, []).append(row)
    whole = sum((row.value for row in rows), Decimal(0))
    summed = [(key, merged(group)) for key, group in groups.items()]
    summed.sort(key=lambda pair: (-pair[1].value, pair[1].name, pair[0]))
    return [
        {
            "category": key,
            "name": total.name,
            "total": str(figure(Metric.SPEND, total)),
            "count": total.count,
            "share": None if (share := ratio(total.value, whole)) is None else str(share),
        }
        for key, total in summed
    ]
