"""What commands on energy take. In an update, a field that is left out stays as it is."""

from __future__ import annotations

import datetime
from decimal import Decimal

import strawberry

from schema.commands import IDEMPOTENCY_KEY
from schema.energy.filters import DeviceStatus, ReadingQuality
from schema.enums import Weekday
from schema.receipts.inputs import entry


@strawberry.input(description="A category of devices to add.")
class CreateDeviceCategoryInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    name: str = strawberry.field(description="Name, once in a store; at most 100 characters.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="A new name for a category of devices.")
class RenameDeviceCategoryInput:
    category: strawberry.ID = strawberry.field(description="The category.")
    name: str = strawberry.field(description="Name, once in a store; at most 100 characters.")


@strawberry.input(description="A category of devices to remove.")
class RemoveDeviceCategoryInput:
    category: strawberry.ID = strawberry.field(description="The category.")


@strawberry.input(description="A device to add.")
class CreateDeviceInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    name: str = strawberry.field(description="Name, once in a store; at most 100 characters.")
    category: strawberry.ID | None = entry("What it is: a category of the store.")
    location: str | None = entry("Where it stands; at most 100 characters.")
    metered: bool = strawberry.field(default=True, description="Whether a meter reads it.")
    rated_power_w: Decimal | None = entry("Rated power in watts.")
    avg_usage_hours: Decimal | None = entry("Hours in use on a day, on average: 0 to 24.")
    in_use_from: datetime.date | None = entry("The first day with it; today if left out.")
    notes: str | None = entry("Your own words; at most 1,000 characters.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="Changes to a device; null empties a field, a field left out stays.")
class UpdateDeviceInput:
    device: strawberry.ID = strawberry.field(description="The device.")
    name: str | None = entry("Name, once in a store; at most 100 characters.")
    category: strawberry.ID | None = entry("What it is: a category of the store.")
    location: str | None = entry("Where it stands; at most 100 characters.")
    status: DeviceStatus | None = entry("Whether it is in use: out of use from today on unless you say more.")
    metered: bool | None = entry("Whether a meter reads it.")
    rated_power_w: Decimal | None = entry("Rated power in watts.")
    avg_usage_hours: Decimal | None = entry("Hours in use on a day, on average: 0 to 24.")
    in_use_from: datetime.date | None = entry("The first day with it.")
    in_use_until: datetime.date | None = entry("The first day without it; only of one that is not active.")
    notes: str | None = entry("Your own words; at most 1,000 characters.")


@strawberry.input(description="A device that leaves the store.")
class RetireDeviceInput:
    device: strawberry.ID = strawberry.field(description="The device.")
    on: datetime.date | None = strawberry.field(
        default=None, description="The first day without it; today if left out."
    )


@strawberry.input(description="What a device has used in some time.")
class ReadingInput:
    start: datetime.datetime = strawberry.field(description="When it begins, with its offset.")
    end: datetime.datetime = strawberry.field(description="When it ends; at most 32 days later.")
    kwh: Decimal = strawberry.field(description="Energy in kWh, at most six decimal places.")
    quality: ReadingQuality = strawberry.field(
        default=ReadingQuality.MEASURED, description="How it is known: MEASURED or ESTIMATED."
    )
    location: str = strawberry.field(default="", description="Where it was read; at most 100 characters.")
    notes: str = strawberry.field(default="", description="Your own words; at most 500 characters.")


@strawberry.input(description="Readings of a device to enter: all of them, or none where one is wrong.")
class RecordReadingsInput:
    device: strawberry.ID = strawberry.field(description="The device; it has a meter.")
    readings: list[ReadingInput] = strawberry.field(description="At most 1,000, in whatever order.")
    source: str = strawberry.field(
        default="", description="Whence they come, such as the name of the meter; at most 100 characters."
    )
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="A correction of a reading.")
class CorrectReadingInput:
    reading: strawberry.ID = strawberry.field(description="The reading, one that counts.")
    kwh: Decimal = strawberry.field(description="What it should have said, in kWh.")
    notes: str = strawberry.field(default="", description="Why; at most 500 characters.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(
    description="A price of some weekdays and hours, by the store's clock. Where `ends` is no later than "
    "`starts`, it ends on the day after."
)
class TariffBandInput:
    weekdays: list[Weekday] | None = strawberry.field(
        default=None, description="The days on which it starts; every day if left out."
    )
    starts: datetime.time = strawberry.field(description="From this time on, in whole minutes.")
    ends: datetime.time = strawberry.field(description="To before this time, in whole minutes.")
    price: Decimal = strawberry.field(description="Per kWh; at most six decimal places.")


@strawberry.input(description="What a kWh costs from a day on; what was said of that day is replaced.")
class SetTariffInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    valid_from: datetime.date = strawberry.field(description="The first day, in the store's zone.")
    price: Decimal = strawberry.field(
        description="Per kWh in the store's currency, at times without a band; at most six decimal places."
    )
    bands: list[TariffBandInput] = strawberry.field(
        default_factory=list, description="Other prices at other times, at most 24 that do not overlap."
    )
    name: str = strawberry.field(default="", description="Name; at most 100 characters.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="A tariff to remove.")
class RemoveTariffInput:
    tariff: strawberry.ID = strawberry.field(description="The tariff.")
