"""Lists of rows in pages: one connection and one field, forward only, by keyset.

A page is read for all parents of a level in one statement, as are the totals. Cursors hold
the order's value and the row's key, so a page neither repeats nor loses a row when others
come or go.
"""

from __future__ import annotations

import base64
import binascii
import inspect
import json
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Generic, TypeVar

import strawberry
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, F, Q, Value, Window
from django.db.models.functions import RowNumber

from core.models import User
from schema.context import Info, level
from schema.errors import BadInput
from schema.nodes import TYPES, Node, model_of

MAX_PAGE = 100
DEFAULT_PAGE = 20
PARENT = "_parent"
TOP = 0  # stands for the key of a parent where there is none
RANK = "_rank"
T = TypeVar("T")


@dataclass(frozen=True)
class By:
    """An order: a column of the row, then its key in the same direction; NULLs come last.

    `known` says that the column is never NULL in the lists of this order, though the model allows it.
    """

    column: str
    descending: bool = False
    known: bool = False

    def apply(self, rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
        return rows.order_by(*self.expressions(rows.model))

    def expressions(self, model: type[models.Model]) -> list[Any]:
        """Say nothing of NULLs where there are none: PostgreSQL would pass over the index."""
        last = True if self._has_nulls(model) else None
        if self.descending:
            return [F(self.column).desc(nulls_last=last), F("pk").desc()]
        return [F(self.column).asc(nulls_last=last), F("pk").asc()]

    def after(self, value: Any, key: int, model: type[models.Model]) -> Q:
        """Keep what comes after the row that has `value` and `key`."""
        past = "lt" if self.descending else "gt"
        if value is None:
            return Q(**{f"{self.column}__isnull": True, f"pk__{past}": key})
        later = Q(**{f"{self.column}__{past}": value})
        tie = Q(**{self.column: value, f"pk__{past}": key})
        if self._has_nulls(model):
            return later | tie | Q(**{f"{self.column}__isnull": True})
        return Q(**{f"{self.column}__{past}e": value}) & (later | tie)  # the first part is for the index

    def cursor(self, row: Any) -> str:
        value = row
        for step in self.column.split("__"):
            value = getattr(value, step)
        text = None if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)
        made = json.dumps([self._name, text, row.pk], separators=(",", ":"), ensure_ascii=False)
        return base64.urlsafe_b64encode(made.encode()).decode().rstrip("=")

    def read(self, cursor: str, model: type[models.Model]) -> tuple[Any, int]:
        """Take a cursor apart.

        Raises: BadInput for one that this order did not make.
        """
        try:
            text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            name, value, key = json.loads(text)
            column: Any = model._meta.get_field(self.column)
            parsed = None if value is None else column.to_python(value)
            if name != self._name or type(key) is not int or not 0 <= key < 2**63:
                raise ValueError(cursor)
            if (isinstance(value, str) and "\x00" in value) or (
                isinstance(parsed, Decimal) and not parsed.is_finite()
            ):
                raise ValueError(cursor)
        except (
            binascii.Error,
            UnicodeError,
            ValueError,
            TypeError,
            ValidationError,
            RecursionError,
        ) as error:
            raise BadInput("`after` is not a cursor of this list in this order.") from error
        return parsed, key

    def _has_nulls(self, model: type[models.Model]) -> bool:
        column: Any = model._meta.get_field(self.column)
        return column.null and not self.known

    @property
    def _name(self) -> str:
        return ("-" if self.descending else "") + self.column


@strawberry.type(description="Where a page ends.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether rows follow after `endCursor`.")
    has_previous_page: bool = strawberry.field(
        description="Whether it started after a cursor, or has a number above 1."
    )
    start_cursor: str | None = strawberry.field(
        description="Cursor of the first row, null for an empty page."
    )
    end_cursor: str | None = strawberry.field(description="Cursor of the last row: the next page's `after`.")


