"""A stranger reaches nothing of another store, by no id, field, filter or command.

Driven by introspection: a type, filter or mutation that is not covered fails here.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import models, transaction
from graphql import get_named_type, is_input_object_type

from core.models import Membership
from core.roles import GRANTS, Permission, Role
from receipts.models import Bill
from schema import ids
from schema.nodes import TYPES, model_of
from tests import books
from tests.conftest import Person, person
from tests.schema import documents
from tests.schema.world import (
    APART,
    COMMANDS,
    MARK,
    Rows,
    World,
    at,
    carry_out,
    everything,
    fill,
    picture,
    places,
    refused,
    replaced,
)


@pytest.fixture
def owner(world: World, db: None) -> Person:
    return world.owner


@pytest.fixture
def stranger(world: World, db: None) -> Person:
    return world.stranger


@pytest.fixture
def rows(world: World) -> Rows:
    """What the owner's store holds: the ids of its rows by their types."""
    return world.rows


@pytest.fixture
def own(world: World) -> Rows:
    """What the stranger's own store holds."""
    return world.own


NAMED = "__typename ...Asked"


def by_id(type_name: str, field: str) -> str:
    asked = f"fragment Asked on {type_name} {{ {field} }}"
    return f"query ($id: ID!) {{ node(id: $id) {{ {NAMED} }} nodes(ids: [$id]) {{ {NAMED} }} }} {asked}"


# --- By id


@pytest.mark.parametrize("type_name", sorted(TYPES))
def test_no_field_of_a_row_of_another_store_is_reached_by_its_id(
    owner: Person, stranger: Person, rows: Rows, ask: Any, type_name: str
) -> None:
    for names, asked in documents.groups(type_name):
        document = by_id(type_name, asked)
        shown = ask(owner, document, id=rows[type_name]).data["node"]
        assert set(names) <= shown.keys()
        assert any(shown[name] for name in names)
        assert ask(stranger, document, id=rows[type_name]).data == {"node": None, "nodes": [None]}
        assert set(ask(None, document, id=rows[type_name]).codes) == {"UNAUTHENTICATED"}


def test_no_field_of_another_store_is_reached_by_its_id(
    owner: Person, stranger: Person, rows: Rows, ask: Any
) -> None:
    for names, asked in documents.groups("Store"):
        document = f"query ($id: ID!) {{ store(id: $id) {{ {asked} }} }}"
        assert set(names) <= ask(owner, document, id=rows["Store"]).data["store"].keys()
        assert ask(stranger, document, id=rows["Store"]).data == {"store": None}
        assert ask(None, document, id=rows["Store"]).codes == ["UNAUTHENTICATED"]


def test_every_field_at_the_top_asks_who_you_are(ask: Any, built_in: None) -> None:
    taken_by_id = {"store", "node", "nodes"}
    public = {"health"}
    fields = documents.fields_of("Query")
    for name in fields.keys() - taken_by_id - public:
        assert ask(None, f"{{ {documents.field(name, fields[name])} }}").codes == ["UNAUTHENTICATED"], name
    assert taken_by_id <= fields.keys()


def test_an_id_out_of_sight_is_answered_as_one_that_never_was(
    owner: Person, stranger: Person, rows: Rows, ask: Any
) -> None:
    for type_name in TYPES:
        document = by_id(type_name, "id")
        never = ids.encode(type_name, 10**17)
        assert ask(stranger, document, id=rows[type_name]).body == ask(stranger, document, id=never).body


# --- By the graph


def walk(who: Person, ask: Any) -> str:
    """Ask for everything that hangs off a person, and off each of the person's rows; give all answers as text."""
    said = []
    for _, asked in documents.groups("User"):
        said.append(ask(who, f"{{ me {{ {asked} }} }}").body)
    for _, asked in documents.groups("Store"):
        said.append(ask(who, f"{{ me {{ stores {{ {asked} }} }} }}").body)
    assert not any("errors" in body for body in said), said
    return json.dumps(said)


