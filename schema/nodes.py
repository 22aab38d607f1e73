"""Types that stand for rows: their ids, who may see them, and how they are reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

import strawberry
import strawberry_django
from django.db import models
from strawberry.types import get_object_definition

from core.models import User
from core.roles import Permission
from schema import ids
from schema.context import Info, level
from schema.errors import BadInput

TYPES: dict[str, type[Node]] = {}


@dataclass(frozen=True)
class To:
    """What a plan knows of a field that is another row: the key's column and the row's type."""

    source: str
    node: str


@dataclass(frozen=True)
class Few:
    """What a plan knows of a plain list of rows: `rows(visible, **arguments)` as seen from the row around.

    `via` is the key, if one does, by which the rows lead to that row; of `first` there is but the first one.
    """

    node: str
    rows: Callable[..., models.QuerySet[Any]]
    via: str = ""
    first: bool = False


@strawberry.interface(description="A row with an id that is unique over all types.")
class Node:
    needs: ClassVar[Permission]
    if TYPE_CHECKING:
        pk: int  # at run time a node is its model's row

    @strawberry.field(description="Opaque and lasting: good for `node` and as an input.")
    def id(self, info: Info) -> strawberry.ID:
        return strawberry.ID(ids.encode(info._raw_info.parent_type.name, self.pk))

    @classmethod
    def rows(cls, user: User) -> models.QuerySet[Any]:
        """Select the rows of this type that `user` may see: the one door to them."""
        rows: Any = model_of(cls)._default_manager
        return cast("models.QuerySet[Any]", rows.visible_to(user, cls.needs))


def node(model: type[models.Model], *, description: str) -> Any:
    """Declare a Node type over a model; the class must say which permission it `needs`."""

    def declare(cls: type[Node]) -> type[Node]:
        made = strawberry_django.type(model, description=description)(cls)
        TYPES[cls.__name__] = made
        return made

    return declare


def model_of(cls: type) -> type[models.Model]:
    """Give the model that a Node type stands for."""
    return cast("type[models.Model]", cls.__strawberry_django_definition__.model)  # type: ignore[attr-defined]


def column(description: str, **options: Any) -> Any:
    """Declare a field that is a column of the row."""
    return strawberry_django.field(description=description, **options)


def one(description: str, *, source: str, to: str) -> Any:
    """Declare a field that is the row a foreign key points at, as far as the caller may see it.

    Null where the key is null or its row out of sight, so its type must allow null.
    """

    async def resolve(root: Any, info: Info) -> Any:
        key = getattr(root, source)
        return None if key is None else await load(info, TYPES[to], key)

    return strawberry.field(
        resolver=resolve, description=description, metadata={"plan": To(source=source, node=to)}
    )


async def load(info: Info, cls: type[Node], key: int) -> Any:
    """Load a row of a type by its key, with its siblings, if the caller may see it."""
    user = info.context.user

    def batch(keys: list[int]) -> list[Any]:
        rows = cls.rows(user).in_bulk(list(set(keys)))
        return [rows.get(key) for key in keys]

    return await info.context.load((*level(info), cls.__name__), key, batch)


def key_of(id: str, *types: type[Node]) -> tuple[type[Node], int]:
    """Read an id that must be of one of `types`, or of any type where none is named.

    Raises: BadInput.
    """
    names = [get_object_definition(cls, strict=True).name for cls in types] or list(TYPES)
    try:
        name, key = ids.decode(id)
    except ValueError:
        raise BadInput("This is not an id.") from None
    if name not in names:
        raise BadInput(
            f"This id must be of the type {' or '.join(names)}." if types else "This is not an id."
        )
    return TYPES[name], key
