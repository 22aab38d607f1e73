"""Wake those who watch a store, in this process, when something has happened in it, in any process."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import SyncToAsync, sync_to_async
from django.db import Error
from django.db.backends.base.base import BaseDatabaseWrapper

from core import events, requests
from core.database import give_back

logger = logging.getLogger("tillsight.events")

LOOK_SECONDS = 0.2  # where nobody tells of events, such as with SQLite
GLANCE_SECONDS = 1.0  # where PostgreSQL tells: in case that it could not
PAUSE_SECONDS = 1.0  # before a database that is away is tried again


class Tail:
    """One task for all who watch in a process; it ends when nobody watches any more."""

    def __init__(self) -> None:
        self.bells: dict[int, set[asyncio.Event]] = {}
        self.seen: dict[int, int] = {}
        self.task: asyncio.Task[None] | None = None
        self.ear: BaseDatabaseWrapper | None = None  # hears what PostgreSQL tells
        self.descriptor = 0  # of the ear
        self.ending = False  # the process has been told to end

    @contextmanager
    def watch(self, store: int) -> Iterator[asyncio.Event]:
        """Watch a store: what is given is set whenever something has happened; the watcher clears it."""
        bell = asyncio.Event()
        self.bells.setdefault(store, set()).add(bell)
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self.run(), context=_apart())
        try:
            yield bell
        finally:
            self.bells[store].discard(bell)
            if not self.bells[store]:
                del self.bells[store]
                self.seen.pop(store, None)
            if not self.bells and self.task:
                self.task.cancel()
                self.task = None

    async def run(self) -> None:
        requests.current.set("-")
        with _told_to_end(self.end):
            try:
                while True:
                    await asyncio.sleep(await self.look())
            finally:
                self.deafen()

    async def look(self) -> float:
        """Ring for what is new in any store that is watched; answer the seconds until the next look."""
        try:
            if self.ear is None:
                self.ear = await sync_to_async(events.listen)()
                if self.ear is not None:
                    self.descriptor = self.ear.connection.fileno()
                    asyncio.get_running_loop().add_reader(self.descriptor, self.hear)
            for store, last in (await sync_to_async(events.newest)(list(self.bells))).items():
                if self.seen.get(store) != last:
                    self.seen[store] = last
                    self.ring(store)
        except Error:
            logger.exception("The database is away.")
            await sync_to_async(give_back)()
            return PAUSE_SECONDS
        return LOOK_SECONDS if self.ear is None else GLANCE_SECONDS

    def hear(self) -> None:
        """Ring for what PostgreSQL tells."""
        assert self.ear
        try:
            stores = events.heard(self.ear)
        except Error:
            logger.warning("The connection that tells of events is lost; looking for them meanwhile.")
            self.deafen()
        else:
            for store in stores:
                self.ring(store)

    def deafen(self) -> None:
        if self.ear is not None:
            asyncio.get_running_loop().remove_reader(self.descriptor)
            self.ear.connection.close()  # the raw one: Django's own would not be closed by an event loop
            self.ear = None

    def ring(self, store: int) -> None:
        for bell in self.bells.get(store, ()):
            bell.set()

    def end(self) -> None:
        """Wake everybody for the last time."""
        self.ending = True
        for store in self.bells:
            self.ring(store)


def _apart() -> contextvars.Context:
    """Copy the context but for the thread of the request that it is in, which ends before the tail does."""
    context = contextvars.copy_context()
    context.run(SyncToAsync.thread_sensitive_context.set, None)  # type: ignore[arg-type]
    return context


@contextmanager
def _told_to_end(call: Callable[[], None]) -> Iterator[None]:
    """Have the event loop call when the server is told to end, before the server itself is told."""
    loop = asyncio.get_running_loop()
    servers: dict[int, Any] = {}

    def told(number: int, frame: Any) -> None:
        loop.call_soon_threadsafe(call)
        servers[number](number, frame)

    if threading.current_thread() is threading.main_thread():
        listeners = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
        servers = {number: listener for number, listener in listeners.items() if callable(listener)}
    for number in servers:
        signal.signal(number, told)
    try:
        yield
    finally:
        for number, listener in servers.items():
            if signal.getsignal(number) is told:
                signal.signal(number, listener)


tail = Tail()
