"""The filters and orders of bills: the same as a plain recomputation, at a constant price."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Category
from core.models import Store
from core.roles import Role
from receipts.books import built_in
from receipts.models import Bill, Item, Merchant
from schema import ids
from tests import books
from tests.conftest import Person

LIST = """query ($filter: BillFilter, $order: BillOrder) { me { stores { id
  bills(first: 100, filter: $filter, orderBy: $order) { totalCount nodes { id } } } } }"""
FIRST = date(2026, 3, 1)
# Letters that have one lower and one upper form, signs that mean something to SQL, LIKE or patterns.
SIGNS = "abAB09 éÉжЖ'\"%_\\*.[(|^$€🧾-"
words = st.text(st.sampled_from(SIGNS), max_size=4)


@dataclass
class Row:
    """A bill as plain Python knows it."""

    bill: Bill
    lines: list[str]

    @property
    def id(self) -> str:
        return ids.encode("Bill", self.bill.pk)


@dataclass
class World:
    owner: Person
    rows: list[Row]
    merchants: list[Merchant]
    categories: list[Category]


@pytest.fixture
def world(owner: Person, stranger: Person) -> World:
    """Sixty bills in two stores of the owner, and as many of a stranger's that must never show."""
    chance = random.Random(7)
    second = Store.objects.create(name="Second", currency="USD")
    owner.user.memberships.create(store=second, role=Role.MANAGER)
    stores = [owner.store, second]
    merchants = [books.merchant(store) for store in stores for _ in range(2)]
    categories = [built_in("cafe"), built_in("fuel"), Category.objects.create(store=owner.store, name="Mine")]
    rows = [_row(chance, chance.choice(stores), merchants, categories) for _ in range(60)]
    for _ in range(20):
        _row(chance, stranger.store, [], categories[:2])
    return World(owner, rows, merchants, categories)


def _row(chance: random.Random, store: Store, merchants: list[Merchant], categories: list[Category]) -> Row:
    def text(length: int) -> str:
        return "".join(chance.choices(SIGNS, k=chance.randrange(length)))

    bill = books.bill(
        store,
        merchant=chance.choice([None, *(merchant for merchant in merchants if merchant.store == store)]),
        merchant_name=text(12),
        number=text(5),
        notes=text(20),
        date=FIRST + timedelta(days=chance.randrange(40)),
        currency=chance.choice(["EUR", "USD"]),
        total=chance.choice([None, Decimal(chance.randrange(-200, 1000)) / 100, Decimal("5.00")]),
        status=chance.choice(Bill.Status.values),
        source=chance.choice(Bill.Source.values),
        category=chance.choice([category for category in categories if category.store in (None, store)]),
    )
    lines = [text(8) for _ in range(chance.randrange(3))]
    for line in lines:
        books.item(bill, description=line)
    return Row(bill, lines)


def filters(world: World) -> st.SearchStrategy[dict[str, Any]]:
    days = st.integers(-3, 43).map(lambda day: FIRST + timedelta(days=day))
    amounts = st.decimals(-3, 11, places=3)
    return st.fixed_dictionaries(
        {},
        optional={
            "dateRange": st.tuples(days, days).map(sorted).map(lambda pair: f"{pair[0]}..{pair[1]}"),
            "merchant": st.sampled_from(world.merchants).map(lambda row: ids.encode("Merchant", row.pk)),
            "category": st.sampled_from(world.categories).map(lambda row: ids.encode("Category", row.pk)),
            "status": st.lists(st.sampled_from(Bill.Status.values), max_size=3),
            "source": st.lists(st.sampled_from(Bill.Source.values), max_size=3),
            "currency": st.sampled_from(["EUR", "USD", "usd", "GBP"]),
            "minTotal": amounts.map(str),
            "maxTotal": amounts.map(str),
            "search": words,
        },
    )


def fits(row: Row, chosen: dict[str, Any]) -> bool:
    """Tell in plain Python whether a bill fits a filter."""
    bill = row.bill
    start, _, end = chosen.get("dateRange", "0001-01-01..9999-12-31").partition("..")
    text = chosen.get("search", "").strip().lower()
    merchant = ids.encode("Merchant", bill.merchant_id or 0)
    bounded = "minTotal" in chosen or "maxTotal" in chosen
    return (
        start <= bill.booked_on.isoformat() < end
        and chosen.get("merchant", merchant) == merchant
        and chosen.get("category", ids.encode("Category", bill.category_id))
        == ids.encode("Category", bill.category_id)
        and bill.status in chosen.get("status", [bill.status])
        and bill.source in chosen.get("source", [bill.source])
        and chosen.get("currency", bill.currency).upper() == bill.currency
        and not (bounded and bill.total is None)
        and (bill.total is None or bill.total >= Decimal(chosen.get("minTotal", "-Infinity")))
        and (bill.total is None or bill.total <= Decimal(chosen.get("maxTotal", "Infinity")))
        and any(text in held.lower() for held in (bill.merchant_name, bill.number, bill.notes, *row.lines))
    )


