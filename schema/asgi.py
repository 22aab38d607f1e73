"""The ASGI application: WebSockets, and Django behind a bound on what a request may send."""

from __future__ import annotations

import json
import os
from collections.abc import Awaitable, Callable
from typing import Any, cast

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")

from django.core.asgi import get_asgi_application

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]

MAX_BODY_BYTES = 1024 * 1024
MAX_UPLOAD_BYTES = (
    61 * 1024 * 1024
)  # three of the largest receipts or 20 usual ones, and the form around them


class TooLarge(Exception):
    pass


def bounded(app: App) -> App:
    """Refuse with 413 a body that is too long, said so or not: Django would spool it all first."""

    async def answer(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        upload = headers.get(b"content-type", b"").startswith(b"multipart/form-data")
        left = MAX_UPLOAD_BYTES if upload else MAX_BODY_BYTES
        said = headers.get(b"content-length", b"")
        if said.isdigit() and int(said[:20]) > left:
            await refuse(send)
            return

        async def counted() -> dict[str, Any]:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise TooLarge
            return message

        try:
            await app(scope, counted, send)
        except TooLarge:
            await refuse(send)

    return answer


async def refuse(send: Send) -> None:
    error = {"message": "The body is too large.", "extensions": {"code": "BAD_REQUEST"}}
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"errors": [error]}).encode()})


http = bounded(cast("App", get_asgi_application()))  # which loads what the sockets stand on

from schema import direct, sockets  # noqa: E402

graphql = bounded(direct.serve)


async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    app = sockets.serve if scope["type"] == "websocket" else graphql if direct.takes(scope) else http
    await app(scope, receive, send)
