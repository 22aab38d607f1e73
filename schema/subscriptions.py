"""Subscriptions: what happens in a store, told as it happens to those who may know.

A stream reads the store's events from its cursor on, whenever the tail says that there are more: it has no
queue that could fill, and what a lost connection missed is read in the same way. Before each event the
session and the permission are looked at again.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import inspect
import logging
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

import strawberry
from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from core import events, tenancy
from core.database import give_back
from core.models import Event
from core.roles import Permission
from core.tail import PAUSE_SECONDS, tail
from schema.context import Context, Info
from schema.errors import BadInput, CursorExpired, Forbidden, NotFound, TooManyStreams
from schema.nodes import TYPES, key_of, load, model_of

logger = logging.getLogger("tillsight.events")

MAX_STREAMS = 50  # of one account in one process
CHECK_SECONDS = 5.0  # how long a stream waits before it looks whether its session goes on
WATCHING = "watching"
AFTER = (
    "Go on after this cursor, when a connection was lost say; without it, from now on. What is more than 7 "
    "days ago may be forgotten, and told as CURSOR_EXPIRED: read anew what you show, and follow from now on."
)

open_streams: Counter[int] = Counter()
H = TypeVar("H", bound="Happening")


@strawberry.type
class Happening:
    """What a subscription tells: an event, or where it starts."""

    event: strawberry.Private[Event | None]
    cursor: str = strawberry.field(description="Its place: a subscription may go on `after` it.")
    kind: str = strawberry.field(
        description="What has happened, such as `order.moved`. First comes `watching`, which is no event and "
        "tells from where on nothing will be missed; unless the subscription goes on after a cursor."
    )
    at: datetime = strawberry.field(description="When it happened.")


def subject(description: str, *, to: str) -> Any:
    """Declare the row that something has happened to: read anew, as far as the caller may see it."""

    async def resolve(root: Happening, info: Info) -> Any:
        if root.event is None or root.event.node_type != model_of(TYPES[to]).__name__:
            return None
        return await load(info, TYPES[to], root.event.node_key)

    return strawberry.field(resolver=resolve, description=description)


def followed(payload: type[H], *, description: str, needs: Permission, kinds: str) -> Any:
    """Declare a subscription to the events of a store whose kind begins with `kinds`."""

    async def resolve(info: Info, store: str, after: str | None = None) -> AsyncIterator[H]:
        key = key_of(store, TYPES["Store"])[1]
        stream = Stream(info.context, key, needs, kinds)
        async with aclosing(stream.follow(None if after is None else read(after, key))) as happening:
            async for sequence, event in happening:
                yield payload(
                    event=event,
                    cursor=cursor(key, sequence),
                    kind=event.kind if event else WATCHING,
                    at=event.created_at if event else timezone.now(),
                )

    answer: Any = AsyncGenerator[payload, None]  # type: ignore[valid-type]
    parameters = [
        _parameter("info", Info),
        _parameter("store", _described(strawberry.ID, "The store to follow.")),
        _parameter("after", _described(str | None, AFTER), None),
    ]
    resolve.__signature__ = inspect.Signature(parameters, return_annotation=answer)  # type: ignore[attr-defined]
    resolve.__annotations__ = {one.name: one.annotation for one in parameters} | {"return": answer}
    field: Any = strawberry.subscription(resolver=resolve, description=description)
    field.metadata = {"needs": needs}
    return field


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return inspect.Parameter(name, kind, annotation=annotation, default=default)


def _described(annotation: Any, description: str) -> Any:
    return Annotated[annotation, strawberry.argument(description=description)]


@dataclass(frozen=True)
class Stream:
    """One subscription to one store."""

    context: Context
    store: int
    needs: Permission
    kinds: str
    key: int | None = None  # of the row that all is about; None for the whole store

    async def follow(self, after: int | None) -> AsyncGenerator[tuple[int, Event | None], None]:
        """Yield what happens after a place, each with its own place; from now on, first yield that place.

        Raises: ApiError when the caller may not follow, or not any more.
        """
        check, since = sync_to_async(self.check), sync_to_async(self.since)
        with self.counted(), tail.watch(self.store) as bell:
            await check()
            if after is None:
                after = await sync_to_async(self.newest)()
                yield after, None
            while True:
                bell.clear()
                try:
                    found = await since(after)
                    for event in found:
                        if event.kind.startswith(self.kinds) and self.key in (None, event.node_key):
                            await check()
                            self.context.loaders.clear()  # they keep what they have read
                            yield event.sequence, event
                        after = event.sequence
                    if not found:
                        await check()
                except (OperationalError, InterfaceError):  # the database is away, and is waited for
                    logger.warning("A subscription waits for the database.", exc_info=True)
                    await sync_to_async(give_back)()
                    await asyncio.sleep(PAUSE_SECONDS)
                    continue
                if not found:
                    await sync_to_async(give_back)()
                    await rung(bell)

    def newest(self) -> int:
        return events.newest([self.store]).get(self.store, 0)

    def since(self, after: int) -> list[Event]:
        try:
            return events.since(store=self.store, sequence=after)
        except events.Forgotten:
            raise CursorExpired from None

    def check(self) -> None:
        """Make sure that the caller may follow."""
        self.context.check_session()
        user = self.context.user
        if tenancy.stores_of(user, self.needs).filter(store=self.store).exists():
            return
        if TYPES["Store"].rows(user).filter(pk=self.store).exists():
            raise Forbidden
        raise NotFound(f"There is no such {'store' if self.key is None else 'row'}.")

    @contextmanager
    def counted(self) -> Iterator[None]:
        user = self.context.user.pk
        if open_streams[user] >= MAX_STREAMS:
            raise TooManyStreams(f"You follow {MAX_STREAMS} things already.")
        open_streams[user] += 1
        try:
            yield
        finally:
            open_streams[user] -= 1
            if not open_streams[user]:
                del open_streams[user]


async def rung(bell: asyncio.Event) -> None:
    """Wait for the bell, or until it is time to look at the session again."""
    with suppress(TimeoutError):
        async with asyncio.timeout(CHECK_SECONDS):
            await bell.wait()
    if tail.ending:
        # Without a word, as when a connection is lost: whoever follows comes back, to another process.
        raise asyncio.CancelledError


def cursor(store: int, sequence: int) -> str:
    made = f"Event:{store}:{sequence}"
    return base64.urlsafe_b64encode(made.encode()).decode().rstrip("=")


def read(text: str, store: int) -> int:
    """Take a cursor apart.

    Raises: BadInput for one that was not made for this store.
    """
    with suppress(binascii.Error, UnicodeError, ValueError):
        made = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
        sequence = int(made.rpartition(":")[2])
        if 0 <= sequence < 2**63 and cursor(store, sequence) == text:
            return sequence
    raise BadInput("`after` is not a cursor of this store's events.")
