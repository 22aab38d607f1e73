"""Tables as files that spreadsheets open. A text is never taken for a formula."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from typing import IO, Any

from insights.tables import Cell, Column, Row, written

BATCH = 500  # rows written at a time
MAX_SHEET_ROWS = 20_000  # some seconds of work: a sheet is written whole before it is sent
IN_MEMORY = 4 * 1024 * 1024  # bytes; a larger sheet goes to the disk
# What a formula may start with, after OWASP's "CSV Injection".
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_of(columns: Sequence[Column], rows: Iterable[Row]) -> Iterator[bytes]:
    """Write a table as CSV after RFC 4180, some rows at a time: UTF-8, with the mark that Excel looks for."""
    heads: Row = tuple(column.title for column in columns)
    lines, mark = chain([heads], rows), "\ufeff"
    while some := list(islice(lines, BATCH)):
        text = io.StringIO()
        csv.writer(text).writerows([_harmless(cell) for cell in row] for row in some)
        yield (mark + text.getvalue()).encode()
        mark = ""


def _harmless(cell: Cell) -> str:
    """Write a value; a text that a spreadsheet would compute gets an apostrophe before it."""
    text = written(cell)
    return f"'{text}" if isinstance(cell, str) and text.lstrip("'").startswith(FORMULAS) else text


def xlsx_of(columns: Sequence[Column], rows: Iterable[Row]) -> IO[bytes]:
    """Write a table as a workbook of one sheet, at its start."""
    from openpyxl import Workbook  # a second of loading that only a download needs
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet("Report")
    sheet.freeze_panes = "A2"

    def cell(value: Cell) -> Any:
        if isinstance(value, bool):
            return written(value)
        if isinstance(value, datetime):
            return value.replace(tzinfo=None)  # a workbook knows no zones
        if not isinstance(value, str):
            return value
        made = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub(" ", value))
        made.data_type = "s"  # a text, whatever it starts with
        return made

    heads = [cell(column.title) for column in columns]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    for row in rows:
        sheet.append([cell(value) for value in row])
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 (whoever sends it closes it)
    book.save(file)
    file.seek(0)
    return file
