"""What an error says, and that a bug says nothing but where to look in the log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import strawberry
from django.test import Client
from graphql import get_named_type, is_input_object_type, is_leaf_type

from core import requests
from receipts.models import Bill
from schema.context import Context
from schema.errors import BadInput, Forbidden
from schema.limits import Limits
from schema.nodes import TYPES
from schema.root import Schema
from tests import books
from tests.conftest import Answer, Person
from tests.schema import documents
from tests.schema.world import COMMANDS, FILE, Rows, World, carry_out, fill

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(world: World, db: None) -> Person:
    return world.owner


@pytest.fixture
def rows(world: World) -> Rows:
    return world.rows


# --- Bugs


@strawberry.type
class Faulty:
    @strawberry.field
    def bug(self) -> str:
        raise RuntimeError("the password is sesame")

    @strawberry.field
    async def nested(self) -> list[Faulty]:
        return [Faulty()]

    @strawberry.field
    def wrong_type(self) -> int:
        return "sesame"  # type: ignore[return-value]

    @strawberry.field
    def nothing(self) -> str:
        return None  # type: ignore[return-value]

    @strawberry.field
    def bad(self) -> str:
        raise BadInput("`first` is too large.")

    @strawberry.field
    def forbidden(self) -> str:
        raise Forbidden

    @strawberry.field
    def day(self, on: date) -> str:
        return on.isoformat()


faulty = Schema(query=Faulty, extensions=[Limits])


def run(document: str, **variables: Any) -> Any:
    requests.current.set("request-7")
    return asyncio.run(faulty.execute(document, variable_values=variables, context_value=Context()))


@pytest.mark.parametrize(
    "document", ["{ bug }", "{ nested { bug } }", "{ nested { nested { bug } } }", "{ wrongType }"]
)
def test_a_bug_is_masked_with_the_id_of_its_request_and_the_log_tells_it(
    document: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = run(document)
    said = answer.errors[0].formatted
    assert said["message"] == "Something went wrong on our side. Request request-7 is in the log."
    assert said["extensions"] == {"code": "INTERNAL", "requestId": "request-7"}
    assert said["path"][-1] in ("bug", "wrongType")
    assert "sesame" not in str(said)
    assert "sesame" in caplog.text
    assert "Traceback" in caplog.text


def test_a_null_where_none_may_be_is_a_bug_that_leaks_nothing() -> None:
    said = run("{ nothing }").errors[0].formatted
    assert set(said["extensions"]) >= {"code"}


def test_an_error_that_is_meant_to_be_seen_is_seen_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="tillsight.graphql"):
        answer = run("{ nested { bad } }")
        other = run("{ forbidden }")
    assert answer.errors[0].formatted["message"] == "`first` is too large."
    assert answer.errors[0].formatted["extensions"] == {"code": "BAD_USER_INPUT"}
    assert other.errors[0].formatted["extensions"] == {"code": "FORBIDDEN"}
    assert caplog.records == []


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("{", "GRAPHQL_PARSE_FAILED"),
        ('{ day(on: "\\ud800") }', "GRAPHQL_PARSE_FAILED"),
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ day }", "GRAPHQL_VALIDATION_FAILED"),
        ("query ($on: Date!) { day(on: $on) }", "BAD_USER_INPUT"),
    ],
)
def test_a_mistake_of_the_caller_is_told_and_not_logged(
    document: str, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="tillsight.graphql"):
        answer = run(document, on="2026-02-30")
    assert [error.formatted["extensions"]["code"] for error in answer.errors] == [code]
    assert caplog.records == []


def test_a_storage_that_is_away_is_told_in_words_without_its_place(
    owner: Person, settings: Any, tmp_path: Any
) -> None:
    (tmp_path / "a file").write_text("no folder")
    settings.MEDIA_ROOT = tmp_path / "a file"
    input = fill({"store": owner.store_id, "file": FILE}, {})
    answer = carry_out(owner, "uploadReceipt", input)
    assert [error["code"] for error in answer.data["uploadReceipt"]["userErrors"]] == ["STORAGE_UNAVAILABLE"]
    assert str(tmp_path) not in str(answer.body)


# --- No value of an input is a bug

JUNK: list[Any] = [
    None, "", " ", "x", "\x00", "🥐" * 300, "-1", "NaN", "1e999999999999999999", "2026-02-30", "0000-00-00",
    0, -1, 2**31, 2**63, 10**400, 0.5, 1e308, True, [], [None], [[]], ["x"], {}, {"x": 1}, {"store": None},
]  # fmt: skip


# What each type of value has been known to break, and how many of the others to try: the rest is time.
KNOWN: dict[str, list[Any]] = {
    "String": ["\x00", ""],
    "ID": ["\x00", ""],
    "Decimal": ["1e999999999999999999", "NaN"],
}
OTHERS = {"String": 2, "ID": 2, "Decimal": 2, "JSON": 8, "DateRange": 8}


def some(place: tuple[str, ...], type_name: str) -> list[Any]:
    """Choose values for a place: all places together meet all of them."""
    start = sum(map(ord, "".join(place))) % len(JUNK)
    turned = [*JUNK[start:], *JUNK[:start]]
    return [*KNOWN.get(type_name, []), *turned[: OTHERS.get(type_name, 1)]]


def leaves(type: Any, *path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Find every place of an input type and the type there, objects and lists among them."""
    named = get_named_type(type)
    if path:
        yield path, named.name
    if is_input_object_type(named):
        for name, inner in named.fields.items():
            yield from leaves(inner.type, *path, name)
    else:
        assert is_leaf_type(named)


