"""What a command answers: refusals as data, and rows read again as the caller may see them."""

from __future__ import annotations

from typing import Any

import pytest

from core.models import IdempotencyRecord, Membership
from core.roles import Role
from receipts.models import Bill
from schema import ids
from tests import books
from tests.conftest import Person
from tests.schema import documents
from tests.schema.world import carry_out, everything

pytestmark = pytest.mark.django_db


# --- The form of every command


@pytest.mark.parametrize("name", sorted(documents.mutations()))
def test_every_command_takes_one_input_and_answers_one_payload(name: str) -> None:
    made = documents.GRAPH.mutation_type.fields[name]
    assert list(made.args) == ["input"]
    assert str(made.args["input"].type).endswith("!")
    payload = documents.payload_of(name)
    assert str(made.type) == f"{payload.name}!"
    assert payload.name.endswith("Payload")
    assert str(payload.fields["userErrors"].type) == "[UserError!]!"
    assert str(payload.fields["replayed"].type) == "Boolean!"
    objects = [field for field in payload.fields.values() if documents.is_row(field.type)]
    assert [str(field.type) for field in objects if str(field.type).endswith("!")] == []


def test_a_refusal_names_a_code_a_path_and_a_sentence_and_leaves_the_object_null(
    owner: Person, ask: Any
) -> None:
    document = """mutation ($input: CreateBillInput!) { createBill(input: $input) {
      bill { id } replayed userErrors { code field message } } }"""
    items = [{"description": "Bread"}, {"description": " "}]
    made = ask(owner, document, input={"store": owner.store_id, "items": items}).data["createBill"]
    assert (made["bill"], made["replayed"]) == (None, False)
    assert made["userErrors"] == [
        {
            "code": "REQUIRED",
            "field": ["items", "1", "description"],
            "message": "An item needs a description.",
        }
    ]
    assert not Bill.objects.exists()


# --- Rows of a payload


BOTH = """mutation ($bill: ID!) {
  first: updateBill(input: {bill: $bill, notes: "one"}) { bill { notes status items { totalCount } } }
  add: addItem(input: {bill: $bill, description: "Salt"}) { bill { notes items { totalCount } } }
  second: updateBill(input: {bill: $bill, notes: "two"}) { bill { notes status items { totalCount } } }
  gone: deleteBill(input: {bill: $bill}) { bill { notes status } }
  refused: updateBill(input: {bill: $bill, notes: "three"}) { bill { notes } userErrors { code } }
}"""


def test_each_command_of_a_document_shows_the_row_as_it_is_after_it(owner: Person, ask: Any) -> None:
    made = books.bill(owner.store)
    said = ask(owner, BOTH, bill=ids.encode("Bill", made.pk)).data
    assert said["first"]["bill"] == {"notes": "one", "status": "CONFIRMED", "items": {"totalCount": 0}}
    assert said["add"]["bill"] == {"notes": "one", "items": {"totalCount": 1}}
    assert said["second"]["bill"] == {"notes": "two", "status": "CONFIRMED", "items": {"totalCount": 1}}
    assert said["gone"]["bill"] == {"notes": "two", "status": "VOID"}
    assert said["refused"] == {"bill": None, "userErrors": [{"code": "CONFLICT"}]}


def test_a_list_asked_for_twice_in_a_document_is_read_twice(owner: Person, ask: Any) -> None:
    one = "createBill(input: {store: $id}) { bill { store { billCount bills { totalCount nodes { id } } } } }"
    said = ask(owner, f"mutation ($id: ID!) {{ a: {one} b: {one} }}", id=owner.store_id).data
    assert [said[name]["bill"]["store"]["billCount"] for name in "ab"] == [1, 2]
    assert [said[name]["bill"]["store"]["bills"]["totalCount"] for name in "ab"] == [1, 2]
    assert [len(said[name]["bill"]["store"]["bills"]["nodes"]) for name in "ab"] == [1, 2]


def test_one_refusal_does_not_keep_the_other_commands_of_a_document(owner: Person, ask: Any) -> None:
    bill = ids.encode("Bill", books.bill(owner.store).pk)
    document = """mutation ($bill: ID!, $never: ID!) {
      a: updateBill(input: {bill: $never, notes: "x"}) { userErrors { code field } }
      b: updateBill(input: {bill: $bill, notes: "y"}) { bill { notes } userErrors { code } } }"""
    said = ask(owner, document, bill=bill, never=ids.encode("Bill", 10**15)).data
    assert said["a"] == {"userErrors": [{"code": "NOT_FOUND", "field": ["bill"]}]}
    assert said["b"] == {"bill": {"notes": "y"}, "userErrors": []}


def test_a_kept_answer_cannot_show_a_row_of_another_store(owner: Person, stranger: Person, ask: Any) -> None:
    """Even a record that names another store's row, which no command writes, shows nothing."""
    document = """mutation ($input: CreateBillInput!) { createBill(input: $input) {
      bill { id notes } replayed userErrors { code } } }"""
    input = {"store": stranger.store_id, "idempotencyKey": "k"}
    assert ask(stranger, document, input=input).data["createBill"]["bill"]
    IdempotencyRecord.objects.update(answer={"bill": books.bill(owner.store, notes="secret").pk})
    said = ask(stranger, document, input=input).data["createBill"]
    assert said == {"bill": None, "replayed": True, "userErrors": []}


def test_what_a_payloads_row_points_at_is_shown_as_far_as_one_may_see_it(
    owner: Person, colleague: Person, ask: Any
) -> None:
    upload = books.upload(owner.store, user=owner.user, status="FAILED")
    document = """mutation ($id: ID!) { retryUpload(input: {upload: $id}) {
      upload { user { email } store { name role } } userErrors { code } } }"""
    said = ask(colleague, document, id=ids.encode("ReceiptUpload", upload.pk)).data["retryUpload"]
    # STAFF may retry, but lacks MEMBER_VIEW.
    assert said["upload"] == {"user": None, "store": {"name": owner.store.name, "role": "STAFF"}}


def test_a_member_who_loses_the_right_between_two_commands_is_refused_the_second(
    owner: Person, ask: Any
) -> None:
    before_leaving = {"store": owner.store_id}
    assert carry_out(owner, "createBill", before_leaving).data["createBill"]["userErrors"] == []
    Membership.objects.filter(user=owner.user).update(role=Role.ACCOUNTANT)
    before = everything()
    assert carry_out(owner, "createBill", before_leaving).codes == ["FORBIDDEN"]
    assert everything() == before
