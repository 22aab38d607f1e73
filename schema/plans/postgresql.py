"""How PostgreSQL words JSON. `{0}` is the column; what may be NULL is wrapped by the compiler."""

from __future__ import annotations

import itertools
from typing import Any

JOINED = "string_agg({0}, ',')"
PADDED = "lpad(({0})::text, 3, '0')"
MAXIMUM = 'max({0} COLLATE "C")'
MINIMUM = 'min({0} COLLATE "C")'
ID = "rtrim(encode(({0})::bytea, 'base64'), '=')"  # of letters, digits and a colon: no + or / comes of them
CURSOR = "translate(rtrim(translate(encode(convert_to({0}, 'UTF8'), 'base64'), E'\\n', ''), '='), '+/', '-_')"

_PARTS = "CASE WHEN to_char({0}, 'US') = '000000' THEN '' ELSE to_char({0}, '.US') END"
LEAVES = {
    "text": "to_json({0})::text",
    "integer": "({0})::text",
    "boolean": "({0})::text",
    "decimal": "'\"' || ({0})::text || '\"'",
    "date": "to_json({0})::text",
    "time": "'\"' || to_char({0}, 'HH24:MI:SS') || " + _PARTS + " || '\"'",
    "datetime": "'\"' || to_char({0}, 'YYYY-MM-DD\"T\"HH24:MI:SS') || " + _PARTS + " || '+00:00\"'",
}


MAX_PREPARED = 200  # of one connection
_names = itertools.count(1)


def statement(connection: Any, sql: str, params: int) -> str:
    """Give what runs a statement: the server need not plan again what a connection runs a second time."""
    if getattr(connection, "_seen", (None,))[0] is not connection.connection:
        connection._seen = (connection.connection, {})
    seen = connection._seen[1]
    name = seen.pop(sql, None)
    if name is None:
        seen[sql] = ""
        return sql
    if not name:
        name = f"plan_{next(_names)}"
        with connection.connection.cursor() as cursor:
            cursor.execute(f"PREPARE {name} AS {sql % tuple(f'${place + 1}' for place in range(params))}")
    seen[sql] = name
    if len(seen) > MAX_PREPARED:
        forgotten = seen.pop(next(iter(seen)))
        if forgotten:
            with connection.connection.cursor() as cursor:
                cursor.execute(f"DEALLOCATE {forgotten}")
    return f"EXECUTE {name}({', '.join(['%s'] * params)})" if params else f"EXECUTE {name}"
