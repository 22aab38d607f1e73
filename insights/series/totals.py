"""Any metric by any dimension in any steps of time: sums of many stores at once.

Orders take one SQL statement, bills two and energy five at most, however many stores there are. Days, weeks
and hours are those of each store. Every row names its currency: what is not the store's is not added to
what is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from heapq import nlargest
from typing import Any

from django.db.models import Count, F
from django.utils import timezone

from core import sums
from core.models import Store
from core.ranges import Days
from insights.analyses import folded
from insights.clock import hour_of
from insights.metrics import (
    NOTHING,
    OF_ENERGY,
    Dimension,
    Grain,
    Key,
    Metric,
    Start,
    Total,
    check,
    every,
    figure,
    merged,
    step_of,
)
from insights.series import rolled
from insights.series.energy import energy_totals
from insights.series.sources import BOOKS, Book, Measure
from insights.series.spans import Spans

KEPT = {Dimension(by.value): by for by in rolled.By}  # groups of which the books keep sums by month
BY_NAME = (Dimension.ITEM, Dimension.MERCHANT)  # spellings of one thing are put together
UNIT = " / "
DAILY, MONTHLY = ("currency", "units", "count"), ("currency", "of_units", "bills")
Place = tuple[Start, Key, str]  # of a sum: its step, group and currency


def totals(
    *,
    spans: Spans,
    metric: Metric,
    dimension: Dimension | None = None,
    grain: Grain | None = None,
    first: int | None = None,
) -> dict[int, list[Total]]:
    """Sum a metric for each store, by group and step of time as far as these are asked; no row for nothing.

    With `first`, no more groups need be told than so many of the largest in the store's currency; what the
    others come to is a row for each currency then.

    Raises: ValueError for what the books cannot tell.
    """
    check(metric, dimension, grain)
    if first is not None and metric is Metric.SPEND and dimension in KEPT and grain is None:
        return _largest(spans, dimension, first)
    stores = {store.pk: store for store in spans}
    found: dict[int, dict[Place, list[Total]]] = {key: defaultdict(list) for key in stores}
    names: dict[tuple[int, Key], Counter[str]] = defaultdict(Counter)
    if spans:
        for key, row in _rows(spans, metric, dimension, grain):
            start, group = _start(row, grain, stores[key]), _key(row, dimension, stores[key])
            found[key][start, group, row.currency].append(row)
            if dimension is not None:
                names[key, group][row.name] += row.count
    return {
        key: [
            _named(merged(rows, start=start, key=group), names.get((key, group)))
            for (start, group, _), rows in sorted(places.items(), key=_order)
        ]
        for key, places in found.items()
    }


def daily(*, windows: Mapping[int, Days], metric: Metric) -> dict[int, dict[date, Decimal]]:
    """Give every day of each store's window, in its currency: 0 where nothing is `recorded`."""
    found = recorded(windows=windows, metric=metric)
    return {
        store: {
            day: (figure(metric, found[store][day]) or NOTHING) if day in found[store] else NOTHING
            for day in every(days)
        }
        for store, days in windows.items()
    }


def recorded(*, windows: Mapping[int, Days], metric: Metric) -> dict[int, dict[date, Total]]:
    """Give the days of each store's window of which there is anything in the books, oldest first."""
    stores = Store.objects.in_bulk(list(windows)) if windows else {}
    found = totals(
        spans={store: windows[key] for key, store in stores.items()}, metric=metric, grain=Grain.DAY
    )
    return {
        key: {
            row.start: row
            for row in found.get(key, [])
            if isinstance(row.start, date) and row.currency in ("", stores[key].currency)
        }
        for key in windows
    }


def _rows(
    spans: Spans, metric: Metric, dimension: Dimension | None, grain: Grain | None
) -> Iterator[tuple[int, Total]]:
    if metric in OF_ENERGY:
        yield from energy_totals(
            spans=spans, metric=metric, dimension=dimension, grain=grain, now=timezone.now()
        )
        return
    if metric is Metric.SPEND and (kept := _from_sums(spans, dimension, grain)) is not None:
        yield from kept
        return
    by_clock = (None, Dimension.WEEKDAY, Dimension.HOUR)
    book, measure = next(
        (book, measure)
        for book, measure in BOOKS[metric]
        if dimension in by_clock or dimension in book.groups
    )
    for row in _statement(book, measure, spans, dimension, grain):
        value, base = sums.decimal(row["units"], measure.places), NOTHING
        if measure.base is not None:
            base = sums.decimal(row["base_units"], measure.base_places)
        yield (
            row["of_store"],
            Total(
                start=row.get("at"),
                key=row.get("group"),
                name=row.get("label") or "",
                currency=row["in_currency"],
                value=base - value if metric is Metric.PROFIT else value,
                base=base,
                count=row["n"],
            ),
        )


def _from_sums(
    spans: Spans, dimension: Dimension | None, grain: Grain | None
) -> Iterator[tuple[int, Total]] | None:
    """Read what was spent from the sums that the books keep; None for what they do not tell."""
    keys = {store.pk: days for store, days in spans.items()}
    if dimension is None and grain is Grain.MONTH:
        return _of_days(rolled.months(keys).values_list("store_id", "month", *MONTHLY))
    if dimension in (None, Dimension.WEEKDAY):
        return _of_days(rolled.days(keys).values_list("store_id", "booked_on", *DAILY))
    if dimension in KEPT and grain in (None, Grain.MONTH):
        return _of_groups(keys, KEPT[dimension], monthly=grain is not None)
    return None


