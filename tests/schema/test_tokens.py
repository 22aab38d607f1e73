"""Sessions: access that ends, refresh that rotates, and what counts as a token."""

from __future__ import annotations

import base64
import json
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from core import tokens
from core.models import AuditEntry, RefreshToken, User
from tests.conftest import Answer, Person
from tests.schema.test_accounts import ME, REGISTER, SIGN_IN
from tests.schema.world import everything

REFRESH = """mutation ($token: String!) { refreshToken(input: {refreshToken: $token}) {
  accessToken refreshToken user { email } userErrors { code field } } }"""
REVOKE = "mutation ($token: String!) { revokeToken(input: {refreshToken: $token}) { revoked userErrors { code } } }"

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(owner: Person) -> tokens.Pair:
    return tokens.open_session(user=owner.user)


def refresh(ask: Any, token: str) -> Any:
    return ask(None, REFRESH, token=token).data["refreshToken"]


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def bearing(ask: Any, header: str, document: str = ME) -> Answer:
    answer: Answer = ask(None, document, headers={"Authorization": header})
    return answer


def works(ask: Any, access: str) -> bool:
    answer = bearing(ask, f"Bearer {access}")
    assert answer.codes in ([], ["UNAUTHENTICATED"])
    return not answer.codes


# --- Rotation


def test_a_refresh_token_is_exchanged_for_a_pair_that_works(ask: Any, pair: tokens.Pair) -> None:
    made = refresh(ask, pair.refresh)
    assert made["user"] == {"email": "owner@example.com"}
    assert made["refreshToken"] != pair.refresh
    assert works(ask, made["accessToken"])
    assert works(ask, pair.access)
    assert codes(refresh(ask, made["refreshToken"])) == []


def test_a_refresh_token_shown_twice_ends_its_session_and_no_other(
    ask: Any, owner: Person, pair: tokens.Pair
) -> None:
    newer = refresh(ask, pair.refresh)
    assert codes(refresh(ask, pair.refresh)) == ["INVALID_TOKEN"]
    assert not works(ask, pair.access)
    assert not works(ask, newer["accessToken"])
    assert codes(refresh(ask, newer["refreshToken"])) == ["INVALID_TOKEN"]
    assert works(ask, owner.token)
    told = AuditEntry.objects.filter(action="account.refresh_token_reused")
    assert list(told.values_list("node_key", "actor")) == [(owner.user.pk, None)], "once"


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\x00", "ü", "x" * 100_000])
def test_what_is_no_refresh_token_is_refused_and_changes_nothing(
    ask: Any, pair: tokens.Pair, token: str
) -> None:
    before = everything()
    made = refresh(ask, token)
    assert codes(made) == ["INVALID_TOKEN"]
    assert (made["accessToken"], made["refreshToken"], made["user"]) == (None, None, None)
    assert everything() == before


def test_an_access_token_is_no_refresh_token_nor_the_other_way_round(ask: Any, pair: tokens.Pair) -> None:
    assert codes(refresh(ask, pair.access)) == ["INVALID_TOKEN"]
    assert not works(ask, pair.refresh)
    assert works(ask, pair.access)


def test_a_refresh_token_that_has_expired_is_refused(ask: Any, pair: tokens.Pair) -> None:
    RefreshToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert codes(refresh(ask, pair.refresh)) == ["INVALID_TOKEN"]


def test_an_account_that_is_no_longer_active_cannot_refresh(ask: Any, pair: tokens.Pair) -> None:
    User.objects.update(is_active=False)
    assert codes(refresh(ask, pair.refresh)) == ["INVALID_TOKEN"]
    User.objects.update(is_active=True)
    assert codes(refresh(ask, pair.refresh)) == ["INVALID_TOKEN"]


def test_signing_out_ends_access_and_refresh_of_that_session_alone(
    ask: Any, owner: Person, pair: tokens.Pair
) -> None:
    newest = refresh(ask, pair.refresh)
    assert ask(None, REVOKE, token=newest["refreshToken"]).data["revokeToken"]["revoked"] is True
    assert not works(ask, pair.access)
    assert not works(ask, newest["accessToken"])
    assert codes(refresh(ask, newest["refreshToken"])) == ["INVALID_TOKEN"]
    assert works(ask, owner.token)


