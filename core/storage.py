"""Files that survive a power cut once they are acknowledged, and are removed when nothing names them."""

from __future__ import annotations

import filecmp
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, default_storage

from core.errors import Code, Refused

logger = logging.getLogger("tillsight.files")

READ_ONLY = 0o400
BATCH = 500  # names asked about at a time


class DurableFileSystemStorage(FileSystemStorage):
    """Write whole files or none: to a temporary name, flushed to the disk, then renamed in place.

    A file is not written over by the bytes that it has: only its age is renewed.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: File[Any]) -> str:
        target = Path(self.path(name))
        made_now = [folder for folder in target.parents if not folder.exists()]
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=target.parent, prefix=".incoming-")
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if target.exists() and filecmp.cmp(made, target, shallow=False):
                os.unlink(made)
                os.utime(target)
                return name
            os.chmod(made, READ_ONLY)
            os.replace(made, target)
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise
        # A name lasts once the folder that holds it is on the disk: so too the names of new folders.
        for folder in (target.parent, *(new.parent for new in made_now)):
            flush(folder)
        return name

    def aged(self, folder: str) -> Iterator[tuple[str, datetime]]:
        """Name the files two folders below a folder, each with the moment since when it is there."""
        for found in Path(self.path(folder)).glob("*/*"):
            with suppress(FileNotFoundError):  # a twin has swept it
                since = datetime.fromtimestamp(found.stat().st_mtime, UTC)
                yield f"{folder}/{found.parent.name}/{found.name}", since


def flush(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def put(name: str, file: File[Any], what: str = "file") -> None:
    """Put a file's bytes in place, renewing their age where they are there already.

    Raises: Refused with STORAGE_UNAVAILABLE.
    """
    file.seek(0)
    try:
        default_storage.save(name, file)
    except OSError as error:
        logger.exception("The storage took no %s.", what)
        message = f"The {what} could not be stored. Try again later."
        raise Refused(Code.STORAGE_UNAVAILABLE, message, "file") from error


def make_sure(name: str, file: File[Any]) -> None:
    """Put a file again that a sweeper took just before a row named it; asked after the row is committed.

    Raises: Refused with STORAGE_UNAVAILABLE.
    """
    try:
        there = default_storage.exists(name)
    except OSError:
        logger.warning("The storage does not say whether it has %s, which it took.", name, exc_info=True)
        return
    if not there:
        put(name, file)


def read(name: str) -> bytes:
    """Read a file's bytes.

    Raises: FileNotFoundError.
    """
    with default_storage.open(name) as file:
        content: bytes = file.read()
    return content


def shown(filename: str, otherwise: str) -> str:
    """Give a sender's name of a file as it can be shown."""
    return "".join(filter(str.isprintable, filename))[-255:] or otherwise


def sweep_orphans(folder: str, *, before: datetime, named: Callable[[list[str]], set[str]]) -> int:
    """Remove the files two folders below `folder` that are older than `before` and in no row; count them.

    `named` tells, of some names, which a row holds. A storage that is out of reach is swept another time.
    """
    removed = 0
    storage: Any = default_storage
    try:
        # Asked for their age first: a file that comes in now is young before a row names it.
        old = [name for name, since in storage.aged(folder) if since < before]
        for start in range(0, len(old), BATCH):
            some = old[start : start + BATCH]
            kept = named(some)
            for name in some:
                # Asked for its age again: the same bytes may have come in since.
                if name not in kept and _older(name, before):
                    default_storage.delete(name)
                    removed += 1
    except OSError:
        logger.exception("The storage cannot be swept.")
    return removed


def _older(name: str, moment: datetime) -> bool:
    try:
        modified: datetime = default_storage.get_modified_time(name)
    except FileNotFoundError:  # a twin has swept it
        return False
    return modified < moment
