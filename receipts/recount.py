"""The sums of rollups counted anew by the database, by other statements than those that keep them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Case, CharField, Count, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce, TruncMonth, TruncYear

from core import sums
from core.models import Store
from receipts import rollups
from receipts.models import Bill, Item, SpendDay, SpendGroup
from receipts.rollups import DAY_PLACE, DAY_SUMS, GROUP_PLACE, GROUP_SUMS, MONTH, YEAR, By, Sums

Statement = tuple[type[models.Model], tuple[str, ...], Any]  # table, columns, and rows in their order


@transaction.atomic
def rebuild(store: Store) -> None:
    """Put sums that are counted anew in the place of those that are kept."""
    rollups.hold_all()
    SpendDay.objects.filter(store=store).delete()
    SpendGroup.objects.filter(store=store).delete()
    for statement in _statements(store):
        _insert(*statement)
    _insert(SpendGroup, (*GROUP_PLACE, *GROUP_SUMS), _years(SpendGroup.objects.filter(store=store)))


def analyse() -> None:
    """Tell PostgreSQL what the sums are like now: by itself it finds out late, and plans badly until then."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for model in (SpendDay, SpendGroup):
                cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


@transaction.atomic
def drift(store: Store) -> list[str]:
    """Say where the sums that are kept are not those of the bills, a line a row."""
    rollups.hold_all()
    kept, right = rollups.kept(store), _counted(store)
    return [
        f"{' '.join(map(str, place))}: kept {has.get(place)}, counted {should.get(place)}"
        for has, should in ((kept.days, right.days), (kept.groups, right.groups))
        for place in sorted(has.keys() | should.keys())
        if has.get(place) != should.get(place)
    ]


def _counted(store: Store) -> Sums:
    found = Sums()
    for model, _, rows in _statements(store):
        for row in rows.iterator():
            if model is SpendDay:
                found.days[row[: len(DAY_PLACE)]] = row[len(DAY_PLACE) :]
                continue
            place, amounts = row[: len(GROUP_PLACE)], row[len(GROUP_PLACE) :]
            found.groups[place] = amounts
            owner, by, _, start, *group = place
            rollups.add(found.groups, (owner, by, YEAR, start.replace(month=1), *group), amounts)
    return found


def _statements(store: Store) -> Iterator[Statement]:
    """Give what counts days, and months of each kind of group."""
    bills = Bill.objects.of(store).exclude(status="VOID")
    items = Item.objects.of(store).exclude(bill__status="VOID")
    yield SpendDay, (*DAY_PLACE, *DAY_SUMS), _days(bills)
    merchant = Case(When(merchant=None, then=F("merchant_name")), default=Value(""))
    groups: tuple[tuple[str, Any, str, Any, Any], ...] = (
        (By.CATEGORY, bills, "", F("category_id"), Value("")),
        (By.MERCHANT, bills, "", F("merchant_id"), merchant),
        (By.ITEM, items, "bill__", Value(0), F("description")),
        (By.PRODUCT, items, "bill__", F("product_id"), Value("")),
    )
    for by, rows, path, key, name in groups:
        yield SpendGroup, (*GROUP_PLACE, *GROUP_SUMS), _months(rows, by, path, key, name)


def _days(bills: Any) -> Any:
    return (
        bills.order_by()
        .values("store_id", "booked_on", "currency")
        .annotate(
            units=Coalesce(sums.units("total"), 0),
            count=Count("pk"),
            priced=Count("total"),
            needs_review=Count("pk", filter=Q(status="NEEDS_REVIEW")),
            undated=Count("pk", filter=Q(date=None)),
        )
        .values_list(*DAY_PLACE, *DAY_SUMS)
    )


def _months(rows: Any, by: str, path: str, key: Any, name: Any) -> Any:
    return (
        rows.order_by()
        .annotate(start=TruncMonth(f"{path}booked_on"), group=Coalesce(key, 0), called=name)
        .values("start", "group", "called", of_store=F(f"{path}store_id"), of_currency=F(f"{path}currency"))
        .annotate(
            by=Value(by, output_field=CharField()),
            months=Value(MONTH),
            units=Coalesce(sums.units("total"), 0),
            thousandths=Coalesce(sums.units("quantity", 3), 0) if path else Value(0),
            lines=Count("pk"),
        )
        .values_list(
            "of_store", "by", "months", "start", "of_currency", "group", "called",
            "units", "thousandths", "lines",
        )
        .order_by("of_store", "start")  # what is read together lies together
    )  # fmt: skip


def _years(months: Any) -> Any:
    return (
        months.filter(months=MONTH)
        .order_by()
        .annotate(year=TruncYear("start"))
        .values("store_id", "by", "year", "currency", "key", "name")
        .annotate(of=Value(YEAR), u=Sum("units"), t=Sum("thousandths"), n=Sum("count"))
        .values_list("store_id", "by", "of", "year", "currency", "key", "name", "u", "t", "n")
        .order_by("store_id", "by", "year")
    )


def _insert(model: type[models.Model], columns: Sequence[str], rows: Any) -> None:
    quoted = connection.ops.quote_name
    names = ", ".join(map(quoted, columns))
    text, parameters = rows.query.sql_with_params()
    with connection.cursor() as cursor:  # only our own names stand in the text
        cursor.execute(f"INSERT INTO {quoted(model._meta.db_table)} ({names}) {text}", parameters)