def test_nothing_of_another_store_is_in_anything_that_hangs_off_oneself(
    owner: Person, stranger: Person, rows: Rows, own: Rows, ask: Any
) -> None:
    said = walk(stranger, ask)
    assert "Poppy" in said
    assert MARK not in said
    assert not [id for id in rows.values() if f'"{id}"' in said]


# The one makes the two in sight of each other; the other names its person, member or not any more.
NAMING = {("Membership", "user"), ("Shift", "user")}


def foreign_keys() -> list[tuple[str, str]]:
    models_of = {model_of(cls): name for name, cls in TYPES.items()}
    return [
        (name, key.name)
        for model, name in models_of.items()
        for key in model._meta.get_fields()
        if isinstance(key, models.ForeignKey) and key.related_model in models_of
        if (name, key.name) not in NAMING
    ]


@pytest.mark.parametrize(("type_name", "key"), foreign_keys())
def test_a_row_that_points_into_another_store_shows_nothing_of_it(
    owner: Person, stranger: Person, rows: Rows, own: Rows, ask: Any, type_name: str, key: str
) -> None:
    model = model_of(TYPES[type_name])
    target = {model_of(cls): name for name, cls in TYPES.items()}[model._meta.get_field(key).related_model]
    wrong: dict[str, Any] = {f"{key}_id": ids.decode(rows[target])[1]}
    if type_name in ("Bill", "Item", "OrderLine"):
        wrong["position"] = 9  # each place is taken once
    if type_name == "Order":
        wrong["number"] = 9  # likewise
    if (type_name, key) == ("Duplicate", "later"):  # the earlier bill comes first
        wrong["later_id"] = books.bill(owner.store, merchant_name=MARK).pk
    if type_name == "AnalysisSnapshot":
        wrong["start"] = "2019-12-30"  # likewise
    model._default_manager.filter(pk=ids.decode(own[type_name])[1]).update(**wrong)
    for _, asked in documents.groups(type_name):
        answer = ask(stranger, by_id(type_name, asked), id=own[type_name])
        assert MARK not in json.dumps(answer.data)
    if (type_name, key) in MOVED:
        return
    for _, asked in documents.groups(target):
        answer = ask(owner, by_id(target, asked), id=rows[target])
        assert "Poppy" not in json.dumps(answer.data)


# These keys say whose a row is: with them, the row itself has moved.
MOVED = {(name, "store") for name in TYPES} | {
    ("Item", "bill"),
    ("OrderEvent", "order"),
    ("OrderLine", "order"),
    ("Payment", "order"),
    ("Refund", "payment"),
    ("StockMove", "product"),
}


# --- By filters


def filters() -> set[tuple[str, str, str, str]]:
    """Find every id that an argument of a field takes: type, field, argument, place."""
    found = set()
    for type_name in TYPES:
        for name, made in documents.fields_of(type_name).items():
            for argument, given in made.args.items():
                if (
                    is_input_object_type(get_named_type(given.type))
                    or get_named_type(given.type).name == "ID"
                ):
                    found |= {
                        (type_name, name, argument, ".".join(place))
                        for place in documents.id_places(given.type)
                    }
    return found


FILTERS = {
    ("Store", "audit", "filter", "actor"): "User",
    ("Store", "bills", "filter", "merchant"): "Merchant",
    ("Store", "bills", "filter", "category"): "Category",
    ("Store", "reviewQueue", "filter", "merchant"): "Merchant",
    ("Store", "reviewQueue", "filter", "category"): "Category",
    ("Store", "orders", "filter", "customer"): "Customer",
    ("Store", "orderQueue", "filter", "customer"): "Customer",
    ("Store", "orderHistory", "filter", "customer"): "Customer",
    ("Store", "shifts", "filter", "user"): "User",
    ("Customer", "orders", "filter", "customer"): "Customer",
    ("Merchant", "bills", "filter", "merchant"): "Merchant",
    ("Merchant", "bills", "filter", "category"): "Category",
    ("Store", "devices", "filter", "category"): "DeviceCategory",
    ("DeviceCategory", "devices", "filter", "category"): "DeviceCategory",
    **{
        (type_name, "products", "filter", place): target
        for type_name in ("Store", "Brand", "Collection")
        for place, target in (
            ("brand", "Brand"),
            ("collection", "Collection"),
            ("category", "Category:product"),
        )
    },
}


