"""A command with a key is carried out once, however often it is sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from core.errors import Code, Refused
from core.models import IdempotencyRecord, User

LIFETIME = timedelta(hours=24)
MAX_KEY_LENGTH = 255

Answer = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    answer: Answer
    replayed: bool


def once(
    *,
    user: User,
    key: str,
    command: str,
    input: object,
    run: Callable[[], Answer],
    lifetime: timedelta = LIFETIME,
) -> Outcome:
    """Run a command and keep its answer in the same transaction, or give the answer kept before.

    The record and the effect are committed together: a crash leaves both or neither, and a
    refusal leaves nothing. `answer` holds keys of rows, never rows and never secrets.

    Raises: Refused, by `run` or for a key that is too long, reused with other input, or in progress.
    """
    if not 0 < len(key) <= MAX_KEY_LENGTH or "\x00" in key:
        raise Refused(
            Code.INVALID, f"An idempotency key has 1 to {MAX_KEY_LENGTH} characters.", "idempotencyKey"
        )
    sent = fingerprint(command, input)
    with transaction.atomic():
        _claim(user, key)
        now = timezone.now()
        kept = IdempotencyRecord.objects.filter(user=user, key=key).first()
        if kept and kept.expires_at > now:
            if kept.fingerprint != sent:
                raise reused()
            return Outcome(kept.answer, replayed=True)
        if kept:
            kept.delete()
        answer = run()
        IdempotencyRecord.objects.create(
            user=user,
            key=key,
            command=command,
            fingerprint=sent,
            answer=answer,
            expires_at=now + lifetime,
        )
    return Outcome(answer, replayed=False)


def fingerprint(command: str, input: object) -> str:
    """Reduce a command and its input to what tells them from others."""
    return hashlib.sha256(json.dumps([command, input], sort_keys=True, default=str).encode()).hexdigest()


def reused() -> Refused:
    """Refuse a key that has come with other input before."""
    message = "This idempotency key was used before with other input."
    return Refused(Code.IDEMPOTENCY_KEY_REUSED, message, "idempotencyKey")


def _claim(user: User, key: str) -> None:
    """Hold the key until the transaction ends.

    SQLite has one writer at a time, so BEGIN IMMEDIATE is the claim already: a twin waits for
    its turn and is answered from the record.
    """
    if connection.vendor != "postgresql":
        return
    number = int.from_bytes(hashlib.sha256(f"{user.pk}:{key}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise Refused(
                Code.IDEMPOTENCY_IN_PROGRESS,
                "A command with this idempotency key is still running; send it again in a moment.",
                "idempotencyKey",
            )


def sweep() -> int:
    """Forget the answers whose time is over."""
    return IdempotencyRecord.objects.filter(expires_at__lte=timezone.now()).delete()[0]
