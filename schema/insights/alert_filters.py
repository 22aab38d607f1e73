"""Which alerts and alert rules to list, and in which order."""

from __future__ import annotations

from typing import Any

import strawberry

from insights.metrics import Metric
from insights.models import Alert, AlertRule
from schema.connections import By
from schema.enums import described
from schema.filters import Filter
from schema.ranges import DateRange
from schema.receipts.filters import order

AlertType = Alert.Type
described(
    AlertType,
    name="AlertType",
    description="Why an alert was raised.",
    values={
        "SPIKE": "A day is far above what its own past lets expect.",
        "THRESHOLD": "A threshold of the store's own was crossed: see `AlertRule`.",
        "ANOMALY": "Anything else that the past does not explain: a day far below, a level that has moved "
        "for two weeks, a price that has risen.",
    },
)
AlertSeverity = Alert.Severity
described(
    AlertSeverity,
    name="AlertSeverity",
    description="How far beyond what is usual.",
    values={
        "LOW": "A little beyond the band.",
        "MEDIUM": "Once and a half as far from what is expected as the band's edge, or a fifth beyond a "
        "threshold.",
        "HIGH": "Two and a half times as far, or half as much again as a threshold.",
    },
)
AlertComparison = AlertRule.Comparison
described(
    AlertComparison,
    name="AlertComparison",
    description="On which side of a threshold a rule alerts.",
    values={"ABOVE": "Where the sum is more.", "BELOW": "Where the sum is less."},
)
AlertWindow = AlertRule.Window
described(
    AlertWindow,
    name="AlertWindow",
    description="The days that a rule sums up.",
    values={"DAY": "The day.", "WEEK": "The day and six before.", "MONTH": "The day and 29 before."},
)
AlertOrder: Any = order(
    "AlertOrder",
    "An order of alerts.",
    DAY_DESC=By("day", descending=True),
    DAY_ASC=By("day"),
    CREATED_AT_DESC=By("created_at", descending=True),
    CREATED_AT_ASC=By("created_at"),
)
AlertRuleOrder: Any = order(
    "AlertRuleOrder",
    "An order of alert rules.",
    CREATED_AT_DESC=By("created_at", descending=True),
    CREATED_AT_ASC=By("created_at"),
    NAME_ASC=By("name"),
)


@strawberry.input(description="Which alerts to list; an alert must fit all that is said.")
class AlertFilter(Filter):
    type: list[AlertType] | None = strawberry.field(default=None, description="Any of these.")
    severity: list[AlertSeverity] | None = strawberry.field(default=None, description="Any of these.")
    metric: list[Metric] | None = strawberry.field(default=None, description="Any of these.")
    unread: bool | None = strawberry.field(
        default=None, description="Only those that nobody has read, or only the others."
    )
    acknowledged: bool | None = strawberry.field(
        default=None, description="Only those that somebody has dealt with, or only the others."
    )
    date_range: DateRange | None = strawberry.field(default=None, description="Of a day in this range.")

    dated = "day"

    def lookups(self) -> dict[str, Any]:
        return {
            "type__in": self.type,
            "severity__in": self.severity,
            "metric__in": self.metric,
            "read_at__isnull": self.unread,
            "acknowledged_at__isnull": None if self.acknowledged is None else not self.acknowledged,
        }
