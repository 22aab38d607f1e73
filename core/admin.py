"""The admin pages of accounts and stores; what only services may change is shown and left alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from core import activation
from core import models as rows
from core.audit import record


class Kept(admin.ModelAdmin):  # type: ignore[type-arg] # it is subscripted in stubs alone
    """Rows that an administrator may change, but that come and go by services alone."""

    list_per_page = 50
    show_full_result_count = False  # a count of a large table takes long

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class Book(Kept):
    """Rows that are looked at only: they change through services alone."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(rows.User)
class UserAdmin(Kept):
    list_display = ("email", "username", "first_name", "last_name", "role", "is_active", "created_at")
    list_filter = ("role", "is_active", ("email_verified_at", admin.EmptyFieldListFilter), "created_at")
    search_fields = ("email", "username", "first_name", "last_name")
    ordering = ("email",)
    fields = (
        "email", "username", "first_name", "last_name", "role", "permissions", "is_active",
        "email_verified_at", "last_login", "created_at", "updated_at",
    )  # fmt: skip
    readonly_fields = ("email", "permissions", "email_verified_at", "last_login", "created_at", "updated_at")

    def save_model(self, request: HttpRequest, obj: rows.User, form: Any, change: bool) -> None:
        """Save an account; one that is shut loses its sessions."""
        by = request.user
        assert isinstance(by, rows.User)
        shown = {name: form.initial.get(name) for name in form.changed_data if name != "is_active"}
        if "is_active" in form.changed_data:
            activation.set_active(user=obj, active=obj.is_active, by=by)
        if shown:
            obj.save(update_fields=[*shown, "updated_at"])
            after = {name: form.cleaned_data[name] for name in shown}
            record(store=None, by=by, action="account.edit", node=obj, before=shown, after=after)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep administrators from shutting themselves out."""
        own = obj is not None and obj.pk == request.user.pk
        return (*self.readonly_fields, "is_active", "role") if own else self.readonly_fields


@admin.register(rows.Store)
class StoreAdmin(Kept):
    list_display = ("name", "type", "currency", "timezone", "created_at")
    list_filter = ("type", "currency", "created_at")
    search_fields = ("name", "address", "phone")
    fields = ("name", "type", "address", "phone", "timezone", "currency", "created_at", "updated_at")
    readonly_fields = ("timezone", "currency", "created_at", "updated_at")  # figures depend on them


@admin.register(rows.Membership)
class MembershipAdmin(Book):
    list_display = ("user", "store", "role", "created_at")
    list_filter = ("role",)
    search_fields = ("user__email", "store__name")
    list_select_related = ("user", "store")


@admin.register(rows.Profile)
class ProfileAdmin(Book):
    list_display = ("user", "location", "timezone", "theme_preference", "updated_at")
    list_filter = ("theme_preference", "updated_at")
    search_fields = ("user__email", "location")
    list_select_related = ("user",)


@admin.register(rows.GoogleIdentity)
class GoogleIdentityAdmin(Book):
    list_display = ("user", "subject", "created_at")
    list_filter = ("created_at",)
    search_fields = ("user__email", "subject")
    list_select_related = ("user",)


@admin.register(rows.Invitation)
class InvitationAdmin(Book):
    list_display = ("email", "store", "role", "created_at", "expires_at", "accepted_at", "revoked_at")
    list_filter = ("role", "created_at", ("accepted_at", admin.EmptyFieldListFilter))
    search_fields = ("email", "store__name")
    list_select_related = ("store",)
    exclude = ("digest",)


@admin.register(rows.RefreshToken)
class RefreshTokenAdmin(Book):
    list_display = ("user", "family", "created_at", "expires_at", "used_at", "revoked_at")
    list_filter = ("created_at", ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("user__email", "family")
    list_select_related = ("user",)
    exclude = ("digest",)


@admin.register(rows.OneTimeLink)
class OneTimeLinkAdmin(Book):
    list_display = ("user", "kind", "created_at", "expires_at", "used_at")
    list_filter = ("kind", "created_at")
    search_fields = ("user__email",)
    list_select_related = ("user",)
    exclude = ("digest",)


@admin.register(rows.Job)
class JobAdmin(Book):
    list_display = ("kind", "status", "attempts", "not_before", "created_at", "ended_at", "error")
    list_filter = ("status", "kind")
    search_fields = ("kind", "error")
    exclude = ("payload", "lease")  # a payload may hold what is nobody's business


@admin.register(rows.Tally)
class TallyAdmin(Book):
    list_display = ("key", "expires_at")
    list_filter = ("expires_at",)
    search_fields = ("key",)


@admin.register(rows.IdempotencyRecord)
class IdempotencyRecordAdmin(Book):
    list_display = ("user", "command", "key", "created_at", "expires_at")
    list_filter = ("command",)
    search_fields = ("user__email", "key", "command")
    list_select_related = ("user",)


@admin.register(rows.AuditEntry)
class AuditEntryAdmin(Book):
    list_display = ("created_at", "actor", "action", "node_type", "node_key", "store", "request_id")
    list_filter = ("action", "created_at")
    search_fields = ("actor__email", "store__name", "request_id")
    list_select_related = ("actor", "store")
    ordering = ("-created_at", "-pk")


@admin.register(rows.Counter)
class CounterAdmin(Book):
    list_display = ("store", "name", "last")
    list_filter = ("name",)
    search_fields = ("store__name",)
    list_select_related = ("store",)


@admin.register(rows.Event)
class EventAdmin(Book):
    list_display = ("store", "sequence", "kind", "node_type", "node_key", "created_at")
    list_filter = ("kind", "created_at")
    search_fields = ("store__name", "kind")
    list_select_related = ("store",)
