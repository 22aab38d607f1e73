"""Rows by their ids: what an id is, and what is none."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from receipts.models import Bill
from schema import ids
from schema.nodes import TYPES
from tests import books
from tests.conftest import Person
from tests.schema import documents
from tests.schema.world import carry_out, furnish

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
STORE = "query ($id: ID!) { store(id: $id) { name } }"


# --- The code of ids


@given(st.sampled_from(sorted(TYPES)), st.integers(0, 10**18 - 1))
def test_what_was_encoded_is_decoded_to_the_same(type_name: str, key: int) -> None:
    assert ids.decode(ids.encode(type_name, key)) == (type_name, key)


@given(st.text(max_size=30))
@example("")
@example("=")
@example("\ud800")
@example("QmlsbDox=")
@example("٣")
def test_whatever_is_decoded_is_an_id_or_a_value_error(text: str) -> None:
    try:
        type_name, key = ids.decode(text)
    except ValueError:
        return
    assert ids.encode(type_name, key) == text


@given(st.text(max_size=40))
def test_a_text_that_looks_like_an_id_inside_is_one_or_a_value_error(text: str) -> None:
    encoded = base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode().rstrip("=")
    try:
        type_name, key = ids.decode(encoded)
    except ValueError:
        return
    assert ids.encode(type_name, key) == encoded


def b64(text: str, pad: str = "") -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") + pad


MALFORMED = {
    "empty": "",
    "a word": "x",
    "a number": "1",
    "no base64": "!!!!",
    "another form of base64": "QmlsbDox+/==",
    "padded": b64("Bill:12", "="),
    "no key": b64("Bill:"),
    "no type": b64(":1"),
    "no colon": b64("Bill1"),
    "two colons": b64("Bill:1:2"),
    "a sign": b64("Bill:-1"),
    "a plus": b64("Bill:+1"),
    "a space": b64("Bill: 1"),
    "a line": b64("Bill:1\n"),
    "leading zeros": b64("Bill:01"),
    "a fraction": b64("Bill:1.5"),
    "digits of another script": b64("Bill:١"),
    "too large for the database": b64("Bill:9223372036854775808"),
    "huge": b64("Bill:" + "9" * 5_000),
    "a type that is none": b64("Nothing:1"),
    "a type in lower case": b64("bill:1"),
    "a type that is no row": b64("BillConnection:1"),
    "SQL": b64("Bill:1 OR 1=1"),
    "NUL": "\x00",
    "very long": "A" * 100_000,
}


@pytest.mark.parametrize("id", MALFORMED.values(), ids=MALFORMED.keys())
def test_an_id_that_is_none_is_bad_input_and_says_nothing_of_the_inside(
    owner: Person, ask: Any, id: str
) -> None:
    books.bill(owner.store)
    for answer in (
        ask(owner, NODE, id=id),
        ask(owner, STORE, id=id),
        ask(owner, NODES, ids=[owner.store_id, id]),
    ):
        assert answer.codes == ["BAD_USER_INPUT"]
        assert answer.errors[0]["message"] in ("This is not an id.", "This id must be of the type Store.")
    assert carry_out(owner, "deleteBill", {"bill": id}).codes == ["BAD_USER_INPUT"]


# --- Rows


def test_every_type_of_row_is_reached_by_its_id_and_by_no_other_types(owner: Person, ask: Any) -> None:
    rows = furnish(owner, "Sesame")
    for type_name in TYPES:
        assert ask(owner, NODE, id=rows[type_name]).data["node"] == {
            "__typename": type_name,
            "id": rows[type_name],
        }
    assert set(TYPES) == {
        type.name for type in documents.GRAPH.get_possible_types(documents.type_named("Node"))
    }


def test_an_id_of_another_type_is_refused_where_a_type_is_known(owner: Person, ask: Any) -> None:
    rows = furnish(owner, "Sesame")
    key = ids.decode(rows["Bill"])[1]
    same_key = ids.encode("Bill", owner.store.pk)
    assert ask(owner, STORE, id=same_key).codes == ["BAD_USER_INPUT"]
    for type_name in set(TYPES) - {"Bill"}:
        assert carry_out(owner, "deleteBill", {"bill": ids.encode(type_name, key)}).codes == [
            "BAD_USER_INPUT"
        ]
    assert carry_out(owner, "createBill", {"store": owner.store_id, "category": rows["Store"]}).codes == [
        "BAD_USER_INPUT"
    ]
    assert Bill.objects.filter(status="VOID").count() == 1  # as it was
    filtered = "query ($by: ID!) { me { stores { bills(filter: {merchant: $by}) { totalCount } } } }"
    assert ask(owner, filtered, by=rows["Bill"]).codes == ["BAD_USER_INPUT"]


def test_the_id_of_a_row_that_is_gone_leads_nowhere(owner: Person, ask: Any) -> None:
    bill = books.bill(owner.store)
    id = ids.encode("Bill", bill.pk)
    bill.delete()
    assert ask(owner, NODE, id=id).data == {"node": None}
    assert ask(owner, NODES, ids=[id, owner.store_id]).data["nodes"][0] is None
    answer = carry_out(owner, "deleteBill", {"bill": id}).data["deleteBill"]
    assert answer["userErrors"] == [{"code": "NOT_FOUND", "field": ["bill"]}]


def test_the_largest_key_that_an_id_can_hold_leads_nowhere(owner: Person, ask: Any) -> None:
    for type_name in TYPES:
        assert ask(owner, NODE, id=ids.encode(type_name, 10**18 - 1)).data == {"node": None}
        assert ask(owner, NODE, id=ids.encode(type_name, 0)).data == {"node": None}


def test_rows_come_in_the_order_of_their_ids_and_as_often(owner: Person, stranger: Person, ask: Any) -> None:
    own = ids.encode("Bill", books.bill(owner.store).pk)
    theirs = ids.encode("Bill", books.bill(stranger.store).pk)
    wanted = [own, theirs, owner.store_id, own]
    shown = ask(owner, NODES, ids=wanted).data["nodes"]
    assert [row and row["id"] for row in shown] == [own, None, owner.store_id, own]
    assert ask(owner, NODES, ids=[]).data == {"nodes": []}


def test_many_rows_of_a_type_cost_one_statement(owner: Person, ask: Any, statements: Any) -> None:
    made = [ids.encode("Bill", books.bill(owner.store).pk) for _ in range(50)]
    with statements() as few:
        assert len(ask(owner, NODES, ids=made[:1]).data["nodes"]) == 1
    with statements() as many:
        assert len(ask(owner, NODES, ids=made).data["nodes"]) == 50
    assert len(many) == len(few) == 2  # the token, the bills