def test_signing_out_with_an_old_or_an_unknown_token_tells_nothing_and_with_an_old_one_ends_the_session(
    ask: Any, owner: Person, pair: tokens.Pair
) -> None:
    newest = refresh(ask, pair.refresh)
    before = everything()
    unknown = ask(None, REVOKE, token="unknown").data
    assert everything() == before
    assert ask(None, REVOKE, token=pair.refresh).data == unknown
    assert not works(ask, newest["accessToken"])


# --- What counts as an access token


def forged(claims: dict[str, Any], key: str = "", algorithm: str = "HS256") -> str:
    kid, right = next(iter(settings.TOKEN_KEYS.items()))
    return jwt.encode(claims, key or right, algorithm=algorithm, headers={"kid": kid})


def encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def claims_of(access: str) -> dict[str, Any]:
    return dict(jwt.decode(access, options={"verify_signature": False}))


def test_the_claims_that_are_given_back_unchanged_are_accepted(ask: Any, pair: tokens.Pair) -> None:
    """The control of the forgeries below: each differs from this one in one thing."""
    assert works(ask, forged(claims_of(pair.access)))


OTHER_CLAIMS: list[dict[str, Any]] = [
    {"exp": datetime.now(UTC) - timedelta(seconds=1)},
    {"iss": "somebody else"},
    {"aud": "somebody else"},
    {"aud": ["somebody", "else"]},
    {"sub": "0"},
    {"sub": "x"},
    {"sub": "1 OR 1=1"},
    {"sub": str(2**70)},
    {"sid": "x"},
    {"sid": "00000000-0000-4000-8000-000000000000"},
    {"nbf": datetime.now(UTC) + timedelta(hours=1)},
    *({name: None} for name in tokens.REQUIRED),
]


@pytest.mark.parametrize("changed", OTHER_CLAIMS, ids=lambda changed: "-".join(map(str, changed)))
def test_a_token_with_a_claim_that_does_not_fit_is_refused(
    ask: Any, pair: tokens.Pair, changed: dict[str, Any]
) -> None:
    claims = {
        name: value for name, value in {**claims_of(pair.access), **changed}.items() if value is not None
    }
    assert not works(ask, forged(claims))


def test_a_token_signed_by_another_key_is_refused(ask: Any, pair: tokens.Pair) -> None:
    assert not works(ask, forged(claims_of(pair.access), key="another key of 32 bytes or more.."))


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_token_of_another_algorithm_is_refused(ask: Any, pair: tokens.Pair, algorithm: str) -> None:
    assert not works(ask, forged(claims_of(pair.access), algorithm=algorithm))


@pytest.mark.parametrize("name", ["none", "None", "NONE", "", "RS256"])
def test_a_token_that_names_no_algorithm_is_refused(ask: Any, pair: tokens.Pair, name: str) -> None:
    kid = next(iter(settings.TOKEN_KEYS))
    header, body = encoded({"alg": name, "typ": "JWT", "kid": kid}), encoded(claims_of(pair.access))
    signature = pair.access.rpartition(".")[2]
    assert not works(ask, f"{header}.{body}.")
    assert not works(ask, f"{header}.{body}.{signature}")


def test_a_token_of_which_a_character_is_changed_is_refused(ask: Any, pair: tokens.Pair) -> None:
    header, body, signature = pair.access.split(".")
    other = encoded({**claims_of(pair.access), "sub": "1"})
    assert not works(ask, f"{header}.{other}.{signature}")
    assert not works(ask, f"{header}.{body}.{signature[:-5]}AAAAA")
    assert not works(ask, f"{header}.{body}")


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic YTpi",
        "x",
        "Bearer a b c",
        "Bearer \xe9",
        "Bearer " + "x" * 20_000,
    ],
)
def test_a_header_that_holds_no_token_speaks_for_nobody(ask: Any, owner: Person, header: str) -> None:
    assert bearing(ask, header).codes == ["UNAUTHENTICATED"]
    assert bearing(ask, header, "{ __typename }").data == {"__typename": "Query"}


