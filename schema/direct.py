"""The short way of a GraphQL request: read whole by the event loop, then answered in one of a few threads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from core import database
from schema import http, sse

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PATH = "/graphql/"
# What these do, they do for cookies and for files, and a GraphQL request has to do with neither.
PASSED_BY = {
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
}


def takes(scope: Message) -> bool:
    """Tell whether a request goes the short way: JSON that is posted, and wants no stream of events."""
    if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
        return False
    headers = dict(scope["headers"])
    return headers.get(b"content-type", b"").startswith(
        b"application/json"
    ) and sse.CONTENT_TYPE.encode() not in headers.get(b"accept", b"")


async def serve(scope: Message, receive: Receive, send: Send) -> None:
    """Answer a request that `takes` has taken, as an ASGI application."""
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    loop = asyncio.get_running_loop()
    response = await loop.run_in_executor(threads(), answer, scope, b"".join(parts))
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})


@cache
def threads() -> ThreadPoolExecutor:
    """Make the threads; one is started when all are busy, and keeps its connection to the database."""
    return ThreadPoolExecutor(settings.WEB_THREADS, "graphql", initializer=database.keep)


def answer(scope: Message, body: bytes) -> HttpResponse:
    database.mend()
    try:
        response: HttpResponse = chain()(ASGIRequest(scope, BytesIO(body)))
        return response
    finally:
        database.mend()


@cache
def chain() -> Callable[[HttpRequest], Any]:
    """Put the view behind Django's middleware, as Django does."""
    handler: Callable[[HttpRequest], Any] = convert_exception_to_response(http.answer)
    for name in reversed(settings.MIDDLEWARE):
        if name not in PASSED_BY:
            handler = convert_exception_to_response(import_string(name)(handler))
    return handler
