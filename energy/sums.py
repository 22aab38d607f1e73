"""Readings summed: by the time that they cover, all devices together, and by device and price.

Amounts are whole millionths of a kWh, so that they are exact on every database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, Q, QuerySet, Sum, Value

from core import sums
from energy.models import KWH_PLACES, LONGEST_READING, Reading
from energy.segments import Segment
from energy.split import parts
from energy.usage import Amount, Kind, TimeSum, kind_of

# One key holds what is asked of a reading: the number of its price, or its own key, negative, where it
# reaches over an edge. OFFSET 0 keeps the planner from looking for the place of a reading more than once.
BY_PRICE = """(SELECT %s, grouped.device_id, grouped.quality, key, reading.start, reading."end", kwhs, covered
FROM (
    SELECT device_id, quality, key, sum(kwh) AS kwhs, sum("end" - start) AS covered FROM (
        SELECT device_id, quality, kwh, start, "end",
            CASE WHEN "end" <= (%s::timestamptz[])[place + 1] THEN (%s::int[])[place] ELSE -id END AS key
        FROM (
            SELECT id, device_id, quality, kwh, start, "end", width_bucket(start, %s::timestamptz[]) AS place
            FROM energy_reading
            WHERE store_id = %s AND current AND start >= %s AND start < %s AND "end" > %s
            OFFSET 0
        ) AS placed
    ) AS marked GROUP BY 1, 2, 3
) AS grouped LEFT JOIN energy_reading AS reading ON reading.id = -key)"""
Spans = Mapping[int, tuple[datetime, datetime]]  # from when to before when, by store
Classes = dict[tuple[int, int, Kind], Amount]  # by device, number of the price, and kind


def by_time(spans: Spans) -> dict[int, list[TimeSum]]:
    """Sum each store's readings that count over those of the same time, in one statement."""
    rows = (
        _within(spans)
        .values_list("store_id", "start", "end", "quality")
        .annotate(total=_total(), n=Count("pk"))
        .order_by()
    )
    found: dict[int, list[TimeSum]] = {store: [] for store in spans}
    for store, start, end, quality, total, count in rows:  # a cursor would be planned for its first rows
        found[store].append(TimeSum(start, end, kind_of(start, end, quality), _units(total), count))
    return found


def by_device_and_time(spans: Spans) -> dict[int, dict[int, list[TimeSum]]]:
    """Give each store's readings that count, by device, in one statement."""
    rows = _within(spans).values_list("store_id", "device_id", "start", "end", "quality", "kwh").order_by()
    found: dict[int, dict[int, list[TimeSum]]] = {store: defaultdict(list) for store in spans}
    for store, device, start, end, quality, kwh in rows.iterator():
        row = TimeSum(start, end, kind_of(start, end, quality), _units(kwh), 1)
        found[store][device].append(row)
    return found


def by_device(segments: Mapping[int, Sequence[Segment]]) -> dict[int, Classes]:
    """Sum each store's readings by device and price, in one statement; see `price_classes` for the numbers.

    What reaches over a change of price comes as it is and is parted here.
    """
    found: dict[int, Classes] = {store: defaultdict(Amount) for store in segments}
    cut = {store: price_stretches(given) for store, given in segments.items() if given}
    if not cut:
        return found
    for store, device, quality, number, start, end, total, covered in _device_rows(cut):
        edges, classes = cut[store]
        kind = Kind.ESTIMATED if quality == Reading.Quality.ESTIMATED else Kind.COARSE
        if start is None:
            found[store][device, number, kind].add(_units(total), covered)
            continue
        for place, units, time in parts(start, end, _units(total), edges):
            found[store][device, classes[place], kind].add(units, time)
    return found


def price_classes(segments: Sequence[Segment]) -> dict[Any, int]:
    """Number the prices of segments, from 1 on; 0 stands for no price."""
    numbers: dict[Any, int] = {None: 0}
    for segment in segments:
        numbers.setdefault(segment.price, len(numbers))
    return numbers


def price_stretches(segments: Sequence[Segment]) -> tuple[list[datetime], list[int]]:
    """Join segments of one price: give the edges between prices, and the number of each price."""
    numbers = price_classes(segments)
    edges, classes = [segments[0].start], [numbers[segments[0].price]]
    for segment in segments[1:]:
        if numbers[segment.price] != classes[-1]:
            edges.append(segment.start)
            classes.append(numbers[segment.price])
    return [*edges, segments[-1].end], classes


def _device_rows(cut: Mapping[int, tuple[list[datetime], list[int]]]) -> Iterator[tuple[Any, ...]]:
    """Read sums by device, quality and price; a reading over an edge has its own row, with its times."""
    if connection.vendor == "postgresql":
        parameters = [part for store, made in cut.items() for part in _parameters(store, *made)]
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join([BY_PRICE] * len(cut)), parameters)
            yield from cursor.fetchall()
    else:  # SQLite cannot find a place among edges
        spans = {store: (edges[0], edges[-1]) for store, (edges, _) in cut.items()}
        rows = _within(spans).values_list("store_id", "device_id", "quality", Value(0), "start", "end")
        for row in rows.annotate(total=_total()).order_by().iterator():
            yield (*row, None)


def _parameters(store: int, edges: list[datetime], classes: list[int]) -> tuple[Any, ...]:
    return store, edges, classes, edges, store, edges[0] - LONGEST_READING, edges[-1], edges[0]


def _within(spans: Spans) -> QuerySet[Any, Any]:
    """Keep the readings that count and reach into the span of their store."""
    chosen = Q(pk__in=[])
    for store, (start, end) in spans.items():
        chosen |= Q(
            store=store,
            start__gt=start - LONGEST_READING - timedelta(seconds=1),
            start__lt=end,
            end__gt=start,
        )
    rows: QuerySet[Any, Any] = Reading.objects.current().filter(chosen)
    return rows


def _total() -> Any:
    """Sum kWh as each database does it exactly: PostgreSQL as decimals, SQLite as whole units."""
    return Sum("kwh") if connection.vendor == "postgresql" else sums.units("kwh", KWH_PLACES)


def _units(total: Decimal | int) -> int:
    return total if isinstance(total, int) else int(total.scaleb(KWH_PLACES))
