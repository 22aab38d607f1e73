"""Documents drawn for a test: real bytes of every kind that is let in, and of some that are not."""

from __future__ import annotations

import io
import itertools
import struct
import zlib

import pillow_heif
import pypdfium2
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "HEIF": "image/heic",
    "PDF": "application/pdf",
}
_numbers = itertools.count(1)


def document(format: str = "PNG") -> bytes:
    """Draw a small document, no two alike."""
    number = next(_numbers)
    if format == "PDF":
        return pdf(1, width=200 + number)
    pillow_heif.register_heif_opener()
    picture = Image.new("RGB", (120, 80), "white")
    draw = ImageDraw.Draw(picture)
    draw.text((5, 5), f"TOTAL {number}", fill="black")
    for bit in range(16):  # told apart even where compression blurs the text
        if number >> bit & 1:
            draw.rectangle((bit * 7, 40, bit * 7 + 6, 79), fill="black")
    made = io.BytesIO()
    picture.save(made, format=format)
    return made.getvalue()


def pdf(pages: int, *, width: float = 200) -> bytes:
    with pypdfium2.PdfDocument.new() as made:
        for _ in range(pages):
            made.new_page(width, 300)
        out = io.BytesIO()
        made.save(out)
    return out.getvalue()


def pdf_without_pages() -> bytes:
    return _pdf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>")


def encrypted_pdf() -> bytes:
    """Write a PDF under a password that nobody knows."""
    lock = f"<< /Filter /Standard /V 1 /R 2 /P -4 /O <{'12' * 32}> /U <{'34' * 32}> >>"
    pages = "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    page = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 300] >>"
    return _pdf(
        "<< /Type /Catalog /Pages 2 0 R >>", pages, page, lock, trailer="/Encrypt 4 0 R /ID [<00> <00>]"
    )


def _pdf(*objects: str, trailer: str = "") -> bytes:
    body, places = b"%PDF-1.4\n", []
    for number, written in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n{written}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    end = f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\n"
    return body + end.encode() + f"startxref\n{len(body)}\n%%EOF\n".encode()


def png_that_claims(width: int, height: int) -> bytes:
    """Write some hundred bytes that say they are a picture of this size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def sent(
    content: bytes, name: str = "photo.png", content_type: str = "application/octet-stream"
) -> SimpleUploadedFile:
    """Wrap bytes as the file of a form."""
    return SimpleUploadedFile(name, content, content_type)
