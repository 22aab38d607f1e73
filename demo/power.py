"""What the demo store's devices use: hourly readings of the last weeks, the same whenever they are made."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice

from core.models import Store, User
from energy import devices, readings, tariffs
from energy.prices import EVERY_DAY, Band
from energy.segments import HOUR, midnight

# Name, category, watts by day and by night.
METERED = (("Cold room", "Cooling", 1400, 1100), ("Bread oven", "Ovens", 2600, 40))
OPEN = range(6, 20)
NIGHT = Band(EVERY_DAY, time(22), time(6), Decimal("0.2210"))


def enter(*, store: Store, by: User, today: date, days: int) -> None:
    """Add devices with their readings of so many days before `today`, and a tariff of two prices."""
    first = today - timedelta(days=days)
    price = Decimal("0.3180")
    tariffs.set_tariff(store=store, by=by, valid_from=first, price=price, bands=[NIGHT], name="Day and night")
    for name, category, by_day, by_night in METERED:
        kind = devices.create_category(store=store, by=by, name=category)
        values = {"name": name, "category": kind, "rated_power_w": Decimal(by_day), "in_use_from": first}
        device = devices.create(store=store, by=by, values=values)
        rows = iter(_hours(store, first, today, by_day, by_night))
        while batch := list(islice(rows, readings.MAX_BATCH)):
            readings.record(device=device, by=by, rows=batch, now=datetime.now(UTC), source="Demo meter")
    values = {
        "name": "Lights", "metered": False, "rated_power_w": Decimal(480), "avg_usage_hours": Decimal(14),
        "in_use_from": first,
    }  # fmt: skip
    devices.create(store=store, by=by, values=values)


def _hours(store: Store, first: date, end: date, by_day: int, by_night: int) -> list[readings.NewReading]:
    start, stop = midnight(first, store.zone), midnight(end, store.zone)
    rows = []
    for number in range((stop - start) // HOUR):
        at = start + HOUR * number
        local = at.astimezone(store.zone)
        watts = by_day if local.hour in OPEN and local.weekday() != 6 else by_night
        swing = Decimal(95 + (number * 7 + local.weekday()) % 11) / 100
        rows.append(readings.NewReading(at, at + HOUR, (watts * swing / 1000).quantize(Decimal("0.001"))))
    return rows
