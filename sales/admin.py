"""The admin pages of who buys."""

from django.contrib import admin

from core.admin import Book
from sales.models import Customer


@admin.register(Customer)
class CustomerAdmin(Book):
    list_display = ("last_name", "first_name", "company", "email", "country", "store", "archived_at")
    list_filter = (("archived_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("first_name", "last_name", "company", "email", "store__name")
    list_select_related = ("store",)
