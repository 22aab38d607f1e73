"""Orders found again: lists in pages and by number, the queue, the history, and a customer's own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from core.models import Store
from core.roles import Role
from sales.models import Order
from sales.transitions import OPEN, Status
from schema import ids
from tests import shop
from tests.conftest import Person, person

WHOLE = """{ totalCount nodes { number status ageSeconds allowedTransitions total customer { name } placedBy { email }
    store { name } lines { name product { name } } events { after actor { email } } } }"""


def numbers(ask: Any, who: Person, asked: str) -> list[int]:
    """Ask for a list of the first store, such as `orders(first: 2)`."""
    name = asked.partition("(")[0]
    document = f"{{ me {{ stores {{ {asked} {{ totalCount nodes {{ number }} }} }} }} }}"
    page = ask(who, document).data["me"]["stores"][0][name]
    return [node["number"] for node in page["nodes"]]


def placed_at(order: Order, moment: datetime) -> None:
    Order.objects.filter(pk=order.pk).update(placed_at=moment)


@pytest.fixture
def few(owner: Person) -> dict[str, Order]:
    """One order in each status, in the order of the statuses."""
    return {status: shop.placed(owner.store, owner.user, status=status) for status in Status}


def test_the_queue_holds_what_is_open_the_oldest_first(
    owner: Person, colleague: Person, stranger: Person, few: dict[str, Order], ask: Any
) -> None:
    shop.placed(stranger.store, stranger.user)
    placed_at(few[Status.READY], timezone.now() - timedelta(minutes=10))
    document = "{ me { stores { orderQueue { totalCount nodes { number status ageSeconds } } } } }"
    queue = ask(colleague, document).data["me"]["stores"][0]["orderQueue"]
    assert queue["totalCount"] == len(OPEN)
    assert [node["status"] for node in queue["nodes"]] == ["READY", "PENDING", "IN_QUEUE", "IN_PROGRESS"]
    ages = [node["ageSeconds"] for node in queue["nodes"]]
    assert 600 <= ages[0] < 660
    assert max(ages[1:]) < 60
    assert numbers(ask, owner, "orderQueue(filter: {status: [IN_QUEUE, COMPLETED]})") == [2]


def test_the_history_holds_what_has_ended_the_last_first(
    owner: Person, few: dict[str, Order], ask: Any
) -> None:
    assert numbers(ask, owner, "orderHistory") == [7, 6, 5]
    assert numbers(ask, owner, "orderHistory(orderBy: CLOSED_AT_ASC, first: 2)") == [5, 6]
    document = "query ($after: String) { me { stores { orderHistory(first: 2, after: $after) { nodes { number } pageInfo { endCursor } } } } }"
    page = ask(owner, document).data["me"]["stores"][0]["orderHistory"]
    rest = ask(owner, document, after=page["pageInfo"]["endCursor"]).data["me"]["stores"][0]["orderHistory"]
    assert [node["number"] for node in page["nodes"] + rest["nodes"]] == [7, 6, 5]
    assert numbers(ask, owner, "orderHistory(filter: {status: [PENDING, REFUNDED]}, page: 1)") == [6]


def test_a_kitchen_screen_sees_a_hundred_orders_without_asking_for_more(owner: Person, ask: Any) -> None:
    song = shop.product(owner.store, tracks_stock=False)
    for _ in range(25):
        shop.placed(owner.store, owner.user, (song, "1"))
    assert len(numbers(ask, owner, "orderQueue")) == len(numbers(ask, owner, "orderQueue(first: null)")) == 25
    assert len(numbers(ask, owner, "orders")) == 20


# --- Found


def test_orders_are_found_by_what_is_known_of_them(owner: Person, stranger: Person, ask: Any) -> None:
    store, by = owner.store, owner.user
    bread = shop.product(store, name="Rye bread", unit_price=Decimal(4), tracks_stock=False)
    candle = shop.product(store, name="Kerze weiß", unit_price=Decimal(0), tracks_stock=False)
    luis = shop.customer(store)
    leonie = shop.customer(store, first_name="Leonie", last_name="Köhler", company="Elf & Co")
    shop.placed(store, by, (bread, "1"), customer=luis, channel="PHONE", note="No SALT")
    shop.placed(store, by, (candle, "1"), customer=leonie, status=Status.READY)
    shop.placed(store, by, (bread, "2"), (candle, "1"), status=Status.COMPLETED, channel="ONLINE")
    shop.placed(store, by, (bread, "1"), status=Status.CANCELLED)
    Order.objects.filter(number=3).update(paid=8)
    shop.placed(stranger.store, stranger.user, note="salt")
    cases = {
        "status: [PENDING, READY]": [2, 1],
        "status: []": [],
        "channel: [PHONE, ONLINE]": [3, 1],
        f'customer: "{ids.encode("Customer", leonie.pk)}"': [2],
        'search: "3"': [3],
        'search: "#3"': [3],
        'search: "99999999999999999999"': [],
        'search: "salt"': [1],
        'search: "KÖHLER"': [2],
        'search: "elf"': [2],
        'search: "rye"': [4, 3, 1],
        'search: "rye WEIß"': [3],
        'search: "luís bread"': [1],
        'search: " "': [4, 3, 2, 1],
        'search: "\\u0000"': [],
        'search: "%"': [],
        "unpaid: true": [1],
        "unpaid: false": [4, 3, 2],
        'status: [PENDING], search: "rye", unpaid: true, channel: [PHONE]': [1],
    }
    assert {case: numbers(ask, owner, f"orders(filter: {{{case}}})") for case in cases} == cases


def test_days_of_orders_are_those_of_the_stores_own_zone(owner: Person, ask: Any) -> None:
    Store.objects.filter(pk=owner.store.pk).update(timezone="Pacific/Auckland")
    for moment in (datetime(2026, 5, 3, 11, 59, tzinfo=UTC), datetime(2026, 5, 3, 12, 0, tzinfo=UTC)):
        placed_at(shop.placed(owner.store, owner.user), moment)
    assert numbers(ask, owner, 'orders(filter: {dateRange: "2026-05-04..2026-05-05"})') == [2]
    assert numbers(ask, owner, 'orders(filter: {dateRange: "2026-05-03..2026-05-04"})') == [1]
    assert numbers(ask, owner, 'orders(filter: {dateRange: "7d"})') == []


NOW = ("today", "24h", "this_week", "this_month", "this_year", "0001-01-01..9999-12-31")
NOT_NOW = ("yesterday", "last_week", "last_year", "0001-01-01..0001-01-02", "9999-12-30..9999-12-31")


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"])
@pytest.mark.parametrize("start", [0, 6])
def test_now_is_today_in_every_zone(owner: Person, ask: Any, zone: str, start: int) -> None:
    Store.objects.filter(pk=owner.store.pk).update(timezone=zone, week_start=start)
    shop.placed(owner.store, owner.user)
    asked = " ".join(
        f'r{number}: orders(filter: {{dateRange: "{days}"}}) {{ totalCount }}'
        for number, days in enumerate(NOW + NOT_NOW)
    )
    found = ask(owner, f"{{ me {{ stores {{ {asked} }} }} }}").data["me"]["stores"][0].values()
    assert [page["totalCount"] for page in found] == [1] * len(NOW) + [0] * len(NOT_NOW)


@pytest.mark.parametrize(
    ("order_by", "expected"),
    [
        ("PLACED_AT_ASC", [1, 2, 3]),
        ("PLACED_AT_DESC", [3, 2, 1]),
        ("NUMBER_ASC", [1, 2, 3]),
        ("NUMBER_DESC", [3, 2, 1]),
        ("TOTAL_ASC", [3, 1, 2]),
        ("TOTAL_DESC", [2, 1, 3]),
    ],
)
def test_orders_come_in_the_order_that_is_asked_for_page_by_page(
    owner: Person, ask: Any, order_by: str, expected: list[int]
) -> None:
    bread = shop.product(owner.store, tracks_stock=False)
    for quantity, status in (("2", Status.PENDING), ("3", Status.READY), ("1", Status.COMPLETED)):
        shop.placed(owner.store, owner.user, (bread, quantity), status=status)
    document = """query ($after: String) { me { stores { orders(first: 1, after: $after, orderBy: ORDER) {
      nodes { number } pageInfo { endCursor hasNextPage } } } } }""".replace("ORDER", order_by)
    found, after, more = [], None, True
    while more:
        page = ask(owner, document, after=after).data["me"]["stores"][0]["orders"]
        found += [node["number"] for node in page["nodes"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == expected


# --- Pages by number


def test_pages_have_numbers_too(owner: Person, ask: Any) -> None:
    song = shop.product(owner.store, tracks_stock=False)
    for _ in range(5):
        shop.placed(owner.store, owner.user, (song, "1"))
    document = """query ($page: Int, $limit: Int) { me { stores { orders(page: $page, limit: $limit) {
      totalCount nodes { number } edges { cursor } pageInfo { hasNextPage hasPreviousPage } } } } }"""

    def page(number: int | None, limit: int | None) -> tuple[list[int], bool, bool]:
        found = ask(owner, document, page=number, limit=limit).data["me"]["stores"][0]["orders"]
        assert found["totalCount"] == 5
        info = found["pageInfo"]
        return [node["number"] for node in found["nodes"]], info["hasPreviousPage"], info["hasNextPage"]

    assert page(1, 2) == page(None, 2) == ([5, 4], False, True)
    assert page(2, 2) == ([3, 2], True, True)
    assert page(3, 2) == ([1], True, False)
    assert page(4, 2) == page(2, None) == page(2**31 - 1, 100) == ([], True, False)
    assert page(1, None) == page(None, None) == page(1, 100) == ([5, 4, 3, 2, 1], False, False)


def test_a_page_of_each_of_several_stores_is_read_at_once(owner: Person, ask: Any, statements: Any) -> None:
    other = person("other@example.com").store
    owner.user.memberships.create(store=other, role=Role.OWNER)
    for store in (owner.store, other):
        song = shop.product(store, tracks_stock=False)
        for _ in range(3):
            shop.placed(store, owner.user, (song, "1"))
    document = "{ me { stores { name orders(page: 2, limit: 2) { totalCount nodes { number } pageInfo { hasNextPage } } } } }"
    with statements() as count:
        stores = ask(owner, document).data["me"]["stores"]
    page = {"totalCount": 3, "nodes": [{"number": 1}], "pageInfo": {"hasNextPage": False}}
    assert [store["orders"] for store in stores] == [page, page]
    assert sum('FROM "sales_order"' in query["sql"] for query in count) == 2  # the pages, the totals


@pytest.mark.parametrize(
    "arguments",
    [
        "page: 0",
        "page: -1",
        "limit: 0",
        "limit: 101",
        "first: 101",
        'page: 1, after: "x"',
        'limit: 1, after: "x"',
    ],
)
def test_a_page_that_cannot_be_is_refused(owner: Person, ask: Any, arguments: str) -> None:
    answer = ask(owner, f"{{ me {{ stores {{ orders({arguments}) {{ totalCount }} }} }} }}")
    assert answer.codes == ["BAD_USER_INPUT"]


# --- A customer's


def test_a_customer_shows_what_was_ordered_and_what_it_came_to(
    owner: Person, stranger: Person, ask: Any
) -> None:
    store, by = owner.store, owner.user
    bread = shop.product(store, unit_price=Decimal("0.10"), tracks_stock=False)
    luis = shop.customer(store)
    nobody = shop.customer(store, first_name="Ana", last_name="Zorn")
    ways = [Status.CANCELLED, Status.COMPLETED, Status.COMPLETED, Status.REFUNDED, Status.READY]
    for status in (*ways, Status.CANCELLED):
        shop.placed(store, by, (bread, "3"), status=status, customer=luis)
    shop.placed(store, by, (bread, "1"), status=Status.COMPLETED)
    document = """{ me { stores { customers { nodes { name lifetimeValue currency firstOrder { number } lastOrder { number status }
      orders(first: 2) { totalCount nodes { number } } } } } } }"""
    shown = ask(owner, document).data["me"]["stores"][0]["customers"]["nodes"]
    assert shown == [
        {
            "name": luis.name,
            "lifetimeValue": "0.60",
            "currency": "EUR",
            "firstOrder": {"number": 2},
            "lastOrder": {"number": 5, "status": "READY"},
            "orders": {"totalCount": 6, "nodes": [{"number": 6}, {"number": 5}]},
        },
        {
            "name": nobody.name,
            "lifetimeValue": "0.00",
            "currency": "EUR",
            "firstOrder": None,
            "lastOrder": None,
            "orders": {"totalCount": 0, "nodes": []},
        },
    ]
    by_id = "query ($id: ID!) { node(id: $id) { ... on Customer { lifetimeValue } } }"
    assert ask(stranger, by_id, id=ids.encode("Customer", luis.pk)).data["node"] is None


# --- What a page costs


@pytest.mark.parametrize(
    "asked",
    [
        f"orders(first: 100) {WHOLE}",
        f"orderQueue {WHOLE}",
        f"orders(page: 1, limit: 100, filter: {{search: \"song 1\"}}) {WHOLE}",
        """customers(first: 100) { nodes { name lifetimeValue currency firstOrder { number } lastOrder { number }
            orders { totalCount nodes { number lines { name } } } } }""",
    ],
)  # fmt: skip
def test_many_orders_cost_as_many_statements_as_one(
    owner: Person, ask: Any, statements: Any, asked: str
) -> None:
    document = f"{{ me {{ stores {{ {asked} }} }} }}"

    def cost(rows: Callable[[dict[str, Any]], list[Any]]) -> tuple[int, int]:
        with statements() as count:
            (store,) = ask(owner, document).data["me"]["stores"]
        return len(count), len(rows(next(iter(store.values()))))

    def place(many: int) -> None:
        for number in range(many):
            song = shop.product(owner.store, name=f"Song 1 {number}", tracks_stock=False)
            customer = shop.customer(owner.store)
            shop.placed(owner.store, owner.user, (song, "1"), (song, "2"), customer=customer)

    place(2)
    few, rows = cost(lambda page: page["nodes"])
    place(6)
    many, more = cost(lambda page: page["nodes"])
    assert (rows, more) == (2, 8)
    assert many == few
