"""The connection of the house: pages, walks, totals, and what it costs in SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from receipts.models import Bill
from tests import books
from tests.conftest import Person, person

LIST = """query ($first: Int, $after: String, $order: BillOrder) { me { stores { bills(
  first: $first, after: $after, orderBy: $order) {
    totalCount nodes { id total } edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } } }"""


def listing(answer: Any) -> Any:
    return answer.data["me"]["stores"][0]["bills"]


def fill(owner: Person, count: int) -> None:
    for number in range(count):
        books.bill(
            owner.store,
            total=None if number % 4 == 3 else Decimal(number % 5),  # ties and NULLs
            date=date(2026, 1, 1) + timedelta(days=number % 7),
            merchant_name=f"Shop {number % 3}",
        )


@pytest.mark.parametrize("rows", [0, 1, 20, 100, 101])
def test_a_page_tells_how_many_there_are_and_whether_more_follow(owner: Person, ask: Any, rows: int) -> None:
    fill(owner, rows)
    for first in (20, 100):
        page = listing(ask(owner, LIST, first=first))
        assert page["totalCount"] == rows
        assert len(page["nodes"]) == min(rows, first)
        assert page["pageInfo"]["hasNextPage"] == (rows > first)
        assert page["pageInfo"]["hasPreviousPage"] is False
        assert [edge["node"]["id"] for edge in page["edges"]] == [node["id"] for node in page["nodes"]]
        ends = [edge["cursor"] for edge in page["edges"]] or [None]
        assert (page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]) == (ends[0], ends[-1])


def test_a_page_without_first_has_twenty_rows_and_one_of_null_too(owner: Person, ask: Any) -> None:
    fill(owner, 25)
    assert len(listing(ask(owner, LIST))["nodes"]) == 20
    assert len(listing(ask(owner, LIST, first=None))["nodes"]) == 20


def test_a_page_of_nothing_still_tells_whether_there_is_more(owner: Person, ask: Any) -> None:
    fill(owner, 1)
    page = listing(ask(owner, LIST, first=0))
    assert page["nodes"] == []
    assert page["pageInfo"]["hasNextPage"] is True


@pytest.mark.parametrize("first", [-1, 101, 2_000_000])
def test_a_page_of_a_wrong_size_is_refused(owner: Person, ask: Any, first: int) -> None:
    assert ask(owner, LIST, first=first).codes == ["BAD_USER_INPUT"]


ORDERS = [
    "DATE_DESC", "DATE_ASC", "TOTAL_DESC", "TOTAL_ASC", "MERCHANT_NAME_ASC", "MERCHANT_NAME_DESC",
    "CREATED_AT_DESC", "CREATED_AT_ASC",
]  # fmt: skip


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("first", [1, 7])
def test_a_walk_reads_each_row_once_through_ties_and_nulls(
    owner: Person, ask: Any, order: str, first: int
) -> None:
    fill(owner, 23)
    seen, after = [], None
    while True:
        page = listing(ask(owner, LIST, first=first, after=after, order=order))
        assert page["totalCount"] == 23
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == 23
    whole = [node["id"] for node in listing(ask(owner, LIST, first=100, order=order))["nodes"]]
    assert seen == whole


@pytest.mark.parametrize("order", ["TOTAL_DESC", "TOTAL_ASC"])
def test_nulls_come_last_in_either_direction(owner: Person, ask: Any, order: str) -> None:
    fill(owner, 12)
    totals = [node["total"] for node in listing(ask(owner, LIST, first=100, order=order))["nodes"]]
    known = [Decimal(total) for total in totals if total is not None]
    assert totals[len(known) :] == [None] * 3
    assert known == sorted(known, reverse=order == "TOTAL_DESC")


def test_a_row_that_comes_during_a_walk_neither_repeats_nor_loses_another(owner: Person, ask: Any) -> None:
    fill(owner, 10)
    first = listing(ask(owner, LIST, first=5, order="DATE_ASC"))
    books.bill(owner.store, date=date(2020, 1, 1))
    rest = listing(ask(owner, LIST, first=100, order="DATE_ASC", after=first["pageInfo"]["endCursor"]))
    ids = [node["id"] for node in first["nodes"] + rest["nodes"]]
    assert len(ids) == len(set(ids)) == 10


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "????",
        "W10",
        "bnVsbA",
        "WyItYm9va2VkX29uIiwieCIsMV0",
        "A" * 5000,
        "\x00",
        "WyJ0b3RhbCIsIk5hTiIsMV0",
    ],
)
def test_a_cursor_that_is_none_is_refused(owner: Person, ask: Any, cursor: str) -> None:
    fill(owner, 1)
    assert ask(owner, LIST, after=cursor).codes == ["BAD_USER_INPUT"]
    assert ask(owner, LIST, after=cursor, order="TOTAL_ASC").codes == ["BAD_USER_INPUT"]


def test_a_cursor_of_another_order_is_refused(owner: Person, ask: Any) -> None:
    fill(owner, 3)
    cursor = listing(ask(owner, LIST, first=1, order="TOTAL_ASC"))["pageInfo"]["endCursor"]
    assert ask(owner, LIST, after=cursor, order="DATE_ASC").codes == ["BAD_USER_INPUT"]
    assert ask(owner, LIST, after=cursor, order="TOTAL_DESC").codes == ["BAD_USER_INPUT"]


NESTED = """{ me { stores { bills(first: 3) { totalCount nodes {
  id merchantName items(first: 2) { totalCount nodes { description bill { id } category { name } }
  pageInfo { hasNextPage } } } } } } }"""


def test_lists_nested_two_deep_page_and_count_for_each_parent(owner: Person, ask: Any) -> None:
    for lines in (0, 1, 2, 3):
        made = books.bill(owner.store, merchant_name=f"{lines} lines")
        for number in range(lines):
            books.item(made, description=f"{lines}-{number}")
    page = listing(ask(owner, NESTED))
    assert page["totalCount"] == 4
    assert [bill["merchantName"] for bill in page["nodes"]] == ["3 lines", "2 lines", "1 lines"]
    for bill in page["nodes"]:
        lines = int(bill["merchantName"][0])
        assert bill["items"]["totalCount"] == lines
        assert [item["description"] for item in bill["items"]["nodes"]] == [
            f"{lines}-{n}" for n in range(min(lines, 2))
        ]
        assert bill["items"]["pageInfo"]["hasNextPage"] == (lines > 2)
        assert all(item["bill"]["id"] == bill["id"] for item in bill["items"]["nodes"])


HUNDRED = """{ me { stores { bills(first: 100) { nodes {
  id total merchant { name } category { name } upload { filename status }
  items(first: 100) { nodes { description total category { name } } } } } } } }"""


def hundred(owner: Person, count: int) -> None:
    for number in range(count):
        made = books.bill(owner.store, merchant=books.merchant(owner.store), upload=books.upload(owner.store))
        for _ in range(10):
            books.item(made)
        assert number < count


def test_a_hundred_bills_with_ten_items_cost_as_many_statements_as_one(
    owner: Person, ask: Any, statements: Callable[[], Any], settings: Any
) -> None:
    settings.PLANS = "off"  # a plan takes one for all
    hundred(owner, 1)
    with statements() as one:
        ask(owner, HUNDRED).data  # noqa: B018
    hundred(owner, 99)
    with statements() as many:
        page = listing(ask(owner, HUNDRED))
    assert len(page["nodes"]) == 100
    assert {len(bill["items"]["nodes"]) for bill in page["nodes"]} == {10}
    assert all(bill["merchant"] and bill["upload"] and bill["category"] for bill in page["nodes"])
    # token, stores, bills, merchants, categories, uploads, items, their categories
    assert len(one) == len(many) == 8, [query["sql"][:90] for query in many]


def test_several_stores_cost_as_many_statements_as_one(ask: Any, built_in: None, statements: Any) -> None:
    document = """{ me { stores { billCount spentThisMonth role categories { name } bills(first: 2) { totalCount nodes {
      id items { totalCount nodes { description } } } } merchants { nodes { name spent { total currency } } }
      uploads { nodes { filename } } } } }"""
    me = person("many@example.com")
    counts = []
    for number in range(6):
        store = me.store if not number else person(f"friend{number}@example.com").store
        if number:
            me.user.memberships.create(store=store, role="MANAGER")
        for _ in range(3):
            books.item(books.bill(store, merchant=books.merchant(store)))
        with statements() as count:
            ask(me, document).data  # noqa: B018
        counts.append(len(count))
    assert counts[0] == counts[-1] == max(counts), counts


def test_only_what_is_asked_is_read(owner: Person, ask: Any, statements: Any, settings: Any) -> None:
    settings.PLANS = "off"  # a plan takes one for all
    fill(owner, 3)
    with statements() as count:
        assert ask(owner, "{ me { stores { bills { totalCount } } } }").data
    assert len(count) == 3  # token, stores, count
    with statements() as count:
        assert ask(owner, "{ me { stores { bills { nodes { id } } } } }").data
    assert not any("COUNT(" in query["sql"] for query in count)


def test_two_aliases_of_a_list_keep_their_own_pages(owner: Person, ask: Any) -> None:
    fill(owner, 5)
    document = """{ me { stores { a: bills(first: 1, orderBy: DATE_ASC) { nodes { bookedOn } }
      b: bills(first: 2, orderBy: DATE_DESC) { nodes { bookedOn } } } } }"""
    store = ask(owner, document).data["me"]["stores"][0]
    assert [bill["bookedOn"] for bill in store["a"]["nodes"]] == ["2026-01-01"]
    assert [bill["bookedOn"] for bill in store["b"]["nodes"]] == ["2026-01-05", "2026-01-04"]
    assert Bill.objects.count() == 5
