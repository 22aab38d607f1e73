"""What a store sold, asked over HTTP."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.models import Membership, Store
from core.roles import GRANTS, Permission, Role
from sales.models import Order
from sales.transitions import Status
from schema import ids
from tests import shop, till
from tests.conftest import Person

MAY = "2026-05-01..2026-06-01"
TAKEN = "revenue orders"
FIGURES = f"""
    start end timezone currency
    overview {{
      {TAKEN} average bestDay {{ date {TAKEN} }} refunded refundedOrders growth
      previous {{ start end {TAKEN} average }} otherCurrencies {{ currency {TAKEN} }}
    }}
    byDay {{ date {TAKEN} }} byWeekday {{ weekday {TAKEN} }} byHour {{ hour {TAKEN} }}
    topProducts {{ product {{ id }} name quantity {TAKEN} share }}
    byCategory {{ category {{ id }} name quantity revenue share }}
    byCountry {{ country {TAKEN} share }} byCity {{ country city {TAKEN} share }}
    profit {{ profit covered coverage }} refunds {{ total count }}
"""


def document(figures: str = FIGURES) -> str:
    asked = f"sales(range: $range) {{ {figures} }}"
    return f"query ($store: ID!, $range: DateRange) {{ store(id: $store) {{ analytics {{ {asked} }} }} }}"


def asked(ask: Any, who: Person, figures: str = FIGURES, range: str = MAY) -> Any:
    answer = ask(who, document(figures), store=who.store_id, range=range)
    return answer.data["store"]["analytics"]["sales"]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.fixture
def may(owner: Person) -> dict[str, Any]:
    """Sell in the owner's May: three orders that count, and others that do not."""
    store = owner.store
    rock, jazz = shop.genre(store, "Rock"), shop.genre(store, "Jazz")
    song = shop.product(store, name="Song", category=rock, cost=Decimal("0.40"))
    tune = shop.product(store, name="Tune", category=jazz)
    noise = shop.product(store, name="Noise")
    lisbon = shop.customer(store, country="Portugal", city="Lisboa")
    porto = shop.customer(store, country="Portugal", city="Porto")
    oslo = shop.customer(store, country="Norway", city="Oslo")
    till.order(store, (song, "2", "0.99"), (tune, "1", "1.99"), at=utc(2026, 5, 4, 9, 59), customer=lisbon)
    till.order(store, (song, "1.5", "1.00"), at=utc(2026, 5, 4, 10), customer=oslo)
    till.order(store, (noise, "3", "0.10"), at=utc(2026, 5, 31, 23, 59, 59), customer=porto)
    till.order(store, (tune, "1", "5.00"), at=utc(2026, 5, 11, 9), status=Status.REFUNDED)
    till.order(store, (tune, "1", "6.00"), at=utc(2026, 5, 11, 9), status=Status.CANCELLED)
    till.order(store, (tune, "1", "7.00"), at=utc(2026, 5, 11, 9), status=Status.READY)
    till.order(store, (tune, "1", "8.00"), at=utc(2026, 5, 11, 9), currency="USD")
    till.order(store, (tune, "1", "3.00"), at=utc(2026, 4, 30, 23, 59))
    till.order(store, (tune, "1", "90.00"), at=utc(2026, 6, 1))
    # Placed in May, closed in June: it is June's.
    till.order(store, (tune, "1", "80.00"), at=utc(2026, 5, 31, 23), closed_at=utc(2026, 6, 1, 1))
    return {"rock": rock, "jazz": jazz, "song": song, "tune": tune, "noise": noise}


