"""A checked operation, compiled to one SQL statement that returns its answer as JSON text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import OperationalError
from django.db.models import F, OuterRef, TextField
from django.db.models.functions import Cast
from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    SelectionSetNode,
    get_named_type,
    is_non_null_type,
)

from core import database, tokens
from core.models import User
from core.prepared import NOBODY, caller
from schema.connections import Rows
from schema.nodes import TYPES, Few, Node, To, model_of
from schema.plans.calls import Arguments, Call, Values, node_call, nodes_call, page_call, plain_call
from schema.plans.holes import MARK, Hole
from schema.plans.nested import Inner, Listed
from schema.plans.pages import Page, joined
from schema.plans.selection import Selection, below
from schema.plans.tenancy import eased
from schema.plans.wording import DIALECTS, Bound, Coded, Leaf, Slot, Text, Unplannable, inlined, leaf

USER = Slot("user")
TOO_DEEP = "It is too deep for one statement."


@dataclass(frozen=True)
class Plan:
    role: str
    sql: str
    params: tuple[Any, ...]  # values, and slots that each request fills in
    holes: tuple[Hole, ...]  # what of the answer the statement leaves to Python

    @cached_property
    def sql_if_standing(self) -> str:
        return f"{self.sql} AND {tokens.STANDS}"  # it ends in what it says of the caller's account

    def run(self, values: Values) -> str:
        return str(_read(self.sql, self.filled(values)))

    def answer(self, values: Values, said: tokens.Said) -> bytes:
        """Run it for a caller who was not looked up: the same statement sees whether the token stands.

        Raises: Unplannable where it does not, or the caller has another role than the plan is for.
        """
        params = [*self.filled(values), *tokens.standing(said, self.role)]
        found = _read(self.sql_if_standing, params, raw=True)
        return found if isinstance(found, bytes) else str(found).encode()

    def filled(self, values: Values) -> list[Any]:
        return [values[given.name] if type(given) is Slot else given for given in self.params]


def _read(sql: str, params: list[Any], *, raw: bool = False) -> Any:
    """Run a statement for the one value that it returns; `raw`, as bytes where the database has them.

    Raises: Unplannable where it returns no row, or is too deep for the database.
    """
    own = database.of_this_thread()
    own.ensure_connection()
    sql = DIALECTS[own.vendor].statement(own, sql, len(params))
    with own.cursor() as cursor:
        if raw:
            database.leave_raw(cursor)
        try:
            cursor.execute(sql, params)
        except OperationalError as error:
            if "parser stack overflow" in str(error):  # of SQLite, by brackets in each other
                raise Unplannable(TOO_DEEP) from error
            raise
        found = cursor.fetchone()
    if found is None:
        raise Unplannable("The account is not there, or not as it was thought to be.")
    return found[0]


class Compiler:
    """Compiles the operation of one document for the variables of one request."""

    def __init__(self, selection: Selection, arguments: Arguments, role: str) -> None:
        self.selection, self.schema, self.arguments = selection, selection.schema, arguments
        # Nothing but key and role is known of the viewer: what looks at more has no plan.
        self.viewer = caller(NOBODY, role)
        self.calls: list[Call] = []
        self.holes: list[Hole] = []
        self.levels = 0  # of rows that the ordinary executor would read by statements of their own
        self.path: tuple[str, ...] = ()

    def query(self, *sets: SelectionSetNode) -> Plan:
        """Compile what is selected of the root.

        Raises: Unplannable.
        """
        query: Any = self.schema.query_type
        return self._plan(lambda: self.object(query, sets, self._at_top))

    def found(self, cls: type[Node], path: tuple[str, ...], *sets: SelectionSetNode) -> Plan:
        """Compile what is selected of one row, whose key each request fills in.

        Raises: Unplannable.
        """
        self.path = path
        return self._plan(lambda: [self._by_key(cls, "key", *sets)])

    def _plan(self, word: Callable[[], list[Any]]) -> Plan:
        try:
            sql, params = self._sql(word())
        except RecursionError as error:  # raised by Django too, for many subqueries in each other
            raise Unplannable(TOO_DEEP) from error
        if str(NOBODY) in sql or any(str(NOBODY) in str(param) and param != NOBODY for param in params):
            raise Unplannable("The caller's key went into more than a comparison.")
        sql, params = inlined(sql, [USER if param == NOBODY else param for param in params])
        return Plan(self.viewer.role, sql, tuple(params), tuple(self.holes))

    def _sql(self, parts: list[Any]) -> Any:
        asked = {hole.path[:-1] for hole in self.holes if hole.rows and not hole.own}
        if self.levels <= len(asked):  # each of those costs a statement, beside the one of the plan
            first = self.holes[0].reason if self.holes else "There is nothing to read."
            raise Unplannable(f"A plan would spare no statement. {first}")
        rows = User.objects.get_queryset().filter(pk=NOBODY).annotate(_json=Text(*parts)).values("_json")
        return rows.query.sql_with_params()

    def _at_top(self, query: GraphQLObjectType, nodes: list[FieldNode]) -> list[Any]:
        name = nodes[0].name.value
        field = query.fields.get(name)
        if field is None or name not in ("me", "store", "node", "nodes"):
            raise Unplannable(f"Query.{name} is answered by Python.")
        if name == "me":
            rows = User.objects.get_queryset().filter(pk=NOBODY)
            return [Inner(rows, self.row(get_named_type(field.type), *below(nodes), own=True))]
        if name == "nodes":
            call = self._called(nodes_call, field, nodes[0])
            keys = [f"{call.number}.{place}" for place in range(len(call.shape))]
            found = [
                part
                for name, key in zip(call.shape, keys, strict=True)
                for part in (",", self._by_key(TYPES[name], key, *below(nodes)))
            ]
            return ["[", *found[1:], "]"]
        call = self._called(node_call, field, nodes[0], (TYPES["Store"],) if name == "store" else ())
        return [self._by_key(TYPES[call.shape[0]], f"{call.number}.id", *below(nodes))]

    def _by_key(self, cls: type[Node], key: str, *sets: SelectionSetNode) -> Inner:
        kind: Any = self.schema.get_type(cls.__name__)
        bound: Any = Bound(Slot(key), model_of(cls)._meta.pk)
        return Inner(cls.rows(self.viewer).filter(pk=bound), self.row(kind, *sets))

    def row(self, kind: GraphQLObjectType, *sets: SelectionSetNode, own: bool = False) -> Text:
        """Word a row of a Node type as a JSON object; `own` is the caller's, which is at hand."""
        self.levels += not own
        return Text(*self.object(kind, sets, self._of_row, own=own))

    def object(
        self,
        kind: GraphQLObjectType,
        sets: Any,
        word: Callable[[GraphQLObjectType, list[FieldNode]], list[Any]],
        *,
        own: bool = False,
    ) -> list[Any]:
        """Word a JSON object of the fields that are selected; what has no plan is left to Python."""
        parts: list[Any] = []
        for name, nodes in self.selection.fields(kind, *sets).items():
            parts.append(f'{"," if parts else "{"}"{name}":')
            with self._at(name):
                if nodes[0].name.value == "__typename":
                    parts.append(f'"{kind.name}"')
                    continue
                holes, levels = len(self.holes), self.levels
                try:
                    parts += word(kind, nodes)
                except Unplannable as reason:
                    del self.holes[holes:]
                    self.levels = levels
                    parts += self._hole(kind, nodes, str(reason), own=own)
        return [*_merged([*parts, "}"] if parts else ["{}"])]

    @contextmanager
    def _at(self, name: str) -> Iterator[None]:
        self.path = (*self.path, name)
        try:
            yield
        finally:
            self.path = self.path[:-1]

    def _hole(self, kind: GraphQLObjectType, nodes: list[FieldNode], reason: str, *, own: bool) -> list[Any]:
        """Mark the place of a value, and the row that it is of."""
        rows = kind.name in TYPES
        if not rows and kind is not self.schema.query_type:
            raise Unplannable(reason)
        self.holes.append(Hole(kind, tuple(nodes), self.path, rows, own, reason))
        key = [Cast(F("pk"), TextField())] if rows else []
        return [f"{MARK}{len(self.holes) - 1}:", *key, MARK]

    def _of_row(self, kind: GraphQLObjectType, nodes: list[FieldNode]) -> list[Any]:
        name = nodes[0].name.value
        field = kind.fields[name]
        definition: Any = field.extensions["strawberry-definition"]
        if name == "id":
            return ['"', Coded(Text(f"{kind.name}:", Cast(F("pk"), TextField())), "ID"), '"']
        plan = definition.metadata.get("plan") if definition.metadata else None
        target: Any = get_named_type(field.type)
        if isinstance(plan, To):
            rows = eased(TYPES[plan.node].rows(self.viewer), "id", plan.source)
            return [Inner(rows.filter(pk=OuterRef(plan.source)), self.row(target, *below(nodes)))]
        if isinstance(plan, Rows):
            return [self._connection(plan, target, field, nodes)]
        if isinstance(plan, Few):
            return [self._few(plan, target, field, nodes)]
        worded = self._column(TYPES[kind.name], definition, target)
        if worded.nullable and is_non_null_type(field.type):
            raise Unplannable(f"{kind.name}.{name} may be null where the schema says it is not.")
        return [worded]

    def _column(self, cls: type[Node], definition: Any, target: Any) -> Leaf:
        column = getattr(definition, "django_name", None)
        if not column or definition.base_resolver is not None:
            raise Unplannable(f"{cls.__name__}.{definition.name} is computed in Python.")
        field: Any = model_of(cls)._meta.get_field(column)
        worded = leaf(field)
        if worded is None:
            raise Unplannable(f"{cls.__name__}.{definition.name} holds what no dialect words.")
        if isinstance(target, GraphQLEnumType) and any(
            name != str(getattr(value.value, "value", value.value)) for name, value in target.values.items()
        ):
            raise Unplannable(f"{target.name} is stored under other names.")
        return worded

    def _connection(
        self, plan: Rows, kind: GraphQLObjectType, field: GraphQLField, nodes: list[FieldNode]
    ) -> Listed | Text:
        call = self._called(page_call, field, nodes[0], plan)
        if call.listing is None:
            raise Unplannable(call.shape[0])
        target: Any = get_named_type(self.schema.get_type(call.listing.node.__name__))
        page = Page(self, call, target)
        return page.listed(self.object(kind, below(nodes), page.word))

    def _few(self, plan: Few, target: Any, field: GraphQLField, nodes: list[FieldNode]) -> Any:
        arguments = self._called(plain_call, field, nodes[0]).arguments
        visible = TYPES[plan.node].rows(self.viewer)
        rows = plan.rows(eased(visible, plan.via, "pk") if plan.via else visible, **arguments)
        if plan.first:
            return Inner(rows, self.row(target, *below(nodes)), first=True)
        return Listed(rows, {"j0": self.row(target, *below(nodes))}, None, [joined("j0")])

    def _called(self, call: Callable[..., Call], field: GraphQLField, node: FieldNode, *more: Any) -> Call:
        made = call(len(self.calls), field, node, self.arguments(field, node), *more)
        self.calls.append(made)
        return made


def _merged(parts: list[Any]) -> Iterator[Any]:
    """Join literals that stand side by side."""
    waiting = ""
    for part in parts:
        if isinstance(part, str):
            waiting += part
            continue
        if waiting:
            yield waiting
        waiting = ""
        yield part
    if waiting:
        yield waiting
