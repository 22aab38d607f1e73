"""Which fields may be tried only so often; all that a document holds are counted before any is executed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from graphql import ExecutionResult, Executor, GraphQLError, GraphQLSchema
from graphql.execution.collect_fields import collect_fields
from graphql.execution.values import get_argument_values
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

from core import rates, throttle
from core.throttle import Attempt
from schema.errors import RateLimited


@dataclass(frozen=True)
class Rule:
    """A mutation's limit, by its setting; and the field of its input that names an account, if one does."""

    limit: str
    account: str = ""


RULES = {
    "tokenAuth": Rule("LOGIN_LIMIT", "login"),
    "loginWithGoogle": Rule("LOGIN_LIMIT"),
    "register": Rule("SIGNUP_LIMIT", "email"),
    "requestPasswordReset": Rule("RESET_LIMIT", "email"),
}


class Throttle(SchemaExtension):
    """Refuse a document whole when it tries something too often: aliases multiply no guesses."""

    async def on_execute(self) -> AsyncIterator[None]:
        context = self.execution_context
        if context.operation_type is OperationType.MUTATION:
            tried = list(attempts(context.schema._schema, context))
            wait = await sync_to_async(throttle.admit)(tried) if tried else 0
            if wait:
                context.result = ExecutionResult(data=None, errors=[RateLimited(wait)])
        yield


def attempts(schema: GraphQLSchema, context: Any) -> Iterator[Attempt]:
    """Yield what an operation tries, for each field that it would execute under a limit."""
    for name, arguments in fields(schema, context):
        rule = RULES.get(name)
        if rule is None:
            continue
        limit = getattr(settings, rule.limit)
        yield Attempt(f"{rule.limit} from", rates.network(context.context.address), limit)
        if rule.account:
            yield Attempt(f"{rule.limit} to", account(arguments["input"][rule.account]), limit)


def fields(schema: GraphQLSchema, context: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the operation's fields with their arguments, found just as the executor finds them."""
    executor = Executor.build(
        schema,
        context.graphql_document,
        raw_variable_values=context.variables,
        operation_name=context.operation_name,
    )
    if isinstance(executor, list):  # variables that do not fit: nothing will be executed
        return
    mutations = schema.mutation_type
    assert mutations
    found = collect_fields(
        schema, executor.fragments, executor.variable_values, mutations, executor.operation
    )
    for details in found.grouped_field_set.values():  # one for each name in the answer
        node, variables = details[0].node, details[0].fragment_variable_values
        field = mutations.fields.get(node.name.value)
        if field is None:  # __typename
            continue
        try:
            yield node.name.value, get_argument_values(field, node, executor.variable_values, variables)
        except GraphQLError:  # such a field gives its error, and is not executed
            continue


def account(text: str) -> str:
    """Reduce a login to what the accounts are known by."""
    return text.strip().lower()
