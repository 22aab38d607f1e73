"""What a night finds in the books: each cause once, by name, however often the night runs."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Category
from core.models import Event, Store
from insights import alerts
from insights.models import Alert, AlertRule
from receipts import recount
from receipts.models import Bill
from tests import books
from tests.alarms import DAY, spend, usual
from tests.conftest import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(owner: Person) -> Store:
    return owner.store


def night(*stores: Store, day: date = DAY) -> list[Alert]:
    alerts.keep(stores=stores, days={store.pk: day for store in stores})
    return list(Alert.objects.order_by("pk"))


def test_a_spike_at_one_merchant_is_one_alert_that_names_it_however_often_the_night_runs(shop: Store) -> None:
    mill, dairy = (books.merchant(shop, name) for name in ("Mill & Co", "Dairy"))
    spend(shop, usual(100, seed=1), merchant=mill)
    spend(shop, usual(60, seed=2), merchant=dairy)
    (bill,) = spend(shop, {DAY: 640}, merchant=mill, number="A-17")
    spend(shop, {DAY: 61}, merchant=dairy)
    (found,) = night(shop)
    assert night(shop) == [found]
    assert (found.type, found.severity, found.metric) == ("SPIKE", "HIGH", "SPEND")
    assert (found.merchant, found.category, found.label, found.day) == (mill, None, "Mill & Co", DAY)
    assert (found.value, found.currency) == (640, "EUR")
    assert found.low < 100 < found.high < 200
    assert abs(found.expected - 100) < 25
    assert found.message.startswith("Spending at Mill & Co on 5 May 2026: 640.00 EUR, where ")
    assert found.contributors[0]["kind"] == "BILL"
    assert (found.contributors[0]["key"], found.contributors[0]["name"]) == (bill.pk, "Mill & Co A-17")
    assert f"{found.high:.2f} EUR is silent" in found.silence
    assert Event.objects.filter(kind="alert.raised", node_key=found.pk).count() == 1


def test_a_day_on_which_everything_rises_is_one_alert_of_the_whole_that_names_three(shop: Store) -> None:
    sellers = [books.merchant(shop, f"Seller {n}") for n in range(4)]
    for n, seller in enumerate(sellers):
        spend(shop, usual(50, seed=n), merchant=seller)
        spend(shop, {DAY: 200 + 40 * n}, merchant=seller)
    (found,) = night(shop)
    assert (found.type, found.merchant, found.label) == ("SPIKE", None, "")
    assert sorted(row["name"] for row in found.contributors) == ["Seller 1", "Seller 2", "Seller 3"]
    assert all(abs(Decimal(row["usual"]) - 50) < 15 for row in found.contributors)
    assert "Seller 3 (320.00 EUR)" in found.message


def test_two_causes_on_one_day_are_two_alerts(shop: Store) -> None:
    for n, amount in enumerate((500, 350)):
        seller = books.merchant(shop, f"Seller {n}")
        kind = Category.objects.create(store=shop, name=f"Kind {n}")
        spend(shop, usual(50, seed=n), merchant=seller, category=kind)
        spend(shop, {DAY: amount}, merchant=seller, category=kind)
    assert sorted(found.label for found in night(shop)) == ["Seller 0", "Seller 1"]


def test_a_level_that_moves_is_told_at_once_and_again_in_the_same_alert_once_it_stays(shop: Store) -> None:
    later = DAY + timedelta(days=20)
    amounts = {day: amount * (2 if day >= DAY else 1) for day, amount in usual(100, until=later).items()}
    spend(shop, amounts)
    told = []
    for n in range(8):
        told = night(shop, day=DAY + timedelta(days=n))
    (found,) = told
    assert (found.type, found.metric) == ("ANOMALY", "SPEND")
    assert found.day == DAY
    assert "Spending has risen: " in found.message
    assert Event.objects.filter(kind="alert.raised").count() == 2


def test_a_day_far_below_is_an_anomaly(shop: Store) -> None:
    spend(shop, usual(100))
    spend(shop, {DAY: 0})
    (found,) = night(shop)
    assert (found.type, found.value) == ("ANOMALY", 0)
    assert found.expected > 80


def test_an_ordinary_day_a_young_store_and_a_public_holiday_are_silent(shop: Store, stranger: Person) -> None:
    spend(shop, {**usual(100), DAY: 101})
    spend(
        stranger.store, {day: amount for day, amount in usual(100).items() if DAY - day < timedelta(days=60)}
    )
    spend(stranger.store, {DAY: 900})
    assert night(shop, stranger.store) == []
    christmas = date(2025, 12, 25)
    Store.objects.filter(pk=shop.pk).update(timezone="Europe/Berlin")
    shop.refresh_from_db()
    Alert.objects.all().delete()
    spend(shop, {christmas - timedelta(days=n): 100 + n % 5 for n in range(1, 239)})
    assert night(shop, day=christmas) == []


def test_voided_bills_and_other_currencies_raise_nothing(shop: Store) -> None:
    spend(shop, {**usual(100), DAY: 100})
    spend(shop, {DAY: 5000})
    Bill.objects.filter(total=5000).update(status="VOID")
    recount.rebuild(shop)
    books.bill(shop, date=DAY, booked_on=DAY, total=Decimal(7000), currency="USD")
    assert night(shop) == []


def test_a_night_reads_as_many_statements_for_three_stores_as_for_one(
    shop: Store, stranger: Person, statements: Any
) -> None:
    spend(shop, {**usual(100), DAY: 100})
    alerts.keep(stores=[shop], days={shop.pk: DAY})
    with statements() as alone:
        alerts.keep(stores=[shop], days={shop.pk: DAY})
    others = [stranger.store, Store.objects.create(name="Third", currency="EUR")]
    for other in others:
        spend(other, {**usual(100), DAY: 100})
    with statements() as together:
        alerts.keep(stores=[shop, *others], days={store.pk: DAY for store in (shop, *others)})
    assert len(together) == len(alone) <= 40


# --- Thresholds


def rule(store: Store, **fields: Any) -> AlertRule:
    values = {"metric": "SPEND", "comparison": "ABOVE", "threshold": Decimal(150), **fields}
    made = AlertRule.objects.create(store=store, **values)
    AlertRule.objects.filter(pk=made.pk).update(created_at="2026-01-01T00:00:00Z")
    return made


def test_a_threshold_alerts_on_the_day_it_is_crossed_and_not_while_it_stays_so(shop: Store) -> None:
    above = rule(shop, window="WEEK", threshold=Decimal(150))
    days = [DAY + timedelta(days=n) for n in range(4)]
    spend(shop, dict(zip(days, (100, 60, 10, 500), strict=True)))
    for day in days:
        night(shop, day=day)
        night(shop, day=day)
    (found,) = Alert.objects.all()
    assert (found.type, found.rule, found.day, found.value) == ("THRESHOLD", above, days[1], 160)
    assert found.message == (
        "Spending in the 7 days to 6 May 2026: 160.00 EUR, above your threshold of 150.00 EUR."
    )
    assert found.severity == "LOW"
    assert "at most 150.00 EUR is silent" in found.silence


def test_a_threshold_and_a_spike_of_one_cause_are_one_alert(shop: Store) -> None:
    mill = books.merchant(shop, "Mill")
    rule(shop, merchant=mill)
    rule(shop, merchant=mill, enabled=False)
    spend(shop, {**usual(100), DAY: 640}, merchant=mill)
    (found,) = night(shop)
    assert (found.type, found.merchant) == ("THRESHOLD", mill)
    assert found.high is not None
    assert found.contributors[0]["kind"] == "BILL"


def test_a_rule_of_one_merchant_looks_at_no_other_and_goes_with_it(shop: Store) -> None:
    mill, dairy = books.merchant(shop, "Mill"), books.merchant(shop, "Dairy")
    rule(shop, merchant=mill)
    spend(shop, {DAY: 900}, merchant=dairy)
    assert night(shop) == []
    mill.delete()
    assert not AlertRule.objects.exists()


def test_a_sum_below_a_threshold_alerts_but_not_where_no_meter_was_read(shop: Store) -> None:
    rule(shop, metric="REVENUE", comparison="BELOW", threshold=Decimal(10))
    rule(shop, metric="ENERGY_KWH", comparison="BELOW", threshold=Decimal(10))
    AlertRule.objects.update(created_at=f"{DAY}T00:00:00Z")
    (found,) = night(shop)
    assert (found.metric, found.value) == ("REVENUE", 0)


# --- Prices


def buy(
    store: Store, day: date, price: str, merchant: Any, what: str = "Flour 1kg", quantity: str = "2"
) -> None:
    bill = books.bill(store, date=day, booked_on=day, total=Decimal(1), merchant=merchant)
    books.item(bill, description=what, quantity=Decimal(quantity), total=Decimal(price) * Decimal(quantity))


def test_a_price_above_its_past_names_its_merchant_and_a_cheaper_one_once(shop: Store) -> None:
    mill, dairy = books.merchant(shop, "Mill"), books.merchant(shop, "Dairy")
    for n in range(1, 6):
        buy(shop, DAY - timedelta(days=10 * n), "1.00", mill, what=" FLOUR  1kg" if n % 2 else "Flour 1kg")
    buy(shop, DAY - timedelta(days=12), "0.95", dairy)
    for n in range(2):
        buy(shop, DAY + timedelta(days=7 * n), "1.30", mill)
        night(shop, day=DAY + timedelta(days=7 * n))
        night(shop, day=DAY + timedelta(days=7 * n))
    (found,) = Alert.objects.all()
    assert (found.type, found.metric, found.merchant, found.day) == ("ANOMALY", "UNIT_PRICE", mill, DAY)
    assert (found.value, found.expected, found.high) == (Decimal("1.3"), 1, Decimal("1.08"))
    assert found.message == (
        "Flour 1kg at Mill cost 1.3 EUR on 5 May 2026, usually 1 EUR: +30%. Dairy took 0.95 EUR on 23 April 2026."
    )
    assert [row["name"] for row in found.contributors] == ["Mill", "Dairy"]


def test_a_price_within_its_own_ups_and_downs_is_silent(shop: Store) -> None:
    mill = books.merchant(shop, "Mill")
    for n, price in enumerate(("1.00", "1.30", "0.90", "1.20", "1.05", "1.25")):
        buy(shop, DAY - timedelta(days=60 - 10 * n), price, mill)
    buy(shop, DAY, "1.35", mill)
    assert night(shop) == []
