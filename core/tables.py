"""Tables that people keep in spreadsheets: a CSV or .xlsx file into rows of named cells."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.files.base import File

from core.encodings import encoding_of
from core.errors import Code, Refused

MAX_BYTES = 5 * 2**20
MAX_ROWS = 20_000
MAX_COLUMNS = 100
SECONDS = 30
MAX_NUMBER = 40
DELIMITERS = ",;\t|"
ZIP = b"PK\x03\x04"
SHEETS = Path(__file__).with_name("sheets.py")
NUMBER = re.compile(r"[^\d.,=-]*(-?[\d.,]*\d)[^\d.,]*\Z")
THOUSANDS = re.compile(r"-?\d{1,3}([.,])\d{3}(\1\d{3})*\Z")
GUARDED = re.compile(r"'+[=+\-@＝＋－＠]")  # a text that a spreadsheet would compute, as our reports write it
YES = {"yes", "y", "true", "1", "x", "ja"}
NO = {"no", "n", "false", "0", "nein"}

Names = Mapping[str, Sequence[str]]  # fields, and how else people call them


@dataclass(frozen=True)
class Row:
    number: int  # as a spreadsheet counts: the header is 1
    cells: dict[str, str]  # what is said, by field
    whole: bool = True  # whether it has no more cells than the header


@dataclass(frozen=True)
class Table:
    rows: list[Row]
    ignored: list[str]  # columns that mean nothing here


def read(*, file: File[Any], names: Names) -> Table:
    """Read the columns that `names` knows, under a header in the first row; empty rows are passed over.

    Raises: Refused with FILE_TYPE, FILE_TOO_LARGE, FILE_UNREADABLE, or INVALID for a header.
    """
    if file.size > MAX_BYTES:
        raise Refused(Code.FILE_TOO_LARGE, f"The file has more than {MAX_BYTES // 2**20} MB.", "file")
    file.seek(0)
    content = file.read()
    rows = _of_spreadsheet(content) if content.startswith(ZIP) else _of_text(content)
    if not rows or not any(rows[0]):
        raise Refused(Code.INVALID, "The first row must name the columns.", "file")
    if len(rows) > MAX_ROWS + 1:
        raise Refused(Code.FILE_TOO_LARGE, f"The file has more than {MAX_ROWS} rows.", "file")
    if len(rows[0]) > MAX_COLUMNS:
        raise Refused(Code.FILE_TOO_LARGE, f"More than {MAX_COLUMNS} columns.", "file")
    return _under_header(rows, names)


def _of_spreadsheet(content: bytes) -> list[list[str]]:
    command = [sys.executable, "-I", str(SHEETS), str(MAX_ROWS + 2), str(MAX_COLUMNS + 1)]
    try:
        done = subprocess.run(  # noqa: S603 (our own program)
            command, input=content, capture_output=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _unreadable() from error
    if done.returncode:  # what it says, or the signal that it died of
        raise _unreadable()
    rows: list[list[str]] = json.loads(done.stdout)
    return rows


def _unreadable() -> Refused:
    return Refused(Code.FILE_UNREADABLE, "The spreadsheet is damaged, protected, or far too large.", "file")


def _of_text(content: bytes) -> list[list[str]]:
    text = _decoded(content)
    if "\x00" in text:
        raise Refused(Code.FILE_TYPE, "Send a CSV file or a spreadsheet in the format .xlsx.", "file")
    first, _, rest = text.partition("\n")
    if named := re.fullmatch(r"sep=(.)\r?", first):  # Excel's own way to say it
        text, delimiter = rest, named[1]
    else:
        delimiter = max(DELIMITERS, key=first.count)
    try:
        rows = islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), MAX_ROWS + 2)
        return [[cell[1:] if GUARDED.match(cell) else cell for cell in row] for row in rows]
    except csv.Error as error:
        raise Refused(Code.FILE_UNREADABLE, f"The file cannot be read as CSV: {error}.", "file") from error


def _decoded(content: bytes) -> str:
    try:
        if encoding := encoding_of(content):
            return content.decode(encoding)
    except UnicodeDecodeError:  # a mark of UTF-16 before something else
        pass
    raise Refused(Code.FILE_TYPE, "The text is in no known encoding: save it as UTF-8.", "file")


def _under_header(rows: list[list[str]], names: Names) -> Table:
    header = [name.strip() for name in rows[0]]
    known = {_plain(name): field for field, others in names.items() for name in (field, *others)}
    fields = [known.get(_plain(name)) for name in header]
    for place, field in enumerate(fields):
        if field and field in fields[:place]:
            first = header[fields.index(field)]
            message = f"The columns {first!r} and {header[place]!r} mean the same."
            raise Refused(Code.INVALID, message, "file")
    if not any(fields):
        raise Refused(Code.INVALID, "The first row must name the columns, such as: name, price.", "file")
    found = [
        Row(
            number,
            {
                field: text
                for field, cell in zip(fields, cells, strict=False)
                if field and (text := cell.strip())
            },
            whole=not any(cell.strip() for cell in cells[len(header) :]),
        )
        for number, cells in enumerate(rows[1:], start=2)
        if any(cell.strip() for cell in cells)
    ]
    ignored = [name for name, field in zip(header, fields, strict=True) if name and not field]
    return Table(found, ignored)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).lower()


def number(text: str, *field: str) -> Decimal:
    """Read a number as people write it: 1,234.50, 1.234,50, 1'234.50 or € 2,50.

    A single point or comma stands before the decimals: what could be a thousand is rather an error.

    Raises: Refused with INVALID.
    """
    match = NUMBER.match(re.sub(r"[\s'’]", "", text)) if len(text) <= MAX_NUMBER else None
    whole, point, decimals = _parted(match[1]) if match else ("", "", "")
    if not match or (re.search("[.,]", whole) and not THOUSANDS.match(whole)):
        raise Refused(Code.INVALID, f"{text[:MAX_NUMBER]!r} is no number.", *field)
    return Decimal(re.sub("[.,]", "", whole) + point + decimals)


def _parted(digits: str) -> tuple[str, str, str]:
    """Part a number at its last mark, unless this stands there several times: it groups thousands then."""
    mark = digits[max(digits.rfind("."), digits.rfind(","))]
    if mark not in ".," or digits.count(mark) > 1:
        return digits, "", ""
    whole, _, decimals = digits.rpartition(mark)
    return whole, ".", decimals


def truth(text: str, *field: str) -> bool:
    """Read yes or no.

    Raises: Refused with INVALID.
    """
    if text.lower() not in YES | NO:
        raise Refused(Code.INVALID, f"{text[:40]!r} is neither yes nor no.", *field)
    return text.lower() in YES
