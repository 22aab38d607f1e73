"""Everything that is watched, by day, of many stores at once: each book is read once, as fine as needed.

A line's total, its merchants and its categories are sums of the same few rows. In the store's currency alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from django.db.models import Count, F
from django.utils import timezone

from catalog.models import Product
from core import sums
from core.ranges import Days
from energy.daily import daily_use
from energy.usage import PLACES as KWH_PLACES
from insights.analyses import folded
from insights.lines import Group, Line, Lines
from insights.metrics import Dimension, Key, Metric
from insights.series.sources import BILLS, LINES, ORDERS, QUANTITY_PLACES, Book
from insights.series.spans import Spans

D, M = Dimension, Metric
CENTS, THOUSANDTHS = sums.MONEY_PLACES, QUANTITY_PLACES
WATCHED = (M.SPEND, M.REVENUE, M.PROFIT, M.ORDERS, M.ITEMS, M.ENERGY_KWH, M.ENERGY_COST)


def lines(*, spans: Spans) -> dict[int, Lines]:
    """Read the days of each store: what it spent, sold and used, and what that was made of.

    Four statements, and those of `energy.daily`. Without a row, a day of money is 0 from the first one on.
    """
    found = {store.pk: _Sheet(days) for store, days in spans.items()}
    if spans:
        _spent(found, spans)
        _ordered(found, spans)
        _sold(found, spans)
        _used(found, spans)
    return {store: sheet.lines() for store, sheet in found.items()}


@dataclass
class _Sheet:
    """The sums of a store as they are read: whole units of so many decimal places, a day a place."""

    days: Days
    rows: dict[Group, list[float | None]] = field(default_factory=dict)
    places: dict[Group, int] = field(default_factory=dict)
    names: dict[Group, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def __post_init__(self) -> None:
        self.first = self.days.start.toordinal()
        self.length = (self.days.end - self.days.start).days

    def add(self, group: Group, day: date, units: int, places: int, name: str = "", count: int = 1) -> None:
        place = day.toordinal() - self.first
        try:
            row = self.rows[group]
        except KeyError:
            row = self.rows[group] = [None] * self.length
            self.places[group] = places
        row[place] = (row[place] or 0) + units
        if name:
            self.names[group][name] += count

    def lines(self) -> Lines:
        return {group: Line(self._name(group), self._values(group)) for group in self.rows}

    def _values(self, group: Group) -> Any:
        values = np.array(self.rows[group], dtype=float) / 10.0 ** self.places[group]
        if group[0] not in (M.ENERGY_KWH, M.ENERGY_COST):
            first = int(np.argmax(~np.isnan(values)))
            values[first:] = np.nan_to_num(values[first:])
        return values

    def _name(self, group: Group) -> str:
        """Call a group by its commonest name, its spaces tidied; by the first in the alphabet of several."""
        names = self.names.get(group)
        if not names:
            return ""
        return " ".join(min(names, key=lambda text: (-names[text], text)).split())


def _rows(book: Book, spans: Spans, *dimensions: Dimension, **summed: Any) -> Any:
    """Sum the rows of a book by store, day and groups; each group has its key and its name."""
    keys = {f"key_of_{one.lower()}": book.groups[one][0] for one in dimensions}
    names = {f"name_of_{one.lower()}": book.groups[one][1] for one in dimensions}
    columns = [column for pair in zip(keys, names, strict=True) for column in pair]
    rows = _own(book, spans).annotate(**keys, **names)
    return rows.values_list(book.store, "at", *columns).annotate(**summed)


def _own(book: Book, spans: Spans) -> Any:
    """Select the rows of a book in the currency of their store, with their day."""
    own = F(f"{book.store.removesuffix('_id')}__currency")
    return book.rows(spans).filter(**{book.currency: own}).annotate(at=book.day).order_by()


def _spent(found: Mapping[int, _Sheet], spans: Spans) -> None:
    rows = _rows(BILLS, spans, D.MERCHANT, D.CATEGORY, total=sums.units("total"), n=Count("pk"))
    for store, day, merchant, merchant_name, category, category_name, total, count in rows:
        sheet, units = found[store], total or 0
        sheet.add((M.SPEND, None, None), day, units, CENTS)
        key: Key = folded(merchant_name) or None if merchant is None else merchant
        if key is not None:
            sheet.add((M.SPEND, D.MERCHANT, key), day, units, CENTS, merchant_name, count)
        if category is not None:
            sheet.add((M.SPEND, D.CATEGORY, category), day, units, CENTS, category_name)


def _ordered(found: Mapping[int, _Sheet], spans: Spans) -> None:
    for store, day, units, count in _rows(ORDERS, spans, units=sums.units("total"), n=Count("pk")):
        found[store].add((M.REVENUE, None, None), day, units or 0, CENTS)
        found[store].add((M.ORDERS, None, None), day, count, 0)


def _sold(found: Mapping[int, _Sheet], spans: Spans) -> None:
    """Add the lines of orders; what a product is called and costs is read once, and not with each day."""
    rows = list(
        _own(LINES, spans)
        .values_list(LINES.store, "at", "product")
        .annotate(units=sums.units("total"), quantity_units=sums.units("quantity", THOUSANDTHS))
    )
    products = _products(found, {row[2] for row in rows})
    for store, day, product, units, quantity in rows:
        sheet, (name, cost, category, category_name) = found[store], products[product]
        sheet.add((M.ITEMS, None, None), day, quantity, THOUSANDTHS)
        if cost is not None:
            profit = units * 10**THOUSANDTHS - quantity * cost
            sheet.add((M.PROFIT, None, None), day, profit, THOUSANDTHS + CENTS)
        sheet.add((M.REVENUE, D.PRODUCT, product), day, units, CENTS, name)
        if category is not None:
            sheet.add((M.REVENUE, D.CATEGORY, category), day, units, CENTS, category_name)


def _products(stores: Iterable[int], sold: Set[int]) -> dict[int, tuple[str, int | None, int | None, str]]:
    """Give the name, cost in cents, category and its name of the products that were sold."""
    rows = Product.objects.filter(store__in=stores).values_list(
        "pk", "name", "cost", "category", "category__name"
    )
    return {
        key: (name, None if cost is None else int(cost.scaleb(CENTS)), category, category_name)
        for key, name, cost, category, category_name in rows.iterator()
        if key in sold
    }


def _used(found: Mapping[int, _Sheet], spans: Spans) -> None:
    """Add energy: a day that was not read whole is not known, nor what it cost."""
    for store, use in daily_use(spans, now=timezone.now()).items():
        sheet = found[store]
        for day in use.whole:
            sheet.add((M.ENERGY_KWH, None, None), day, use.units[day], KWH_PLACES)
            if day in use.cost:
                sheet.add((M.ENERGY_COST, None, None), day, use.cost[day], KWH_PLACES)  # type: ignore[arg-type]
        for device, by_day in use.devices.items():
            for day, units in by_day.items():
                sheet.add((M.ENERGY_KWH, D.DEVICE, device), day, units, KWH_PLACES, use.names[device])
