"""Queries that are sent again: who asks is found in the statement that answers, as surely as ever."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import tokens
from core.models import Membership, RefreshToken, User
from schema import remembered
from tests.conftest import Person

STORE = "query ($id: ID!) { me { email } store(id: $id) { name } }"


@pytest.fixture
def known(owner: Person, ask: Any, settings: Any) -> Any:
    """Ask the query again, when it is known: by a plan or not at all."""
    settings.PLANS = "always"
    remembered.valid.clear()
    ask(owner, STORE, id=owner.store_id)
    return lambda who: ask(who, STORE, id=owner.store_id)


def test_who_asks_and_what_is_answered_take_one_statement(owner: Person, known: Any) -> None:
    with CaptureQueriesContext(connection) as count:
        assert known(owner).data == {"me": {"email": owner.user.email}, "store": {"name": owner.store.name}}
    assert len(count) == 1


def test_each_caller_sees_what_is_there_for_them(
    owner: Person, colleague: Person, stranger: Person, known: Any
) -> None:
    assert known(colleague).data == {
        "me": {"email": colleague.user.email},
        "store": {"name": owner.store.name},
    }
    assert known(stranger).data == {"me": {"email": stranger.user.email}, "store": None}
    assert set(known(None).codes) == {"UNAUTHENTICATED"}
    Membership.objects.filter(user=colleague.user).delete()
    assert known(colleague).data["store"] is None


@pytest.mark.parametrize("what", ["session", "account", "deleted", "demo"])
def test_who_may_not_sign_in_any_more_is_refused_at_once(
    owner: Person, known: Any, settings: Any, what: str
) -> None:
    assert known(owner).data["store"]
    if what == "session":
        tokens.revoke(family=RefreshToken.objects.get(user=owner.user).family)
    elif what == "account":
        User.objects.filter(pk=owner.user.pk).update(is_active=False)
    elif what == "deleted":
        Membership.objects.filter(user=owner.user).delete()
        User.objects.get(pk=owner.user.pk).delete()
    else:
        settings.PRODUCTION, settings.DEMO_ACCOUNT = True, owner.user.email
    assert set(known(owner).codes) == {"UNAUTHENTICATED"}


def test_another_session_of_the_same_account_goes_on(owner: Person, known: Any) -> None:
    ended = RefreshToken.objects.get(user=owner.user).family
    again = Person(owner.user, owner.store, tokens.open_session(user=owner.user).access)
    tokens.revoke(family=ended)
    assert set(known(owner).codes) == {"UNAUTHENTICATED"}
    assert known(again).data["store"]


def test_an_old_or_a_forged_token_opens_nothing(owner: Person, known: Any, settings: Any) -> None:
    kid, key = next(iter(settings.TOKEN_KEYS.items()))
    settings.TOKEN_KEYS = {kid: key[::-1]}
    assert set(known(owner).codes) == {"UNAUTHENTICATED"}


def test_who_becomes_an_administrator_is_one_at_the_next_request(
    owner: Person, stranger: Person, ask: Any
) -> None:
    document = "query ($id: ID!) { node(id: $id) { ... on User { email } } }"
    asked = {"id": ask(owner, "{ me { id } }").data["me"]["id"]}
    for role in (User.Role.USER, User.Role.USER, User.Role.ADMIN, User.Role.USER):
        User.objects.filter(pk=stranger.user.pk).update(role=role)
        seen = ask(stranger, document, **asked).data["node"]
        assert bool(seen) == (role == User.Role.ADMIN)
