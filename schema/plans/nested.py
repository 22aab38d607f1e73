"""Rows of a level below as SQL expressions: one row as its text or null, a list, a count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import Expression, Func, Subquery, TextField
from django.db.models.expressions import Col

from schema.plans.wording import DIALECTS, Slot, Sql, Unplannable, literal


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
    """The text of one row, the `first` one where they may be many, or null."""

    def __init__(self, rows: models.QuerySet[Any], text: Expression, *, first: bool = False) -> None:
        texts = (rows if first else rows.order_by()).annotate(_json=text).values("_json")
        super().__init__(texts[:1] if first else texts, output_field=TextField())

    def resolve_expression(self, query: Any = None, *more: Any, **options: Any) -> Any:
        """Join the row to those of the query around it, where the database can."""
        found = super().resolve_expression(query, *more, **options)
        return beside(found, query) if query is not None and connection.vendor == "postgresql" else found

    def as_sql(self, compiler: Any, connection: Any, *more: Any, **options: Any) -> Sql:
        sql, params = self.rows_sql(compiler, connection)
        return f"coalesce(({sql}), 'null')", params


class Beside:
    """A row that is joined to each row of a query: what Django keeps among the query's tables.

    PostgreSQL makes a plain join of it, which it does in whatever way is the fastest for a page of rows.
    """

    table_name = "beside"
    parent_alias = filtered_relation = None
    join_type, nullable = "LEFT OUTER JOIN", True

    def __init__(self, row: Inner, alias: str) -> None:
        self.row, self.table_alias = row, alias

    def as_sql(self, compiler: Any, connection: Any) -> Sql:
        sql, params = self.row.rows_sql(compiler, connection)
        return f"LEFT JOIN LATERAL ({sql}) {self.table_alias} ON true", params

    def relabeled_clone(self, aliases: dict[str, str]) -> Beside:
        alias = aliases.get(self.table_alias, self.table_alias)
        return Beside(self.row.relabeled_clone(aliases), alias)


def beside(row: Inner, query: Any) -> Func:
    """Put a row beside those of a query, and take its text from there."""
    alias = f"{query.alias_prefix}_{len(query.alias_map)}"
    query.alias_map[alias] = Beside(row, alias)
    query.alias_refcount[alias] = 1
    query.table_map.setdefault(Beside.table_name, []).append(alias)
    text = TextField()
    text.column = "_json"
    return Func(Col(alias, text), template="coalesce(%(expressions)s, 'null')", output_field=text)


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
        limit: Slot | int | None,
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
        if isinstance(self.limit, int):
            inner = f"{inner} LIMIT {self.limit}"
        elif self.limit is not None:
            inner, params = f"{inner} LIMIT %s", [*params, self.limit]
        return f"(SELECT {' || '.join(sql)} FROM ({inner}) x)", params  # noqa: S608


def _is_expression(part: Any) -> bool:
    return hasattr(part, "resolve_expression")
