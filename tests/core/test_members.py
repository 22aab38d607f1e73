"""Memberships where the doors of HTTP do not reach: what was true a moment ago, and mail twice."""

from __future__ import annotations

import re

import pytest
from django.core import mail

from core import members, stores
from core.errors import Code, Refused
from core.models import Invitation, Membership
from core.roles import Role
from tests.conftest import Person, person


def refusal(act: object) -> Code:
    with pytest.raises(Refused) as caught:
        act()  # type: ignore[operator]
    return caught.value.code


def test_whoever_has_lost_the_right_a_moment_ago_manages_nobody(owner: Person, colleague: Person) -> None:
    manager = person("manager@example.com", store=owner.store, role=Role.MANAGER)
    staff = Membership.objects.get(user=colleague.user)
    Membership.objects.filter(user=manager.user).update(role=Role.STAFF)
    assert refusal(lambda: members.remove(membership=staff, by=manager.user)) == Code.FORBIDDEN
    Membership.objects.filter(user=manager.user).delete()
    assert (
        refusal(lambda: members.change_role(membership=staff, by=manager.user, role=Role.STAFF))
        == Code.FORBIDDEN
    )
    guest = {"email": "guest@example.com", "role": Role.STAFF}
    assert refusal(lambda: members.invite(store=owner.store, by=manager.user, **guest)) == Code.FORBIDDEN  # type: ignore[arg-type]
    assert Membership.objects.filter(pk=staff.pk, role=Role.STAFF).exists()


def test_a_membership_is_judged_by_what_it_is_now(owner: Person, colleague: Person) -> None:
    manager = person("manager@example.com", store=owner.store, role=Role.MANAGER)
    seen = Membership.objects.get(user=colleague.user)
    Membership.objects.filter(pk=seen.pk).update(role=Role.OWNER)
    assert refusal(lambda: members.remove(membership=seen, by=manager.user)) == Code.FORBIDDEN
    Membership.objects.filter(pk=seen.pk).delete()
    assert refusal(lambda: members.remove(membership=seen, by=owner.user)) == Code.NOT_FOUND


def test_an_archived_store_keeps_its_members_as_they_are(owner: Person, colleague: Person) -> None:
    staff = Membership.objects.get(user=colleague.user)
    stores.archive(store=owner.store, by=owner.user)
    assert refusal(lambda: members.remove(membership=staff, by=owner.user)) == Code.CONFLICT
    assert (
        refusal(lambda: members.change_role(membership=staff, by=owner.user, role=Role.OWNER))
        == Code.CONFLICT
    )


def test_a_mail_that_is_sent_twice_leaves_the_newer_link_to_work(owner: Person) -> None:
    invitation = members.invite(store=owner.store, by=owner.user, email="guest@example.com", role=Role.STAFF)
    for _ in range(2):
        members.send({"invitation": invitation.pk})
    tokens = [re.search(r"#token=(\S+)", str(message.body)) for message in mail.outbox]
    old, new = (found[1] for found in tokens if found)
    guest = person("guest@example.com", email_verified_at=invitation.created_at)
    assert refusal(lambda: members.accept(token=old, by=guest.user)) == Code.INVALID_TOKEN
    assert members.accept(token=new, by=guest.user).role == Role.STAFF
    assert Invitation.objects.get().accepted_at
