"""What the books of many stores say is unusual about a day: series read together, judged together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median

import numpy as np

from core.models import Store
from core.ranges import Days
from insights import series
from insights.anomalies import WINDOW, judge, matrix, window
from insights.calendars import holidays_among, near_holiday
from insights.causes import Deviation, Part
from insights.metrics import OF_ENERGY, Dimension, Grain, Key, Metric, Total, every, figure
from insights.verdicts import LONG, SHORT, Change, Verdict

D, M = Dimension, Metric
WATCHED = (M.SPEND, M.REVENUE, M.PROFIT, M.ORDERS, M.ITEMS, M.ENERGY_KWH, M.ENERGY_COST)
# By what each metric is taken apart, the one that explains it best first.
PARTS: dict[Metric, tuple[Dimension, ...]] = {
    M.SPEND: (D.MERCHANT, D.CATEGORY),
    M.REVENUE: (D.PRODUCT, D.CATEGORY),
    M.ENERGY_KWH: (D.DEVICE,),
}
SAME_WEEKDAYS = 8

Line = dict[date, Decimal]  # the days of a series that have something
Group = tuple[Metric, Dimension | None, Key]


@dataclass(frozen=True)
class Survey:
    """A store's day: what is unusual, and the series that it was judged by."""

    store: Store
    day: date
    deviations: tuple[Deviation, ...]
    lines: Mapping[Group, Line]
    names: Mapping[Group, str]

    def parts(self, metric: Metric, change: Change) -> list[Part]:
        """Say what each part of a metric added to the day, or to the days of a level, and what is usual."""
        told = {M.PROFIT: M.REVENUE, M.ORDERS: M.REVENUE, M.ITEMS: M.REVENUE, M.ENERGY_COST: M.ENERGY_KWH}
        metric = told.get(metric, metric)
        dimension = PARTS[metric][0]
        days = SHORT if change is Change.LEVEL else 1
        return [
            Part(
                kind=dimension,
                key=group[2],
                name=self.names[group],
                value=_mean(line, self.day, 0, days),
                usual=_mean(line, self.day, SHORT, LONG) if days > 1 else _usual(line, self.day),
            )
            for group, line in self.lines.items()
            if group[:2] == (metric, dimension)
        ]

    def similar(self, deviation: Deviation) -> list[tuple[date, Decimal]]:
        """Give the past days that a verdict is like, with what they came to."""
        line = self.lines[deviation.metric, deviation.dimension, deviation.key]
        first = window(self.day)[0]
        days = [first + timedelta(days=column) for column in deviation.verdict.similar]
        return [(day, line.get(day, Decimal(0))) for day in days]


def survey(*, stores: Sequence[Store], days: Mapping[int, date]) -> list[Survey]:
    """Judge a day of each store: all metrics, and what they are made of."""
    spans = {store: Days(*window(days[store.pk])) for store in stores}
    lines: dict[int, dict[Group, Line]] = {store.pk: {} for store in stores}
    names: dict[int, dict[Group, str]] = {store.pk: {} for store in stores}
    for metric in WATCHED:
        for dimension in (None, *PARTS.get(metric, ())):
            found = series.totals(spans=spans, metric=metric, dimension=dimension, grain=Grain.DAY)
            for store in stores:
                _collect(lines[store.pk], names[store.pk], metric, dimension, found[store.pk], store)
    return [
        Survey(store, days[store.pk], tuple(found), lines[store.pk], names[store.pk])
        for store, found in zip(stores, _judged(stores, days, lines, names), strict=True)
    ]


def _collect(
    lines: dict[Group, Line],
    names: dict[Group, str],
    metric: Metric,
    dimension: Dimension | None,
    totals: Iterable[Total],
    store: Store,
) -> None:
    """Sort sums into series, the store's currency alone; energy that was not read whole is not known."""
    for total in totals:
        if total.currency not in ("", store.currency) or not isinstance(total.start, date):
            continue
        if (dimension is not None and total.key is None) or not total.whole:
            continue
        value = figure(metric, total)
        if value is not None:
            group = (metric, dimension, total.key)
            lines.setdefault(group, {})[total.start] = value
            names[group] = total.name


def _judged(
    stores: Sequence[Store],
    days: Mapping[int, date],
    lines: Mapping[int, Mapping[Group, Line]],
    names: Mapping[int, Mapping[Group, str]],
) -> list[list[Deviation]]:
    """Judge the series of all stores in one go."""
    asked: list[tuple[int, Group]] = []
    rows: list[list[float]] = []
    near: list[bool] = []
    for place, store in enumerate(stores):
        day = days[store.pk]
        closed = holidays_among(store.timezone, every(Days(*window(day))))
        beside = near_holiday(store.timezone, day)
        for group, line in lines[store.pk].items():
            if _worth_judging(group, line, day):
                asked.append((place, group))
                rows.append(_row(group[0], line, day, closed))
                near.append(beside)
    found: dict[int, list[Deviation]] = defaultdict(list)
    if rows:
        for (place, group), verdict in zip(asked, judge(matrix(rows), near=np.array(near)), strict=True):
            if verdict is not None and _counts(group, verdict):
                metric, dimension, key = group
                name = names[stores[place].pk][group]
                found[place].append(
                    Deviation(metric=metric, dimension=dimension, key=key, name=name, verdict=verdict)
                )
    return [found[place] for place in range(len(stores))]


def _worth_judging(group: Group, line: Line, day: date) -> bool:
    """Leave out parts that did nothing on the day: what is not bought or sold on a day is no news."""
    return group[1] in (None, D.DEVICE) or day in line


def _counts(group: Group, verdict: Verdict) -> bool:
    return group[1] in (None, D.DEVICE) or verdict.rises


def _row(metric: Metric, line: Line, day: date, closed: frozenset[date]) -> list[float]:
    """Lay a series out over the window: nothing is 0 from its first day on, but for energy unknown."""
    first = min(line)
    gap = np.nan if metric in OF_ENERGY else 0.0
    row = []
    for offset in range(WINDOW - 1, -1, -1):
        at = day - timedelta(days=offset)
        if at < first or at in closed:
            row.append(np.nan)
        else:
            value = line.get(at)
            row.append(gap if value is None else float(value))
    return row


def _usual(line: Line, day: date) -> Decimal:
    same = [line.get(day - timedelta(weeks=n), Decimal(0)) for n in range(1, SAME_WEEKDAYS + 1)]
    return Decimal(median(same))


def _mean(line: Line, day: date, before: int, days: int) -> Decimal:
    values = [line.get(day - timedelta(days=before + n), Decimal(0)) for n in range(days)]
    return sum(values, Decimal(0)) / days