def test_a_range_answers_every_figure(owner: Person, may: dict[str, Any], ask: Any) -> None:
    found = asked(ask, owner)
    days, hours = found.pop("byDay"), found.pop("byHour")
    assert [row["date"] for row in days] == [f"2026-05-{n:02}" for n in range(1, 32)]
    assert [row for row in days if row["orders"]] == [
        {"date": "2026-05-04", "revenue": "5.47", "orders": 2},
        {"date": "2026-05-31", "revenue": "0.30", "orders": 1},
    ]
    assert [row["hour"] for row in hours] == list(range(24))
    assert {row["hour"]: row["revenue"] for row in hours if row["orders"]} == {
        9: "3.97",
        10: "1.50",
        23: "0.30",
    }
    weekdays = {row["weekday"]: row["revenue"] for row in found.pop("byWeekday")}
    assert weekdays == {
        "MONDAY": "5.47", "TUESDAY": "0.00", "WEDNESDAY": "0.00", "THURSDAY": "0.00", "FRIDAY": "0.00",
        "SATURDAY": "0.00", "SUNDAY": "0.30",
    }  # fmt: skip
    keys = {name: {"id": ids.encode("Product", may[name].pk)} for name in ("song", "tune", "noise")}
    genres = {name: {"id": ids.encode("Category", may[name].pk)} for name in ("rock", "jazz")}
    assert found == {
        "start": "2026-05-01",
        "end": "2026-06-01",
        "timezone": "UTC",
        "currency": "EUR",
        "overview": {
            "revenue": "5.77",
            "orders": 3,
            "average": "1.92",
            "bestDay": {"date": "2026-05-04", "revenue": "5.47", "orders": 2},
            "refunded": "5.00",
            "refundedOrders": 1,
            "growth": "0.9233",
            "previous": {"start": "2026-03-31", "end": "2026-05-01", "revenue": "3.00", "orders": 1, "average": "3.00"},
            "otherCurrencies": [{"currency": "USD", "revenue": "8.00", "orders": 1}],
        },
        "topProducts": [
            {"product": keys["song"], "name": "Song", "quantity": "3.500", "revenue": "3.48", "orders": 2, "share": "0.6031"},
            {"product": keys["tune"], "name": "Tune", "quantity": "1.000", "revenue": "1.99", "orders": 1, "share": "0.3449"},
            {"product": keys["noise"], "name": "Noise", "quantity": "3.000", "revenue": "0.30", "orders": 1, "share": "0.0520"},
        ],
        "byCategory": [
            {"category": genres["rock"], "name": "Rock", "quantity": "3.500", "revenue": "3.48", "share": "0.6031"},
            {"category": genres["jazz"], "name": "Jazz", "quantity": "1.000", "revenue": "1.99", "share": "0.3449"},
            {"category": None, "name": None, "quantity": "3.000", "revenue": "0.30", "share": "0.0520"},
        ],
        "byCountry": [
            {"country": "Portugal", "revenue": "4.27", "orders": 2, "share": "0.7400"},
            {"country": "Norway", "revenue": "1.50", "orders": 1, "share": "0.2600"},
        ],
        "byCity": [
            {"country": "Portugal", "city": "Lisboa", "revenue": "3.97", "orders": 1, "share": "0.6880"},
            {"country": "Norway", "city": "Oslo", "revenue": "1.50", "orders": 1, "share": "0.2600"},
            {"country": "Portugal", "city": "Porto", "revenue": "0.30", "orders": 1, "share": "0.0520"},
        ],
        "profit": {"profit": "2.08", "covered": "3.48", "coverage": "0.6031"},
        "refunds": {"total": "0.00", "count": 0},
    }  # fmt: skip


def test_top_products_are_those_that_were_asked_for(owner: Person, may: dict[str, Any], ask: Any) -> None:
    names = [
        row["name"]
        for row in asked(ask, owner, "topProducts(first: 2, by: QUANTITY) { name }")["topProducts"]
    ]
    assert names == ["Song", "Noise"]
    assert asked(ask, owner, "topProducts(first: 0) { name } byCity(first: 0) { city }") == {
        "topProducts": [],
        "byCity": [],
    }
    for figures in ("topProducts(first: 101) { name }", "byCity(first: -1) { city }"):
        assert ask(owner, document(figures), store=owner.store_id, range=MAY).codes == ["BAD_USER_INPUT"]


def test_a_store_that_sold_nothing_answers_zeros(owner: Person, ask: Any) -> None:
    found = asked(ask, owner)
    assert found["overview"] == {
        "revenue": "0.00", "orders": 0, "average": None, "bestDay": None, "refunded": "0.00",
        "refundedOrders": 0, "growth": None, "otherCurrencies": [],
        "previous": {"start": "2026-03-31", "end": "2026-05-01", "revenue": "0.00", "orders": 0, "average": None},
    }  # fmt: skip
    assert {row["revenue"] for row in found["byDay"] + found["byHour"] + found["byWeekday"]} == {"0.00"}
    assert found["profit"] == {"profit": "0.00", "covered": "0.00", "coverage": None}


