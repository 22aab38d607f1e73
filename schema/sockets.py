"""Subscriptions over WebSockets: the graphql-transport-ws protocol, for subscriptions alone.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.http.request import split_domain_port, validate_host
from strawberry.http.websocket_origin import is_same_origin, normalize_origin

from core import requests
from core.database import give_back
from schema.context import Context, authenticate
from schema.errors import TooManyStreams, Unauthenticated
from schema.http import BadRequest, parts
from schema.streams import answers

logger = logging.getLogger("tillsight.access")

Message = dict[str, Any]
PATH = "/graphql/"
PROTOCOL = "graphql-transport-ws"
BEGIN_SECONDS = 5.0  # for the client to say who it is
MAX_MESSAGE_CHARACTERS = 64 * 1024
MAX_STREAMS = 20  # of one connection


class Closed(Exception):
    """The connection is to be closed, with a code of the protocol."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Gone(Exception):
    """The client has closed the connection, or was lost."""


async def serve(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Answer a WebSocket, as an ASGI application."""
    requests.current.set(uuid.uuid4().hex)
    await receive()  # websocket.connect
    if not welcome(scope):
        await send({"type": "websocket.close"})  # which refuses the handshake with 403
        return
    spoken = PROTOCOL in scope["subprotocols"]
    await send({"type": "websocket.accept", "subprotocol": PROTOCOL if spoken else None})
    started = time.monotonic()
    async with ThreadSensitiveContext():  # all that it reads, it reads in one thread
        code = await Socket(receive, send).run(spoken)
    logger.info("WS %s closed with %s after %.0f s", PATH, code, time.monotonic() - started)


def welcome(scope: Message) -> bool:
    """Tell whether to open a connection: to a page of another origin only if CORS_ALLOWED_ORIGINS has it."""
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    host, origin = headers.get(b"host", ""), headers.get(b"origin")
    if scope["path"] != PATH or not validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        return False
    allowed = {normalize_origin(one) for one in settings.CORS_ALLOWED_ORIGINS}
    return origin is None or is_same_origin(origin, host) or normalize_origin(origin) in allowed


class Socket:
    """One connection, and the subscriptions that run on it."""

    def __init__(
        self, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        self.receive = receive
        self.send = send
        self.streams: dict[str, asyncio.Task[None]] = {}
        self.code = 0  # with which it was closed

    async def run(self, spoken: bool) -> int:
        """Talk until one side closes; answer the code."""
        try:
            if not spoken:
                raise Closed(4406, f"Subprotocol not acceptable: speak {PROTOCOL}.")
            context = await self.begin()
            while True:
                await self.handle(await self.hear(), context)
        except Closed as end:
            await self.close(end)
        except Gone:
            pass
        finally:
            await self.stop(*self.streams.values())
            await sync_to_async(give_back)()
        return self.code

    async def begin(self) -> Context:
        """Wait for the client to say who it is.

        Raises: Closed when it does not, or says something else, or shows no valid token.
        """
        try:
            async with asyncio.timeout(BEGIN_SECONDS):
                message = await self.hear()
                while message["type"] in ("ping", "pong"):
                    await self.answer(message)
                    message = await self.hear()
        except TimeoutError:
            raise Closed(4408, "Connection initialisation timeout") from None
        if message["type"] != "connection_init":
            raise Closed(4401, "Unauthorized: send connection_init first.")
        shown = message.get("payload")
        shown = shown if isinstance(shown, dict) else {}
        header = next((value for name, value in shown.items() if name.lower() == "authorization"), "")
        session, refusal = await sync_to_async(authenticate)(header if isinstance(header, str) else "")
        await sync_to_async(give_back)()
        if session is None:
            raise Closed(4403, refusal or "Forbidden: connection_init's payload must hold Authorization.")
        await self.say({"type": "connection_ack"})
        return Context(session.user, session=session)

    async def handle(self, message: Message, context: Context) -> None:
        """Do what the client says.

        Raises: Closed when the protocol does not allow it.
        """
        match message:
            case {"type": "ping" | "pong"}:
                await self.answer(message)
            case {"type": "subscribe", "id": str(id), "payload": dict(payload)}:
                await self.subscribe(id, payload, context)
            case {"type": "complete", "id": str(id)}:
                if id in self.streams:
                    await self.stop(self.streams.pop(id))
            case {"type": "connection_init"}:
                raise Closed(4429, "Too many initialisation requests")
            case _:
                raise Closed(4400, "This is no message that a client may send.")

    async def subscribe(self, id: str, payload: Message, context: Context) -> None:
        if id in self.streams:
            raise Closed(4409, f"Subscriber for {id[:40]} already exists")
        try:
            asked = parts(payload)
        except BadRequest as error:
            raise Closed(4400, str(error)) from error
        if len(self.streams) >= MAX_STREAMS:
            refusal = TooManyStreams(f"A connection holds at most {MAX_STREAMS} subscriptions.")
            await self.say({"id": id, "type": "error", "payload": [refusal.formatted]})
            return
        own = replace(context, loaders={})
        self.streams[id] = asyncio.create_task(self.stream(id, *asked, own))

    async def stream(self, id: str, *asked: Any) -> None:
        """Tell the answers to a subscription, until it or the connection ends."""
        with suppress(OSError):  # the client is gone: `hear` is told as well
            async with aclosing(answers(*asked)) as coming:
                async for answer in coming:
                    if answer["data"] is None:
                        await self.fail(id, answer["errors"])
                        return
                    await self.say({"id": id, "type": "next", "payload": answer})
            self.streams.pop(id, None)
            await self.say({"id": id, "type": "complete"})

    async def fail(self, id: str, errors: list[Message]) -> None:
        """End a subscription by its errors; where the session has ended, the whole connection."""
        self.streams.pop(id, None)
        for error in errors:
            if error["extensions"]["code"] == Unauthenticated.code:
                await self.close(Closed(4403, error["message"]))
                return
        await self.say({"id": id, "type": "error", "payload": errors})

    async def stop(self, *tasks: asyncio.Task[None]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def hear(self) -> Message:
        """Wait for a message.

        Raises: Gone; Closed for what is none.
        """
        event = await self.receive()
        if event["type"] == "websocket.disconnect":
            self.code = self.code or event.get("code", 0)
            raise Gone
        text = event.get("text")
        if text is None:
            raise Closed(4400, "A message must be text.")
        if len(text) > MAX_MESSAGE_CHARACTERS:
            raise Closed(1009, "The message is too large.")
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            raise Closed(4400, "A message must be JSON.") from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise Closed(4400, "A message must be an object with a type.")
        return message

    async def answer(self, message: Message) -> None:
        if message["type"] == "ping":
            await self.say({"type": "pong"})

    async def say(self, message: Message) -> None:
        if not self.code:
            await self.send({"type": "websocket.send", "text": json.dumps(message)})

    async def close(self, end: Closed) -> None:
        if not self.code:
            self.code = end.code
            with suppress(OSError):
                reason = str(end).encode()[:120].decode(errors="ignore")  # a frame has room for 123 bytes
                await self.send({"type": "websocket.close", "code": end.code, "reason": reason})