def test_every_argument_that_takes_an_id_is_tried() -> None:
    assert filters() == set(FILTERS)


@pytest.mark.parametrize(("place", "target"), sorted(FILTERS.items()))
def test_a_filter_by_a_row_of_another_store_finds_what_one_by_nothing_finds(
    owner: Person, stranger: Person, rows: Rows, own: Rows, ask: Any, place: tuple[str, ...], target: str
) -> None:
    type_name, field, argument, inner = place
    asked = f"{field}({argument}: {{ {inner}: $by }}) {{ totalCount nodes {{ id }} }}"
    document = f"query ($id: ID!, $by: ID!) {{ node(id: $id) {{ ... on {type_name} {{ {asked} }} }} }}"
    nothing = ids.encode(target.partition(":")[0], 10**17)
    theirs = ask(stranger, document, id=own[type_name], by=rows[target]).body
    assert theirs == ask(stranger, document, id=own[type_name], by=nothing).body
    assert theirs["data"]["node"][field] == {"totalCount": 0, "nodes": []}
    assert ask(owner, document, id=rows[type_name], by=rows[target]).data["node"][field]["totalCount"] > 0


# --- By commands


def test_every_command_and_every_id_that_it_takes_is_tried() -> None:
    assert set(COMMANDS) == documents.COMMANDED - APART
    for name, template in COMMANDS.items():
        tried = {tuple(step for step in place if isinstance(step, str)) for place in places(template)}
        assert tried == set(documents.id_places(documents.input_of(name))), name


def test_a_command_that_needs_nothing_in_a_store_takes_no_id_of_anything() -> None:
    said = documents.mutations()
    own = {name for name in said if not said[name]["needs"] and not said[name]["admin"]}
    assert {name for name in own if list(documents.id_places(documents.input_of(name)))} == {"leaveStore"}


def test_nobody_leaves_a_store_without_being_in_it(stranger: Person, rows: Rows) -> None:
    before = everything()
    assert refused(carry_out(stranger, "leaveStore", {"store": rows["Store"]}), "leaveStore") == "NOT_FOUND"
    assert everything() == before


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_does_for_its_owner_what_it_does_not_do_for_a_stranger(
    owner: Person, stranger: Person, rows: Rows, own: Rows, name: str
) -> None:
    input = fill(COMMANDS[name], rows)
    before = everything()
    denied = carry_out(stranger, name, input)
    assert refused(denied, name) == "NOT_FOUND"
    assert carry_out(None, name, fill(COMMANDS[name], rows)).codes == ["UNAUTHENTICATED"]
    assert everything() == before
    assert refused(carry_out(owner, name, fill(COMMANDS[name], rows)), name) == ""
    assert everything() != before


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_command_with_a_single_id_of_another_store_changes_nothing(
    stranger: Person, rows: Rows, own: Rows, name: str
) -> None:
    before = everything()
    for place in places(COMMANDS[name]):
        theirs = rows[at(COMMANDS[name], place)[1:]]
        answer = carry_out(stranger, name, replaced(fill(COMMANDS[name], own), place, theirs))
        assert refused(answer, name) == "NOT_FOUND", place
        assert MARK not in json.dumps(answer.body)
    assert everything() == before


