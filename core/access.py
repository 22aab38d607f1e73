"""One log line for each HTTP request."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any

from asgiref.sync import markcoroutinefunction
from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("tillsight.access")

# Probes ask every few seconds: they are told only where one looks closely.
QUIET = ("/health/", "/metrics", "/static/")
# What stands after this is a ticket that opens a file for some minutes.
TICKETS = "/files/"


class AccessLog:
    """Middleware that tells method, path, status and time.

    The query string, the body and a ticket in the path are never told: they are or hold secrets.
    """

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        if self.is_async:
            return self._answer(request)
        started = time.perf_counter()
        return told(request, self.get_response(request), started)

    async def _answer(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        return told(request, await self.get_response(request), started)


def told(request: HttpRequest, response: HttpResponse, started: float) -> HttpResponse:
    """Log the request and hand its response on."""
    milliseconds = round((time.perf_counter() - started) * 1000, 1)
    path = f"{TICKETS}…" if request.path.startswith(TICKETS) else request.path
    level = logging.DEBUG if request.path.startswith(QUIET) and response.status_code < 400 else logging.INFO
    logger.log(
        level,
        "%s %s %s in %s ms",
        request.method,
        path,
        response.status_code,
        milliseconds,
        extra={
            "method": request.method,
            "path": path,
            "status": response.status_code,
            "milliseconds": milliseconds,
        },
    )
    return response
