"""Who belongs to a store: invited by mail, given another role, removed, gone."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from core import audit, jobs, mail, stores
from core.errors import Code, Refused
from core.models import Invitation, Membership, Store, User
from core.roles import MANAGES, Permission, Role
from core.tenancy import StoreQuerySet, may
from core.tokens import digest
from core.verification import address

LIFETIME = timedelta(days=7)
MAX_A_DAY = 50  # mails that one person may have sent to addresses of strangers
NOT_IN_A_NAME = re.compile(r"[^\w '&-]+")  # a mail to a stranger holds no link but ours
JOB = "invitation"


@transaction.atomic
def invite(*, store: Store, by: User, email: str, role: Role) -> Invitation:
    """Offer a place in a store to an address, by a link that is mailed to it.

    An earlier invitation of the address ends: its link works no more.

    Raises: Refused with INVALID, TAKEN for a member's address, FORBIDDEN for a role that is not `by`'s
    to give, or CONFLICT for an archived store or too many invitations in a day.
    """
    email = address(email, "email")
    store = stores.hold(store)
    _check_hand(store, by, role)
    if Membership.objects.of(store).filter(user__email=email).exists():
        raise Refused(Code.TAKEN, "This address is a member's already.", "email")
    now = timezone.now()
    _open(store).filter(email=email).update(revoked_at=now)
    if Invitation.objects.filter(invited_by=by, created_at__gt=now - timedelta(days=1)).count() >= MAX_A_DAY:
        raise Refused(Code.CONFLICT, f"At most {MAX_A_DAY} invitations a day: go on tomorrow.", "email")
    invitation = Invitation.objects.create(
        store=store, email=email, role=role, invited_by=by, expires_at=now + LIFETIME
    )
    jobs.enqueue(JOB, {"invitation": invitation.pk})
    said = audit.picture(invitation, "email", "role")
    audit.record(store=store, by=by, action="member.invite", node=invitation, after=said)
    return invitation


def send(payload: dict[str, Any]) -> None:
    """Do a job of `invite`: make the link, so that its token is in the mail alone, and mail it."""
    waiting = Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())
    invitation = waiting.select_related("store").filter(pk=payload["invitation"]).first()
    if invitation is None:
        return
    token = secrets.token_urlsafe(32)
    waiting.filter(pk=invitation.pk).update(digest=digest(token))
    url = f"{settings.FRONTEND_URL}/accept-invitation#token={token}"
    name = " ".join(NOT_IN_A_NAME.sub(" ", invitation.store.name).split())
    context = {"store": name or "a store", "role": Role(invitation.role).lower(), "url": url}
    mail.deliver(template="invitation", to=invitation.email, context=context)


@transaction.atomic
def revoke(*, invitation: Invitation, by: User) -> Invitation:
    """Take an invitation back.

    Raises: Refused with FORBIDDEN for a role that is not `by`'s to give, or CONFLICT when it does not
    wait any more.
    """
    store = stores.hold(invitation.store)
    _check_hand(store, by, Role(invitation.role))
    if not _open(store).filter(pk=invitation.pk).update(revoked_at=timezone.now()):
        raise Refused(Code.CONFLICT, "This invitation was accepted or revoked before.", "invitation")
    audit.record(store=store, by=by, action="member.revoke_invitation", node=invitation)
    return invitation


@transaction.atomic
def accept(*, token: str, by: User) -> Membership:
    """Take the place that a mailed link offers; exactly one of racing uses wins.

    Raises: Refused with INVALID_TOKEN for a link that is unknown, used, revoked or too old, FORBIDDEN
    where it was not sent to the verified address of `by`, or CONFLICT for a member, an archived store,
    or one store too many.
    """
    offered = Invitation.objects.select_related("store").filter(digest=digest(token)).first()
    if offered is None:
        raise _worn_out()
    _check_address(offered, by)
    store = stores.hold(offered.store)
    now = timezone.now()
    if not _open(store).filter(pk=offered.pk, expires_at__gt=now).update(accepted_at=now):
        raise _worn_out()
    if Membership.objects.of(store).filter(user=by).exists():
        raise Refused(Code.CONFLICT, "You belong to this store already.", "token")
    membership = stores.enrol(user=by, store=store, role=Role(offered.role))
    said = audit.picture(membership, "user", "role")
    audit.record(store=store, by=by, action="member.join", node=membership, after=said)
    return membership


@transaction.atomic
def change_role(*, membership: Membership, by: User, role: Role) -> Membership:
    """Give a member another role.

    Raises: Refused with FORBIDDEN where the member or the role is not in `by`'s hand, CONFLICT for the
    last owner or an archived store, or NOT_FOUND for a member who has gone meanwhile.
    """
    store, membership = _held(membership)
    _check_hand(store, by, Role(membership.role), role)
    before = audit.picture(membership, "user", "role")
    if role == membership.role:
        return membership
    _keep_an_owner(store, membership)
    if not MANAGES[Role(membership.role)] <= MANAGES[role]:
        _end_invitations(membership)
    membership.role = role
    membership.save(update_fields=["role", "updated_at"])
    after = audit.picture(membership, "user", "role")
    audit.record(store=store, by=by, action="member.change_role", node=membership, before=before, after=after)
    return membership


@transaction.atomic
def remove(*, membership: Membership, by: User) -> None:
    """End somebody's membership, and with it at once all that it allowed.

    Raises: as `change_role` does.
    """
    store, membership = _held(membership)
    _check_hand(store, by, Role(membership.role))
    _end(store, membership, by, "member.remove")


@transaction.atomic
def leave(*, store: Store, by: User) -> None:
    """End one's own membership; of an archived store too.

    Raises: Refused with CONFLICT for the last owner, or NOT_FOUND for who is no member.
    """
    store = Store.objects.select_for_update().get(pk=store.pk)
    membership = Membership.objects.of(store).filter(user=by).first()
    if membership is None:
        raise Refused(Code.NOT_FOUND, "There is no such store.", "store")
    _end(store, membership, by, "member.leave")


def _held(membership: Membership) -> tuple[Store, Membership]:
    """Read a membership as it is now, with its store held until the end."""
    store = stores.hold(membership.store)
    found = Membership.objects.of(store).filter(pk=membership.pk).first()
    if found is None:
        raise Refused(Code.NOT_FOUND, "There is no such membership.", "membership")
    return store, found


def _check_hand(store: Store, by: User, *roles: Role) -> None:
    """Refuse what concerns roles that are not in somebody's hand, as it is now that the store is held."""
    own = Membership.objects.of(store).filter(user=by).values_list("role", flat=True).first()
    if own is None or not may(by, Permission.MEMBER_MANAGE, store) or not set(roles) <= MANAGES[Role(own)]:
        raise Refused(Code.FORBIDDEN, "Your role in this store does not manage this role.", "role")