def test_an_order_of_nobody_stands_under_no_place(owner: Person, ask: Any) -> None:
    till.order(owner.store, total="1.00")
    till.order(owner.store, total="2.00", customer=shop.customer(owner.store))
    found = asked(ask, owner, "byCountry { country orders } byCity { country city orders }")
    assert found["byCountry"] == [{"country": None, "orders": 2}]
    assert found["byCity"] == [{"country": None, "city": None, "orders": 2}]


def pay_back(order: Order, amount: str, at: datetime, status: str = "CAPTURED") -> None:
    payment = order.payments.create(
        method="CASH", amount=order.total, refunded=order.total, status="CAPTURED", created_at=at, captured_at=at,
        idempotency_key=f"{at} {amount}", fingerprint="x",
    )  # fmt: skip
    payment.refunds.create(
        amount=Decimal(amount), status=status, created_at=at, idempotency_key="x", fingerprint="x",
        captured_at=at if status == "CAPTURED" else None,
    )  # fmt: skip


def test_what_was_paid_back_counts_when_it_was(owner: Person, stranger: Person, ask: Any) -> None:
    old = till.order(owner.store, total="9.00", at=utc(2025, 1, 1))
    pay_back(old, "2.50", utc(2026, 5, 1))
    pay_back(old, "0.10", utc(2026, 5, 31, 23))
    pay_back(old, "4.00", utc(2026, 6, 1))
    pay_back(old, "8.00", utc(2026, 5, 2), status="DECLINED")
    pay_back(till.order(owner.store, total="5.00", currency="USD"), "5.00", utc(2026, 5, 3))
    pay_back(till.order(stranger.store, total="7.00"), "7.00", utc(2026, 5, 3))
    assert asked(ask, owner, "refunds { total count } overview { revenue }") == {
        "refunds": {"total": "2.60", "count": 2},
        "overview": {"revenue": "0.00"},
    }


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_every_way_to_part_the_revenue_adds_up_to_it_as_a_clock_on_the_wall_says(
    owner: Person, ask: Any, zone: str
) -> None:
    Store.objects.filter(pk=owner.store.pk).update(timezone=zone)
    chosen = random.Random(zone)
    products = [shop.product(owner.store, category=shop.genre(owner.store)) for _ in range(3)]
    customers = [shop.customer(owner.store, country=country) for country in ("Norway", "Portugal", "")]
    days, hours = Counter[str](), Counter[int]()
    for _ in range(40):  # around the days on which clocks change in New York and on Lord Howe
        month, first = chosen.choice([(3, 7), (4, 4), (10, 3), (10, 31)])
        at = utc(2026, month, first) + timedelta(seconds=chosen.randrange(3 * 86400))
        lines = [(product, "1", f"{chosen.randrange(1, 999) / 100:.2f}") for product in products]
        order = till.order(owner.store, *lines, at=at, customer=chosen.choice(customers))
        there = at.astimezone(ZoneInfo(zone))
        days[f"{there.date()}"] += int(order.total * 100)
        hours[there.hour] += int(order.total * 100)
    found = asked(ask, owner, range="2026-03-01..2026-11-30")
    cents = {
        name: {row[by]: int(Decimal(row["revenue"]) * 100) for row in found[name]}
        for name, by in (("byDay", "date"), ("byHour", "hour"), ("byWeekday", "weekday"),
                         ("topProducts", "name"), ("byCategory", "name"), ("byCountry", "country"))
    }  # fmt: skip
    assert +Counter(cents["byDay"]) == days
    assert +Counter(cents["byHour"]) == hours
    whole = int(Decimal(found["overview"]["revenue"]) * 100)
    assert {name: sum(parts.values()) for name, parts in cents.items()} == dict.fromkeys(cents, whole)


