"""JSON as SQL expressions: literals and columns, joined to a text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from django.db import models
from django.db.models import Expression, F, Field, TextField

from schema.plans import postgresql, sqlite

DIALECTS: dict[str, ModuleType] = {"postgresql": postgresql, "sqlite": sqlite}
Sql = Any  # a statement's text and a list of its parameters, slots among them


class Unplannable(Exception):
    """The reason why an operation is left to the ordinary executor."""


@dataclass(frozen=True)
class Slot:
    """A value that each request fills in: the parameter that stands in for it."""

    name: str


class Bound(Expression):
    """A slot as an operand."""

    def __init__(self, slot: Slot, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.slot = slot

    def as_sql(self, compiler: Any, connection: Any) -> Sql:
        return "%s", [self.slot]

    def as_postgresql(self, compiler: Any, connection: Any) -> Sql:
        """Say the type of days and moments, which a prepared statement could not guess everywhere."""
        field = self.output_field
        kind = f"::{field.db_type(connection)}" if isinstance(field, models.DateField) else ""
        return f"%s{kind}", [self.slot]


class Text(Expression):
    """Literal texts and expressions, one after the other."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(output_field=TextField())
        self.parts = list(parts)

    def get_source_expressions(self) -> list[Any]:
        return [part for part in self.parts if not isinstance(part, str)]

    def set_source_expressions(self, expressions: Any) -> None:
        given = iter(expressions)
        self.parts = [part if isinstance(part, str) else next(given) for part in self.parts]

    def as_sql(self, compiler: Any, connection: Any) -> Sql:
        sql, params = [], []
        for part in self.parts:
            if isinstance(part, str):
                sql.append(literal(part))
                continue
            said, values = compiler.compile(part)
            sql.append(said)
            params += values
        return f"({' || '.join(sql)})", params


class Leaf(Expression):
    """A column as a JSON value; `kind` is a key of a dialect's LEAVES."""

    def __init__(self, source: Any, kind: str, *, nullable: bool, places: int = 0) -> None:
        super().__init__(output_field=TextField())
        self.source, self.kind, self.nullable, self.places = source, kind, nullable, places

    def get_source_expressions(self) -> list[Any]:
        return [self.source]

    def set_source_expressions(self, expressions: Any) -> None:
        (self.source,) = expressions

    def as_sql(self, compiler: Any, connection: Any) -> Sql:
        said, params = compiler.compile(self.source)
        template = DIALECTS[connection.vendor].LEAVES[self.kind]
        sql = template.replace("{places}", str(self.places)).replace("{0}", said)
        if self.nullable:
            sql = f"CASE WHEN {said} IS NULL THEN 'null' ELSE {sql} END"
        return f"({sql})", list(params) * (template.count("{0}") + self.nullable)


class Coded(Leaf):
    """A text in base64url, as ids and cursors are; `how` is ID or CURSOR."""

    def __init__(self, source: Any, how: str) -> None:
        super().__init__(source, how, nullable=False)

    def as_sql(self, compiler: Any, connection: Any) -> Sql:
        said, params = compiler.compile(self.source)
        return getattr(DIALECTS[connection.vendor], self.kind).replace("{0}", said), params


def literal(text: str) -> str:
    """Quote a text that the schema or a checked document holds, for a statement that has parameters."""
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"


def inlined(sql: str, params: Iterable[Any]) -> Sql:
    """Say the texts that are the same in every request, such as roles, in the statement itself."""
    waiting, left = iter(params), []

    def said(place: re.Match[str]) -> str:
        if place[0] == "%%":
            return "%%"
        param = next(waiting)
        if isinstance(param, str) and "\0" not in param:
            return literal(str.__str__(param))  # of an enum its value
        left.append(param)
        return "%s"

    return re.sub("%%|%s", said, sql), left


def kind_of(field: Any) -> str | None:
    """Name the kind of leaf that a model's field is; None for one that cannot be worded."""
    for cls, kind in (
        (models.BigIntegerField, None),  # GraphQL's Int has 32 bits
        (models.BooleanField, "boolean"),
        (models.DecimalField, "decimal"),
        (models.DateTimeField, "datetime"),
        (models.DateField, "date"),
        (models.TimeField, "time"),
        (models.IntegerField, "integer"),
        (models.CharField, "text"),
        (models.TextField, "text"),
    ):
        if isinstance(field, cls):
            return kind
    return None


def leaf(field: Any) -> Leaf | None:
    """Word a column of the row itself."""
    kind = kind_of(field)
    places = getattr(field, "decimal_places", 0) or 0
    return (kind and Leaf(F(field.attname), kind, nullable=field.null, places=places)) or None
