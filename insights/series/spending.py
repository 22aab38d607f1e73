"""What was spent: sums of many stores' bills at once, two SQL statements each at most.

Bills that are VOID do not count; those in NEEDS_REVIEW do. A bill counts on the day it is booked
on, which is the day of its entry where the paper bears no date. Every row names its currency.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from core import sums
from core.ranges import Days
from insights.rows import Books, CategorySum, DaySum, ItemSum, MerchantSum, Window
from insights.series import rolled
from insights.series.rolled import By
from insights.series.sources import QUANTITY_PLACES

Spans = Mapping[int, Days]  # which days of which store


def books(*, windows: Mapping[int, Window]) -> dict[int, Books]:
    """Read all sums of the stores, in seven statements at most, however many stores there are."""
    spans = {store: window.days for store, window in windows.items()}
    both = {store: window.whole for store, window in windows.items()}
    days, categories = by_day(spans=both), by_category(spans=spans)
    merchants, items = by_merchant(spans=spans), by_item(spans=spans)
    return {
        store: Books(
            window=window,
            by_day=tuple(days[store]),
            by_category=tuple(categories[store]),
            by_merchant=tuple(merchants[store]),
            by_item=tuple(items[store]),
        )
        for store, window in windows.items()
    }


def by_day(*, spans: Spans) -> dict[int, list[DaySum]]:
    """Sum the bills of each store by day, oldest first; a day without bills has no row."""
    found: dict[int, list[DaySum]] = {store: [] for store in spans}
    columns = ("store_id", "booked_on", "currency", "units", "count", "priced", "needs_review", "undated")
    for store, day, currency, units, count, priced, needs_review, undated in rolled.days(spans).values_list(
        *columns
    ):
        found[store].append(
            DaySum(
                day=day,
                currency=currency,
                total=sums.decimal(units),
                count=count,
                priced=priced,
                needs_review=needs_review,
                undated=undated,
            )
        )
    return found


def by_category(*, spans: Spans) -> dict[int, list[CategorySum]]:
    """Sum the bills of each store by the bill's category."""
    found: dict[int, list[CategorySum]] = {store: [] for store in spans}
    for store, currency, key, name, units, _, count in _groups(spans, By.CATEGORY):
        total = sums.decimal(units)
        row = CategorySum(category_id=key or 0, name=name, currency=currency, total=total, count=count)
        found[store].append(row)
    return found


def by_merchant(*, spans: Spans) -> dict[int, list[MerchantSum]]:
    """Sum the bills of each store by merchant, or by the name on paper where no merchant is known."""
    found: dict[int, list[MerchantSum]] = {store: [] for store in spans}
    for store, currency, key, name, units, _, count in _groups(spans, By.MERCHANT):
        total = sums.decimal(units)
        row = MerchantSum(merchant_id=key, name=name, currency=currency, total=total, count=count)
        found[store].append(row)
    return found


def by_item(*, spans: Spans) -> dict[int, list[ItemSum]]:
    """Sum the lines of each store's bills by their description, letter for letter.

    Folding of case and spaces is left to the reader: the databases disagree on it beyond ASCII.
    """
    found: dict[int, list[ItemSum]] = {store: [] for store in spans}
    for store, currency, _, name, units, thousandths, count in _groups(spans, By.ITEM):
        found[store].append(
            ItemSum(
                description=name,
                currency=currency,
                quantity=sums.decimal(thousandths, QUANTITY_PLACES),
                total=sums.decimal(units),
                count=count,
            )
        )
    return found


def _groups(spans: Spans, by: str) -> Iterator[tuple[int, str, int | None, str, int, int, int]]:
    """Give one row a group, currency and store: its name, hundredths, thousandths of quantity and count."""
    found: dict[tuple[int, str, int | None, str], tuple[int, int, int]] = {}
    for row in rolled.groups(spans, by):
        place = (row.store, row.currency, row.key, row.name)
        units, thousandths, count = found.get(place, (0, 0, 0))
        found[place] = units + row.units, thousandths + row.thousandths, count + row.count
    for place, amounts in found.items():
        yield *place, *amounts