def _of_days(rows: Iterable[tuple[int, date, str, int, int]]) -> Iterator[tuple[int, Total]]:
    for store, day, currency, units, count in rows:
        yield store, Total(start=day, currency=currency, value=sums.decimal(units), count=count)


def _of_groups(spans: Mapping[int, Days], by: str, *, monthly: bool) -> Iterator[tuple[int, Total]]:
    for row in rolled.groups(spans, by, monthly=monthly):
        value = sums.decimal(row.units)
        total = Total(
            start=row.at, key=row.key, name=row.name, currency=row.currency, value=value, count=row.count
        )
        yield row.store, total


def _largest(spans: Spans, dimension: Dimension, first: int) -> dict[int, list[Total]]:
    """Give each store's largest groups of what was spent in its currency, and what the others come to.

    Of thousands of groups a few are shown: of the others nothing is made but whole numbers.
    """
    keys = {store.pk: days for store, days in spans.items()}
    rows = [(row, _group(row.key, row.name, dimension)) for row in rolled.groups(keys, KEPT[dimension])]
    found: dict[int, dict[tuple[Key, str], tuple[int, int]]] = {key: {} for key in keys}
    for row, group in rows:
        of_store, place = found[row.store], (group, row.currency)
        units, count = of_store.get(place, (0, 0))
        of_store[place] = units + row.units, count + row.count
    shown = {store.pk: _shown(found[store.pk], store.currency, first) for store in spans}
    names: dict[tuple[int, Key], Counter[str]] = defaultdict(Counter)
    for row, group in rows:
        if group in shown[row.store]:
            names[row.store, group][row.name] += row.count
    told: dict[int, list[Total]] = {}
    for store in spans:
        rest: dict[str, tuple[int, int]] = {}
        told[store.pk] = []
        for (group, currency), (units, count) in found[store.pk].items():
            if currency == store.currency and group in shown[store.pk]:
                total = Total(key=group, currency=currency, value=sums.decimal(units), count=count)
                told[store.pk].append(_named(total, names[store.pk, group]))
            else:
                more, bills = rest.get(currency, (0, 0))
                rest[currency] = units + more, count + bills
        told[store.pk] += (
            Total(currency=currency, value=sums.decimal(units), count=count, rest=True)
            for currency, (units, count) in sorted(rest.items())
        )
    return told


def _shown(found: Mapping[tuple[Key, str], tuple[int, int]], own: str, first: int) -> set[Key]:
    """Choose so many of the largest groups in a currency, and all that are as large as the last of them."""
    largest = nlargest(first, (units for (_, currency), (units, _) in found.items() if currency == own))
    if not largest:
        return set()
    return {
        group for (group, currency), (units, _) in found.items() if currency == own and units >= largest[-1]
    }


def _statement(
    book: Book, measure: Measure, spans: Spans, dimension: Dimension | None, grain: Grain | None
) -> Any:
    """Ask for the sums of a book, by the columns that steps and groups need."""
    columns: dict[str, Any] = {"of_store": F(book.store), "in_currency": F(book.currency)}
    if grain is Grain.HOUR:
        columns["at"] = book.minute
    elif grain is not None or dimension is Dimension.WEEKDAY:
        columns["at"] = book.day
    if dimension is Dimension.HOUR:
        columns["group"] = book.hour
    elif dimension is not None and dimension in book.groups:
        columns["group"], columns["label"] = book.groups[dimension]
    summed = {"units": measure.value, "n": Count("pk")}
    if measure.base is not None:
        summed["base_units"] = measure.base
    return book.rows(spans).order_by().values(**columns).annotate(**summed)


def _start(row: Total, grain: Grain | None, store: Store) -> Start:
    if grain is None or row.start is None:
        return None
    if isinstance(row.start, datetime):
        return hour_of(row.start, store.zone)
    return step_of(row.start, grain, store.week_start)


def _key(row: Total, dimension: Dimension | None, store: Store) -> Key:
    """Say which group a row belongs to; one that is known by its name has the folded name for a key."""
    if dimension is Dimension.WEEKDAY:
        start = row.start.astimezone(store.zone) if isinstance(row.start, datetime) else row.start
        return None if start is None else start.weekday()
    return _group(row.key, row.name, dimension)


def _group(key: Key, name: str, dimension: Dimension | None) -> Key:
    if dimension in BY_NAME and key is None:
        return folded(name.removesuffix(UNIT)) or None
    return key


def _named(total: Total, names: Counter[str] | None) -> Total:
    """Call a group by its commonest name, its spaces tidied; by the first in the alphabet of several."""
    if not names:
        return total
    name = min(names, key=lambda text: (-names[text], text))
    tidied = " ".join(name.removesuffix(UNIT).split())
    return total if tidied == total.name else replace(total, name=tidied)


def _order(place: tuple[Place, list[Total]]) -> tuple[Any, ...]:
    """Sort by step, the largest group first, and the rest by what tells groups apart."""
    (start, key, currency), rows = place
    return str(start), -sum(row.value for row in rows), str(key), currency
