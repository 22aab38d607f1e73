"""A checked operation, compiled to one SQL statement that returns its answer as JSON text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, OuterRef, TextField
from django.db.models.functions import Cast
from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_non_null_type,
)

from core.models import User
from schema.connections import Rows
from schema.nodes import TYPES, Few, Node, To, model_of
from schema.plans.calls import Call, Values, node_call, page_call, plain_call
from schema.plans.pages import Page, joined
from schema.plans.selection import Selection, below
from schema.plans.wording import DIALECTS, Bound, Coded, Inner, Leaf, Listed, Slot, Text, Unplannable, leaf

NOBODY = -(2**62)  # stands for the caller's key while a statement is made
USER = Slot("user")


@dataclass(frozen=True)
class Plan:
    sql: str
    params: tuple[Any, ...]  # values, and slots that each request fills in

    def run(self, values: Values) -> str:
        connection.ensure_connection()
        DIALECTS[connection.vendor].prepare(connection)
        filled = [values[given.name] if isinstance(given, Slot) else given for given in self.params]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, filled)
            return str(cursor.fetchone()[0])


class Compiler:
    """Compiles the operation of one document for the variables of one request."""

    def __init__(
        self,
        selection: Selection,
        arguments: Callable[[GraphQLField, FieldNode], dict[str, Any]],
        role: str,
    ) -> None:
        self.selection, self.schema, self.arguments = selection, selection.schema, arguments
        # Nothing but key and role is known of the viewer: what looks at more has no plan.
        self.viewer = User.from_db(connection.alias, ["id", "role"], [NOBODY, role])
        self.calls: list[Call] = []

    def row(self, kind: GraphQLObjectType, *sets: SelectionSetNode) -> Text:
        """Word a row of a Node type as a JSON object."""
        cls = TYPES[kind.name]
        parts = self.object(kind, sets, lambda nodes: self._of_row(cls, kind, nodes))
        return Text(*parts)

    def object(
        self, kind: GraphQLObjectType, sets: Any, word: Callable[[list[FieldNode]], list[Any]]
    ) -> list[Any]:
        """Word a JSON object of the fields that are selected."""
        parts: list[Any] = []
        for name, nodes in self.selection.fields(kind, *sets).items():
            parts.append(f'{"," if parts else "{"}"{name}":')
            parts += [f'"{kind.name}"'] if nodes[0].name.value == "__typename" else word(nodes)
        return [*_merged([*parts, "}"] if parts else ["{}"])]

    def _of_row(self, cls: type[Node], kind: GraphQLObjectType, nodes: list[FieldNode]) -> list[Any]:
        name = nodes[0].name.value
        field = kind.fields[name]
        definition: Any = field.extensions["strawberry-definition"]
        if name == "id":
            return ['"', Coded(Text(f"{kind.name}:", Cast(F("pk"), TextField()))), '"']
        plan = definition.metadata.get("plan") if definition.metadata else None
        target: Any = get_named_type(field.type)
        if isinstance(plan, To):
            rows = TYPES[plan.node].rows(self.viewer).filter(pk=OuterRef(plan.source))
            return [Inner(rows, self.row(target, *below(nodes)))]
        if isinstance(plan, Rows):
            return [self._connection(plan, target, field, nodes)]
        if isinstance(plan, Few):
            return [self._few(plan, target, field, nodes)]
        worded = self._column(cls, definition, target)
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
        number = len(self.calls)
        call = page_call(plan, field, nodes[0], number, self.arguments(field, nodes[0]))
        self.calls.append(call)
        listing = call.listing
        assert listing is not None
        scoped = listing.rows_where(self.viewer, **{listing.via: OuterRef("pk")})
        target: Any = get_named_type(self.schema.get_type(listing.node.__name__))
        page = Page(self, listing, number, target, scoped)
        return page.listed(self.object(kind, below(nodes), page.word))

    def _few(self, plan: Few, target: Any, field: GraphQLField, nodes: list[FieldNode]) -> Listed:
        arguments = self.arguments(field, nodes[0])
        self.calls.append(plain_call(field, nodes[0], arguments))
        rows = plan.rows(TYPES[plan.node].rows(self.viewer), **arguments)
        columns = {"j0": self.row(target, *below(nodes))}
        return Listed(rows, columns, None, [joined("j0")])


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


def compiled(compiler: Compiler, operation: OperationDefinitionNode) -> Plan:
    """Compile a query operation.

    Raises: Unplannable.
    """
    try:
        return _compiled(compiler, operation)
    except RecursionError as error:  # raised by Django too, for many subqueries in each other
        raise Unplannable("It is too deep for one statement.") from error


def _compiled(compiler: Compiler, operation: OperationDefinitionNode) -> Plan:
    query: Any = compiler.schema.query_type
    parts = compiler.object(query, [operation.selection_set], lambda nodes: _at_top(compiler, query, nodes))
    rows = User.objects.get_queryset().filter(pk=NOBODY).annotate(_json=Text(*parts)).values("_json")
    sql, params = rows.query.sql_with_params()
    if str(NOBODY) in sql or any(str(NOBODY) in str(param) and param != NOBODY for param in params):
        raise Unplannable("The caller's key went into more than a comparison.")
    return Plan(sql, tuple(USER if param == NOBODY else param for param in params))


def _at_top(compiler: Compiler, query: GraphQLObjectType, nodes: list[FieldNode]) -> list[Any]:
    name = nodes[0].name.value
    field, sets = query.fields[name], below(nodes)
    if name == "me":
        rows = User.objects.get_queryset().filter(pk=NOBODY)
        return [Inner(rows, compiler.row(get_named_type(field.type), *sets))]
    if name not in ("store", "node"):
        raise Unplannable(f"Query.{name} is answered by Python.")
    number, types = len(compiler.calls), (TYPES["Store"],) if name == "store" else ()
    call = node_call(types, field, nodes[0], number, compiler.arguments(field, nodes[0]))
    compiler.calls.append(call)
    cls = TYPES[call.shape[0]]
    kind: Any = compiler.schema.get_type(cls.__name__)
    bound: Any = Bound(Slot(f"{number}.id"), model_of(cls)._meta.pk)
    return [Inner(cls.rows(compiler.viewer).filter(pk=bound), compiler.row(kind, *sets))]
