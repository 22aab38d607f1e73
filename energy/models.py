"""What uses energy, what its meters have read, and what a kilowatt-hour costs."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from core.models import Store, User
from core.tenancy import StoreOwned, StoreQuerySet

KWH_DIGITS, KWH_PLACES = 16, 6
LONGEST_READING = timedelta(days=32)  # a range of days need not look further back for what reaches into it
EVERY_DAY = 0b1111111


class DeviceCategory(StoreOwned):
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="device_categories")
    name = models.CharField(max_length=100)

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("store", Lower("name"), name="device_category_name_once_in_a_store"),
            models.CheckConstraint(condition=~Q(name=""), name="device_category_has_a_name"),
        ]


class Device(StoreOwned):
    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        INACTIVE = "INACTIVE"
        REMOVED = "REMOVED"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="devices")
    category = models.ForeignKey(
        DeviceCategory, null=True, blank=True, on_delete=models.SET_NULL, related_name="devices"
    )
    name = models.CharField(max_length=100)
    location = models.CharField(max_length=100, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.ACTIVE)
    metered = models.BooleanField(
        default=True
    )  # without a meter it is estimated, apart from what is measured
    rated_power_w = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    avg_usage_hours = models.DecimalField(max_digits=5, decimal_places=3, null=True, blank=True)  # a day
    in_use_from = models.DateField()
    in_use_until = models.DateField(null=True, blank=True)  # the first day without it
    notes = models.CharField(max_length=1000, blank=True)

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("store", Lower("name"), name="device_name_once_in_a_store"),
            models.CheckConstraint(condition=~Q(name=""), name="device_has_a_name"),
            models.CheckConstraint(
                condition=Q(status__in=["ACTIVE", "INACTIVE", "REMOVED"]), name="device_status_is_known"
            ),
            models.CheckConstraint(condition=Q(rated_power_w__gte=0), name="device_power_is_not_negative"),
            models.CheckConstraint(
                condition=Q(avg_usage_hours__gte=0, avg_usage_hours__lte=24),
                name="device_hours_fit_into_a_day",
            ),
            models.CheckConstraint(
                condition=Q(in_use_until__gte=F("in_use_from")), name="device_ends_after_it_began"
            ),
            models.CheckConstraint(
                condition=Q(status="ACTIVE", in_use_until=None)
                | (~Q(status="ACTIVE") & Q(in_use_until__isnull=False)),
                name="device_is_in_use_while_active",
            ),
        ]


class ReadingQuerySet(StoreQuerySet):
    def current(self) -> Self:
        """Keep what counts: a corrected reading stays in the books, but its correction counts."""
        return self.filter(current=True)


class Reading(models.Model):
    """What a device has used from `start` to before `end`; `energy.readings` alone adds and corrects."""

    class Quality(models.TextChoices):
        MEASURED = "MEASURED"
        ESTIMATED = "ESTIMATED"
        CORRECTED = "CORRECTED"

    # The device's own, kept here too: a store's hundreds of thousands of rows are read by store and time.
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+", db_index=False)
    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="readings")
    start = models.DateTimeField()
    end = models.DateTimeField()
    kwh = models.DecimalField(max_digits=KWH_DIGITS, decimal_places=KWH_PLACES)
    quality = models.CharField(max_length=10, choices=Quality, default=Quality.MEASURED)
    location = models.CharField(max_length=100, blank=True)
    notes = models.CharField(max_length=500, blank=True)
    source = models.CharField(max_length=100, blank=True)  # whence it came, such as the name of a file
    current = models.BooleanField(default=True)  # false once a correction stands in its place
    replaces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    entered_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["device", "start"], condition=Q(current=True), name="reading_once_a_start"
            ),
            models.UniqueConstraint(
                fields=["replaces"], condition=Q(replaces__isnull=False), name="reading_replaced_once"
            ),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="reading_ends_after_it_began"),
            models.CheckConstraint(condition=Q(kwh__gte=0), name="reading_is_not_negative"),
            models.CheckConstraint(
                condition=Q(quality__in=["MEASURED", "ESTIMATED", "CORRECTED"]),
                name="reading_quality_is_known",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["store", "start"], name="reading_of_store")]


class Tariff(StoreOwned):
    """The price from the start of a day on, until the next tariff; its bands come before it."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="tariffs")
    name = models.CharField(max_length=100, blank=True)
    valid_from = models.DateField()
    price = models.DecimalField(max_digits=12, decimal_places=6)  # per kWh, at all times without a band
    currency = models.CharField(max_length=3)  # the store's, at that moment

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "valid_from"], name="tariff_once_a_day_in_a_store"),
        ]


class TariffBandQuerySet(StoreQuerySet):
    store_path = "tariff__store"


class TariffBand(models.Model):
    """A price of some weekdays and hours, by the store's clock.

    From `starts` to before `ends`; where that is no later, it ends on the day after. Negative prices exist.
    """

    tariff = models.ForeignKey(Tariff, on_delete=models.CASCADE, related_name="bands")
    weekdays = models.PositiveSmallIntegerField(default=EVERY_DAY)  # a bit each, Monday is the lowest
    starts = models.TimeField()
    ends = models.TimeField()
    price = models.DecimalField(max_digits=12, decimal_places=6)

    objects = TariffBandQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(weekdays__gte=1, weekdays__lte=EVERY_DAY), name="tariff_band_has_weekdays"
            ),
        ]


class ReadingImport(StoreOwned):
    """A file of readings: what the sender said of it, how far it is read, and what came of it.

    `rows_done` is written with the readings of those rows, so that whoever goes on neither repeats nor loses.
    """

    class Status(models.TextChoices):
        QUEUED = "QUEUED"
        PROCESSING = "PROCESSING"
        COMPLETED = "COMPLETED"
        FAILED = "FAILED"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="reading_imports")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    device = models.ForeignKey(Device, null=True, on_delete=models.SET_NULL, related_name="+")
    device_name = models.CharField(max_length=100, blank=True)  # of a device to find or to enter
    file = models.CharField(max_length=200, blank=True, db_index=True)  # its name in the storage
    filename = models.CharField(max_length=255)
    unit = models.CharField(max_length=5, blank=True)
    date_column = models.CharField(max_length=100, blank=True)
    value_column = models.CharField(max_length=100, blank=True)
    dry_run = models.BooleanField(default=False)
    status = models.CharField(max_length=10, choices=Status, default=Status.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    imported = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    differing = models.PositiveIntegerField(default=0)  # of the duplicates: another amount for the same time
    skipped = models.PositiveIntegerField(default=0)
    kwh = models.CharField(max_length=40, default="0")  # text: a sum has more digits than SQLite's decimals
    row_errors = models.JSONField(default=list, blank=True)  # [row number, reason] of the first ones
    format = models.JSONField(default=dict, blank=True)  # what the file turned out to be
    error = models.CharField(max_length=500, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=["QUEUED", "PROCESSING", "COMPLETED", "FAILED"]),
                name="reading_import_status_is_known",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["store", "-created_at"], name="reading_import_of_store")]
