"""The worker: does jobs, and takes uploads from the queue and has them read in a process of their own.

A reader may hang, eat memory or crash on a hostile file; the worker then ends it and tells
the owner, and goes on with the next upload.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from threading import Event

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone
from django.utils.module_loading import import_string

from core import events, idempotency, jobs, links, pictures, throttle, tokens
from receipts import budget, files, posting, uploads
from receipts.draft import Reading
from receipts.models import Upload
from receipts.readers import Document, PagesRead, ReaderError, Unavailable, Unreadable
from receipts.reading_process import ReadingProcess

logger = logging.getLogger("tillsight.worker")

POLL_SECONDS = 0.5
HEARTBEAT_SECONDS = 1.0
SWEEP_EVERY = timedelta(minutes=10)
JOBS_SECONDS = 5.0  # for jobs at a time: receipts wait behind them


class Stopped(Exception):
    """The worker was told to stop in the middle of a reading."""


class Worker:
    """Take uploads one after the other until `stop` is set."""

    def __init__(self, stop: Event) -> None:
        self.stop = stop
        self.child = ReadingProcess()
        self.swept = datetime.min.replace(tzinfo=UTC)
        self.done = PagesRead(0, 0)  # of the upload in hand

    def run(self) -> None:
        """Work until told to stop; a database that is away is waited for."""
        try:
            while not self.stop.is_set():
                try:
                    busy = self.step()
                except (DatabaseError, InterfaceError):
                    logger.exception("The database is away.")
                    connection.close()
                    busy = False
                if not busy:
                    self.stop.wait(POLL_SECONDS)
        finally:
            self.child.end()

    def step(self) -> bool:
        """Do the jobs that are due, then read one upload if one is due; tell whether there was anything."""
        now = timezone.now()
        if now - self.swept > SWEEP_EVERY:
            self.swept = now
            self.keep_house(now)
        busy = self.do_jobs()
        uploads.reap(now=now)
        upload = uploads.claim(now=now)
        if upload is None:
            return busy
        self.work(upload)
        return True

    def keep_house(self, now: datetime) -> None:
        """Forget what is over, and do what other rooms want done now and then."""
        files.sweep(now=now)
        for room in (events, jobs, links, pictures, throttle, tokens):
            room.sweep(now=now)
        idempotency.sweep()
        for name in settings.HOUSEKEEPING:
            try:
                import_string(name)(now=now)
            except (DatabaseError, InterfaceError):
                raise
            except Exception:
                logger.exception("%s failed; receipts and jobs go on.", name)

    def do_jobs(self) -> bool:
        """Do jobs for a while; tell whether there was one."""
        deadline = time.monotonic() + JOBS_SECONDS
        busy = False
        while not self.stop.is_set() and time.monotonic() < deadline and jobs.run_next():
            busy = True
        return busy

    def work(self, upload: Upload) -> None:
        """Have an upload read and post what comes back."""
        started = time.monotonic()
        try:
            reading = self.read(upload)
            uploads.advance(upload=upload, done=self.done, posting=True)
            duration_ms = int((time.monotonic() - started) * 1000)
            bills = posting.post(upload=upload, reading=reading, duration_ms=duration_ms)
            logger.info("Upload %s gave %s bills in %s ms.", upload.pk, len(bills), duration_ms)
        except Stopped:
            uploads.give_back(upload=upload, now=timezone.now())
        except uploads.LeaseLost:
            logger.warning("Upload %s was taken over by another worker.", upload.pk)
        except ReaderError as error:
            again = not isinstance(error, Unreadable)
            logger.warning("Upload %s was not read: %s", upload.pk, error)
            uploads.fail(upload=upload, reason=str(error), again=again, now=timezone.now())
        except (DatabaseError, InterfaceError):
            raise
        except Exception:
            logger.exception("Upload %s could not be entered.", upload.pk)
            uploads.fail(
                upload=upload, reason="The receipt could not be entered.", again=True, now=timezone.now()
            )

    def read(self, upload: Upload) -> Reading:
        """Have the child read an upload, holding its lease meanwhile.

        Raises: ReaderError, LeaseLost, Stopped.
        """
        try:
            content = files.read(upload)
        except OSError as error:
            raise Unavailable("The stored file could not be opened.") from error
        document = Document(
            content=content,
            content_type=upload.content_type,
            today=upload.created_at.astimezone(upload.store.zone).date(),
            currency=upload.store.currency,
            pages_only=bool(upload.wanted_reader),
        )
        turn = budget.turn(upload)
        pipe = self.child.ask(document, turn.reader)
        try:
            answer = self._await(upload, pipe)
        except BaseException:
            self.child.end()  # it may be busy for long yet, or dead
            raise
        if self.child.memory_mb() > settings.WORKER_MEMORY_MB:
            self.child.end()  # the next one starts small
        if isinstance(answer, ReaderError):
            raise answer
        if not answer.drafts:
            raise Unreadable("No receipt was found on it.")
        return turn.settle(answer)

    def _await(self, upload: Upload, pipe: Connection) -> Reading | ReaderError:
        deadline = time.monotonic() + settings.WORKER_READ_TIMEOUT.total_seconds()
        extended = time.monotonic()
        self.done = told = PagesRead(0, 0)
        while True:
            said = self._said(pipe)
            if isinstance(said, Reading | ReaderError):
                return said
            self.done = said or self.done
            if self.stop.is_set():
                raise Stopped
            if time.monotonic() > deadline:
                raise Unavailable("The reading took too long.")
            if self.child.memory_mb() > 2 * settings.WORKER_MEMORY_MB:
                raise Unreadable("The file takes too much memory to read.")
            if time.monotonic() - extended > HEARTBEAT_SECONDS:
                extended = time.monotonic()
                uploads.extend(upload=upload, now=timezone.now())
                if self.done != told:  # not page by page: a PDF's texts are read by the dozen in a second
                    told = self.done
                    uploads.advance(upload=upload, done=told)

    def _said(self, pipe: Connection) -> Reading | ReaderError | PagesRead | None:
        """Wait a moment for what the child says.

        Raises: Unavailable when it is dead.
        """
        try:
            if not pipe.poll(HEARTBEAT_SECONDS / 4):
                return None
            said: Reading | ReaderError | PagesRead = pipe.recv()
        except (EOFError, OSError) as error:
            raise Unavailable("The reader broke down on this file.") from error
        return said
