"""The graphql-transport-ws protocol: what a client may say, and what it is told when it says something else."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schema import sockets
from tests.conftest import Person
from tests.streams import QUEUE, Line, Socket, connected

pytestmark = pytest.mark.django_db
INIT = {"type": "connection_init"}


def begin(who: Person) -> dict[str, Any]:
    return {**INIT, "payload": {"Authorization": f"Bearer {who.token}"}}


def subscribe(who: Person, id: str = "1") -> dict[str, Any]:
    asked = {"query": QUEUE, "variables": {"store": who.store_id}}
    return {"id": id, "type": "subscribe", "payload": asked}


@async_to_sync
async def after(*said: Any, hears: int = 1, **options: Any) -> Any:
    """Say something on a new connection, and give the last of what is heard then."""
    async with connected(**options) as made:
        for message in said:
            if isinstance(message, dict) and "raw" in message:
                made.line.inbox.put_nowait({"type": "websocket.receive", **message["raw"]})
            else:
                await made.say(message)
        for _ in range(hears):
            heard = await made.hear()
        return heard


# --- To begin


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
def test_a_client_says_who_it_is_and_follows(owner: Person, name: str) -> None:
    init = {**INIT, "payload": {name: f"Bearer {owner.token}"}}
    assert after(init) == {"type": "connection_ack"}
    heard = after(init, subscribe(owner), hears=2)
    assert (heard["id"], heard["type"]) == ("1", "next")
    assert heard["payload"]["data"]["orderQueueChanged"]["kind"] == "watching"


@pytest.mark.parametrize(
    "payload",
    [
        None,
        {},
        [],
        "x",
        {"Authorization": None},
        {"Authorization": 1},
        {"Authorization": "Bearer x"},
        {"x": "y"},
    ],
)
def test_a_client_that_shows_no_good_token_is_sent_away(db: None, payload: Any) -> None:
    assert after({**INIT, "payload": payload})[0] == 4403
    assert after(INIT)[0] == 4403


def test_a_client_that_does_not_say_who_it_is_is_not_waited_for(db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(sockets, "BEGIN_SECONDS", 0.05)
    assert after()[0] == 4408
    assert after({"type": "ping"}, hears=2)[0] == 4408


def test_a_client_that_speaks_another_protocol_is_told_so(db: None) -> None:
    assert after(protocols=("graphql-ws",))[0] == 4406
    assert after(protocols=())[0] == 4406


def test_what_comes_before_the_beginning_is_unauthorized(owner: Person) -> None:
    assert after(subscribe(owner))[0] == 4401
    assert after({"type": "complete", "id": "1"})[0] == 4401


# --- In between


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (INIT, 4429),
        ({}, 4400),
        ([], 4400),
        (None, 4400),
        ("x", 4400),
        (1, 4400),
        ({"type": None}, 4400),
        ({"type": ["ping"]}, 4400),
        ({"type": "next", "id": "1"}, 4400),
        ({"type": "complete"}, 4400),
        ({"type": "complete", "id": []}, 4400),
        ({"type": "subscribe", "id": "1"}, 4400),
        ({"type": "subscribe", "id": 1, "payload": {"query": QUEUE}}, 4400),
        ({"type": "subscribe", "id": "1", "payload": "x"}, 4400),
        ({"type": "subscribe", "id": "1", "payload": {}}, 4400),
        ({"type": "subscribe", "id": "1", "payload": {"query": 1}}, 4400),
        ({"type": "subscribe", "id": "1", "payload": {"query": QUEUE, "variables": "x"}}, 4400),
        ({"type": "subscribe", "id": "1", "payload": {"query": QUEUE, "operationName": []}}, 4400),
        ({"raw": {"text": "{"}}, 4400),
        ({"raw": {"text": "[" * 60_000}}, 4400),
        ({"raw": {"bytes": b"x", "text": None}}, 4400),
        ({"raw": {"text": "x" * 70_000}}, 1009),
    ],
)
def test_what_is_no_message_ends_the_connection(owner: Person, message: Any, code: int) -> None:
    heard = after(begin(owner), message, hears=2)
    assert heard[0] == code
    assert heard[1]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=9)
        | st.sampled_from(["subscribe", "complete"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["type", "id", "payload", "query"]), inner, max_size=4)
        ),
        max_leaves=8,
    )
)
def test_no_message_breaks_a_connection_without_a_word(owner: Person, message: Any) -> None:
    heard = after(begin(owner), message, {"type": "ping"}, hears=2)
    assert isinstance(heard, tuple) or heard["type"] in ("pong", "error"), heard


def test_a_ping_is_answered_and_a_pong_is_taken(owner: Person) -> None:
    assert after(begin(owner), {"type": "pong"}, {"type": "ping"}, hears=2) == {"type": "pong"}


def test_an_id_is_taken_until_its_subscription_is_complete(owner: Person) -> None:
    one = subscribe(owner)
    assert after(begin(owner), one, one, hears=2)[0] == 4409
    done = {"type": "complete", "id": "1"}
    heard = after(begin(owner), one, done, {"type": "complete", "id": "unknown"}, one, hears=2)
    assert (heard["id"], heard["type"]) == ("1", "next")


def test_a_connection_holds_only_so_many_subscriptions(owner: Person, monkeypatch: Any) -> None:
    monkeypatch.setattr(sockets, "MAX_STREAMS", 2)
    heard = after(begin(owner), *(subscribe(owner, id) for id in "123"), hears=2)
    assert (heard["id"], heard["type"]) == ("3", "error")
    assert heard["payload"][0]["extensions"]["code"] == "TOO_MANY_SUBSCRIPTIONS"


def test_an_error_ends_its_subscription_and_no_other(owner: Person) -> None:
    @async_to_sync
    async def scene() -> None:
        async with connected() as made:
            await made.say(begin(owner))
            await made.hear()
            wrong = subscribe(owner, "wrong")
            wrong["payload"]["variables"] = {"store": "x"}
            for message in (subscribe(owner, "right"), wrong, wrong):
                await made.say(message)
                heard = await made.hear()
                assert (heard["id"], heard["type"]) == (
                    message["id"],
                    "error" if message is wrong else "next",
                )
                await asyncio.sleep(0)

    scene()


# --- Who may open one


def handshake(**headers: str) -> str:
    """Try to open a connection; give what the application answers."""

    @async_to_sync
    async def scene() -> str:
        path = headers.pop("path", "/graphql/")
        pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
        protocols = ["graphql-transport-ws"]
        line = Line({"type": "websocket", "path": path, "headers": pairs, "subprotocols": protocols})
        line.inbox.put_nowait({"type": "websocket.connect"})
        answer = await line.take()
        await Socket(line).line.hang_up("websocket.disconnect")
        return str(answer["type"])

    return scene()


OPEN, SHUT = "websocket.accept", "websocket.close"


def test_a_page_of_another_origin_opens_none(db: None, settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://front.example"]
    host = "shop.example:8000"
    assert handshake(host=host) == OPEN  # no browser
    assert handshake(host=host, origin="http://shop.example:8000") == OPEN
    assert handshake(host=host, origin="https://front.example") == OPEN
    for origin in (
        "https://evil.example",
        "http://shop.example",
        "http://shop.example:8001",
        "null",
        "",
        "x",
    ):
        assert handshake(host=host, origin=origin) == SHUT, origin


def test_a_foreign_host_or_another_path_opens_none(db: None, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["shop.example"]
    assert handshake(host="shop.example") == OPEN
    assert handshake(host="evil.example") == SHUT
    assert handshake() == SHUT
    assert handshake(host="shop.example", path="/admin/") == SHUT
