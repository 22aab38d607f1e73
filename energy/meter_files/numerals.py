"""Numbers as people and programs write them: the whole document tells what its commas mean."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from energy.meter_files.errors import BadCell
from energy.meter_files.units import Unit, unit_named

POINT, COMMA = ".", ","
LONGEST = 40
GAPS = re.compile(r"(?<=\d)[\s\u00a0\u2009\u202f'’](?=\d{3})")  # between thousands
WRITTEN = re.compile(r"([+-]?)([\d.,]*\d[\d.,]*(?:e[+-]?\d{1,2})?)\s*([a-z]*)\Z", re.IGNORECASE)
THOUSANDS = re.compile(r"\d{1,3}[.,]\d{3}(?:[.,]\d{3})*(?:[.,]\d+)?\Z")
NOTHING = {"", "-", "--", "–", "—", "?", "n/a", "na", "nan", "null", "none", "k.a.", "#n/a"}
FORMULA = "The value is empty. A formula counts by the result that the program saved with it."


def mark_of(text: str) -> str | None:
    """Tell which decimal mark a number must be written with; None where it can be either or none."""
    found = WRITTEN.match(GAPS.sub("", text.strip()))
    if found is None:
        return None
    digits = found[2]
    points, commas = digits.count(POINT), digits.count(COMMA)
    if points and commas:
        return POINT if digits.rfind(POINT) > digits.rfind(COMMA) else COMMA
    if points + commas == 0:
        return None
    used, other = (POINT, COMMA) if points else (COMMA, POINT)
    if points + commas > 1:
        return other  # it parts thousands
    before, _, after = digits.partition(used)
    thousands = len(after) == 3 and 1 <= len(before) <= 3 and not before.startswith("0")
    return None if thousands else used


def vote(texts: Iterable[str]) -> str | None:
    """Tell which decimal mark most of the numbers must be written with; None where none tells."""
    votes = {POINT: 0, COMMA: 0}
    for text in texts:
        mark = mark_of(text)
        if mark:
            votes[mark] += 1
    if not any(votes.values()):
        return None
    return max(votes, key=lambda mark: votes[mark])


def is_number(cell: object) -> bool:
    """Tell whether a cell holds a number, however it is written."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return False
    if not isinstance(cell, str):
        return True
    found = WRITTEN.match(GAPS.sub("", cell.strip()))
    if found is None:
        return False
    parts = found[2].count(POINT), found[2].count(COMMA)
    return max(parts) <= 1 or bool(THOUSANDS.match(found[2]))  # 01.02.2024 is none


def number(cell: object, mark: str, unit: Unit) -> Decimal:
    """Read a cell; a unit that it bears must be the column's.

    Raises: BadCell.
    """
    if type(cell) is str:
        if len(cell) > LONGEST:
            raise BadCell("The value is no number.")
        if (COMMA if mark == POINT else POINT) in cell:
            return _written(cell, mark, unit)
        text = cell if mark == POINT else cell.replace(COMMA, POINT)
        try:
            value = Decimal(text)
        except InvalidOperation:
            return _written(cell, mark, unit)
    elif type(cell) is float or type(cell) is int:
        value = Decimal(repr(cell))
    else:
        raise BadCell("The value is no number.")
    if not value.is_finite():
        raise BadCell("The value is no number.")
    return value


def _written(cell: str, mark: str, unit: Unit) -> Decimal:
    """Read a number with thousands or a unit in its cell."""
    text = cell.strip()
    if text.lower() in NOTHING:
        raise BadCell(FORMULA if not text else "There is no value.")
    found = WRITTEN.match(GAPS.sub("", text))
    if found is None:
        raise BadCell("The value is no number.")
    sign, digits, said = found.groups()
    if said and unit_named(said) != unit:
        raise BadCell(f"The value is in {said}, its column in {unit}.")
    other = COMMA if mark == POINT else POINT
    whole, _, rest = digits.partition(mark)
    parts = whole.split(other)
    if other in rest or (
        len(parts) > 1 and (not 1 <= len(parts[0]) <= 3 or any(len(p) != 3 for p in parts[1:]))
    ):
        raise BadCell("The value is no number in the way of this file.")
    try:
        return Decimal(f"{sign}{''.join(parts)}.{rest or 0}" if mark in digits else sign + "".join(parts))
    except InvalidOperation as error:
        raise BadCell("The value is no number.") from error
