"""Fields with arguments: what of them shapes a statement, and what fills it in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import connection
from graphql import FieldNode, GraphQLField

from schema.connections import Listing, Rows
from schema.nodes import Node, key_of, model_of
from schema.plans.wording import Unplannable

Values = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """A field with arguments, as one request asks it: what shapes the statement, and what fills it."""

    again: Callable[[dict[str, Any]], Call]  # the same for the arguments of another request
    field: GraphQLField
    node: FieldNode
    shape: tuple[Any, ...]
    values: Values
    listing: Listing | None = None


def page_call(
    plan: Rows, field: GraphQLField, node: FieldNode, number: int, arguments: dict[str, Any]
) -> Call:
    """Tell what of a paged field's arguments shapes the statement, and what fills it.

    Raises: BadInput.
    """
    listing = plan.listing(**arguments)
    if listing.skip:
        raise Unplannable("A page is asked for by its number.")
    if listing.filter is not None and not getattr(listing.filter, "timeless", False):
        raise Unplannable(f"{type(listing.filter).__name__} may look at the clock.")
    after, model = listing.after, model_of(listing.node)
    column: Any = model._meta.get_field(listing.by.column)
    values = {f"{number}.first": listing.first, f"{number}.limit": listing.first + 1}
    if after is not None:
        values[f"{number}.after"] = column.get_db_prep_value(after[0], connection)
        values[f"{number}.key"] = after[1]
    shape = (listing.by, after is None, after is not None and after[0] is None, repr(listing.filter))
    return Call(partial(page_call, plan, field, node, number), field, node, shape, values, listing)


def node_call(
    types: tuple[type[Node], ...],
    field: GraphQLField,
    node: FieldNode,
    number: int,
    arguments: dict[str, Any],
) -> Call:
    """Do the same for a field that finds a row by its id.

    Raises: BadInput.
    """
    cls, key = key_of(arguments["id"], *types)
    again = partial(node_call, types, field, node, number)
    return Call(again, field, node, (cls.__name__,), {f"{number}.id": key})


def plain_call(field: GraphQLField, node: FieldNode, arguments: dict[str, Any]) -> Call:
    """Do the same for a field whose arguments all shape the statement."""
    return Call(partial(plain_call, field, node), field, node, tuple(sorted(arguments.items())), {})
