"""What administrators may do with everybody's accounts; the stores behind them stay out of their sight."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import strawberry
from django.db.models import Q, QuerySet

from core import activation
from core.errors import Code, Refused
from schema.accounts.types import User
from schema.commands import Answer, Caller, Payload, command, written
from schema.connections import DEFAULT_PAGE, MAX_PAGE, By, Connection, connection
from schema.context import Info
from schema.errors import Forbidden

SEARCHED = ("email", "username", "first_name", "last_name")


@dataclass(frozen=True)
class Found:
    """Which accounts an administrator looks for."""

    search: str
    active: bool | None

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.active is not None:
            rows = rows.filter(is_active=self.active)
        for word in self.search.replace("\x00", " ").split()[:10]:
            rows = rows.filter(*[Q.create([(f"{c}__icontains", word) for c in SEARCHED], connector=Q.OR)])
        return rows


@strawberry.type
class AdminQueries:
    @strawberry.field(description="All accounts, by email; for administrators.")
    async def users(
        self,
        info: Info,
        search: Annotated[
            str | None, strawberry.argument(description="Words in the email, the username or the name.")
        ] = None,
        active: Annotated[
            bool | None, strawberry.argument(description="Only accounts that work, or that do not.")
        ] = None,
        first: Annotated[
            int | None, strawberry.argument(description=f"Rows a page, 0 to {MAX_PAGE}.")
        ] = DEFAULT_PAGE,
        after: Annotated[str | None, strawberry.argument(description="Start after this cursor.")] = None,
    ) -> Connection[User]:
        if not info.context.user.is_staff:
            raise Forbidden("Only an administrator may see this.")
        found = Found(search or "", active)
        return connection(info, node=User, by=By("email"), first=first, after=after, filter=found)


@strawberry.input(description="An account.")
class AccountInput:
    user: strawberry.ID = strawberry.field(description="Whose it is.")


@strawberry.type(description="An account, as it is now.")
class AccountPayload(Payload):
    user: User | None = written("Whose it is.", to="User", key="user")


@command(AccountPayload, description="Let an account work again; for administrators.", admin=True)
def activate_user(caller: Caller, input: AccountInput) -> Answer:
    user = caller.see(input.user, "User", "user")
    activation.set_active(user=user, active=True, by=caller.user)
    return {"user": user.pk}


@command(
    AccountPayload,
    description="End all sessions of an account and shut it; for administrators.",
    admin=True,
)
def deactivate_user(caller: Caller, input: AccountInput) -> Answer:
    user = caller.see(input.user, "User", "user")
    if user.pk == caller.user.pk:
        raise Refused(Code.CONFLICT, "This is your own account: another administrator must do it.", "user")
    activation.set_active(user=user, active=False, by=caller.user)
    return {"user": user.pk}


@strawberry.type
class AdminMutations:
    activate_user = activate_user
    deactivate_user = deactivate_user
