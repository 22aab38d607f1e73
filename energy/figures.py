"""What stores have used, what it cost, and what they will use: always computed, never kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from core.models import Store
from core.ranges import Days, month
from energy import sums, tariffs
from energy.coverage import Coverage, InUse, coverage, expected, passed, whole_days
from energy.models import Device
from energy.outlook import HISTORY, WEEKS, Prediction, predict
from energy.segments import Segment, cut
from energy.usage import (
    NOTHING,
    Amount,
    Hour,
    Kind,
    Usage,
    hours,
    kwh,
    money,
    peak_hour,
    seconds,
    share,
    use,
)

WATTS = 1000  # of a kW


@dataclass(frozen=True, eq=False)
class Window:
    """A store over some days: its readings summed by time, and its devices."""

    store: Store
    days: Days
    segments: Sequence[Segment]
    summed: sums.Sums
    usage: Usage
    devices: Sequence[Device]
    now: datetime

    @cached_property
    def passed(self) -> dict[date, timedelta]:
        return passed(self.segments, self.now)

    @property
    def due(self) -> dict[date, timedelta]:
        return expected(self.passed, [_in_use(device) for device in self.devices if device.metered])

    def coverage(self) -> Coverage:
        return coverage(self.usage, self.due)

    def hours(self) -> list[Hour]:
        """Give all hours; of a range of at most `MAX_HOURLY_DAYS`."""
        return hours(self.summed.hours, *self._span) if self.segments else []

    def peak_hour(self) -> Hour | None:
        return peak_hour(self.summed.hours, *self._span) if self.segments else None

    @property
    def _span(self) -> tuple[datetime, datetime]:
        return self.segments[0].start, self.segments[-1].end


@dataclass(frozen=True)
class DevicePart:
    """What a device has used by its meter."""

    device: Device
    consumption: Decimal
    share: Decimal | None
    cost: Decimal | None
    estimated: Decimal


@dataclass(frozen=True)
class Compared:
    """The use of other days, and how the days asked for differ; `ratio` is None where that was zero."""

    days: Days
    usage: Usage
    change: Decimal
    ratio: Decimal | None


def windows(
    asked: Sequence[tuple[Store, Days]], *, now: datetime, by_device: bool = False, apart: bool = False
) -> list[Window]:
    """Read each store over its days, in four statements for all.

    What its devices have used if asked for; with `apart`, each time that was read has a sum of its own.
    """
    stores = [store for store, _ in asked]
    prices = tariffs.of_stores(stores)
    devices: dict[int, list[Device]] = defaultdict(list)
    for device in Device.objects.filter(store__in=stores).select_related("category").order_by("name", "pk"):
        devices[device.store_id].append(device)
    cuts = {store.pk: cut(days, zone=store.zone, tariffs=prices[store.pk]) for store, days in asked}
    found = sums.read(cuts, devices=by_device, apart=apart)
    return [
        Window(
            store=store,
            days=days,
            segments=cuts[store.pk],
            summed=found[store.pk],
            usage=use(found[store.pk].times, cuts[store.pk]),
            devices=devices[store.pk],
            now=now,
        )
        for store, days in asked
    ]


def compared(given: Sequence[Window], before: Callable[[Days], Days]) -> list[Compared]:
    """Compare each window with other days of its store, in four statements for all."""
    others = windows([(window.store, before(window.days)) for window in given], now=given[0].now)
    made = []
    for window, other in zip(given, others, strict=True):
        change = window.usage.total.units - other.usage.total.units
        ratio = share(kwh(change), other.usage.total.kwh)
        made.append(Compared(other.days, other.usage, kwh(change), ratio))
    return made


def predictions(given: Sequence[Window]) -> list[Prediction | None]:
    """Predict next month of each store from the half year before today, in four statements for all."""
    asked = []
    for window in given:
        today = window.now.astimezone(window.store.zone).date()
        asked.append((window.store, Days(today - HISTORY - timedelta(weeks=WEEKS), today)))
    return [
        predict(whole_days(past.usage, past.due), today=past.days.end, month=month(month(past.days.end).end))
        for past in windows(asked, now=given[0].now)
    ]


def period_before(days: Days) -> Days:
    """Give as many days, up to the first of these."""
    return Days(days.start - (days.end - days.start), days.start)


def year_before(days: Days) -> Days:
    """Give the same days of the year before."""
    return Days(_year_before(days.start), _year_before(days.end))


def rated(window: Window, device: Device) -> Decimal | None:
    """Estimate what a device without a meter has used until today, in kWh: rated power × hours a day × days.

    None where it has a meter, or where one of the two is unknown.
    """
    if device.metered or device.rated_power_w is None or device.avg_usage_hours is None:
        return None
    today = window.now.astimezone(window.store.zone).date()
    start = max(window.days.start, device.in_use_from)
    end = min(window.days.end, today + timedelta(days=1), device.in_use_until or date.max)
    return device.rated_power_w * device.avg_usage_hours * max((end - start).days, 0) / WATTS


def by_device(window: Window) -> list[DevicePart]:
    """Part what was measured by device, the largest first; the window was read by device."""
    prices = {number: price for price, number in sums.price_classes(window.segments).items()}
    measured: dict[int, Amount] = defaultdict(Amount)
    estimated: dict[int, int] = defaultdict(int)
    priced: set[int] = set()
    for (device, number, kind), units in window.summed.devices.items():
        if kind == Kind.ESTIMATED:
            estimated[device] += units
            continue
        measured[device].add(units, NOTHING, prices[number])
        if prices[number] is not None:
            priced.add(device)
    parts = [
        DevicePart(
            device=device,
            consumption=measured[device.pk].kwh,
            share=share(measured[device.pk].kwh, window.usage.total.kwh),
            cost=money(measured[device.pk].cost) if device.pk in priced else None,
            estimated=kwh(estimated[device.pk]),
        )
        for device in window.devices
        if device.metered or device.pk in measured or device.pk in estimated
    ]
    return sorted(parts, key=lambda part: -part.consumption)


def covered(asked: Sequence[tuple[Window, Device]]) -> list[Decimal | None]:
    """Give the share of a device's time in use that its meter has read, in one statement for all."""
    windows = {window for window, _ in asked}
    read = sums.covered({window.store.pk: window.segments for window in windows if window.segments})
    due = {
        (window, in_use): sum(expected(window.passed, [in_use]).values(), NOTHING)
        for window, in_use in {(window, _in_use(device)) for window, device in asked}
    }
    return [_covered(read.get(device.pk, NOTHING), due[window, _in_use(device)]) for window, device in asked]


def _covered(read: timedelta, due: timedelta) -> Decimal | None:
    return share(seconds(min(read, due)), seconds(due))


def _in_use(device: Device) -> InUse:
    return InUse(device.in_use_from, device.in_use_until)


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - 1, day=28)
