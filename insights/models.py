"""What is kept of figures: most are made when they are asked for."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q

from catalog.models import Category, Product
from core.models import Store, User
from core.roles import Permission
from core.tenancy import StoreOwned, StoreQuerySet, stores_of
from energy.models import Device
from insights.analyses import Period
from insights.forecasting.grains import Grain, Model, Tier
from insights.metrics import OF_ENERGY, Metric
from insights.suggestions import found
from receipts.models import Merchant

FORECAST_METRICS = ("SPEND", "REVENUE", "ENERGY_KWH")


class Digest(models.Model):
    """That the owners of a store were written to about a week or a month, once."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="digests")
    period = models.CharField(max_length=10, choices=[(period.value, period.value) for period in Period])
    start = models.DateField()
    end = models.DateField()  # the day after the last
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "period", "start"], name="digest_once"),
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="digest_ends_after_it_starts"),
        ]


class Night(models.Model):
    """The last day of a store that every step of the night has done; `insights.nightly` alone writes it."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE, primary_key=True, related_name="+")
    day = models.DateField()
    updated_at = models.DateTimeField(auto_now=True)

    objects = StoreQuerySet.as_manager()


NAMED = ("category", "merchant", "product", "device")  # what a metric can be of; all of it without one


def one_at_most(*fields: str) -> Q:
    """Say that no two of some foreign keys are set."""
    rest = [Q(**{f"{other}__isnull": True for other in fields if other != field}) for field in fields]
    chosen = rest[0]
    for condition in rest[1:]:
        chosen |= condition
    return chosen


class Subject(StoreOwned):
    """What is told of a metric: all of the store, or one category, merchant, product or device."""

    metric = models.CharField(max_length=20, choices=[(metric.value, metric.value) for metric in Metric])
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    merchant = models.ForeignKey(Merchant, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    device = models.ForeignKey(Device, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        abstract = True


class SubjectQuerySet(StoreQuerySet):
    def visible_to(self, user: User, permission: Permission) -> Self:
        """Keep what `user` may see; what is of energy where he may see energy too, as its figures."""
        energy = Q(metric__in=OF_ENERGY) & ~Q(store__in=stores_of(user, Permission.ENERGY_VIEW))
        return super().visible_to(user, permission).exclude(energy)


class AlertRule(Subject):
    """A threshold of the store's own: it alerts on the day on which the sum of `days` days crosses it."""

    class Comparison(models.TextChoices):
        ABOVE = "ABOVE"
        BELOW = "BELOW"

    class Window(models.TextChoices):
        DAY = "DAY"
        WEEK = "WEEK"
        MONTH = "MONTH"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="alert_rules")
    # A rule goes with what it is of: without it, it would be of everything.
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    merchant = models.ForeignKey(Merchant, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    device = models.ForeignKey(Device, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100, blank=True)
    comparison = models.CharField(max_length=10, choices=Comparison)
    threshold = models.DecimalField(max_digits=16, decimal_places=4)
    window = models.CharField(max_length=10, choices=Window, default=Window.DAY)
    enabled = models.BooleanField(default=True)

    objects = SubjectQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=one_at_most(*NAMED), name="alert_rule_has_one_subject"),
            models.CheckConstraint(
                condition=Q(comparison__in=["ABOVE", "BELOW"]), name="alert_rule_comparison_is_known"
            ),
            models.CheckConstraint(
                condition=Q(window__in=["DAY", "WEEK", "MONTH"]), name="alert_rule_window_is_known"
            ),
        ]


class AlertQuerySet(SubjectQuerySet):
    def unread(self) -> Self:
        return self.filter(read_at=None)


