"""Suggestions through the door: listed with their evidence, accepted, dismissed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core.models import AuditEntry
from core.roles import GRANTS, Permission, Role
from schema import ids
from tests import books
from tests.alarms import alert, suggestion
from tests.conftest import Person, person
from tests.schema.world import carry_out, everything

pytestmark = pytest.mark.django_db

LIST = """query ($store: ID!, $filter: SuggestionFilter, $order: SuggestionOrder) { store(id: $store) { analytics {
  suggestions(filter: $filter, orderBy: $order, first: 20) { totalCount nodes {
    kind text source saving currency confidence status foundOn reason decidedBy { email }
    evidence { name label value unit node { __typename id } } figures { name shown } } } } } }"""


def id_of(row: Any) -> str:
    return ids.encode(type(row).__name__, row.pk)


def listed(ask: Any, who: Person, store: str, **variables: Any) -> list[dict[str, Any]]:
    answer = ask(who, LIST, store=store, **variables)
    found = answer.data["store"]["analytics"]["suggestions"]
    assert found["totalCount"] == len(found["nodes"])
    return list(found["nodes"])


def decided(who: Person, name: str, asked: str = "suggestion { status }", **input: Any) -> Any:
    return carry_out(who, name, input, asked=asked).data[name]


def test_a_suggestion_says_what_it_is_worth_and_shows_its_rows(owner: Person, ask: Any) -> None:
    bill = books.bill(owner.store)
    item = books.item(bill)
    suggestion(
        owner.store,
        figures={"merchant": "Streamly"},
        evidence=[
            {"kind": "BILL", "key": bill.pk, "name": "Streamly", "label": "total", "value": "9.99", "unit": "EUR"},
            {"kind": "ITEM", "key": item.pk, "name": "Bread", "label": "price of one", "value": "2.50", "unit": "EUR"},
            {"kind": "", "key": None, "name": "Monday 09:00", "label": "work", "value": "8", "unit": "h"},
        ],
    )  # fmt: skip
    (found,) = listed(ask, owner, owner.store_id)
    assert found == {
        "kind": "STANDING_CHARGE", "source": "RULES", "saving": "9.99", "currency": "EUR", "confidence": "0.30",
        "text": "Streamly has charged 9.99 EUR every month for 6 months. Is what it is for still used?",
        "status": "OPEN", "foundOn": "2026-05-05", "reason": "", "decidedBy": None,
        "evidence": [
            {"name": "Streamly", "label": "total", "value": "9.99", "unit": "EUR",
             "node": {"__typename": "Bill", "id": id_of(bill)}},
            {"name": "Bread", "label": "price of one", "value": "2.50", "unit": "EUR",
             "node": {"__typename": "Item", "id": id_of(item)}},
            {"name": "Monday 09:00", "label": "work", "value": "8", "unit": "h", "node": None},
        ],
        "figures": [{"name": "merchant", "shown": "Streamly"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("variables", "kinds"),
    [
        ({}, ["SLOW_STOCK", "STANDING_CHARGE", "STAFFING"]),
        ({"order": "CONFIDENCE_DESC"}, ["STAFFING", "SLOW_STOCK", "STANDING_CHARGE"]),
        ({"order": "CREATED_AT_DESC"}, ["STAFFING", "SLOW_STOCK", "STANDING_CHARGE"]),
        ({"filter": {"status": ["OPEN", "LAPSED"]}}, ["SLOW_STOCK", "STAFFING"]),
        ({"filter": {"kind": ["STAFFING"]}}, ["STAFFING"]),
    ],
)
def test_what_is_worth_most_comes_first_unless_asked_otherwise(
    owner: Person, ask: Any, variables: dict[str, Any], kinds: list[str]
) -> None:
    suggestion(owner.store, status="DISMISSED", decided_at="2026-05-06T00:00:00Z")
    suggestion(owner.store, kind="SLOW_STOCK", saving=Decimal(90), confidence=Decimal("0.5"))
    suggestion(owner.store, kind="STAFFING", saving=None, confidence=Decimal("0.7"), status="LAPSED")
    assert [row["kind"] for row in listed(ask, owner, owner.store_id, **variables)] == kinds


def test_a_list_of_suggestions_costs_the_same_for_one_and_for_ten(
    owner: Person, ask: Any, statements: Any
) -> None:
    counts = []
    for extra in (1, 9):
        for _ in range(extra):
            bill = books.bill(owner.store)
            row = {"kind": "BILL", "key": bill.pk, "name": "x", "label": "total", "value": "1", "unit": "EUR"}
            suggestion(owner.store, evidence=[row], decided_by=owner.user)
        with statements() as count:
            listed(ask, owner, owner.store_id)
        counts.append(len(count))
    assert counts[0] == counts[1] <= 7


def test_a_suggestion_is_accepted_or_dismissed_once_and_the_audit_says_by_whom(owner: Person) -> None:
    row = suggestion(owner.store)
    asked = "suggestion { status reason decidedBy { email } }"
    input = {"suggestion": id_of(row), "reason": " Not ours ", "idempotencyKey": "k"}
    first, again = (decided(owner, "dismissSuggestion", asked, **input) for _ in range(2))
    who = {"decidedBy": {"email": "owner@example.com"}}
    assert first["suggestion"] == {"status": "DISMISSED", "reason": "Not ours", **who}
    assert (again["suggestion"], again["replayed"]) == (first["suggestion"], True)
    for _ in range(2):
        mind = decided(owner, "acceptSuggestion", asked, suggestion=id_of(row))
        assert mind["suggestion"] == {"status": "ACCEPTED", "reason": "", **who}
    entries = AuditEntry.objects.filter(node_type="Suggestion").order_by("pk")
    assert [(entry.action, entry.after["status"]) for entry in entries] == [
        ("suggestion.dismiss", "DISMISSED"), ("suggestion.accept", "ACCEPTED"),
    ]  # fmt: skip


def test_staff_and_strangers_see_no_suggestion_and_decide_nothing(
    owner: Person, colleague: Person, stranger: Person, ask: Any
) -> None:
    row = suggestion(owner.store)
    accountant = person("accountant@example.com", store=owner.store, role=Role.ACCOUNTANT)
    assert len(listed(ask, accountant, owner.store_id)) == 1
    assert listed(ask, colleague, owner.store_id) == []
    assert ask(stranger, LIST, store=owner.store_id).data["store"] is None
    before = everything()
    for name in ("acceptSuggestion", "dismissSuggestion"):
        for who in (colleague, stranger):
            (error,) = decided(who, name, suggestion=id_of(row))["userErrors"]
            assert (error["code"], error["field"]) == ("NOT_FOUND", ["suggestion"])
        assert carry_out(accountant, name, {"suggestion": id_of(row)}).codes == ["FORBIDDEN"]
    (error,) = decided(owner, "dismissSuggestion", suggestion=id_of(row), reason="x" * 301)["userErrors"]
    assert (error["code"], error["field"]) == ("INVALID", ["reason"])
    assert everything() == before


def test_what_is_of_energy_is_shown_to_those_who_may_see_energy(
    owner: Person, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    accountant = person("accountant@example.com", store=owner.store, role=Role.ACCOUNTANT)
    suggestion(owner.store, kind="SHIFT_LOAD")
    suggestion(owner.store)
    alert(owner.store, metric="ENERGY_COST", label="energy")
    alert(owner.store, label="money")
    asked = (
        "query ($store: ID!) { store(id: $store) { analytics { alerts { totalCount nodes { label } } } } }"
    )

    def seen() -> tuple[list[str], list[str]]:
        alerts = ask(accountant, asked, store=owner.store_id).data["store"]["analytics"]["alerts"]
        assert alerts["totalCount"] == len(alerts["nodes"])
        kinds = sorted(row["kind"] for row in listed(ask, accountant, owner.store_id))
        return kinds, sorted(row["label"] for row in alerts["nodes"])

    assert seen() == (["SHIFT_LOAD", "STANDING_CHARGE"], ["energy", "money"])
    monkeypatch.setitem(GRANTS, Role.ACCOUNTANT, GRANTS[Role.ACCOUNTANT] - {Permission.ENERGY_VIEW})
    assert seen() == (["STANDING_CHARGE"], ["money"])
