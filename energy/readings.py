"""Enter what meters have read, and correct it: the first word of a reading is never lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from django.db import transaction

from core import audit
from core.errors import Code, Refused
from core.fields import number, short
from core.models import User
from energy.models import KWH_DIGITS, KWH_PLACES, LONGEST_READING, Device, Reading

Quality = Reading.Quality
MAX_BATCH = 1_000
MAX_NOTES = 500
MAX_LOCATION = 100
EARLIEST, LATEST = 1970, 9998  # years that can be counted with
AHEAD = timedelta(days=1)  # by which the clock of a meter may be wrong
KWH = (KWH_DIGITS - KWH_PLACES, KWH_PLACES)


@dataclass(frozen=True)
class NewReading:
    start: datetime
    end: datetime
    kwh: Decimal
    quality: Quality = Quality.MEASURED
    location: str = ""
    notes: str = ""


@dataclass(frozen=True)
class Recorded:
    """What of a batch is new; `differing` of the `duplicates` say another amount than what counts."""

    imported: int
    duplicates: int
    differing: int


@transaction.atomic
def record(
    *, device: Device, by: User | None, rows: Sequence[NewReading], now: datetime, source: str = ""
) -> Recorded:
    """Enter a device's readings, all or none; what the device has from the same start on stays as it is.

    Raises: Refused with INVALID, or CONFLICT where two would count the same time.
    """
    # The device is held, so that of two batches the second sees what the first has entered.
    device = Device.objects.select_for_update(of=("self",)).select_related("store").get(pk=device.pk)
    new = _checked(device, rows, now)
    if not new:
        return Recorded(0, 0, 0)
    there = _around(device, [row.start for row in new])
    fresh: dict[datetime, NewReading] = {}
    for row in new:
        if row.start not in there:
            fresh.setdefault(row.start, row)
    _check_apart(there, fresh, rows)
    Reading.objects.bulk_create(
        (
            Reading(store_id=device.store_id, device=device, source=source, entered_by=by, **vars(row))
            for row in fresh.values()
        ),
        ignore_conflicts=True,  # an import may have entered one meanwhile
    )
    first = min(row.start for row in new).astimezone(device.store.zone).date()
    Device.objects.filter(pk=device.pk, in_use_from__gt=first).update(in_use_from=first)
    if fresh:
        after = {"readings": len(fresh), "kwh": str(sum(row.kwh for row in fresh.values())), "source": source}
        audit.record(store=device.store, by=by, action="reading.record", node=device, after=after)
    differing = sum(row.kwh != there[row.start][1] for row in new if row.start in there)
    return Recorded(len(fresh), len(rows) - len(fresh), differing)


@transaction.atomic
def correct(*, reading: Reading, by: User, kwh: Decimal, notes: str = "") -> Reading:
    """Put a corrected reading of the same time in the place of one that counts; the original is kept.

    Raises: Refused with INVALID, or CONFLICT for one that has been corrected before.
    """
    kwh, notes = number(kwh, *KWH, "kwh"), short(notes, MAX_NOTES, "notes")
    if not Reading.objects.current().filter(pk=reading.pk).update(current=False):
        raise Refused(Code.CONFLICT, "This reading has been corrected: correct what counts now.", "reading")
    made = Reading.objects.create(
        store_id=reading.store_id,
        device_id=reading.device_id,
        start=reading.start,
        end=reading.end,
        kwh=kwh,
        quality=Quality.CORRECTED,
        location=reading.location,
        notes=notes,
        source=reading.source,
        replaces=reading,
        entered_by=by,
    )
    audit.record(
        store=reading.store,
        by=by,
        action="reading.correct",
        node=made,
        before={"reading": reading.pk, "kwh": str(reading.kwh)},
        after={"kwh": str(kwh), "notes": notes},
    )
    return made


def _checked(device: Device, rows: Sequence[NewReading], now: datetime) -> list[NewReading]:
    if not device.metered:
        raise Refused(Code.INVALID, "This device is said to have no meter: change that first.", "device")
    if len(rows) > MAX_BATCH:
        raise Refused(Code.INVALID, f"At most {MAX_BATCH} readings at a time.", "readings")
    return [_row(row, now, "readings", str(place)) for place, row in enumerate(rows)]


def _row(row: NewReading, now: datetime, *field: str) -> NewReading:
    if row.start.tzinfo is None or row.end.tzinfo is None:
        raise Refused(Code.INVALID, "Write times with their offset, such as 2026-01-31T13:00:00Z.", *field)
    if not EARLIEST <= row.start.year <= row.end.year <= LATEST:
        raise Refused(Code.INVALID, f"A reading is of a time after {EARLIEST} that has been.", *field)
    start, end = row.start.astimezone(UTC), row.end.astimezone(UTC)
    if not start < end <= start + LONGEST_READING:
        message = f"A reading ends after it began, at most {LONGEST_READING.days} days later."
        raise Refused(Code.INVALID, message, *field, "end")
    if end > now + AHEAD:
        raise Refused(Code.INVALID, "This reading ends in the future.", *field, "end")
    return NewReading(
        start,
        end,
        number(row.kwh, *KWH, *field, "kwh"),
        row.quality,
        short(row.location, MAX_LOCATION, *field, "location"),
        short(row.notes, MAX_NOTES, *field, "notes"),
    )


def _around(device: Device, starts: list[datetime]) -> dict[datetime, tuple[datetime, Decimal]]:
    """Find what counts near some starts: its end and kWh by its start."""
    near = (min(starts) - LONGEST_READING, max(starts) + LONGEST_READING)
    rows = Reading.objects.current().filter(device=device, start__range=near)
    return {start: (end, kwh) for start, end, kwh in rows.values_list("start", "end", "kwh")}


def _check_apart(
    there: dict[datetime, tuple[datetime, Decimal]],
    fresh: dict[datetime, NewReading],
    rows: Sequence[NewReading],
) -> None:
    ends = {start: end for start, (end, _) in there.items()} | {row.start: row.end for row in fresh.values()}
    for before, after in pairwise(sorted(ends)):
        if ends[before] > after and (before in fresh or after in fresh):
            fault = after if after in fresh else before
            place = next(place for place, row in enumerate(rows) if row.start == fault)
            message = f"This time counts already, by a reading of {before:%Y-%m-%d %H:%M} UTC."
            raise Refused(Code.CONFLICT, message, "readings", str(place), "start")
