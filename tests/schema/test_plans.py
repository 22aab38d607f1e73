"""Both executors answer the same bytes; a plan does so with one statement, whatever is sent."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from core.models import User
from schema import ids
from schema.metrics import executions
from schema.plans import known
from tests import books
from tests.conftest import Person
from tests.schema.documents import columns, payload_of, type_named
from tests.schema.sameness import Comparison
from tests.schema.world import COMMANDS, Rows, carry_out, fill, furnish

pytestmark = pytest.mark.django_db

PAGE = """query ($store: ID!, $first: Int, $after: String) { me { email } store(id: $store) { name
  bills(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    nodes { id total bookedOn category { name } items { nodes { description total category { name } } } } } } }"""
AROUND = """query ($store: ID!) { store(id: $store) { name role spentThisMonth bills { nodes { id undated
  items { nodes { id evidence { source } valueEvidence { field } category { name } } } } } } }"""
HOSTILE = (
    "'",
    '"',
    "\\",
    "%",
    "_",
    "\x00",
    "'; DROP TABLE receipts_item; --",
    "$1 %s %(a)s {0}",
    "\u202e雪\U0001f4a9",
    "a" * 1_000_000,
)


@pytest.fixture
def rows(owner: Person) -> Rows:
    return furnish(owner, 'Sésame "%s" \\ 雪')


@pytest.fixture
def answer(settings: Any) -> Any:
    """Ask one of the executors, and give the answer as it came."""

    def ask(plans: str, who: Person | None, document: str, variables: dict[str, Any]) -> bytes:
        settings.PLANS = plans
        headers = {"Authorization": f"Bearer {who.token}"} if who else {}
        body = {"query": document, "variables": variables}
        said = Client(headers=headers).post("/graphql/", body, content_type="application/json")
        return bytes(said.content)

    return ask


def by_plan() -> float:
    """Count the operations that plans have answered."""
    return float(executions.labels(executor="plan")._value.get())


def test_both_executors_give_the_same_bytes_for_any_document(
    owner: Person, colleague: Person, stranger: Person, rows: Rows, settings: Any
) -> None:
    people = [owner.user, colleague.user, stranger.user, None]
    compared = Comparison(people, [rows, furnish(stranger, "Poppy")])
    differences = [compared.compare(Random(f"suite.{number}")) for number in range(16)]
    assert [difference for difference in differences if difference] == []
    assert compared.counts["planned"] > 8


def test_an_administrator_and_a_member_have_plans_of_their_own(
    owner: Person, stranger: Person, rows: Rows, answer: Any
) -> None:
    document = "query ($id: ID!) { node(id: $id) { id ... on User { email stores { name } } } }"
    asked = {"id": ids.encode("User", owner.user.pk)}
    for role in (User.Role.ADMIN, User.Role.USER, User.Role.ADMIN):
        User.objects.filter(pk=stranger.user.pk).update(role=role)
        seen = b"owner@example.com" in answer("always", stranger, document, asked)
        assert seen == (role == User.Role.ADMIN)


def test_a_page_of_bills_with_their_items_costs_one_statement_and_who_asks(
    owner: Person, answer: Any, statements: Any
) -> None:
    for number in range(3):
        made = books.bill(owner.store)
        for position in range(number + 1):
            books.item(made, position=position + 1)
    asked = {"store": owner.store_id, "first": 2}
    with statements() as count:
        planned = answer("always", owner, PAGE, asked)
    assert len(count.captured_queries) == 2
    assert planned == answer("off", owner, PAGE, asked)


def test_one_plan_serves_every_store_and_page_but_for_usual_sizes(
    owner: Person, stranger: Person, rows: Rows, answer: Any
) -> None:
    other = furnish(stranger, "Poppy")
    known.documents.clear()
    for first in (4, 7, 99, 100):
        for who, store in ((owner, rows["Store"]), (stranger, other["Store"]), (stranger, rows["Store"])):
            asked = {"store": store, "first": first, "after": None}
            assert answer("always", who, PAGE, asked) == answer("off", who, PAGE, asked)
    assert known.documents[PAGE, None].plans == 2


def test_ranges_and_searches_of_all_kinds_share_a_plan(owner: Person, rows: Rows, answer: Any) -> None:
    document = """query ($store: ID!, $range: DateRange, $text: String, $least: Decimal) { store(id: $store) {
      bills(filter: {dateRange: $range, search: $text, minTotal: $least}) { totalCount nodes { id } }
      orders(filter: {dateRange: $range, search: $text}) { nodes { id } } } }"""
    answers = set()
    for days, text, least in (
        ("1d", "e", "0"),
        ("30d", "s", "2"),
        ("this_month", "雪", "999"),
        ("7d", "%", "1.5"),
    ):
        asked = {"store": rows["Store"], "range": days, "text": text, "least": least}
        answers.add(answer("always", owner, document, asked))
        assert answer("off", owner, document, asked) in answers
    assert len(answers) > 1
    assert known.documents[document, None].plans == 1


def test_python_answers_its_own_fields_around_a_plan_in_one_batch_a_level(
    owner: Person, stranger: Person, rows: Rows, answer: Any, statements: Any
) -> None:
    before, asked = by_plan(), {"store": rows["Store"]}
    with statements() as planned:
        said = answer("always", owner, AROUND, asked)
    assert by_plan() == before + 1
    with statements() as ordinary:
        assert said == answer("off", owner, AROUND, asked)
    assert len(planned.captured_queries) <= len(ordinary.captured_queries)
    assert answer("always", stranger, AROUND, asked) == answer("off", stranger, AROUND, asked)


@pytest.mark.parametrize(
    "name", ["updateBill", "createBill", "addItem", "placeOrder", "updateProduct", "updateStore"]
)
def test_a_plan_answers_what_a_command_has_written(
    owner: Person, rows: Rows, answer: Any, settings: Any, name: str
) -> None:
    fields = payload_of(name).fields
    row = next(key for key in fields if key not in ("userErrors", "replayed"))
    kind = fields[row].type.name
    asked = f"id {columns(type_named(kind))} {LISTS.get(kind, '')}"
    settings.PLANS = "always"
    written = carry_out(owner, name, fill(COMMANDS[name], rows), asked=f"{row} {{ {asked} }}").data[name][row]
    document = f"query ($id: ID!) {{ node(id: $id) {{ ... on {kind} {{ {asked} }} }} }}"
    assert json.loads(answer("off", owner, document, {"id": written["id"]}))["data"]["node"] == written


LISTS = {"Bill": "items { totalCount nodes { id category { name } evidence { source } } } store { name }"}


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:8]))
def test_no_text_that_is_sent_becomes_sql(owner: Person, rows: Rows, answer: Any, text: str) -> None:
    found = """query ($s: ID!, $q: String, $a: String) { store(id: $s) { bills(filter: {search: $q}, after: $a) {
      totalCount nodes { id merchantName notes } } orders(filter: {search: $q}) { totalCount }
      customers(filter: {search: $q, city: $q}) { totalCount } products(filter: {search: $q}) { nodes { id } } } }"""
    kept = text.replace("\x00", "")[:200]
    books.bill(owner.store, merchant_name=kept, notes=kept)
    for search, after in ((text, None), (None, text), (text[:900], None)):
        asked = {"s": rows["Store"], "q": search, "a": after}
        assert answer("always", owner, found, asked) == answer("off", owner, found, asked)
    literal = json.dumps(text[:900], ensure_ascii=False) if "\x00" not in text else '"\\u0000"'
    named = f"query ($s: ID!) {{ store(id: $s) {{ bills(filter: {{search: {literal}}}) {{ nodes {{ notes }} }} }} }}"
    asked = {"s": rows["Store"]}
    assert answer("always", owner, named, asked) == answer("off", owner, named, asked)
    for id in (text, rows["Store"] + text[:100]):
        asked = {"store": id, "first": 1}
        assert answer("always", owner, PAGE, asked) == answer("off", owner, PAGE, asked)


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("query ($s: ID!) { store(id: $s) { name } }", {"s": "no id"}),
        ("query ($s: ID!, $n: Int) { store(id: $s) { bills(first: $n) { totalCount } } }", {"n": 101}),
        ("query ($s: ID!, $a: String) { store(id: $s) { bills(after: $a) { totalCount } } }", {"a": "'; --"}),
        ("query ($s: ID!, $n: Int) { store(id: $s) { bills(first: $n) { totalCount } } }", {"n": "1"}),
        ("query ($s: ID!) { store(id: $s) { bills { totalCount } } nodes(ids: [$s, $s, \"x\"]) { id } }", {}),
    ],
)  # fmt: skip
def test_what_a_plan_cannot_take_is_answered_as_ever(
    owner: Person, answer: Any, document: str, variables: dict[str, Any]
) -> None:
    asked = {"s": owner.store_id, **variables}
    assert answer("always", owner, document, asked) == answer("off", owner, document, asked)


def test_what_is_kept_of_documents_is_bounded(owner: Person, answer: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(known, "MAX_CHARACTERS", 500)
    for number in range(12):
        answer(
            "always", owner, f"query Q{number} {{ me {{ stores {{ name bills {{ totalCount }} }} }} }}", {}
        )
    assert sum(len(text) for text, _ in known.documents) <= 500


def test_the_command_explains_a_query(owner: Person, tmp_path: Path) -> None:
    file, out = tmp_path / "query.graphql", StringIO()
    file.write_text("{ me { stores { name billCount bills { nodes { total } } } } }")
    call_command("explain_query", file, stdout=out)
    assert "me.stores.billCount: Store.billCount is computed in Python." in out.getvalue().replace(
        "bill_count", "billCount"
    )
    assert "receipts_bill" in out.getvalue()
    file.write_text("{ health { ok } }")
    call_command("explain_query", file, stdout=out)
    assert "The ordinary executor answers: " in out.getvalue()
