"""Documents that clients send over and over: parsed and found valid once."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from threading import Lock
from typing import Any

from graphql import DocumentNode
from strawberry.extensions import SchemaExtension

MAX_CHARACTERS = 100_000  # of all together; parsed, each takes some 200 bytes

Key = tuple[Any, str]  # schema and text

valid: OrderedDict[Key, DocumentNode] = OrderedDict()  # the latest used stand last
texts: dict[str, str] = {}  # their texts by the SHA-256 of these, in hex
lock = Lock()  # requests are answered in several threads


def find(key: Key) -> DocumentNode | None:
    """Find a document that was found valid before."""
    with lock:
        known = valid.get(key)
        if known:
            valid.move_to_end(key)
    return known


def keep(key: Key, document: DocumentNode) -> None:
    """Keep a valid document, and forget those that were not used for longest."""
    with lock:
        valid[key] = document
        texts[_digest(key[1])] = key[1]
        while sum(len(text) for _, text in valid) > MAX_CHARACTERS:
            forgotten, _ = valid.popitem(last=False)
            texts.pop(_digest(forgotten[1]), None)


def text_of(digest: str) -> str | None:
    """Give the text of a valid document by its hash."""
    return texts.get(digest)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Remembered(SchemaExtension):
    """Spare a known document its parsing and validation, which is half of what a small request costs.

    Only documents of those who are signed in are kept: nobody else can fill the memory.
    """

    known: DocumentNode | None = None

    def on_parse(self) -> Iterator[None]:
        context = self.execution_context
        self.key = (context.schema, context.query or "")
        self.known = context.graphql_document = find(self.key)
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        if self.known and context.pre_execution_errors is None:
            context.pre_execution_errors = []
        yield
        signed_in = context.context.account is not None
        if signed_in and not self.known and not context.pre_execution_errors:
            assert context.graphql_document
            keep(self.key, context.graphql_document)
