"""Fields with arguments: what of them shapes a statement, and what fills it in."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connection
from graphql import FieldNode, GraphQLField

from schema.connections import Listing, Rows
from schema.filters import Filter
from schema.nodes import Node, key_of, model_of
from schema.plans.wording import Unplannable

MAX_NODES = 20  # by their ids in one statement
# Pages of these sizes have statements of their own: PostgreSQL, where it knows how many rows are asked for,
# keeps one plan for all requests; else it plans anew each time, which may take half as long as the reading.
USUAL_SIZES = frozenset({1, 2, 3, 5, 10, 15, 20, 25, 30, 50, 100})

Values = dict[str, Any]
Arguments = Callable[[GraphQLField, FieldNode], dict[str, Any]]


@dataclass(frozen=True)
class Call:
    """A field with arguments, as one request asks it: what shapes the statement, and what fills it."""

    number: int
    field: GraphQLField
    node: FieldNode
    again: Callable[[dict[str, Any]], Call]  # the same for the arguments of another request
    shape: tuple[Any, ...]
    values: Values = dataclasses.field(default_factory=dict)
    listing: Listing | None = None
    arguments: dict[str, Any] = dataclasses.field(default_factory=dict)


def page_call(
    number: int, field: GraphQLField, node: FieldNode, arguments: dict[str, Any], plan: Rows
) -> Call:
    """Tell what of a paged field's arguments shapes the statement, and what fills it.

    Raises: BadInput.
    """
    listing = plan.listing(**arguments)

    def again(arguments: dict[str, Any]) -> Call:
        return page_call(number, field, node, arguments, plan)

    if listing.skip:
        return Call(number, field, node, again, ("A page is asked for by its number.",))
    values = {f"{number}.first": listing.first, f"{number}.limit": listing.first + 1}
    after = listing.after
    if after is not None:
        column: Any = model_of(listing.node)._meta.get_field(listing.by.column)
        values[f"{number}.after"] = column.get_db_prep_value(after[0], connection)
        values[f"{number}.key"] = after[1]
    size = listing.first if listing.first in USUAL_SIZES else None
    shape: tuple[Any, ...] = (listing.by, size, after is None, after is not None and after[0] is None)
    if listing.filter is not None:
        asked = listing.filter.asked(model_of(listing.node)) if isinstance(listing.filter, Filter) else None
        if asked is None:
            return Call(number, field, node, again, (f"{type(listing.filter).__name__} is for Python.",))
        shape = (*shape, asked.shape)
        values |= {f"{number}.{name}": value for name, value in asked.values.items()}
    return Call(number, field, node, again, shape, values, listing)


def node_call(
    number: int,
    field: GraphQLField,
    node: FieldNode,
    arguments: dict[str, Any],
    types: tuple[type[Node], ...],
) -> Call:
    """Do the same for a field that finds a row by its id.

    Raises: BadInput.
    """
    cls, key = key_of(arguments["id"], *types)

    def again(arguments: dict[str, Any]) -> Call:
        return node_call(number, field, node, arguments, types)

    return Call(number, field, node, again, (cls.__name__,), {f"{number}.id": key})


def nodes_call(number: int, field: GraphQLField, node: FieldNode, arguments: dict[str, Any]) -> Call:
    """Do the same for a field that finds rows by their ids.

    Raises: BadInput.
    """
    if len(arguments["ids"]) > MAX_NODES:
        raise Unplannable("It asks for many rows by their ids.")
    found = [key_of(id) for id in arguments["ids"]]
    values = {f"{number}.{place}": key for place, (_, key) in enumerate(found)}
    again = partial(nodes_call, number, field, node)
    return Call(number, field, node, again, tuple(cls.__name__ for cls, _ in found), values)


def plain_call(number: int, field: GraphQLField, node: FieldNode, arguments: dict[str, Any]) -> Call:
    """Do the same for a field whose arguments all shape the statement."""
    again = partial(plain_call, number, field, node)
    return Call(number, field, node, again, tuple(sorted(arguments.items())), arguments=arguments)
