"""Who did what in a store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from django.core.serializers.json import DjangoJSONEncoder
from strawberry import auto

from core import models
from core.roles import Permission
from schema import ids
from schema.connections import By
from schema.context import Info, level
from schema.filters import Filter
from schema.nodes import TYPES, Node, column, key_of, model_of, node, one
from schema.ranges import DateRange
from schema.receipts.filters import order

if TYPE_CHECKING:
    from schema.accounts.types import User

AuditOrder: Any = order(
    "AuditOrder",
    "An order of the audit.",
    CREATED_AT_DESC=By("created_at", descending=True),
    CREATED_AT_ASC=By("created_at"),
)


@strawberry.input(description="Which entries of the audit to list; an entry must fit all that is said.")
class AuditFilter(Filter):
    action: list[str] | None = strawberry.field(
        default=None, description="Any of these, such as bill.update; as they are in the entries."
    )
    actor: strawberry.ID | None = strawberry.field(default=None, description="Done by this user.")
    date_range: DateRange | None = strawberry.field(
        default=None, description="Done in this range; half-open, in the store's zone."
    )

    happened = "created_at"

    def lookups(self) -> dict[str, Any]:
        actions = self.action and [action.replace("\x00", " ") for action in self.action]
        actor = None if self.actor is None else key_of(self.actor, TYPES["User"])[1]
        return {"action__in": actions, "actor": actor}


@node(models.AuditEntry, description="That something was done, by whom, and what it changed. Never altered.")
class AuditEntry(Node):
    needs = Permission.AUDIT_VIEW

    action: auto = column("What was done, such as bill.update.")
    created_at: auto = column("When it was done.")
    request_id: auto = column("The X-Request-Id of the request that did it.")
    actor: Annotated[User, strawberry.lazy("schema.accounts.types")] | None = one(
        "Who did it; null for the server itself, and for somebody who is no member any more.",
        source="actor_id",
        to="User",
    )

    @strawberry.field(description="Address of whoever did it, even of one who is no member any more.")
    async def actor_email(self, info: Info) -> str | None:
        key = self.actor_id  # type: ignore[attr-defined]

        def batch(keys: list[int]) -> list[str | None]:
            found = dict(models.User.objects.filter(pk__in=keys).values_list("pk", "email"))
            return [found.get(key) for key in keys]

        found: str | None = None if key is None else await info.context.load(level(info), key, batch)
        return found

    @strawberry.field(description="The type of what it was done to, as in this schema where it is there.")
    def node_type(self) -> str:
        return _type_of(self) or self.__dict__["node_type"]

    @strawberry.field(description="Id of what it was done to; null where this schema has no such type.")
    def node_id(self) -> strawberry.ID | None:
        type_name = _type_of(self)
        return strawberry.ID(ids.encode(type_name, self.__dict__["node_key"])) if type_name else None

    @strawberry.field(description="What changed, as it was before: a JSON object.")
    def before(self) -> str | None:
        return _json(self.__dict__["before"])

    @strawberry.field(description="What changed, as it was afterwards: a JSON object.")
    def after(self) -> str | None:
        return _json(self.__dict__["after"])


def _type_of(row: Any) -> str:
    names = {model_of(cls).__name__: name for name, cls in TYPES.items()}
    return names.get(row.__dict__["node_type"], "")


def _json(said: Any) -> str | None:
    return None if said is None else json.dumps(said, cls=DjangoJSONEncoder, ensure_ascii=False)
