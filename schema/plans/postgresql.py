"""How PostgreSQL words JSON. `{0}` is the column; what may be NULL is wrapped by the compiler."""

JOINED = "string_agg({0}, ',')"
PADDED = "lpad(({0})::text, 3, '0')"
MAXIMUM = 'max({0} COLLATE "C")'
MINIMUM = 'min({0} COLLATE "C")'
ROW = "translate(rtrim(translate(encode(convert_to({0}, 'UTF8'), 'base64'), E'\\n', ''), '='), '+/', '-_')"

_PARTS = "CASE WHEN to_char({0}, 'US') = '000000' THEN '' ELSE to_char({0}, '.US') END"
LEAVES = {
    "text": "to_json({0})::text",
    "integer": "({0})::text",
    "boolean": "({0})::text",
    "decimal": "'\"' || ({0})::text || '\"'",
    "date": "'\"' || to_char({0}, 'YYYY-MM-DD') || '\"'",
    "time": "'\"' || to_char({0}, 'HH24:MI:SS') || " + _PARTS + " || '\"'",
    "datetime": "'\"' || to_char({0}, 'YYYY-MM-DD\"T\"HH24:MI:SS') || " + _PARTS + " || '+00:00\"'",
}


def prepare(connection: object) -> None:
    """Nothing is missing."""
