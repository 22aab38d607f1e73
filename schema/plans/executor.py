"""Two executors with one meaning: a plan where there is one, else Strawberry's own."""

from __future__ import annotations

import hashlib
import inspect
import logging
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from graphql import (
    DocumentNode,
    ExecutionResult,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    Visitor,
    get_operation_ast,
    visit,
)
from graphql import execute as ordinary
from graphql.execution.values import get_argument_values, get_variable_values
from strawberry.types.arguments import convert_arguments

from schema.context import Context
from schema.metrics import executions
from schema.plans.calls import Call
from schema.plans.compiler import Compiler, Plan, compiled
from schema.plans.selection import Selection
from schema.plans.wording import DIALECTS, Unplannable

logger = logging.getLogger("tillsight.plans")

MAX_DOCUMENTS = 500
MAX_SHAPES = 50  # of one document


class Finished(str):
    """The `data` of an answer as JSON text, the way the database has written it."""


@dataclass
class Known:
    """What is kept of a document: its operation, and its plans by what shapes them."""

    operation: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    switches: tuple[str, ...]  # variables that directives look at
    calls: OrderedDict[Hashable, list[Call]] = field(default_factory=OrderedDict)
    plans: OrderedDict[Hashable, Plan] = field(default_factory=OrderedDict)
    refused: OrderedDict[Hashable, str] = field(default_factory=OrderedDict)


@dataclass(frozen=True)
class Request:
    """An operation as it was sent: checked, but for its variables."""

    graph: GraphQLSchema
    document: DocumentNode
    name: str | None
    sent: dict[str, Any]
    context: Context


documents: OrderedDict[tuple[bytes, str | None], Known] = OrderedDict()


class Executor:
    """Executes the operations of a Strawberry schema, in the place of graphql-core's `execute`."""

    def __init__(self, schema: Any) -> None:
        self.schema = schema

    async def __call__(
        self, graph: GraphQLSchema, document: DocumentNode, *, context_value: Context, **options: Any
    ) -> Any:
        if settings.PLANS != "off" and connection.vendor in DIALECTS:
            request = Request(
                graph, document, options["operation_name"], options["variable_values"] or {}, context_value
            )
            text = await sync_to_async(self.planned)(request)
            if text is not None:
                executions.labels(executor="plan").inc()
                return ExecutionResult(data=text)  # type: ignore[arg-type]
        executions.labels(executor="ordinary").inc()
        answer = ordinary(graph, document, context_value=context_value, **options)
        return await answer if inspect.isawaitable(answer) else answer

    def planned(self, request: Request) -> Finished | None:
        """Answer by a plan; None where the ordinary executor must, whatever the reason."""
        try:
            return self._planned(request)
        except (Unplannable, GraphQLError) as reason:
            logger.debug("Not planned: %s", reason)
        except Exception:
            if settings.PLANS == "always":
                raise
            logger.exception("A plan failed; the ordinary executor takes over.")
        return None

    def _planned(self, request: Request) -> Finished:
        account = request.context.account
        if account is None:
            raise Unplannable("Nobody is signed in.")
        known = _known(request)
        variables = get_variable_values(
            request.graph, known.operation.variable_definitions or (), request.sent
        )
        if isinstance(variables, list):
            raise Unplannable("The variables do not fit.")
        shape = (account.role, *(variables.coerced.get(switch) for switch in known.switches))
        if shape in known.refused:
            raise Unplannable(known.refused[shape])
        arguments = partial(self._arguments, variables)
        calls = [call.again(arguments(call.field, call.node)) for call in known.calls.get(shape, ())]
        plan = known.plans.get((shape, *(call.shape for call in calls))) if shape in known.calls else None
        if plan is None:
            selection = Selection(request.graph, known.fragments, variables)
            compiler = Compiler(selection, arguments, account.role)
            try:
                plan = compiled(compiler, known.operation)
            except Unplannable as reason:
                _keep(known.refused, shape, str(reason), MAX_SHAPES)
                raise
            calls = compiler.calls
            _keep(known.calls, shape, calls, MAX_SHAPES)
            _keep(known.plans, (shape, *(call.shape for call in calls)), plan, MAX_SHAPES)
        values = {"user": account.pk}
        for call in calls:
            values.update(call.values)
        return Finished(plan.run(values))

    def _arguments(self, variables: Any, field: Any, node: Any) -> dict[str, Any]:
        """Take a field's arguments as its resolver would get them."""
        return convert_arguments(
            get_argument_values(field, node, variables),
            field.extensions["strawberry-definition"].arguments,
            scalar_registry=self.schema.schema_converter.scalar_registry,
            config=self.schema.config,
        )


def _known(request: Request) -> Known:
    """Find what is kept of a document.

    Raises: Unplannable for what is no query or, with PLANS=on, seen for the first time.
    """
    document, name = request.document, request.name
    assert document.loc is not None
    key = (hashlib.sha256(document.loc.source.body.encode()).digest(), name)
    known = documents.get(key)
    if known is None:
        operation = get_operation_ast(document, name)
        if operation is None or operation.operation != OperationType.QUERY:
            raise Unplannable("It is no query.")
        switches = _Switches()
        visit(document, switches)
        fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        known = Known(operation, fragments, tuple(sorted(switches.found)))
        _keep(documents, key, known, MAX_DOCUMENTS)
        if settings.PLANS == "on":
            raise Unplannable("It is seen for the first time: most are never seen again.")
    else:
        documents.move_to_end(key)
    return known


class _Switches(Visitor):
    """Finds the variables that decide what is in an answer at all."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_directive(self, node: Any, *_: Any) -> None:
        for argument in node.arguments or ():
            if argument.value.kind == "variable":
                self.found.add(argument.value.name.value)


def _keep(cache: OrderedDict[Any, Any], key: Hashable, value: Any, most: int) -> None:
    cache[key] = value
    if len(cache) > most:
        cache.popitem(last=False)
