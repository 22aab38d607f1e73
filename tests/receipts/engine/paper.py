"""Receipts for the tests: written as lines of text, laid out as boxes or drawn as pictures."""

import io
import re
from collections.abc import Sequence
from datetime import date

from PIL import Image, ImageDraw, ImageFont

from receipts.draft import Draft, Source
from receipts.engine.boxes import Box, Page, Place
from receipts.engine.reading import drafts_of

TODAY = date(2025, 11, 22)
LETTER, HEIGHT, LEADING = 12.0, 14.0, 30.0  # points: as wide as 40 letters a line

GROCER = """
GREEN VALLEY MARKET SDN BHD
12 Jalan Bukit, 50450 Kuala Lumpur
Tel: 03-2123 4567
TAX INVOICE
Invoice No: INV-20458
Date: 14/03/2018  17:42
Description          Qty  Price  Amount
Basmati Rice 5kg       1  28.90   28.90
Olive Oil 1L           2  19.50   39.00
Bananas                3   1.20    3.60
Sub Total                         71.50
GST 6%                             4.29
Rounding                           0.01
TOTAL                      RM     75.80
CASH                             100.00
CHANGE                            24.20
THANK YOU
"""

BAKER = """
ROSA BAKERY ENTERPRISE
7 Lorong Damai, 10450 Penang
Date: 02/05/2018  08:15
Croissant              2   4.50    9.00
White Bread            1   5.20    5.20
TOTAL                  RM         14.20
CASH                              20.00
CHANGE                             5.80
"""
PHARMACY = """
KLINIK SENTOSA PHARMACY SDN BHD
88 Jalan Ampang, 50450 Kuala Lumpur
Bill No: B-7731
Date: 11/06/2018  19:03
Vitamin C 60s          1  32.00   32.00
Plasters               2   3.75    7.50
TOTAL                  RM         39.50
VISA                              39.50
"""
# Three papers on one table: where the left top corner of each lies in pixels, and by how much it is turned.
TRIO = ((GROCER, (60, 60), 4), (BAKER, (720, 90), -5), (PHARMACY, (90, 1150), 3))
TABLE = (1400, 1900)


def page(text: str, *, number: int = 1, lean: float = 0.0) -> Page:
    """Lay lines out as boxes, a new box after two spaces; `lean` is the slope of every line."""
    boxes = []
    for row, line in enumerate(text.strip("\n").splitlines()):
        for run in re.finditer(r"\S+(?: \S+)*", line):
            left, right = run.start() * LETTER, run.end() * LETTER
            top = row * LEADING + lean * (left + right) / 2
            place = Place(
                left / 1000, min(max(top / 3000, 0), 1), right / 1000, min(max((top + HEIGHT) / 3000, 0), 1)
            )
            boxes.append(Box(run[0], left, top, right, top + HEIGHT, lean, 0.99, place))
    return Page(number=number, boxes=tuple(boxes), source=Source.OCR)


def draft(text: str, **known: str) -> Draft:
    """Read the one receipt on the lines."""
    drafts = drafts_of([page(text)], today=TODAY, currency=known.get("currency"))
    assert len(drafts) == 1
    return drafts[0]


def picture(text: str, *, size: int = 22) -> Image.Image:
    """Draw lines on white paper, columns where the text has them."""
    lines = text.strip("\n").splitlines()
    step = size * 0.62
    paper = Image.new("RGB", (int(step * 48), int(size * 1.7 * (len(lines) + 2))), "white")
    pen, font = ImageDraw.Draw(paper), ImageFont.load_default(size)
    for row, line in enumerate(lines):
        for run in re.finditer(r"\S+(?: \S+)*", line):
            spot = (size + run.start() * step, size * 1.7 * (row + 1))
            if run.start() and run.end() == len(line):  # a last column ends at the right
                spot = (size + run.end() * step - pen.textlength(run[0], font), spot[1])
            pen.text(spot, run[0], fill="black", font=font)
    return paper


def table(papers: Sequence[tuple[str, tuple[int, int], float]]) -> tuple[bytes, list[Place]]:
    """Take a photo of papers on a table; the places are those that hold each paper."""
    photo, places = Image.new("RGB", TABLE, (96, 84, 70)), []
    for text, (left, top), degrees in papers:
        paper = picture(text, size=20).convert("RGBA").rotate(degrees, Image.Resampling.BICUBIC, expand=True)
        photo.paste(paper, (left, top), paper)
        edges = (left, top, left + paper.width, top + paper.height)
        places.append(Place(*(edge / full for edge, full in zip(edges, TABLE * 2, strict=True))))
    return saved(photo, "JPEG", quality=88), places


def saved(paper: Image.Image, form: str = "PNG", **options: object) -> bytes:
    """Return the bytes of a picture file."""
    file = io.BytesIO()
    paper.save(file, form, **options)
    return file.getvalue()


def pdf(*pages: str) -> bytes:
    """Write a PDF whose pages hold their lines as text, by hand: the smallest that is one."""
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Courier >>",
    ]
    kids = []
    for text in pages:
        shown = "".join(
            f"BT /F1 10 Tf {20 + run.start() * 6} {780 - row * 14} Td ({_escaped(run[0])}) Tj ET\n"
            for row, line in enumerate(text.strip("\n").splitlines())
            for run in re.finditer(r"\S+(?: \S+)*", line)
        )
        objects.append(f"<< /Length {len(shown)} >>\nstream\n{shown}endstream")
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    written, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(written))
        written += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    written += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    written += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(written) - len('xref') - len(table) - 0}\n%%EOF\n"
    return written.encode("latin-1")


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
