"""Devices, their categories and readings, and tariffs."""

from __future__ import annotations

import datetime
from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry import auto

from core.roles import Permission
from energy import models
from schema.connections import Connection, paged
from schema.context import Info, level
from schema.energy.filters import (
    DeviceFilter,
    DeviceOrder,
    DeviceStatus,
    ReadingFilter,
    ReadingOrder,
    ReadingQuality,
)
from schema.enums import Weekday
from schema.nodes import Node, column, node, one

if TYPE_CHECKING:
    from schema.accounts.types import Store

StoreRef = Annotated["Store", strawberry.lazy("schema.accounts.types")]


@node(models.DeviceCategory, description="What sorts devices, such as cooling or light.")
class DeviceCategory(Node):
    needs = Permission.ENERGY_VIEW

    name: auto = column("Name, once in a store.")
    created_at: auto = column("When it was entered.")
    updated_at: auto = column("When it was last changed.")
    store: StoreRef | None = one("The store that it belongs to.", source="store_id", to="Store")
    devices: Connection[Annotated[Device, strawberry.lazy("schema.energy.types")]] = paged(
        "Its devices.",
        node="Device",
        via="category",
        order=DeviceOrder,
        default=DeviceOrder.NAME_ASC,
        filter=DeviceFilter,
    )


@node(models.Device, description="What uses energy: a fridge, an oven, the lights, or a whole meter.")
class Device(Node):
    needs = Permission.ENERGY_VIEW

    name: auto = column("Name, once in a store.")
    category: DeviceCategory | None = one("What it is.", source="category_id", to="DeviceCategory")
    location: auto = column("Where it stands.")
    status: DeviceStatus = column("Whether it is in use.")
    metered: auto = column(
        "Whether a meter reads it; one without is estimated from `ratedPowerW` × `avgUsageHours`."
    )
    rated_power_w: auto = column("Rated power in watts; null where unknown.")
    avg_usage_hours: auto = column("Hours in use on a day, on average; null where unknown.")
    in_use_from: auto = column("The first day with it, in the store's zone.")
    in_use_until: auto = column("The first day without it; null while it is active.")
    notes: auto = column("The store's own words.")
    created_at: auto = column("When it was entered.")
    updated_at: auto = column("When it was last changed.")
    store: StoreRef | None = one("The store that it belongs to.", source="store_id", to="Store")
    readings: Connection[Annotated[Reading, strawberry.lazy("schema.energy.types")]] = paged(
        "What was read of it, corrected originals too unless `filter` says otherwise.",
        node="Reading",
        via="device",
        order=ReadingOrder,
        default=ReadingOrder.START_DESC,
        filter=ReadingFilter,
    )


@node(models.Reading, description="What a device has used from `start` to before `end`.")
class Reading(Node):
    needs = Permission.ENERGY_VIEW

    start: auto = column("When it begins.")
    end: auto = column("When it ends.")
    kwh: auto = column("Energy in kWh.")
    quality: ReadingQuality = column("How it is known.")
    location: auto = column("Where it was read.")
    notes: auto = column("The store's own words.")
    source: auto = column("Whence it came, such as the name of a file.")
    current: auto = column("Whether it counts; false once a correction stands in its place.")
    created_at: auto = column("When it was entered.")
    device: Device | None = one("What it was read of.", source="device_id", to="Device")
    replaces: Reading | None = one(
        "The reading that it corrects; null for an original.", source="replaces_id", to="Reading"
    )


@strawberry.type(
    description="A price of some weekdays and hours, by the store's clock. Where `ends` is no later than "
    "`starts`, it ends on the day after."
)
class TariffBand:
    weekdays: list[Weekday] = strawberry.field(description="The days on which it starts.")
    starts: datetime.time = strawberry.field(description="From this time on.")
    ends: datetime.time = strawberry.field(description="To before this time.")
    price: Decimal = strawberry.field(description="Per kWh, in the tariff's currency.")


@node(models.Tariff, description="What a kWh costs from a day on, until the next tariff.")
class Tariff(Node):
    needs = Permission.ENERGY_VIEW

    name: auto = column("Name.")
    valid_from: auto = column("The first day, in the store's zone.")
    price: auto = column("Per kWh, at all times without a band.")
    currency: auto = column("ISO 4217 code of the prices: the store's.")
    created_at: auto = column("When it was entered.")
    updated_at: auto = column("When it was last changed.")
    store: StoreRef | None = one("Whose tariff it is.", source="store_id", to="Store")

    @strawberry.field(description="Other prices at other times; none for a flat tariff, at most 24.")
    async def bands(self, info: Info) -> list[TariffBand]:
        found: list[TariffBand] = await info.context.load(level(info), self.pk, _bands_of)
        return found


def weekdays_of(bits: int) -> list[Weekday]:
    return [day for day in Weekday if bits >> day.value & 1]


def _bands_of(tariffs: list[int]) -> list[list[TariffBand]]:
    found: dict[int, list[TariffBand]] = defaultdict(list)
    for row in models.TariffBand.objects.filter(tariff__in=tariffs).order_by("starts", "pk"):
        band = TariffBand(
            weekdays=weekdays_of(row.weekdays), starts=row.starts, ends=row.ends, price=row.price
        )
        found[row.tariff_id].append(band)
    return [found[tariff] for tariff in tariffs]
