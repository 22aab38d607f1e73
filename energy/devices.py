"""Keep a store's devices and what sorts them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from core import audit
from core.errors import Code, Refused
from core.fields import named, number, short
from core.models import Store, User
from energy.models import Device, DeviceCategory

MAX_NAME = 100
MAX_DEVICES = 500  # figures name every one of them
MAX_CATEGORIES = 100
POWER = (9, 3)  # digits before and after the point, of watts
PICTURE = (
    "name", "category", "location", "status", "metered", "rated_power_w", "avg_usage_hours",
    "in_use_from", "in_use_until", "notes",
)  # fmt: skip
Status = Device.Status


@transaction.atomic
def create(*, store: Store, by: User | None, values: dict[str, Any]) -> Device:
    """Add a device, in use from today on unless `values` say otherwise; they name columns.

    Raises: Refused with REQUIRED, INVALID, TAKEN, or CONFLICT where there are too many.
    """
    Store.objects.select_for_update().get(pk=store.pk)  # the limit holds for twins too
    if Device.objects.of(store).count() >= MAX_DEVICES:
        raise Refused(Code.CONFLICT, f"A store has at most {MAX_DEVICES} devices.")
    device = Device(store=store, in_use_from=_today(store))
    _set(device, {"name": "", **values})
    _save(device)
    after = audit.picture(device, *PICTURE)
    audit.record(store=store, by=by, action="device.create", node=device, after=after)
    return device


@transaction.atomic
def update(*, device: Device, by: User, changes: dict[str, Any]) -> Device:
    """Change some columns of a device; None empties one.

    Raises: Refused with REQUIRED, INVALID or TAKEN.
    """
    device = Device.objects.select_for_update(of=("self",)).select_related("store").get(pk=device.pk)
    before = audit.picture(device, *PICTURE)
    _set(device, changes)
    _save(device)
    after = audit.picture(device, *PICTURE)
    if after != before:
        audit.record(
            store=device.store, by=by, action="device.update", node=device, before=before, after=after
        )
    return device


@transaction.atomic
def retire(*, device: Device, by: User, on: date | None = None) -> Device:
    """Take a device out of the store for good, today or on a day given; its readings stay.

    Raises: Refused with INVALID for a day before its first.
    """
    changes: dict[str, Any] = {"status": Status.REMOVED}
    return update(device=device, by=by, changes=changes if on is None else {**changes, "in_use_until": on})


@transaction.atomic
def create_category(*, store: Store, by: User | None, name: str) -> DeviceCategory:
    """Add a category of devices.

    Raises: Refused with REQUIRED, INVALID, TAKEN, or CONFLICT where there are too many.
    """
    Store.objects.select_for_update().get(pk=store.pk)
    if DeviceCategory.objects.of(store).count() >= MAX_CATEGORIES:
        raise Refused(Code.CONFLICT, f"A store has at most {MAX_CATEGORIES} categories of devices.")
    category = DeviceCategory(store=store, name=_name(name))
    _save(category)
    after = {"name": category.name}
    audit.record(store=store, by=by, action="device_category.create", node=category, after=after)
    return category


@transaction.atomic
def rename_category(*, category: DeviceCategory, by: User, name: str) -> DeviceCategory:
    """Rename a category of devices.

    Raises: Refused with REQUIRED, INVALID or TAKEN.
    """
    before, category.name = {"name": category.name}, _name(name)
    _save(category)
    audit.record(
        store=category.store,
        by=by,
        action="device_category.rename",
        node=category,
        before=before,
        after={"name": category.name},
    )
    return category


@transaction.atomic
def remove_category(*, category: DeviceCategory, by: User) -> None:
    """Remove a category; its devices stay, without one."""
    before = {"name": category.name, "devices": category.devices.count()}
    audit.record(store=category.store, by=by, action="device_category.remove", node=category, before=before)
    category.delete()


def _set(device: Device, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(device, name, _checked(device, name, value))
    if device.status == Status.ACTIVE:
        device.in_use_until = None
    elif device.in_use_until is None:
        device.in_use_until = max(_today(device.store), device.in_use_from)
    if device.in_use_until is not None and device.in_use_until < device.in_use_from:
        raise Refused(Code.INVALID, "It cannot end before it began.", "inUseUntil")


def _checked(device: Device, name: str, value: Any) -> Any:
    if name == "name":
        return _name(value or "")
    if name in ("location", "notes"):
        return short(value or "", {"location": 100, "notes": 1000}[name], name)
    if name == "rated_power_w" and value is not None:
        return number(value, *POWER, "ratedPowerW")
    if name == "avg_usage_hours" and value is not None:
        hours = number(value, 2, 3, "avgUsageHours")
        if hours > Decimal(24):
            raise Refused(Code.INVALID, "A day has at most 24 hours.", "avgUsageHours")
        return hours
    if name == "category" and value is not None and value.store_id != device.store_id:
        raise Refused(Code.INVALID, "This category is another store's.", "category")
    if name == "in_use_until" and value is not None and device.status == Status.ACTIVE:
        raise Refused(Code.INVALID, "A device that is active has no last day.", "inUseUntil")
    if name in ("status", "metered", "in_use_from") and value is None:
        raise Refused(Code.REQUIRED, "This cannot be empty.", _camel(name))
    return value


def _save(row: Device | DeviceCategory) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Refused(Code.TAKEN, "There is one of this name already.", "name") from error


def _name(text: str) -> str:
    return named(" ".join(text.split()), MAX_NAME, "name")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _today(store: Store) -> date:
    return timezone.now().astimezone(store.zone).date()
