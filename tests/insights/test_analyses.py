"""The figures of an analysis from given sums: the cases worth a name."""

from datetime import date
from decimal import Decimal

import pytest

from core.ranges import Days
from insights.analyses import Period, analyse, window
from insights.rows import Books, CategorySum, DaySum, ItemSum, MerchantSum

JULY = window(period=Period.MONTH, on=date(2024, 7, 15), week_start=0)


def day_sum(day: date, total: str, **more: int | str) -> DaySum:
    given = {"currency": "EUR", "count": 1, "priced": 1, "needs_review": 0, "undated": 0, **more}
    return DaySum(day=day, total=Decimal(total), **given)


def test_a_period_without_bills_is_zeros_and_no_average():
    empty = analyse(period=Period.MONTH, currency="EUR", books=Books(window=JULY))
    assert (empty.total, empty.count, empty.average) == (Decimal("0.00"), 0, None)
    assert (empty.previous.total, empty.previous.count, empty.previous.average) == (Decimal("0.00"), 0, None)
    assert (empty.change.total, empty.change.ratio) == (Decimal("0.00"), None)
    assert len(empty.by_day) == 31
    assert {(row.total, row.count) for row in empty.by_day} == {(Decimal("0.00"), 0)}
    assert (empty.by_category, empty.top_items, empty.top_merchants, empty.other_currencies) == (
        (),
        (),
        (),
        (),
    )


def test_a_bill_that_does_not_say_its_total_counts_but_does_not_lower_the_average():
    days = (day_sum(date(2024, 7, 1), "30.00", count=3, priced=2),)
    found = analyse(period=Period.MONTH, currency="EUR", books=Books(window=JULY, by_day=days))
    assert (found.count, found.unknown_total_count, found.average) == (3, 1, Decimal("15.00"))


def test_the_change_is_a_share_of_the_period_before():
    days = (day_sum(date(2024, 6, 30), "80.00"), day_sum(date(2024, 7, 1), "100.00"))
    found = analyse(period=Period.MONTH, currency="EUR", books=Books(window=JULY, by_day=days))
    assert (found.change.total, found.change.ratio) == (Decimal("20.00"), Decimal("0.2500"))


def test_a_change_from_more_refunds_to_fewer_is_an_increase():
    days = (day_sum(date(2024, 6, 30), "-80.00"), day_sum(date(2024, 7, 1), "-40.00"))
    found = analyse(period=Period.MONTH, currency="EUR", books=Books(window=JULY, by_day=days))
    assert (found.change.total, found.change.ratio) == (Decimal("40.00"), Decimal("0.5000"))


def test_spellings_of_one_item_are_one_item_under_its_commonest_spelling():
    rows = tuple(
        ItemSum(
            description=text, currency="EUR", quantity=Decimal("1.000"), total=Decimal("2.00"), count=count
        )
        for text, count in [("Oat milk", 1), ("OAT  MILK ", 3), ("oat milk", 1), ("  ", 9)]
    )
    [item] = analyse(period=Period.MONTH, currency="EUR", books=Books(window=JULY, by_item=rows)).top_items
    assert (item.description, item.quantity, item.total, item.count) == (
        "OAT MILK",
        Decimal("3.000"),
        Decimal("6.00"),
        5,
    )


def test_letters_beyond_ascii_are_folded_too():
    rows = tuple(
        MerchantSum(merchant_id=None, name=name, currency="EUR", total=Decimal("1.00"), count=1)
        for name in ["Bäckerei Weiß", "BÄCKEREI WEISS", "bäckerei  weiß"]
    )
    [merchant] = analyse(
        period=Period.MONTH, currency="EUR", books=Books(window=JULY, by_merchant=rows)
    ).top_merchants
    assert (merchant.name, merchant.total, merchant.count) == ("BÄCKEREI WEISS", Decimal("3.00"), 3)


def test_equal_totals_stand_by_count_then_by_name():
    rows = tuple(
        MerchantSum(
            merchant_id=n, name=name, currency="EUR", total=Decimal("5.00"), count=2 if name == "Z" else 1
        )
        for n, name in enumerate("YXWVZUTSRQPO", 1)
    )
    found = analyse(period=Period.MONTH, currency="EUR", books=Books(window=JULY, by_merchant=rows))
    assert [row.name for row in found.top_merchants] == list("ZOPQRSTUVW")


def test_shares_are_of_the_total_in_the_stores_own_currency():
    rows = (
        CategorySum(category_id=1, name="Fuel", currency="EUR", total=Decimal("10.00"), count=1),
        CategorySum(category_id=2, name="Cafe", currency="EUR", total=Decimal("20.00"), count=1),
        CategorySum(category_id=1, name="Fuel", currency="USD", total=Decimal("70.00"), count=1),
    )
    books = Books(
        window=JULY, by_day=(day_sum(date(2024, 7, 1), "30.00", count=2, priced=2),), by_category=rows
    )
    found = analyse(period=Period.MONTH, currency="EUR", books=books)
    assert [(row.name, row.share) for row in found.by_category] == [
        ("Cafe", Decimal("0.6667")),
        ("Fuel", Decimal("0.3333")),
    ]


@pytest.mark.parametrize(
    ("on", "days", "before"),
    [
        (date(2024, 3, 31), (date(2024, 3, 1), date(2024, 4, 1)), date(2024, 2, 1)),
        (date(2025, 1, 1), (date(2025, 1, 1), date(2025, 2, 1)), date(2024, 12, 1)),
    ],
)
def test_a_month_is_compared_with_the_whole_month_before(on, days, before):
    found = window(period=Period.MONTH, on=on, week_start=3)
    assert (found.days, found.before) == (Days(*days), Days(before, days[0]))


@pytest.mark.parametrize("on", [date.max, date.min])
@pytest.mark.parametrize("period", list(Period))
def test_a_period_past_the_end_of_the_calendar_is_refused(period, on):
    with pytest.raises(ValueError, match="calendar"):
        window(period=period, on=on, week_start=0)
