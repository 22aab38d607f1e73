"""How SQLite words JSON. `{0}` is the column; what may be NULL is wrapped by the compiler."""

from __future__ import annotations

import base64
from typing import Any

JOINED = "group_concat({0}, ',')"
PADDED = "printf('%%03d', {0})"
MAXIMUM = "max({0})"
MINIMUM = "min({0})"
ID = "base64url({0})"
CURSOR = "base64url({0})"

LEAVES = {
    "text": "json_quote({0})",
    "integer": "CAST({0} AS TEXT)",
    "boolean": "CASE WHEN {0} THEN 'true' ELSE 'false' END",
    "decimal": "printf('\"%%.{places}f\"', {0})",
    "date": "'\"' || {0} || '\"'",
    "time": "'\"' || {0} || '\"'",
    "datetime": "'\"' || replace({0}, ' ', 'T') || '+00:00\"'",
}


def statement(connection: Any, sql: str, params: int) -> str:
    """Give what runs a statement, once the connection knows what SQLite does not know by itself."""
    raw = connection.connection
    if raw is not None and getattr(connection, "_knows_base64url", None) is not raw:
        raw.create_function("base64url", 1, _base64url, deterministic=True)
        connection._knows_base64url = raw
    return sql


def _base64url(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
