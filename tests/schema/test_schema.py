"""Promises that the schema itself makes: its conventions, and that the committed file is it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import get_named_type, is_enum_type, is_input_object_type, is_interface_type, is_object_type

from schema.nodes import TYPES, Node
from schema.root import schema
from tests.schema import documents

OURS = [type for name, type in documents.GRAPH.type_map.items() if not name.startswith("__")]
WITH_FIELDS = [
    type for type in OURS if is_object_type(type) or is_interface_type(type) or is_input_object_type(type)
]
FILE = Path(__file__).resolve().parent.parent.parent / "schema.graphql"


def test_the_committed_file_is_the_schema_that_is_served() -> None:
    assert FILE.read_text().strip() == schema.as_str().strip(), "run `make schema`"


def test_everything_is_described() -> None:
    silent = []
    for type in OURS:
        if not (type.description or "").strip() and type.name not in ("Query", "Mutation"):
            silent.append(type.name)
        for name, made in getattr(type, "fields", {}).items():
            silent += [] if (made.description or "").strip() else [f"{type.name}.{name}"]
            for argument, given in getattr(made, "args", {}).items():
                silent += [] if (given.description or "").strip() else [f"{type.name}.{name}({argument})"]
        if is_enum_type(type):
            silent += [f"{type.name}.{name}" for name, value in type.values.items() if not value.description]
    assert silent == []


def test_names_are_of_the_usual_form() -> None:
    for type in OURS:
        assert re.fullmatch(r"[A-Z][A-Za-z0-9]*", type.name)
        if is_enum_type(type):
            assert [name for name in type.values if not re.fullmatch(r"[A-Z][A-Z0-9_]*", name)] == []
    for type in WITH_FIELDS:
        for name, made in type.fields.items():
            assert re.fullmatch(r"[a-z][A-Za-z0-9]*", name), f"{type.name}.{name}"
            for argument in getattr(made, "args", {}):
                assert re.fullmatch(r"[a-z][A-Za-z0-9]*", argument), f"{type.name}.{name}({argument})"


def test_answers_hold_objects_and_no_keys_of_objects() -> None:
    keys = [
        f"{type.name}.{name}"
        for type in OURS
        if is_object_type(type)
        for name, made in type.fields.items()
        if get_named_type(made.type).name == "ID" and name != "id"
    ]
    assert keys == ["AuditEntry.nodeId"]  # of a row of any type, that may be gone


def test_no_amount_is_a_float() -> None:
    """A share of a page or a likelihood may be one; what is counted in money or goods may not."""
    floats = {
        f"{type.name}.{name}"
        for type in WITH_FIELDS
        for name, made in type.fields.items()
        if get_named_type(made.type).name == "Float"
    }
    assert floats == {"Evidence.box", "Evidence.confidence", "ReadingImport.progress"}


def test_every_type_of_row_says_what_seeing_it_needs() -> None:
    for name, cls in TYPES.items():
        assert issubclass(cls, Node)
        assert cls.needs, name
        assert "Node" in [interface.name for interface in documents.type_named(name).interfaces]


def test_every_list_of_rows_is_a_connection_or_says_how_long_it_gets() -> None:
    from graphql import is_list_type, is_non_null_type

    for type in OURS:
        for name, made in getattr(type, "fields", {}).items():
            bare = made.type.of_type if is_non_null_type(made.type) else made.type
            if (
                is_list_type(bare)
                and get_named_type(bare).name in TYPES
                and not type.name.endswith("Connection")
            ):
                assert f"{type.name}.{name}" in PLAIN


# Lists that a bound elsewhere keeps short.
PLAIN = {
    "User.stores", "Store.categories", "Order.lines", "Order.events", "Bill.duplicates",
    "SuggestionsDashboard.top",
}  # fmt: skip


@pytest.mark.parametrize(
    "type", [type for type in OURS if type.name.endswith("Connection")], ids=lambda type: type.name
)
def test_every_connection_has_the_same_form(type: object) -> None:
    assert {
        name: str(made.type) for name, made in type.fields.items() if name in ("pageInfo", "totalCount")
    } == {  # type: ignore[attr-defined]
        "pageInfo": "PageInfo!",
        "totalCount": "Int!",
    }
    assert set(type.fields) == {"nodes", "edges", "pageInfo", "totalCount"}  # type: ignore[attr-defined]


def test_every_list_in_pages_is_forward_only_with_a_bounded_page() -> None:
    for type in OURS:
        for name, made in getattr(type, "fields", {}).items():
            if get_named_type(made.type).name.endswith("Connection"):
                arguments = {key: str(given.type) for key, given in made.args.items()}
                assert {"first": "Int", "after": "String"}.items() <= arguments.items(), name
                assert {"last", "before", "skip", "offset"}.isdisjoint(arguments)
