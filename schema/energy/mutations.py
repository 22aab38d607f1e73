"""Devices kept, readings entered and corrected, tariffs set."""

from __future__ import annotations

from typing import Any

import strawberry
from django.utils import timezone

from core.errors import Code, Refused
from core.roles import Permission
from energy import devices, readings, tariffs
from energy.prices import EVERY_DAY, Band
from schema.commands import Answer, Caller, Payload, command, given, value, written
from schema.energy import inputs
from schema.energy.filters import ReadingQuality
from schema.energy.types import Device, DeviceCategory, Reading, Tariff


@strawberry.type(description="A category of devices, as it is now.")
class DeviceCategoryPayload(Payload):
    category: DeviceCategory | None = written("The category.", to="DeviceCategory", key="category")


@strawberry.type(description="What became of a command to remove something.")
class RemovedPayload(Payload):
    removed: bool = value("Whether it is gone.", key="removed", default=False)


@strawberry.type(description="A device, as it is now.")
class DevicePayload(Payload):
    device: Device | None = written("The device.", to="Device", key="device")


@strawberry.type(description="What became of a batch of readings.")
class RecordReadingsPayload(Payload):
    device: Device | None = written("The device.", to="Device", key="device")
    imported: int = value("How many are new.", key="imported", default=0)
    duplicates: int = value(
        "How many the device had before from the same start on: they stay as they were.",
        key="duplicates",
        default=0,
    )
    differing: int = value(
        "How many of the duplicates say another amount than what counts: see `correctReading`.",
        key="differing",
        default=0,
    )


@strawberry.type(description="A reading, as it counts now.")
class ReadingPayload(Payload):
    reading: Reading | None = written("The correction.", to="Reading", key="reading")


@strawberry.type(description="A tariff, as it is now.")
class TariffPayload(Payload):
    tariff: Tariff | None = written("The tariff.", to="Tariff", key="tariff")


@command(DeviceCategoryPayload, description="Add a category of devices.", needs=Permission.ENERGY_EDIT)
def create_device_category(caller: Caller, input: inputs.CreateDeviceCategoryInput) -> Answer:
    store = caller.store(input.store)
    return caller.once(
        lambda: {"category": devices.create_category(store=store, by=caller.user, name=input.name).pk}
    )


@command(DeviceCategoryPayload, description="Rename a category of devices.", needs=Permission.ENERGY_EDIT)
def rename_device_category(caller: Caller, input: inputs.RenameDeviceCategoryInput) -> Answer:
    category = caller.find(input.category, "DeviceCategory", "category")
    return {"category": devices.rename_category(category=category, by=caller.user, name=input.name).pk}


@command(
    RemovedPayload,
    description="Remove a category of devices; its devices stay, without one.",
    needs=Permission.ENERGY_EDIT,
)
def remove_device_category(caller: Caller, input: inputs.RemoveDeviceCategoryInput) -> Answer:
    devices.remove_category(
        category=caller.find(input.category, "DeviceCategory", "category"), by=caller.user
    )
    return {"removed": True}


@command(DevicePayload, description="Add a device.", needs=Permission.ENERGY_EDIT)
def create_device(caller: Caller, input: inputs.CreateDeviceInput) -> Answer:
    store = caller.store(input.store)
    values = _columns(caller, input, "store")
    if values.get("in_use_from", "") is None:
        del values["in_use_from"]
    return caller.once(lambda: {"device": devices.create(store=store, by=caller.user, values=values).pk})


@command(DevicePayload, description="Change a device.", needs=Permission.ENERGY_EDIT)
def update_device(caller: Caller, input: inputs.UpdateDeviceInput) -> Answer:
    device = caller.find(input.device, "Device", "device")
    changes = _columns(caller, input, "device")
    return {"device": devices.update(device=device, by=caller.user, changes=changes).pk}


@command(
    DevicePayload,
    description="Take a device out of the store for good; its readings stay.",
    needs=Permission.ENERGY_EDIT,
)
def retire_device(caller: Caller, input: inputs.RetireDeviceInput) -> Answer:
    device = caller.find(input.device, "Device", "device")
    return {"device": devices.retire(device=device, by=caller.user, on=input.on).pk}


@command(
    RecordReadingsPayload,
    description="Enter what a meter has read; what is in the books already stays as it is.",
    needs=Permission.READING_RECORD,
)
def record_readings(caller: Caller, input: inputs.RecordReadingsInput) -> Answer:
    device = caller.find(input.device, "Device", "device")
    for place, reading in enumerate(input.readings):
        if reading.quality == ReadingQuality.CORRECTED:
            message = "A correction names the reading that it corrects: see `correctReading`."
            raise Refused(Code.INVALID, message, "readings", str(place), "quality")
    rows = [readings.NewReading(**given(reading)) for reading in input.readings]

    def run() -> Answer:
        recorded = readings.record(
            device=device, by=caller.user, rows=rows, now=timezone.now(), source=input.source
        )
        return {"device": device.pk, **vars(recorded)}

    return caller.once(run)


@command(
    ReadingPayload,
    description="Put another amount in the place of a reading; the original is kept and no longer counts.",
    needs=Permission.ENERGY_EDIT,
)
def correct_reading(caller: Caller, input: inputs.CorrectReadingInput) -> Answer:
    reading = caller.find(input.reading, "Reading", "reading")

    def run() -> Answer:
        made = readings.correct(reading=reading, by=caller.user, kwh=input.kwh, notes=input.notes)
        return {"reading": made.pk}

    return caller.once(run)


@command(
    TariffPayload,
    description="Say what a kWh costs from a day on; what was said of that day is replaced.",
    needs=Permission.ENERGY_EDIT,
)
def set_tariff(caller: Caller, input: inputs.SetTariffInput) -> Answer:
    store = caller.store(input.store)
    bands = [
        Band(
            EVERY_DAY if band.weekdays is None else sum(1 << day.value for day in set(band.weekdays)),
            band.starts,
            band.ends,
            band.price,
        )
        for band in input.bands
    ]

    def run() -> Answer:
        tariff = tariffs.set_tariff(
            store=store,
            by=caller.user,
            valid_from=input.valid_from,
            price=input.price,
            bands=bands,
            name=input.name,
        )
        return {"tariff": tariff.pk}

    return caller.once(run)


@command(
    RemovedPayload,
    description="Remove a tariff: the one before it holds on, or none does.",
    needs=Permission.ENERGY_EDIT,
)
def remove_tariff(caller: Caller, input: inputs.RemoveTariffInput) -> Answer:
    tariffs.remove(tariff=caller.find(input.tariff, "Tariff", "tariff"), by=caller.user)
    return {"removed": True}


def _columns(caller: Caller, input: Any, parent: str) -> dict[str, Any]:
    """Take the values of a device's columns, its category found."""
    values = {name: sent for name, sent in given(input).items() if name != parent}
    if values.get("category") is not None:
        values["category"] = caller.see(values["category"], "DeviceCategory", "category")
    return values


@strawberry.type
class EnergyMutations:
    create_device_category = create_device_category
    rename_device_category = rename_device_category
    remove_device_category = remove_device_category
    create_device = create_device
    update_device = update_device
    retire_device = retire_device
    record_readings = record_readings
    correct_reading = correct_reading
    set_tariff = set_tariff
    remove_tariff = remove_tariff
