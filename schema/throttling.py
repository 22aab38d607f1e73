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
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType

from core import rates, throttle
from core.throttle import Attempt
from schema.context import Context
from schema.errors import RateLimited

CALLER = "the one who asks"


@dataclass(frozen=True)
class Rule:
    """What a mutation tries, the setting of its limit, and the field of its input that names an account."""

    what: str
    limit: str
    account: str = ""


# Tokens and links are too long to be guessed: what takes one has no limit.
RULES = {
    "tokenAuth": Rule("sign in", "LOGIN_LIMIT", "login"),
    "loginWithGoogle": Rule("sign in", "LOGIN_LIMIT"),
    "changePassword": Rule("confirm", "LOGIN_LIMIT", CALLER),
    "deactivateAccount": Rule("confirm", "LOGIN_LIMIT", CALLER),
    "inviteMember": Rule("invite", "INVITATION_LIMIT", CALLER),
    "register": Rule("sign up", "SIGNUP_LIMIT", "email"),
    "requestPasswordReset": Rule("reset", "RESET_LIMIT", "email"),
    "requestEmailVerification": Rule("verify", "RESET_LIMIT", "email"),
}


class Throttle(SchemaExtension):
    """Refuse a document whole when it tries something too often: aliases multiply no guesses."""

    async def on_execute(self) -> AsyncIterator[None]:
        execution = self.execution_context
        if execution.operation_type is OperationType.MUTATION:
            tried = list(attempts(execution.schema._schema, execution))
            wait = await sync_to_async(throttle.admit)(tried) if tried else 0
            if wait:
                execution.result = ExecutionResult(data=None, errors=[RateLimited(wait)])
        yield


def attempts(schema: GraphQLSchema, execution: ExecutionContext) -> Iterator[Attempt]:
    """Yield what an operation tries, for each field that it would execute under a limit."""
    caller: Context = execution.context
    for name, arguments in fields(schema, execution):
        rule = RULES.get(name)
        if rule is None:
            continue
        limit = getattr(settings, rule.limit)
        yield Attempt(f"{rule.what} from", rates.network(caller.address), limit)
        if rule.account == CALLER and caller.account:
            yield Attempt(f"{rule.what} of", str(caller.account.pk), limit)
        elif rule.account in arguments["input"]:
            # As the accounts themselves are looked up: in lower case, without the space around it.
            yield Attempt(f"{rule.what} to", arguments["input"][rule.account].strip().lower(), limit)


def fields(schema: GraphQLSchema, execution: ExecutionContext) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the operation's fields with their arguments, found just as the executor finds them."""
    assert execution.graphql_document
    executor = Executor.build(
        schema,
        execution.graphql_document,
        raw_variable_values=execution.variables,
        operation_name=execution.operation_name,
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
