"""A page of rows as JSON: which columns its parts take from the rows, and how they are gathered."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db.models import F, OuterRef, TextField, Value, Window
from django.db.models.functions import Cast, Coalesce, RowNumber
from graphql import FieldNode, GraphQLObjectType, get_named_type

from schema.connections import Listing
from schema.nodes import model_of
from schema.plans.calls import USUAL_SIZES, Call
from schema.plans.nested import Counted, Listed
from schema.plans.selection import below
from schema.plans.tenancy import eased
from schema.plans.wording import Bound, Coded, Slot, Text, Unplannable, kind_of, leaf

if TYPE_CHECKING:
    from schema.plans.compiler import Compiler

Gather = Callable[[Any], tuple[str, list[Any]]]  # from a dialect to SQL over a table `x`, and its parameters


class Page:
    """Words the parts of a connection, then the whole."""

    def __init__(self, compiler: Compiler, call: Call, target: GraphQLObjectType) -> None:
        assert call.listing is not None
        self.compiler, self.listing, self.number, self.target = compiler, call.listing, call.number, target
        self.rows = self._rows()
        self.columns: dict[str, Any] = {}
        self.numbered = False

    def _rows(self) -> Any:
        """Select the rows of the list, with slots for what the filter holds."""
        listing = self.listing
        if listing.filter is not None:
            listing = replace(listing, filter=listing.filter.with_slots(self._bound, of=listing.via))
        rows = listing.rows_where(self.compiler.viewer, **{listing.via: OuterRef("pk")})
        return eased(rows, listing.via, "pk")

    def _bound(self, name: str, field: Any) -> Bound:
        return Bound(self._slot(name), field)

    def word(self, kind: GraphQLObjectType, nodes: list[FieldNode]) -> list[Any]:
        name = nodes[0].name.value
        if name == "nodes":
            return [self._gathered(self.compiler.row(self.target, *below(nodes)))]
        if name == "edges":
            return [self._gathered(self._edge(nodes))]
        if name == "pageInfo":
            return self._info(nodes)
        self.compiler.levels += 1
        return [Counted(self.rows)]

    def _gathered(self, text: Any) -> Gather:
        column = f"j{len(self.columns)}"
        self.columns[column] = text

        def gather(dialect: Any) -> tuple[str, list[Any]]:  # what is asked of pageInfo is known by then
            return joined(column, self._slot("first") if self.numbered else None)(dialect)

        return gather

    def _edge(self, nodes: list[FieldNode]) -> Text:
        kind: Any = get_named_type(self.compiler.schema.get_type(f"{self.target.name}Edge"))

        def word(kind: GraphQLObjectType, inner: list[FieldNode]) -> list[Any]:
            if inner[0].name.value == "cursor":
                return ['"', Coded(cursor(self.listing), "CURSOR"), '"']
            return [self.compiler.row(self.target, *below(inner))]

        return Text(*self.compiler.object(kind, below(nodes), word))

    def _info(self, nodes: list[FieldNode]) -> list[Any]:
        kind: Any = self.compiler.schema.get_type("PageInfo")
        return self.compiler.object(kind, below(nodes), self._of_info)

    def _of_info(self, kind: GraphQLObjectType, nodes: list[FieldNode]) -> list[Any]:
        name = nodes[0].name.value
        if name == "hasPreviousPage":
            return ["true" if self.listing.after else "false"]
        self.numbered = True
        if name == "hasNextPage":
            sql = "CASE WHEN count(*) > %s THEN 'true' ELSE 'false' END"
            return [lambda dialect: (sql, [self._slot("first")])]
        self.columns["c"] = Coded(cursor(self.listing), "CURSOR")
        end = "MAXIMUM" if name == "endCursor" else "MINIMUM"

        def gather(dialect: Any) -> tuple[str, list[Any]]:
            padded = dialect.PADDED.replace("{0}", 'x."n"')
            best = getattr(dialect, end).format(f'({padded} || x."c")')
            return (
                f"coalesce('\"' || substr({best} FILTER (WHERE x.\"n\" <= %s), 4) || '\"', 'null')",
                [self._slot("first")],
            )

        return [gather]

    def _slot(self, name: str) -> Slot:
        return Slot(f"{self.number}.{name}")

    def listed(self, parts: list[Any]) -> Listed | Text:
        by, rows = self.listing.by, self.rows
        if self.listing.after is not None:
            rows = rows.filter(after(self.listing, self.number))
        if self.numbered:
            self.columns["n"] = Window(RowNumber(), order_by=by.expressions(rows.model))
        if not self.columns:  # nothing is asked of any row
            return Text(*parts)
        limit: Slot | int
        if self.listing.first in USUAL_SIZES:
            limit = self.listing.first + self.numbered
        else:
            limit = self._slot("limit" if self.numbered else "first")
        return Listed(by.apply(rows), self.columns, limit, parts)


def joined(column: str, first: Slot | None = None) -> Gather:
    """Gather a column of texts as a list, of the `first` rows by their numbers."""
    only = "" if first is None else ' FILTER (WHERE x."n" <= %s)'

    def gather(dialect: Any) -> tuple[str, list[Any]]:
        texts = dialect.JOINED.format(f'x."{column}"')
        return f"'[' || coalesce({texts}{only}, '') || ']'", [] if first is None else [first]

    return gather


def after(listing: Listing, number: int) -> Any:
    """Start after the row of a cursor, whose value and key each request fills in."""
    field: Any = model_of(listing.node)._meta.get_field(listing.by.column)
    assert listing.after is not None
    value = None if listing.after[0] is None else Bound(Slot(f"{number}.after"), field)
    key: Any = Bound(Slot(f"{number}.key"), model_of(listing.node)._meta.pk)
    return listing.by.after(value, key, model_of(listing.node))


def cursor(listing: Listing) -> Text:
    """Word the JSON that a cursor of a listing encodes: as `By.cursor` makes it."""
    by = listing.by
    field: Any = model_of(listing.node)._meta.get_field(by.column)
    kind = kind_of(field)
    if kind in ("integer", "boolean"):
        value: Any = Text('"', Cast(F(by.column), TextField()), '"')
        value = Coalesce(value, Value("null")) if field.null else value
    else:
        value = leaf(field)
    if value is None:
        raise Unplannable(f"No cursor is worded for {by.column}.")
    name = json.dumps(("-" if by.descending else "") + by.column)
    return Text(f"[{name},", value, ",", Cast(F("pk"), TextField()), "]")
