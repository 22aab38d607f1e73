"""Which devices, readings and tariffs to list, and in which order."""

from __future__ import annotations

from typing import Any

import strawberry
from django.db.models import Q

from energy import models
from schema.catalog.filters import in_any
from schema.connections import By
from schema.enums import described
from schema.filters import Filter, Term
from schema.nodes import TYPES, key_of
from schema.ranges import DateRange
from schema.receipts.filters import order, searched

DeviceStatus = models.Device.Status
described(
    DeviceStatus,
    name="DeviceStatus",
    description="Whether a device is in use.",
    values={
        "ACTIVE": "In use.",
        "INACTIVE": "Out of use for a while.",
        "REMOVED": "Gone; its readings stay.",
    },
)
ReadingQuality = models.Reading.Quality
described(
    ReadingQuality,
    name="ReadingQuality",
    description="How a reading is known.",
    values={
        "MEASURED": "A meter said so.",
        "ESTIMATED": "Somebody guessed: it stands apart from what is measured in all figures.",
        "CORRECTED": "A person has put it in the place of another, which is kept.",
    },
)
DeviceCategoryOrder: Any = order(
    "DeviceCategoryOrder",
    "An order of categories of devices.",
    NAME_ASC=By("name"),
    NAME_DESC=By("name", descending=True),
)
DeviceOrder: Any = order(
    "DeviceOrder",
    "An order of devices.",
    NAME_ASC=By("name"),
    NAME_DESC=By("name", descending=True),
    CREATED_AT_DESC=By("created_at", descending=True),
    CREATED_AT_ASC=By("created_at"),
)
ReadingOrder: Any = order(
    "ReadingOrder",
    "An order of readings.",
    START_DESC=By("start", descending=True),
    START_ASC=By("start"),
    KWH_DESC=By("kwh", descending=True),
)
TariffOrder: Any = order(
    "TariffOrder",
    "An order of tariffs.",
    VALID_FROM_DESC=By("valid_from", descending=True),
    VALID_FROM_ASC=By("valid_from"),
)


@strawberry.input(description="Which devices to list; a device must fit all that is said.")
class DeviceFilter(Filter):
    search: str | None = strawberry.field(default=None, description="Text in the name or the location.")
    category: strawberry.ID | None = strawberry.field(default=None, description="Of this category.")
    status: list[DeviceStatus] | None = strawberry.field(default=None, description="Any of these.")
    metered: bool | None = strawberry.field(default=None, description="With a meter, or without one.")

    def lookups(self) -> dict[str, Any]:
        return {
            "category": None if self.category is None else key_of(self.category, TYPES["DeviceCategory"])[1],
            "status__in": self.status,
            "metered": self.metered,
        }

    def terms(self) -> list[Term] | None:
        return searched(self.search)

    def holds(self, **term: Any) -> Q:
        return in_any(("name", "location"), term["text"])


@strawberry.input(description="Which readings to list; a reading must fit all that is said.")
class ReadingFilter(Filter):
    date_range: DateRange | None = strawberry.field(
        default=None, description="Begun in this range; half-open, in the store's zone."
    )
    quality: list[ReadingQuality] | None = strawberry.field(default=None, description="Any of these.")
    current: bool | None = strawberry.field(
        default=None, description="Only those that count, or only the corrected originals; null for both."
    )

    happened = "start"

    def lookups(self) -> dict[str, Any]:
        return {"quality__in": self.quality, "current": self.current}
