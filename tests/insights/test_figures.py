"""Every figure of an analysis, against a recomputation from the raw rows of random books."""

import zoneinfo
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.models import Category
from core.models import Store
from insights import series
from insights.analyses import Analysis, Period, analyse, window
from receipts import rollups
from receipts.models import Bill, Item, Merchant

ZONES = [
    "UTC",
    "America/New_York",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Pacific/Kiritimati",
    "Asia/Kathmandu",
]
# Around the days on which the clocks of those zones change, a leap day, and the ends of months and years.
DAYS = [date(2024, 3, 10), date(2024, 3, 31), date(2024, 4, 7), date(2024, 10, 6), date(2024, 11, 3)]
DAYS += [date(2024, 2, 29), date(2023, 3, 1), date(2024, 12, 31), date(2025, 1, 1)]
CURRENCIES = ["EUR", "USD", "JPY"]
DESCRIPTIONS = [
    "Milk",
    "milk",
    " MILK ",
    "Oat  milk",
    "oat MILK",
    "Straße",
    "STRASSE",
    "",
    " ",
    "Ünder",
    "ünder",
]
NAMES = ["Corner Shop", "corner  shop", "Bäcker", "BÄCKER", "", " "]

money = st.decimals("-99.99", "99.99", places=2) | st.sampled_from(
    [Decimal("0.10"), Decimal("0.00"), Decimal("999999999999.99")]
)


@dataclass(frozen=True)
class RawItem:
    description: str
    quantity: Decimal
    total: Decimal | None


@dataclass(frozen=True)
class RawBill:
    store: int
    days_off: int  # from the day asked about
    dated: bool
    entered: timedelta  # after the midnight UTC of its day
    currency: str
    total: Decimal | None
    status: str
    category: int
    merchant: int | None
    merchant_name: str
    items: tuple[RawItem, ...]

    def booked_on(self, on: date, zone: str) -> date:
        day = on + timedelta(days=self.days_off)
        if self.dated:
            return day
        entered = datetime(day.year, day.month, day.day, tzinfo=UTC) + self.entered
        return entered.astimezone(zoneinfo.ZoneInfo(zone)).date()


raw_items = st.builds(
    RawItem,
    description=st.sampled_from(DESCRIPTIONS) | st.sampled_from([f"Item {n}" for n in range(15)]),
    quantity=st.decimals("0.001", "999.999", places=3),
    total=st.none() | money,
)
raw_bills = st.builds(
    RawBill,
    store=st.integers(0, 2),
    days_off=st.integers(-9, 9) | st.integers(-70, 35),
    dated=st.booleans(),
    entered=st.timedeltas(timedelta(0), timedelta(hours=23, minutes=59)),
    currency=st.sampled_from(CURRENCIES),
    total=st.none() | money,
    status=st.sampled_from(list(Bill.Status.values)),
    category=st.integers(0, 2),
    merchant=st.none() | st.integers(0, 12),
    merchant_name=st.sampled_from(NAMES),
    items=st.lists(raw_items, max_size=3).map(tuple),
)
shops = st.tuples(st.sampled_from(ZONES), st.integers(0, 6), st.sampled_from(CURRENCIES))


def enter(bills: list[RawBill], stores: list[Store], on: date) -> None:
    """Write the raw bills into the books."""
    categories = [Category.objects.create(key=f"category_{n}", name=f"Category {n}") for n in range(3)]
    merchants = [
        [Merchant.objects.create(store=store, name=f"Merchant {n}") for n in range(13)] for store in stores
    ]
    rows = Bill.objects.bulk_create(
        Bill(
            store=stores[bill.store],
            date=on + timedelta(days=bill.days_off) if bill.dated else None,
            booked_on=bill.booked_on(on, stores[bill.store].timezone),
            currency=bill.currency,
            total=bill.total,
            status=bill.status,
            source=Bill.Source.MANUAL,
            category=categories[bill.category],
            merchant=None if bill.merchant is None else merchants[bill.store][bill.merchant],
            merchant_name=bill.merchant_name,
        )
        for bill in bills
    )
    items = Item.objects.bulk_create(
        Item(
            bill=row,
            position=n,
            description=item.description,
            quantity=item.quantity,
            total=item.total,
            category=row.category,
        )
        for row, bill in zip(rows, bills, strict=True)
        for n, item in enumerate(bill.items, 1)
    )
    rollups.enter(rows, items)


def bounds(period: Period, on: date, week_start: int) -> tuple[date, date]:
    """Walk the calendar a day at a time."""

    def starts(day: date) -> bool:
        return day.weekday() == week_start if period == Period.WEEK else day.day == 1

    start = on
    while not starts(start):
        start -= timedelta(days=1)
    end = on + timedelta(days=1)
    while not starts(end):
        end += timedelta(days=1)
    return start, end


def added(values: Iterable[Decimal | None]) -> Decimal:
    return sum((value for value in values if value is not None), Decimal("0.00"))


def share(part: Decimal, whole: Decimal) -> Decimal | None:
    return (part / whole).quantize(Decimal("0.0001"), ROUND_HALF_UP) if whole else None


def average(bills: list[RawBill]) -> Decimal | None:
    known = [bill.total for bill in bills if bill.total is not None]
    return (added(known) / len(known)).quantize(Decimal("0.01"), ROUND_HALF_UP) if known else None


