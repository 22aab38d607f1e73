"""The admin pages of the catalogue."""

from django.contrib import admin

from catalog.models import Brand, Category, Collection, Product, StockMove
from core.admin import Book


@admin.register(Category)
class CategoryAdmin(Book):
    list_display = ("name", "kind", "store", "parent", "key")
    list_filter = ("kind", ("store", admin.EmptyFieldListFilter))
    search_fields = ("name", "key", "store__name")
    list_select_related = ("store", "parent")


@admin.register(Brand)
class BrandAdmin(Book):
    list_display = ("name", "store", "created_at")
    list_filter = ("created_at",)
    search_fields = ("name", "store__name")
    list_select_related = ("store",)


@admin.register(Collection)
class CollectionAdmin(Book):
    list_display = ("name", "brand", "store", "created_at")
    list_filter = ("created_at",)
    search_fields = ("name", "brand__name", "store__name")
    list_select_related = ("brand", "store")


@admin.register(Product)
class ProductAdmin(Book):
    list_display = ("name", "sku", "unit_price", "stock_on_hand", "category", "store", "archived_at")
    list_filter = ("tracks_stock", ("archived_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("name", "sku", "barcode", "store__name")
    list_select_related = ("category", "store")


@admin.register(StockMove)
class StockMoveAdmin(Book):
    list_display = ("created_at", "product", "kind", "quantity", "stock_after", "cause_kind", "user")
    list_filter = ("kind", "created_at")
    search_fields = ("product__name", "product__sku", "product__store__name", "note")
    list_select_related = ("product", "user")
