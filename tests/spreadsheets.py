"""Spreadsheets as people send them: CSV, and .xlsx drawn by hand, honest or hostile."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

from django.core.files.uploadedfile import SimpleUploadedFile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
PARTS = {
    "[Content_Types].xml": f"""<Types xmlns="{PACKAGE}/content-types">
      <Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
      <Default Extension="xml" ContentType="application/xml"/></Types>""",
    "_rels/.rels": f"""<Relationships xmlns="{PACKAGE}/relationships">
      <Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>""",
    "xl/workbook.xml": f"""<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">
      <sheets><sheet name="Sheet1" sheetId="1" r:id="r1"/></sheets></workbook>""",
    "xl/_rels/workbook.xml.rels": f"""<Relationships xmlns="{PACKAGE}/relationships">
      <Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>""",
}
Cell = str | int | float | bool | None


def csv(text: str, encoding: str = "utf-8") -> SimpleUploadedFile:
    return SimpleUploadedFile("table.csv", text.encode(encoding), content_type="text/csv")


def xlsx(*rows: Sequence[Cell]) -> SimpleUploadedFile:
    """Draw a sheet; a text that begins with = is a formula of which the value is 7."""
    drawn = (
        f'<row r="{number}">{"".join(_cell(place, number, cell) for place, cell in enumerate(row))}</row>'
        for number, row in enumerate(rows, start=1)
    )
    return package(f"<sheetData>{''.join(drawn)}</sheetData>")


def package(content: str, parts: dict[str, str] | None = None) -> SimpleUploadedFile:
    drawn = io.BytesIO()
    with zipfile.ZipFile(drawn, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**PARTS, **(parts or {})}.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
        archive.writestr("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{MAIN}">{content}</worksheet>')
    return SimpleUploadedFile("table.xlsx", drawn.getvalue())


def bomb(megabytes: int) -> SimpleUploadedFile:
    """Draw a small file that unpacks to a large one: one cell over and over."""
    drawn = io.BytesIO()
    with zipfile.ZipFile(drawn, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in PARTS.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'<worksheet xmlns="{MAIN}"><sheetData>'.encode())
            for part in _many(b"<row><c><v>1</v></c></row>" * 40_000, megabytes):
                sheet.write(part)
            sheet.write(b"</sheetData></worksheet>")
    return SimpleUploadedFile("table.xlsx", drawn.getvalue())


def _many(part: bytes, megabytes: int) -> Iterable[bytes]:
    return (part for _ in range(megabytes * 2**20 // len(part)))


def _cell(place: int, number: int, value: Cell) -> str:
    at = f"{chr(ord('A') + place)}{number}"
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{at}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str) and value.startswith("="):
        return f'<c r="{at}"><f>{escape(value[1:])}</f><v>7</v></c>'
    if isinstance(value, str):
        return f'<c r="{at}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{at}"><v>{value!r}</v></c>'
