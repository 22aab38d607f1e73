"""Alerts, and the rules of a store's own that raise some of them."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import auto

from core.roles import Permission
from insights import models
from insights.metrics import Metric
from schema.catalog.types import Category, Product
from schema.context import Info
from schema.energy.types import Device
from schema.insights.alert_filters import AlertComparison, AlertSeverity, AlertType, AlertWindow
from schema.insights.evidence import row_of
from schema.nodes import Node, column, node, one
from schema.subscriptions import Happening, followed, subject

if TYPE_CHECKING:
    from schema.accounts.types import Store, User
    from schema.receipts.types import Merchant

StoreRef = Annotated["Store", strawberry.lazy("schema.accounts.types")]
UserRef = Annotated["User", strawberry.lazy("schema.accounts.types")]
MerchantRef = Annotated["Merchant", strawberry.lazy("schema.receipts.types")]


@node(models.AlertRule, description="A threshold of the store's own; it alerts on the day it is crossed.")
class AlertRule(Node):
    needs = Permission.INSIGHT_VIEW

    name: auto = column("The store's own word for it; may be empty.")
    metric: Metric = column("What is measured.")
    category: Category | None = one("Of this category alone.", source="category_id", to="Category")
    merchant: MerchantRef | None = one("Of this merchant alone.", source="merchant_id", to="Merchant")
    product: Product | None = one("Of this product alone.", source="product_id", to="Product")
    device: Device | None = one("Of this device alone.", source="device_id", to="Device")
    comparison: AlertComparison = column("On which side of the threshold it alerts.")
    threshold: auto = column("In the store's currency, in kWh, or a number, as the metric is.")
    window: AlertWindow = column("The days that it sums up.")
    enabled: auto = column("Whether it is looked at.")
    created_at: auto = column("When it was made.")
    updated_at: auto = column("When it was last changed.")
    store: StoreRef | None = one("The store that it belongs to.", source="store_id", to="Store")


@strawberry.type(description="What contributed to an alert's figure: a part of it, or a row behind it.")
class AlertContributor:
    kind: strawberry.Private[str]
    key: strawberry.Private[int | None]
    name: str = strawberry.field(description="What it was called then.")
    value: Decimal = strawberry.field(description="What it came to.")
    usual: Decimal = strawberry.field(
        description="What is usual for it; 0 for a single row such as a bill, which is no series."
    )

    @strawberry.field(description="The row; null where it is gone, out of sight, or known by name alone.")
    async def node(self, info: Info) -> Node | None:
        found: Node | None = await row_of(info, self.kind, self.key)
        return found


@strawberry.type(description="A past day that was like it.")
class SimilarDay:
    date: datetime.date = strawberry.field(description="The day, in the store's zone.")
    value: Decimal = strawberry.field(description="What it came to.")


@node(models.Alert, description="Something out of the ordinary; one cause raises one alert.")
class Alert(Node):
    needs = Permission.INSIGHT_VIEW

    type: AlertType = column("Why it was raised.")
    severity: AlertSeverity = column("How far beyond what is usual.")
    metric: Metric = column("What is measured.")
    day: auto = column("The day that it is of, in the store's zone.")
    label: auto = column("What it is of, as it was called then; empty where it is of all.")
    category: Category | None = one("Of this category alone.", source="category_id", to="Category")
    merchant: MerchantRef | None = one("Of this merchant alone.", source="merchant_id", to="Merchant")
    product: Product | None = one("Of this product alone.", source="product_id", to="Product")
    device: Device | None = one("Of this device alone.", source="device_id", to="Device")
    message: auto = column("What happened, in a sentence or two.")
    silence: auto = column("What would have kept it silent.")
    currency: auto = column("ISO 4217 code of its amounts; empty where they are none, such as kWh.")
    value: auto = column("The day's figure, or the mean of two weeks where a level has moved.")
    expected: auto = column("What was expected instead; null for a threshold on a day that is not unusual.")
    low: auto = column("From here to `high` nothing is unusual; null without a lower bound.")
    high: auto = column("See `low`; null without an upper bound.")
    rule: AlertRule | None = one("The rule that was crossed, if any.", source="rule_id", to="AlertRule")
    read_at: auto = column("When somebody first read it; null while nobody has.")
    read_by: UserRef | None = one("Who did, if in sight.", source="read_by_id", to="User")
    acknowledged_at: auto = column("When somebody said that it is dealt with; null while nobody has.")
    acknowledged_by: UserRef | None = one("Who did, if in sight.", source="acknowledged_by_id", to="User")
    created_at: auto = column("When it was raised.")
    store: StoreRef | None = one("The store that it belongs to.", source="store_id", to="Store")

    @strawberry.field(description="The three that contributed most, the largest first.")
    def contributors(self) -> list[AlertContributor]:
        return [
            AlertContributor(
                kind=row["kind"],
                key=row["key"],
                name=row["name"],
                value=Decimal(row["value"]),
                usual=Decimal(row["usual"]),
            )
            for row in _row(self).contributors
        ]

    @strawberry.field(description="Past days of the like, the most similar first.")
    def similar(self) -> list[SimilarDay]:
        return [
            SimilarDay(date=datetime.date.fromisoformat(day), value=Decimal(value))
            for day, value in _row(self).similar
        ]


def _row(alert: Alert) -> Any:
    return alert  # at run time a node is its model's row


@strawberry.type(description="An alert that was raised.")
class AlertEvent(Happening):
    alert: Alert | None = subject(
        "The alert as it is by now; null with `watching`, and when it is out of your sight.", to="Alert"
    )


@strawberry.type
class AlertSubscriptions:
    alert_raised = followed(
        AlertEvent,
        description="Follow the alerts of a store, as they are raised; one whose level has moved for good is "
        "raised again. To miss nothing, follow first, and read the list once `watching` has come.",
        needs=Permission.INSIGHT_VIEW,
        kinds="alert.",
    )
