"""A process of its own for files of readings: a hostile one may hang it or eat its memory, and nothing else.

It is spawned by importing this module alone, which therefore touches no model and no setting.
"""

from __future__ import annotations

import multiprocessing
import resource
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from zoneinfo import ZoneInfo

from energy.meter_files.errors import Unreadable
from energy.meter_files.plans import Plan, Wanted
from energy.meter_files.rows import Batch, read

MEMORY = 400 * 2**20  # bytes; a sheet of 500,000 rows takes less than half of it
SECONDS = 300.0  # for the next batch
CPU_SECONDS = 600
POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Found:
    """What a file turned out to be."""

    plan: Plan
    total: int  # rows, about


def read_apart(content: bytes, zone: str, wanted: Wanted) -> Iterator[Found | Batch]:
    """Have a file read by a process that lives for it alone: first what it is, then its rows in batches.

    Raises: Unreadable, also when the process is at its limits.
    """
    context = multiprocessing.get_context("spawn")
    pipe, other = context.Pipe()
    process = context.Process(target=serve, args=(other,), daemon=True)
    process.start()
    other.close()
    try:
        pipe.send((content, zone, wanted))
        del content
        while (said := _next(pipe)) is not None:
            if isinstance(said, Unreadable):
                raise said
            yield said
    except (EOFError, OSError) as error:
        raise Unreadable("The file takes too much memory or time to read.") from error
    finally:
        process.kill()
        process.join()
        pipe.close()


def _next(pipe: Connection) -> Found | Batch | Unreadable | None:
    deadline = time.monotonic() + SECONDS
    while not pipe.poll(POLL_SECONDS):
        if time.monotonic() > deadline:
            raise Unreadable("The file takes too long to read.")
    said: Found | Batch | Unreadable | None = pipe.recv()
    return said


def serve(pipe: Connection) -> None:
    """Read the one file that comes through the pipe, within limits of memory and time."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        content, zone, wanted = pipe.recv()
        table, plan, batches = read(content, ZoneInfo(zone), wanted)
        pipe.send(Found(plan, table.total))
        for batch in batches:
            pipe.send(batch)
        pipe.send(None)
    except Unreadable as error:
        pipe.send(error)
    except MemoryError:
        pipe.send(Unreadable("The file takes too much memory to read."))
