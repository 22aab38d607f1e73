"""What a document may ask at most, and that a hostile one is answered at once."""

from __future__ import annotations

import time
from typing import Any

import pytest
from graphql import get_introspection_query

from schema import ids
from schema.limits import (
    MAX_ALIASES,
    MAX_DEPTH,
    MAX_ERRORS,
    MAX_LIST_INPUT,
    MAX_REPEATS,
    MAX_TOKENS,
    longest,
)
from tests.conftest import Person

pytestmark = pytest.mark.django_db
SECONDS = (
    5.0  # far above what a refusal takes on a machine that is busy with other things, far below an attack
)


@pytest.fixture(autouse=True)
def _at_once() -> Any:
    started = time.process_time()  # of the processor: the machine may be busy
    yield
    assert time.process_time() - started < SECONDS


def nested(depth: int) -> str:
    """Nest fields `depth` deep: me, stores, then bills and back to the store of each."""
    steps = ["me", "stores"]
    while len(steps) < depth - 1:
        steps += ["bills", "nodes", "store"]
    steps = [*steps[: depth - 1], "__typename"]
    return "{ " + " { ".join(steps) + " }" * depth


# --- Depth


def test_twelve_deep_is_answered_and_thirteen_is_not(owner: Person, ask: Any, settings: Any) -> None:
    settings.PLANS = "always"  # a plan that fails would tell
    assert ask(owner, nested(MAX_DEPTH)).data["me"]
    answer = ask(owner, nested(MAX_DEPTH + 1))
    assert answer.codes == ["QUERY_TOO_LARGE"]
    assert answer.body["data"] is None


def test_fragments_hide_no_depth(owner: Person, ask: Any) -> None:
    inner = "{ bills { nodes { store { bills { nodes { store { bills { nodes { store %s } } } } } } } } }"
    spread = "query { me { stores { ...A } } } fragment A on Store " + inner
    assert ask(owner, spread % "{ name }").data["me"]
    assert ask(owner, spread % "{ bills { totalCount } }").codes == ["QUERY_TOO_LARGE"]
    inline = (
        "query { me { ... on User { ... { stores { ... "
        + inner.replace("{ bills", "{ ... { bills", 1)
        + " } } } } }"
    )
    assert ask(owner, (inline % "{ bills { totalCount } }")).codes in (
        ["QUERY_TOO_LARGE"],
        ["GRAPHQL_PARSE_FAILED"],
    )


def test_every_operation_of_a_document_is_measured(owner: Person, ask: Any) -> None:
    document = "query Small { __typename } query Large " + nested(MAX_DEPTH + 1)
    assert ask(owner, document).codes == ["QUERY_TOO_LARGE", "BAD_USER_INPUT"]
    document = "query Small { __typename } fragment Unused on Query " + nested(MAX_DEPTH + 1)
    assert "GRAPHQL_VALIDATION_FAILED" in ask(owner, document).codes


def test_the_standard_introspection_passes(ask: Any) -> None:
    plain = ask(None, get_introspection_query()).data["__schema"]
    assert {type["name"] for type in plain["types"]} >= {"Query", "Bill", "Store"}
    everything = get_introspection_query(
        descriptions=True,
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
    )
    assert ask(None, everything).data["__schema"]["queryType"]["name"] == "Query"


def test_introspection_in_circles_is_refused(ask: Any) -> None:
    circle = "{ __schema { types " + "{ fields { type " * 5 + "{ name }" + " } }" * 5 + " } }"
    assert ask(None, circle).codes == ["GRAPHQL_VALIDATION_FAILED"]
    many = " ".join(
        f"a{number}: __schema {{ types {{ fields {{ name }} }} }}" for number in range(MAX_ALIASES + 1)
    )
    assert ask(None, f"{{ {many} }}").codes == ["QUERY_TOO_LARGE"]
    inside = " ".join(f"a{number}: types {{ fields {{ name }} }}" for number in range(MAX_ALIASES + 1))
    assert ask(None, f"{{ __schema {{ {inside} }} }}").codes == ["QUERY_TOO_LARGE"]


# --- Aliases


def aliases(count: int, start: int = 0) -> str:
    return " ".join(f"a{start + number}: __typename" for number in range(count))


def test_fifteen_aliases_are_answered_and_sixteen_are_not(ask: Any) -> None:
    assert len(ask(None, f"{{ {aliases(MAX_ALIASES)} }}").data) == MAX_ALIASES
    assert ask(None, f"{{ {aliases(MAX_ALIASES + 1)} }}").codes == ["QUERY_TOO_LARGE"]


