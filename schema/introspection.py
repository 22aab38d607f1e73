"""What tools ask of the schema itself: worked out once, kept compressed, the same for everybody."""

from __future__ import annotations

import gzip
import json
from collections import OrderedDict
from threading import Lock
from typing import Any

from graphql import FieldNode, OperationType, get_operation_ast, parse

from schema.limits import INTROSPECTION, MAX_TOKENS

MAX_ANSWERS = 4  # each takes some 100 kB; tools send one and the same document
Key = tuple[str, str, str | None]

kept: OrderedDict[Key, bytes] = OrderedDict()  # the latest used stand last
lock = Lock()


def key_of(query: str, variables: dict[str, Any] | None, operation: str | None) -> Key | None:
    """Name an answer; None for what does not look at the schema."""
    if "__schema" not in query:
        return None
    return query, json.dumps(variables, sort_keys=True), operation


def find(key: Key) -> bytes | None:
    """Give the answer to a document that was asked before, compressed by gzip."""
    with lock:
        answer = kept.get(key)
        if answer:
            kept.move_to_end(key)
    return answer


def keep(key: Key, answer: bytes) -> None:
    """Keep the answer to a document, if it asks for nothing beside the schema."""
    query, _, name = key
    operation = get_operation_ast(parse(query, max_tokens=MAX_TOKENS), name)
    if operation is None or operation.operation is not OperationType.QUERY:
        return
    for selection in operation.selection_set.selections:
        if not isinstance(selection, FieldNode) or selection.name.value not in INTROSPECTION:
            return
    with lock:
        kept[key] = gzip.compress(answer, mtime=0)
        while len(kept) > MAX_ANSWERS:
            kept.popitem(last=False)