def shown(
    ask: Any, who: Person, filter: dict[str, Any] | None, order: str = "DATE_DESC"
) -> dict[str, list[str]]:
    stores = ask(who, LIST, filter=filter, order=order).data["me"]["stores"]
    pages = {store["id"]: store["bills"] for store in stores}
    assert all(page["totalCount"] == len(page["nodes"]) for page in pages.values())
    return {store: [node["id"] for node in page["nodes"]] for store, page in pages.items()}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_filter_keeps_what_a_plain_recomputation_keeps(world: World, ask: Any, data: st.DataObject) -> None:
    chosen = data.draw(filters(world))
    expected: dict[str, set[str]] = {}
    for row in world.rows:
        kept = expected.setdefault(ids.encode("Store", row.bill.store_id), set())
        if fits(row, chosen):
            kept.add(row.id)
    assert {store: set(found) for store, found in shown(ask, world.owner, chosen).items()} == expected


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(search=st.text(st.sampled_from(SIGNS), min_size=1, max_size=2))
def test_a_search_finds_a_text_in_whatever_case(world: World, ask: Any, search: str) -> None:
    expected = {row.id for row in world.rows if fits(row, {"search": search})}
    found = shown(ask, world.owner, {"search": search})
    assert {key for keys in found.values() for key in keys} == expected


ORDERS: dict[str, Any] = {
    "DATE": lambda bill: bill.booked_on,
    "TOTAL": lambda bill: bill.total,
    "CREATED_AT": lambda bill: bill.created_at,
    "MERCHANT_NAME": lambda bill: bill.merchant_name,
}


def test_every_order_is_that_of_a_plain_sort(world: World, ask: Any) -> None:
    for row in world.rows:  # names in which databases and Python agree
        row.bill.merchant_name = f"shop {row.bill.pk % 7}"
        row.bill.save()
    for name, key in ORDERS.items():
        for direction in ("ASC", "DESC"):
            expected = ordered(world.rows, key, backwards=direction == "DESC")
            assert shown(ask, world.owner, None, f"{name}_{direction}") == expected


def ordered(rows: list[Row], key: Any, *, backwards: bool) -> dict[str, list[str]]:
    """Sort bills by a value and then their key, those without the value last either way."""
    known = [row for row in rows if key(row.bill) is not None]
    unknown = [row for row in rows if key(row.bill) is None]
    known.sort(key=lambda row: (key(row.bill), row.bill.pk), reverse=backwards)
    unknown.sort(key=lambda row: row.bill.pk, reverse=backwards)
    found: dict[str, list[str]] = {}
    for row in known + unknown:
        found.setdefault(ids.encode("Store", row.bill.store_id), []).append(row.id)
    return found


# --- Texts that hurt


@pytest.fixture
def only(owner: Person) -> Bill:
    bill = books.bill(owner.store, merchant_name='100% O\'Reilly_\\"Café" STRASSE', notes="🧾" + "n" * 900)
    books.item(bill, description="Ünïcode ЖУК")
    books.bill(owner.store, merchant_name="Nothing of that")
    return bill


def found(ask: Any, who: Person, search: str) -> int:
    (keys,) = shown(ask, who, {"search": search}).values()
    return len(keys)


HITS = [
    "100%",
    "%",
    "_",
    "o'reilly",
    '\\"',
    "\\",
    "CAFÉ",
    "café",
    "straße".upper(),
    "🧾",
    "ünïCODE",
    "жук",
    "n" * 900,
    "  cafÉ  ",
]


@pytest.mark.parametrize("text", HITS)
def test_a_text_is_found_letter_for_letter(owner: Person, ask: Any, only: Bill, text: str) -> None:
    assert found(ask, owner, text) == 1


MISSES = [
    "%%",
    "10_%",
    "o''reilly",
    "' OR 1=1 --",
    ".*",
    "(a+)+$",
    "[[",
    "\\d",
    "\\\\",
    "caf.",
    "n" * 901,
    "x" * 1000,
    "x" * 5000,
    "\x00",
    "cafe\x00",
    "🧾🧾",
]


@pytest.mark.parametrize("text", MISSES)
def test_a_text_that_is_not_there_is_not_found(owner: Person, ask: Any, only: Bill, text: str) -> None:
    assert found(ask, owner, text) == 0


