"""Alerts read and dealt with; thresholds set."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import strawberry
from strawberry.types import get_object_definition

from core.roles import Permission
from insights import inbox, models, thresholds
from insights.metrics import Metric
from schema.commands import IDEMPOTENCY_KEY, Answer, Caller, Payload, command, given, value, written
from schema.insights.alert_filters import AlertComparison, AlertWindow
from schema.insights.alerts import Alert, AlertRule
from schema.nodes import TYPES, key_of
from schema.receipts.inputs import entry

SUBJECTS = ("Category", "Merchant", "Product", "Device")


@strawberry.input(description="An alert.")
class AlertInput:
    alert: strawberry.ID = strawberry.field(description="The alert.")


@strawberry.input(description="All alerts of a store.")
class AllAlertsInput:
    store: strawberry.ID = strawberry.field(description="The store.")


@strawberry.input(description="A threshold to set: of all of a metric, or of the one thing that is named.")
class CreateAlertRuleInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    name: str | None = entry("Your own word for it; at most 100 characters.")
    metric: Metric = strawberry.field(description="What is measured; UNIT_PRICE is of a product.")
    of: strawberry.ID | None = entry("Of this category, merchant, product or device alone.")
    comparison: AlertComparison = strawberry.field(description="On which side it alerts.")
    threshold: Decimal = strawberry.field(
        description="In the store's currency, in kWh, or a number, as the metric is; four decimal places."
    )
    window: AlertWindow = strawberry.field(
        default=models.AlertRule.Window.DAY, description="The days that are summed up."
    )
    enabled: bool = strawberry.field(default=True, description="Whether it is looked at.")
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.input(description="Changes to a threshold; null empties a field, a field left out stays.")
class UpdateAlertRuleInput:
    rule: strawberry.ID = strawberry.field(description="The rule.")
    name: str | None = entry("Your own word for it; at most 100 characters.")
    metric: Metric | None = entry("What is measured.")
    of: strawberry.ID | None = entry("Of this category, merchant, product or device alone.")
    comparison: AlertComparison | None = entry("On which side it alerts.")
    threshold: Decimal | None = entry("In the store's currency, in kWh, or a number; four decimal places.")
    window: AlertWindow | None = entry("The days that are summed up.")
    enabled: bool | None = entry("Whether it is looked at.")


@strawberry.input(description="A threshold to remove.")
class DeleteAlertRuleInput:
    rule: strawberry.ID = strawberry.field(description="The rule.")


@strawberry.type(description="An alert, as it is now.")
class AlertPayload(Payload):
    alert: Alert | None = written("The alert.", to="Alert", key="alert")


@strawberry.type(description="What became of a command on all alerts of a store.")
class AllAlertsPayload(Payload):
    changed: int = value("How many alerts it changed.", key="changed", default=0)


@strawberry.type(description="A threshold, as it is now.")
class AlertRulePayload(Payload):
    rule: AlertRule | None = written("The rule.", to="AlertRule", key="rule")


@strawberry.type(description="What became of a command to remove a threshold.")
class DeleteAlertRulePayload(Payload):
    deleted: bool = value("Whether it is gone.", key="deleted", default=False)


@command(AlertPayload, description="Note that an alert was read.", needs=Permission.INSIGHT_EDIT)
def mark_alert_read(caller: Caller, input: AlertInput) -> Answer:
    alert = caller.find(input.alert, "Alert", "alert")
    inbox.mark_read(alerts=models.Alert.objects.filter(pk=alert.pk), by=caller.user)
    return {"alert": alert.pk}


@command(AlertPayload, description="Note that an alert is dealt with.", needs=Permission.INSIGHT_EDIT)
def acknowledge_alert(caller: Caller, input: AlertInput) -> Answer:
    alert = caller.find(input.alert, "Alert", "alert")
    inbox.acknowledge(alerts=models.Alert.objects.filter(pk=alert.pk), by=caller.user)
    return {"alert": alert.pk}


@command(
    AllAlertsPayload, description="Note that all alerts of a store were read.", needs=Permission.INSIGHT_EDIT
)
def mark_all_alerts_read(caller: Caller, input: AllAlertsInput) -> Answer:
    store = caller.store(input.store)
    return {"changed": inbox.mark_read(alerts=models.Alert.objects.of(store), by=caller.user)}


@command(
    AllAlertsPayload,
    description="Note that all alerts of a store are dealt with.",
    needs=Permission.INSIGHT_EDIT,
)
def acknowledge_all_alerts(caller: Caller, input: AllAlertsInput) -> Answer:
    store = caller.store(input.store)
    return {"changed": inbox.acknowledge(alerts=models.Alert.objects.of(store), by=caller.user)}


@command(AlertRulePayload, description="Set a threshold.", needs=Permission.INSIGHT_EDIT)
def create_alert_rule(caller: Caller, input: CreateAlertRuleInput) -> Answer:
    store = caller.store(input.store)
    values = _columns(caller, input, "store")
    return caller.once(lambda: {"rule": thresholds.create(store=store, by=caller.user, values=values).pk})


@command(AlertRulePayload, description="Change a threshold.", needs=Permission.INSIGHT_EDIT)
def update_alert_rule(caller: Caller, input: UpdateAlertRuleInput) -> Answer:
    rule = caller.find(input.rule, "AlertRule", "rule")
    changes = _columns(caller, input, "rule")
    return {"rule": thresholds.update(rule=rule, by=caller.user, changes=changes).pk}


@command(
    DeleteAlertRulePayload,
    description="Remove a threshold; the alerts that it has raised stay.",
    needs=Permission.INSIGHT_EDIT,
)
def delete_alert_rule(caller: Caller, input: DeleteAlertRuleInput) -> Answer:
    thresholds.delete(rule=caller.find(input.rule, "AlertRule", "rule"), by=caller.user)
    return {"deleted": True}


def _columns(caller: Caller, input: Any, parent: str) -> dict[str, Any]:
    """Take the values of a rule's columns, the row that it is of found."""
    values = {name: sent for name, sent in given(input).items() if name != parent}
    if "of" in values:
        id = values.pop("of")
        values.update(dict.fromkeys(models.NAMED))
        if id is not None:
            type_name = get_object_definition(
                key_of(id, *(TYPES[name] for name in SUBJECTS))[0], strict=True
            ).name
            values[type_name.lower()] = caller.see(id, type_name, "of")
    return values


@strawberry.type
class AlertMutations:
    mark_alert_read = mark_alert_read
    acknowledge_alert = acknowledge_alert
    mark_all_alerts_read = mark_all_alerts_read
    acknowledge_all_alerts = acknowledge_all_alerts
    create_alert_rule = create_alert_rule
    update_alert_rule = update_alert_rule
    delete_alert_rule = delete_alert_rule
