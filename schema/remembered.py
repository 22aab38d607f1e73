"""Documents that clients send over and over: parsed and found valid once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from graphql import DocumentNode
from strawberry.extensions import SchemaExtension

MAX_CHARACTERS = 100_000  # of all together; parsed, each takes some 200 bytes

valid: dict[tuple[Any, str], DocumentNode] = {}  # by schema and text; the latest used stand last


class Remembered(SchemaExtension):
    """Spare a known document its parsing and validation, which is half of what a small request costs.

    Only documents of those who are signed in are kept: nobody else can fill the memory.
    """

    known: DocumentNode | None = None

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        self.key = (context.schema, context.query or "")
        self.known = context.graphql_document = valid.pop(self.key, None)
        if self.known:
            valid[self.key] = self.known
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        if self.known and context.pre_execution_errors is None:
            context.pre_execution_errors = []
        yield
        if not self.known and not context.pre_execution_errors:
            self.keep()

    def keep(self) -> None:
        context = self.execution_context
        if context.context.account is None:
            return
        assert context.graphql_document
        valid[self.key] = context.graphql_document
        while sum(len(text) for _, text in valid) > MAX_CHARACTERS:
            valid.pop(next(iter(valid)), None)
