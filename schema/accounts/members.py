"""Who belongs to a store, and who is invited to."""

from __future__ import annotations

from enum import Enum
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from django.db.models import Q, QuerySet
from django.utils import timezone
from strawberry import auto

from core import members, models
from core.roles import Permission
from schema.commands import IDEMPOTENCY_KEY, Answer, Caller, Payload, command, value, written
from schema.connections import By
from schema.enums import MemberRole, described
from schema.filters import Filter
from schema.nodes import Node, column, node, one
from schema.receipts.filters import order

if TYPE_CHECKING:
    from schema.accounts.types import Store, User

MembershipOrder: Any = order(
    "MembershipOrder",
    "An order of members.",
    CREATED_AT_ASC=By("created_at"),
    CREATED_AT_DESC=By("created_at", descending=True),
)
InvitationOrder: Any = order(
    "InvitationOrder",
    "An order of invitations.",
    CREATED_AT_DESC=By("created_at", descending=True),
    CREATED_AT_ASC=By("created_at"),
)


class InvitationStatus(Enum):
    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


described(
    InvitationStatus,
    name="InvitationStatus",
    description="What became of an invitation.",
    values={
        "OPEN": "Its link works.",
        "ACCEPTED": "It was accepted.",
        "REVOKED": "It was taken back, or another one took its place.",
        "EXPIRED": "Nobody accepted it in seven days.",
    },
)


def _condition(status: InvitationStatus) -> Q:
    waiting = Q(accepted_at=None, revoked_at=None)
    return {
        InvitationStatus.OPEN: waiting & Q(expires_at__gt=timezone.now()),
        InvitationStatus.ACCEPTED: Q(accepted_at__isnull=False),
        InvitationStatus.REVOKED: Q(revoked_at__isnull=False),
        InvitationStatus.EXPIRED: waiting & Q(expires_at__lte=timezone.now()),
    }[status]


@strawberry.input(description="Which members to list.")
class MembershipFilter(Filter):
    role: list[MemberRole] | None = strawberry.field(default=None, description="With any of these roles.")

    def lookups(self) -> dict[str, Any]:
        return {"role__in": self.role}


