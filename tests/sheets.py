"""Files of readings drawn for a test: CSV and workbooks, well meant and hostile."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from itertools import zip_longest

import openpyxl

TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
</Types>"""
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
ROOT_RELS = f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
BOOK_RELS = f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{RELATION}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
BOOK = f'<workbook xmlns="{MAIN}" xmlns:r="{RELATION}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'


def csv(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\n".join((*lines, "")).encode(encoding)


def workbook(*rows: Sequence[object], title: str = "Readings") -> bytes:
    """Write a workbook as a spreadsheet program does."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in rows:
        sheet.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def lines(content: bytes) -> list[dict[str, object]]:
    """Read a workbook as another program does."""
    header, *rows = openpyxl.load_workbook(io.BytesIO(content), read_only=True).active.values
    return [dict(zip_longest(map(str, header), row)) for row in rows]


def parts(sheet: bytes | Iterable[bytes], **more: bytes) -> bytes:
    """Put a workbook together from its one sheet's XML, and what else is to be in it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", ROOT_RELS)
        archive.writestr("xl/workbook.xml", BOOK)
        archive.writestr("xl/_rels/workbook.xml.rels", BOOK_RELS)
        for name, content in more.items():
            archive.writestr(name.replace("__", "/").replace("_bin", ".bin"), content)
        with archive.open("xl/worksheets/sheet1.xml", "w") as file:
            for piece in [sheet] if isinstance(sheet, bytes) else sheet:
                file.write(piece)
    return made.getvalue()


def sheet(*cells: str) -> bytes:
    """Write a sheet of one column, each cell as XML."""
    rows = "".join(f'<row r="{place}">{cell}</row>' for place, cell in enumerate(cells, 1))
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()


def bomb() -> bytes:
    """Unpack to 200 MB, from 200 KB."""
    head = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
    return parts(iter([head, *[b" " * 2**20] * 200, b"</sheetData></worksheet>"]))


def a_million_rows() -> bytes:
    """Hold a million rows in 64 KB, more or less."""
    row = b'<row><c t="n"><v>1</v></c></row>'
    piece = row * 10_000
    head = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
    return parts(iter([head, *[piece] * 100, b"</sheetData></worksheet>"]))


def a_far_cell() -> bytes:
    """Have two cells in opposite corners: 17 billion between them."""
    return parts(
        sheet('<c r="A1"><v>1</v></c>').replace(
            b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
        )
    )


def lying() -> bytes:
    """Say in the directory that a sheet is small which is large."""
    made = parts(iter([b"<worksheet>", b" " * 2**22]))
    size = (11 + 2**22).to_bytes(4, "little")
    return made.replace(size, (1000).to_bytes(4, "little"))


def macros() -> bytes:
    return parts(sheet(), xl__vbaProject_bin=b"macro")


def with_formulas(*, kept: str = "") -> bytes:
    """Compute each value; `kept` is the result that was saved with the formula."""
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>2024-01-0{n - 1}</t></is></c>'
        f'<c r="B{n}"><f>1+{n}</f>{f"<v>{kept}</v>" if kept else ""}</c></row>'
        for n in range(2, 6)
    )
    head = '<row r="1"><c r="A1" t="inlineStr"><is><t>Date</t></is></c><c r="B1" t="inlineStr"><is><t>kWh</t></is></c></row>'
    return parts(f'<worksheet xmlns="{MAIN}"><sheetData>{head}{rows}</sheetData></worksheet>'.encode())
