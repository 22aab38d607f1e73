"""The admin pages of energy."""

from django.contrib import admin

from core.admin import Book
from energy.models import Device, DeviceCategory, Reading, ReadingImport, Tariff, TariffBand


@admin.register(DeviceCategory)
class DeviceCategoryAdmin(Book):
    list_display = ("name", "store", "created_at")
    list_filter = ("created_at",)
    search_fields = ("name", "store__name")
    list_select_related = ("store",)


@admin.register(Device)
class DeviceAdmin(Book):
    list_display = ("name", "category", "store", "status", "metered", "rated_power_w", "avg_usage_hours")
    list_filter = ("status", "metered", "created_at")
    search_fields = ("name", "location", "store__name")
    list_select_related = ("store", "category")


@admin.register(Reading)
class ReadingAdmin(Book):
    list_display = ("device", "start", "end", "kwh", "quality", "current", "source")
    list_filter = ("quality", "current", "start")
    search_fields = ("device__name", "source", "store__name")
    list_select_related = ("device",)


@admin.register(Tariff)
class TariffAdmin(Book):
    list_display = ("store", "valid_from", "name", "price", "currency")
    list_filter = ("valid_from",)
    search_fields = ("name", "store__name")
    list_select_related = ("store",)


@admin.register(TariffBand)
class TariffBandAdmin(Book):
    list_display = ("tariff", "weekdays", "starts", "ends", "price")
    list_filter = ("tariff__valid_from",)
    search_fields = ("tariff__name", "tariff__store__name")
    list_select_related = ("tariff",)


@admin.register(ReadingImport)
class ReadingImportAdmin(Book):
    list_display = ("filename", "store", "status", "dry_run", "imported", "duplicates", "skipped")
    list_filter = ("status", "dry_run", "created_at")
    search_fields = ("filename", "store__name")
    list_select_related = ("store",)
