"""Documents that ask for every field of the schema, made by introspection."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLType,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from schema.nodes import TYPES
from schema.root import schema

GRAPH = schema._schema


def type_named(name: str) -> Any:
    return GRAPH.type_map[name]


def fields_of(name: str) -> dict[str, GraphQLField]:
    return dict(type_named(name).fields)


def groups(type_name: str, size: int = 12, longest: int = 4_500) -> Iterator[tuple[list[str], str]]:
    """Ask for every field of a type, some at a time, as long as a document may be: names and selection."""
    names: list[str] = []
    texts: list[str] = []
    for name, made in fields_of(type_name).items():
        for text in parts(name, made, longest):
            if names and (len(names) == size or sum(map(len, texts)) + len(text) > longest):
                yield names, " ".join(texts)
                names, texts = [], []
            names.append(name)
            texts.append(text)
    if names:
        yield names, " ".join(texts)


def parts(name: str, made: GraphQLField, longest: int = 4_500) -> Iterator[str]:
    """Ask for a field with all that hangs below it, in several parts where that is more than a document may hold."""
    whole, below = field(name, made), get_named_type(made.type)
    if len(whole) <= longest or below.name in TYPES:
        yield whole
        return
    head, texts = whole.partition("{")[0], [""]
    for inner, of in below.fields.items():
        for text in parts(inner, of, longest - len(head)):
            if len(texts[-1]) + len(text) > longest - len(head):
                texts.append("")
            texts[-1] += f" {text}"
    yield from (f"{head}{{{text} }}" for text in texts)


def field(name: str, made: GraphQLField) -> str:
    """Ask for a field with all that hangs below it, as far as the next row."""
    arguments = [f"{key}: {literal(argument)}" for key, argument in made.args.items() if required(argument)]
    below = get_named_type(made.type)
    asked = f"{name}({', '.join(arguments)})" if arguments else name
    return asked if is_leaf_type(below) else f"{asked} {{ {selection(below)} }}"


def selection(type: Any) -> str:
    """Ask for everything of a type: of a row, its own columns."""
    if not is_object_type(type):
        return "__typename id"
    if type.name in TYPES:
        return columns(type)
    return " ".join(field(name, made) for name, made in type.fields.items())


def columns(type: GraphQLObjectType) -> str:
    leaves = [
        name
        for name, made in type.fields.items()
        if is_leaf_type(get_named_type(made.type)) and not any(map(required, made.args.values()))
    ]
    return " ".join(leaves)


def is_row(type: Any) -> bool:
    return get_named_type(type).name in TYPES


def deep(type: Any) -> str:
    """Ask for the columns of a row, and for those of every row that it points at."""
    made = get_named_type(type)
    near = [
        f"{name} {{ {columns(get_named_type(field.type))} }}"
        for name, field in made.fields.items()
        if is_row(field.type) and not any(map(required, field.args.values()))
    ]
    return " ".join([columns(made), *near])


def required(argument: GraphQLArgument) -> bool:
    return is_non_null_type(argument.type) and argument.default is None


def literal(argument: GraphQLArgument) -> str:
    """Choose a value for an argument that must be given."""
    type = get_named_type(argument.type)
    assert is_enum_type(type), f"choose a value for an argument of the type {argument.type}"
    return next(iter(type.values))


def id_places(type: GraphQLType, *path: str) -> Iterator[tuple[str, ...]]:
    """Find the places of an input type that take an id."""
    while is_non_null_type(type) or is_list_type(type):
        type = type.of_type
    if is_input_object_type(type):
        assert isinstance(type, GraphQLInputObjectType)
        for name, inner in type.fields.items():
            yield from id_places(inner.type, *path, name)
    elif get_named_type(type).name == "ID":
        yield path


def input_of(mutation: str) -> Any:
    return get_named_type(GRAPH.mutation_type.fields[mutation].args["input"].type)


def payload_of(mutation: str) -> Any:
    return get_named_type(GRAPH.mutation_type.fields[mutation].type)


def mutations() -> dict[str, dict[str, Any]]:
    """Give each mutation's statement of what it needs and whether nobody may send it."""
    definition: Any = schema.get_type_by_name("Mutation")
    converter = schema.config.name_converter
    return {converter.get_graphql_name(made): made.metadata for made in definition.fields}


def subscriptions() -> dict[str, dict[str, Any]]:
    """Give each subscription's statement of what it needs."""
    definition: Any = schema.get_type_by_name("Subscription")
    converter = schema.config.name_converter
    return {converter.get_graphql_name(made): made.metadata for made in definition.fields}


# The commands on what is a store's; the others are on what is the caller's own, or an administrator's.
COMMANDED = {name for name, said in mutations().items() if said["needs"]}
