"""Sums of what was spent, kept with the bills in the transaction that changes them.

By day, and by month and year for each category, merchant, item and product, so that what a long time cost
is read from rows that do not grow with the bills. Whoever changes what counts of a bill does so inside
`following`, or tells `enter` of a new one; `rebuild_rollups --verify` finds where that was forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, models

from core.models import Store
from receipts.models import Bill, Item, SpendDay, SpendGroup

By = SpendGroup.By
MONTH, YEAR = 1, 12

DAY_PLACE = ("store_id", "booked_on", "currency")
DAY_SUMS = ("units", "count", "priced", "needs_review", "undated")
GROUP_PLACE = ("store_id", "by", "months", "start", "currency", "key", "name")
GROUP_SUMS = ("units", "thousandths", "count")
AT_ONCE = 500  # rows a statement: SQLite takes some 32,000 parameters

Place = tuple[Any, ...]
Amounts = tuple[int, ...]


@dataclass
class Sums:
    """Amounts by their place in the two tables, in the order of the columns above."""

    days: dict[Place, Amounts] = field(default_factory=dict)
    groups: dict[Place, Amounts] = field(default_factory=dict)

    def add_bill(self, bill: Bill) -> None:
        if bill.status == Bill.Status.VOID:
            return
        units = _whole(bill.total, 2)
        review = bill.status == Bill.Status.NEEDS_REVIEW
        day = (units, 1, int(bill.total is not None), int(review), int(bill.date is None))
        add(self.days, (bill.store_id, bill.booked_on, bill.currency), day)
        self.add_group(bill, By.CATEGORY, bill.category_id, "", (units, 0, 1))
        name = "" if bill.merchant_id else bill.merchant_name
        self.add_group(bill, By.MERCHANT, bill.merchant_id or 0, name, (units, 0, 1))

    def add_item(self, bill: Bill, item: Item) -> None:
        if bill.status == Bill.Status.VOID:
            return
        amounts = (_whole(item.total, 2), _whole(item.quantity, 3), 1)
        self.add_group(bill, By.ITEM, 0, item.description, amounts)
        self.add_group(bill, By.PRODUCT, item.product_id or 0, "", amounts)

    def add_group(self, bill: Bill, by: str, key: int, name: str, amounts: Amounts) -> None:
        month = bill.booked_on.replace(day=1)
        for months, start in ((MONTH, month), (YEAR, month.replace(month=1))):
            add(self.groups, (bill.store_id, by, months, start, bill.currency, key, name), amounts)

    def less(self, other: Sums) -> Sums:
        """Give what is here and not there; what is the same in both is left out."""
        return Sums(_less(self.days, other.days), _less(self.groups, other.groups))

    def write(self) -> None:
        """Add these sums to those that are kept."""
        _upsert(SpendDay, DAY_PLACE, DAY_SUMS, self.days)
        _upsert(SpendGroup, GROUP_PLACE, GROUP_SUMS, self.groups)


def enter(bills: Iterable[Bill], items: Iterable[Item]) -> None:
    """Count new bills and their items, whose values are as the books keep them."""
    sums = Sums()
    for bill in bills:
        sums.add_bill(bill)
    for item in items:
        sums.add_item(item.bill, item)
    sums.write()


@contextmanager
def following(*keys: int) -> Iterator[None]:
    """Keep the sums true over what is done to bills of these keys; nobody else changes the bills meanwhile.

    The sums are written last, so that whoever waits for them holds no row that others need.
    """
    before = sums_of(keys)
    yield
    sums_of(keys).less(before).write()


def sums_of(keys: Sequence[int]) -> Sums:
    """Add up some bills as they stand, and hold them until the transaction ends."""
    sums = Sums()
    held = Bill.objects.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True) if keys else ()
    bills = {bill.pk: bill for bill in held}
    for bill in bills.values():
        sums.add_bill(bill)
    if bills:
        lines = Item.objects.filter(bill__in=bills)
        for item in lines.only("bill", "description", "quantity", "total", "product"):
            sums.add_item(bills[item.bill_id], item)
    return sums


def move(*, by: str, source: int, into: int) -> None:
    """Move the sums of one group to another, where all its bills go."""
    change = Sums()
    rows = SpendGroup.objects.filter(by=by, key=source).values_list(*GROUP_PLACE, *GROUP_SUMS)
    for *place, units, thousandths, count in rows:
        left, right = tuple(place), (*place[:-2], into, place[-1])
        add(change.groups, left, (-units, -thousandths, -count))
        add(change.groups, right, (units, thousandths, count))
    change.write()


def kept(store: Store) -> Sums:
    """Read the sums that are kept of a store."""
    return Sums(
        _rows(SpendDay.objects.filter(store=store), DAY_PLACE, DAY_SUMS),
        _rows(SpendGroup.objects.filter(store=store), GROUP_PLACE, GROUP_SUMS),
    )


def hold_all() -> None:
    """Keep everybody from changing sums until the transaction ends; those under way end first."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in (SpendDay, SpendGroup):
                cursor.execute(f"LOCK TABLE {_quoted(model._meta.db_table)} IN SHARE ROW EXCLUSIVE MODE")


def _whole(value: Decimal | int | None, places: int) -> int:
    return int(Decimal(value or 0).scaleb(places))


def add(into: dict[Place, Amounts], place: Place, amounts: Amounts) -> None:
    """Add amounts to those of a place."""
    found = into.get(place)
    into[place] = amounts if found is None else tuple(map(sum, zip(found, amounts, strict=True)))


def _less(here: dict[Place, Amounts], there: dict[Place, Amounts]) -> dict[Place, Amounts]:
    change = dict(here)
    for place, amounts in there.items():
        add(change, place, tuple(-amount for amount in amounts))
    return {place: amounts for place, amounts in change.items() if any(amounts)}


def _rows(rows: Any, place: Sequence[str], sums: Sequence[str]) -> dict[Place, Amounts]:
    found = rows.values_list(*place, *sums)
    return {row[: len(place)]: row[len(place) :] for row in found if any(row[len(place) :])}


def _upsert(
    model: type[models.Model], place: Sequence[str], sums: Sequence[str], rows: dict[Place, Amounts]
) -> None:
    """Add to the rows of a table, in order: of two that do so, one waits for the other."""
    ordered = sorted(rows.items())
    table = _quoted(model._meta.db_table)
    names = ", ".join(map(_quoted, (*place, *sums)))
    columns = [_quoted(name) for name in sums]
    added = ", ".join(f"{column} = {table}.{column} + excluded.{column}" for column in columns)
    marks = f"({', '.join(['%s'] * (len(place) + len(sums)))})"
    day = connection.ops.adapt_datefield_value
    with connection.cursor() as cursor:
        for first in range(0, len(ordered), AT_ONCE):
            some = ordered[first : first + AT_ONCE]
            cursor.execute(  # only our own names stand in the text
                f"INSERT INTO {table} ({names}) VALUES {', '.join([marks] * len(some))} "  # noqa: S608
                f"ON CONFLICT ({', '.join(map(_quoted, place))}) DO UPDATE SET {added}",
                [
                    day(value) if isinstance(value, date) else value
                    for where, amounts in some
                    for value in (*where, *amounts)
                ],
            )


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
