"""A program that stands alone: a spreadsheet on standard input, its first sheet as JSON on standard output.

An .xlsx is a zip of a few MB that may unpack to anything, into a grid of any size: so it is opened in a
process that may hold little memory and compute for a few seconds, and that dies alone.
"""

import contextlib
import io
import json
import math
import resource
import sys

from python_calamine import CalamineError, CalamineWorkbook

MEMORY = 768 * 2**20
SECONDS = 20
MAX_CHARACTERS = 50_000_000  # of all cells together: a text that is stored once may stand in every cell
TOO_MUCH = 3  # the exit codes
DAMAGED = 4


def main(rows: int, columns: int) -> int:
    """Write at most so many rows and columns; cells are texts."""
    with contextlib.suppress(ValueError, OSError):  # where the system knows no such limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())).get_sheet_by_index(0)
        found = sheet.to_python(skip_empty_area=False, nrows=rows)
    except (CalamineError, IndexError):
        return DAMAGED
    except MemoryError:
        return TOO_MUCH
    left = MAX_CHARACTERS
    texts = []
    for row in found:
        texts.append([text(cell) for cell in row[:columns]])
        left -= sum(map(len, texts[-1]))
        if left < 0:
            return TOO_MUCH
    json.dump(texts, sys.stdout)
    return 0


def text(cell: object) -> str:
    """Write a cell as one would type it: 2.50 is 2.5, and a barcode has no point."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        whole = math.isfinite(cell) and cell == int(cell) and abs(cell) < 10**15
        return str(int(cell)) if whole else f"{cell:.15g}"
    return str(cell)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