@pytest.mark.parametrize("prefix", ["Bearer", "bearer", "BEARER", "JWT", "jwt"])
def test_the_prefixes_that_clients_know_are_accepted(ask: Any, owner: Person, prefix: str) -> None:
    assert bearing(ask, f"{prefix} {owner.token}").data["me"]["email"] == "owner@example.com"


def test_an_account_that_is_no_longer_active_has_no_access(ask: Any, owner: Person) -> None:
    User.objects.update(is_active=False)
    assert not works(ask, owner.token)


def test_an_account_that_is_gone_has_no_access(ask: Any, owner: Person) -> None:
    User.objects.filter(pk=owner.user.pk).delete()
    assert not works(ask, owner.token)


def test_a_bad_bearer_is_in_nobodys_way_to_a_good_one(ask: Any, owner: Person, pair: tokens.Pair) -> None:
    bad = {"Authorization": "Bearer expired.or.worse"}
    made = ask(
        None, REGISTER, headers=bad, input={"email": "a@example.com", "password": "a fine long phrase"}
    )
    assert made.data["register"]["user"]["email"] == "a@example.com"
    signed = ask(None, SIGN_IN, headers=bad, login="a@example.com", password="a fine long phrase")
    assert signed.data["tokenAuth"]["user"] == {"email": "a@example.com"}
    again = ask(None, REFRESH, headers=bad, token=pair.refresh).data["refreshToken"]
    assert again["user"] == {"email": "owner@example.com"}
    assert ask(None, REVOKE, headers=bad, token=again["refreshToken"]).data["revokeToken"]["revoked"] is True


# --- What is stored


def test_no_token_is_in_any_stored_row(ask: Any, owner: Person, pair: tokens.Pair) -> None:
    keyed = {"Idempotency-Key": "once"}
    made = ask(
        None, REGISTER, headers=keyed, input={"email": "a@example.com", "password": "a fine long phrase"}
    )
    signed = ask(owner, SIGN_IN, headers=keyed, login="a@example.com", password="a fine long phrase")
    fresh = ask(owner, REFRESH, headers=keyed, token=pair.refresh)
    given = [pair.access, pair.refresh]
    for payload in (made.data["register"], signed.data["tokenAuth"], fresh.data["refreshToken"]):
        given += [payload["accessToken"], payload["refreshToken"]]
    stored = str(everything())
    assert "owner@example.com" in stored
    assert [token for token in given if token in stored or token.rpartition(".")[2] in stored] == []


# --- Races


def race(*doors: Any) -> list[Any]:
    """Open all doors at once, each in a thread with a connection of its own."""
    barrier, found = threading.Barrier(len(doors)), [None] * len(doors)

    def run(number: int, door: Any) -> None:
        try:
            barrier.wait()
            found[number] = door()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(doors)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.django_db(transaction=True)
def test_of_racing_exchanges_one_wins_and_the_session_is_over(ask: Any, owner: Person) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's test database is in memory, which threads cannot share")
    for _ in range(5):
        pair = tokens.open_session(user=owner.user)
        payloads = race(*[lambda pair=pair: refresh(ask, pair.refresh)] * 4)
        assert sorted(map(len, map(codes, payloads))) == [0, 1, 1, 1]
        winner = next(payload for payload in payloads if not codes(payload))
        assert not works(ask, winner["accessToken"])
        assert codes(refresh(ask, winner["refreshToken"])) == ["INVALID_TOKEN"]


@pytest.mark.django_db(transaction=True)
def test_signing_out_during_an_exchange_leaves_no_session(ask: Any, owner: Person) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's test database is in memory, which threads cannot share")
    for _ in range(20):
        pair = tokens.open_session(user=owner.user)
        race(
            lambda pair=pair: refresh(ask, pair.refresh),
            lambda pair=pair: ask(None, REVOKE, token=pair.refresh).data,
        )
        assert not works(ask, pair.access)
        family = claims_of(pair.access)["sid"]
        assert not RefreshToken.objects.filter(family=family, revoked_at=None).exists()
