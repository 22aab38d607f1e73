"""The files of imports: what is let in, and where it is kept until it is read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import File

from core import storage
from core.errors import Code, Refused
from energy.meter_files.errors import Unreadable
from energy.meter_files.tables import MAX_BYTES, check_archive, kind_of
from energy.models import ReadingImport

FOLDER = "readings"
ORPHAN_AGE = timedelta(hours=1)
HEAD = 4096
NAMELESS = "readings"  # what a file without a name is shown as


@dataclass(frozen=True)
class Kept:
    """A file that is in the storage, whether or not a row names it yet."""

    name: str
    filename: str


def keep(*, file: File[Any], filename: str) -> Kept:
    """Check a file by its head, and a workbook by its directory, and store it under its hash.

    Raises: Refused with FILE_TOO_LARGE, FILE_TYPE, FILE_UNREADABLE or STORAGE_UNAVAILABLE; nothing is
    stored then.
    """
    if file.size > MAX_BYTES:
        raise Refused(Code.FILE_TOO_LARGE, f"The file has more than {MAX_BYTES // 2**20} MB.", "file")
    file.seek(0)
    try:
        kind = kind_of(file.read(HEAD))
    except Unreadable as error:
        raise Refused(Code.FILE_TYPE, str(error), "file") from error
    if kind == "xlsx":
        try:
            check_archive(file)
        except Unreadable as error:
            raise Refused(Code.FILE_UNREADABLE, str(error), "file") from error
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    kept = Kept(f"{FOLDER}/{digest[:2]}/{digest}.{kind}", storage.shown(filename, NAMELESS))
    storage.put(kept.name, file)
    return kept


def sweep(*, now: datetime) -> int:
    """Remove the files that no import waits for and that are older than an hour; count them."""
    return storage.sweep_orphans(FOLDER, before=now - ORPHAN_AGE, named=_waited_for)


def _waited_for(names: list[str]) -> set[str]:
    waiting = (ReadingImport.Status.QUEUED, ReadingImport.Status.PROCESSING)
    return set(
        ReadingImport.objects.filter(file__in=names, status__in=waiting).values_list("file", flat=True)
    )
