"""The state of this installation, for probes, for people and for programs; everybody may ask."""

from __future__ import annotations

import time
from dataclasses import asdict
from functools import lru_cache

import strawberry
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from core import health
from receipts.backlog import Backlog, backlog

# However often it is asked, the database and the storage are tried once in this time.
TRUST_SECONDS = 2
# The console says more: addresses and reasons are nobody's business here.
FELL_BACK = "The configured database cannot be reached: SQLite is in use."


@strawberry.type(description="One thing that must be in order for the server to do its work.")
class HealthCheck:
    name: str = strawberry.field(description="What was tried: database, migrations, storage or queue.")
    ok: bool = strawberry.field(description="Whether it is in order.")
    message: str = strawberry.field(description="What is wrong; empty when in order.")


@strawberry.type(description="The state of this installation, at most two seconds old.")
class Health:
    ok: bool = strawberry.field(description="Whether every check is in order.")
    version: str = strawberry.field(description="Version of the server.")
    database: str = strawberry.field(description="The database in use: sqlite or postgresql.")
    warning: str = strawberry.field(
        description="Set when the configured database could not be reached and another is in use; else empty."
    )
    queue_length: int = strawberry.field(description="Uploads that are due to be read and wait for a worker.")
    queue_age: int = strawberry.field(description="Seconds since the oldest of them was due, or 0.")
    checks: list[HealthCheck] = strawberry.field(description="What was tried, in order.")


def live(request: HttpRequest) -> HttpResponse:
    """Answer that the process is up; nothing else is asked."""
    return JsonResponse({"ok": True})


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Answer the state as JSON, with 503 when a check fails."""
    found = state()
    return JsonResponse(asdict(found), status=200 if found.ok else 503, headers={"Cache-Control": "no-store"})


async def resolve_health() -> Health:
    return await sync_to_async(state)()


def state() -> Health:
    """Find out the state, or answer what was found a moment ago."""
    return _state(int(time.monotonic() / TRUST_SECONDS))


@lru_cache(maxsize=1)
def _state(moment: int) -> Health:
    queue = Backlog(0, 0, 0.0)

    def queue_fault() -> str:
        nonlocal queue
        queue = backlog(now=timezone.now())
        limit = settings.QUEUE_AGE_LIMIT.total_seconds()
        late = limit and queue.oldest_seconds > limit
        return f"Uploads wait for longer than {limit / 60:.0f} minutes: is a worker running?" if late else ""

    checks = [health.check("database", health.database_fault)]
    if checks[0].ok:  # without it, each of these would wait for the same time-out
        checks.append(health.check("migrations", health.migrations_fault))
        checks.append(health.check("queue", queue_fault))
    checks.append(health.check("storage", health.storage_fault))
    return Health(
        ok=all(check.ok for check in checks),
        version=settings.VERSION,
        database=connection.vendor,
        warning=FELL_BACK if settings.DATABASE_WARNING else "",
        queue_length=queue.waiting,
        queue_age=int(queue.oldest_seconds),
        checks=[HealthCheck(name=check.name, ok=check.ok, message=check.message) for check in checks],
    )
