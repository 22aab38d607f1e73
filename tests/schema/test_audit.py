"""The audit of a store: who did what, when, and what it changed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from core import audit
from core.models import AuditEntry, Membership, Store
from core.roles import GRANTS, Permission, Role
from schema import ids
from tests import books
from tests.conftest import Person, person

AUDIT = """query ($filter: AuditFilter, $first: Int, $after: String, $order: AuditOrder) { me { stores {
  audit(filter: $filter, first: $first, after: $after, orderBy: $order) { totalCount
    nodes { action nodeType nodeId before after requestId createdAt actor { email } actorEmail }
    pageInfo { hasNextPage endCursor } } } } }"""

pytestmark = pytest.mark.django_db


def entries(answer: Any) -> list[dict[str, Any]]:
    return [entry for store in answer.data["me"]["stores"] for entry in store["audit"]["nodes"]]


def note(
    store: Store, by: Person | None = None, action: str = "bill.update", at: datetime | None = None
) -> None:
    audit.record(store=store, by=by.user if by else None, action=action, node=store)
    if at:
        AuditEntry.objects.filter(pk=AuditEntry.objects.latest("pk").pk).update(created_at=at)


def test_a_change_through_the_api_is_told_with_what_it_changed(ask: Any, owner: Person) -> None:
    bill = books.bill(owner.store, notes="as it was")
    bill_id = ids.encode("Bill", bill.pk)
    document = 'mutation ($bill: ID!) { updateBill(input: {bill: $bill, notes: "as it is"}) { userErrors { code } } }'
    ask(owner, document, bill=bill_id, headers={"X-Request-Id": "request-7"})
    (entry,) = entries(ask(owner, AUDIT))
    assert (entry["action"], entry["nodeType"], entry["nodeId"]) == ("bill.update", "Bill", bill_id)
    assert (entry["requestId"], entry["actor"]) == ("request-7", {"email": "owner@example.com"})
    assert json.loads(entry["before"])["notes"] == "as it was"
    assert json.loads(entry["after"])["notes"] == "as it is"
    assert timezone.now() - datetime.fromisoformat(entry["createdAt"]) < timedelta(minutes=1)


def test_an_id_in_the_audit_leads_to_the_row_under_its_name_in_the_schema(ask: Any, owner: Person) -> None:
    audit.record(store=owner.store, by=owner.user, action="upload.retry", node=books.upload(owner.store))
    (entry,) = entries(ask(owner, AUDIT))
    assert entry["nodeType"] == "ReceiptUpload"
    document = "query ($id: ID!) { node(id: $id) { __typename } }"
    assert ask(owner, document, id=entry["nodeId"]).data["node"] == {"__typename": "ReceiptUpload"}
    assert (entry["before"], entry["after"]) == (None, None)


def test_what_the_schema_has_no_type_for_is_told_by_name_alone(ask: Any, owner: Person) -> None:
    AuditEntry.objects.create(store=owner.store, action="thing.move", node_type="Thing", node_key=1)
    (entry,) = entries(ask(owner, AUDIT))
    assert (entry["nodeType"], entry["nodeId"], entry["actor"], entry["actorEmail"]) == (
        "Thing",
        None,
        None,
        None,
    )


@pytest.mark.parametrize("role", list(Role))
def test_the_audit_is_seen_by_the_roles_that_may(ask: Any, owner: Person, role: Role) -> None:
    member = person("member@example.com", store=owner.store, role=role)
    note(owner.store, owner)
    assert len(entries(ask(member, AUDIT))) == (Permission.AUDIT_VIEW in GRANTS[role])
    assert (role is Role.STAFF) == (Permission.AUDIT_VIEW not in GRANTS[role])


def test_neither_a_stranger_nor_nobody_sees_the_audit(ask: Any, owner: Person, stranger: Person) -> None:
    note(owner.store, owner)
    entry = ids.encode("AuditEntry", AuditEntry.objects.get().pk)
    document = "query ($id: ID!) { node(id: $id) { id } }"
    assert ask(owner, document, id=entry).data["node"] == {"id": entry}
    assert ask(stranger, document, id=entry).data["node"] is None
    assert entries(ask(stranger, AUDIT)) == []
    assert ask(None, AUDIT).codes == ["UNAUTHENTICATED"]


def test_what_somebody_did_to_the_own_account_is_in_no_stores_audit(ask: Any, owner: Person) -> None:
    ask(owner, "mutation { revokeAllTokens(input: {keepThis: true}) { revoked } }")
    assert AuditEntry.objects.get().store is None
    assert entries(ask(owner, AUDIT)) == []


def test_who_has_left_is_still_told_by_address(ask: Any, owner: Person, colleague: Person) -> None:
    note(owner.store, colleague)
    Membership.objects.filter(user=colleague.user).delete()
    (entry,) = entries(ask(owner, AUDIT))
    assert (entry["actor"], entry["actorEmail"]) == (None, "colleague@example.com")


# --- Filters and pages


def test_entries_are_found_by_action_and_by_actor(ask: Any, owner: Person, colleague: Person) -> None:
    note(owner.store, owner, "bill.update")
    note(owner.store, colleague, "bill.void")
    note(owner.store, colleague, "bill.update")

    def found(**filter: Any) -> list[tuple[str, str]]:
        return [(entry["action"], entry["actorEmail"]) for entry in entries(ask(owner, AUDIT, filter=filter))]

    by_colleague = ids.encode("User", colleague.user.pk)
    assert found(action=["bill.void"]) == [("bill.void", "colleague@example.com")]
    assert len(found(action=["bill.void", "bill.update"])) == 3
    assert found(action=[]) == []
    assert found(action=["\x00"]) == []
    assert found(actor=by_colleague, action=["bill.update"]) == [("bill.update", "colleague@example.com")]
    assert ask(owner, AUDIT, filter={"actor": owner.store_id}).codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    ("zone", "found"),
    [("UTC", 2), ("Pacific/Auckland", 1), ("America/Los_Angeles", 3), ("Etc/GMT+5", 3)],
)
def test_a_range_of_days_is_counted_by_the_clock_of_the_store(
    ask: Any, owner: Person, zone: str, found: int
) -> None:
    Store.objects.filter(pk=owner.store.pk).update(timezone=zone)
    for hour in (
        datetime(2026, 5, 4, 13, tzinfo=UTC),
        datetime(2026, 5, 4, 1, tzinfo=UTC),
        datetime(2026, 5, 5, 1, tzinfo=UTC),
    ):
        note(owner.store, owner, at=hour)
    days = {"UTC": "2026-05-04", "Pacific/Auckland": "2026-05-04"}.get(zone, "2026-05-03")
    answer = ask(owner, AUDIT, filter={"dateRange": f"{days}..2026-05-05"})
    assert len(entries(answer)) == found
    assert answer.data["me"]["stores"][0]["audit"]["totalCount"] == found


def test_a_named_range_counts_too(ask: Any, owner: Person) -> None:
    note(owner.store, owner)
    note(owner.store, owner, at=timezone.now() - timedelta(days=3))
    note(owner.store, owner, at=timezone.now() - timedelta(days=10))
    assert len(entries(ask(owner, AUDIT, filter={"dateRange": "7d"}))) == 2
    assert len(entries(ask(owner, AUDIT, filter={"dateRange": "today"}))) == 1


def test_the_newest_comes_first_and_pages_lose_nothing(ask: Any, owner: Person) -> None:
    for number in range(5):
        note(owner.store, owner, f"act.{number}", at=datetime(2026, 5, 1 + number // 2, tzinfo=UTC))
    seen, after = [], None
    while True:
        answer = ask(owner, AUDIT, first=2, after=after)
        seen += [entry["action"] for entry in entries(answer)]
        end = answer.data["me"]["stores"][0]["audit"]["pageInfo"]
        if not end["hasNextPage"]:
            break
        after = end["endCursor"]
    assert seen == [f"act.{number}" for number in (4, 3, 2, 1, 0)]
    oldest = entries(ask(owner, AUDIT, order="CREATED_AT_ASC"))
    assert [entry["action"] for entry in oldest] == seen[::-1]


def test_many_entries_cost_no_more_statements_than_one(ask: Any, owner: Person, statements: Any) -> None:
    counts = []
    for turn in range(2):
        note(owner.store, owner)
        with statements() as count:
            ask(owner, AUDIT)
        counts.append(len(count))
        for number in range(10):
            note(owner.store, person(f"{turn}-{number}@example.com", store=owner.store))
    assert counts[0] == counts[1]
