"""Readings, row by row: what can be read goes on, what cannot is named with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from energy.meter_files.clock import Clock
from energy.meter_files.columns import Cells
from energy.meter_files.errors import BadCell, Unreadable
from energy.meter_files.numerals import number
from energy.meter_files.plans import Plan, Wanted, plan
from energy.meter_files.tables import MAX_ROWS, TOO_MANY, Table, tables
from energy.meter_files.units import kwh

BATCH = 10_000
MAX_ERRORS = 100  # of those said one by one
LONGEST = timedelta(days=32)  # the books do not look further back for what reaches into a day
LABEL = 100  # characters


class Row(NamedTuple):
    """What one row measured; in UTC, kWh to a millionth."""

    start: datetime
    end: datetime
    kwh: Decimal
    device: str = ""
    location: str = ""
    notes: str = ""


@dataclass
class Batch:
    """Some rows of a file; `done` counts those of the file up to its end."""

    done: int = 0
    rows: list[Row] = field(default_factory=list)
    skipped: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list)  # the first ones: row number, reason


def read(content: bytes, zone: ZoneInfo, wanted: Wanted) -> tuple[Table, Plan, Iterator[Batch]]:
    """Read a file: the first of its tables in which dates and numbers stand.

    Raises: Unreadable, at once or in the middle of the batches.
    """
    problem = Unreadable("No sheet of the workbook holds anything.")
    for place, table in enumerate(tables(content)):
        try:
            found = plan(table, zone, wanted)
        except Unreadable as error:
            problem = problem if place else error
            continue
        return table, found, batches(table, found, zone, wanted.until)
    raise problem


def batches(table: Table, plan: Plan, zone: ZoneInfo, until: datetime | None = None) -> Iterator[Batch]:
    """Read a table in batches that are the same each time."""
    take = reader(plan, zone, until)
    batch, left, done = Batch(), MAX_ERRORS, 0
    for number_, cells in enumerate(table.rows(), table.first):
        done = number_ - table.first + 1
        if done <= plan.skip:
            continue
        if done - plan.skip > MAX_ROWS:
            raise Unreadable(TOO_MANY)
        try:
            batch.rows.append(take(cells))
        except BadCell as error:
            if all(cell in ("", None) for cell in cells):
                continue
            batch.skipped += 1
            if left:
                left -= 1
                batch.errors.append((number_, str(error)))
        if len(batch.rows) + batch.skipped >= BATCH:
            batch.done = done
            yield batch
            batch = Batch()
    batch.done = max(table.total, done)
    yield batch


def reader(plan: Plan, zone: ZoneInfo, until: datetime | None = None) -> Callable[[Cells], Row]:
    """Make the function that reads one row; it remembers the rows before, for the doubled hour."""
    clock = Clock(zone, day_first=plan.day_first, descending=plan.descending)
    ending = Clock(zone, day_first=plan.day_first, descending=plan.descending)
    labels = (plan.device, plan.location, plan.notes)
    labelled = any(place is not None for place in labels)
    step = timedelta(seconds=plan.length.seconds)
    date, time, value, mark, unit = plan.date, plan.time, plan.value, plan.mark, plan.unit

    def bounds(cells: Cells, series: str) -> tuple[datetime, datetime]:
        moment = clock.moment(cells[date], None if time is None else cells[time], series)
        if plan.end is not None:
            end = ending.moment(cells[plan.end], None, series)
            if not moment < end <= moment + LONGEST:
                raise BadCell(
                    "It ends before it starts." if end <= moment else "It lasts longer than a month."
                )
            return moment, end
        if plan.ends_only:
            return plan.length.start(moment, clock), moment
        return moment, moment + step if step else plan.length.end(moment, clock)

    def take(cells: Cells) -> Row:
        try:
            said = [_label(cells, place) for place in labels] if labelled else ()
            start, end = bounds(cells, said[0] if said else "")
            amount = number(cells[value], mark, unit)
        except (IndexError, OverflowError) as error:
            raise BadCell(
                "The row is too short." if isinstance(error, IndexError) else "There is no date."
            ) from error
        if until is not None and end > until:
            raise BadCell("It ends in the future.")
        return Row(start, end, kwh(amount, unit, (end - start).total_seconds()), *said)

    return take


def _label(cells: Cells, place: int | None) -> str:
    if place is None or place >= len(cells):
        return ""
    return "".join(filter(str.isprintable, str(cells[place]).strip()))[:LABEL]
