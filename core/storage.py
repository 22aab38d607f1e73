"""Files on the local disk that survive a power cut once they are acknowledged."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


class DurableFileSystemStorage(FileSystemStorage):
    """Write whole files or none: to a temporary name, flushed to the disk, then renamed in place.

    A file saved under a name that exists replaces it; names are hashes of the content, so the
    bytes are the same and only their age is renewed.
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
            os.replace(made, target)
        except BaseException:
            Path(made).unlink(missing_ok=True)
            raise
        # A name lasts once the folder that holds it is on the disk: so too the names of new folders.
        for folder in (target.parent, *(new.parent for new in made_now)):
            flush(folder)
        return name


def flush(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
