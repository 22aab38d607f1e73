"""Persisted queries by hash, as Apollo's clients ask them: a document that is known need not be sent again.

https://www.apollographql.com/docs/apollo-server/performance/apq
"""

from __future__ import annotations

import hashlib
from typing import Any

from schema import remembered


class Unknown(Exception):
    """No document of this hash is kept: the client is to send it, with the hash, once more."""

    ANSWER = {  # noqa: RUF012 (never changed)
        "errors": [
            {"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}},
        ]
    }


def with_query(body: Any) -> Any:
    """Put the document into a body that names it by its hash alone.

    Which documents are kept, and of whom, is said in `remembered`: limits and permissions are looked at as if
    the document had been sent.

    Raises: Unknown; ValueError when the hash is not that of the document beside it.
    """
    if not isinstance(body, dict) or not isinstance(body.get("extensions"), dict):
        return body
    named = body["extensions"].get("persistedQuery")
    if not isinstance(named, dict):
        return body
    digest, query = named.get("sha256Hash"), body.get("query")
    if named.get("version") != 1 or not isinstance(digest, str):
        raise ValueError("`persistedQuery` must hold the version 1 and a `sha256Hash`.")
    if query is None:
        found = remembered.text_of(digest)
        if found is None:
            raise Unknown
        return {**body, "query": found}
    if not isinstance(query, str) or hashlib.sha256(query.encode()).hexdigest() != digest:
        raise ValueError("The provided sha256Hash is not that of the query.")
    return body
