"""Querysets put into SQL once: of a small one, that takes the ORM longer than the answer the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models.query import get_related_populators

from core import database
from core.models import User

NOBODY = -(2**62)  # stands for the caller's key while a statement is made
FIELDS: dict[type, models.Field[Any, Any]] = {
    int: models.BigIntegerField(),
    str: models.TextField(),
    date: models.DateField(),
    Decimal: models.DecimalField(),
}

Build = Callable[..., models.QuerySet[Any]]


class Slot(models.Expression):
    """A value that each run fills in."""

    def __init__(self, name: str, output_field: models.Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        return "%s", [self]


def caller(key: int, role: str) -> User:
    """Make a user of whom but key and role nothing is known."""
    return User.from_db(connection.alias, ["id", "role"], [key, role])


def rows(build: Build, *shape: Any, user: User | None = None, **values: Any) -> list[Any]:
    """Read the rows that `build(*shape, **operands)` selects, where each operand stands for one of `values`.

    `build` is a function of a module: it runs once a connection for each `shape`, and sees nothing of the
    values but their types. Where there is a `user`, it gets one of whom but key and role nothing is known. An
    operand is for comparisons with = and <, not for those that look at its text.
    """
    known: dict[Any, _Statement | None] = connection.__dict__.setdefault("_prepared", {})
    place = (build, shape, user and user.role, *values)
    if place not in known:
        known[place] = _worded(build, shape, user, values)
    statement = known[place]
    return [] if statement is None else statement.run(user.pk if user else None, values)


def insert(rows: Sequence[models.Model]) -> None:
    """Write new rows of one model, by one statement, and tell them their keys.

    What the model does in `save`, and who listens to that, is passed by.
    """
    if not rows:
        return
    options = type(rows[0])._meta
    fields: list[Any] = [field for field in options.concrete_fields if not field.primary_key]
    own = database.of_this_thread()
    quoted = own.ops.quote_name
    names = ", ".join(quoted(field.column) for field in fields)
    marks = f"({', '.join(['%s'] * len(fields))})"
    key_field: Any = options.pk
    with own.cursor() as cursor:
        cursor.execute(  # only our own names stand in the text
            f"INSERT INTO {quoted(options.db_table)} ({names}) "  # noqa: S608
            f"VALUES {', '.join([marks] * len(rows))} RETURNING {quoted(key_field.column)}",
            [field.get_db_prep_save(field.pre_save(row, add=True), own) for row in rows for field in fields],
        )
        for row, (key,) in zip(rows, cursor.fetchall(), strict=True):
            row.pk = key
            row._state.adding, row._state.db = False, own.alias


def _worded(build: Build, shape: tuple[Any, ...], user: User | None, values: dict[str, Any]) -> Any:
    operands: dict[str, Any] = {name: Slot(name, FIELDS[type(value)]) for name, value in values.items()}
    if user is not None:
        operands["user"] = caller(NOBODY, user.role)
    try:
        return _Statement(build(*shape, **operands))
    except EmptyResultSet:
        return None


class _Statement:
    """A queryset as SQL, and how its rows become instances, as Django's ModelIterable makes them."""

    def __init__(self, queryset: models.QuerySet[Any]) -> None:
        self.compiler: Any = queryset.query.get_compiler(connection=connection)
        self.sql, self.params = self.compiler.as_sql()
        asked = self.compiler.klass_info
        self.model, places = asked["model"], asked["select_fields"]
        self.own = slice(places[0], places[-1] + 1)
        self.names = [column.target.attname for column, *_ in self.compiler.select[self.own]]
        more = (asked, self.compiler.select, connection.alias)
        self.related = get_related_populators(*more)  # type: ignore[call-arg]  # of a later Django
        self.annotated = self.compiler.annotation_col_map.items()
        self.converters = self.compiler.get_converters(column for column, *_ in self.compiler.select)

    def run(self, user: int | None, values: dict[str, Any]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, [self._filled(param, user, values) for param in self.params])
            found = cursor.fetchall()
        return [self._instance(row) for row in self.compiler.apply_converters(found, self.converters)]

    def _filled(self, param: Any, user: int | None, values: dict[str, Any]) -> Any:
        if isinstance(param, Slot):
            return param.output_field.get_db_prep_value(values[param.name], connection)
        return user if param == NOBODY else param

    def _instance(self, row: Any) -> Any:
        made = self.model.from_db(connection.alias, self.names, row[self.own])
        for related in self.related:
            related.populate(row, made)
        for name, place in self.annotated:
            setattr(made, name, row[place])
        return made
