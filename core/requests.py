"""A request's id: on every log line that it causes, in its answer, in the audit."""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from inspect import iscoroutinefunction
from typing import Any

from asgiref.sync import markcoroutinefunction
from django.http import HttpRequest, HttpResponse

current: ContextVar[str] = ContextVar("request_id", default="-")
SAFE = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")


def enter(given: str) -> str:
    """Take the id that a caller gives a request if it is harmless, or make one."""
    made = given if SAFE.match(given) else uuid.uuid4().hex
    current.set(made)
    return made


class RequestId:
    """Middleware that takes the caller's `X-Request-Id` if it is harmless, or makes one."""

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        enter(request.headers.get("X-Request-Id", ""))
        if self.is_async:
            return self._answer(request)
        return self._stamp(self.get_response(request))

    async def _answer(self, request: HttpRequest) -> HttpResponse:
        return self._stamp(await self.get_response(request))

    def _stamp(self, response: HttpResponse) -> HttpResponse:
        response["X-Request-Id"] = current.get()
        return response


class RequestIdFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current.get()
        return True