def put(input: Any, path: tuple[str, ...], value: Any) -> Any:
    """Copy an input with a value at a place; in a list, in its first entry."""
    if not path:
        return value
    if isinstance(input, list):
        return [put(input[0] if input else {}, path, value), *input[1:]]
    copy = dict(input) if isinstance(input, dict) else {}
    copy[path[0]] = put(copy.get(path[0]), path[1:], value)
    return copy


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_no_value_of_any_field_of_an_input_is_a_bug(owner: Person, rows: Rows, name: str) -> None:
    for place, type_name in leaves(documents.GRAPH.mutation_type.fields[name].args["input"].type):
        for junk in some(place, type_name):
            answer = carry_out(owner, name, put(fill(COMMANDS[name], rows), place, junk))
            assert answer.status in (200, 400), (place, junk)
            assert "INTERNAL" not in answer.codes, (place, junk, answer.errors)


def arguments() -> dict[tuple[str, str], tuple[str, str, str]]:
    """Find one field for every argument that fields of rows take: by name and type, with the other arguments."""
    found = {}
    for type_name in TYPES:
        for field, made in documents.fields_of(type_name).items():
            for argument, given in made.args.items():
                others = [
                    f"{name}: {documents.literal(one)}"
                    for name, one in made.args.items()
                    if documents.required(one) and name != argument
                ]
                named = get_named_type(made.type)
                below = (
                    ""
                    if is_leaf_type(named)
                    else "{ nodes { id } }"
                    if "nodes" in named.fields
                    else "{ __typename }"
                )
                asked = f"{field}({', '.join([f'{argument}: $x', *others])}) {below}"
                found.setdefault((argument, str(given.type)), (type_name, field, asked))
    return found


@pytest.mark.parametrize(("argument", "type"), sorted(arguments()))
def test_no_value_of_any_argument_of_a_field_is_a_bug(
    owner: Person, rows: Rows, ask: Any, argument: str, type: str
) -> None:
    type_name, field, asked = arguments()[argument, type]
    document = f"query ($id: ID!, $x: {type}) {{ node(id: $id) {{ ... on {type_name} {{ {asked} }} }} }}"
    given = documents.fields_of(type_name)[field].args[argument].type
    for place, at_place in [((), get_named_type(given).name), *leaves(given)]:
        for junk in some((argument, *place), at_place):
            answer = ask(owner, document, id=rows[type_name], x=put({}, place, junk))
            assert set(answer.codes) <= {"BAD_USER_INPUT"} or junk is None, (place, junk, answer.errors)
            assert "INTERNAL" not in answer.codes, (place, junk, answer.errors)


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_no_value_of_an_id_is_a_bug(owner: Person, ask: Any, junk: Any) -> None:
    for field in ("node", "store"):
        answer: Answer = ask(owner, f"query ($id: ID!) {{ {field}(id: $id) {{ id }} }}", id=junk)
        assert set(answer.codes) <= {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}, answer.errors
        assert answer.codes
    assert "INTERNAL" not in ask(owner, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=junk).codes


# --- The id of a request


@pytest.mark.parametrize("given", ["abc", "A.b-c_9", "0" * 64])
def test_a_harmless_id_of_a_request_is_taken_over(given: str) -> None:
    assert Client(headers={"X-Request-Id": given}).post("/graphql/")["X-Request-Id"] == given


@pytest.mark.parametrize(
    "given", ["", "x" * 65, "a b", "a\tb", "<script>", "ä", "a,b", "../x", "a\x7f", "{}"]
)
def test_a_hostile_id_of_a_request_is_not(given: str) -> None:
    made = Client(headers={"X-Request-Id": given}).post("/graphql/")["X-Request-Id"]
    assert made != given
    assert len(made) == 32
    assert made.isalnum()


def test_every_answer_has_an_id_of_its_own() -> None:
    made = [Client().get(path)["X-Request-Id"] for path in ("/graphql/", "/nowhere", "/health/live")]
    assert len(set(made)) == 3


def test_a_masked_bug_names_the_id_that_the_caller_gave_and_the_log_has(
    owner: Person, ask: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug by a row that cannot be: the database holds an evidence that no service would write."""
    bill = books.bill(owner.store)
    Bill.objects.filter(pk=bill.pk).update(evidence={"total": {"source": "no such source"}})
    document = "{ me { stores { bills { nodes { evidence { source } } } } } }"
    with caplog.at_level(logging.ERROR, logger="tillsight.graphql"):
        answer = ask(owner, document, headers={"X-Request-Id": "mine-1"})
    assert answer.codes == ["INTERNAL"]
    assert answer.errors[0]["extensions"]["requestId"] == answer.headers["X-Request-Id"] == "mine-1"
    assert "no such source" not in str(answer.body)
    assert "no such source" in caplog.text
