"""Many readings at once: a time that counts already is left as it is, whoever sends it again."""

from __future__ import annotations

import io
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from core.models import User
from energy.meter_files.rows import Row
from energy.models import KWH_DIGITS, KWH_PLACES, LONGEST_READING, Device, Reading

COLUMNS = (
    "store_id", "device_id", "start", '"end"', "kwh", "location", "notes",
    "quality", "source", "current", "entered_by_id", "created_at",
)  # fmt: skip
INSERT = f"INSERT INTO {Reading._meta.db_table} ({', '.join(COLUMNS)})"
COPY = f"COPY {Reading._meta.db_table} ({', '.join(COLUMNS)}) FROM STDIN"
NULL = "\\N"
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True)
class Added:
    """What became of some readings.

    `duplicates` are of a time that counts already; `differing` of them are of the very time of a
    reading that says another amount.
    """

    imported: int = 0
    duplicates: int = 0
    differing: int = 0
    kwh: Decimal = Decimal(0)  # of those imported

    def __add__(self, other: Added) -> Added:
        return Added(
            self.imported + other.imported,
            self.duplicates + other.duplicates,
            self.differing + other.differing,
            self.kwh + other.kwh,
        )


@transaction.atomic
def add(
    device: Device,
    rows: Iterable[Row],
    source: str,
    *,
    quality: str = Reading.Quality.MEASURED,
    by: User | None = None,
) -> Added:
    """Enter a device's readings, a few thousand at a time; of two that share a time the first counts.

    Rows must be such as the books take: the end behind the start, kWh not negative.
    """
    rows = list(rows)
    if not rows:
        return Added()
    # The device is held, so that of two batches the second sees what the first has entered.
    device = Device.objects.select_for_update(of=("self",)).select_related("store").get(pk=device.pk)
    alone = list(_apart(sorted(rows, key=lambda row: row.start)))
    new, differing = _new(device, alone)
    put = _copy if connection.vendor == "postgresql" else _insert
    put(device, new, (quality, source[:100]), by)
    first = alone[0].start.astimezone(device.store.zone).date()
    Device.objects.filter(pk=device.pk, in_use_from__gt=first).update(in_use_from=first)
    return Added(len(new), len(rows) - len(new), differing, sum((row.kwh for row in new), Decimal(0)))


def _apart(rows: Iterable[Row]) -> Iterator[Row]:
    """Leave out what begins before the one before it has ended."""
    end = None
    for row in rows:
        if end is None or row.start >= end:
            end = row.end
            yield row


def _new(device: Device, rows: Sequence[Row]) -> tuple[Sequence[Row], int]:
    """Leave out what overlaps with what counts already; count what says another amount of the same time."""
    first, last = rows[0].start, max(row.end for row in rows)
    near = Reading.objects.current().filter(
        device=device, start__gt=first - LONGEST_READING, start__lt=last, end__gt=first
    )
    there = list(near.order_by("start").values_list("start", "end", "kwh"))
    if not there:
        return rows, 0
    starts, ends = [start for start, _, _ in there], [end for _, end, _ in there]
    amounts = {(start, end): kwh for start, end, kwh in there}
    # Readings of a device do not overlap, so their ends are in order too.
    new = [row for row in rows if bisect_right(ends, row.start) == bisect_left(starts, row.end)]
    differing = sum(amounts.get((row.start, row.end), row.kwh) != row.kwh for row in rows)
    return new, differing


def _copy(device: Device, rows: Sequence[Row], labels: Sequence[str], by: User | None) -> None:
    """Copy rows into the books themselves: the device is held, so nothing can stand in their way by now."""
    head = f"{device.store_id}\t{device.pk}"
    said = [*map(_escaped, labels), "t", str(by.pk) if by else NULL, timezone.now().isoformat()]
    tail = "\t".join(said)
    text = "".join(
        f"{head}\t{row.start.isoformat()}\t{row.end.isoformat()}\t{row.kwh}"
        f"\t{_escaped(row.location)}\t{_escaped(row.notes)}\t{tail}\n"
        for row in rows
    )
    with connection.cursor() as cursor:
        cursor.copy_expert(COPY, io.StringIO(text))


def _escaped(text: str) -> str:
    return text.translate(ESCAPES) if text else text


def _insert(device: Device, rows: Sequence[Row], labels: Sequence[str], by: User | None) -> None:
    moment, amount = connection.ops.adapt_datetimefield_value, connection.ops.adapt_decimalfield_value
    keys = (device.store_id, device.pk)
    rest: tuple[Any, ...] = (*labels, True, by.pk if by else None, moment(timezone.now()))
    values = [
        (
            *keys, moment(row.start), moment(row.end), amount(row.kwh, KWH_DIGITS, KWH_PLACES),
            row.location, row.notes, *rest,
        )
        for row in rows
    ]  # fmt: skip
    marks = ", ".join(["%s"] * len(COLUMNS))
    with connection.cursor() as cursor:
        cursor.executemany(f"{INSERT} VALUES ({marks}) ON CONFLICT DO NOTHING", values)
