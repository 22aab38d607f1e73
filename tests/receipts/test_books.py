"""What entering by hand and entering from a reading share: merchants by their spellings, locks, checks."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import Store
from receipts import books, queries
from receipts.categories import BUILT_IN
from receipts.models import Bill, Merchant, MerchantAlias, SpendDay
from tests import books as rows
from tests.conftest import Person


@pytest.mark.parametrize("name", ["", "   ", "\t\n"])
def test_nobody_is_no_merchant(owner: Person, name: str) -> None:
    assert books.merchant_named(store=owner.store, name=name) is None
    assert Merchant.objects.count() == 0


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=250))
def test_the_same_name_is_the_same_merchant(owner: Person, name: str) -> None:
    first = books.merchant_named(store=owner.store, name=name)
    assert books.merchant_named(store=owner.store, name=f"  {name} ") == first
    assert (first is None) == (not name.strip())


def test_an_alias_of_another_store_leads_nowhere(owner: Person, stranger: Person) -> None:
    theirs = rows.merchant(stranger.store, "Theirs")
    MerchantAlias.objects.create(store=stranger.store, merchant=theirs, name="shop")
    found = books.merchant_named(store=owner.store, name="Shop")
    assert found is not None
    assert (found.store, found.name) == (owner.store, "Shop")


def test_every_built_in_category_is_there_under_its_name(built_in: None) -> None:
    assert {key: books.built_in(key).name for key in BUILT_IN} == BUILT_IN
    assert books.built_in("no such key") == books.built_in("other")


def test_a_lock_stays_with_the_fields_that_it_was_put_on() -> None:
    bill = Bill(evidence={"tax": {"confidence": 0.4, "source": "OCR"}})
    books.lock(bill, "total", "items")
    assert books.locked(bill) == {"total", "items"}
    assert bill.evidence["tax"] == {"confidence": 0.4, "source": "OCR"}


def test_the_checks_of_a_bill_follow_its_items(owner: Person) -> None:
    bill = rows.bill(owner.store, total=Decimal("5.00"))
    rows.item(bill, total=Decimal("5.00"))
    books.check(bill)
    assert checked(bill, "items") is True
    rows.item(bill, total=Decimal("1.00"))
    books.check(bill)
    assert checked(bill, "items") is False


def checked(bill: Bill, key: str) -> Any:
    bill.refresh_from_db()
    return {check["key"]: check["ok"] for check in bill.checks}[key]


def test_this_month_is_the_stores_own(owner: Person) -> None:
    """Half past noon of the last of May in UTC is the first of June on Kiritimati."""
    now = datetime(2026, 5, 31, 12, 30, tzinfo=ZoneInfo("UTC"))
    east = Store.objects.create(name="East", currency="EUR", timezone="Pacific/Kiritimati")
    for store in (owner.store, east):
        for day, total in (("2026-04-30", 1), ("2026-05-01", 20), ("2026-05-31", 300), ("2026-06-01", 4000)):
            rows.bill(store, booked_on=day, total=Decimal(total))
        rows.bill(store, booked_on="2026-05-31", total=Decimal(50_000), currency="USD")
        rows.bill(store, booked_on="2026-06-01", total=Decimal(50_000), status=Bill.Status.VOID)
    found = queries.spent_this_month(days=SpendDay.objects.all(), stores=[owner.store, east], now=now)
    assert found == {owner.store.pk: Decimal("320.00"), east.pk: Decimal("4000.00")}


@pytest.mark.parametrize("month", range(1, 13))
def test_a_month_ends_where_the_next_begins(month: int) -> None:
    first = datetime(2026, month, 1, tzinfo=ZoneInfo("UTC")).date()
    after = queries.next_month(first)
    assert (after.day, (after.year - 2026) * 12 + after.month) == (1, month + 1)
