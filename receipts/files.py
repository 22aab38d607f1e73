"""The files of uploads: what is let in, where it is kept, and who may fetch it."""

from __future__ import annotations

import hashlib
import io
import re
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from django.conf import settings
from django.core import signing
from django.core.files.base import File

from core import storage
from core.errors import Code, Refused
from core.models import User
from core.roles import Permission
from receipts.einvoice import reading
from receipts.einvoice.trees import Broken
from receipts.models import Upload

pdfium = threading.Lock()  # the library is not safe to use by several threads at once

FOLDER = "receipts"
MAX_PIXELS = 50_000_000
MAX_PAGES = 50
ORPHAN_AGE = timedelta(hours=1)
SALT = "receipts.files"
EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/heic": "heic",
    "application/pdf": "pdf",
    "application/xml": "xml",
}
SUFFIXES = {
    ".jpg",
    ".jpeg",
    ".png",
    ".webp",
    ".heic",
    ".heif",
    ".pdf",
    ".xml",
}  # as files are named elsewhere
PICTURE_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP", "image/heic": "HEIF"}
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")

# An invoice's outermost element, where no declaration is before it; UTF-16 is looked at without its zeros.
XML = re.compile(
    rb"(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s*"
    rb"<(\?xml\s|([\w.-]+:)?(CrossIndustryInvoice|Invoice|CreditNote)\s)"
)


@dataclass(frozen=True)
class Kept:
    """A file that is in the storage, whether or not a row names it yet."""

    name: str
    sha256: str
    size: int
    content_type: str
    filename: str


def content_type_of(head: bytes) -> str | None:
    """Tell by its first bytes what a file is; None for what no receipt comes in."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS:
        return "image/heic"
    if b"%PDF-" in head[:1024]:
        return "application/pdf"
    if XML.match(head.replace(b"\x00", b"")):
        return "application/xml"
    return None


def keep(*, file: File[Any], filename: str) -> Kept:
    """Check a file and store it under its hash.

    Raises: Refused with FILE_TOO_LARGE, FILE_TYPE, FILE_UNREADABLE or STORAGE_UNAVAILABLE; nothing is
    stored then.
    """
    size = file.size
    if size > settings.RECEIPT_MAX_BYTES:
        limit = settings.RECEIPT_MAX_BYTES // 2**20
        raise Refused(Code.FILE_TOO_LARGE, f"The file has more than {limit} MB.", "file")
    file.seek(0)
    content_type = content_type_of(file.read(1024))
    if content_type is None:
        raise Refused(
            Code.FILE_TYPE, "Send a photo (JPEG, PNG, WebP or HEIC), a PDF or an XML invoice.", "file"
        )
    file.seek(0)
    _check_extent(file, content_type)
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    kept = Kept(
        name=f"{FOLDER}/{digest[:2]}/{digest}.{EXTENSIONS[content_type]}",
        sha256=digest,
        size=size,
        content_type=content_type,
        filename=storage.shown(filename, "receipt"),
    )
    storage.put(kept.name, file)
    return kept


def _check_extent(file: File[Any], content_type: str) -> None:
    """Refuse pictures and documents that would cost too much to read, by their headers alone."""
    try:
        if content_type == "application/pdf":
            if _pages_of_pdf(file.read()) > MAX_PAGES:
                raise Refused(Code.FILE_TOO_LARGE, f"The PDF has more than {MAX_PAGES} pages.", "file")
            return
        if content_type == "application/xml":
            _check_invoice(file.read())
            return
        pixels = _pixels_of_picture(io.BytesIO(file.read()), PICTURE_FORMATS[content_type])
    except Refused:
        raise
    except Exception as error:  # whatever a decoder makes of a hostile file
        raise Refused(Code.FILE_UNREADABLE, "The file is damaged or protected.", "file") from error
    if pixels > MAX_PIXELS:
        raise Refused(
            Code.FILE_TOO_LARGE, f"The picture has more than {MAX_PIXELS // 10**6} megapixels.", "file"
        )


def _check_invoice(content: bytes) -> None:
    """Refuse XML that is no invoice by its first element; what is in it is read by a worker."""
    try:
        known = reading.is_invoice(content)
    except Broken as error:
        raise Refused(Code.FILE_UNREADABLE, str(error), "file") from error
    if not known:
        raise Refused(Code.FILE_TYPE, "This XML is no invoice in UBL or CII.", "file")


def _pages_of_pdf(content: bytes) -> int:
    import pypdfium2

    with pdfium, pypdfium2.PdfDocument(content) as document:
        pages = len(document)
    if not pages:
        raise ValueError("A PDF without pages.")
    return pages


def _pixels_of_picture(file: BinaryIO, format: str) -> int:
    import pillow_heif
    from PIL import Image

    pillow_heif.register_heif_opener()
    try:
        with Image.open(file, formats=[format]) as picture:
            return picture.width * picture.height
    except Image.DecompressionBombError:  # the library's own limit, which is above ours
        return MAX_PIXELS + 1


def read(upload: Upload) -> bytes:
    """Read the bytes of an upload."""
    return storage.read(upload.file)


def sign(*, upload: Upload, user: User) -> str:
    """Make a ticket that lets `user` fetch the file of `upload` for some minutes."""
    return signing.dumps([upload.pk, user.pk], salt=SALT)


def signed(ticket: str) -> Upload | None:
    """Find the upload of a ticket that is not too old, if its holder still may see it."""
    try:
        upload, user = signing.loads(ticket, salt=SALT, max_age=settings.FILE_URL_LIFETIME)
    except signing.BadSignature:
        return None
    holder = User.objects.get_queryset().filter(pk=user, is_active=True).first()
    if holder is None:
        return None
    found: Upload | None = Upload.objects.visible_to(holder, Permission.BILL_VIEW).filter(pk=upload).first()
    return found


def sweep(*, now: datetime) -> int:
    """Remove the files that no upload names and that are older than an hour; count them."""
    return storage.sweep_orphans(FOLDER, before=now - ORPHAN_AGE, named=_named)


def _named(names: list[str]) -> set[str]:
    return set(Upload.objects.filter(file__in=names).values_list("file", flat=True))
