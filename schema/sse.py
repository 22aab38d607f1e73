"""Subscriptions over server-sent events: graphql-sse's distinct connections mode."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse

CONTENT_TYPE = "text/event-stream"
KEEP_ALIVE_SECONDS = 15.0
SEND_SECONDS = 30.0  # how long a client may leave unread what it was sent
COMMENT = ":\n\n"  # says that the connection is alive


def wanted(request: HttpRequest) -> bool:
    """Tell whether a stream is asked for: clients may name it after JSON where they take both."""
    return request.get_preferred_type(["application/json", CONTENT_TYPE]) == CONTENT_TYPE


class EventStream(StreamingHttpResponse):
    """The answer to a subscription."""

    def __init__(self, answers: AsyncGenerator[dict[str, Any], None]) -> None:
        self.parts = patiently(lines(answers))
        self.loop = asyncio.get_running_loop()
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # proxies must hand on at once
        super().__init__(self.parts, content_type=CONTENT_TYPE, headers=headers)

    def close(self) -> None:
        """End the subscription: of an iterator that a client has not taken to its end, nobody else thinks."""
        super().close()
        asyncio.run_coroutine_threadsafe(self.parts.aclose(), self.loop)


async def lines(answers: AsyncGenerator[dict[str, Any], None]) -> AsyncGenerator[str, None]:
    yield COMMENT
    async with aclosing(answers):
        while True:
            coming = asyncio.ensure_future(anext(answers, None))
            try:
                while not (await asyncio.wait({coming}, timeout=KEEP_ALIVE_SECONDS))[0]:
                    yield COMMENT
            finally:
                if coming.cancel():
                    await asyncio.wait({coming})
            if coming.cancelled():  # the server ends: the client is to come back, so nothing says `complete`
                return
            answer = coming.result()
            if answer is None:
                yield "event: complete\ndata:\n\n"
                return
            yield f"event: next\ndata: {json.dumps(answer)}\n\n"


async def patiently(parts: AsyncGenerator[str, None]) -> AsyncGenerator[str, None]:
    """Hand on the parts, but end when a client takes one not in time: it may come back with its cursor."""
    async with aclosing(parts):
        async for part in parts:
            with in_time():
                yield part


@contextmanager
def in_time() -> Iterator[None]:
    task = asyncio.current_task()
    assert task
    ending = asyncio.get_running_loop().call_later(SEND_SECONDS, task.cancel)
    try:
        yield
    finally:
        ending.cancel()
