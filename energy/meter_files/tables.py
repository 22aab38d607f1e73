"""Opening a file: which kind it is, what is refused before anything is unpacked, and its rows one by one.

Of a workbook's formulas the results are read that were saved with them; nothing is computed.
"""

from __future__ import annotations

import csv
import io
import struct
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from core.encodings import MARKS_OF_UTF_16, encoding_of
from energy.meter_files.errors import Unreadable

MAX_BYTES = 25 * 2**20
MAX_ROWS = 500_000
MAX_COLUMNS = 500
MAX_SHEETS = 20
MAX_ENTRIES = 1_000
MAX_DIRECTORY = 256 * 1024  # bytes
MAX_UNPACKED = 300 * 2**20
MAX_RATIO = 100  # of what is unpacked to what is packed; sheets of meters reach 10 to 30
SMALL = 2**20  # what unpacks to less does no harm at any ratio
CHUNK = 2**20
END_OF_DIRECTORY = struct.Struct("<4s4H2LH")
DELIMITERS = ";\t,|"
TOO_MANY = f"The file has more than {MAX_ROWS:,} rows: split it."


@dataclass(frozen=True)
class Table:
    """Rows that can be gone through again; `first` is the number that the file gives the first of them."""

    rows: Callable[[], Iterator[Sequence[object]]]
    total: int  # about
    delimiter: str = ""
    first: int = 1
    name: str = ""


def kind_of(head: bytes) -> str:
    """Tell by its first bytes whether a file is a workbook or text.

    Raises: Unreadable for anything else.
    """
    if not head:
        raise Unreadable("The file is empty.")
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unreadable("An old or a protected workbook: save it as .xlsx without a password, or as CSV.")
    if head.startswith(MARKS_OF_UTF_16):
        return "csv"
    if b"\x00" in head or head.startswith((b"PK", b"%PDF", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff")):
        raise Unreadable("This is neither a workbook (.xlsx) nor CSV.")
    return "csv"


def check_archive(file: IO[bytes]) -> None:
    """Refuse, by its directory alone, a workbook that is damaged, holds macros, or unpacks to too much.

    Raises: Unreadable.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - 65_557))
    tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) < place + END_OF_DIRECTORY.size:
        raise Unreadable("The workbook is damaged: its end is missing.")
    _, _, _, _, entries, directory, _, _ = END_OF_DIRECTORY.unpack_from(tail, place)
    if entries > MAX_ENTRIES or directory > MAX_DIRECTORY:
        raise Unreadable("The workbook has too many parts.")
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, UnicodeError) as error:
        raise Unreadable("The workbook is damaged.") from error
    _check_members(members)


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    names = [member.filename.lower() for member in members]
    if any("vbaproject" in name or "macrosheets" in name for name in names):
        raise Unreadable("The workbook holds macros: save it as .xlsx without them.")
    if "[content_types].xml" not in names or "xl/workbook.xml" not in names:
        raise Unreadable("This archive is no workbook (.xlsx).")
    if any(member.flag_bits & 1 for member in members):
        raise Unreadable("The workbook is under a password.")
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED:
        raise Unreadable("The workbook unpacks to too much.")
    for member in members:
        if member.file_size > SMALL and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise Unreadable("The workbook unpacks to far more than it should: it is refused as a bomb.")


def tables(content: bytes) -> Iterator[Table]:
    """Open what is in a file: CSV is one table, a workbook one for each sheet in sight.

    Raises: Unreadable.
    """
    if len(content) > MAX_BYTES:
        raise Unreadable(f"The file has more than {MAX_BYTES // 2**20} MB.")
    if kind_of(content[:4096]) == "csv":
        yield _text(content)
    else:
        yield from _sheets(content)


def _text(content: bytes) -> Table:
    encoding = _encoding(content)
    with io.TextIOWrapper(io.BytesIO(content), encoding, newline="") as opened:
        sample = opened.read(65_536)
    lines = content.count(b"\n") + 1
    if lines > 2 * MAX_ROWS:
        raise Unreadable(TOO_MANY)
    delimiter = _delimiter(sample)

    def rows() -> Iterator[Sequence[object]]:
        with io.TextIOWrapper(io.BytesIO(content), encoding, newline="") as opened:
            reader = csv.reader(opened, delimiter=delimiter, skipinitialspace=True)
            try:
                yield from reader
            except (csv.Error, UnicodeError) as error:
                raise Unreadable(f"The file cannot be read as CSV behind row {reader.line_num}.") from error

    return Table(rows, lines, delimiter)


def _encoding(content: bytes) -> str:
    encoding = encoding_of(content)
    if encoding is None:
        raise Unreadable("This is neither a workbook (.xlsx) nor CSV: its letters are in no known encoding.")
    return encoding


def _delimiter(sample: str) -> str:
    """Take what stands equally often in most lines, in doubt what stands oftener."""
    lines = [line for line in sample.splitlines()[:200] if line.strip()]

    def evenness(delimiter: str) -> tuple[int, int]:
        counts = [len(next(csv.reader([line], delimiter=delimiter), ())) for line in lines]
        most = max(set(counts), key=counts.count, default=1)
        return (counts.count(most) if most > 1 else 0, most)

    try:
        return max(DELIMITERS, key=evenness)
    except csv.Error as error:
        raise Unreadable("The file cannot be read as CSV.") from error


def _sheets(content: bytes) -> Iterator[Table]:
    import python_calamine

    file = io.BytesIO(content)
    check_archive(file)
    _check_sheets(file)
    file.seek(0)
    try:
        shown = python_calamine.SheetVisibleEnum.Visible
        book = python_calamine.load_workbook(file)
        seen = [sheet.name for sheet in book.sheets_metadata if sheet.visible == shown][:MAX_SHEETS]
        for name in seen:
            sheet = book.get_sheet_by_name(name)
            if sheet.height and sheet.width <= MAX_COLUMNS:
                start = sheet.start or (0, 0)
                yield Table(sheet.iter_rows, sheet.height, first=start[0] + 1, name=name)
    except python_calamine.CalamineError as error:
        raise Unreadable("The workbook is damaged.") from error


def _check_sheets(file: io.BytesIO) -> None:
    """Unpack each sheet once, a piece at a time: its size is what the directory says, its rows are few.

    Raises: Unreadable.
    """
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            if not member.filename.lower().startswith("xl/worksheets/"):
                continue
            rows, kept = 0, b""
            try:
                with archive.open(member) as sheet:
                    while piece := sheet.read(CHUNK):
                        rows += (kept + piece).count(b"<row")
                        kept = piece[-3:]
            except (zipfile.BadZipFile, EOFError, ValueError, OSError, NotImplementedError) as error:
                raise Unreadable("The workbook is damaged.") from error
            except Exception as error:  # zlib.error and what else a decoder makes of it
                raise Unreadable("The workbook is damaged.") from error
            if rows > MAX_ROWS + 100:
                raise Unreadable(TOO_MANY)
