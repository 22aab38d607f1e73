"""What devices draw, by blocks of days and by price, as the rules on energy look at it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from core.models import Store
from core.ranges import Days
from energy import figures, sums
from energy.figures import Window
from energy.segments import Segment
from energy.usage import PLACES, Kind
from insights.suggestions.power import BLOCK, BLOCKS, LEAST_DAYS, Device, Load

WATTS = 1000  # of a kW
DAY_HOURS = 24
WEEK = timedelta(days=7)


def loads(*, stores: Sequence[Store], days: Mapping[int, date], now: datetime) -> dict[int, Load]:
    """Read the last blocks until each store's day, in five statements each; no store without readings."""
    blocks = [
        figures.windows(
            [(store, _block(days[store.pk], number)) for store in stores], now=now, by_device=True
        )
        for number in range(BLOCKS)
    ]
    read = [sums.covered({one.store.pk: one.segments for one in block}) for block in blocks]
    found = {}
    for store, *windows in zip(stores, *blocks, strict=True):
        if windows[0].usage.total.covered:
            found[store.pk] = _load(windows, read)
    return found


def _block(day: date, number: int) -> Days:
    end = day + timedelta(days=1 - BLOCK * number)
    return Days(end - timedelta(days=BLOCK), end)


def _load(windows: Sequence[Window], read: Sequence[Mapping[int, timedelta]]) -> Load:
    last = windows[0]
    used = [_by_price(*block) for block in zip(windows, read, strict=True)]
    night = last.usage.night_base_load()
    total = last.usage.total
    priced = total.units - total.unpriced
    return Load(
        devices=[
            Device(
                key=device.pk,
                name=device.name,
                blocks=[block.get(device.pk, (None, {}))[0] for block in used],
                usual_kw=_usual_kw(device.rated_power_w, device.avg_usage_hours),
                by_price=used[0][device.pk][1],
            )
            for device in last.devices
            if device.pk in used[0]
        ],
        night_kw=night.kw if night else None,
        nights=night.nights if night else 0,
        mean_price=total.cost / priced if priced else None,
        night_price=_mean_price([segment for segment in last.segments if segment.night]),
        hours=_hours(last),
    )


def _by_price(
    window: Window, read: Mapping[int, timedelta]
) -> dict[int, tuple[Decimal | None, dict[Decimal, Decimal]]]:
    """Give, by device, what was measured in kWh, None where under 20 days were read; and that by price."""
    prices = {number: price for price, number in sums.price_classes(window.segments).items()}
    kwh: dict[int, Decimal] = defaultdict(Decimal)
    by_price: dict[int, dict[Decimal, Decimal]] = defaultdict(dict)
    for (device, number, kind), units in window.summed.devices.items():
        if kind == Kind.ESTIMATED:
            continue
        kwh[device] += Decimal(units).scaleb(-PLACES)
        if prices[number] is not None:
            by_price[device][prices[number]] = Decimal(units).scaleb(-PLACES)
    enough = timedelta(days=LEAST_DAYS)
    return {
        device: (total if read.get(device, timedelta()) >= enough else None, by_price[device])
        for device, total in kwh.items()
    }


def _usual_kw(power_w: Decimal | None, hours: Decimal | None) -> Decimal | None:
    if power_w is None or hours is None:
        return None
    return power_w * hours / DAY_HOURS / WATTS


def _mean_price(segments: Sequence[Segment]) -> Decimal | None:
    known = [
        (segment.price, segment.end - segment.start) for segment in segments if segment.price is not None
    ]
    seconds = sum(int(time.total_seconds()) for _, time in known)
    if not seconds:
        return None
    return sum((price * int(time.total_seconds()) for price, time in known), Decimal(0)) / seconds


def _hours(window: Window) -> dict[Decimal, Decimal]:
    """Add up the hours that each price of the last week has held in the block."""
    today = {segment.price for segment in window.segments if segment.day >= window.days.end - WEEK}
    found: dict[Decimal, Decimal] = defaultdict(Decimal)
    for segment in window.segments:
        if segment.price is not None and segment.price in today:
            found[segment.price] += Decimal(int((segment.end - segment.start).total_seconds())) / 3600
    return dict(found)
