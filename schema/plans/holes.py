"""What of a planned answer the statement leaves to Python: each such field of a level by one batch."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.core.serializers.json import DjangoJSONEncoder
from graphql import Executor, FieldNode, GraphQLObjectType
from graphql.execution.collect_fields import FieldDetails
from graphql.pyutils import Path, is_awaitable

from core.models import User
from schema.nodes import TYPES

MARK = "\x1e"  # stands in no JSON as it is


class Finished(str):
    """JSON text, the way the database has written it."""


@dataclass(frozen=True)
class Hole:
    kind: GraphQLObjectType
    nodes: tuple[FieldNode, ...]
    path: tuple[str, ...]
    rows: bool  # whether it is a field of rows
    own: bool  # whether the only row is the caller's own
    reason: str


class Failed(Exception):
    """A field of Python could not be answered: the ordinary executor says why."""


async def fill(text: str, holes: tuple[Hole, ...], executor: Executor[Any], viewer: User) -> Finished:
    """Put the values of Python's fields in their places.

    Raises: Failed.
    """
    parts = text.split(MARK)
    asked = [(int(number), key) for number, _, key in (mark.partition(":") for mark in parts[1::2])]
    rows = await _rows(((holes[number], int(key)) for number, key in asked if key), viewer)
    values = [
        _value(holes[number], rows[holes[number].path[:-1]][int(key)] if key else None, executor)
        for number, key in asked
    ]
    waiting = [place for place, value in enumerate(values) if is_awaitable(value)]
    for place, value in zip(
        waiting, await asyncio.gather(*(values[place] for place in waiting)), strict=True
    ):
        values[place] = value
    if executor.collected_errors.errors or any(isinstance(value, Failed) for value in values):
        raise Failed
    parts[1::2] = [worded(value) for value in values]
    return Finished("".join(parts))


async def _rows(asked: Iterable[tuple[Hole, int]], viewer: User) -> dict[tuple[str, ...], dict[int, Any]]:
    """Read the rows of each level anew, as far as the caller may see them."""
    keys: dict[tuple[str, ...], set[int]] = defaultdict(set)
    kinds: dict[tuple[str, ...], Hole] = {}
    for hole, key in asked:
        keys[hole.path[:-1]].add(key)
        kinds[hole.path[:-1]] = hole
    found = {}
    for level, hole in kinds.items():
        if hole.own:
            found[level] = {viewer.pk: viewer}
            continue
        read = TYPES[hole.kind.name].rows(viewer).in_bulk
        found[level] = await sync_to_async(read)(list(keys[level]))
        if len(found[level]) < len(keys[level]):
            raise Failed  # somebody was faster
    return found


def _value(hole: Hole, row: Any, executor: Executor[Any]) -> Awaitable[Any] | Any:
    """Execute a field; where it fails give why, so that those begun beside it are waited for."""
    path: Any = None
    for step in hole.path:
        path = Path(path, step, hole.kind.name)
    try:
        return executor.execute_field(
            hole.kind, row, [FieldDetails(node, None) for node in hole.nodes], path, None
        )
    except Exception as error:
        return Failed(error)


def worded(value: Any) -> str:
    """Word an executor's value as JSON, with what is finished as it is."""
    if isinstance(value, Finished):
        return value
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{worded(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), cls=DjangoJSONEncoder)