class Alert(Subject):
    """Something that the owner should look at; `cause` says what it is about, once in a store."""

    class Type(models.TextChoices):
        SPIKE = "SPIKE"
        THRESHOLD = "THRESHOLD"
        ANOMALY = "ANOMALY"

    class Severity(models.TextChoices):
        LOW = "LOW"
        MEDIUM = "MEDIUM"
        HIGH = "HIGH"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="alerts")
    type = models.CharField(max_length=10, choices=Type)
    severity = models.CharField(max_length=10, choices=Severity)
    day = models.DateField()  # in the store's zone
    cause = models.CharField(max_length=200)
    label = models.CharField(max_length=200, blank=True)  # what it is of, as it was called then
    message = models.CharField(max_length=500)
    silence = models.CharField(max_length=300)  # what would have kept it silent
    currency = models.CharField(max_length=3, blank=True)  # of the amounts; empty where they are none
    value = models.DecimalField(max_digits=18, decimal_places=6)
    expected = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    low = models.DecimalField(max_digits=18, decimal_places=6, null=True)  # the band in which it is silent
    high = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    contributors: Any = models.JSONField(default=list, blank=True)  # the top three
    similar: Any = models.JSONField(default=list, blank=True)  # past days of the like
    rule = models.ForeignKey(AlertRule, null=True, on_delete=models.SET_NULL, related_name="alerts")
    read_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    mailed_at = models.DateTimeField(null=True)  # at once; a digest leaves no trace

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "cause"], name="alert_once_a_cause"),
            models.CheckConstraint(
                condition=Q(type__in=["SPIKE", "THRESHOLD", "ANOMALY"]), name="alert_type_is_known"
            ),
            models.CheckConstraint(
                condition=Q(severity__in=["LOW", "MEDIUM", "HIGH"]), name="alert_severity_is_known"
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None) | Q(read_at__isnull=False),
                name="alert_acknowledged_is_read",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "-day", "-id"], name="alert_of_store_by_day"),
            models.Index(fields=["store", "-created_at", "-id"], name="alert_of_store_by_entry"),
            models.Index(fields=["store"], condition=Q(read_at=None), name="alert_unread"),
        ]


class ForecastModel(models.Model):
    """How a metric of a store is forecast: what was chosen, by what trial, from what history.

    That is all that is saved of a model: the night fits it again from the books, with the same result.
    """

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="forecast_models")
    metric = models.CharField(max_length=12, choices=[(name, name) for name in FORECAST_METRICS])
    grain = models.CharField(max_length=10, choices=[(grain.value, grain.value) for grain in Grain])
    tier = models.CharField(max_length=20, choices=[(tier.value, tier.value) for tier in Tier])
    periods = models.PositiveIntegerField()  # of history
    model = models.CharField(
        max_length=20, blank=True, choices=[(model.value, model.value) for model in Model]
    )
    version = models.PositiveIntegerField()  # of the method
    made_on = models.DateField()  # the last day that it knew
    weights = models.JSONField(default=dict)  # of the models in the average
    backtest = models.JSONField(default=dict)  # figures by the names of forecasting.scores.Score
    baseline = models.JSONField(default=dict)  # the same of the seasonal naive
    updated_at = models.DateTimeField(auto_now=True)

    objects = StoreQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "metric", "grain"], name="forecast_model_once"),
        ]


class ForecastQuerySet(StoreQuerySet):
    store_path = "model__store"


class Forecast(models.Model):
    """What was last said of a period before it began, and what came."""

    model = models.ForeignKey(ForecastModel, on_delete=models.CASCADE, related_name="forecasts")
    for_date = models.DateField()  # the period's first day
    end = models.DateField()  # the day after its last
    predicted = models.DecimalField(max_digits=20, decimal_places=4)
    low80 = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    high80 = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    low95 = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    high95 = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    actual = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    made_on = models.DateField()

    objects = ForecastQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["model", "for_date"], name="forecast_once"),
            models.CheckConstraint(condition=Q(end__gt=F("for_date")), name="forecast_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(low80__isnull=True)
                | Q(low95__lte=F("low80"), low80__lte=F("high80"), high80__lte=F("high95")),
                name="forecast_intervals_hold_each_other",
            ),
        ]


class AnalysisQuerySet(StoreQuerySet):
    def complete(self, wanted: bool = True) -> Self:
        """Keep the analyses of periods that are over, or the others."""
        over = Q(until=F("end"))
        return self.filter(over) if wanted else self.exclude(over)


