"""The sums of the books: exact, of the right store alone, and cheap for many stores."""

from datetime import date
from decimal import Decimal

import pytest

from catalog.models import Category
from core.models import Store
from core.ranges import Days
from insights import series
from insights.analyses import Period, window
from receipts import recount, rollups
from receipts.models import Bill, Item

pytestmark = pytest.mark.django_db

DAY = date(2024, 7, 15)
JULY = Days(date(2024, 7, 1), date(2024, 8, 1))


@pytest.fixture
def category() -> Category:
    return Category.objects.create(key="of_this_test", name="Of this test")


def bill_of(store: Store, category: Category, total: str | None = "1.00", **more: object) -> Bill:
    given = {"booked_on": DAY, "currency": "EUR", "source": Bill.Source.MANUAL, **more}
    return Bill(store=store, category=category, total=None if total is None else Decimal(total), **given)


def store_with_bills(category: Category, count: int) -> Store:
    store = Store.objects.create(name="Store", currency="EUR")
    bills = Bill.objects.bulk_create(bill_of(store, category) for _ in range(count))
    items = Item.objects.bulk_create(
        Item(bill=bill, position=1, description=f"Item {n}", total=Decimal("1.00"), category=category)
        for n, bill in enumerate(bills)
    )
    rollups.enter(bills, items)
    return store


@pytest.mark.parametrize("total", ["999999999999.99", "0.10", "19.99", "-0.01", "4.35"])
def test_no_cent_is_lost_in_a_large_sum(category, total):
    store = Store.objects.create(name="Store", currency="EUR")
    bills = Bill.objects.bulk_create(bill_of(store, category, total) for _ in range(1001))
    Item.objects.bulk_create(
        Item(
            bill=bill,
            position=1,
            description="Gold",
            total=bill.total,
            quantity="999999999.999",
            category=category,
        )
        for bill in bills
    )
    recount.rebuild(store)
    [day] = series.by_day(spans={store.pk: JULY})[store.pk]
    [group] = series.by_category(spans={store.pk: JULY})[store.pk]
    [item] = series.by_item(spans={store.pk: JULY})[store.pk]
    exact = 1001 * Decimal(total)
    assert (day.total, group.total, item.total) == (exact, exact, exact)
    assert item.quantity == 1001 * Decimal("999999999.999")


def test_a_sum_of_nothing_known_is_zero(category):
    store = Store.objects.create(name="Store", currency="EUR")
    bill_of(store, category, None).save()
    recount.rebuild(store)
    [day] = series.by_day(spans={store.pk: JULY})[store.pk]
    assert (str(day.total), day.count, day.priced) == ("0.00", 1, 0)


def test_each_store_has_its_own_days_and_no_other_bills(category):
    first, second, third = (Store.objects.create(name=f"Store {n}", currency="EUR") for n in range(3))
    for store in (first, second, third):
        for day in (date(2024, 7, 31), date(2024, 8, 1)):
            bill_of(store, category, booked_on=day).save()
        recount.rebuild(store)
    found = series.by_day(spans={first.pk: JULY, second.pk: Days(date(2024, 8, 1), date(2024, 9, 1))})
    assert {store: [row.day for row in rows] for store, rows in found.items()} == {
        first.pk: [date(2024, 7, 31)],
        second.pk: [date(2024, 8, 1)],
    }


def test_the_items_of_a_void_bill_do_not_count(category):
    store = store_with_bills(category, 2)
    Bill.objects.filter(items__description="Item 0").update(status=Bill.Status.VOID)
    recount.rebuild(store)
    assert [row.description for row in series.by_item(spans={store.pk: JULY})[store.pk]] == ["Item 1"]


@pytest.mark.parametrize(("stores", "bills"), [(1, 1), (1, 50), (10, 5)])
def test_four_statements_read_the_books_of_any_number_of_stores(
    category, stores, bills, django_assert_num_queries
):
    opened = [store_with_bills(category, bills) for _ in range(stores)]
    windows = {
        store.pk: window(period=Period.WEEK, on=DAY, week_start=n % 7) for n, store in enumerate(opened)
    }
    with django_assert_num_queries(4):
        found = series.books(windows=windows)
    assert [len(found[store.pk].by_item) for store in opened] == [bills] * stores


def test_no_stores_need_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert series.books(windows={}) == {}
