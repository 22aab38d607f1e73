"""The admin pages of the catalogue."""

from django.contrib import admin

from catalog.models import Category
from core.admin import Book


@admin.register(Category)
class CategoryAdmin(Book):
    list_display = ("name", "kind", "store", "parent", "key")
    list_filter = ("kind", ("store", admin.EmptyFieldListFilter))
    search_fields = ("name", "key", "store__name")
    list_select_related = ("store", "parent")