@strawberry.type(description="A row at its place in a list.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="Its place: a page may start after it.")
    node: T = strawberry.field(description="The row.")


@dataclass(frozen=True)
class Page:
    rows: list[Any]
    more: bool


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What one paged field of one request asks for, the same for every parent of its level."""

    node: type[Node]
    via: str  # the path from the row to its parent's key; empty for a list that hangs at the top
    by: By
    first: int
    after: tuple[Any, int] | None = None
    skip: int = 0  # rows before the page, where pages are numbered
    among: str = ""  # the QuerySet method that says which rows the list is about
    filter: Any = None

    def rows(self, user: User, parents: list[int]) -> models.QuerySet[Any]:
        return self.rows_where(user, **({f"{self.via}__in": parents} if self.via else {}))

    def rows_where(self, user: User, **of: Any) -> models.QuerySet[Any]:
        """Select the rows that the list is about, whatever says which parents they are `of`."""
        rows = self.node.rows(user)
        if self.among:
            rows = getattr(rows, self.among)()
        rows = rows.filter(**of)
        return rows if self.filter is None else self.filter.apply(rows)

    def pages(self, user: User, parents: list[int]) -> list[Page]:
        """Read the page of each parent, in one statement."""
        rows = self.rows(user, parents).annotate(**{PARENT: F(self.via) if self.via else Value(TOP)})
        if self.after is not None:
            rows = rows.filter(self.by.after(*self.after, rows.model))
        end = self.skip + self.first + 1  # one more tells whether there are more
        if len(set(parents)) == 1:
            rows = self.by.apply(rows)[self.skip : end]
        else:
            rank = Window(RowNumber(), partition_by=F(self.via), order_by=self.by.expressions(rows.model))
            within = {f"{RANK}__gt": self.skip, f"{RANK}__lte": end}
            rows = self.by.apply(rows.annotate(**{RANK: rank}).filter(**within))
        found: dict[int, list[Any]] = defaultdict(list)
        for row in rows:
            found[getattr(row, PARENT)].append(row)
        return [Page(found[parent][: self.first], len(found[parent]) > self.first) for parent in parents]

    def totals(self, user: User, parents: list[int]) -> list[int]:
        """Count the rows of each parent, in one statement."""
        if not self.via:
            return [self.rows(user, parents).count()] * len(parents)
        counted = self.rows(user, parents).order_by().values(self.via).annotate(n=Count("pk", distinct=True))
        found = {row[self.via]: row["n"] for row in counted}
        return [found.get(parent, 0) for parent in parents]


@dataclass(frozen=True)
class Rows:
    """What a plan knows of a paged field."""

    node: str
    via: str
    default: By
    among: str = ""
    rows: int = DEFAULT_PAGE  # of a page, unless more or fewer are asked for

    def listing(self, *, first: int | None, order_by: Enum | None, **asked: Any) -> Listing:
        """Check the arguments as the field itself does.

        Raises: BadInput.
        """
        by, first = order_by.value if order_by else self.default, self.rows if first is None else first
        return listing_of(node=TYPES[self.node], via=self.via, by=by, among=self.among, first=first, **asked)


@strawberry.type(description="A list of rows, a page at a time.")
class Connection(Generic[T]):
    listing: strawberry.Private[Listing]
    parent: strawberry.Private[int]
    place: strawberry.Private[tuple[object, ...]]

    @strawberry.field(description="The page's rows.")
    async def nodes(self, info: Info) -> list[T]:
        return (await self._page(info)).rows

    @strawberry.field(description="The page's rows, each with its cursor.")
    async def edges(self, info: Info) -> list[Edge[T]]:
        by = self.listing.by
        return [Edge(cursor=by.cursor(row), node=row) for row in (await self._page(info)).rows]

    @strawberry.field(description="Where the page ends and whether more follows.")
    async def page_info(self, info: Info) -> PageInfo:
        page = await self._page(info)
        ends = (page.rows[0], page.rows[-1]) if page.rows else ()
        start, end = (self.listing.by.cursor(row) for row in ends) if ends else (None, None)
        return PageInfo(
            has_next_page=page.more,
            has_previous_page=self.listing.after is not None or self.listing.skip > 0,
            start_cursor=start,
            end_cursor=end,
        )

    @strawberry.field(description="How many rows the whole list has, after filters; counted only when asked.")
    async def total_count(self, info: Info) -> int:
        user, listing = info.context.user, self.listing
        counts = info.context.load(
            (*self.place, "total"), self.parent, lambda parents: listing.totals(user, parents)
        )
        return int(await counts)

    async def _page(self, info: Info) -> Page:
        user, listing = info.context.user, self.listing
        page: Page = await info.context.load(
            (*self.place, "page"), self.parent, lambda parents: listing.pages(user, parents)
        )
        return page


def connection(
    info: Info,
    *,
    node: type[Node],
    via: str = "",
    parent: int = TOP,
    by: By,
    first: int | None,
    after: str | None,
    page: int | None = None,
    limit: int | None = None,
    among: str = "",
    filter: Any = None,
) -> Connection[Any]:
    """Answer a paged field; `page` and `limit` ask for a page by its number, from 1.

    Raises: BadInput for a page that is too long or is none, or a cursor of another list.
    """
    listing = listing_of(
        node=node,
        via=via,
        by=by,
        first=first,
        after=after,
        page=page,
        limit=limit,
        among=among,
        filter=filter,
    )
    return Connection(listing=listing, parent=parent, place=level(info))


def listing_of(
    *,
    node: type[Node],
    via: str,
    by: By,
    first: int | None,
    after: str | None,
    page: int | None = None,
    limit: int | None = None,
    among: str = "",
    filter: Any = None,
) -> Listing:
    """Check what a paged field is asked for.

    Raises: BadInput as `connection` does.
    """
    first = DEFAULT_PAGE if first is None else first
    if not 0 <= first <= MAX_PAGE:
        raise BadInput(f"`first` must be from 0 to {MAX_PAGE}.")
    if limit is not None and not 1 <= limit <= MAX_PAGE:
        raise BadInput(f"`limit` must be from 1 to {MAX_PAGE}.")
    if page is not None and page < 1:
        raise BadInput("`page` must be 1 or more.")
    if after is not None and (page, limit) != (None, None):
        raise BadInput("Ask for a page by `page` and `limit` or by `after`, not by both.")
    size = first if limit is None else limit
    return Listing(
        node=node,
        via=via,
        by=by,
        first=size,
        after=None if after is None else by.read(after, model_of(node)),
        skip=((page or 1) - 1) * size,
        among=among,
        filter=filter,
    )


def paged(
    description: str,
    *,
    node: str,
    via: str,
    order: type[Enum],
    default: Enum,
    filter: type | None = None,
    among: str = "",
    rows: int = DEFAULT_PAGE,
    numbered: bool = False,
) -> Any:
    """Declare a field that lists, in pages, the rows of `node` that lead to this row by `via`.

    `among` names the QuerySet method that keeps those that the list is about; `rows` is what a page has
    unless more or fewer are asked for. The pages of a `numbered` list can be asked for by number too.
    """

    async def resolve(
        root: Any, info: Info, first: int | None, after: str | None, order_by: Enum | None, **where: Any
    ) -> Any:
        return connection(
            info,
            node=TYPES[node],
            via=via,
            parent=root.pk,
            by=(order_by or default).value,
            first=rows if first is None else first,
            after=after,
            among=among,
            **where,
        )

    parameters = [
        _parameter("root", Any),
        _parameter("info", Info),
        _argument("first", int | None, rows, f"Rows a page, 0 to {MAX_PAGE}."),
        _argument("after", str | None, None, "Start after this cursor."),
        _argument("order_by", order | None, default, "The order; ties by id, nulls last."),
    ]
    if numbered:
        parameters += [
            _argument("page", int | None, None, "The page of this number, from 1, instead of `after`."),
            _argument("limit", int | None, None, f"Rows a page, 1 to {MAX_PAGE}, instead of `first`."),
        ]
    if filter is not None:
        parameters.append(_argument("filter", filter | None, None, "Keep only the rows that fit all of it."))
    resolve.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    resolve.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return strawberry.field(
        resolver=resolve,
        description=description,
        metadata={"plan": Rows(node=node, via=via, default=default.value, among=among, rows=rows)},
    )


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=annotation, default=default
    )


def _argument(name: str, annotation: Any, default: Any, description: str) -> inspect.Parameter:
    described = Annotated[annotation, strawberry.argument(description=description)]
    return _parameter(name, described, default)