def _keep_an_owner(store: Store, membership: Membership) -> None:
    owners = Membership.objects.of(store).filter(role=Role.OWNER, user__is_active=True)
    if membership.role == Role.OWNER and not owners.exclude(pk=membership.pk).exists():
        raise Refused(Code.CONFLICT, "A store keeps one owner at least: make another one first.")


def _end(store: Store, membership: Membership, by: User, action: str) -> None:
    _keep_an_owner(store, membership)
    _end_invitations(membership)
    for name in settings.LEAVING:
        import_string(name)(store=store, user=membership.user, by=by)
    before = audit.picture(membership, "user", "role")
    audit.record(store=store, by=by, action=action, node=membership, before=before)
    membership.delete()


def _end_invitations(membership: Membership) -> None:
    """Take back what somebody has offered who may not offer it any more: no side door stays open."""
    offers = _open(membership.store).filter(invited_by=membership.user_id)
    offers.update(revoked_at=timezone.now())


def _open(store: Store) -> StoreQuerySet:
    return Invitation.objects.of(store).filter(accepted_at=None, revoked_at=None)


def _check_address(invitation: Invitation, by: User) -> None:
    if by.email_verified_at is None:
        raise Refused(Code.FORBIDDEN, "Verify your email address first.", "token")
    if by.email != invitation.email:
        raise Refused(Code.FORBIDDEN, "This invitation was sent to another address.", "token")


def _worn_out() -> Refused:
    message = "This invitation was used or revoked, or is too old: ask for another."
    return Refused(Code.INVALID_TOKEN, message, "token")
