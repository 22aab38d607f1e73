"""Enums that more than one domain uses, and what an amount is."""

import strawberry

from core.models import Store
from core.roles import Role

StoreType = strawberry.enum(Store.Type, name="StoreType", description="What kind of store it is.")
MemberRole = strawberry.enum(
    Role,
    name="MemberRole",
    description=(
        "What a member may do: OWNER everything; MANAGER everything but managing the store; "
        "STAFF sees bills and uploads receipts; ACCOUNTANT reads everything and writes nothing."
    ),
)
