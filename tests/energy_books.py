"""Rows of energy for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from core.models import Store
from energy.models import Device, Reading

HOUR = timedelta(hours=1)


def device(store: Store, name: str = "Fridge", **fields: Any) -> Device:
    made: Device = Device.objects.create(
        **{"store": store, "name": name, "in_use_from": "2020-01-01", **fields}
    )
    return made


def readings(
    device: Device, start: datetime, end: datetime, kwh: str = "1", step: timedelta = HOUR, **fields: Any
) -> None:
    """Enter a reading a step from one instant to another."""
    rows = []
    at, end = start.astimezone(UTC), end.astimezone(UTC)
    while at < end:
        rows.append(
            Reading(
                store_id=device.store_id, device=device, start=at, end=at + step, kwh=Decimal(kwh), **fields
            )
        )
        at += step
    Reading.objects.bulk_create(rows)


def local(zone: str, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZoneInfo(zone))  # type: ignore[misc,arg-type]
