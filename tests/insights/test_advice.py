"""Suggestions that a night finds in the books: each cause once, with memory, however often it runs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.models import Store
from energy.models import Tariff, TariffBand
from insights import advice, decisions, nightly
from insights.models import Suggestion
from sales.models import Shift
from tests import books, shop, till
from tests.conftest import Person
from tests.energy_books import device, readings

pytestmark = pytest.mark.django_db

DAY = date(2026, 5, 31)


def before(days: int, hour: int = 12) -> datetime:
    return datetime(2026, 5, 31, hour, tzinfo=UTC) - timedelta(days=days)


def renew(*stores: Store, day: date = DAY) -> dict[str, Suggestion]:
    advice.renew(stores=stores, days={store.pk: day for store in stores})
    return {row.kind: row for row in Suggestion.objects.order_by("pk")}


def subscribe(store: Store, total: str = "19.90", *, months: int = 6, day: int = 3) -> None:
    for n in range(months):
        on = date(2026, 5 - n, day) if n < 5 else date(2025, 12, day)
        books.bill(store, date=on, total=Decimal(total), merchant_name="Streamly",
                   category=books.books.built_in("services"))  # fmt: skip


def buy_flour(store: Store, extra: str = "1.50") -> None:
    for back, merchant, price in (
        (80, "Mill", "1.00"),
        (10, "Mill", "1.00"),
        (60, "Shop", extra),
        (20, "Shop", extra),
    ):
        bill = books.bill(store, date=DAY - timedelta(days=back), merchant_name=merchant)
        books.item(bill, description="Flour", quantity=20, total=Decimal(price) * 20)


def sell(store: Store) -> None:
    """Sell a lamp below its cost, let another one lie, and staff the wrong hours."""
    lamp = shop.product(store, name="Lamp", cost=Decimal("9"), tracks_stock=False)
    still = shop.product(store, name="Vase", cost=Decimal("5"), on_hand="100")
    type(still).objects.filter(pk=still.pk).update(created_at=before(200))
    busy = [before(1 + 7 * week, 11) for week in range(8)]  # Saturdays
    quiet = [before(4 + 7 * week, 14) for week in range(8)]  # Wednesdays
    for at in busy:
        for _ in range(14):
            till.order(store, (lamp, "1", "8.00"), at=at)
    people = [person_of(store, n) for n in range(2)]
    for start in quiet:
        for who in people:
            Shift.objects.create(store=store, user=who, clock_in=start, clock_out=start + timedelta(hours=6))
    for start in busy:
        Shift.objects.create(
            store=store, user=people[0], clock_in=start, clock_out=start + timedelta(hours=1)
        )


def person_of(store: Store, number: int) -> Any:
    from core.roles import Role
    from tests.conftest import person

    return person(f"helper-{number}@example.com", store=store, role=Role.STAFF).user


def draw_power(store: Store) -> None:
    """Run an oven by day, more than before, and something unexplained at night."""
    tariff = Tariff.objects.create(store=store, valid_from="2020-01-01", price="0.3", currency=store.currency)
    TariffBand.objects.create(tariff=tariff, starts="22:00", ends="06:00", price="0.2")
    oven = device(store, "Oven", rated_power_w=Decimal(2000), avg_usage_hours=Decimal(1))
    for back in range(84):
        used = "3" if back < 28 else "2"
        start = datetime(2026, 5, 31, tzinfo=UTC) - timedelta(days=back)
        readings(oven, start, start + timedelta(hours=6), "0.5")
        readings(oven, start + timedelta(hours=6), start + timedelta(days=1), used)


def test_a_night_finds_what_each_rule_looks_for_once_however_often_it_runs(
    owner: Person, stranger: Person, statements: Any
) -> None:
    store = owner.store
    buy_flour(store)
    subscribe(store)
    sell(store)
    draw_power(store)
    with statements() as alone:
        found = renew(store)
    assert set(found) == {
        "CHEAPER_SOURCE", "STANDING_CHARGE", "SLOW_STOCK", "THIN_MARGIN", "STAFFING", "NIGHT_BASE_LOAD",
        "DEVICE_USES_MORE", "SHIFT_LOAD",
    }  # fmt: skip
    rows = list(Suggestion.objects.order_by("pk").values())
    with statements() as both:
        renew(store, stranger.store)
    assert len(both) <= len(alone) + 4
    again = list(Suggestion.objects.order_by("pk").values())
    assert [row | {"updated_at": None} for row in again] == [row | {"updated_at": None} for row in rows]
    flour = found["CHEAPER_SOURCE"]
    assert (flour.saving, flour.currency) == ((20 * Decimal("30.44") / 81).quantize(Decimal("0.01")), "EUR")
    assert {link["kind"] for link in flour.evidence} == {"ITEM"}
    assert found["NIGHT_BASE_LOAD"].saving == (
        (Decimal("0.5") - Decimal(2) / 24) * 4 * Decimal("30.44") * Decimal("0.2")
    ).quantize(Decimal("0.01"))  # fmt: skip
    assert "used 1596.0 kWh in 28 days" in found["DEVICE_USES_MORE"].text
    assert found["STAFFING"].saving is None
    assert not Suggestion.objects.filter(store=stranger.store).exists()


def test_a_dismissed_suggestion_comes_back_only_when_it_is_worth_half_as_much_again(owner: Person) -> None:
    buy_flour(owner.store)
    row = renew(owner.store)["CHEAPER_SOURCE"]
    decisions.dismiss(suggestion=row, by=owner.user, reason="other quality")
    assert renew(owner.store)["CHEAPER_SOURCE"].status == "DISMISSED"
    books.item(
        books.bill(owner.store, date=DAY, merchant_name="Shop"),
        description="Flour", quantity=18, total=Decimal(27),
    )  # fmt: skip
    assert renew(owner.store)["CHEAPER_SOURCE"].status == "DISMISSED"  # 29 instead of 20 a month
    books.item(
        books.bill(owner.store, date=DAY, merchant_name="Shop"),
        description="Flour", quantity=3, total=Decimal("4.50"),
    )  # fmt: skip
    back = renew(owner.store)["CHEAPER_SOURCE"]
    assert (back.pk, back.status, back.decided_at, back.reason) == (row.pk, "OPEN", None, "")
    assert Suggestion.objects.count() == 1


def test_what_nobody_decided_on_lapses_with_its_cause_and_comes_back_with_it(owner: Person) -> None:
    buy_flour(owner.store)
    row = renew(owner.store)["CHEAPER_SOURCE"]
    late = DAY + timedelta(days=120)
    assert renew(owner.store, day=late)["CHEAPER_SOURCE"].status == "LAPSED"
    assert renew(owner.store, day=DAY - timedelta(days=1))["CHEAPER_SOURCE"].found_on == DAY, (
        "an earlier night"
    )
    again = renew(owner.store, day=DAY)["CHEAPER_SOURCE"]
    assert (again.pk, again.status) == (row.pk, "OPEN")


def test_a_changed_figure_is_told_in_the_rules_words_and_others_words_stay_for_the_same(
    owner: Person,
) -> None:
    buy_flour(owner.store)
    row = renew(owner.store)["CHEAPER_SOURCE"]
    Suggestion.objects.filter(pk=row.pk).update(text="Other words.", source="AI")
    assert renew(owner.store)["CHEAPER_SOURCE"].text == "Other words."
    books.item(
        books.bill(owner.store, date=DAY, merchant_name="Shop"),
        description="Flour", quantity=5, total=Decimal("7.50"),
    )  # fmt: skip
    changed = renew(owner.store)["CHEAPER_SOURCE"]
    assert (changed.text, changed.source) == (changed.plain, "RULES")


def test_the_night_looks_at_each_store_once_a_week(owner: Person) -> None:
    subscribe(owner.store)
    now = datetime(2026, 6, 8, 12, tzinfo=UTC)
    seen = []
    for back in range(7, 0, -1):
        nightly.run(stores=nightly.stores_of_night(), now=now, day=(now - timedelta(days=back)).date())
        seen.append(Suggestion.objects.count())
    assert seen[-1] == 1
    assert len(set(Suggestion.objects.values_list("found_on", flat=True))) == 1


def test_a_store_is_not_asked_to_decide_on_more_than_ten_of_a_kind(owner: Person) -> None:
    for n in range(12):
        product = shop.product(owner.store, name=f"Vase {n}", cost=Decimal(5), on_hand=str(20 + n))
        type(product).objects.filter(pk=product.pk).update(created_at=before(200))
    renew(owner.store)
    found = Suggestion.objects.filter(kind="SLOW_STOCK")
    assert found.count() == 10
    assert min(row.saving for row in found) == Decimal("2.20"), "those worth most"
