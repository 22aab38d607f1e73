"""What is said of the energy that a store has used: plain types, but for a device's coverage."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import strawberry

from energy import figures, models
from schema.context import Info, level
from schema.energy.types import Device, DeviceCategory
from schema.nodes import one


def figure(description: str) -> Any:
    return strawberry.field(description=description)


@strawberry.type(description="Money for energy.")
class EnergyCost:
    amount: Decimal | None = figure("At the tariffs of the time, to the cent; null where none holds.")
    currency: str = figure("ISO 4217 code: the store's.")
    unpriced_kwh: Decimal = figure("Energy of a time without a tariff, in kWh: it is not in the amount.")


@strawberry.type(description="When most was used.")
class EnergyPeak:
    date: datetime.date | None = figure("The day of which most was used; null without readings.")
    kwh: Decimal | None = figure("What was used on it, in kWh.")
    hour_start: datetime.datetime | None = figure(
        "The start of the hour in which most was used; null without readings of an hour at most."
    )
    hour_kwh: Decimal | None = figure("What was used in it, in kWh.")


@strawberry.type(description="What was used in some days of the range.")
class EnergyPeriod:
    start: datetime.date = figure("The first day.")
    end: datetime.date = figure("The day after the last.")
    consumption: Decimal = figure("Measured, in kWh.")
    cost: Decimal | None = figure(
        "At the tariffs of the time, in the store's currency; null where none holds."
    )


@strawberry.type(description="What was used on a day.")
class EnergyDay:
    date: datetime.date = figure("The day, in the store's zone.")
    consumption: Decimal = figure("Measured, in kWh; 0 on a day without readings: see `coverage`.")
    cost: Decimal | None = figure(
        "At the tariffs of the time, in the store's currency; null where none holds."
    )


@strawberry.type(description="What was used in an hour.")
class EnergyHour:
    start: datetime.datetime = figure("When the hour begins.")
    consumption: Decimal = figure("Measured, in kWh.")


@strawberry.type(description="What a device has used by its meter.")
class DeviceConsumption:
    device: Device | None = one("The device, if in sight.", source="device_id", to="Device")
    device_id: strawberry.Private[int]
    name: str = figure("Name of the device.")
    consumption: Decimal = figure("Measured, in kWh.")
    share: Decimal | None = figure("Its part of all that is measured, 1 being all; null where that is zero.")
    cost: Decimal | None = figure(
        "At the tariffs of the time, in the store's currency; null where none holds."
    )
    in_window: strawberry.Private[tuple[figures.Window, models.Device]]

    @strawberry.field(description="The share of its time in use that was read; null where it had none.")
    async def coverage(self, info: Info) -> Decimal | None:
        found: Decimal | None = await info.context.load(level(info), self.in_window, figures.covered)
        return found

    estimated: Decimal = figure("By readings that are ESTIMATED, in kWh: not in `consumption`.")


@strawberry.type(description="What the devices of a category have used by their meters.")
class DeviceCategoryConsumption:
    category: DeviceCategory | None = one(
        "The category; null for devices without one.", source="category_id", to="DeviceCategory"
    )
    category_id: strawberry.Private[int | None]
    name: str = figure("Name of the category; empty for devices without one.")
    consumption: Decimal = figure("Measured, in kWh.")
    share: Decimal | None = figure("Its part of all that is measured, 1 being all; null where that is zero.")
    cost: Decimal | None = figure(
        "At the tariffs of the time, in the store's currency; null where none holds."
    )


@strawberry.type(description="What a device without a meter is thought to have used.")
class RatedConsumption:
    device: Device | None = one("The device, if in sight.", source="device_id", to="Device")
    device_id: strawberry.Private[int]
    name: str = figure("Name of the device.")
    consumption: Decimal = figure("Rated power × hours on a day × days in use until today, in kWh.")


@strawberry.type(description="What nobody has measured. It is in no other figure.")
class EnergyEstimate:
    from_readings: Decimal = figure("By readings that are ESTIMATED, in kWh.")
    from_rated_power: Decimal = figure("Of devices without a meter, in kWh.")
    devices: list[RatedConsumption] = figure(
        "The devices without a meter whose rated power and hours are known."
    )


@strawberry.type(description="The use of other days, for comparison.")
class EnergyComparison:
    start: datetime.date = figure("The first of those days.")
    end: datetime.date = figure("The day after the last of them.")
    consumption: Decimal = figure("Measured then, in kWh.")
    cost: EnergyCost = figure("What that cost.")
    change: Decimal = figure("The range's consumption less that.")
    ratio: Decimal | None = figure(
        "The change as a part of that, 0.5 being half as much again; null of zero."
    )


@strawberry.type(description="What the next calendar month will use, and how well that can be known.")
class EnergyPrediction:
    start: datetime.date = figure("The first day of the month.")
    end: datetime.date = figure("The day after its last.")
    consumption: Decimal = figure("In kWh.")
    method: str = figure(
        "How: WEEKDAY_MEAN takes each day to be as the mean of its weekday over the last eight weeks."
    )
    error: Decimal = figure(
        "The mean error on the past, as a share: blocks of 28 days, each predicted from what was before."
    )
    tested: int = figure("How many blocks it was tried on.")
    days: int = figure("How many days of readings it stands on.")


@strawberry.type(description="The power that is drawn when nobody is there.")
class NightBaseLoad:
    kw: Decimal = figure("The mean power from 1 to 5 o'clock of the median night, in kW.")
    nights: int = figure("How many nights have readings of an hour at most.")


@strawberry.type(description="Energy for an order.")
class EnergyPerOrder:
    kwh: Decimal | None = figure("What was measured, by the orders; null without any.")
    orders: int = figure("The orders placed in the range, cancelled ones left out.")


@strawberry.type(description="How much of the time in which devices with a meter were in use was read.")
class EnergyCoverage:
    share: Decimal | None = figure("1 being all, to four places; null where nothing was to be read.")
    missing_days: list[datetime.date] = figure("Days without any reading; the first 100 of them.")
    missing_count: int = figure("How many days have no reading.")
