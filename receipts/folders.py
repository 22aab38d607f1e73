"""A folder that receipts are put into: each whole file comes in once, whatever ends the program meanwhile."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from django.conf import settings
from django.core.files.base import ContentFile, File

from core import storage
from core.errors import Code, Refused
from core.models import Store, User
from receipts import files, uploads

SETTLED_SECONDS = 2.0  # since a file was last written to: whoever writes it has ended
PATIENCE = 30  # times longer is waited for the rest of a file that looks cut off
END_OF_XML = re.compile(rb"</([\w.-]+:)?(CrossIndustryInvoice|Invoice|CreditNote)\s*>")

Stamp = tuple[int, int]  # its size, and when it was last written to


class Fate(Enum):
    NEW = "new"
    KNOWN = "known"
    REFUSED = "refused"
    WRITTEN = "still being written"


@dataclass(frozen=True)
class Told:
    """What became of a file, and why it was refused."""

    path: Path
    fate: Fate
    reason: str = ""


@dataclass
class Folder:
    """Looks through a folder and those in it; what it remembers saves work, and is nothing to be lost."""

    path: Path
    store: Store
    by: User | None = None
    settled: float = SETTLED_SECONDS  # seconds
    done: dict[Path, Stamp] = field(default_factory=dict)
    seen: dict[Path, tuple[Stamp, float]] = field(default_factory=dict)

    def waiting(self) -> list[Path]:
        """List the files that have not been looked at since they were last written to, in order."""
        found = (file for file in self.path.rglob("*") if file.suffix.lower() in files.SUFFIXES)
        return sorted(
            file
            for file in found
            if not file.name.startswith(".") and (stamp := _stamp(file)) and self.done.get(file) != stamp
        )

    def look(self) -> Iterator[Told]:
        """Take in what is whole, a file at a time; one that is still being written waits for the next look.

        Raises: Refused with STORAGE_UNAVAILABLE.
        """
        for file in self.waiting():
            try:
                told = self._take(file)
            except OSError as error:  # gone, or not ours to read
                told = Told(file, Fate.REFUSED, f"It cannot be read: {error.strerror}.")
            if told.fate != Fate.WRITTEN and (stamp := _stamp(file)):
                self.done[file] = stamp
                self.seen.pop(file, None)
            yield told

    def _take(self, file: Path) -> Told:
        stamp = _stamp(file)
        if not stamp or not self._still(file, stamp, self.settled):
            return Told(file, Fate.WRITTEN)
        if stamp[0] > settings.RECEIPT_MAX_BYTES:
            with file.open("rb") as opened:
                return self._enter(file, File(opened))  # refused before it is read
        content = file.read_bytes()
        whole = not cut_off(content) or self._still(file, stamp, self.settled * PATIENCE)
        if _stamp(file) != stamp or not whole:
            return Told(file, Fate.WRITTEN)
        if uploads.known(store=self.store, sha256=hashlib.sha256(content).hexdigest()):
            return Told(file, Fate.KNOWN)
        return self._enter(file, ContentFile(content))

    def _still(self, file: Path, stamp: Stamp, seconds: float) -> bool:
        """Tell whether nobody has written to a file for so long, by its own clock or by ours."""
        now = time.time()
        if self.seen.get(file, (None, 0.0))[0] != stamp:
            self.seen[file] = stamp, now
        return now - min(stamp[1] / 1e9, self.seen[file][1]) >= seconds

    def _enter(self, file: Path, content: File[bytes]) -> Told:
        try:
            kept = files.keep(file=content, filename=file.name)  # the file first, the row second
        except Refused as refusal:
            if refusal.code == Code.STORAGE_UNAVAILABLE:
                raise
            return Told(file, Fate.REFUSED, refusal.message)
        _, known = uploads.take_in(store=self.store, by=self.by, kept=kept)
        storage.make_sure(kept.name, content)
        return Told(file, Fate.KNOWN if known else Fate.NEW)


def _stamp(file: Path) -> Stamp | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def cut_off(content: bytes) -> bool:
    """Tell whether a file lacks the end that its kind has; some that are whole lack it too."""
    kind = files.content_type_of(content[:1024])
    if kind == "image/jpeg":
        return b"\xff\xd9" not in content[-1024:]
    if kind == "image/png":
        return b"IEND" not in content[-64:]
    if kind == "image/webp":
        return int.from_bytes(content[4:8], "little") + 8 > len(content)
    if kind == "application/pdf":
        return b"%%EOF" not in content[-1024:]
    if kind == "application/xml":
        return not END_OF_XML.search(content[-1024:].replace(b"\x00", b""))
    return kind == "image/heic" and not _ends_with_a_box(content)


def _ends_with_a_box(content: bytes) -> bool:
    """Follow the boxes of an ISO base media file (ISO/IEC 14496-12, 4.2) to its end."""
    place = 0
    while place < len(content):
        size = int.from_bytes(content[place : place + 4], "big")
        if size == 1:
            size = int.from_bytes(content[place + 8 : place + 16], "big")
        if size == 0:  # to the end, wherever that is
            return True
        place += max(size, 8)
    return place == len(content)
