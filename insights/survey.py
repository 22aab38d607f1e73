"""What the books of many stores say is unusual about a day: series read together, judged together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.models import Store
from core.ranges import Days
from insights import series
from insights.anomalies import judge, window
from insights.calendars import holidays_among, near_holiday
from insights.causes import Deviation, Part
from insights.lines import Group, Lines
from insights.metrics import Dimension, Metric, every
from insights.verdicts import LONG, SHORT, Change, Verdict

D, M = Dimension, Metric
# By what each metric is taken apart, the one that explains it best first.
PARTS: dict[Metric, tuple[Dimension, ...]] = {
    M.SPEND: (D.MERCHANT, D.CATEGORY),
    M.REVENUE: (D.PRODUCT, D.CATEGORY),
    M.ENERGY_KWH: (D.DEVICE,),
}
SAME_WEEKDAYS = 8


@dataclass(frozen=True)
class Survey:
    """A store's day: what is unusual, and the series that it was judged by."""

    store: Store
    day: date
    deviations: tuple[Deviation, ...]
    lines: Lines

    def parts(self, metric: Metric, change: Change) -> list[Part]:
        """Say what each part of a metric added to the day, or to the days of a level, and what is usual."""
        told = {M.PROFIT: M.REVENUE, M.ORDERS: M.REVENUE, M.ITEMS: M.REVENUE, M.ENERGY_COST: M.ENERGY_KWH}
        metric = told.get(metric, metric)
        dimension = PARTS[metric][0]
        level = change is Change.LEVEL
        now, before = slice(-SHORT, None), slice(-SHORT - LONG, -SHORT)
        return [
            Part(
                kind=dimension,
                key=group[2],
                name=line.name,
                value=line.mean(metric, now) if level else line.at(metric, -1),
                usual=line.mean(metric, before) if level else line.usual(metric, SAME_WEEKDAYS),
            )
            for group, line in self.lines.items()
            if group[:2] == (metric, dimension)
        ]

    def similar(self, deviation: Deviation) -> list[tuple[date, Decimal]]:
        """Give the past days that a verdict is like, with what they came to."""
        line = self.lines[deviation.metric, deviation.dimension, deviation.key]
        first = window(self.day)[0]
        return [
            (first + timedelta(days=column), line.at(deviation.metric, column))
            for column in deviation.verdict.similar
        ]


def survey(*, stores: Sequence[Store], days: Mapping[int, date]) -> list[Survey]:
    """Judge a day of each store: all metrics, and what they are made of."""
    lines = series.lines(spans={store: Days(*window(days[store.pk])) for store in stores})
    return [
        Survey(store, days[store.pk], tuple(found), lines[store.pk])
        for store, found in zip(stores, _judged(stores, days, lines), strict=True)
    ]


def _judged(
    stores: Sequence[Store], days: Mapping[int, date], lines: Mapping[int, Lines]
) -> list[list[Deviation]]:
    """Judge the series of all stores in one go; holidays are as days that are not known."""
    asked: list[tuple[int, Group]] = []
    rows: list[NDArray[np.float64]] = []
    near: list[bool] = []
    for place, store in enumerate(stores):
        day = days[store.pk]
        for group, line in lines[store.pk].items():
            if _worth_judging(group, line.values[-1]):
                asked.append((place, group))
                rows.append(np.where(_closed(store.timezone, day), np.nan, line.values))
                near.append(_near(store.timezone, day))
    found: dict[int, list[Deviation]] = defaultdict(list)
    if rows:
        for (place, group), verdict in zip(asked, judge(np.array(rows), near=np.array(near)), strict=True):
            if verdict is not None and _counts(group, verdict):
                metric, dimension, key = group
                name = lines[stores[place].pk][group].name
                found[place].append(
                    Deviation(metric=metric, dimension=dimension, key=key, name=name, verdict=verdict)
                )
    return [found[place] for place in range(len(stores))]


def _worth_judging(group: Group, last: float) -> bool:
    """Leave out parts that did nothing on the day: what is not bought or sold on a day is no news."""
    return group[1] in (None, D.DEVICE) or last > 0


def _counts(group: Group, verdict: Verdict) -> bool:
    return group[1] in (None, D.DEVICE) or verdict.rises


@lru_cache(maxsize=64)  # stores of a zone share it
def _closed(zone: str, day: date) -> NDArray[np.bool_]:
    """Tell which days of a window are holidays."""
    days = list(every(Days(*window(day))))
    off = holidays_among(zone, days)
    return np.array([one in off for one in days])


_near = lru_cache(maxsize=64)(near_holiday)
