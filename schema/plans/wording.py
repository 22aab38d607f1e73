"""JSON as SQL expressions: literals and columns joined to a text, rows to a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import Expression, F, Field, Subquery, TextField

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
    """A text in base64url, as ids and cursors are."""

    def __init__(self, source: Any) -> None:
        super().__init__(source, "", nullable=False)

    def as_sql(self, compiler: Any, connection: Any) -> Sql:
        said, params = compiler.compile(self.source)
        return DIALECTS[connection.vendor].ROW.replace("{0}", said), params


class Rows(Subquery):
    """Rows of a level below."""

    def rows_sql(self, compiler: Any, connection: Any) -> Sql:
        """Give the SELECT, without the brackets around it.

        Raises: Unplannable where Django knows that there is no such row, and so writes none.
        """
        try:
            return super().as_sql(compiler, connection, template="%(subquery)s")
        except EmptyResultSet as error:
            raise Unplannable("No row can fit.") from error


class Inner(Rows):
    """The text of one row, or null."""

    def __init__(self, rows: models.QuerySet[Any], text: Expression) -> None:
        super().__init__(rows.order_by().annotate(_json=text).values("_json"), output_field=TextField())

    def as_sql(self, compiler: Any, connection: Any, *more: Any, **options: Any) -> Sql:
        sql, params = self.rows_sql(compiler, connection)
        return f"coalesce(({sql}), 'null')", params


class Counted(Rows):
    """How many rows there are."""

    def __init__(self, rows: models.QuerySet[Any]) -> None:
        super().__init__(rows.order_by().values("pk").distinct(), output_field=TextField())

    def as_sql(self, compiler: Any, connection: Any, *more: Any, **options: Any) -> Sql:
        sql, params = self.rows_sql(compiler, connection)
        return f"(SELECT CAST(count(*) AS TEXT) FROM ({sql}) y)", params  # noqa: S608


class Listed(Rows):
    """The texts of rows, gathered from a table `x` that has these columns.

    `parts` are literals, expressions of the row around the list, and functions of a dialect that gather.
    """

    def __init__(
        self,
        rows: models.QuerySet[Any],
        columns: Mapping[str, Expression],
        limit: Slot | None,
        parts: list[Any],
    ) -> None:
        super().__init__(rows.annotate(**columns).values(*columns), output_field=TextField())
        self.limit, self.parts = limit, parts

    def get_source_expressions(self) -> list[Any]:
        return [self.query, *(part for part in self.parts if _is_expression(part))]

    def set_source_expressions(self, expressions: Any) -> None:
        self.query, *given = expressions
        waiting = iter(given)
        self.parts = [next(waiting) if _is_expression(part) else part for part in self.parts]

    def as_sql(self, compiler: Any, connection: Any, *more: Any, **options: Any) -> Sql:
        inner, inner_params = self.rows_sql(compiler, connection)
        dialect, sql, params = DIALECTS[connection.vendor], [], []
        for part in self.parts:
            if isinstance(part, str):
                sql.append(literal(part))
                continue
            said, values = compiler.compile(part) if _is_expression(part) else part(dialect)
            sql.append(said)
            params += values
        params += inner_params
        if self.limit is not None:
            inner, params = f"{inner} LIMIT %s", [*params, self.limit]
        return f"(SELECT {' || '.join(sql)} FROM ({inner}) x)", params  # noqa: S608


def _is_expression(part: Any) -> bool:
    return hasattr(part, "resolve_expression")


def literal(text: str) -> str:
    """Quote a text that the schema or a checked document holds, for a statement that has parameters."""
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"


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
