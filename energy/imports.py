"""Files of readings into the books: queued with their file, read by a worker, each row once.

Readings are entered in batches, each in one transaction with the count of the rows that are
done. Whoever takes over from a dead worker goes on behind the last batch; whoever was taken over
finds the count changed and stops.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import audit, fields, jobs, storage
from core.errors import Code, Refused
from core.models import Store, User
from energy import import_files
from energy.destinations import NAMELESS, Destinations
from energy.import_files import Kept
from energy.meter_files.errors import Unreadable
from energy.meter_files.plans import Plan, Wanted
from energy.meter_files.rows import MAX_ERRORS, Batch
from energy.meter_files.units import Unit
from energy.meter_process import Found, read_apart
from energy.models import Device, ReadingImport

logger = logging.getLogger("tillsight.imports")

Status = ReadingImport.Status
AT_REST = (Status.COMPLETED, Status.FAILED)
MAX_ATTEMPTS = 5
MAX_NAME = 100
AHEAD = timedelta(days=1)  # by which the clock of a meter may be wrong
Watch = Callable[[ReadingImport], object]
JOB = "reading_import"


class TakenOver(Exception):
    """Another worker goes on with the import."""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the sender says of a file; what is left out is found out."""

    device: Device | None = None
    device_name: str = ""  # of a device to find or to enter
    unit: str = ""
    date_column: str = ""
    value_column: str = ""
    dry_run: bool = False


def check(*, store: Store, said: Said) -> None:
    """Look at what the sender says before the file is kept.

    Raises: Refused with NOT_FOUND for a device of another store, INVALID for one without a meter or a name
    that is too long.
    """
    if said.device is not None and said.device.store_id != store.pk:
        raise Refused(Code.NOT_FOUND, "There is no such device in this store.", "device")
    if said.device is not None and not said.device.metered:
        raise Refused(Code.INVALID, "This device is said to have no meter: change that first.", "device")
    fields.short(said.device_name, MAX_NAME, "device")
    fields.short(said.date_column, MAX_NAME, "dateColumn")
    fields.short(said.value_column, MAX_NAME, "valueColumn")


@transaction.atomic
def take_in(*, store: Store, by: User, kept: Kept, said: Said) -> ReadingImport:
    """Queue a stored file of readings.

    Raises: Refused as `check` does.
    """
    row = enter(store=store, by=by, filename=kept.filename, file=kept.name, said=said)
    jobs.enqueue(JOB, {"import": row.pk})
    return row


@transaction.atomic
def enter(*, store: Store, by: User | None, filename: str, said: Said, file: str = "") -> ReadingImport:
    """Note that a file is to be read, without queueing it.

    Raises: Refused as `check` does.
    """
    check(store=store, said=said)
    row: ReadingImport = ReadingImport.objects.create(
        store=store, user=by, filename=filename, file=file, **vars(said)
    )
    if not said.dry_run:
        audit.record(store=store, by=by, action="readings.import", node=row, after={"filename": filename})
    return row


def process(payload: Mapping[str, Any]) -> None:
    """Do the job of an import."""
    row = ReadingImport.objects.select_related("store", "device", "user").filter(pk=payload["import"]).first()
    if row is not None and row.status not in AT_REST:
        try:
            carry_out(row=row, content=storage.read(row.file))
        except FileNotFoundError:
            _fail(row, "The stored file is gone: send it again.")
    import_files.sweep(now=timezone.now())


def carry_out(*, row: ReadingImport, content: bytes, watch: Watch | None = None) -> None:
    """Read a file to its end and enter what is new; `watch` is told of each step."""
    try:
        try:
            _begin(row)
            _read(row, content, watch)
            _finish(row)
        except Unreadable as error:
            behind = " The rows before it are in the books." if row.imported and not row.dry_run else ""
            _fail(row, f"{error}{behind}")
    except TakenOver:
        logger.warning("Import %s was taken over by another worker.", row.pk)


def _begin(row: ReadingImport) -> None:
    """Start or go on; a dry run, which leaves nothing to go on from, begins anew."""
    if row.attempts >= MAX_ATTEMPTS:
        raise Unreadable("The import broke off several times.")
    counts = dict.fromkeys(("rows_done", "imported", "duplicates", "differing", "skipped"), 0)
    anew = {**counts, "kwh": "0", "row_errors": []}
    _write(row, status=Status.PROCESSING, attempts=row.attempts + 1, **(anew if row.dry_run else {}))


def _read(row: ReadingImport, content: bytes, watch: Watch | None) -> None:
    destinations = Destinations(row)
    wanted = Wanted(
        unit=Unit(row.unit) if row.unit else None,
        date_column=row.date_column,
        value_column=row.value_column,
        until=timezone.now() + AHEAD,
    )
    for said in read_apart(content, row.store.timezone, wanted):
        if isinstance(said, Found):
            destinations.name = row.device_name or said.plan.name[:100] or NAMELESS
            _write(row, rows_total=said.total, format=_described(said.plan))
        elif said.done > row.rows_done:
            _enter(row, said, destinations)
        if watch is not None:
            watch(row)


@transaction.atomic
def _enter(row: ReadingImport, batch: Batch, destinations: Destinations) -> None:
    """Enter a batch together with the count of its rows."""
    added = destinations.take(batch.rows)
    _write(
        row,
        rows_done=batch.done,
        imported=row.imported + added.imported,
        duplicates=row.duplicates + added.duplicates,
        differing=row.differing + added.differing,
        skipped=row.skipped + batch.skipped,
        kwh=str(Decimal(row.kwh) + added.kwh),
        row_errors=[*row.row_errors, *(list(error) for error in batch.errors)][:MAX_ERRORS],
    )


def _finish(row: ReadingImport) -> None:
    """End an import that has read something.

    Raises: Unreadable where no row could be read.
    """
    if not row.imported and not row.duplicates:
        number, reason = row.row_errors[0] if row.row_errors else (0, "")
        said = f" Row {number}: {reason}" if reason else ""
        raise Unreadable(f"No row of the file could be read.{said}")
    _write(
        row,
        status=Status.COMPLETED,
        rows_done=max(row.rows_done, row.rows_total),
        completed_at=timezone.now(),
    )


def _fail(row: ReadingImport, reason: str) -> None:
    _write(row, status=Status.FAILED, error=reason[:500], completed_at=timezone.now())


def _write(row: ReadingImport, **changes: Any) -> None:
    """Change the row as long as nobody else goes on with it.

    Raises: TakenOver.
    """
    held = ReadingImport.objects.filter(pk=row.pk, attempts=row.attempts, rows_done=row.rows_done)
    if not held.exclude(status__in=AT_REST).update(**changes, updated_at=timezone.now()):
        raise TakenOver
    for name, value in changes.items():
        setattr(row, name, value)


def _described(plan: Plan) -> dict[str, Any]:
    """Say what a file turned out to be."""

    def named(place: int | None) -> str | None:
        return None if place is None else str(plan.header[place]).strip() or f"{place + 1}"

    return {
        "date_column": named(plan.date),
        "time_column": named(plan.time),
        "end_column": named(plan.end),
        "value_column": named(plan.value),
        "device_column": named(plan.device),
        "unit": plan.unit.value,
        "unit_assumed": plan.unit_assumed,
        "decimal_mark": plan.mark,
        "day_first": plan.day_first,
        "interval": str(plan.length),
    }