def fold(text: str) -> str:
    return " ".join(text.split()).casefold()


def check(found: Analysis, bills: list[RawBill], store: Store, period: Period, on: date) -> None:
    """Compare every figure with one made from the raw bills of the store."""
    start, end = bounds(period, on, store.week_start)
    earlier, _ = bounds(period, start - timedelta(days=1), store.week_start)
    assert (found.period, found.start, found.end) == (period, start, end)
    assert (found.previous.start, found.previous.end) == (earlier, start)

    def booked(bill: RawBill) -> date:
        return bill.booked_on(on, store.timezone)

    counted = [bill for bill in bills if bill.status != "VOID"]
    within = [bill for bill in counted if start <= booked(bill) < end]
    own = [bill for bill in within if bill.currency == store.currency]
    past = [bill for bill in counted if earlier <= booked(bill) < start and bill.currency == store.currency]
    total, before = added(bill.total for bill in own), added(bill.total for bill in past)

    assert (found.currency, found.total, found.count) == (store.currency, total, len(own))
    assert found.average == average(own)
    assert found.needs_review_count == sum(bill.status == "NEEDS_REVIEW" for bill in own)
    assert found.undated_count == sum(not bill.dated for bill in own)
    assert found.unknown_total_count == sum(bill.total is None for bill in own)
    assert (found.previous.total, found.previous.count, found.previous.average) == (
        before,
        len(past),
        average(past),
    )
    assert (found.change.total, found.change.ratio) == (total - before, share(total - before, abs(before)))
    assert [(row.date, row.total, row.count) for row in found.by_day] == [
        (day, added(bill.total for bill in of_day), len(of_day))
        for day in (start + timedelta(days=n) for n in range((end - start).days))
        for of_day in [[bill for bill in own if booked(bill) == day]]
    ]
    assert {
        row.currency: (row.total, row.count, row.needs_review_count, row.undated_count)
        for row in found.other_currencies
    } == {
        currency: (
            added(bill.total for bill in foreign),
            len(foreign),
            sum(bill.status == "NEEDS_REVIEW" for bill in foreign),
            sum(not bill.dated for bill in foreign),
        )
        for currency in CURRENCIES
        if currency != store.currency
        for foreign in [[bill for bill in within if bill.currency == currency]]
        if foreign
    }
    check_categories(found, own)
    check_merchants(found, own)
    check_items(found, [item for bill in own for item in bill.items])


def check_categories(found: Analysis, own: list[RawBill]) -> None:
    expected = {}
    for category in {bill.category for bill in own}:
        group = [bill for bill in own if bill.category == category]
        total = added(bill.total for bill in group)
        expected[f"Category {category}"] = (total, len(group), share(total, found.total))
    assert {row.name: (row.total, row.count, row.share) for row in found.by_category} == expected
    assert len(found.by_category) == len(expected)
    totals = [row.total for row in found.by_category]
    assert totals == sorted(totals, reverse=True)


def check_merchants(found: Analysis, own: list[RawBill]) -> None:
    groups: dict[str, list[RawBill]] = {}
    for bill in own:
        known = bill.merchant is not None
        key = f"known: Merchant {bill.merchant}" if known else f"on paper: {fold(bill.merchant_name)}"
        if known or fold(bill.merchant_name):
            groups.setdefault(key, []).append(bill)
    expected = {key: (added(bill.total for bill in group), len(group)) for key, group in groups.items()}
    shown = {
        (f"known: {row.name}" if row.merchant_id else f"on paper: {fold(row.name)}"): (row.total, row.count)
        for row in found.top_merchants
    }
    best = sorted(expected.values(), reverse=True)[:10]
    assert [(row.total, row.count) for row in found.top_merchants] == best
    assert len(shown) == len(best)
    assert shown.items() <= expected.items()


def check_items(found: Analysis, items: list[RawItem]) -> None:
    groups: dict[str, list[RawItem]] = {}
    for item in items:
        if fold(item.description):
            groups.setdefault(fold(item.description), []).append(item)
    expected = {
        key: (added(item.total for item in group), len(group), sum(item.quantity for item in group))
        for key, group in groups.items()
    }
    shown = {fold(row.description): (row.total, row.count, row.quantity) for row in found.top_items}
    assert [(row.total, row.count) for row in found.top_items] == sorted(
        (figures[:2] for figures in expected.values()), reverse=True
    )[:10]
    assert len(shown) == len(found.top_items)
    assert shown.items() <= expected.items()


@pytest.mark.django_db
@settings(max_examples=60, deadline=None)
@given(
    bills=st.lists(raw_bills, max_size=40),
    shops=st.tuples(shops, shops, shops),
    period=st.sampled_from(Period),
    on=st.sampled_from(DAYS),
)
def test_every_figure_is_what_the_raw_rows_say(bills, shops, period, on):
    with transaction.atomic():
        stores = [
            Store.objects.create(name=f"Store {n}", timezone=zone, week_start=start, currency=currency)
            for n, (zone, start, currency) in enumerate(shops)
        ]
        enter(bills, stores, on)
        found = series.books(
            windows={store.pk: window(period=period, on=on, week_start=store.week_start) for store in stores}
        )
        for n, store in enumerate(stores):
            analysis = analyse(period=period, currency=store.currency, books=found[store.pk])
            check(analysis, [bill for bill in bills if bill.store == n], store, period, on)
        transaction.set_rollback(True)
