"""How a file is written: found out from its first rows, and from the whole of it where they do not tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from datetime import time as time_of_day
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

from energy.meter_files import columns, days, numerals
from energy.meter_files.clock import Clock, day_part
from energy.meter_files.columns import Cells, Role
from energy.meter_files.errors import BadCell, Unreadable
from energy.meter_files.lengths import Length, length_of
from energy.meter_files.tables import Table
from energy.meter_files.units import Unit, unit_in

SAMPLE = 1_000
TITLES = 50  # rows that may stand above the header
MOMENTS = (Role.START, Role.END, Role.TIME)


@dataclass(frozen=True)
class Wanted:
    """What the sender says of the file; nothing said is found out."""

    unit: Unit | None = None
    date_column: str = ""
    value_column: str = ""
    until: datetime | None = None  # what ends later cannot have been read yet


@dataclass(frozen=True)
class Plan:
    """How to read a file; columns are counted from 0."""

    header: Cells
    skip: int  # rows before the first of the data
    date: int
    value: int
    unit: Unit
    mark: str  # between a number's whole and its fraction
    length: Length
    time: int | None = None
    end: int | None = None
    ends_only: bool = False  # the moments are the ends of what was measured
    device: int | None = None
    location: int | None = None
    notes: int | None = None
    unit_assumed: bool = False
    day_first: bool = True
    descending: bool = False

    @property
    def name(self) -> str:
        """What the values are called."""
        return str(self.header[self.value]).strip() if self.value < len(self.header) else ""


def plan(table: Table, zone: ZoneInfo, wanted: Wanted) -> Plan:
    """Find out how a table is written.

    Raises: Unreadable, with what to say to have it read.
    """
    sample = list(islice(table.rows(), SAMPLE + TITLES))
    skip, header = _header(sample, wanted)
    rows = [row for row in sample[skip:] if any(cell not in ("", None) for cell in row)][:SAMPLE]
    if not rows:
        raise Unreadable("There is a header, but no row below it.")
    width = max(map(len, (header, *rows)))
    header = _padded(header, width)
    rows = [_padded(row, width) for row in rows]
    roles = [columns.role_of(cell) for cell in header]
    date, time, end, ends_only = _dates(header, roles, rows, wanted)
    value = _value(header, roles, rows, wanted, {date, time, end})
    unit, assumed = _unit(header[value], roles[value], wanted)
    day_first = _day_first(table, skip, rows, date)
    moments, whole_days = _moments(Clock(zone, day_first=day_first), rows, date, time)
    rising = sum((late > early) - (late < early) for early, late in pairwise(moments))
    return Plan(
        header=header, skip=skip, date=date, value=value, unit=unit, mark=_mark(table, skip, rows, value),
        length=length_of(moments, zone, whole_days=whole_days) if end is None else Length(),
        time=time, end=end, ends_only=ends_only, unit_assumed=assumed, day_first=day_first,
        descending=rising < 0, **_labels(roles),
    )  # fmt: skip


def _padded(row: Cells, width: int) -> Cells:
    return [*row, *[""] * (width - len(row))]


def _moments(clock: Clock, rows: Sequence[Cells], date: int, time: int | None) -> tuple[list[datetime], bool]:
    """Read the sample's moments; tell whether all are the beginnings of days."""
    moments, whole_days = [], True
    for row in rows:
        try:
            moment = clock.moment(row[date], row[time] if time is not None else None)
        except BadCell:
            continue
        moments.append(moment)
        whole_days = whole_days and clock.midnight(moment.astimezone(clock.zone).date())[0] == moment
    if not moments:
        raise Unreadable("No row has a date that can be read.")
    return moments, whole_days


def _labels(roles: Sequence[Role | None]) -> dict[str, int | None]:
    """Find the columns that only say something about a reading."""
    labels = {"device": Role.DEVICE, "location": Role.LOCATION, "notes": Role.NOTES}
    return {name: roles.index(role) if role in roles else None for name, role in labels.items()}


def _is_moment(cell: object) -> bool:
    for day_first in (True, False):
        try:
            Clock(ZoneInfo("UTC"), day_first=day_first).moment(cell)
        except BadCell:
            continue
        return True
    return False


def _is_time(cell: object) -> bool:
    if isinstance(cell, time_of_day):
        return True
    try:
        return isinstance(cell, str) and not numerals.is_number(cell) and days.seconds(cell) >= 0
    except BadCell:
        return False


