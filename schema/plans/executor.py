"""Two executors with one meaning: a plan where there is one, else Strawberry's own."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    get_operation_ast,
)
from graphql import execute as ordinary
from graphql.execution.values import get_argument_values, get_variable_values
from strawberry.types.arguments import convert_arguments

from core import tokens
from schema.context import Context
from schema.metrics import executions
from schema.plans.calls import Values
from schema.plans.compiler import Compiler, Plan
from schema.plans.holes import Failed, Finished, Hole, fill
from schema.plans.known import Known, known
from schema.plans.selection import Selection
from schema.plans.wording import DIALECTS, Unplannable
from schema.plans.writing import Row, Writing, finished

__all__ = ["Executor", "Finished", "Request"]

logger = logging.getLogger("tillsight.plans")


@dataclass(frozen=True)
class Request:
    """An operation as it was sent: checked, but for its variables."""

    graph: GraphQLSchema
    document: DocumentNode
    name: str | None
    sent: dict[str, Any]
    context: Context


@dataclass(frozen=True)
class Planned:
    """The plan of a request, with what fills it."""

    plan: Plan
    values: Values

    def run(self) -> str:
        return self.plan.run(self.values)

    def filled(self) -> list[Any]:
        return self.plan.filled(self.values)


class Executor:
    """Executes the operations of a Strawberry schema, in the place of graphql-core's `execute`."""

    def __init__(self, schema: Any) -> None:
        self.schema = schema

    async def __call__(
        self, graph: GraphQLSchema, document: DocumentNode, *, context_value: Context, **options: Any
    ) -> Any:
        options["context_value"] = context_value
        request = Request(
            graph, document, options["operation_name"], options["variable_values"] or {}, context_value
        )
        operation = get_operation_ast(document, request.name)
        if settings.PLANS == "off" or connection.vendor not in DIALECTS or operation is None:
            pass
        elif operation.operation is OperationType.QUERY:
            text = await self._query(request, options)
            if text is not None:
                executions.labels(executor="plan").inc()
                return ExecutionResult(data=text, extensions=await self._told(request))  # type: ignore[arg-type]
        elif operation.operation is OperationType.MUTATION:
            return await self._mutation(request, options)
        executions.labels(executor="ordinary").inc()
        answer = ordinary(graph, document, **options)
        answer = await answer if inspect.isawaitable(answer) else answer
        if settings.DEBUG and settings.PLANS != "off":
            answer.extensions = await self._told(request)
        return answer

    def planned(self, request: Request, said: tokens.Said) -> bytes | None:
        """Answer by one statement alone what a token asks; None where more is needed, whatever it is."""
        try:
            found = self.find(request)
            return None if found.plan.holes else found.plan.answer(found.values, said)
        except Exception as reason:
            self._left(reason)
            return None

    def find(self, request: Request, row: Row | None = None) -> Planned:
        """Find the plan of a query, or of a row that a mutation has written.

        Raises: BadInput; Unplannable.
        """
        account = request.context.account
        if account is None:
            raise Unplannable("Nobody is signed in.")
        kept = known(request.document, request.name)
        if row is None and kept.operation.operation is not OperationType.QUERY:
            raise Unplannable("It is no query.")
        definitions = kept.operation.variable_definitions
        variables: Any = get_variable_values(request.graph, definitions or (), request.sent)
        if isinstance(variables, list):
            raise Unplannable("The variables do not fit.")
        arguments = partial(self._arguments, variables)
        start = (account.role, row and row.path, *(variables.coerced.get(name) for name in kept.switches))
        values = {"user": account.pk, "key": row and row.key}
        plan = kept.find(start, arguments, values)
        if plan is None:
            compiler = Compiler(Selection(request.graph, kept.fragments, variables), arguments, account.role)
            plan = _compiled(compiler, kept, row)
            kept.keep(start, compiler.calls, plan)
            for call in compiler.calls:
                values.update(call.values)
        if isinstance(plan, str):
            raise Unplannable(plan)
        return Planned(plan, values)

    async def _query(self, request: Request, options: dict[str, Any]) -> Finished | None:
        def executor() -> Any:
            known = ("root_value", "context_value", "operation_name", "middleware", "is_awaitable")
            given = {name: options[name] for name in known}
            build = options["executor_class"].build
            return build(request.graph, request.document, raw_variable_values=request.sent, **given)

        return await self._whole(request, executor)

    async def _mutation(self, request: Request, options: dict[str, Any]) -> ExecutionResult:
        """Let the services write, and plans answer for the rows."""

        async def answering(row: Row, executor: Any) -> Finished | None:
            return await self._whole(request, lambda: executor, row)

        executions.labels(executor="ordinary").inc()
        options |= {"executor_class": Writing, "answering": answering}
        answer = ordinary(request.graph, request.document, **options)
        answer = await answer if inspect.isawaitable(answer) else answer
        return finished(answer)

    async def _whole(
        self, request: Request, executor: Callable[[], Any], row: Row | None = None
    ) -> Finished | None:
        """Run a plan, and let Python answer for what the statement leaves out; None where neither can."""

        def run() -> tuple[str, tuple[Hole, ...]]:
            found = self.find(request, row)
            return found.run(), found.plan.holes

        try:
            text, holes = await sync_to_async(run)()
            return await fill(text, holes, executor(), request.context.user) if holes else Finished(text)
        except Failed:
            return None
        except Exception as reason:
            self._left(reason)
            return None

    def _left(self, reason: Exception) -> None:
        """Leave an operation to the ordinary executor, which says what is wrong if anything is."""
        if isinstance(reason, Unplannable | GraphQLError):
            logger.debug("Not planned: %s", reason)
        elif settings.PLANS == "always":
            raise reason
        else:
            logger.error("A plan failed; the ordinary executor takes over.", exc_info=reason)

    async def _told(self, request: Request) -> dict[str, Any] | None:
        """Tell a developer who has answered, and how."""
        return {"plan": await sync_to_async(self.explain)(request)} if settings.DEBUG else None

    def explain(self, request: Request) -> dict[str, Any]:
        """Tell the plan of an operation: its SQL and what Python adds, or why there is none."""
        try:
            plan = self.find(request).plan
        except Exception as reason:
            return {"executor": "ordinary", "reason": str(reason)}
        python = [{"path": list(hole.path), "reason": hole.reason} for hole in plan.holes]
        return {"executor": "plan", "python": python, "sql": plan.sql}

    def _arguments(self, variables: Any, field: Any, node: Any) -> dict[str, Any]:
        """Take a field's arguments as its resolver would get them."""
        return convert_arguments(
            get_argument_values(field, node, variables),
            field.extensions["strawberry-definition"].arguments,
            scalar_registry=self.schema.schema_converter.scalar_registry,
            config=self.schema.config,
        )


def _compiled(compiler: Compiler, kept: Known, row: Row | None) -> Plan | str:
    try:
        if row is None:
            return compiler.query(kept.operation.selection_set)
        return compiler.found(row.cls, row.path, *row.sets)
    except Unplannable as reason:
        return str(reason)
