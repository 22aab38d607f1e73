"""Shifts through HTTP: clocked in and out, corrected, listed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.models import AuditEntry, IdempotencyRecord, Membership, Store
from core.roles import Role
from sales import shifts
from sales.models import Shift
from schema import ids
from tests.conftest import Person, person
from tests.races import race
from tests.schema.world import everything

SHIFT = "{ shift { id clockIn clockOut note hours person user { id } } replayed userErrors { code field message } }"
IN = f"mutation ($input: ClockInInput!) {{ clockIn(input: $input) {SHIFT} }}"
OUT = f"mutation ($input: ClockOutInput!) {{ clockOut(input: $input) {SHIFT} }}"
CORRECT = f"mutation ($input: CorrectShiftInput!) {{ correctShift(input: $input) {SHIFT} }}"
REMOVE = "mutation ($input: RemoveShiftInput!) { removeShift(input: $input) { removed userErrors { code } } }"
LIST = """
    query ($store: ID!, $filter: ShiftFilter) {
      store(id: $store) { shifts(filter: $filter) { totalCount nodes { id note person user { id } } } }
    }
"""
NINE, FIVE = datetime(2026, 5, 4, 9, tzinfo=UTC), datetime(2026, 5, 4, 17, tzinfo=UTC)


def said(ask: Any, who: Person, document: str, **input: Any) -> Any:
    (answer,) = ask(who, document, input=input).data.values()
    return answer


def refused(answer: Any) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["field"]) for error in answer["userErrors"]]


def the_id(who: Person) -> str:
    return ids.encode("User", who.user.pk)


def shift_of(who: Person, start: datetime = NINE, end: datetime | None = FIVE, **fields: Any) -> Shift:
    return Shift.objects.create(store=who.store, user=who.user, clock_in=start, clock_out=end, **fields)


def shift_id(shift: Shift) -> str:
    return ids.encode("Shift", shift.pk)


# --- In and out


def test_the_staff_clocks_in_and_out_and_sees_the_own_shift(colleague: Person, ask: Any) -> None:
    before = timezone.now()
    begun = said(ask, colleague, IN, store=colleague.store_id, note=" early ")["shift"]
    assert before <= datetime.fromisoformat(begun["clockIn"]) <= timezone.now()
    assert (begun["clockOut"], begun["hours"], begun["note"]) == (None, None, "early")
    assert (begun["person"], begun["user"]) == ("colleague@example.com", {"id": the_id(colleague)})
    Shift.objects.update(clock_in=before - timedelta(hours=8, minutes=15))
    ended = said(ask, colleague, OUT, store=colleague.store_id)["shift"]
    assert (ended["id"], ended["hours"]) == (begun["id"], "8.25")
    assert list(AuditEntry.objects.order_by("pk").values_list("action", "actor")) == [
        ("shift.clock_in", colleague.user.pk),
        ("shift.clock_out", colleague.user.pk),
    ]


def test_nobody_is_clocked_in_twice_or_out_without_being_in(colleague: Person, ask: Any) -> None:
    assert refused(said(ask, colleague, OUT, store=colleague.store_id)) == [("CONFLICT", ["user"])]
    assert said(ask, colleague, IN, store=colleague.store_id)["userErrors"] == []
    before = everything()
    assert refused(said(ask, colleague, IN, store=colleague.store_id)) == [("CONFLICT", ["user"])]
    assert everything() == before
    assert said(ask, colleague, OUT, store=colleague.store_id)["userErrors"] == []
    assert refused(said(ask, colleague, OUT, store=colleague.store_id)) == [("CONFLICT", ["user"])]


@pytest.mark.parametrize("document", [IN, OUT])
def test_a_key_is_answered_again_and_moves_no_clock(colleague: Person, ask: Any, document: str) -> None:
    if document == OUT:
        shift_of(colleague, end=None)
    sent = {"store": colleague.store_id, "idempotencyKey": "till 1, Monday"}
    first = said(ask, colleague, document, **sent)
    before = everything()
    again = said(ask, colleague, document, **sent)
    assert (first["replayed"], again["replayed"], again["shift"]) == (False, True, first["shift"])
    other = said(ask, colleague, document, **sent, user=the_id(colleague))
    assert refused(other) == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]
    assert everything() == before
    assert IdempotencyRecord.objects.count() == 1


def test_a_manager_clocks_others_and_the_staff_only_itself(
    owner: Person, colleague: Person, ask: Any
) -> None:
    mate = person("mate@example.com", store=owner.store, role=Role.STAFF, first_name="Tove")
    manager = person("manager@example.com", store=owner.store, role=Role.MANAGER)
    before = everything()
    # The staff may not see members, so there is no such person for it.
    assert refused(said(ask, colleague, IN, store=owner.store_id, user=the_id(mate))) == [
        ("NOT_FOUND", ["user"])
    ]
    assert everything() == before
    begun = said(ask, manager, IN, store=owner.store_id, user=the_id(mate))["shift"]
    assert begun["person"] == "Tove"
    assert said(ask, manager, OUT, store=owner.store_id, user=the_id(mate))["userErrors"] == []
    assert set(AuditEntry.objects.values_list("actor", flat=True)) == {manager.user.pk}
    assert said(ask, colleague, IN, store=owner.store_id, user=the_id(colleague))["userErrors"] == []


def test_who_sees_members_without_managing_shifts_clocks_nobody(
    owner: Person, colleague: Person, ask: Any
) -> None:
    colleague.user.memberships.update(role=Role.ACCOUNTANT)
    before = everything()
    assert ask(colleague, IN, input={"store": owner.store_id}).codes == ["FORBIDDEN"]
    # Elsewhere, of the staff of a store whose owner's accounts are in sight through another one.
    own = Store.objects.create(name="Own", currency="EUR")
    Membership.objects.create(user=colleague.user, store=own, role=Role.STAFF)
    sent = {"store": ids.encode("Store", own.pk), "user": the_id(owner)}
    assert ask(colleague, IN, input=sent).codes == ["FORBIDDEN"]
    Membership.objects.filter(store=own).delete()
    own.delete()
    assert everything() == before


def test_only_members_are_clocked_in(owner: Person, stranger: Person, ask: Any) -> None:
    Membership.objects.create(user=owner.user, store=stranger.store, role=Role.OWNER)
    before = everything()
    assert refused(said(ask, owner, IN, store=owner.store_id, user=the_id(stranger))) == [
        ("INVALID", ["user"])
    ]
    assert everything() == before


def test_a_note_that_is_too_long_is_refused_and_nobody_is_at_work(colleague: Person, ask: Any) -> None:
    before = everything()
    answer = said(ask, colleague, IN, store=colleague.store_id, note="x" * 501)
    assert refused(answer) == [("INVALID", ["note"])]
    assert everything() == before


# --- Corrections


def test_a_manager_corrects_a_shift_and_the_audit_keeps_what_it_said(
    owner: Person, colleague: Person, ask: Any
) -> None:
    shift = shift_of(colleague)
    sent = {"shift": shift_id(shift), "clockIn": "2026-05-04T10:30:00+02:00", "note": "forgot"}
    answer = said(ask, owner, CORRECT, **sent)
    assert answer["userErrors"] == []
    assert answer["shift"]["hours"] == "8.50"
    assert datetime.fromisoformat(answer["shift"]["clockIn"]) == datetime(2026, 5, 4, 8, 30, tzinfo=UTC)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor) == ("shift.correct", owner.user)
    assert (entry.before["clock_in"], entry.before["note"]) == ("2026-05-04T09:00:00Z", "")
    assert entry.after["note"] == "forgot"
    said(ask, owner, CORRECT, **sent)
    assert AuditEntry.objects.count() == 1  # nothing has changed


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"clockIn": None}, "REQUIRED", "clockIn"),
        ({"clockIn": "2026-05-04T17:00:00Z"}, "INVALID", "clockOut"),
        ({"clockIn": "2026-05-04T08:00:00"}, "INVALID", "clockIn"),
        ({"clockIn": "0001-01-01T00:00:00Z"}, "INVALID", "clockIn"),
        ({"clockOut": "2126-05-04T08:00:00Z"}, "INVALID", "clockOut"),
        ({"clockOut": "2026-05-05T09:00:01Z"}, "CONFLICT", "clockIn"),
        ({"clockOut": None}, "CONFLICT", "clockIn"),
        ({"clockIn": "2026-05-03T16:59:59Z"}, "CONFLICT", "clockIn"),
        ({"note": "x" * 501}, "INVALID", "note"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_and_changes_nothing(
    owner: Person, colleague: Person, ask: Any, changes: dict[str, Any], code: str, field: str
) -> None:
    for days in (-1, 1):
        shift_of(colleague, NINE + timedelta(days=days), FIVE + timedelta(days=days))
    shift = shift_of(colleague)
    before = everything()
    assert refused(said(ask, owner, CORRECT, shift=shift_id(shift), **changes)) == [(code, [field])]
    assert everything() == before


def test_a_shift_may_begin_when_another_ends_and_be_opened_again(
    owner: Person, colleague: Person, ask: Any
) -> None:
    shift_of(colleague)
    shift_of(owner, NINE, FIVE + timedelta(days=1))  # another person's is no matter
    last = shift_of(colleague, FIVE + timedelta(hours=1), FIVE + timedelta(hours=2))
    sent = {"shift": shift_id(last), "clockIn": FIVE.isoformat(), "clockOut": None}
    answer = said(ask, owner, CORRECT, **sent)
    assert (answer["userErrors"], answer["shift"]["clockOut"]) == ([], None)


def test_the_staff_corrects_not_even_the_own_shift_and_a_stranger_finds_none(
    colleague: Person, stranger: Person, ask: Any
) -> None:
    key = shift_id(shift_of(colleague))
    before = everything()
    assert ask(colleague, CORRECT, input={"shift": key, "note": "x"}).codes == ["FORBIDDEN"]
    assert ask(colleague, REMOVE, input={"shift": key}).codes == ["FORBIDDEN"]
    assert refused(said(ask, stranger, CORRECT, shift=key, note="x")) == [("NOT_FOUND", ["shift"])]
    assert everything() == before


def test_a_shift_that_never_was_is_taken_away_and_stays_in_the_audit(
    owner: Person, colleague: Person, ask: Any
) -> None:
    key = shift_id(shift_of(colleague, note="by mistake"))
    assert said(ask, owner, REMOVE, shift=key) == {"removed": True, "userErrors": []}
    assert not Shift.objects.exists()
    assert AuditEntry.objects.get().before["note"] == "by mistake"
    assert said(ask, owner, REMOVE, shift=key)["userErrors"] == [{"code": "NOT_FOUND"}]


# --- Lists


def notes(ask: Any, who: Person, store: str, **filter: Any) -> list[str]:
    found = ask(who, LIST, store=store, filter=filter).data["store"]["shifts"]
    assert found["totalCount"] == len(found["nodes"])
    return [node["note"] for node in found["nodes"]]


def test_shifts_are_found_by_person_range_and_whether_they_go_on(
    owner: Person, colleague: Person, ask: Any
) -> None:
    Store.objects.filter(pk=owner.store.pk).update(timezone="Pacific/Auckland")  # 12 hours ahead in May
    shift_of(colleague, datetime(2026, 5, 4, 11, 59, tzinfo=UTC), FIVE, note="late on the 4th")
    shift_of(owner, datetime(2026, 5, 4, 12, 0, tzinfo=UTC), None, note="early on the 5th")
    assert notes(ask, owner, owner.store_id) == ["early on the 5th", "late on the 4th"]
    assert notes(ask, owner, owner.store_id, dateRange="2026-05-04..2026-05-05") == ["late on the 4th"]
    assert notes(ask, owner, owner.store_id, dateRange="2026-05-05..2026-05-06") == ["early on the 5th"]
    assert notes(ask, owner, owner.store_id, user=the_id(colleague)) == ["late on the 4th"]
    assert notes(ask, owner, owner.store_id, open=True) == ["early on the 5th"]
    assert notes(ask, owner, owner.store_id, open=False) == ["late on the 4th"]


def test_the_staff_sees_its_own_shifts_and_after_leaving_none(
    owner: Person, colleague: Person, stranger: Person, ask: Any
) -> None:
    shift_of(owner, note="of the owner")
    own = shift_of(colleague, note="own")
    node = "query ($id: ID!) { node(id: $id) { ... on Shift { note } } }"
    assert notes(ask, colleague, owner.store_id) == ["own"]
    assert ask(colleague, node, id=shift_id(own)).data["node"] == {"note": "own"}
    assert ask(colleague, node, id=shift_id(Shift.objects.get(user=owner.user))).data == {"node": None}
    assert ask(stranger, node, id=shift_id(own)).data == {"node": None}
    colleague.user.memberships.all().delete()
    assert ask(colleague, node, id=shift_id(own)).data == {"node": None}
    assert sorted(notes(ask, owner, owner.store_id)) == ["of the owner", "own"]


@pytest.mark.parametrize("removed", [True, False], ids=["removed", "left"])
def test_a_member_who_goes_is_clocked_out(owner: Person, colleague: Person, ask: Any, removed: bool) -> None:
    said(ask, colleague, IN, store=colleague.store_id)
    if removed:
        document = "mutation ($input: RemoveMemberInput!) { removeMember(input: $input) { removed } }"
        place = Membership.objects.get(user=colleague.user)
        said(ask, owner, document, membership=ids.encode("Membership", place.pk))
    else:
        document = "mutation ($input: LeaveStoreInput!) { leaveStore(input: $input) { left } }"
        said(ask, colleague, document, store=colleague.store_id)
    assert not Shift.objects.running().exists()
    (entry,) = AuditEntry.objects.filter(action="shift.clock_out")
    assert entry.actor == (owner if removed else colleague).user
    assert (entry.before["clock_out"], bool(entry.after["clock_out"])) == (None, True)


def test_ten_shifts_take_as_many_statements_as_one(owner: Person, ask: Any, statements: Any) -> None:
    shift_of(owner)
    with statements() as one:
        ask(owner, LIST, store=owner.store_id).data  # noqa: B018
    for n in range(9):
        shift_of(person(f"member{n}@example.com", store=owner.store, role=Role.STAFF))
    with statements() as ten:
        assert len(ask(owner, LIST, store=owner.store_id).data["store"]["shifts"]["nodes"]) == 10
    assert len(one) == len(ten)


@pytest.mark.django_db(transaction=True)
def test_of_two_that_clock_a_person_in_at_once_one_wins(owner: Person, colleague: Person) -> None:
    def clock() -> Shift:
        return shifts.clock_in(store=owner.store, user=colleague.user, by=owner.user)

    found = race(clock, clock)
    assert sorted(type(one).__name__ for one in found) == ["Refused", "Shift"]
    assert Shift.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_corrections_that_would_overlap_one_wins(owner: Person, colleague: Person) -> None:
    made = [shift_of(colleague, NINE + timedelta(days=n), FIVE + timedelta(days=n)) for n in (0, 2)]
    ends = [{"clock_out": FIVE + timedelta(days=1)}, {"clock_in": NINE + timedelta(days=1)}]

    def fix(shift: Shift, changes: dict[str, Any]) -> Any:
        return lambda: shifts.correct(shift=shift, by=owner.user, changes=changes)

    found = race(*(fix(shift, changes) for shift, changes in zip(made, ends, strict=True)))
    assert sorted(type(one).__name__ for one in found) == ["Refused", "Shift"]
