"""A process of its own for readers: they may hang, eat memory or crash on a hostile file.

It is spawned by importing this module alone, which therefore touches no model.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from receipts.draft import Reading
from receipts.readers import Document, ReaderError, Unavailable

logger = logging.getLogger("tillsight.reader")

PAGE_BYTES = 4096


class ReadingProcess:
    """The process that reads, made on first need and kept while it behaves."""

    def __init__(self) -> None:
        self.process: SpawnProcess | None = None
        self.pipe: Connection | None = None

    def ask(self, document: Document, reader: str) -> Connection:
        if self.process is None or not self.process.is_alive():
            self.end()
            context = multiprocessing.get_context("spawn")
            self.pipe, other = context.Pipe()
            self.process = context.Process(target=serve, args=(other,), daemon=True)
            self.process.start()
            other.close()
        assert self.pipe is not None
        self.pipe.send((document, reader))
        return self.pipe

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.join()
        if self.pipe is not None:
            self.pipe.close()
        self.process = self.pipe = None

    def memory_mb(self) -> int:
        """Tell how much memory the process holds now; 0 where the system does not say."""
        try:
            assert self.process is not None
            return int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE_BYTES // 2**20
        except (OSError, AssertionError):
            return 0


def serve(pipe: Connection) -> None:
    """Read documents as they come through the pipe, until it closes; tell how far it is, then the reading."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    import django

    django.setup()
    from receipts.engine.looks import looks_of
    from receipts.readers import choice

    while True:
        try:
            document, reader = pipe.recv()
        except (EOFError, OSError):  # the worker is gone
            return
        try:
            document = replace(document, tell=pipe.send)
            answer: Reading | ReaderError = choice.read(document, reader=reader).model_copy(
                update={"looks": looks_of(document.content)}
            )
        except ReaderError as error:
            answer = error
        except Exception:
            logger.exception("A reader failed.")
            answer = Unavailable("The reader failed on this file.")
        try:
            pipe.send(answer)
        except OSError:
            return
