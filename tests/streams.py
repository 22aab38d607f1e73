"""Clients that follow subscriptions, in this process: they speak ASGI with the application as a server does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from schema.asgi import application
from tests.conftest import Person

PATIENCE = 20.0  # seconds; a machine may be busy
QUEUE = """subscription ($store: ID!, $after: String) { orderQueueChanged(store: $store, after: $after) {
  cursor kind at order { id number status } } }"""


class Line:
    """One ASGI connection: what is put in comes to the application, what it sends can be taken."""

    def __init__(self, scope: dict[str, Any]) -> None:
        self.inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.free = asyncio.Event()  # cleared, it takes nothing that the application sends
        self.free.set()
        self.task = asyncio.ensure_future(application(scope, self.inbox.get, self.send))

    async def send(self, message: dict[str, Any]) -> None:
        await self.free.wait()
        self.outbox.put_nowait(message)

    async def take(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            return await self.outbox.get()

    async def hang_up(self, kind: str) -> None:
        self.inbox.put_nowait({"type": kind, "code": 1001})
        async with asyncio.timeout(PATIENCE):
            await self.task


class Sse:
    """A subscription over server-sent events."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.text = ""

    async def next(self) -> Any:
        """Wait for an answer; None when the stream is complete, or ends."""
        while True:
            block, found, rest = self.text.partition("\n\n")
            if not found:
                part = await self.line.take()
                self.text += part.get("body", b"").decode()
                if not part.get("more_body"):
                    return None
                continue
            self.text = rest
            fields = dict(row.partition(":")[::2] for row in block.split("\n"))
            if fields.get("event", "").strip() == "complete":
                return None
            if "data" in fields:
                return json.loads(fields["data"])


class Socket:
    """A WebSocket on which the graphql-transport-ws protocol is spoken."""

    def __init__(self, line: Line) -> None:
        self.line = line

    async def say(self, message: Any) -> None:
        self.line.inbox.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    async def hear(self) -> Any:
        """Wait for a message; the code and the reason when the connection is closed instead."""
        event = await self.line.take()
        if event["type"] == "websocket.close":
            return event.get("code"), event.get("reason")
        assert event["type"] == "websocket.send", event
        return json.loads(event["text"])

    async def next(self) -> Any:
        """Wait for an answer, as `Sse.next` does."""
        message = await self.hear()
        if isinstance(message, tuple):
            return message
        if message["type"] == "error":
            return {"errors": message["payload"]}
        return None if message["type"] == "complete" else message["payload"]


@asynccontextmanager
async def sse(who: Person | None, document: str = QUEUE, **variables: Any) -> AsyncIterator[Sse]:
    body = json.dumps({"query": document, "variables": variables}).encode()
    headers = [
        (b"host", b"localhost"),
        (b"content-type", b"application/json"),
        (b"accept", b"text/event-stream"),
    ]
    if who:
        headers.append((b"authorization", f"Bearer {who.token}".encode()))
    scope = {"type": "http", "method": "POST", "path": "/graphql/", "query_string": b"", "headers": headers}
    for signal in (request_started, request_finished):
        signal.disconnect(
            close_old_connections
        )  # as django.test.Client does: the test's connection stays open
    line = Line(scope)
    line.inbox.put_nowait({"type": "http.request", "body": body, "more_body": False})
    start = await line.take()
    assert start["status"] == 200
    assert dict(start["headers"])[b"Content-Type"] == b"text/event-stream"
    try:
        yield Sse(line)
    finally:
        await line.hang_up("http.disconnect")


@asynccontextmanager
async def connected(
    *, path: str = "/graphql/", protocols: tuple[str, ...] = ("graphql-transport-ws",), **headers: str
) -> AsyncIterator[Socket]:
    sent = {"host": "localhost", **headers}
    pairs = [(name.encode(), value.encode()) for name, value in sent.items()]
    line = Line({"type": "websocket", "path": path, "headers": pairs, "subprotocols": list(protocols)})
    line.inbox.put_nowait({"type": "websocket.connect"})
    assert (await line.take())["type"] == "websocket.accept"
    try:
        yield Socket(line)
    finally:
        await line.hang_up("websocket.disconnect")


@asynccontextmanager
async def socket(who: Person | None, document: str = QUEUE, **variables: Any) -> AsyncIterator[Socket]:
    async with connected() as made:
        shown = {"authorization": f"Bearer {who.token}"} if who else {}
        await made.say({"type": "connection_init", "payload": shown})
        first = await made.hear()
        if first == {"type": "connection_ack"}:
            asked = {"query": document, "variables": variables}
            await made.say({"id": "1", "type": "subscribe", "payload": asked})
        else:
            made.line.outbox.put_nowait({"type": "websocket.close", "code": first[0], "reason": first[1]})
        yield made