@strawberry.input(description="Which invitations to list.")
class InvitationFilter:
    status: list[InvitationStatus] | None = strawberry.field(default=None, description="Any of these.")

    def apply(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if self.status is None:
            return rows
        return rows.filter(reduce(or_, map(_condition, self.status), Q(pk__in=[])))


@node(models.Membership, description="That somebody belongs to a store, and as what.")
class Membership(Node):
    needs = Permission.MEMBER_VIEW

    role: MemberRole = column("What they may do there.")
    created_at: auto = column("Since when.")
    user: Annotated[User, strawberry.lazy("schema.accounts.types")] | None = one(
        "Who.", source="user_id", to="User"
    )
    store: Annotated[Store, strawberry.lazy("schema.accounts.types")] | None = one(
        "Where.", source="store_id", to="Store"
    )


@node(models.Invitation, description="A place in a store that is offered to an address.")
class Invitation(Node):
    needs = Permission.MEMBER_VIEW

    email: auto = column("Whom it was mailed to, in lower case.")
    role: MemberRole = column("As what.")
    created_at: auto = column("When it was made.")
    expires_at: auto = column("Until when its link works.")
    accepted_at: auto = column("When it was accepted, if it was.")
    revoked_at: auto = column("When it was taken back, if it was.")
    invited_by: Annotated[User, strawberry.lazy("schema.accounts.types")] | None = one(
        "Who made it, where still a member.", source="invited_by_id", to="User"
    )
    store: Annotated[Store, strawberry.lazy("schema.accounts.types")] | None = one(
        "Where.", source="store_id", to="Store"
    )

    @strawberry.field(description="What became of it.")
    def status(self) -> InvitationStatus:
        if self.accepted_at is not None:
            return InvitationStatus.ACCEPTED
        if self.revoked_at is not None:
            return InvitationStatus.REVOKED
        return InvitationStatus.OPEN if self.expires_at > timezone.now() else InvitationStatus.EXPIRED


@strawberry.input(description="Whom to invite.")
class InviteMemberInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    email: str = strawberry.field(description="Address that the link is mailed to.")
    role: MemberRole = strawberry.field(description="As what; one that is yours to give.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="An invitation.")
class RevokeInvitationInput:
    invitation: strawberry.ID = strawberry.field(description="The invitation.")


@strawberry.input(description="A link that was mailed to you.")
class AcceptInvitationInput:
    token: str = strawberry.field(description="What follows `token=` in the link.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="Another role for a member.")
class ChangeMemberRoleInput:
    membership: strawberry.ID = strawberry.field(description="The membership.")
    role: MemberRole = strawberry.field(description="The new role; one that is yours to give.")


@strawberry.input(description="A member to remove.")
class RemoveMemberInput:
    membership: strawberry.ID = strawberry.field(description="The membership.")


@strawberry.input(description="A store to leave.")
class LeaveStoreInput:
    store: strawberry.ID = strawberry.field(description="The store.")


@strawberry.type(description="An invitation, as it is now.")
class InvitationPayload(Payload):
    invitation: Invitation | None = written("The invitation.", to="Invitation", key="invitation")


@strawberry.type(description="The store that you have joined.")
class AcceptInvitationPayload(Payload):
    store: Annotated[Store, strawberry.lazy("schema.accounts.types")] | None = written(
        "The store; its `role` is yours.", to="Store", key="store"
    )


@strawberry.type(description="A membership, as it is now.")
class MembershipPayload(Payload):
    membership: Membership | None = written("The membership.", to="Membership", key="membership")


@strawberry.type(description="A membership that has ended.")
class RemoveMemberPayload(Payload):
    removed: bool = value("True when the member may do nothing here any more.", key="removed", default=False)
    store: Annotated[Store, strawberry.lazy("schema.accounts.types")] | None = written(
        "The store.", to="Store", key="store"
    )


@strawberry.type(description="Your own membership, ended.")
class LeaveStorePayload(Payload):
    left: bool = value("True when you belong to the store no more.", key="left", default=False)


@command(
    InvitationPayload,
    description="Offer a place in a store to an address, by a link that works once within seven days. An "
    "earlier invitation of the address ends.",
    needs=Permission.MEMBER_MANAGE,
)
def invite_member(caller: Caller, input: InviteMemberInput) -> Answer:
    store = caller.store(input.store)

    def run() -> Answer:
        invitation = members.invite(store=store, by=caller.user, email=input.email, role=input.role)
        return {"invitation": invitation.pk}

    return caller.once(run)


@command(
    InvitationPayload,
    description="Take an invitation back: its link works no more.",
    needs=Permission.MEMBER_MANAGE,
)
def revoke_invitation(caller: Caller, input: RevokeInvitationInput) -> Answer:
    invitation = caller.find(input.invitation, "Invitation", "invitation")
    return {"invitation": members.revoke(invitation=invitation, by=caller.user).pk}


@command(
    AcceptInvitationPayload,
    description="Join the store of a mailed link; your address must be the invited one, and verified.",
)
def accept_invitation(caller: Caller, input: AcceptInvitationInput) -> Answer:
    return caller.once(lambda: {"store": members.accept(token=input.token, by=caller.user).store_id})


@command(
    MembershipPayload,
    description="Give a member another role. A store keeps one owner at least.",
    needs=Permission.MEMBER_MANAGE,
)
def change_member_role(caller: Caller, input: ChangeMemberRoleInput) -> Answer:
    membership = caller.find(input.membership, "Membership", "membership")
    changed = members.change_role(membership=membership, by=caller.user, role=input.role)
    return {"membership": changed.pk}


@command(
    RemoveMemberPayload,
    description="End somebody's membership: at once they see nothing of the store any more.",
    needs=Permission.MEMBER_MANAGE,
)
def remove_member(caller: Caller, input: RemoveMemberInput) -> Answer:
    membership = caller.find(input.membership, "Membership", "membership")
    members.remove(membership=membership, by=caller.user)
    return {"removed": True, "store": membership.store_id}


@command(
    LeaveStorePayload,
    description="End your own membership. The last owner cannot leave.",
)
def leave_store(caller: Caller, input: LeaveStoreInput) -> Answer:
    members.leave(store=caller.store(input.store), by=caller.user)
    return {"left": True}


@strawberry.type
class MemberMutations:
    invite_member = invite_member
    revoke_invitation = revoke_invitation
    accept_invitation = accept_invitation
    change_member_role = change_member_role
    remove_member = remove_member
    leave_store = leave_store
