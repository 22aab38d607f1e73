"""The admin pages of receipts: books, to be looked at."""

from django.contrib import admin

from core.admin import Book
from receipts import models as rows


@admin.register(rows.Merchant)
class MerchantAdmin(Book):
    list_display = ("name", "store", "category", "created_at")
    list_filter = ("created_at",)
    search_fields = ("name", "store__name")
    list_select_related = ("store", "category")


@admin.register(rows.MerchantAlias)
class MerchantAliasAdmin(Book):
    list_display = ("name", "merchant", "store")
    list_filter = (("store", admin.RelatedOnlyFieldListFilter),)
    search_fields = ("name", "merchant__name", "store__name")
    list_select_related = ("merchant", "store")


@admin.register(rows.ItemName)
class ItemNameAdmin(Book):
    list_display = ("spelling", "name", "category", "store")
    list_filter = ("updated_at",)
    search_fields = ("spelling", "name", "store__name")
    list_select_related = ("category", "store")


@admin.register(rows.SpendDay)
class SpendDayAdmin(Book):
    list_display = ("booked_on", "store", "currency", "count", "units")
    list_filter = ("currency", "booked_on")
    search_fields = ("store__name",)
    list_select_related = ("store",)


@admin.register(rows.SpendGroup)
class SpendGroupAdmin(Book):
    list_display = ("start", "months", "store", "by", "key", "name", "currency", "count", "units")
    list_filter = ("by", "months", "currency")
    search_fields = ("name", "store__name")
    list_select_related = ("store",)


@admin.register(rows.Duplicate)
class DuplicateAdmin(Book):
    list_display = ("earlier", "later", "score", "status", "store")
    list_filter = ("status", "created_at")
    search_fields = ("earlier__merchant_name", "later__merchant_name", "store__name")
    list_select_related = ("earlier", "later", "store")


@admin.register(rows.Upload)
class UploadAdmin(Book):
    list_display = ("filename", "store", "status", "stage", "attempts", "reader", "created_at", "error")
    list_filter = ("status", "stage", "reader", "created_at")
    search_fields = ("filename", "sha256", "store__name", "error")
    list_select_related = ("store",)


@admin.register(rows.ModelUse)
class ModelUseAdmin(Book):
    list_display = ("day", "store", "readings")
    list_filter = ("day",)
    search_fields = ("store__name",)
    list_select_related = ("store",)


@admin.register(rows.Bill)
class BillAdmin(Book):
    list_display = ("booked_on", "merchant_name", "total", "currency", "status", "source", "store")
    list_filter = ("status", "source", "verified", "currency", "booked_on")
    search_fields = ("merchant_name", "number", "notes", "store__name")
    list_select_related = ("store",)
    date_hierarchy = "booked_on"


@admin.register(rows.Item)
class ItemAdmin(Book):
    list_display = ("description", "quantity", "unit", "unit_price", "total", "category", "bill")
    list_filter = ("category__kind",)
    search_fields = ("description", "bill__merchant_name", "bill__store__name")
    list_select_related = ("category", "bill")