@pytest.mark.parametrize("name", [name for name in sorted(COMMANDS) if len(list(places(COMMANDS[name]))) > 1])
def test_a_command_mixes_no_rows_of_two_stores_of_one_owner(
    owner: Person, stranger: Person, rows: Rows, own: Rows, name: str
) -> None:
    Membership.objects.create(user=owner.user, store=stranger.store, role=Role.OWNER)
    before = everything()
    for place in places(COMMANDS[name]):
        other = own[at(COMMANDS[name], place)[1:]]
        answer = carry_out(owner, name, replaced(fill(COMMANDS[name], rows), place, other))
        assert refused(answer, name) in {"NOT_FOUND", "INVALID"}, place
    assert everything() == before


# Commands on oneself that may name another person, and what they need then.
ON_OTHERS = {"clockIn": Permission.SHIFT_MANAGE, "clockOut": Permission.SHIFT_MANAGE}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_member_may_send_the_commands_of_the_role_and_no_other(
    owner: Person, rows: Rows, name: str
) -> None:
    member = person("member@example.com", store=owner.store, role=Role.STAFF)
    named = [at(COMMANDS[name], place)[1:].partition(":")[0] for place in places(COMMANDS[name])]
    for role in set(Role) - {Role.OWNER}:
        member.user.memberships.update(role=role)
        before = everything()
        with transaction.atomic():
            answer = refused(carry_out(member, name, fill(COMMANDS[name], rows)), name)
            after = everything()
            transaction.set_rollback(True)  # as if it had not been, for the next role
        if ON_OTHERS.get(name, documents.mutations()[name]["needs"]) in GRANTS[role]:
            assert (answer, after == before) == ("", False)
        else:
            in_sight = all(TYPES[type_name].needs in GRANTS[role] for type_name in named)
            assert (answer, after == before) == ("FORBIDDEN" if in_sight else "NOT_FOUND", True)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_rows_of_a_payload_point_at_nothing_of_another_store(
    stranger: Person, rows: Rows, own: Rows, name: str
) -> None:
    """The bill belongs to the caller, what it points at to somebody else: a state that no command makes."""
    theirs = {key: ids.decode(id)[1] for key, id in rows.items()}
    Bill.objects.filter(store=stranger.store).update(
        user=theirs["User"], merchant=theirs["Merchant"], category=theirs["Category"]
    )
    payload = documents.payload_of(name)
    asked = " ".join(
        f"{field} {{ {documents.deep(made.type)} }}"
        for field, made in payload.fields.items()
        if documents.is_row(made.type)
    )
    with transaction.atomic():
        answer = carry_out(stranger, name, fill(COMMANDS[name], own), asked=asked)
        transaction.set_rollback(True)
    assert answer.data[name]["userErrors"] == []
    assert "Sesame" not in str(answer.body)


def test_a_colleague_of_the_staff_sees_bills_but_may_not_edit_them(
    owner: Person, colleague: Person, rows: Rows, ask: Any
) -> None:
    assert ask(colleague, by_id("Bill", "total"), id=rows["Bill"]).data["node"]["total"] == "10.00"
    assert carry_out(colleague, "updateBill", fill(COMMANDS["updateBill"], rows)).codes == ["FORBIDDEN"]


def test_an_accountant_writes_nothing() -> None:
    assert [
        name for name, said in documents.mutations().items() if said["needs"] in GRANTS[Role.ACCOUNTANT]
    ] == []


def test_a_member_who_has_left_reaches_nothing_any_more(
    owner: Person, colleague: Person, rows: Rows, ask: Any
) -> None:
    Membership.objects.filter(user=colleague.user).delete()
    for type_name in TYPES:
        assert ask(colleague, by_id(type_name, "id"), id=rows[type_name]).data["node"] is None
    before = everything()
    input = {**COMMANDS["uploadReceipt"], "store": rows["Store"], "file": picture()}
    assert refused(carry_out(colleague, "uploadReceipt", input), "uploadReceipt") == "NOT_FOUND"
    assert everything() == before
