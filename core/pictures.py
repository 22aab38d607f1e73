"""Avatars and logos: taken in as photos, kept small, of one format, without what a camera wrote beside them.

A picture is public to whoever knows its name, and no name can be guessed. A picture is never
changed: another one has another name, and the old name is gone.
"""

from __future__ import annotations

import io
import re
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction

from core import storage
from core.errors import Code, Refused
from core.models import Profile, Store

FOLDER = "pictures"
CONTENT_TYPE = "image/webp"
FORMATS = ("JPEG", "PNG", "WEBP")
MAX_BYTES = 2 * 2**20
MAX_PIXELS = 25_000_000  # 100 MB while it is made smaller
SIDE = 512  # pixels
QUALITY = 85  # of 100, as WebP counts
ORPHAN_AGE = timedelta(hours=1)
NAME = re.compile(r"[0-9a-f]{32}\.webp\Z")


def shrink(*, file: File[Any], square: bool) -> bytes:
    """Make a picture of at most 512 × 512 pixels: cut to a square, or as it is with what is see-through.

    Raises: Refused with FILE_TOO_LARGE, FILE_TYPE or FILE_UNREADABLE.
    """
    if file.size > MAX_BYTES:
        raise Refused(Code.FILE_TOO_LARGE, f"The picture has more than {MAX_BYTES // 2**20} MB.", "file")
    file.seek(0)
    return _shrunk(file.read(), square=square)


def _shrunk(content: bytes, *, square: bool) -> bytes:
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                raise _too_many_pixels()
            opened.draft(None, (2 * SIDE, 2 * SIDE))  # a JPEG is decoded no larger than is needed
            upright = ImageOps.exif_transpose(opened)
            plain = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except UnidentifiedImageError as error:
        raise Refused(Code.FILE_TYPE, "Send a picture: JPEG, PNG or WebP.", "file") from error
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except Refused:
        raise
    except Exception as error:  # whatever a decoder makes of a hostile file
        raise Refused(Code.FILE_UNREADABLE, "The picture is damaged.", "file") from error
    if square:
        side = min(SIDE, *plain.size)
        plain = ImageOps.fit(plain, (side, side))
    else:
        plain.thumbnail((SIDE, SIDE))
    bare = Image.new(plain.mode, plain.size)
    bare.paste(plain)  # the pixels alone: not the place, the camera or the profile that came with them
    made = io.BytesIO()
    bare.save(made, "WEBP", quality=QUALITY)
    return made.getvalue()


def _too_many_pixels() -> Refused:
    return Refused(Code.FILE_TOO_LARGE, f"More than {MAX_PIXELS // 10**6} megapixels.", "file")


def keep(content: bytes) -> str:
    """Store a picture and give its name: the file first, the row that names it second.

    Raises: Refused with STORAGE_UNAVAILABLE.
    """
    name = f"{secrets.token_hex(16)}.webp"
    storage.put(_place(name), ContentFile(content), "picture")
    return name


def read(name: str) -> bytes:
    """Read a picture.

    Raises: FileNotFoundError.
    """
    if not NAME.match(name):
        raise FileNotFoundError(name)
    return storage.read(_place(name))


def drop(name: str) -> None:
    """Remove a picture that no row names any more, once the running transaction is committed."""
    if name:
        transaction.on_commit(lambda: default_storage.delete(_place(name)), robust=True)


def sweep(*, now: datetime) -> int:
    """Remove the pictures that no row names and that are older than an hour; count them."""
    return storage.sweep_orphans(FOLDER, before=now - ORPHAN_AGE, named=_named)


def _named(places: list[str]) -> set[str]:
    """Tell which files a row shows, or are none of ours by their names."""
    names = {place.rpartition("/")[2]: place for place in places}
    avatars = Profile.objects.filter(avatar__in=names).values_list("avatar", flat=True)
    logos = Store.objects.filter(logo__in=names).values_list("logo", flat=True)
    foreign = (name for name in names if not NAME.match(name))
    return {names[name] for name in (*avatars, *logos, *foreign)}


def _place(name: str) -> str:
    return f"{FOLDER}/{name[:2]}/{name}"
