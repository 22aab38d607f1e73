"""`manage.py extract PATH…`: read receipts from files and print what is on them, a JSON object a line."""

import json
import mimetypes
import multiprocessing
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from receipts.draft import Draft, Line
from receipts.readers import Document, ReaderError, einvoice
from receipts.readers.choice import held, reader_named

Record = dict[str, Any]
Read = Callable[[Path], list[Record]]


class Command(BaseCommand):
    help = "Read receipts from files or folders; prints one JSON object a line for each receipt found."
    requires_system_checks = ()  # they would load the whole schema, which this never needs

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "paths", nargs="+", type=Path, metavar="PATH", help="a picture, a PDF, or a folder of them"
        )
        parser.add_argument("--reader", default="local", help="which reader to use (local)")
        parser.add_argument(
            "--fast", action="store_true", help="read with the smallest models: quicker, more letters wrong"
        )
        parser.add_argument("--jobs", type=int, default=1, help="how many files to read at once (1)")

    def handle(self, *, paths: list[Path], reader: str, jobs: int, fast: bool, **options: Any) -> None:
        try:
            reader_named(reader)
        except ValueError as error:
            raise CommandError(str(error)) from error
        files = list(files_in(paths))
        read = partial(read_file, reader=reader, today=timezone.localdate(), fast=fast or None)
        failed = False
        with tqdm(total=len(files), unit="file", file=sys.stderr, dynamic_ncols=True) as progress:
            for records in _read_all(files, read, jobs):
                for record in records:
                    failed = failed or "error" in record
                    self.stdout.write(json.dumps(record, ensure_ascii=False))
                self.stdout.flush()
                progress.update()
        if failed:
            sys.exit(1)


def files_in(paths: Iterable[Path]) -> Iterator[Path]:
    """Yield the files named, and those of folders that can be receipts, in order."""
    # Not above: it knows the models, and the processes that read load none.
    from receipts.files import SUFFIXES

    for path in paths:
        if path.is_dir():
            yield from sorted(
                file for file in path.rglob("*") if file.is_file() and file.suffix.lower() in SUFFIXES
            )
        else:
            yield path


def _read_all(files: list[Path], read: Read, jobs: int) -> Iterator[list[Record]]:
    """Yield the records of each file as it is read; by several processes in the order they finish."""
    if jobs <= 1:
        yield from (read(file) for file in files)
        return
    left = list(files)
    while left:
        done: set[Path] = set()
        try:
            for file, records in _in_pool(left, read, jobs):
                done.add(file)
                yield records
        except BrokenProcessPool:
            # A process was killed under a file. Whichever it was, the next in line is read alone and
            # reported; the rest gets a new pool.
            left = [file for file in left if file not in done]
            suspect = left.pop(0)
            yield _alone(suspect, read)
            continue
        left = []


def _in_pool(files: list[Path], read: Read, jobs: int) -> Iterator[tuple[Path, list[Record]]]:
    with ProcessPoolExecutor(max_workers=jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        waiting: dict[Future[list[Record]], Path] = {pool.submit(read, file): file for file in files}
        for future in as_completed(waiting):
            yield waiting[future], future.result()


def _alone(file: Path, read: Read) -> list[Record]:
    try:
        return next(records for _, records in _in_pool([file], read, jobs=1))
    except BrokenProcessPool:
        return [{"file": str(file), "error": "The process that read the file was killed."}]


def read_file(file: Path, *, reader: str, today: date, fast: bool | None) -> list[Record]:
    """Read one file; whatever happens, the answer is records."""
    began = time.perf_counter()
    try:
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        document = Document(
            content=file.read_bytes(),
            content_type=einvoice.XML if kind == "text/xml" else kind,
            today=today,
        )
        reading = einvoice.read(document) or reader_named(reader, fast=fast).read(document)
        drafts = held(reading, document).drafts
    except (ReaderError, OSError) as error:
        return [{"file": str(file), "error": str(error)}]
    except Exception as error:  # one bad file must not end the run
        return [{"file": str(file), "error": f"{type(error).__name__}: {error}"}]
    seconds = round(time.perf_counter() - began, 3)
    return [_record(file, draft, seconds) for draft in drafts]


def _record(file: Path, draft: Draft, seconds: float) -> Record:
    fields = ("merchant", "address", "date", "time", "number", "currency", "subtotal", "tax", "tip", "total")
    return {
        "file": str(file),
        "part": draft.part,
        **{field: _text(getattr(draft, field)) for field in fields},
        "items": [_item(line) for line in draft.items],
        "category": draft.category,
        "verified": draft.verified,
        "confidence": draft.confidence,
        "seconds": seconds,
    }


def _item(line: Line) -> Record:
    return {
        "description": line.description,
        "quantity": _text(line.quantity),
        "unit_price": _text(line.unit_price),
        "total": _text(line.total),
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)
