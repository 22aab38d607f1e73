"""The admin pages of what is kept of figures."""

from django.contrib import admin

from core.admin import Book
from insights.models import (
    Alert,
    AlertRule,
    Analysis,
    Digest,
    Forecast,
    ForecastModel,
    Night,
    Suggestion,
)


@admin.register(Digest)
class DigestAdmin(Book):
    list_display = ("store", "period", "start", "end", "created_at")
    list_filter = ("period", "start")
    search_fields = ("store__name",)
    list_select_related = ("store",)


@admin.register(Night)
class NightAdmin(Book):
    list_display = ("store", "day", "updated_at")
    list_filter = ("day",)
    search_fields = ("store__name",)
    list_select_related = ("store",)


@admin.register(AlertRule)
class AlertRuleAdmin(Book):
    list_display = ("store", "name", "metric", "comparison", "threshold", "window", "enabled")
    list_filter = ("metric", "comparison", "enabled")
    search_fields = ("store__name", "name")
    list_select_related = ("store",)


@admin.register(Alert)
class AlertAdmin(Book):
    list_display = ("store", "day", "type", "severity", "metric", "label", "read_at", "acknowledged_at")
    list_filter = ("type", "severity", "metric", "day")
    search_fields = ("store__name", "label", "message")
    list_select_related = ("store",)


@admin.register(Suggestion)
class SuggestionAdmin(Book):
    list_display = ("store", "kind", "saving", "currency", "confidence", "status", "found_on")
    list_filter = ("kind", "status", "source")
    search_fields = ("store__name", "text")
    list_select_related = ("store",)


@admin.register(ForecastModel)
class ForecastModelAdmin(Book):
    list_display = ("store", "metric", "grain", "tier", "model", "periods", "made_on")
    list_filter = ("metric", "grain", "tier", "model")
    search_fields = ("store__name",)
    list_select_related = ("store",)


@admin.register(Forecast)
class ForecastAdmin(Book):
    list_display = ("model", "for_date", "predicted", "actual", "made_on")
    list_filter = ("model__metric", "model__grain")
    search_fields = ("model__store__name",)
    list_select_related = ("model",)


@admin.register(Analysis)
class AnalysisAdmin(Book):
    list_display = ("store", "period", "start", "until", "spend", "revenue", "currency", "updated_at")
    list_filter = ("period", "start")
    search_fields = ("store__name",)
    list_select_related = ("store",)
