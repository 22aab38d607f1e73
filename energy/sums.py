"""Readings summed: by the time that they cover, all devices together, and by device and price.

Amounts are whole millionths of a kWh, so that they are exact on every database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, DurationField, Q, QuerySet, Sum, Value
from django.db.models.functions import Greatest, Least

from core import sums
from energy.models import KWH_PLACES, LONGEST_READING, Reading
from energy.segments import HOUR, Segment
from energy.split import parts
from energy.usage import Kind, TimeSum, kind_of

MAX_HOURLY_DAYS = 32  # of which every hour is read; of more days perhaps the one of the peak alone

# One look at each reading, and few columns to sum it by. OFFSET 0 keeps the planner from looking for a place
# more than once. `price` is the number of the price at a reading's start; what reaches over a change is told
# once more, by itself. What reaches over an edge is parted in Python, as on every database; `kind` is a Kind.
# Moments are seconds. Where all meters read whole hours, each hour is one time already and needs no sum.
SUMS = """(WITH given AS MATERIALIZED (
    SELECT %(prices{n})s::int[] AS prices, %(alike{n})s::int[] AS alike,
        %(first{n})s::timestamptz AS first, %(last{n})s::timestamptz AS last,
        ARRAY(SELECT to_timestamp(at) FROM unnest(%(changes{n})s::float8[]) AS at) AS changes,
        ARRAY(SELECT to_timestamp(at) FROM unnest(%(edges{n})s::float8[]) AS at) AS edges
), sums AS MATERIALIZED (
    SELECT start, "end", estimated, {device} sum(kwh) AS kwhs, count(*) AS n
    FROM (
        SELECT kwh, start, "end", {placed} quality = 'ESTIMATED' AS estimated
        FROM energy_reading, given
        WHERE store_id = %(store{n})s AND current
            AND start >= %(earliest{n})s AND start < %(last{n})s AND "end" > %(first{n})s
        OFFSET 0
    ) AS placed GROUP BY GROUPING SETS ((start, "end", estimated) {by_device})
), times AS MATERIALIZED (
    SELECT start, "end", kwhs, n * ("end" - start) AS covered, alike[place] AS segment, kind, hour,
        place = 0 OR "end" > edges[place + 1] AS over_edge,
        kind = 0 AND (start < first OR "end" > least(hour + interval '1 hour', last)) AS over_hour
    FROM (
        SELECT start, "end", kwhs, n, alike, edges, first, last, width_bucket(start, edges) AS place,
            CASE WHEN estimated THEN 2 WHEN "end" - start <= interval '1 hour' THEN 0 ELSE 1 END AS kind,
            date_bin('1 hour', start, first) AS hour
        FROM sums, given WHERE start IS NOT NULL OFFSET 0
    ) AS placed
), hourly AS MATERIALIZED (
    SELECT bool_and(start = hour AND "end" = hour + interval '1 hour' AND NOT over_hour) AS whole
    FROM times WHERE kind = 0
)
SELECT %(store{n})s, 'segment', segment, kind, NULL::int, NULL::timestamptz, NULL::timestamptz,
    sum(kwhs), date_part('epoch', sum(covered))
    FROM times WHERE NOT over_edge GROUP BY kind, segment
UNION ALL SELECT %(store{n})s, 'time', NULL, kind, NULL, start, "end", kwhs, date_part('epoch', covered)
    FROM times WHERE over_edge
UNION ALL (SELECT %(store{n})s, 'hour', NULL, kind, NULL, hour, NULL, kwhs, NULL
    FROM times WHERE kind = 0 AND (SELECT whole FROM hourly) ORDER BY kwhs DESC, hour
    LIMIT CASE WHEN %(hourly{n})s THEN NULL ELSE 1 END)
UNION ALL (SELECT %(store{n})s, 'hour', NULL, kind, NULL, hour, NULL, sum(kwhs), NULL
    FROM times WHERE kind = 0 AND NOT over_hour AND NOT (SELECT whole FROM hourly)
    GROUP BY kind, hour ORDER BY sum(kwhs) DESC, hour
    LIMIT CASE WHEN %(hourly{n})s OR EXISTS (SELECT FROM times WHERE over_hour) THEN NULL ELSE 1 END)
UNION ALL SELECT %(store{n})s, 'of hours', NULL, kind, NULL, start, "end", kwhs, NULL
    FROM times WHERE over_hour
{devices})"""
# The sums of each hour of some years fit into this, and not into the default of 4 MB: they would be sorted.
# To compile the statement takes longer than to run it.
MEMORY = "SET LOCAL work_mem = '32MB'; SET LOCAL jit = off; "
BY_TIME = {"device": "", "placed": "", "by_device": "", "devices": ""}
BY_DEVICE = {
    "device": "device_id, price,",
    "placed": "device_id, prices[width_bucket(start, changes)] AS price,",
    "by_device": ", (device_id, estimated, price)",
    "devices": """UNION ALL SELECT %(store{n})s, 'device', device_id,
    CASE WHEN estimated THEN 2 ELSE 1 END, price, NULL, NULL, kwhs, NULL FROM sums WHERE start IS NULL
