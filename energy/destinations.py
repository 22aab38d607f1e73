"""Where the rows of a file go: to the device that was named, or to the devices that the file names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Lower

from core.errors import Refused
from energy import adding, devices
from energy.adding import Added
from energy.meter_files.errors import Unreadable
from energy.meter_files.rows import Row
from energy.models import Device, ReadingImport

MAX_DEVICES = 100  # of one file
NAMELESS = "Meter"


@dataclass
class Destinations:
    """The devices of one import, and in a dry run what has been counted for them already."""

    row: ReadingImport
    name: str = NAMELESS  # of the device where neither the sender nor the file names one
    devices: dict[str, Device] = field(default_factory=dict)
    seen: set[tuple[str, datetime]] = field(default_factory=set)

    def take(self, rows: Sequence[Row]) -> Added:
        """Enter rows, or in a dry run count what would be entered, in the running transaction.

        Raises: Unreadable.
        """
        with transaction.atomic():
            parts = [self._take(name, group) for name, group in self._by_device(rows).items()]
            if self.row.dry_run:
                transaction.set_rollback(True)
        return sum(parts, Added())

    def _by_device(self, rows: Sequence[Row]) -> dict[str, list[Row]]:
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            groups[row.device].append(row)
        if self.row.device is not None or self.row.device_name:
            if len(groups) > 1:
                there = ", ".join(sorted(filter(None, groups))[:5])
                raise Unreadable(
                    f"The file names several devices: {there}. Choose none, and each gets its own."
                )
            return {"": list(rows)} if rows else {}
        return groups

    def _take(self, name: str, rows: list[Row]) -> Added:
        if not self.row.dry_run:
            return adding.add(self._device(name), rows, self.row.filename, by=self.row.user)
        fresh = {row.start: row for row in reversed(rows) if (name, row.start) not in self.seen}
        self.seen.update((name, start) for start in fresh)
        device = self.row.device or self._known(name or self.name)
        if device is not None:
            added = adding.add(device, fresh.values(), "")
        else:
            added = Added(len(fresh), kwh=sum((row.kwh for row in fresh.values()), Decimal(0)))
        return added + Added(duplicates=len(rows) - len(fresh))

    def _device(self, name: str) -> Device:
        """Find the device of a name, or enter it."""
        if self.row.device is not None:
            return self.row.device
        name = name or self.name
        if name not in self.devices:
            if len(self.devices) >= MAX_DEVICES:
                raise Unreadable(f"The file names more than {MAX_DEVICES} devices.")
            self.devices[name] = self._known(name) or self._enter(name)
            if not self.devices[name].metered:
                raise Unreadable(f"The device {name!r} is said to have no meter: change that first.")
        return self.devices[name]

    def _known(self, name: str) -> Device | None:
        # Folded by the database on both sides, as its unique constraint does.
        same = Device.objects.of(self.row.store).alias(folded=Lower("name"))
        found: Device | None = same.filter(folded=Lower(Value(name))).first()
        return found

    def _enter(self, name: str) -> Device:
        try:
            return devices.create(store=self.row.store, by=self.row.user, values={"name": name})
        except Refused as refusal:
            raise Unreadable(f"The device {name!r} cannot be added: {refusal.message}") from refusal
