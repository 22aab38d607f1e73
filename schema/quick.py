"""Queries that were asked before and have a plan: answered without finding out again what they ask."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from graphql import get_operation_ast

from core import tokens
from core.models import User
from core.prepared import caller
from schema import limits, metrics, remembered
from schema.context import Context, access_token
from schema.plans.executor import Executor, Request
from schema.root import schema

executor = Executor(schema)


def answer(
    query: str, variables: dict[str, Any] | None, operation: str | None, authorization: str
) -> bytes | None:
    """Answer a query as JSON; None for whatever must be looked at more closely.

    A document that is remembered has been found valid and within the limits; what differs from one request to
    the next are the caller and the variables, and these are looked at here as anywhere. That the session goes
    on, and that the account is no administrator's, is said in the plan's own statement.
    """
    if settings.PLANS == "off" or settings.DEBUG:
        return None
    started = time.perf_counter()
    document = remembered.find((schema, query))
    if document is None or limits.longest(variables) > limits.MAX_LIST_INPUT:
        return None
    asked = get_operation_ast(document, operation)
    token = access_token(authorization)
    if asked is None or token is None:
        return None
    try:
        said = tokens.read(token)
    except tokens.InvalidToken:
        return None
    context = Context(caller(said.user, User.Role.USER))
    data = executor.planned(Request(schema._schema, document, operation, variables or {}, context), said)
    if data is None:
        return None
    metrics.executions.labels(executor="plan").inc()
    name = asked.name.value if asked.name else None
    metrics.observe(name, metrics.Result.OK, time.perf_counter() - started)
    return b'{"data":%b}' % data
