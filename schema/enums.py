"""Closed sets that more than one domain uses."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry

from core.models import Profile, Store
from core.roles import Role
from core.roles import described as said_of
from core.themes import Card


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
    values={role.name: said_of(role) for role in Role},
)
ThemePreference = Profile.Theme
described(
    ThemePreference,
    name="ThemePreference",
    description="Whether somebody likes it light or dark.",
    values={"AUTO": "As their device has it."},
)
DigestFrequency = Store.Digest
described(
    DigestFrequency,
    name="DigestFrequency",
    description="How often a store wants a summary by mail, to those owners who have verified their address.",
    values={
        "WEEKLY": "On the morning after each of its weeks.",
        "MONTHLY": "On the morning after each month.",
    },
)
DashboardCard = Card
described(DashboardCard, name="DashboardCard", description="What a dashboard can show.")


class Weekday(Enum):
    """The days as date.weekday() counts them."""

    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


described(Weekday, name="Weekday", description="A day of the week.")
