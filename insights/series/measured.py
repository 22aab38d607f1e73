"""Any metric by any dimension and step of time, as the rows of a table."""

from __future__ import annotations

from datetime import datetime

from core.models import Store
from core.ranges import Days
from insights.metrics import OF_MONEY, Dimension, Grain, Metric, Total, figure
from insights.series.reports import Source
from insights.series.totals import totals
from insights.tables import WEEKDAYS, Cell, Row


def measured(
    *, store: Store, days: Days, metric: Metric, dimension: Dimension | None, grain: Grain | None
) -> Source:
    """Find the rows of a metric over some days, one for each step, group and currency that has something.

    They are in the order and number of `tables.columns_of`.
    """
    found = totals(spans={store: days}, metric=metric, dimension=dimension, grain=grain)[store.pk]

    def show(total: Total) -> Row:
        start, cells = total.start, list[Cell]()
        if grain is not None:
            cells.append(start.astimezone(store.zone) if isinstance(start, datetime) else start)
        if dimension is not None:
            cells.append(_named(total, dimension))
        if metric in OF_MONEY:
            cells.append(total.currency)
        return (*cells, figure(metric, total), total.count)

    return Source(found, show)


def _named(total: Total, dimension: Dimension) -> Cell:
    if dimension is Dimension.WEEKDAY and isinstance(total.key, int):
        return WEEKDAYS[total.key]
    return total.key if dimension is Dimension.HOUR else total.name
