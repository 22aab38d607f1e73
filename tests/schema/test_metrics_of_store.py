"""`analytics.series` and `analytics.breakdown`, asked over HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.models import Membership, Store
from core.roles import Role
from schema import ids
from tests import books, energy_books, shop, till
from tests.conftest import Person

pytestmark = pytest.mark.django_db

TOTAL = "value count previous change ratio"
GROUP = f"name share weekday hour node {{ id __typename }} {TOTAL}"
HEAD = f"start end timezone currency compared {{ start end }} total {{ {TOTAL} }} rest {{ {TOTAL} }}"
HEAD += " otherCurrencies { currency value count } coverage { days recorded partial first last }"
SERIES = f"{HEAD} grain points {{ date hour whole {TOTAL} }} groups {{ {GROUP} points {{ date value }} }}"
BREAKDOWN = f"{HEAD} groups {{ {GROUP} }}"


def document(field: str, arguments: str) -> str:
    figures = SERIES if field == "series" else BREAKDOWN
    return f"query ($store: ID!) {{ store(id: $store) {{ analytics {{ {field}({arguments}) {{ {figures} }} }} }} }}"


def asked(ask: Any, who: Person, field: str, arguments: str) -> Any:
    answer = ask(who, document(field, arguments), store=who.store_id)
    return answer.data["store"]["analytics"][field]


def test_a_series_has_every_step_beside_that_of_the_days_before(owner, ask):
    for day, total in ((1, "9.00"), (4, "3.00"), (8, "6.00")):
        books.bill(owner.store, date=date(2026, 5, day), total=Decimal(total))
    books.bill(owner.store, date=date(2026, 5, 5), total=Decimal("7.00"), currency="USD")
    books.bill(owner.store, date=date(2026, 5, 5), total=Decimal("99.00"), status="VOID")
    found = asked(
        ask, owner, "series", 'metric: SPEND, range: "2026-05-04..2026-05-11", compare: PREVIOUS_PERIOD'
    )
    assert found["total"] == {
        "value": "9.00", "count": 2, "previous": "9.00", "change": "0.00", "ratio": "0.0000"
    }  # fmt: skip
    assert found["compared"] == {"start": "2026-04-27", "end": "2026-05-04"}
    assert [(point["date"][-2:], point["value"], point["previous"]) for point in found["points"]] == [
        ("04", "3.00", "0.00"),
        ("05", "0.00", "0.00"),
        ("06", "0.00", "0.00"),
        ("07", "0.00", "0.00"),
        ("08", "6.00", "9.00"),
        ("09", "0.00", "0.00"),
        ("10", "0.00", "0.00"),
    ]
    assert found["otherCurrencies"] == [{"currency": "USD", "value": "7.00", "count": 1}]
    assert (found["currency"], found["coverage"]["recorded"]) == ("EUR", 2)


def test_weeks_start_as_the_store_counts_and_a_cut_one_is_counted_from_its_first_day(owner, ask):
    Store.objects.filter(pk=owner.store.pk).update(week_start=6)
    books.bill(owner.store, date=date(2026, 5, 3), total=Decimal("1.00"))
    books.bill(owner.store, date=date(2026, 5, 9), total=Decimal("2.00"))
    found = asked(ask, owner, "series", 'metric: SPEND, grain: WEEK, range: "2026-05-05..2026-05-12"')
    assert [(point["date"], point["value"]) for point in found["points"]] == [
        ("2026-05-03", "2.00"),
        ("2026-05-10", "0.00"),
    ]


def test_hours_are_those_of_the_clock_and_one_that_comes_twice_is_two(owner, ask):
    Store.objects.filter(pk=owner.store.pk).update(timezone="Europe/Berlin")
    for hour in (0, 1):  # 02:30 in summer and in winter time
        till.order(owner.store, total="5.00", at=datetime(2026, 10, 25, hour, 30, tzinfo=UTC))
    found = asked(ask, owner, "series", 'metric: REVENUE, grain: HOUR, range: "2026-10-25..2026-10-26"')
    assert len(found["points"]) == 25
    assert [(point["hour"], point["value"]) for point in found["points"] if point["count"]] == [
        ("2026-10-25T00:00:00+00:00", "5.00"),
        ("2026-10-25T01:00:00+00:00", "5.00"),
    ]
    found = asked(
        ask, owner, "breakdown", 'metric: REVENUE, dimension: HOUR, range: "2026-10-25..2026-10-26"'
    )
    assert [group["value"] for group in found["groups"]] == ["0.00"] * 2 + ["10.00"] + ["0.00"] * 21


def test_a_breakdown_names_the_largest_groups_and_adds_up_the_rest(owner, ask):
    fresh, stale = shop.product(owner.store, name="Fresh"), shop.product(owner.store, name="Stale")
    dull = shop.product(owner.store, name="Dull")
    till.order(owner.store, (fresh, "2", "3.00"), (stale, "1", "2.00"), (dull, "1", "2.00"))
    till.order(owner.store, (fresh, "1", "4.00"), at=till.NOON - timedelta(days=31))
    found = asked(
        ask,
        owner,
        "breakdown",
        'metric: REVENUE, dimension: PRODUCT, first: 1, range: "2026-05-01..2026-06-01", '
        "compare: PREVIOUS_PERIOD",
    )
    [group] = found["groups"]
    assert group["node"] == {"id": ids.encode("Product", fresh.pk), "__typename": "Product"}
    assert (group["name"], group["share"], group["change"], group["ratio"]) == (
        "Fresh", "0.6000", "2.00", "0.5000"
    )  # fmt: skip
    assert (found["rest"]["value"], found["rest"]["count"], found["total"]["value"]) == ("4.00", 2, "10.00")


def test_groups_have_series_of_their_own(owner, ask):
    meter = energy_books.device(owner.store, name="Oven")
    at = energy_books.local("UTC", 2026, 5, 4)
    energy_books.readings(meter, at, at + timedelta(hours=30))
    found = asked(
        ask, owner, "series", 'metric: ENERGY_KWH, dimension: DEVICE, range: "2026-05-04..2026-05-07"'
    )
    [group] = found["groups"]
    assert (group["name"], group["node"]["__typename"]) == ("Oven", "Device")
    assert [point["value"] for point in group["points"]] == ["24.000000", "6.000000", "0.000000"]
    assert [point["whole"] for point in found["points"]] == [True, True, True]
    assert found["currency"] is None


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("series", "metric: UNIT_PRICE"),
        ("series", "metric: SPEND, grain: HOUR"),
        ("series", 'metric: REVENUE, grain: HOUR, range: "33d"'),
        ("series", 'metric: REVENUE, dimension: PRODUCT, first: 100, range: "366d"'),
        ("breakdown", "metric: SPEND, dimension: DEVICE"),
        ("breakdown", "metric: SPEND, dimension: CATEGORY, first: 101"),
        ("breakdown", "metric: SPEND, dimension: CATEGORY, first: -1"),
        ("series", 'metric: SPEND, range: "1900-01-01..1900-02-01", compare: YEAR_AGO'),
    ],
)
def test_what_cannot_be_told_is_bad_input(owner, ask, field, arguments):
    assert ask(owner, document(field, arguments), store=owner.store_id).codes == ["BAD_USER_INPUT"]


def test_a_role_without_insights_and_a_stranger_see_nothing(owner, colleague, stranger, ask):
    books.bill(owner.store, date=date(2026, 5, 4))
    asks = document("breakdown", 'metric: SPEND, dimension: CATEGORY, range: "2026-05-01..2026-06-01"')
    answer = ask(colleague, asks, store=owner.store_id)
    assert answer.codes == ["FORBIDDEN"]
    assert answer.body["data"]["store"]["analytics"]["breakdown"] is None
    assert ask(stranger, asks, store=owner.store_id).data == {"store": None}
    accountant = Membership.objects.get(user=colleague.user)
    accountant.role = Role.ACCOUNTANT
    accountant.save()
    found = ask(colleague, asks, store=owner.store_id).data["store"]["analytics"]["breakdown"]
    assert found["total"]["value"] == "10.00"


@pytest.mark.parametrize("metric", ["SPEND", "REVENUE", "ENERGY_KWH"])
def test_the_statements_do_not_grow_with_the_stores(owner, ask, statements, metric):
    asks = f"{{ me {{ stores {{ analytics {{ series(metric: {metric}, compare: YEAR_AGO) {{ {HEAD} }} }} }} }} }}"
    counts = []
    for extra in (0, 4):
        for n in range(extra):
            store = Store.objects.create(name=f"Store {n}", currency="EUR")
            Membership.objects.create(user=owner.user, store=store, role=Role.OWNER)
        with statements() as count:
            ask(owner, asks).data  # noqa: B018
        counts.append(len(count))
    assert counts[0] == counts[1] <= (19 if metric == "ENERGY_KWH" else 8)
