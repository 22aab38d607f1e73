"""Both executors answer the same bytes; a plan does so with one statement."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from django.test import Client

from core.models import User
from schema import ids
from schema.metrics import executions
from tests import books
from tests.conftest import Person
from tests.schema.grammar import Writer
from tests.schema.world import Rows, furnish

pytestmark = pytest.mark.django_db

PAGE = """query ($store: ID!, $first: Int, $after: String) { me { email } store(id: $store) { name
  bills(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    nodes { id total bookedOn category { name } items { nodes { description total category { name } } } } } } }"""


def by_plan() -> float:
    """Count the operations that plans have answered."""
    return float(executions.labels(executor="plan")._value.get())


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


@pytest.mark.parametrize("seed", range(4))
def test_both_executors_give_the_same_bytes_for_any_document(
    owner: Person, colleague: Person, stranger: Person, rows: Rows, answer: Any, seed: int
) -> None:
    chance, before = Random(seed), by_plan()
    for _ in range(6):
        who = chance.choice([owner, owner, colleague, stranger, None])
        document = Writer(chance, plain=chance.random() < 0.8).document()
        variables = {
            "store": rows["Store"],
            "node": rows[chance.choice(sorted(rows))],
            "first": chance.choice([None, 1, 3]),
            "no": False,
        }
        assert answer("always", who, document, variables) == answer("off", who, document, variables), document
    assert by_plan() > before


def test_an_administrator_and_a_member_have_plans_of_their_own(
    owner: Person, stranger: Person, rows: Rows, answer: Any
) -> None:
    document = "query ($id: ID!) { node(id: $id) { id ... on User { email } } }"
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
    answer("always", owner, PAGE, asked)
    with statements() as count:
        assert answer("always", owner, PAGE, asked) == answer("off", owner, PAGE, asked)
    first = [query["sql"] for query in count.captured_queries]
    assert sum("string_agg" in sql or "group_concat" in sql for sql in first) == 1


def test_one_plan_serves_every_page_and_every_store(
    owner: Person, stranger: Person, rows: Rows, answer: Any
) -> None:
    other = furnish(stranger, "Poppy")
    for first in (1, 2, 100):
        for who, store in ((owner, rows["Store"]), (stranger, other["Store"]), (stranger, rows["Store"])):
            asked = {"store": store, "first": first, "after": None}
            assert answer("always", who, PAGE, asked) == answer("off", who, PAGE, asked)


def test_a_document_is_planned_from_its_second_time_on(owner: Person, answer: Any) -> None:
    document, before = "{ me { id email } } # planned from its second time on", by_plan()
    answers = [answer("on", owner, document, {}) for _ in range(3)]
    assert len(set(answers)) == 1
    assert by_plan() == before + 2


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        ("query ($s: ID!) { store(id: $s) { name } }", {"s": "no id"}),
        ("query ($s: ID!, $n: Int) { store(id: $s) { bills(first: $n) { totalCount } } }", {"n": 101}),
        ("query ($s: ID!, $a: String) { store(id: $s) { bills(after: $a) { totalCount } } }", {"a": "'; --"}),
        ("query ($s: ID!, $n: Int) { store(id: $s) { bills(first: $n) { totalCount } } }", {"n": "1"}),
        ("query ($s: ID!, $q: String) { store(id: $s) { bills(filter: {search: $q}) { totalCount } } }", {"q": "%' OR 1=1; \\"}),
    ],
)  # fmt: skip
def test_what_a_plan_cannot_take_is_answered_as_ever(
    owner: Person, answer: Any, document: str, variables: dict[str, Any]
) -> None:
    asked = {"s": owner.store_id, **variables}
    assert answer("always", owner, document, asked) == answer("off", owner, document, asked)
