"""Closed sets that more than one domain uses."""

from __future__ import annotations

from enum import Enum
from typing import Any

import strawberry

from core.models import Profile, Store
from core.roles import Role
from core.roles import described as said_of
from core.themes import Card
from insights.metrics import Metric


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
StoreNotices = Store.Notices
described(
    StoreNotices,
    name="StoreNotices",
    description="How a store's alerts and suggestions are mailed, to owners who have verified their address.",
    values={
        "IN_DIGEST": "With the digest, those of its days: see `DigestFrequency`.",
        "AT_ONCE": "In a mail of their own, as soon as a night has found them.",
    },
)
DashboardCard = Card
described(DashboardCard, name="DashboardCard", description="What a dashboard can show.")


class SuggestionWriter(Enum):
    GEMINI = "gemini"
    OPENAI = "openai"


described(
    SuggestionWriter,
    name="SuggestionWriter",
    description="A model that words suggestions, where the server has a key: it writes no figure itself.",
    values={"GEMINI": "Google's model.", "OPENAI": "OpenAI's model."},
)


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
described(
    Metric,
    name="Metric",
    description="What is measured. Days are those on which bills are booked, orders closed, energy used.",
    values={
        "SPEND": "Totals of the bills that are not VOID; of their lines by item, product, brand, collection.",
        "REVENUE": "Totals of the COMPLETED orders; of their lines by product, category, brand, collection.",
        "PROFIT": "What order lines brought, less the cost that their products have now; without lines "
        "of products whose cost is not known.",
        "ORDERS": "How many orders were COMPLETED.",
        "ITEMS": "How much of products was sold, in whatever units.",
        "ENERGY_KWH": "Energy measured, in kWh. Needs ENERGY_VIEW.",
        "ENERGY_COST": "What that cost, at the tariffs of the time. Needs ENERGY_VIEW.",
        "UNIT_PRICE": "The mean price of one unit of what was bought, to four places: by ITEM or PRODUCT.",
    },
)