def test_aliases_are_counted_through_fragments_of_fragments_each_time_they_are_spread(
    owner: Person, ask: Any
) -> None:
    fragments = f"fragment A on User {{ ...B ...C }} fragment B on User {{ {aliases(5)} }} fragment C on User {{ ...B }}"
    assert ask(owner, f"{{ me {{ ...B x: id }} }} fragment B on User {{ {aliases(14)} }}").data["me"]
    assert ask(owner, f"{{ me {{ ...A ... {{ {aliases(5, 5)} }} }} }} {fragments}").data["me"]
    assert ask(owner, f"{{ me {{ ...A ... {{ {aliases(6, 5)} }} }} }} {fragments}").codes == [
        "QUERY_TOO_LARGE"
    ]


def test_aliases_on_different_levels_add_up(owner: Person, ask: Any) -> None:
    document = f"{{ m: me {{ s: stores {{ {aliases(13)} }} }} }}"
    assert ask(owner, document).data["m"]
    assert ask(owner, document.replace("a0:", "a98: id a0:")).codes == ["QUERY_TOO_LARGE"]


# --- Fragments


@pytest.mark.parametrize(
    "fragments",
    [
        "fragment A on Query { ...A }",
        "fragment A on Query { ...B } fragment B on Query { ...A }",
        "fragment A on Query { me { stores { bills { nodes { store { ...B } } } } } } fragment B on Store { bills { nodes { store { ...B } } } }",
    ],
)
def test_fragments_in_a_circle_are_refused(ask: Any, fragments: str) -> None:
    answer = ask(None, "{ ...A } " + fragments)
    assert "GRAPHQL_VALIDATION_FAILED" in answer.codes
    assert answer.body["data"] is None


def bomb(spread: str, leaf: str, levels: int = 100) -> str:
    """Double a fragment a hundred times: 2^100 fields."""
    fragments = [
        f"fragment F{n} on User {{ {spread.replace('NEXT', f'...F{n + 1}')} }}" for n in range(levels)
    ]
    return "{ me { ...F0 } } " + " ".join(fragments) + f" fragment F{levels} on User {{ {leaf} }}"


@pytest.mark.parametrize(
    ("spread", "leaf"),
    [
        ("NEXT NEXT", "id"),
        ("NEXT NEXT", "a: id"),
        ("NEXT ... { NEXT }", "stores { id }"),
        ("NEXT NEXT NEXT", "stores { bills { totalCount } }"),
    ],
)
def test_a_fragment_that_doubles_a_hundred_times_is_answered_at_once(
    owner: Person, ask: Any, spread: str, leaf: str
) -> None:
    assert set(ask(owner, bomb(spread, leaf)).codes) == {"QUERY_TOO_LARGE"}


def test_a_chain_of_fragments_too_long_for_the_stack_is_refused(owner: Person, ask: Any) -> None:
    chain = " ".join(f"fragment F{n} on User {{ ...F{n + 1} }}" for n in range(240))
    answer = ask(owner, "{ me { ...F0 } } " + chain + " fragment F240 on User { id }")
    assert answer.codes in ([], ["QUERY_TOO_LARGE"], ["BAD_USER_INPUT"])
    inline = "... { " * 3
    deep = " ".join(f"fragment F{n} on User {{ {inline} ...F{n + 1} {'}' * 3} }}" for n in range(120))
    answer = ask(owner, "{ me { ...F0 } } " + deep + " fragment F120 on User { id }")
    assert "INTERNAL" not in answer.codes


# --- Repetition and size