@pytest.mark.parametrize(
    ("zone", "moment", "date", "hour"),
    [
        ("Pacific/Kiritimati", utc(2026, 5, 4, 10, 30), "2026-05-05", 0),
        ("America/New_York", utc(2026, 5, 4, 3, 59), "2026-05-03", 23),
        ("Asia/Kathmandu", utc(2026, 5, 4, 18, 15), "2026-05-05", 0),
        # Clocks go forward in New York on 8 March 2026 at 07:00 UTC, and back on 1 November at 06:00 UTC.
        ("America/New_York", utc(2026, 3, 8, 6, 59), "2026-03-08", 1),
        ("America/New_York", utc(2026, 3, 8, 7, 0), "2026-03-08", 3),
        ("America/New_York", utc(2026, 11, 1, 5, 30), "2026-11-01", 1),
        ("America/New_York", utc(2026, 11, 1, 6, 30), "2026-11-01", 1),
        ("America/New_York", utc(2026, 11, 2, 4, 59), "2026-11-01", 23),
    ],
)
def test_days_and_hours_are_those_of_the_stores_clock(
    owner: Person, ask: Any, zone: str, moment: datetime, date: str, hour: int
) -> None:
    Store.objects.filter(pk=owner.store.pk).update(timezone=zone)
    till.order(owner.store, total="1.00", at=moment)
    day = datetime.fromisoformat(date).date()
    range = f"{day}..{day + timedelta(days=1)}"
    found = asked(
        ask, owner, "byDay { date orders } byHour { hour orders } byWeekday { weekday orders }", range
    )
    assert found["byDay"] == [{"date": date, "orders": 1}]
    assert [row["hour"] for row in found["byHour"] if row["orders"]] == [hour]
    assert [row["weekday"] for row in found["byWeekday"] if row["orders"]] == [day.strftime("%A").upper()]


@pytest.mark.parametrize("price", ["999999999.99", "0.10", "4.35"])
def test_no_cent_is_lost_in_a_large_sum(owner: Person, ask: Any, price: str) -> None:
    product = shop.product(owner.store)
    for n in range(21):
        till.order(owner.store, *[(product, "1", price)] * 21, at=till.NOON + timedelta(hours=n))
    found = asked(ask, owner, "overview { revenue } topProducts { revenue quantity } byCountry { revenue }")
    exact = str(441 * Decimal(price))
    assert found["overview"]["revenue"] == exact
    assert found["topProducts"] == [{"revenue": exact, "quantity": "441.000"}]
    assert found["byCountry"] == [{"revenue": exact}]


def test_only_roles_with_insight_see_what_was_sold(
    owner: Person, colleague: Person, stranger: Person, may: dict[str, Any], ask: Any
) -> None:
    for role in Role:
        colleague.user.memberships.update(role=role)
        answer = ask(colleague, document("overview { revenue }"), store=owner.store_id, range=MAY)
        sales = answer.body["data"]["store"]["analytics"]["sales"]
        if Permission.INSIGHT_VIEW in GRANTS[role]:
            assert sales == {"overview": {"revenue": "5.77"}}
        else:
            assert (answer.codes, sales) == (["FORBIDDEN"], None)
    assert ask(stranger, document(), store=owner.store_id, range=MAY).data == {"store": None}
    assert ask(None, document(), store=owner.store_id, range=MAY).codes == ["UNAUTHENTICATED"]
    assert asked(ask, stranger)["topProducts"] == []


def test_only_what_is_asked_for_is_read(
    owner: Person, may: dict[str, Any], ask: Any, statements: Any
) -> None:
    def cost(figures: str) -> int:
        with statements() as count:
            asked(ask, owner, figures)
        return len(count)

    nothing = cost("currency")
    assert cost("overview { orders } byDay { orders } byWeekday { orders }") == nothing + 1
    assert cost("topProducts { name } byCategory { name } profit { profit }") == nothing + 1
    assert cost("byCountry { orders } byCity { orders } byHour { orders }") == nothing + 2


def test_ten_stores_take_as_many_statements_as_one(owner: Person, ask: Any, statements: Any) -> None:
    every = f'{{ me {{ stores {{ analytics {{ sales(range: "{MAY}") {{ {FIGURES} }} }} }} }} }}'
    customer = {"country": "Norway", "city": "Oslo"}

    def sell(store: Store) -> None:
        product = shop.product(store, category=shop.genre(store))
        till.order(store, (product, "1", "2.00"), customer=shop.customer(store, **customer))

    sell(owner.store)
    with statements() as one:
        ask(owner, every).data  # noqa: B018
    for n in range(9):
        store = Store.objects.create(name=f"Store {n}", currency="USD", timezone="Asia/Kathmandu")
        Membership.objects.create(user=owner.user, store=store, role=Role.OWNER)
        sell(store)
    with statements() as ten:
        stores = ask(owner, every).data["me"]["stores"]
    assert [store["analytics"]["sales"]["overview"]["revenue"] for store in stores] == ["2.00"] * 10
    assert len(one) == len(ten)