UNION ALL SELECT %(store{n})s, 'over price', device_id, greatest(kind, 1), prices[place],
    start, "end", kwh, NULL FROM (
        SELECT start, "end", kind, prices, changes, width_bucket(start, changes) AS place
        FROM times, given WHERE over_edge OFFSET 0
    ) AS placed CROSS JOIN LATERAL (
        SELECT device_id, kwh FROM energy_reading
        WHERE store_id = %(store{n})s AND current AND start = placed.start AND "end" = placed."end"
            AND (quality = 'ESTIMATED') = (kind = 2) OFFSET 0
    ) AS reading WHERE place = 0 OR "end" > changes[place + 1]""",
}
Spans = Mapping[int, tuple[datetime, datetime]]  # from when to before when, by store
Classes = dict[tuple[int, int, Kind], int]  # units, by device, number of the price, and kind


@dataclass
class Sums:
    """What a store's readings that count add up to.

    `times` are each of the segments of a day that are alike, told as the first of them, or of one time that
    reaches over an edge; `hours` of one hour, or of one time that reaches over its end.
    """

    times: list[TimeSum] = field(default_factory=list)
    hours: list[TimeSum] = field(default_factory=list)
    devices: Classes = field(default_factory=lambda: defaultdict(int))


def read(
    segments: Mapping[int, Sequence[Segment]], *, devices: bool = False, apart: bool = False
) -> dict[int, Sums]:
    """Sum the readings of each store over its segments; by device and price too if asked for.

    In one statement on PostgreSQL, in two at most on SQLite, which cannot find a place among edges: there
    each time that was read stands apart, and on PostgreSQL where asked for.
    """
    found = {store: Sums() for store in segments}
    cuts = {store: given for store, given in segments.items() if given}
    if cuts and connection.vendor == "postgresql" and not apart:
        _add_up(found, cuts, devices)
    elif cuts:
        for store, row in by_time(cuts):
            found[store].times.append(row)
            found[store].hours.append(row)
        if devices:
            _part_devices(found, cuts)
    return found


def by_time(cuts: Mapping[int, Sequence[Segment]]) -> Iterable[tuple[int, TimeSum]]:
    """Sum each store's readings over those of the very same time, in one statement."""
    rows = (
        within(_spans(cuts))
        .values_list("store_id", "start", "end", "quality")
        .annotate(total=total_kwh(), n=Count("pk"))
        .order_by()
    )
    for store, start, end, quality, total, count in rows:
        yield (
            store,
            TimeSum(start, end, kind_of(start, end, quality), in_units(total), (end - start) * count),
        )


def by_device_and_time(cuts: Mapping[int, Sequence[Segment]]) -> dict[int, dict[int, list[TimeSum]]]:
    """Give each store's readings that count, by device, in one statement."""
    kept = within(_spans(cuts))
    rows = kept.values_list("store_id", "device_id", "start", "end", "quality", "kwh").order_by()
    found: dict[int, dict[int, list[TimeSum]]] = {store: defaultdict(list) for store in cuts}
    for store, device, start, end, quality, kwh in rows.iterator():
        row = TimeSum(start, end, kind_of(start, end, quality), in_units(kwh), end - start)
        found[store][device].append(row)
    return found


def covered(cuts: Mapping[int, Sequence[Segment]]) -> dict[int, timedelta]:
    """Give for how long each device was measured within the span of its store, in one statement."""
    measured = Reading.objects.current().exclude(quality=Reading.Quality.ESTIMATED)
    statements = []
    for store, (start, end) in _spans(cuts).items():
        within = Least("end", Value(end)) - Greatest("start", Value(start))
        rows = measured.filter(_reaching([store], start, end)).order_by().values_list("device_id")
        statements.append(rows.annotate(time=Sum(within, output_field=DurationField())))
    return dict(statements[0].union(*statements[1:], all=True)) if statements else {}


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


