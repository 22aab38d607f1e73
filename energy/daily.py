"""What each device of many stores has used by day, and what a day's energy cost: for who asks of days alone.

Nearly all readings lie within a day of their store: the database adds those up. What reaches over a midnight
is parted as everywhere, so that the sums are the same to the last digit as those of `figures`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q, QuerySet, Sum, Value

from core.models import Store
from core.moments import Day
from core.ranges import Days
from energy import figures, sums, tariffs
from energy.coverage import WHOLE, InUse, expected
from energy.models import Device, Reading
from energy.prices import holding
from energy.segments import midnight
from energy.split import parts
from energy.usage import NOTHING

ONE_DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)


@dataclass
class DailyUse:
    """What was measured by day: millionths of a kWh, by device too, and what they cost where a tariff holds.

    `whole` are the days of which nearly all was read that should have been.
    """

    units: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    devices: dict[int, dict[date, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    names: dict[int, str] = field(default_factory=dict)
    cost: dict[date, Decimal] = field(default_factory=dict)  # in millionths, as the units
    whole: set[date] = field(default_factory=set)


def daily_use(spans: Mapping[Store, Days], *, now: datetime) -> dict[int, DailyUse]:
    """Sum the readings of each store by day and device; in five statements, four more with hourly prices."""
    devices: dict[int, list[Device]] = defaultdict(list)
    for device in Device.objects.filter(store__in=spans):
        devices[device.store_id].append(device)
    read = {store: days for store, days in spans.items() if store.pk in devices and days.start < days.end}
    found = {store.pk: DailyUse() for store in spans}
    covered: dict[int, dict[date, timedelta]] = {store.pk: defaultdict(timedelta) for store in spans}
    for key, device_key, day, units, time in chain(_within_a_day(read), _over_midnight(read)):
        use = found[key]
        use.units[day] += units
        use.devices[device_key][day] += units
        covered[key][day] += time
    for store, days in read.items():
        found[store.pk].names = {device.pk: device.name for device in devices[store.pk]}
        found[store.pk].whole = _whole(devices[store.pk], days, store.zone, covered[store.pk], now)
    _price(found, read, now)
    return found


Part = tuple[int, int, date, int, timedelta]  # of a store and device on a day: units, and for how long


def _within_a_day(spans: Mapping[Store, Days]) -> Iterator[Part]:
    if not spans:
        return
    rows = _readings(spans).filter(first=F("last")).values_list("store_id", "device_id", "first")
    length = ExpressionWrapper(F("end") - F("start"), output_field=DurationField())
    kept = {store.pk: days for store, days in spans.items()}
    for store, device, day, total, time in rows.annotate(total=sums.total_kwh(), time=Sum(length)).order_by():
        if kept[store].start <= day < kept[store].end:
            yield store, device, day, sums.in_units(total), time


def _over_midnight(spans: Mapping[Store, Days]) -> Iterator[Part]:
    if not spans:
        return
    edges = {store.pk: _midnights(days, store.zone) for store, days in spans.items()}
    firsts = {store.pk: days.start for store, days in spans.items()}
    rows = _readings(spans).exclude(first=F("last"))
    for store, device, start, end, kwh in rows.values_list("store_id", "device_id", "start", "end", "kwh"):
        for number, units, time in parts(start, end, sums.in_units(kwh), edges[store]):
            yield store, device, firsts[store] + ONE_DAY * number, units, time


def _readings(spans: Mapping[Store, Days]) -> QuerySet[Any, Any]:
    """Find what was measured in the days, with the days on which each reading begins and ends."""
    cuts = {
        store.pk: (midnight(days.start, store.zone), midnight(days.end, store.zone))
        for store, days in spans.items()
    }
    end = ExpressionWrapper(F("end") - Value(MICROSECOND), output_field=DateTimeField())
    rows = sums.within(cuts).filter(~Q(quality=Reading.Quality.ESTIMATED))
    placed: QuerySet[Any, Any] = rows.annotate(
        first=Day("start", "store__timezone"), last=Day(end, "store__timezone")
    )
    return placed


@lru_cache(maxsize=64)  # stores of a zone share it
def _midnights(days: Days, zone: ZoneInfo) -> list[datetime]:
    return [midnight(days.start + ONE_DAY * n, zone) for n in range((days.end - days.start).days + 1)]


@lru_cache(maxsize=64)
def _lengths(days: Days, zone: ZoneInfo) -> dict[date, timedelta]:
    """Give how long each day is."""
    edges = _midnights(days, zone)
    return {days.start + ONE_DAY * n: end - start for n, (start, end) in enumerate(pairwise(edges))}


def _whole(
    devices: Sequence[Device],
    days: Days,
    zone: ZoneInfo,
    covered: Mapping[date, timedelta],
    now: datetime,
) -> set[date]:
    edges, lengths = _midnights(days, zone), _lengths(days, zone)
    if edges[-1] > now:
        pairs = zip(lengths, pairwise(edges), strict=True)
        lengths = {day: max(min(end, now) - start, NOTHING) for day, (start, end) in pairs}
    lengths = {day: lengths[day] for day in covered}
    meters = [InUse(device.in_use_from, device.in_use_until) for device in devices if device.metered]
    due = expected(lengths, meters)
    return {day for day, time in covered.items() if due[day] and time >= due[day] * float(WHOLE)}


def _price(found: Mapping[int, DailyUse], spans: Mapping[Store, Days], now: datetime) -> None:
    """Say what the days cost; where a tariff has bands, by the segments of `figures`."""
    prices = tariffs.of_stores(list(spans)) if spans else {}
    banded = {store: days for store, days in spans.items() if any(one.bands for one in prices[store.pk])}
    for store in spans:
        if store not in banded:
            use, tariffs_of_store = found[store.pk], prices[store.pk]
            for day, units in use.units.items():
                if tariff := holding(tariffs_of_store, day):
                    use.cost[day] = units * tariff.price
    for window in figures.windows(list(banded.items()), now=now) if banded else ():
        use = found[window.store.pk]
        use.cost = {day: window.usage.days[day].cost for day in use.units if window.usage.priced[day]}