@pytest.mark.parametrize("text", ["", "   ", None])
def test_a_search_for_nothing_keeps_everything(owner: Person, ask: Any, only: Bill, text: str | None) -> None:
    assert len(shown(ask, owner, {"search": text})[owner.store_id]) == 2


def test_a_search_that_would_ruin_a_pattern_matcher_is_answered(owner: Person, ask: Any) -> None:
    books.bill(owner.store, notes="a" * 1000)
    assert found(ask, owner, "(a*)*" * 100 + "b") == 0
    assert found(ask, owner, "a" * 1000) == 1


def test_the_items_of_another_store_are_not_searched(owner: Person, stranger: Person, ask: Any) -> None:
    books.bill(owner.store)
    books.item(books.bill(stranger.store), description="Secret")
    assert found(ask, owner, "secret") == 0


# --- Values that are none


@pytest.mark.parametrize(
    "filter",
    [
        {"minTotal": "NaN"},
        {"maxTotal": "sNaN"},
        {"minTotal": "Infinity"},
        {"minTotal": "1e400"},
        {"maxTotal": "-1e400"},
        {"minTotal": "999999999999.995"},
        {"currency": "EURO"},
        {"currency": ""},
        {"currency": "\x00\x00\x00"},
        {"merchant": "x"},
        {"category": "x"},
        {"status": ["LOST"]},
        {"dateRange": "someday"},
    ],
)
def test_a_filter_that_makes_no_sense_is_a_bad_argument(
    owner: Person, ask: Any, filter: dict[str, Any]
) -> None:
    books.bill(owner.store)
    answer = ask(owner, LIST, filter=filter)
    assert answer.codes
    assert set(answer.codes) <= {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}


def test_a_bound_of_an_id_of_another_type_is_a_bad_argument(owner: Person, ask: Any) -> None:
    bill = ids.encode("Bill", books.bill(owner.store).pk)
    assert ask(owner, LIST, filter={"merchant": bill}).codes == ["BAD_USER_INPUT"]


def test_the_largest_bounds_hold(owner: Person, ask: Any) -> None:
    largest = books.bill(owner.store, total=Decimal("999999999999.99"))
    for filter in (
        {"minTotal": "999999999999.99"},
        {"minTotal": "999999999999.981"},
        {"maxTotal": "999999999999.999999"},
    ):
        if "maxTotal" in filter:
            assert ask(owner, LIST, filter=filter).codes == ["BAD_USER_INPUT"]
        else:
            assert shown(ask, owner, filter) == {owner.store_id: [ids.encode("Bill", largest.pk)]}


def test_a_filter_by_what_is_another_stores_finds_nothing(owner: Person, stranger: Person, ask: Any) -> None:
    theirs = books.bill(stranger.store, merchant=books.merchant(stranger.store))
    books.bill(owner.store)
    merchant = ids.encode("Merchant", theirs.merchant_id)
    assert shown(ask, owner, {"merchant": merchant}) == {owner.store_id: []}


def test_a_merchants_bills_take_the_same_filters(owner: Person, ask: Any) -> None:
    merchant = books.merchant(owner.store)
    for total in (1, 2, 3):
        books.bill(owner.store, merchant=merchant, total=Decimal(total))
    document = """query ($filter: BillFilter) { me { stores { merchants { nodes {
      bills(filter: $filter) { totalCount nodes { total } } } } } } }"""
    answer = ask(owner, document, filter={"minTotal": "1.5", "search": "bakery", "status": ["CONFIRMED"]})
    bills = answer.data["me"]["stores"][0]["merchants"]["nodes"][0]["bills"]
    assert (bills["totalCount"], {bill["total"] for bill in bills["nodes"]}) == (2, {"2.00", "3.00"})


def test_every_filter_costs_as_many_statements_for_many_rows_as_for_few(
    owner: Person, ask: Any, statements: Any
) -> None:
    filter = {
        "dateRange": "2026-01-01..2027-01-01",
        "status": ["CONFIRMED"],
        "currency": "EUR",
        "minTotal": "1",
        "maxTotal": "100",
        "search": "rye",
    }
    counts = []
    for rows in (1, 30):
        for _ in range(rows):
            books.item(books.bill(owner.store))
        with statements() as count:
            page = shown(ask, owner, filter)[owner.store_id]
        assert len(page) == Bill.objects.count()
        counts.append(len(count))
    assert counts[0] == counts[1] in (2, 4)  # the token and a plan, or else stores, page, total
    assert Item.objects.count() == 31
