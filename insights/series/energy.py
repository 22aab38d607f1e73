"""Energy in the window: what was measured, and what it cost, by device and by the clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from energy import figures, sums
from energy.coverage import whole_days
from energy.daily import daily_use
from energy.figures import Window
from energy.models import Device
from energy.segments import Segment
from energy.split import parts
from energy.usage import PLACES, Kind, TimeSum
from insights.clock import HALF_HOUR, hour_of
from insights.metrics import Dimension, Grain, Key, Metric, Total
from insights.series.spans import Spans

BY_DEVICE = (Dimension.DEVICE, Dimension.DEVICE_CATEGORY)
SECONDS = 3600
Group = tuple[Key, str, Iterable[TimeSum]]  # the key and name of a device, and its readings


def energy_totals(
    *, spans: Spans, metric: Metric, dimension: Dimension | None, grain: Grain | None, now: datetime
) -> Iterator[tuple[int, Total]]:
    """Give what was measured by day or hour, and group, a row for each; in five statements at most.

    By the hour only readings of an hour at most count: a longer one does not say when its energy was used.
    """
    windows = figures.windows(list(spans.items()), now=now, apart=dimension not in BY_DEVICE)
    hourly = Grain.HOUR if grain is Grain.HOUR else None
    by_hour = hourly is not None or dimension is Dimension.HOUR
    for window, groups in _groups(windows, dimension):
        whole = set() if by_hour else set(whole_days(window.usage, window.due))
        segments = _by_hour(window) if by_hour else window.segments
        starts = [hour_of(segment.start, window.store.zone) if by_hour else None for segment in segments]
        for key, name, rows in groups:
            added = _added(rows, segments, fine=by_hour)
            for number, (units, cost, hours, count) in added.items():
                segment, start = segments[number], starts[number]
                local = start.astimezone(window.store.zone).hour if start else None
                yield (
                    window.store.pk,
                    Total(
                        start=start if hourly else segment.day,
                        key=local if dimension is Dimension.HOUR else key,
                        name=name,
                        currency=window.store.currency if metric is Metric.ENERGY_COST else "",
                        value=cost if metric is Metric.ENERGY_COST else Decimal(units).scaleb(-PLACES),
                        base=hours if metric is Metric.ENERGY_COST else Decimal(0),
                        count=count,
                        whole=by_hour or dimension in BY_DEVICE or segment.day in whole,
                    ),
                )


def _groups(windows: Sequence[Window], dimension: Dimension | None) -> Iterator[tuple[Window, list[Group]]]:
    """Part the readings of each window by device or its category, where that is asked."""
    if dimension not in BY_DEVICE:
        for window in windows:
            yield window, [(None, "", window.summed.times)]
        return
    cuts = {window.store.pk: window.segments for window in windows if window.segments}
    found = sums.by_device_and_time(cuts)
    for window in windows:
        devices = {device.pk: device for device in window.devices}
        yield (
            window,
            [
                (*_named(devices[device], dimension), rows)
                for device, rows in found.get(window.store.pk, {}).items()
            ],
        )


def _named(device: Device, dimension: Dimension | None) -> tuple[Key, str]:
    if dimension is Dimension.DEVICE:
        return device.pk, device.name
    category = device.category
    return (None, "") if category is None else (category.pk, category.name)


def _by_hour(window: Window) -> list[Segment]:
    """Cut the segments of a window where the clock of its store begins an hour."""
    zone, made = window.store.zone, []
    for segment in window.segments:
        at = segment.start
        while at < segment.end:
            hour = hour_of(at, zone)
            end = hour + HALF_HOUR
            while end <= at or (end < segment.end and hour_of(end, zone) == hour):
                end += HALF_HOUR
            end = min(end, segment.end)
            made.append(Segment(at, end, segment.day, segment.price, segment.night))
            at = end
    return made


def _added(
    rows: Iterable[TimeSum], segments: Sequence[Segment], *, fine: bool
) -> dict[int, tuple[int, Decimal, Decimal, int]]:
    """Add up, by segment, millionths of a kWh, what they cost, the hours that are priced, and readings."""
    edges = [*(segment.start for segment in segments), *(segment.end for segment in segments[-1:])]
    units: dict[int, int] = defaultdict(int)
    seconds: dict[int, float] = defaultdict(float)
    counts: dict[int, int] = defaultdict(int)
    for row in rows:
        if row.kind is Kind.ESTIMATED or (fine and row.kind is not Kind.FINE):
            continue
        for number, part, time in parts(row.start, row.end, row.units, edges):
            units[number] += part
            seconds[number] += row.covered_in(time).total_seconds()
            counts[number] += row.covered // (row.end - row.start)
    made = {}
    for number, total in units.items():
        price = segments[number].price
        cost = Decimal(0) if price is None else (total * price).scaleb(-PLACES)
        hours = Decimal(0) if price is None else Decimal(round(seconds[number])) / SECONDS
        made[number] = (total, cost, hours, counts[number])
    return made


@dataclass(frozen=True)
class EnergyOfDay:
    """What was measured on a day, in kWh, and what it cost; None where no tariff holds."""

    kwh: Decimal
    cost: Decimal | None


def energy_by_day(*, spans: Spans, now: datetime) -> dict[int, dict[date, EnergyOfDay]]:
    """Give the days of each store with readings, kWh and cost at once; in `energy.daily`'s statements."""
    return {
        store: {
            day: EnergyOfDay(
                Decimal(units).scaleb(-PLACES),
                use.cost[day].scaleb(-PLACES) if day in use.cost else None,
            )
            for day, units in sorted(use.units.items())
        }
        for store, use in daily_use(spans, now=now).items()
    }