def _is_date(cell: object) -> bool:
    """Tell whether a cell is a date of itself: a bare number is one only where it is named so."""
    return not isinstance(cell, int | float) and not str(cell).strip().isdecimal() and _is_moment(cell)


def _header(sample: list[Cells], wanted: Wanted) -> tuple[int, Cells]:
    """Find the row that names the columns, and how many rows come before the data."""
    names = [
        name for name in (wanted.date_column, wanted.value_column) if name and not name.strip().isdecimal()
    ]
    for place, row in enumerate(sample[:TITLES]):
        known = {columns.role_of(cell) for cell in row if isinstance(cell, str) and not _is_date(cell)} - {
            None
        }
        folded = {columns.folded(cell) for cell in row if isinstance(cell, str)}
        said = [name for name in names if columns.folded(name) in folded]
        if len(said) + len(known) >= 2 or (names and len(said) == len(names)):
            return place + 1, row
    for place, row in enumerate(sample[:TITLES]):
        if any(map(_is_date, row)) and any(map(numerals.is_number, row)):
            above = sample[place - 1] if place else ()
            return (place, above) if any(isinstance(cell, str) and cell for cell in above) else (place, ())
    raise Unreadable("No row holds a date and a number.")


def _dates(
    header: Cells, roles: Sequence[Role | None], rows: Sequence[Cells], wanted: Wanted
) -> tuple[int, int | None, int | None, bool]:
    """Find the columns of the moment, the time of day beside it, and the end."""
    dated = columns.holding(_is_date, rows)
    if wanted.date_column:
        date = columns.find(header, wanted.date_column, "date")
    elif dated:
        date = dated[0]
    else:
        counted = [place for place in columns.holding(_is_moment, rows) if roles[place] in MOMENTS]
        if not counted:
            raise Unreadable("No column reads as dates: name the one that does.")
        date = counted[0]
    time = next((place for place in columns.holding(_is_time, rows) if place not in (date, *dated)), None)
    end = next((place for place in dated if place != date and roles[place] == Role.END), None)
    return date, time, end, end is None and roles[date] == Role.END


def _value(
    header: Cells, roles: Sequence[Role | None], rows: Sequence[Cells], wanted: Wanted, taken: set[int | None]
) -> int:
    if wanted.value_column:
        return columns.find(header, wanted.value_column, "value")
    among = [place for place in columns.holding(numerals.is_number, rows) if place not in taken]
    return columns.value(header, roles, among)


def _unit(name: object, role: Role | None, wanted: Wanted) -> tuple[Unit, bool]:
    """Give the unit, and whether nothing but habit says so."""
    unit = wanted.unit or unit_in(str(name))
    if unit is None and role == Role.POWER:
        raise Unreadable(f"The column {str(name)[:40]!r} holds power but not its unit: name W, kW or kWmin.")
    return unit or Unit.KWH, unit is None


def _mark(table: Table, skip: int, rows: Sequence[Cells], place: int) -> str:
    """Find the decimal mark by vote; where no number tells, it is what the delimiter leaves over."""
    texts = [cell for row in rows if isinstance(cell := row[place], str)]
    if not any(mark in text for text in texts for mark in (numerals.POINT, numerals.COMMA)):
        texts = []
    told = numerals.vote(texts) or next(
        filter(None, map(numerals.mark_of, _texts(table, skip, place, texts))), None
    )
    if told:
        return told
    comma = any(numerals.COMMA in text for text in texts)
    return numerals.COMMA if (comma or not texts) and table.delimiter not in ("", ",") else numerals.POINT


def _day_first(table: Table, skip: int, rows: Sequence[Cells], place: int) -> bool:
    """Find out whether the day stands before the month: by days above 12, else by the smoother run."""
    texts = [day_part(cell) for row in rows if isinstance(cell := row[place], str)]
    told = Counter(order for text in texts if (order := days.order_of(text)) is not None)
    if told:
        return told[True] >= told[False]
    if not any(days.either(text) for text in texts):
        return True
    later = (days.order_of(day_part(text)) for text in _texts(table, skip, place, texts))
    order = next((order for order in later if order is not None), None)
    return days.smoother(list(dict.fromkeys(texts))) if order is None else order


def _texts(table: Table, skip: int, place: int, sample: Sequence[str]) -> Iterator[str]:
    """Go through the texts of a column in the whole table; through none where the sample has none."""
    if sample:
        for row in islice(table.rows(), skip, None):
            if place < len(row) and isinstance(cell := row[place], str):
                yield cell
