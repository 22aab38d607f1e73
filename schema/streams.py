"""Run a subscription: its answers as they come, for whatever carries them to the client."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from asgiref.sync import sync_to_async
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from core.database import give_back
from schema.context import Context
from schema.root import schema


async def answers(
    query: str, variables: dict[str, Any] | None, operation: str | None, context: Context
) -> AsyncGenerator[dict[str, Any], None]:
    """Yield the answers to a subscription; one without data is the last one.

    While it waits, be it for an event or for a slow client, it keeps no connection to the database.
    """
    results = await schema.stream(
        query,
        variable_values=variables,
        context_value=context,
        operation_name=operation,
        allowed_operation_types={OperationType.SUBSCRIPTION},
    )
    async with aclosing(results):
        async for result in results:
            assert isinstance(result, ExecutionResult)
            await sync_to_async(give_back)()
            yield said(result)
            if result.data is None:
                return


def said(result: ExecutionResult) -> dict[str, Any]:
    """Write down an answer as it is sent."""
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    if result.extensions:
        answer["extensions"] = result.extensions
    return answer
