"""A command with a key is carried out once, however often it is sent."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core import idempotency
from core.models import IdempotencyRecord
from receipts.models import Bill
from tests.conftest import Person
from tests.schema import documents
from tests.schema.test_tokens import race
from tests.schema.world import COMMANDS, carry_out, everything, fill, furnish

CREATE = """mutation ($input: CreateBillInput!) { createBill(input: $input) {
  bill { id total merchantName } replayed userErrors { code field message } } }"""
CREATING = ("create", "add", "upload", "extract", "place", "record", "register")

pytestmark = pytest.mark.django_db


def create(who: Person, ask: Any, *, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    input = {"store": who.store_id, "merchantName": "Mill", "total": "5.00", **fields}
    return ask(who, CREATE, headers=headers, input=input).data["createBill"]


def codes(payload: Any) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["field"]) for error in payload["userErrors"]]


# --- Which commands take a key


def test_every_command_that_creates_takes_a_key_and_no_command_that_answers_with_tokens_does() -> None:
    for name in documents.mutations():
        fields = documents.input_of(name).fields
        answers_with_tokens = "accessToken" in documents.payload_of(name).fields
        if answers_with_tokens:
            assert "idempotencyKey" not in fields, name
        elif name.startswith(CREATING):
            assert "idempotencyKey" in fields, name


# --- The law


def test_the_same_key_and_input_give_the_first_answer_again(owner: Person, ask: Any) -> None:
    first = create(owner, ask, idempotencyKey="k")
    second = create(owner, ask, idempotencyKey="k")
    assert (first["replayed"], second["replayed"]) == (False, True)
    assert first["bill"] == second["bill"]
    assert Bill.objects.count() == 1


def test_without_a_key_each_sending_is_a_new_command(owner: Person, ask: Any) -> None:
    assert create(owner, ask)["bill"]["id"] != create(owner, ask)["bill"]["id"]
    assert create(owner, ask, idempotencyKey=None)["replayed"] is False
    assert Bill.objects.count() == 3
    assert not IdempotencyRecord.objects.exists()


@pytest.mark.parametrize(
    "other",
    [
        {"total": "5.01"},
        {"total": None},
        {"notes": ""},
        {"items": [{"description": "x"}]},
        {"source": "CLIENT"},
    ],
    ids=str,
)
def test_the_same_key_with_other_input_is_refused_and_changes_nothing(
    owner: Person, ask: Any, other: Any
) -> None:
    create(owner, ask, idempotencyKey="k")
    before = everything()
    again = create(owner, ask, idempotencyKey="k", **other)
    assert codes(again) == [("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])]
    assert (again["bill"], again["replayed"]) == (None, False)
    assert everything() == before


@pytest.mark.parametrize(
    "same", [{"total": "5"}, {"total": "5.0000"}, {"total": "0.5E+1"}, {"total": 5}], ids=str
)
def test_a_number_written_otherwise_is_the_same_input(owner: Person, ask: Any, same: Any) -> None:
    create(owner, ask, idempotencyKey="k")
    assert create(owner, ask, idempotencyKey="k", **same)["replayed"] is True


@pytest.mark.parametrize("number", ["NaN", "sNaN", "-Infinity", "1e400", "-1e999", "1e-999"])
def test_a_number_that_no_bill_can_hold_is_refused_with_a_key_as_without(
    owner: Person, ask: Any, number: str
) -> None:
    before = everything()
    assert codes(create(owner, ask, total=number, idempotencyKey="k")) == [("INVALID", ["total"])]
    assert codes(create(owner, ask, total=number)) == [("INVALID", ["total"])]
    assert everything() == before


@pytest.mark.parametrize("number", ["1e1001", "1e-1001", "1e999999999999999999", "-1e-999999999999999999"])
def test_a_number_that_no_arithmetic_can_hold_is_no_number(owner: Person, ask: Any, number: str) -> None:
    assert ask(owner, CREATE, input={"store": owner.store_id, "total": number}).codes == ["BAD_USER_INPUT"]
    assert not Bill.objects.exists()


def test_the_same_key_for_another_command_is_refused(owner: Person) -> None:
    rows = furnish(owner, "Sesame")
    carry_out(owner, "createCategory", fill({**COMMANDS["createCategory"], "idempotencyKey": "k"}, rows))
    before = everything()
    answer = carry_out(owner, "addItem", fill({**COMMANDS["addItem"], "idempotencyKey": "k"}, rows))
    assert [error["code"] for error in answer.data["addItem"]["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]
    assert everything() == before


def test_another_file_is_another_input(owner: Person) -> None:
    from tests.schema.world import picture

    for colour, expected in (("red", []), ("red", []), ("blue", ["IDEMPOTENCY_KEY_REUSED"])):
        input = {"store": owner.store_id, "file": picture(colour), "idempotencyKey": "k"}
        answer = carry_out(owner, "uploadReceipt", input).data["uploadReceipt"]
        assert [error["code"] for error in answer["userErrors"]] == expected


def test_the_key_of_another_user_is_another_key(owner: Person, stranger: Person, ask: Any) -> None:
    create(owner, ask, idempotencyKey="k")
    made = create(stranger, ask, idempotencyKey="k")
    assert (made["replayed"], made["userErrors"]) == (False, [])
    assert Bill.objects.filter(store=stranger.store).count() == 1


def test_a_refusal_is_not_kept(owner: Person, ask: Any) -> None:
    assert codes(create(owner, ask, total="1e30", idempotencyKey="k")) == [("INVALID", ["total"])]
    assert not IdempotencyRecord.objects.exists()
    assert create(owner, ask, total="3.00", idempotencyKey="k")["replayed"] is False


def test_an_answer_is_kept_for_a_day_and_then_the_key_is_free(owner: Person, ask: Any) -> None:
    first = create(owner, ask, idempotencyKey="k")
    left = IdempotencyRecord.objects.get().expires_at - timezone.now()
    assert timedelta(hours=23, minutes=59) < left <= idempotency.LIFETIME == timedelta(hours=24)
    IdempotencyRecord.objects.update(expires_at=timezone.now())
    second = create(owner, ask, total="6.00", idempotencyKey="k")
    assert second["replayed"] is False
    assert second["bill"]["id"] != first["bill"]["id"]
    assert IdempotencyRecord.objects.count() == 1


def test_an_answer_of_a_row_that_is_gone_is_still_an_answer(owner: Person, ask: Any) -> None:
    create(owner, ask, idempotencyKey="k")
    Bill.objects.all().delete()
    again = create(owner, ask, idempotencyKey="k")
    assert (again["bill"], again["replayed"], again["userErrors"]) == (None, True, [])


def test_a_replay_shows_the_row_as_it_is_now_to_whoever_may_still_see_it(owner: Person, ask: Any) -> None:
    create(owner, ask, idempotencyKey="k")
    Bill.objects.update(merchant_name="Renamed")
    assert create(owner, ask, idempotencyKey="k")["bill"]["merchantName"] == "Renamed"
    owner.user.memberships.update(role="ACCOUNTANT")
    assert ask(owner, CREATE, input={"store": owner.store_id, "idempotencyKey": "k"}).codes == ["FORBIDDEN"]


# --- Keys


@pytest.mark.parametrize("key", ["x" * 255, "ä" * 255, " ", "🥐", "'; DROP TABLE"])
def test_a_key_may_be_anything_of_255_characters(owner: Person, ask: Any, key: str) -> None:
    assert create(owner, ask, idempotencyKey=key)["replayed"] is False
    assert create(owner, ask, idempotencyKey=key)["replayed"] is True


@pytest.mark.parametrize("key", ["", "x" * 256, "a\x00b"])
def test_a_key_that_is_none_is_refused_and_changes_nothing(owner: Person, ask: Any, key: str) -> None:
    before = everything()
    assert codes(create(owner, ask, idempotencyKey=key)) == [("INVALID", ["idempotencyKey"])]
    assert everything() == before


def test_keys_differ_by_case(owner: Person, ask: Any) -> None:
    create(owner, ask, idempotencyKey="k")
    assert create(owner, ask, idempotencyKey="K")["replayed"] is False


# --- The header


HEADER = {"Idempotency-Key": "h"}


def test_the_header_is_a_key_too(owner: Person, ask: Any) -> None:
    assert create(owner, ask, headers=HEADER)["replayed"] is False
    assert create(owner, ask, headers=HEADER)["replayed"] is True
    assert create(owner, ask, idempotencyKey="h")["replayed"] is True
    assert codes(create(owner, ask, headers=HEADER, total="7.00")) == [
        ("IDEMPOTENCY_KEY_REUSED", ["idempotencyKey"])
    ]
    assert codes(create(owner, ask, headers={"Idempotency-Key": "x" * 256})) == [
        ("INVALID", ["idempotencyKey"])
    ]


def test_a_key_in_the_input_goes_before_the_header(owner: Person, ask: Any) -> None:
    create(owner, ask, headers=HEADER, idempotencyKey="i")
    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["i"]


ONE = 'createBill(input: {{store: "{store}", total: "{total}"}}) {{ replayed userErrors {{ code }} }}'


@pytest.mark.parametrize(
    "document",
    [
        "mutation {{ a: {one} b: {two} }}",
        "mutation {{ ...F }} fragment F on Mutation {{ a: {one} b: {two} }}",
        "mutation {{ a: {one} ... on Mutation {{ b: {two} }} }}",
        "mutation {{ a: {one} ... {{ ...F }} }} fragment F on Mutation {{ b: {two} }}",
    ],
)
def test_the_header_does_not_go_with_two_commands(owner: Person, ask: Any, document: str) -> None:
    one, two = (ONE.format(store=owner.store_id, total=total) for total in (1, 2))
    before = everything()
    answer = ask(owner, document.format(one=one, two=two), headers=HEADER)
    assert set(answer.codes) == {"BAD_USER_INPUT"}
    assert everything() == before


@pytest.mark.parametrize(
    "document",
    [
        "mutation {{ {one} }}",
        "mutation {{ ...F }} fragment F on Mutation {{ {one} }}",
        "mutation {{ {one} ...F }} fragment F on Mutation {{ {one} }}",
    ],
)
def test_one_command_said_in_several_places_is_one(owner: Person, ask: Any, document: str) -> None:
    one = ONE.format(store=owner.store_id, total=1)
    for replayed in (False, True):
        answer = ask(owner, document.format(one=one), headers=HEADER).data["createBill"]
        assert answer == {"replayed": replayed, "userErrors": []}


def test_the_header_is_nothing_to_a_query(owner: Person, ask: Any) -> None:
    assert ask(owner, "{ me { id } __typename }", headers=HEADER).data["me"]


# --- What is kept


def test_what_is_kept_holds_keys_of_rows_and_nothing_of_the_input(owner: Person, ask: Any) -> None:
    create(owner, ask, merchantName="Secret & Sons", idempotencyKey="k")
    record = IdempotencyRecord.objects.get()
    assert record.answer == {"bill": Bill.objects.get().pk}
    assert "Secret" not in json.dumps([record.answer, record.command, record.fingerprint])
    assert len(record.fingerprint) == 64


# --- Races


@pytest.mark.django_db(transaction=True)
def test_of_twins_at_the_same_time_one_is_carried_out(owner: Person, ask: Any) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's test database is in memory, which threads cannot share")
    for number in range(5):
        payloads = race(*[lambda key=f"k{number}": create(owner, ask, idempotencyKey=key)] * 4)
        made = [payload for payload in payloads if payload["bill"] and not payload["replayed"]]
        assert len(made) == 1
        for payload in payloads:
            assert payload["bill"] == made[0]["bill"] or codes(payload) == [
                ("IDEMPOTENCY_IN_PROGRESS", ["idempotencyKey"])
            ]
        assert Bill.objects.count() == number + 1


@pytest.mark.django_db(transaction=True)
def test_a_twin_of_a_command_that_still_runs_is_told_so(owner: Person, ask: Any) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("On SQLite a twin waits for its turn: there is one writer at a time")
    seen: list[Any] = []

    def run() -> dict[str, Any]:
        seen.extend(race(lambda: create(owner, ask, idempotencyKey="k")))
        return {}

    idempotency.once(user=owner.user, key="k", command="x", input={}, run=run)
    assert codes(seen[0]) == [("IDEMPOTENCY_IN_PROGRESS", ["idempotencyKey"])]
    assert not Bill.objects.exists()
