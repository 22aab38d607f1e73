"""Alerts and thresholds through the door: listed, read, dealt with, set."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from catalog.models import Category
from core.models import AuditEntry
from core.roles import Role
from insights import alerts
from insights.models import Alert, AlertRule
from receipts import sorting
from schema import ids
from schema.subscriptions import cursor
from tests import books
from tests.alarms import DAY, alert, spend, usual
from tests.conftest import Person, person
from tests.schema.world import carry_out, everything
from tests.streams import sse

pytestmark = pytest.mark.django_db

LIST = """query ($store: ID!, $filter: AlertFilter, $order: AlertOrder) { store(id: $store) { analytics {
  alerts(filter: $filter, orderBy: $order, first: 10) { totalCount nodes {
    type severity metric day label message silence currency value expected low high readAt
    merchant { name } rule { name } readBy { email } acknowledgedBy { email }
    contributors { name value usual node { __typename id } } similar { date value } } } } } }"""
RULES = """query ($store: ID!) { store(id: $store) { analytics { alertRules { nodes {
  id name metric comparison threshold window enabled merchant { name } product { name } } } } } }"""


def id_of(row: Any) -> str:
    return ids.encode(type(row).__name__, row.pk)


def listed(ask: Any, who: Person, store: str, **variables: Any) -> list[dict[str, Any]]:
    answer = ask(who, LIST, store=store, **variables)
    found = answer.data["store"]["analytics"]["alerts"]
    assert found["totalCount"] == len(found["nodes"])
    return list(found["nodes"])


def sent(who: Person, name: str, input: dict[str, Any], asked: str = "") -> Any:
    return carry_out(who, name, input, asked=asked).data[name]


def errors(who: Person, name: str, input: dict[str, Any]) -> list[tuple[str, str]]:
    return [(error["code"], ".".join(error["field"])) for error in sent(who, name, input)["userErrors"]]


def test_an_alert_says_what_why_and_what_would_silence_it(owner: Person, ask: Any) -> None:
    mill = books.merchant(owner.store, "Mill")
    bill = books.bill(owner.store, merchant=mill)
    alert(
        owner.store, merchant=mill, label="Mill", expected="100", low="50", high="150",
        contributors=[
            {"kind": "BILL", "key": bill.pk, "name": "Mill A-17", "value": "500.00", "usual": "0"},
            {"kind": "MERCHANT", "key": None, "name": "Stall", "value": "3.00", "usual": "1.00"},
        ],
        similar=[["2026-04-07", "480.00"]],
    )  # fmt: skip
    (found,) = listed(ask, owner, owner.store_id)
    assert found == {
        "type": "SPIKE", "severity": "LOW", "metric": "SPEND", "day": "2026-05-05", "label": "Mill",
        "message": "Spending on 5 May 2026: 500.00 EUR, where 50.00 to 150.00 EUR is usual.",
        "silence": "A day from 50.00 to 150.00 EUR is silent.", "currency": "EUR",
        "value": "500.000000", "expected": "100.000000", "low": "50.000000", "high": "150.000000",
        "readAt": None, "merchant": {"name": "Mill"}, "rule": None, "readBy": None, "acknowledgedBy": None,
        "contributors": [
            {"name": "Mill A-17", "value": "500.00", "usual": "0", "node": {"__typename": "Bill", "id": id_of(bill)}},
            {"name": "Stall", "value": "3.00", "usual": "1.00", "node": None},
        ],
        "similar": [{"date": "2026-04-07", "value": "480.00"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("filter", "labels"),
    [
        ({}, ["c", "b", "a"]),
        ({"type": ["SPIKE"]}, ["c", "a"]),
        ({"severity": ["HIGH", "MEDIUM"]}, ["b"]),
        ({"metric": ["REVENUE"]}, ["c"]),
        ({"unread": True}, ["c", "b"]),
        ({"unread": False}, ["a"]),
        ({"acknowledged": True}, ["a"]),
        ({"acknowledged": False, "type": ["ANOMALY"]}, ["b"]),
        ({"dateRange": f"{DAY}..{DAY + timedelta(days=2)}"}, ["b", "a"]),
    ],
)
def test_alerts_are_filtered_by_all_that_is_said(
    owner: Person, ask: Any, filter: dict[str, Any], labels: list[str]
) -> None:
    done = {"read_at": "2026-05-06T00:00:00Z", "acknowledged_at": "2026-05-06T00:00:00Z"}
    alert(owner.store, label="a", **done)
    alert(owner.store, label="b", day=DAY + timedelta(days=1), type="ANOMALY", severity="HIGH")
    alert(owner.store, label="c", day=DAY + timedelta(days=2), metric="REVENUE")
    assert [row["label"] for row in listed(ask, owner, owner.store_id, filter=filter)] == labels


def test_a_list_of_alerts_costs_the_same_for_one_and_for_ten(
    owner: Person, ask: Any, statements: Any
) -> None:
    def cost() -> int:
        with statements() as count:
            listed(ask, owner, owner.store_id)
        return len(count)

    bills = [books.bill(owner.store, merchant=books.merchant(owner.store)) for _ in range(10)]
    for n, bill in enumerate(bills):
        row = {"kind": "BILL", "key": bill.pk, "name": "x", "value": "1", "usual": "0"}
        alert(owner.store, merchant=bill.merchant, read_by=owner.user, contributors=[row])
        if n == 0:
            alone = cost()
    assert cost() == alone <= 10


def test_an_alert_is_read_once_and_acknowledged_with_it(owner: Person) -> None:
    row = alert(owner.store)
    manager = person("manager@example.com", store=owner.store, role=Role.MANAGER)
    asked = "alert { readBy { email } acknowledgedBy { email } }"
    read = {"readBy": {"email": "manager@example.com"}}
    for who in (manager, owner):
        answer = sent(who, "markAlertRead", {"alert": id_of(row)}, asked)
        assert answer["alert"] == {**read, "acknowledgedBy": None}
    for who in (owner, manager):
        answer = sent(who, "acknowledgeAlert", {"alert": id_of(row)}, asked)
        assert answer["alert"] == {**read, "acknowledgedBy": {"email": "owner@example.com"}}
    assert AuditEntry.objects.filter(action="alert.acknowledge").count() == 1


def test_all_alerts_of_one_store_are_read_and_acknowledged_together(owner: Person, stranger: Person) -> None:
    for store in (owner.store, owner.store, stranger.store):
        alert(store)
    for name in ("markAllAlertsRead", "acknowledgeAllAlerts"):
        for changed in (2, 0):
            assert sent(owner, name, {"store": owner.store_id}, "changed")["changed"] == changed
    assert Alert.objects.get(store=stranger.store).read_at is None


def test_staff_and_strangers_see_no_alert_and_change_nothing(
    owner: Person, colleague: Person, stranger: Person, ask: Any
) -> None:
    row = alert(owner.store)
    accountant = person("accountant@example.com", store=owner.store, role=Role.ACCOUNTANT)
    assert len(listed(ask, accountant, owner.store_id)) == 1
    assert listed(ask, colleague, owner.store_id) == []
    assert ask(stranger, LIST, store=owner.store_id).data["store"] is None
    before = everything()
    for who, code in ((colleague, "NOT_FOUND"), (stranger, "NOT_FOUND")):
        assert errors(who, "acknowledgeAlert", {"alert": id_of(row)}) == [(code, "alert")]
    assert carry_out(accountant, "acknowledgeAlert", {"alert": id_of(row)}).codes == ["FORBIDDEN"]
    assert everything() == before


# --- Thresholds


def test_a_threshold_is_set_once_for_its_key_changed_and_removed(owner: Person, ask: Any) -> None:
    mill = books.merchant(owner.store, "Mill")
    input = {
        "store": owner.store_id, "name": " Flour ", "metric": "SPEND", "of": id_of(mill),
        "comparison": "ABOVE", "threshold": "150.5", "window": "WEEK", "idempotencyKey": "k",
    }  # fmt: skip
    first = sent(owner, "createAlertRule", input, "rule { id }")
    again = sent(owner, "createAlertRule", input, "rule { id }")
    assert (again["rule"], again["replayed"]) == (first["rule"], True)
    (rule,) = ask(owner, RULES, store=owner.store_id).data["store"]["analytics"]["alertRules"]["nodes"]
    assert rule == {
        "id": first["rule"]["id"], "name": "Flour", "metric": "SPEND", "comparison": "ABOVE",
        "threshold": "150.5000", "window": "WEEK", "enabled": True, "merchant": {"name": "Mill"}, "product": None,
    }  # fmt: skip
    changes = {"rule": rule["id"], "enabled": False, "of": None}
    changed = sent(owner, "updateAlertRule", changes, "rule { enabled merchant { name } threshold }")
    assert changed["rule"] == {"enabled": False, "merchant": None, "threshold": "150.5000"}
    assert sent(owner, "deleteAlertRule", {"rule": rule["id"]}, "deleted")["deleted"] is True
    assert not AlertRule.objects.exists()
    actions = AuditEntry.objects.filter(node_type="AlertRule").values_list("action", flat=True)
    assert sorted(actions) == ["alert_rule.create", "alert_rule.delete", "alert_rule.update"]


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"metric": "UNIT_PRICE"}, ("INVALID", "metric")),
        ({"metric": "ENERGY_KWH", "of": "own"}, ("INVALID", "metric")),
        ({"of": "strange"}, ("NOT_FOUND", "of")),
        ({"threshold": "1.00001"}, ("INVALID", "threshold")),
        ({"threshold": "1000000000000"}, ("INVALID", "threshold")),
        ({"name": "x" * 101}, ("INVALID", "name")),
    ],
)
def test_a_threshold_that_cannot_be_is_refused_and_nothing_is_kept(
    owner: Person, stranger: Person, wrong: dict[str, str], error: tuple[str, str]
) -> None:
    merchants = {"own": books.merchant(owner.store), "strange": books.merchant(stranger.store)}
    if "of" in wrong:
        wrong = {**wrong, "of": id_of(merchants[wrong["of"]])}
    input = {"store": owner.store_id, "metric": "SPEND", "comparison": "ABOVE", "threshold": "1", **wrong}
    before = everything()
    assert errors(owner, "createAlertRule", input) == [error]
    assert everything() == before


# --- Followed


RAISED = """subscription ($store: ID!, $after: String) { alertRaised(store: $store, after: $after) {
  cursor kind alert { label metric } } }"""


def test_a_raised_alert_is_told_to_who_may_see_it_and_to_nobody_else(
    owner: Person, colleague: Person, stranger: Person, monkeypatch: Any
) -> None:
    monkeypatch.setattr("core.tail.GLANCE_SECONDS", 0.05)
    monkeypatch.setattr("core.tail.LOOK_SECONDS", 0.05)
    start = cursor(owner.store.pk, 0)
    spend(owner.store, {**usual(100), DAY: 640})
    alerts.keep(stores=[owner.store], days={owner.store.pk: DAY})

    @async_to_sync
    async def scene() -> None:
        async with sse(owner, RAISED, store=owner.store_id, after=start) as stream:
            told = (await stream.next())["data"]["alertRaised"]
            assert (told["kind"], told["alert"]) == ("alert.raised", {"label": "", "metric": "SPEND"})
        for who, code in ((colleague, "FORBIDDEN"), (stranger, "NOT_FOUND")):
            async with sse(who, RAISED, store=owner.store_id, after=start) as stream:
                answer = await stream.next()
                assert [error["extensions"]["code"] for error in answer["errors"]] == [code]

    scene()


def test_a_threshold_of_what_is_no_subject_is_bad_input(owner: Person) -> None:
    input = {"store": owner.store_id, "metric": "SPEND", "comparison": "ABOVE", "threshold": "1"}
    assert carry_out(owner, "createAlertRule", {**input, "of": owner.store_id}).codes == ["BAD_USER_INPUT"]
    assert not AlertRule.objects.exists()


def test_a_threshold_and_what_it_raised_go_on_with_what_their_subject_is_merged_into(owner: Person) -> None:
    source, into = books.merchant(owner.store, "Mill"), books.merchant(owner.store, "Mill & Co")
    wares = [Category.objects.create(store=owner.store, name=name) for name in ("Flour", "Grain")]
    values = {"store": owner.store, "metric": "SPEND", "comparison": "ABOVE", "threshold": 1}
    rules = [
        AlertRule.objects.create(merchant=source, **values),
        AlertRule.objects.create(category=wares[0], **values),
    ]
    raised = alert(owner.store, merchant=source, rule=rules[0])
    sorting.merge_merchants(source=source, into=into, by=owner.user)
    sorting.merge_categories(source=wares[0], into=wares[1], by=owner.user)
    for row in (*rules, raised):
        row.refresh_from_db()
    assert (rules[0].merchant, rules[1].category, raised.merchant) == (into, wares[1], into)
