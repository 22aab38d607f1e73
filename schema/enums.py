"""Closed sets that more than one domain uses."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry

from core.models import Store
from core.roles import GRANTS, Role


def described(enum: type[Enum], *, name: str, description: str, values: dict[str, str] | None = None) -> None:
    """Give an enum of the books to GraphQL; `values` describes the members whose name is not enough."""
    made: Any = strawberry.enum(enum, name=name, description=description)
    for member in made.__strawberry_definition__.values:
        plain = member.name.replace("_", " ").capitalize() + "."
        member.description = (values or {}).get(member.name, plain)


StoreType = Store.Type
described(StoreType, name="StoreType", description="What kind of store it is.")
MemberRole = Role
described(
    MemberRole,
    name="MemberRole",
    description="What a member may do in a store.",
    values={role.name: "May: " + ", ".join(sorted(GRANTS[role])) + "." for role in Role},
)
