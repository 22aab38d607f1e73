"""The admin pages of who buys, what, and who was at work."""

from django.contrib import admin

from core.admin import Book
from sales.models import Customer, Order, OrderEvent, OrderLine, Payment, Refund, Shift


@admin.register(Customer)
class CustomerAdmin(Book):
    list_display = ("last_name", "first_name", "company", "email", "country", "store", "archived_at")
    list_filter = (("archived_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("first_name", "last_name", "company", "email", "store__name")
    list_select_related = ("store",)


@admin.register(Order)
class OrderAdmin(Book):
    list_display = (
        "number",
        "store",
        "status",
        "channel",
        "customer",
        "total",
        "paid",
        "currency",
        "placed_at",
    )
    list_filter = ("status", "channel", "placed_at")
    search_fields = ("number", "note", "customer__last_name", "store__name")
    list_select_related = ("store", "customer")


@admin.register(OrderLine)
class OrderLineAdmin(Book):
    list_display = ("name", "order", "quantity", "unit_price", "total")
    list_filter = ("order__channel", "order__placed_at")
    search_fields = ("name", "order__store__name")
    list_select_related = ("order",)


@admin.register(OrderEvent)
class OrderEventAdmin(Book):
    list_display = ("order", "before", "after", "actor", "created_at")
    list_filter = ("after", "created_at")
    search_fields = ("actor__email", "note", "order__store__name")
    list_select_related = ("order", "actor")


@admin.register(Payment)
class PaymentAdmin(Book):
    list_display = ("order", "method", "amount", "refunded", "status", "reference", "created_at")
    list_filter = ("status", "method", "created_at")
    search_fields = ("reference", "order__store__name", "user__email")
    list_select_related = ("order",)


@admin.register(Refund)
class RefundAdmin(Book):
    list_display = ("payment", "amount", "status", "reference", "created_at")
    list_filter = ("status", "created_at")
    search_fields = ("reference", "payment__order__store__name", "user__email")
    list_select_related = ("payment",)


@admin.register(Shift)
class ShiftAdmin(Book):
    list_display = ("user", "store", "clock_in", "clock_out")
    list_filter = ("clock_in", ("clock_out", admin.EmptyFieldListFilter))
    search_fields = ("user__email", "store__name", "note")
    list_select_related = ("user", "store")