def _add_up(found: Mapping[int, Sums], cuts: Mapping[int, Sequence[Segment]], devices: bool) -> None:
    """Have PostgreSQL add up what lies within a segment, an hour and a price."""
    stretches = {store: price_stretches(cut) for store, cut in cuts.items()}
    statements: list[str] = []
    parameters: dict[str, Any] = {}
    for store, cut in cuts.items():
        statements.append(_statement(store, devices))
        given = _parameters(store, cut, *stretches[store])
        parameters |= {f"{name}{store}": value for name, value in given.items()}
    with connection.cursor() as cursor:
        cursor.execute(MEMORY + " UNION ALL ".join(statements), parameters)
        rows = cursor.fetchall()
    kinds = list(Kind)
    for store, part, number, kind_, price, start, end, total, covered in rows:
        to, units, kind = found[store], in_units(total), kinds[kind_]
        if part == "segment":
            segment, read = cuts[store][number - 1], timedelta(seconds=covered)
            to.times.append(TimeSum(segment.start, segment.end, kind, units, read))
        elif part == "time":
            to.times.append(TimeSum(start, end, kind, units, timedelta(seconds=covered)))
        elif part == "hour":
            to.hours.append(TimeSum(start, min(start + HOUR, cuts[store][-1].end), kind, units, HOUR))
        elif part == "of hours":
            to.hours.append(TimeSum(start, end, kind, units, end - start))
        elif part == "device":
            to.devices[number, price, kind] += units
        else:  # counted with the price at its start until here
            to.devices[number, price, kind] -= units
            _part(to.devices, number, kind, (start, end, units), stretches[store])


def _statement(store: int, devices: bool) -> str:
    parts = BY_DEVICE if devices else BY_TIME
    return SUMS.format(n=store, **{name: part.format(n=store) for name, part in parts.items()})


def _parameters(
    store: int, cut: Sequence[Segment], changes: Sequence[datetime], prices: Sequence[int]
) -> dict[str, Any]:
    first, last = cut[0].start, cut[-1].end
    return {
        "store": store,
        "first": first,
        "last": last,
        "earliest": first - LONGEST_READING,
        "changes": _array(_seconds(changes)),
        "prices": f"[0:{len(prices)}]={_array([0, *prices])}",  # no price before the first
        "alike": _array(_alike(cut)),
        "edges": _array(_seconds([*(segment.start for segment in cut), last])),
        "hourly": (cut[-1].day - cut[0].day).days < MAX_HOURLY_DAYS,
    }


def _alike(cut: Sequence[Segment]) -> list[int]:
    """Give for each segment the number, from 1 on, of the first of its day at its price, night or not."""
    first: dict[Any, int] = {}
    return [first.setdefault(segment[2:], number) for number, segment in enumerate(cut, 1)]


def _seconds(edges: Iterable[datetime]) -> list[int]:
    return [int(edge.timestamp()) for edge in edges]  # there are none within a second


def _array(numbers: Iterable[int]) -> str:
    """Write numbers as one text that PostgreSQL reads in no time, which a list is not."""
    return "{" + ",".join(map(str, numbers)) + "}"


def _part_devices(found: Mapping[int, Sums], cuts: Mapping[int, Sequence[Segment]]) -> None:
    """Part the readings of each device by price, in one statement."""
    stretches = {store: price_stretches(cut) for store, cut in cuts.items()}
    rows = within(_spans(cuts)).values_list("store_id", "device_id", "quality", "start", "end")
    for store, device, quality, start, end, total in rows.annotate(total=total_kwh()).order_by().iterator():
        kind = Kind.ESTIMATED if quality == Reading.Quality.ESTIMATED else Kind.COARSE
        _part(found[store].devices, device, kind, (start, end, in_units(total)), stretches[store])


def _part(
    to: Classes,
    device: int,
    kind: Kind,
    reading: tuple[datetime, datetime, int],
    stretches: tuple[Sequence[datetime], Sequence[int]],
) -> None:
    edges, classes = stretches
    for place, units, _ in parts(*reading, edges):
        to[device, classes[place], kind] += units


def _spans(cuts: Mapping[int, Sequence[Segment]]) -> Spans:
    return {store: (cut[0].start, cut[-1].end) for store, cut in cuts.items()}


def within(spans: Spans) -> QuerySet[Any, Any]:
    """Keep the readings that count and reach into the span of their store."""
    stores: dict[tuple[datetime, datetime], list[int]] = defaultdict(list)  # those of a zone share a term
    for store, span in spans.items():
        stores[span].append(store)
    chosen = Q(pk__in=[])
    for (start, end), keys in stores.items():
        chosen |= _reaching(keys, start, end)
    rows: QuerySet[Any, Any] = Reading.objects.current().filter(chosen)
    return rows


def _reaching(stores: Sequence[int], start: datetime, end: datetime) -> Q:
    earliest = start - LONGEST_READING - timedelta(seconds=1)
    return Q(store__in=stores, start__gt=earliest, start__lt=end, end__gt=start)


def total_kwh() -> Any:
    """Sum kWh as each database does it exactly: PostgreSQL as decimals, SQLite as whole units."""
    return Sum("kwh") if connection.vendor == "postgresql" else sums.units("kwh", KWH_PLACES)


def in_units(total: Decimal | int) -> int:
    return total if isinstance(total, int) else int(total.scaleb(KWH_PLACES))
