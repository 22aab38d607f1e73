"""Who may see the rows of a level: the predicate of `visible_to`, said in the way that costs least."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import OuterRef
from django.db.models.lookups import In
from django.db.models.sql import Query
from django.db.models.sql.where import WhereNode

from core.models import Membership


class Held(In):
    """Of one of the stores that a caller holds a permission in: PostgreSQL finds them once a statement."""

    def as_postgresql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        said, params = self.process_lhs(compiler, connection)
        stores, more = self.process_rhs(compiler, connection)
        return f"{said} = ANY(ARRAY{stores})", [*params, *more]


def eased(rows: models.QuerySet[Any], column: str, around: str) -> models.QuerySet[Any]:
    """Say the same predicate at less cost, of rows whose `column` equals that `around` of the row above.

    What is said of that column, or of the row that it leads to, is said of the row above: it is tried once
    for all rows of the level, needs no join, and leaves the choice of an index to what else is asked.
    """
    rows = rows.all()
    _ease(rows.query, column, around)
    return rows


def _ease(query: Query, column: str, around: str) -> None:
    def walk(node: WhereNode) -> None:
        children: list[Any] = node.children
        for place, child in enumerate(children):
            if isinstance(child, WhereNode):
                walk(child)
            elif isinstance(child, In) and isinstance(child.rhs, Query):
                if child.rhs.model is Membership:
                    above = _above(query, child.lhs, column, around)
                    children[place] = Held(above or child.lhs, child.rhs)
                else:
                    _ease(child.rhs, "", "")

    walk(query.where)


def _above(query: Query, said_of: Any, column: str, around: str) -> Any:
    """Find the column of the row above that equals a column of this level, if one does."""
    base, join = query.get_initial_alias(), query.alias_map[said_of.alias]
    field = getattr(join, "join_field", None)
    if said_of.alias == base and said_of.target.name == column:
        return OuterRef(around).resolve_expression(query)
    if around == "pk" and field is not None and field.name == column and join.parent_alias == base:
        query.unref_alias(said_of.alias)
        return OuterRef(said_of.target.attname).resolve_expression(query)
    return None
