"""The short way of a GraphQL request: read whole by the event loop, then answered in one of a few threads."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from core import access, database, requests
from schema import http, persisted, quick, sse

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]
Answer = tuple[int, Headers, bytes]  # status, headers, body

PATH = "/graphql/"
# What these do, they do for cookies and for files, and a GraphQL request has to do with neither.
PASSED_BY = {
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
}
# What these say differs from one answer to the next.
OF_EACH = frozenset({"core.requests.RequestId", "core.access.AccessLog"})
# What no other middleware looks at.
UNSEEN = {b"authorization", b"content-length", b"x-forwarded-for", b"x-request-id", b"idempotency-key"}
MAX_FRAMES = 100
QUICK_BYTES = 64 * 1024  # longer bodies are not worth a second look


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
    status, headers, body = await loop.run_in_executor(threads(), answer, scope, b"".join(parts))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


@cache
def threads() -> ThreadPoolExecutor:
    """Make the threads; one is started when all are busy, and keeps its connection to the database."""
    return ThreadPoolExecutor(settings.WEB_THREADS, "graphql", initializer=database.keep)


def answer(scope: Message, body: bytes) -> Answer:
    """Answer on this thread's connection."""
    database.mend()
    try:
        return respond(scope, body)
    finally:
        database.mend()


def respond(scope: Message, body: bytes) -> Answer:
    """Answer a request, a query that was asked before in a shorter way."""
    known = _respond_known(scope, body) if len(body) <= QUICK_BYTES else None
    if known:
        return known
    response: HttpResponse = chain(http.answer)(ASGIRequest(scope, BytesIO(body)))
    return response.status_code, headers_of(response), response.content


def _respond_known(scope: Message, body: bytes) -> Answer | None:
    """Answer a query that was asked before; None for whatever must be looked at more closely."""
    started = time.perf_counter()
    headers = dict(scope["headers"])
    if b"authorization" not in headers or len(headers) < len(scope["headers"]):  # one is there twice
        return None
    seen = tuple(pair for pair in scope["headers"] if pair[0] not in UNSEEN)
    around = frame(scope["scheme"], scope["server"], seen)
    if around is None:
        return None
    id = requests.enter(headers.get(b"x-request-id", b"").decode("latin-1"))
    try:
        said = quick.answer(*http.asked(body), headers[b"authorization"].decode("latin-1"))
    except (http.BadRequest, persisted.Unknown):
        return None
    if said is None:
        return None
    more = around.short
    if len(said) >= http.GZIP_BYTES:
        more = around.long
        said = http.compressed(said) if around.compressed else said
    access.tell(scope["method"], scope["path"], 200, started)
    length = (b"Content-Length", str(len(said)).encode())
    return 200, [*more, length, (b"X-Request-Id", id.encode())], said


@dataclass(frozen=True)
class Frame:
    """The headers of a short and of a long answer, and whether the latter is compressed."""

    short: Headers
    long: Headers
    compressed: bool


@lru_cache(maxsize=MAX_FRAMES)
def frame(scheme: str, server: Any, headers: tuple[tuple[bytes, bytes], ...]) -> Frame | None:
    """Let the middleware tell what it puts around an answer; None where it lets no such request pass.

    It looks at these alone, and a client sends the same headers with most requests.
    """
    scope = {
        "method": "POST",
        "path": PATH,
        "scheme": scheme,
        "server": server,
        "headers": headers,
        "query_string": b"",
    }
    told = [
        chain(http.sample, but=OF_EACH)(ASGIRequest(scope, BytesIO(b" " * length)))
        for length in (0, http.GZIP_BYTES)
    ]
    if any(response.status_code != 200 for response in told):
        return None
    compressed = told[1].has_header("Content-Encoding")
    for response in told:
        del response["Content-Length"]
    return Frame(headers_of(told[0]), headers_of(told[1]), compressed)


def headers_of(response: HttpResponse) -> Headers:
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]


@cache
def chain(
    view: Callable[[HttpRequest], HttpResponse], *, but: frozenset[str] = frozenset()
) -> Callable[[HttpRequest], Any]:
    """Put a view behind Django's middleware, as Django does."""
    handler: Callable[[HttpRequest], Any] = convert_exception_to_response(view)
    for name in reversed(settings.MIDDLEWARE):
        if name not in PASSED_BY | but:
            handler = convert_exception_to_response(import_string(name)(handler))
    return handler
