"""Mutations: a service writes as always, and a plan answers what is selected of the rows that it wrote."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import ExecutionResult, GraphQLObjectType, SelectionSetNode
from graphql.execution.collect_fields import FieldDetails
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext as Ordinary

from schema.commands import Payload, Written
from schema.nodes import TYPES, Node
from schema.plans.holes import Finished, worded
from schema.plans.selection import below


@dataclass(frozen=True)
class Row:
    """A row that a command has written, and what is selected of it."""

    cls: type[Node]
    key: int
    path: tuple[str, ...]
    sets: tuple[SelectionSetNode, ...]


Answering = Callable[[Row, Any], Awaitable[Finished | None]]


class Writing(Ordinary):
    """Executes a mutation; a plan answers for rows where there is one."""

    def __init__(self, *arguments: Any, answering: Answering, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.answering = answering

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: list[FieldDetails],
        path: Path,
        position_context: Any,
    ) -> Any:
        ordinarily = partial(
            super().execute_field, parent_type, source, field_details_list, path, position_context
        )
        row = written(parent_type, source, field_details_list, path)
        return ordinarily() if row is None else self._answered(row, ordinarily)

    async def _answered(self, row: Row, ordinarily: Callable[[], Any]) -> Any:
        text = await self.answering(row, self.build_per_event_executor(self.root_value))
        if text is not None:
            return text
        completed = ordinarily()
        return await completed if self.is_awaitable(completed) else completed


def written(
    parent_type: GraphQLObjectType, source: Any, details: list[FieldDetails], path: Path
) -> Row | None:
    """Find the row that a payload's field is."""
    if not isinstance(source, Payload):
        return None
    field = parent_type.fields.get(details[0].node.name.value)
    definition: Any = field and field.extensions.get("strawberry-definition")
    plan = definition and definition.metadata.get("plan")
    key = source.answer.get(plan.key) if isinstance(plan, Written) else None
    if key is None:
        return None
    names = tuple(str(step) for step in path.as_list())
    return Row(TYPES[plan.node], key, names, tuple(below([detail.node for detail in details])))


def finished(answer: ExecutionResult) -> ExecutionResult:
    """Word an answer with finished parts as a whole, or take them apart where errors stand beside them."""
    data: Any = plain(answer.data) if answer.errors else Finished(worded(answer.data))
    return ExecutionResult(data=data, errors=answer.errors, extensions=answer.extensions)


def plain(value: Any) -> Any:
    if isinstance(value, Finished):
        return json.loads(value)
    return {key: plain(inner) for key, inner in value.items()} if isinstance(value, dict) else value