def test_a_field_may_be_repeated_as_fragments_of_many_components_do_but_not_without_end(
    owner: Person, ask: Any
) -> None:
    assert ask(owner, "{ me { " + "id " * MAX_REPEATS + "} }").data["me"]
    assert ask(owner, "{ me { " + "id " * (MAX_REPEATS + 1) + "} }").codes == ["QUERY_TOO_LARGE"]
    assert ask(owner, "{ " + "me { id } " * (MAX_REPEATS + 1) + " }").codes == ["QUERY_TOO_LARGE"]
    spread = "...F ... { id } " * (MAX_REPEATS // 2 + 1)
    assert ask(owner, "{ me { " + spread + "} } fragment F on User { id }").codes == ["QUERY_TOO_LARGE"]


@pytest.mark.parametrize(
    "document",
    [
        "{ me { " + "id email username createdAt firstName lastName " * 100 + "} }",
        "{ " + "me { id email } " * 100 + "}",
        "{ " + ("me { " + "stores { id name } " * 20 + "} ") * 15 + "}",
    ],
)
def test_what_the_limits_let_through_is_answered_at_once(owner: Person, ask: Any, document: str) -> None:
    assert ask(owner, document).data["me"]


def test_two_thousand_tokens_are_read_and_no_more(owner: Person, ask: Any) -> None:
    # `{ __typename @include(if: $a, …) }` would do too; here each unknown field is one token.
    fields = " ".join(f"f{number}" for number in range(MAX_TOKENS - 2))
    assert set(ask(owner, f"{{ {fields} }}").codes) == {"GRAPHQL_VALIDATION_FAILED"}
    answer = ask(owner, f"{{ {fields} x }}")
    assert answer.codes == ["GRAPHQL_PARSE_FAILED"]
    assert "2000 tokens" in answer.errors[0]["message"]


def test_an_answer_has_at_most_twenty_errors(owner: Person, ask: Any) -> None:
    fields = " ".join(f"f{number}" for number in range(500))
    assert len(ask(owner, f"{{ {fields} }}").errors) == MAX_ERRORS
    variables = "query (" + " ".join(f"$v{number}: Int!" for number in range(200)) + ") { __typename }"
    assert len(ask(owner, variables).errors) == MAX_ERRORS
    bills = "mutation ($input: CreateBillInput!) { createBill(input: $input) { bill { id } } }"
    wrong = [{"description": number, "total": "x"} for number in range(400)]
    answer = ask(owner, bills, input={"store": owner.store_id, "items": wrong})
    assert 0 < len(answer.errors) <= MAX_ERRORS


@pytest.mark.parametrize(
    "document",
    [
        "{" + "a{" * 450 + "a" + "}" * 451,
        "{ nodes(ids: " + "[" * 900 + "]" * 900 + ") { id } }",
        "query ($a: " + "[" * 900 + "Int" + "]" * 900 + ") { __typename }",
        "{ nodes(ids: " + "{a:" * 450 + "1" + "}" * 450 + ") { id } }",
    ],
)
def test_a_document_too_deep_for_the_parser_is_refused(ask: Any, document: str) -> None:
    assert ask(None, document).codes == ["GRAPHQL_PARSE_FAILED"]


# --- Lists in inputs


def test_a_hundred_ids_are_answered_and_more_are_not(owner: Person, ask: Any) -> None:
    document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    some = [ids.encode("Store", owner.store.pk), *(ids.encode("Bill", key) for key in range(1, 100))]
    nodes = ask(owner, document, ids=some).data["nodes"]
    assert nodes == [{"id": owner.store_id}, *[None] * 99]
    assert ask(owner, document, ids=[*some, some[0]]).codes == ["BAD_USER_INPUT"]


def test_no_list_among_the_variables_is_longer_than_any_input_takes(owner: Person, ask: Any) -> None:
    document = "query ($by: BillFilter) { me { stores { bills(filter: $by) { totalCount } } } }"
    assert ask(owner, document, by={"status": ["CONFIRMED"] * MAX_LIST_INPUT}).data["me"]
    assert ask(owner, document, by={"status": ["CONFIRMED"] * (MAX_LIST_INPUT + 1)}).codes == [
        "BAD_USER_INPUT"
    ]
    hidden = {"status": None, "search": None}
    assert ask(owner, document, by=hidden, unused=[[[0] * (MAX_LIST_INPUT + 1)]]).codes == ["BAD_USER_INPUT"]


def test_a_bill_has_at_most_five_hundred_items(owner: Person, ask: Any) -> None:
    document = """mutation ($input: CreateBillInput!) { createBill(input: $input) {
      bill { items { totalCount } } userErrors { code field } } }"""
    line = {"description": "Bread"}
    made = ask(owner, document, input={"store": owner.store_id, "items": [line] * 500}).data["createBill"]
    assert made == {"bill": {"items": {"totalCount": 500}}, "userErrors": []}
    made = ask(owner, document, input={"store": owner.store_id, "items": [line] * 501}).data["createBill"]
    assert made == {"bill": None, "userErrors": [{"code": "INVALID", "field": ["items"]}]}


@pytest.mark.parametrize(
    ("value", "length"),
    [
        (None, 0),
        ("a text", 0),
        ({}, 0),
        ([], 0),
        ([1, 2], 2),
        ([[1, 2, 3], []], 3),
        ({"a": {"b": [{"c": [0] * 5}]}}, 5),
        ([{"a": [[]] * 4}, [0] * 3], 4),
    ],
)
def test_the_longest_list_is_found_wherever_it_is(value: Any, length: int) -> None:
    assert longest(value) == length