class Analysis(models.Model):
    """A week or a month of a store as it stood on the day `until`; `insights.snapshots` alone writes it."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="analyses")
    period = models.CharField(max_length=10, choices=[(period.value, period.value) for period in Period])
    start = models.DateField()
    end = models.DateField()  # the day after the last
    until = models.DateField()  # the day after the last that was looked at: `end` once the period is over
    currency = models.CharField(max_length=3)  # of all amounts: the store's, at that moment
    spend = models.DecimalField(max_digits=20, decimal_places=2)
    bill_count = models.PositiveIntegerField()
    needs_review_count = models.PositiveIntegerField()
    revenue = models.DecimalField(max_digits=20, decimal_places=2)
    order_count = models.PositiveIntegerField()
    profit = models.DecimalField(max_digits=20, decimal_places=2, null=True)  # of what has a known cost
    energy_kwh = models.DecimalField(max_digits=20, decimal_places=6)
    energy_cost = models.DecimalField(max_digits=20, decimal_places=2, null=True)
    categories = models.JSONField(default=list)  # of the spending, largest first, amounts as text
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = AnalysisQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "period", "start"], name="analysis_once"),
            models.CheckConstraint(
                condition=Q(until__gt=F("start"), until__lte=F("end")), name="analysis_until_is_in_it"
            ),
        ]


class SuggestionQuerySet(StoreQuerySet):
    def visible_to(self, user: User, permission: Permission) -> Self:
        """Keep what `user` may see; what is of energy where he may see energy too."""
        energy = Q(kind__in=found.OF_ENERGY) & ~Q(store__in=stores_of(user, Permission.ENERGY_VIEW))
        return super().visible_to(user, permission).exclude(energy)

    def open(self) -> Self:
        return self.filter(status=Suggestion.Status.OPEN)


class Suggestion(StoreOwned):
    """What may save or bring money, once a cause: `insights.advice` writes it, people decide on it."""

    class Status(models.TextChoices):
        OPEN = "OPEN"
        ACCEPTED = "ACCEPTED"
        DISMISSED = "DISMISSED"
        LAPSED = "LAPSED"  # nobody has decided, and the books no longer show it

    class Source(models.TextChoices):
        RULES = "RULES"
        AI = "AI"

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="suggestions")
    kind = models.CharField(max_length=20, choices=[(kind.value, kind.value) for kind in found.Kind])
    cause = models.CharField(max_length=50)
    text = models.CharField(max_length=1000)
    plain = models.CharField(max_length=1000)  # the rule's own words
    source = models.CharField(max_length=5, choices=Source, default=Source.RULES)  # of `text`
    figures = models.JSONField(default=dict)  # every number and name in `plain`, by its place there
    evidence = models.JSONField(default=list)  # found.Link, amounts as text
    saving = models.DecimalField(max_digits=14, decimal_places=2, null=True)  # a month; null where it is none
    currency = models.CharField(max_length=3)  # the store's, at that moment
    confidence = models.DecimalField(max_digits=3, decimal_places=2)
    status = models.CharField(max_length=9, choices=Status, default=Status.OPEN)
    found_on = models.DateField()  # the last day on which the books showed it
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_saving = models.DecimalField(max_digits=14, decimal_places=2, null=True)  # what it was then
    reason = models.CharField(max_length=300, blank=True)  # why it was dismissed
    mailed_at = models.DateTimeField(null=True)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "cause"], name="suggestion_once_a_cause"),
            models.CheckConstraint(
                condition=Q(status__in=["OPEN", "LAPSED"], decided_at=None)
                | Q(status__in=["ACCEPTED", "DISMISSED"], decided_at__isnull=False),
                name="suggestion_decided_with_its_time",
            ),
            models.CheckConstraint(
                condition=Q(confidence__gte=0, confidence__lte=1), name="suggestion_confidence_is_a_share"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["store", "-saving", "-id"], name="suggestion_of_store_by_saving"),
            models.Index(fields=["store", "-created_at", "-id"], name="suggestion_of_store_by_entry"),
        ]
