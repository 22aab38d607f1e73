"""Sessions through the API: looked at, ended everywhere; and the keys that sign them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from core import tokens
from core.env import token_keys
from core.models import AuditEntry, User
from tests.conftest import PASSWORD, Person
from tests.schema.test_tokens import codes, refresh, works

VERIFY = """mutation ($token: String!) { verifyToken(input: {token: $token}) {
  valid expiresAt user { email } userErrors { code } } }"""
REVOKE_ALL = (
    "mutation ($keep: Boolean!) { revokeAllTokens(input: {keepThis: $keep}) { revoked userErrors { code } } }"
)
CLOSE = """mutation ($password: String!) { deactivateAccount(input: {password: $password}) {
  deactivated userErrors { code field message } } }"""
INVALID = {"valid": False, "expiresAt": None, "user": None, "userErrors": []}
OLD, NEW = "o" * 40, "n" * 40

pytestmark = pytest.mark.django_db


def verified(ask: Any, token: str, who: Person | None = None) -> Any:
    return ask(who, VERIFY, token=token).data["verifyToken"]


# --- Looking at a token


def test_a_valid_token_is_told_with_its_owner_and_its_end(ask: Any, owner: Person, settings: Any) -> None:
    said = verified(ask, owner.token)
    assert (said["valid"], said["user"], said["userErrors"]) == (True, {"email": "owner@example.com"}, [])
    left = datetime.fromisoformat(said["expiresAt"]) - datetime.now(UTC)
    assert timedelta(minutes=29) < left <= settings.ACCESS_TOKEN_LIFETIME


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "ü", "x" * 10_000])
def test_what_is_no_token_is_not_valid(ask: Any, owner: Person, token: str) -> None:
    assert verified(ask, token) == INVALID


def test_a_token_that_opens_nothing_any_more_is_not_valid(ask: Any, owner: Person, stranger: Person) -> None:
    pair = tokens.open_session(user=owner.user)
    assert verified(ask, pair.access)["valid"]
    tokens.revoke_refresh(refresh=pair.refresh)
    assert verified(ask, pair.access) == INVALID
    User.objects.filter(pk=stranger.user.pk).update(is_active=False)
    assert verified(ask, stranger.token) == INVALID


def test_looking_at_the_token_of_another_does_not_make_one_the_other(
    ask: Any, owner: Person, stranger: Person
) -> None:
    said = verified(ask, stranger.token, owner)
    assert (said["valid"], said["user"]) == (True, None)
    both = f"""mutation {{ verifyToken(input: {{token: "{stranger.token}"}}) {{ valid }}
      revokeAllTokens(input: {{}}) {{ revoked }} }}"""
    assert ask(owner, both).data["revokeAllTokens"]["revoked"] is True
    assert works(ask, stranger.token)
    assert not works(ask, owner.token)


# --- Ending sessions


@pytest.mark.parametrize("keep", [False, True])
def test_signing_out_everywhere_ends_every_session_or_every_other(
    ask: Any, owner: Person, stranger: Person, keep: bool
) -> None:
    pair = tokens.open_session(user=owner.user)
    assert ask(owner, REVOKE_ALL, keep=keep).data["revokeAllTokens"] == {"revoked": True, "userErrors": []}
    assert works(ask, owner.token) is keep
    assert not works(ask, pair.access)
    assert codes(refresh(ask, pair.refresh)) == ["INVALID_TOKEN"]
    assert works(ask, stranger.token)
    assert AuditEntry.objects.get().action == "account.sign_out_everywhere"


def test_nobody_signs_out_everywhere(ask: Any, owner: Person) -> None:
    assert ask(None, REVOKE_ALL, keep=False).codes == ["UNAUTHENTICATED"]
    assert works(ask, owner.token)


# --- Closing an account


@pytest.fixture
def known(owner: Person) -> Person:
    owner.user.set_password(PASSWORD)
    owner.user.save()
    return owner


def closed(ask: Any, who: Person | None, password: str = PASSWORD) -> Any:
    return ask(who, CLOSE, password=password).data["deactivateAccount"]


def test_a_closed_account_is_signed_out_and_cannot_sign_in(ask: Any, known: Person) -> None:
    pair = tokens.open_session(user=known.user)
    assert closed(ask, known) == {"deactivated": True, "userErrors": []}
    assert not works(ask, known.token)
    assert codes(refresh(ask, pair.refresh)) == ["INVALID_TOKEN"]
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.after) == (
        "account.deactivate",
        known.user,
        {"is_active": False},
    )


def test_closing_needs_the_password(ask: Any, known: Person) -> None:
    refused = closed(ask, known, "wrong horse battery")
    assert [(e["code"], e["field"]) for e in refused["userErrors"]] == [("INVALID_CREDENTIALS", ["password"])]
    assert works(ask, known.token)
    assert ask(None, CLOSE, password=PASSWORD).codes == ["UNAUTHENTICATED"]
    assert User.objects.get(pk=known.user.pk).is_active


def test_the_last_owner_does_not_leave_others_alone_in_a_store(
    ask: Any, known: Person, colleague: Person
) -> None:
    refused = closed(ask, known)
    assert codes(refused) == ["CONFLICT"]
    assert known.store.name in refused["userErrors"][0]["message"]
    assert works(ask, known.token)
    colleague.user.memberships.update(role="OWNER")
    assert closed(ask, known)["deactivated"] is True


def test_others_who_are_gone_keep_nobody(ask: Any, known: Person, colleague: Person) -> None:
    User.objects.filter(pk=colleague.user.pk).update(is_active=False)
    assert closed(ask, known)["deactivated"] is True


# --- Keys


def claims(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def test_an_old_key_verifies_while_a_new_one_signs(ask: Any, owner: Person, settings: Any) -> None:
    settings.TOKEN_KEYS = {"1": OLD}
    before = tokens.open_session(user=owner.user).access
    settings.TOKEN_KEYS = {"2": NEW, "1": OLD}
    after = tokens.open_session(user=owner.user).access
    assert [jwt.get_unverified_header(token) for token in (before, after)] == [
        {"alg": "HS256", "typ": "JWT", "kid": kid} for kid in ("1", "2")
    ]
    assert works(ask, before)
    assert works(ask, after)
    settings.TOKEN_KEYS = {"2": NEW}
    assert not works(ask, before)
    assert works(ask, after)


def test_a_token_says_what_it_must(owner: Person) -> None:
    said = claims(owner.token)
    assert set(said) == {"sub", "sid", "jti", "iss", "aud", "iat", "exp"}
    assert claims(tokens.open_session(user=owner.user).access)["jti"] != said["jti"]


@pytest.mark.parametrize(
    ("changed", "headers"),
    [
        ({"iat": datetime.now(UTC) + timedelta(days=1)}, {"kid": "1"}),
        ({"iss": "elsewhere"}, {"kid": "1"}),
        ({"aud": "elsewhere"}, {"kid": "1"}),
        ({"exp": datetime.now(UTC) - timedelta(seconds=1)}, {"kid": "1"}),
        ({}, {"kid": "2"}),
        ({}, {"kid": ""}),
        ({}, {}),
    ],
)
def test_a_token_signed_with_our_key_must_still_say_the_right_things(
    ask: Any, owner: Person, settings: Any, changed: dict[str, Any], headers: dict[str, str]
) -> None:
    settings.TOKEN_KEYS = {"1": OLD}
    said = claims(tokens.open_session(user=owner.user).access)
    good = jwt.encode(said, OLD, algorithm="HS256", headers={"kid": "1"})
    assert works(ask, good)
    assert not works(ask, jwt.encode({**said, **changed}, OLD, algorithm="HS256", headers=headers))


@pytest.mark.parametrize("missing", ["sub", "sid", "jti", "iss", "aud", "iat", "exp"])
def test_a_token_that_leaves_a_claim_out_is_no_token(
    ask: Any, owner: Person, settings: Any, missing: str
) -> None:
    settings.TOKEN_KEYS = {"1": OLD}
    said = claims(tokens.open_session(user=owner.user).access)
    del said[missing]
    assert not works(ask, jwt.encode(said, OLD, algorithm="HS256", headers={"kid": "1"}))


@pytest.mark.parametrize("algorithm", ["none", "HS384", "HS512"])
def test_only_one_algorithm_counts(ask: Any, owner: Person, settings: Any, algorithm: str) -> None:
    settings.TOKEN_KEYS = {"1": OLD * 2}
    said = claims(tokens.open_session(user=owner.user).access)
    key = None if algorithm == "none" else OLD * 2
    assert not works(ask, jwt.encode(said, key, algorithm=algorithm, headers={"kid": "1"}))


def test_keys_are_read_in_their_order() -> None:
    assert list(token_keys(f"b:{NEW}, a:{OLD}", "").items()) == [("b", NEW), ("a", OLD)]


def test_without_keys_one_is_made_from_the_secret_and_is_not_the_secret() -> None:
    (made,) = token_keys("", "secret").values()
    assert len(made) == 64
    assert token_keys(" ", "secret") == {"0": made} != token_keys("", "other")


@pytest.mark.parametrize("said", [f"a:{OLD},a:{NEW}", f":{OLD}", "a:short", OLD, f"a:{OLD},"])
def test_keys_that_are_no_good_are_refused_without_being_told(said: str) -> None:
    with pytest.raises(ValueError, match=r"entry [12] is not") as refusal:
        token_keys(said, "secret")
    assert OLD not in str(refusal.value)


# --- What the audit keeps of them


SIGN_IN = """mutation ($password: String!) { tokenAuth(input: {login: "owner@example.com", password: $password}) {
  accessToken refreshToken userErrors { code } } }"""
REGISTER = """mutation ($password: String!) { register(input: {email: "owner@example.com", password: $password}) {
  accessToken userErrors { code } } }"""
SIGN_OUT = "mutation ($token: String!) { revokeToken(input: {refreshToken: $token}) { revoked } }"


def told() -> list[tuple[str, str]]:
    entries = AuditEntry.objects.filter(action__startswith="account.sign").order_by("pk")
    assert not entries.exclude(before=None, after=None, store=None).exists(), (
        "no token, and no store's business"
    )
    return [(entry.action, entry.actor.email) for entry in entries]


def test_signing_in_and_out_is_told_once_each(ask: Any, owner: Person) -> None:
    owner.user.set_password(PASSWORD)
    owner.user.save()
    refresh_token = ask(None, SIGN_IN, password=PASSWORD).data["tokenAuth"]["refreshToken"]
    for _ in range(2):
        assert ask(None, SIGN_OUT, token=refresh_token).data["revokeToken"] == {"revoked": True}
    assert told() == [
        ("account.sign_in", "owner@example.com"),
        ("account.sign_out", "owner@example.com"),
    ]


def test_registering_with_a_known_address_is_told_as_the_sign_in_that_it_is(ask: Any, owner: Person) -> None:
    owner.user.set_password(PASSWORD)
    owner.user.save()
    assert ask(None, REGISTER, password=PASSWORD).data["register"]["accessToken"]
    assert told() == [("account.sign_in", "owner@example.com")]


def test_what_opens_and_ends_nothing_is_not_told(ask: Any, owner: Person) -> None:
    ask(None, SIGN_IN, password="wrong")
    assert ask(None, SIGN_OUT, token="unknown").data["revokeToken"] == {"revoked": True}
    assert told() == []
