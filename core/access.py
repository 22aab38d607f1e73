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
    tell(request.method or "", request.path, response.status_code, started)
    return response


def tell(method: str, path: str, status: int, started: float) -> None:
    """Log a request that was answered."""
    milliseconds = round((time.perf_counter() - started) * 1000, 1)
    level = logging.DEBUG if path.startswith(QUIET) and status < 400 else logging.INFO
    path = f"{TICKETS}…" if path.startswith(TICKETS) else path
    logger.log(
        level,
        "%s %s %s in %s ms",
        method,
        path,
        status,
        milliseconds,
        extra={
            "method": method,
            "path": path,
            "status": status,
            "milliseconds": milliseconds,
        },
    )
