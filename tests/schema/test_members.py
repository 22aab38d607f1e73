"""Members through HTTP: invited, joined, given another role, removed, gone."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from core import jobs, members, stores
from core.models import AuditEntry, Invitation, Job, Membership, Store
from core.roles import Role
from schema import ids
from tests.conftest import Person, person
from tests.races import race
from tests.schema.world import everything, refused

INVITE = """mutation ($input: InviteMemberInput!) { inviteMember(input: $input) {
  invitation { id email role status invitedBy { email } expiresAt acceptedAt revokedAt store { id } }
  userErrors { code field message } replayed } }"""
REVOKE = """mutation ($id: ID!) { revokeInvitation(input: {invitation: $id}) {
  invitation { status } userErrors { code field } } }"""
ACCEPT = """mutation ($token: String!, $key: String) { acceptInvitation(input: {token: $token, idempotencyKey: $key}) {
  store { id role } userErrors { code field } replayed } }"""
CHANGE = """mutation ($id: ID!, $role: MemberRole!) { changeMemberRole(input: {membership: $id, role: $role}) {
  membership { role user { email } } userErrors { code field } } }"""
REMOVE = """mutation ($id: ID!) { removeMember(input: {membership: $id}) { removed store { id } userErrors { code field } } }"""
LEAVE = """mutation ($store: ID!) { leaveStore(input: {store: $store}) { left userErrors { code field } } }"""
LISTS = """query ($id: ID!, $roles: [MemberRole!], $status: [InvitationStatus!]) { store(id: $id) {
  members(filter: {role: $roles}) { totalCount nodes { id role user { email } store { id } } }
  invitations(filter: {status: $status}) { totalCount nodes { email status } } } }"""
GUEST = "guest@example.com"


def member(owner: Person, role: Role, name: str = "") -> Person:
    return person(f"{name or role.lower()}@example.com", store=owner.store, role=role)


def guest(email: str = GUEST, verified: bool = True) -> Person:
    return person(email, email_verified_at=timezone.now() if verified else None)


def invite(ask: Any, who: Person, *, email: str = GUEST, role: str = "STAFF", **more: Any) -> Any:
    return ask(who, INVITE, input={"store": who.store_id, "email": email, "role": role, **more}).data[
        "inviteMember"
    ]


def mailed() -> str:
    """Let a worker send the mails that wait, and give the token of the newest."""
    while jobs.run_next():
        pass
    assert not Job.objects.exclude(status=Job.Status.DONE).exists()
    found = re.search(r"/accept-invitation#token=(\S+)", str(mail.outbox[-1].body))
    assert found
    return found[1]


def accept(ask: Any, who: Person | None, token: str, **more: Any) -> Any:
    return ask(who, ACCEPT, token=token, **more)


def codes(said: Any) -> list[str]:
    return [error["code"] for error in said["userErrors"]]


def membership_of(who: Person, store: Store | None = None) -> str:
    return ids.encode("Membership", Membership.objects.get(user=who.user, store=store or who.store).pk)


# --- Inviting


def test_whoever_is_invited_joins_by_the_link_in_the_mail(owner: Person, ask: Any) -> None:
    said = invite(ask, owner, email=" Guest@Example.com ", role="ACCOUNTANT")
    assert said["userErrors"] == []
    invitation = said["invitation"]
    assert (invitation["email"], invitation["role"], invitation["status"]) == (GUEST, "ACCOUNTANT", "OPEN")
    assert invitation["invitedBy"] == {"email": "owner@example.com"}
    token = mailed()
    assert mail.outbox[0].to == [GUEST]
    assert "owner s store" in mail.outbox[0].subject or "owner's store" in mail.outbox[0].subject
    joined = accept(ask, guest(), token).data["acceptInvitation"]
    assert joined == {
        "store": {"id": owner.store_id, "role": "ACCOUNTANT"},
        "userErrors": [],
        "replayed": False,
    }
    lists = ask(owner, LISTS, id=owner.store_id).data["store"]
    assert {node["user"]["email"]: node["role"] for node in lists["members"]["nodes"]} == {
        "owner@example.com": "OWNER",
        GUEST: "ACCOUNTANT",
    }
    assert lists["invitations"]["nodes"] == [{"email": GUEST, "status": "ACCEPTED"}]
    actions = AuditEntry.objects.filter(store=owner.store).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["member.invite", "member.join"]


def test_the_token_of_an_invitation_is_in_the_mail_alone(owner: Person, ask: Any) -> None:
    invite(ask, owner, idempotencyKey="k")
    token = mailed()
    accept(ask, guest(), token, key="k")
    assert token not in str(everything())
    assert len(Invitation.objects.get().digest or "") == 64


def test_a_mail_to_a_stranger_holds_no_words_that_become_a_link(owner: Person, ask: Any) -> None:
    Store.objects.filter(pk=owner.store.pk).update(name="Win at https://evil.example/now <b>a@b.c</b>")
    invite(ask, owner)
    mailed()
    html = str(mail.outbox[0].alternatives[0][0])
    for text in (str(mail.outbox[0].body), html, mail.outbox[0].subject):
        assert [word for word in ("evil.example", "a@b.c", "<b>") if word in text] == []


def test_a_link_works_once(owner: Person, ask: Any) -> None:
    invite(ask, owner)
    token = mailed()
    first = guest()
    accept(ask, first, token)
    members.leave(store=owner.store, by=first.user)
    before = everything()
    assert codes(accept(ask, first, token).data["acceptInvitation"]) == ["INVALID_TOKEN"]
    assert everything() == before


def test_the_same_key_invites_and_joins_once(owner: Person, ask: Any) -> None:
    first = invite(ask, owner, idempotencyKey="k")
    assert invite(ask, owner, idempotencyKey="k") == {**first, "replayed": True}
    assert codes(invite(ask, owner, email="other@example.com", idempotencyKey="k")) == [
        "IDEMPOTENCY_KEY_REUSED"
    ]
    token, new = mailed(), guest()
    assert len(mail.outbox) == 1
    joined = accept(ask, new, token, key="j").data["acceptInvitation"]
    assert accept(ask, new, token, key="j").data["acceptInvitation"] == {**joined, "replayed": True}
    assert Membership.objects.filter(store=owner.store).count() == 2


def test_another_invitation_of_an_address_ends_the_one_before(owner: Person, ask: Any) -> None:
    invite(ask, owner)
    old = mailed()
    invite(ask, owner, role="MANAGER")
    new = mailed()
    who = guest()
    assert codes(accept(ask, who, old).data["acceptInvitation"]) == ["INVALID_TOKEN"]
    assert accept(ask, who, new).data["acceptInvitation"]["store"]["role"] == "MANAGER"


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"email": "nobody"}, "INVALID", ["email"]),
        ({"email": "a" * 250 + "@example.com"}, "INVALID", ["email"]),
        ({"email": "OWNER@example.com"}, "TAKEN", ["email"]),
        ({"idempotencyKey": ""}, "INVALID", ["idempotencyKey"]),
    ],
)
def test_what_cannot_be_invited_is_refused_and_changes_nothing(
    owner: Person, ask: Any, fields: dict[str, str], code: str, field: list[str]
) -> None:
    before = everything()
    said = invite(ask, owner, **fields)
    assert [(error["code"], error["field"]) for error in said["userErrors"]] == [(code, field)]
    assert everything() == before


def test_nobody_mails_more_than_so_many_strangers_a_day(owner: Person, ask: Any) -> None:
    for number in range(members.MAX_A_DAY):
        members.invite(store=owner.store, by=owner.user, email=f"{number}@example.com", role=Role.STAFF)
    before = everything()
    assert codes(invite(ask, owner)) == ["CONFLICT"]
    assert everything() == before
    Invitation.objects.update(created_at=timezone.now() - timedelta(days=1))
    assert codes(invite(ask, owner)) == []


# --- Joining


def test_an_invitation_is_for_the_verified_address_alone_that_it_was_sent_to(
    owner: Person, stranger: Person, ask: Any
) -> None:
    invite(ask, owner)
    token = mailed()
    unverified = guest(verified=False)
    type(stranger.user).objects.filter(pk=stranger.user.pk).update(email_verified_at=timezone.now())
    before = everything()
    assert codes(accept(ask, stranger, token).data["acceptInvitation"]) == ["FORBIDDEN"]
    assert codes(accept(ask, unverified, token).data["acceptInvitation"]) == ["FORBIDDEN"]
    assert accept(ask, None, token).codes == ["UNAUTHENTICATED"]
    assert everything() == before


@pytest.mark.parametrize("spoil", ["unknown", "revoked", "expired"])
def test_a_link_that_does_not_hold_is_refused(owner: Person, ask: Any, spoil: str) -> None:
    invitation = invite(ask, owner)["invitation"]
    token, who = mailed(), guest()
    if spoil == "unknown":
        token += "x"
    elif spoil == "revoked":
        assert ask(owner, REVOKE, id=invitation["id"]).data["revokeInvitation"]["invitation"] == {
            "status": "REVOKED"
        }
    else:
        Invitation.objects.update(expires_at=timezone.now())
        assert (
            ask(owner, LISTS, id=owner.store_id).data["store"]["invitations"]["nodes"][0]["status"]
            == "EXPIRED"
        )
    before = everything()
    assert codes(accept(ask, who, token).data["acceptInvitation"]) == ["INVALID_TOKEN"]
    assert everything() == before


def test_nobody_joins_an_archived_store_or_one_store_too_many(owner: Person, ask: Any) -> None:
    invite(ask, owner)
    token, who = mailed(), guest()
    stores.archive(store=owner.store, by=owner.user)
    assert codes(accept(ask, who, token).data["acceptInvitation"]) == ["CONFLICT"]
    stores.unarchive(store=owner.store, by=owner.user)
    made = Store.objects.bulk_create(Store(name=str(number)) for number in range(stores.MAX_STORES - 1))
    Membership.objects.bulk_create(Membership(user=who.user, store=store, role=Role.STAFF) for store in made)
    assert codes(accept(ask, who, token).data["acceptInvitation"]) == ["CONFLICT"]
    Membership.objects.get(user=who.user, store=made[0]).delete()
    assert codes(accept(ask, who, token).data["acceptInvitation"]) == []


def test_a_mail_for_an_invitation_that_was_taken_back_is_not_sent(owner: Person, ask: Any) -> None:
    ask(owner, REVOKE, id=invite(ask, owner)["invitation"]["id"])
    while jobs.run_next():
        pass
    assert mail.outbox == []


# --- Taking back


def test_an_invitation_is_taken_back_once(owner: Person, ask: Any) -> None:
    id = invite(ask, owner)["invitation"]["id"]
    assert codes(ask(owner, REVOKE, id=id).data["revokeInvitation"]) == []
    before = everything()
    assert codes(ask(owner, REVOKE, id=id).data["revokeInvitation"]) == ["CONFLICT"]
    assert everything() == before


def test_what_somebody_offered_ends_with_the_right_to_offer_it(owner: Person, ask: Any) -> None:
    manager = member(owner, Role.MANAGER)
    invite(ask, manager, email="one@example.com")
    ask(owner, CHANGE, id=membership_of(manager), role="OWNER")
    assert Invitation.objects.get(email="one@example.com").revoked_at is None
    ask(owner, CHANGE, id=membership_of(manager), role="STAFF")
    assert Invitation.objects.get(email="one@example.com").revoked_at
    ask(owner, CHANGE, id=membership_of(manager), role="MANAGER")
    invite(ask, manager, email="two@example.com")
    ask(owner, REMOVE, id=membership_of(manager))
    assert not Invitation.objects.filter(revoked_at=None).exists()


# --- Roles


def test_a_member_is_given_another_role_and_may_do_what_it_allows(owner: Person, ask: Any) -> None:
    staff = member(owner, Role.STAFF)
    assert invite(ask, owner)["userErrors"] == []
    assert ask(staff, INVITE, input={"store": owner.store_id, "email": GUEST, "role": "STAFF"}).codes == [
        "FORBIDDEN"
    ]
    said = ask(owner, CHANGE, id=membership_of(staff), role="MANAGER").data["changeMemberRole"]
    assert said == {
        "membership": {"role": "MANAGER", "user": {"email": "staff@example.com"}},
        "userErrors": [],
    }
    assert invite(ask, staff)["userErrors"] == []
    entry = AuditEntry.objects.get(action="member.change_role")
    assert (entry.before["role"], entry.after["role"]) == ("STAFF", "MANAGER")


def test_the_same_role_again_changes_nothing(owner: Person, ask: Any) -> None:
    staff = member(owner, Role.STAFF)
    before = everything()
    assert codes(ask(owner, CHANGE, id=membership_of(staff), role="STAFF").data["changeMemberRole"]) == []
    assert everything() == before


@pytest.mark.parametrize("role", [Role.OWNER, Role.MANAGER])
def test_a_manager_has_staff_and_accountants_alone_in_hand(owner: Person, ask: Any, role: Role) -> None:
    manager, staff = member(owner, Role.MANAGER), member(owner, Role.STAFF)
    peer = member(owner, role, "peer")
    offer = invite(ask, owner, role=role)["invitation"]["id"]
    before = everything()
    assert codes(invite(ask, manager, email="x@example.com", role=role)) == ["FORBIDDEN"]
    assert codes(ask(manager, CHANGE, id=membership_of(staff), role=role).data["changeMemberRole"]) == [
        "FORBIDDEN"
    ]
    assert codes(ask(manager, CHANGE, id=membership_of(manager), role=role).data["changeMemberRole"]) == [
        "FORBIDDEN"
    ]
    assert codes(ask(manager, CHANGE, id=membership_of(peer), role="STAFF").data["changeMemberRole"]) == [
        "FORBIDDEN"
    ]
    assert codes(ask(manager, REMOVE, id=membership_of(peer)).data["removeMember"]) == ["FORBIDDEN"]
    assert codes(ask(manager, REVOKE, id=offer).data["revokeInvitation"]) == ["FORBIDDEN"]
    assert everything() == before
    assert (
        codes(ask(manager, CHANGE, id=membership_of(staff), role="ACCOUNTANT").data["changeMemberRole"]) == []
    )
    assert ask(manager, REMOVE, id=membership_of(staff)).data["removeMember"]["removed"] is True


@pytest.mark.parametrize("role", [Role.STAFF, Role.ACCOUNTANT])
def test_others_manage_nobody(owner: Person, stranger: Person, ask: Any, role: Role) -> None:
    who, other = member(owner, role), member(owner, Role.STAFF, "other")
    offer = invite(ask, owner)["invitation"]["id"]
    before = everything()
    for asking in (who, stranger):
        for document, name, variables in (
            (
                INVITE,
                "inviteMember",
                {"input": {"store": owner.store_id, "email": "x@example.com", "role": "STAFF"}},
            ),
            (CHANGE, "changeMemberRole", {"id": membership_of(other), "role": "ACCOUNTANT"}),
            (REMOVE, "removeMember", {"id": membership_of(other)}),
            (REVOKE, "revokeInvitation", {"id": offer}),
        ):
            in_sight = asking is who and (role == Role.ACCOUNTANT or name == "inviteMember")
            assert refused(ask(asking, document, **variables), name) == (
                "FORBIDDEN" if in_sight else "NOT_FOUND"
            )
            assert ask(None, document, **variables).codes == ["UNAUTHENTICATED"]
    assert everything() == before


# --- Gone


def test_whoever_is_removed_sees_nothing_from_then_on(owner: Person, ask: Any) -> None:
    staff = member(owner, Role.STAFF)
    document = "query ($id: ID!) { store(id: $id) { name } }"
    assert ask(staff, document, id=owner.store_id).data["store"]
    said = ask(owner, REMOVE, id=membership_of(staff)).data["removeMember"]
    assert said == {"removed": True, "store": {"id": owner.store_id}, "userErrors": []}
    assert ask(staff, document, id=owner.store_id).data["store"] is None


def test_everybody_may_leave_but_the_last_owner_who_works(owner: Person, stranger: Person, ask: Any) -> None:
    staff, second = member(owner, Role.STAFF), member(owner, Role.OWNER, "second")
    assert codes(ask(stranger, LEAVE, store=owner.store_id).data["leaveStore"]) == ["NOT_FOUND"]
    assert ask(None, LEAVE, store=owner.store_id).codes == ["UNAUTHENTICATED"]
    stores.archive(store=owner.store, by=owner.user)
    assert ask(staff, LEAVE, store=owner.store_id).data["leaveStore"] == {"left": True, "userErrors": []}
    stores.unarchive(store=owner.store, by=owner.user)
    type(second.user).objects.filter(pk=second.user.pk).update(is_active=False)
    before = everything()
    for document, name, variables in (
        (LEAVE, "leaveStore", {"store": owner.store_id}),
        (REMOVE, "removeMember", {"id": membership_of(owner)}),
        (CHANGE, "changeMemberRole", {"id": membership_of(owner), "role": "STAFF"}),
    ):
        assert codes(ask(owner, document, **variables).data[name]) == ["CONFLICT"]
    assert everything() == before
    type(second.user).objects.filter(pk=second.user.pk).update(is_active=True)
    assert codes(ask(owner, LEAVE, store=owner.store_id).data["leaveStore"]) == []


def test_members_and_invitations_are_listed_by_what_they_are(
    owner: Person, ask: Any, statements: Any
) -> None:
    for number in range(3):
        member(owner, Role.STAFF, f"staff{number}")
        invite(ask, owner, email=f"guest{number}@example.com")
    ask(owner, REVOKE, id=ids.encode("Invitation", Invitation.objects.get(email="guest0@example.com").pk))
    said = ask(owner, LISTS, id=owner.store_id, roles=["STAFF"], status=["OPEN"]).data["store"]
    assert (said["members"]["totalCount"], said["invitations"]["totalCount"]) == (3, 2)
    said = ask(owner, LISTS, id=owner.store_id, roles=["OWNER"], status=["REVOKED", "EXPIRED"]).data["store"]
    assert [node["user"]["email"] for node in said["members"]["nodes"]] == ["owner@example.com"]
    assert [node["email"] for node in said["invitations"]["nodes"]] == ["guest0@example.com"]
    said = ask(owner, LISTS, id=owner.store_id, roles=[], status=[]).data["store"]
    assert (said["members"]["totalCount"], said["invitations"]["totalCount"]) == (0, 0)
    with statements() as few:
        ask(owner, LISTS, id=owner.store_id, roles=["OWNER"])
    with statements() as many:
        ask(owner, LISTS, id=owner.store_id)
    assert len(few) == len(many)


# --- Races


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_leave_at_once_one_stays(owner: Person, ask: Any) -> None:
    for number in range(5):
        store = Store.objects.create(name=str(number))
        Membership.objects.create(store=store, user=owner.user, role=Role.OWNER)
        second = person(f"second{number}@example.com", store=store)
        id = ids.encode("Store", store.pk)
        said = race(
            lambda who=owner, id=id: ask(who, LEAVE, store=id).data["leaveStore"],
            lambda who=second, id=id: ask(who, LEAVE, store=id).data["leaveStore"],
        )
        assert sorted(codes(one) for one in said) == [[], ["CONFLICT"]]
        assert Membership.objects.filter(store=store, role=Role.OWNER).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_racing_uses_of_a_link_one_wins(owner: Person, ask: Any) -> None:
    invite(ask, owner)
    token, who = mailed(), guest()
    said = race(*[lambda: accept(ask, who, token).data["acceptInvitation"]] * 4)
    assert sorted(codes(one) for one in said) == [[], *[["INVALID_TOKEN"]] * 3]
    assert Membership.objects.filter(store=owner.store, user=who.user).count() == 1
