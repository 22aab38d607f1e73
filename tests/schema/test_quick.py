"""Queries that are sent again: who asks is found in the statement that answers, as surely as ever."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from core import tokens
from core.models import Membership, RefreshToken, User
from schema import direct, remembered
from schema.metrics import requests
from tests import books
from tests.conftest import Person

STORE = "query Quick($id: ID!) { me { email } store(id: $id) { name bills { nodes { notes } } } }"
HEADERS = ((b"host", b"localhost"), (b"content-type", b"application/json"), (b"user-agent", b"test"))
Answer = tuple[int, dict[str, str], bytes]


def send(who: Person | None, document: str, *headers: tuple[bytes, bytes], **variables: Any) -> Answer:
    """Ask by the short way, as the server does."""
    shown = [(b"authorization", f"Bearer {who.token}".encode())] if who else []
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": "/graphql/",
        "query_string": b"",
        "headers": [*HEADERS, *shown, *headers],
        "server": ("localhost", 80),
        "client": ("127.0.0.1", 1),
    }
    body = json.dumps({"query": document, "variables": variables}).encode()
    status, told, text = direct.respond(scope, body)
    return status, {name.decode(): value.decode() for name, value in told}, text


@pytest.fixture
def known(owner: Person, settings: Any) -> Any:
    """Ask the query again, when it is known: by a plan or not at all."""
    settings.PLANS = "always"
    remembered.valid.clear()
    direct.frame.cache_clear()
    direct.chain.cache_clear()
    send(owner, STORE, id=owner.store_id)

    def again(who: Person | None) -> Any:
        body = json.loads(send(who, STORE, id=owner.store_id)[2])
        return {error["extensions"]["code"] for error in body["errors"]} if "errors" in body else body["data"]

    return again


def test_who_asks_and_what_is_answered_take_one_statement(owner: Person, known: Any, statements: Any) -> None:
    with statements() as count:
        store = {"name": owner.store.name, "bills": {"nodes": []}}
        assert known(owner) == {"me": {"email": owner.user.email}, "store": store}
    assert len(count) == 1


@pytest.mark.parametrize("bills", [1, 6])
@pytest.mark.parametrize(
    "headers",
    [
        (),
        ((b"accept-encoding", b"gzip"),),
        ((b"origin", b"https://shop.example"), (b"x-request-id", b"way-1")),
        ((b"host", b"evil.example"),),
        ((b"authorization", b"Bearer x"),),
    ],
)
def test_the_answer_and_its_headers_are_those_of_the_longer_way(
    owner: Person, known: Any, settings: Any, headers: tuple[tuple[bytes, bytes], ...], bills: int
) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://shop.example"]
    direct.frame.cache_clear()
    for _ in range(bills):
        books.bill(owner.store, notes="Grün 雪" + "." * 900)
    answers = []
    for plans in ("always", "off"):
        settings.PLANS = plans
        status, told, body = send(owner, STORE, *headers, id=owner.store_id)
        if told.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        told["X-Request-Id"] = told["X-Request-Id"] if b"x-request-id" in dict(headers) else ""
        answers.append((status, told, body))
    assert answers[0] == answers[1]


def test_each_caller_sees_what_is_there_for_them(
    owner: Person, colleague: Person, stranger: Person, known: Any
) -> None:
    assert known(colleague)["me"] == {"email": colleague.user.email}
    assert known(colleague)["store"]["name"] == owner.store.name
    assert known(stranger) == {"me": {"email": stranger.user.email}, "store": None}
    assert known(None) == {"UNAUTHENTICATED"}
    Membership.objects.filter(user=colleague.user).delete()
    assert known(colleague)["store"] is None


@pytest.mark.parametrize("what", ["session", "account", "deleted", "demo"])
def test_who_may_not_sign_in_any_more_is_refused_at_once(
    owner: Person, known: Any, settings: Any, what: str
) -> None:
    assert known(owner)["store"]
    if what == "session":
        tokens.revoke(family=RefreshToken.objects.get(user=owner.user).family)
    elif what == "account":
        User.objects.filter(pk=owner.user.pk).update(is_active=False)
    elif what == "deleted":
        User.objects.get(pk=owner.user.pk).delete()
    else:
        settings.PRODUCTION, settings.DEMO_ACCOUNT = True, owner.user.email
    assert known(owner) == {"UNAUTHENTICATED"}


def test_another_session_of_the_same_account_goes_on(owner: Person, known: Any) -> None:
    ended = RefreshToken.objects.get(user=owner.user).family
    again = Person(owner.user, owner.store, tokens.open_session(user=owner.user).access)
    tokens.revoke(family=ended)
    assert known(owner) == {"UNAUTHENTICATED"}
    assert known(again)["store"]


def test_a_forged_token_opens_nothing(owner: Person, known: Any, settings: Any) -> None:
    kid, key = next(iter(settings.TOKEN_KEYS.items()))
    settings.TOKEN_KEYS = {kid: key[::-1]}
    assert known(owner) == {"UNAUTHENTICATED"}


def test_who_becomes_an_administrator_is_one_at_the_next_request(owner: Person, stranger: Person) -> None:
    document = "query ($id: ID!) { node(id: $id) { ... on User { email } } }"
    asked = json.loads(send(owner, "{ me { id } }")[2])["data"]["me"]["id"]
    for role in (User.Role.USER, User.Role.USER, User.Role.ADMIN, User.Role.USER):
        User.objects.filter(pk=stranger.user.pk).update(role=role)
        seen = json.loads(send(stranger, document, id=asked)[2])["data"]["node"]
        assert bool(seen) == (role == User.Role.ADMIN)


def test_callers_behind_a_proxy_share_what_middleware_said(owner: Person, known: Any) -> None:
    for address in (b"192.0.2.1", b"192.0.2.2"):
        assert send(owner, STORE, (b"x-forwarded-for", address), id=owner.store_id)[0] == 200
    assert direct.frame.cache_info().misses == 1


def test_each_request_is_counted_and_logged_once(owner: Person, known: Any, caplog: Any) -> None:
    counted = requests.labels("Quick", "ok")._value
    before = counted.get()
    caplog.clear()
    _, told, _ = send(owner, STORE, (b"x-request-id", b"quick-1"), id=owner.store_id)
    assert told["X-Request-Id"] == "quick-1"
    assert counted.get() == before + 1
    assert [(one.name, one.status) for one in caplog.records] == [("tillsight.access", 200)]
