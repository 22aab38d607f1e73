"""Every field and every mutation × every role, a stranger and nobody, against the one table of grants.

Driven by introspection: a type, field or mutation that does not say who may have it fails here. Commands on a
store's rows × roles are in test_isolation.
"""

from __future__ import annotations

import inspect
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from graphql import GraphQLField, get_named_type

from core.roles import GRANTS, MANAGES, MEANINGS, Permission, Role, described
from schema import ids
from schema.nodes import TYPES
from schema.root import schema
from tests import books
from tests.conftest import PASSWORD, Person, person
from tests.schema import documents
from tests.schema.world import FILE, Rows, World, carry_out, everything, fill, refused
from tests.streams import sse

ROOT = Path(__file__).resolve().parents[2]

# What hangs at the top and who may ask for it.
TOP = {
    "me": "whoever is signed in",
    "store": "by id",
    "node": "by id",
    "nodes": "by id",
    "users": "administrators",
    "health": "everybody",
}
# What is asked of the database beside the row itself, and the permission that it needs.
STATED = {
    ("AuditEntry", "actorEmail"): Permission.AUDIT_VIEW,
    ("Bill", "evidence"): Permission.BILL_VIEW,
    ("Customer", "currency"): Permission.CUSTOMER_VIEW,
    ("Customer", "lifetimeValue"): Permission.ORDER_VIEW,
    ("Merchant", "spent"): Permission.BILL_VIEW,
    ("Product", "currency"): Permission.CATALOG_VIEW,
    ("Product", "margin"): Permission.ORDER_VIEW,
    ("Store", "analytics"): Permission.INSIGHT_VIEW,
    (
        "Store",
        "attendance",
    ): Permission.STORE_VIEW,  # with SHIFT_VIEW of all, else of oneself: see test_attendance
    ("Store", "billCount"): Permission.BILL_VIEW,
    ("Store", "role"): Permission.STORE_VIEW,
    ("Store", "spentThisMonth"): Permission.BILL_VIEW,
    ("Store", "energy"): Permission.ENERGY_VIEW,
    ("Tariff", "bands"): Permission.ENERGY_VIEW,
    ("User", "avatarUrl"): Permission.MEMBER_VIEW,
    ("Shift", "person"): Permission.SHIFT_VIEW,
    ("User", "profile"): Permission.MEMBER_VIEW,  # and oneself: see test_profile
}
# Each viewer has another answer.
PERSONAL = {
    ("Order", "ageSeconds"),  # a second later
    ("ReceiptUpload", "fileUrl"),
    ("Store", "attendance"),
    ("Store", "role"),
    ("User", "profile"),
    ("User", "stores"),
}
# Mutations of what is the caller's own: whoever is signed in may send them.
OWN: dict[str, dict[str, Any]] = {
    "acceptInvitation": {"token": "unknown"},
    "changePassword": {"oldPassword": PASSWORD, "newPassword": "another horse battery"},
    "createStore": {"name": "Second shop"},
    "deactivateAccount": {"password": PASSWORD},
    "leaveStore": {"store": "@Store"},
    "removeAvatar": {},
    "revokeAllTokens": {"keepThis": True},
    "updateProfile": {"bio": "new"},
    "uploadAvatar": {"file": FILE},
}
ADMIN = {"activateUser": {"user": "@User"}, "deactivateUser": {"user": "@User"}}
# What everybody may send, since it is how one comes in.
OPEN = {
    "loginWithGoogle",
    "refreshToken",
    "register",
    "requestEmailVerification",
    "requestPasswordReset",
    "resetPassword",
    "revokeToken",
    "tokenAuth",
    "verifyEmail",
    "verifyToken",
}


@pytest.fixture
def owner(world: World, db: None) -> Person:
    return world.owner


@pytest.fixture
def stranger(world: World, db: None) -> Person:
    return world.stranger


@pytest.fixture
def rows(world: World) -> Rows:
    return world.rows


@pytest.fixture
def crew(owner: Person) -> dict[Role, Person]:
    """One member of each role, in the owner's store."""
    others = [role for role in Role if role != Role.OWNER]
    return {
        Role.OWNER: owner,
        **{role: person(f"{role.lower()}@example.com", store=owner.store, role=role) for role in others},
    }


# --- Fields


def need_of(type_name: str, name: str) -> Permission:
    """Say which permission shows a field: the stated one, or that of the rows it leads to, or the row's own."""
    below = get_named_type(documents.fields_of(type_name)[name].type).name.removesuffix("Connection")
    own = TYPES[type_name].needs
    return STATED.get((type_name, name), TYPES[below].needs if below in TYPES else own)


def asked(name: str, made: GraphQLField) -> list[str]:
    below = get_named_type(made.type).name
    if below.endswith("Connection"):
        return [f"{name} {{ totalCount nodes {{ id }} }}"]
    return [f"{name} {{ id }}"] if below in TYPES else list(documents.parts(name, made, 3_500))


def together(one: Any, other: Any) -> Any:
    """Put two answers to parts of one field together."""
    if not isinstance(one, dict) or not isinstance(other, dict):
        return other
    return {**one, **{name: together(one.get(name), value) for name, value in other.items()}}


def answers(ask: Any, who: Person | None, type_name: str, id: str) -> dict[str, Any] | None:
    """Ask for every field of a row; None when the row is not there."""
    found: dict[str, Any] = {}
    fields = [part for name, made in documents.fields_of(type_name).items() for part in asked(name, made)]
    while fields:
        some = [fields.pop(0)]
        while fields and len(some) < 12 and sum(map(len, some)) + len(fields[0]) < 4_500:
            some.append(fields.pop(0))
        document = f"query ($id: ID!) {{ node(id: $id) {{ ... on {type_name} {{ {' '.join(some)} }} }} }}"
        answer = ask(who, document, id=id)
        assert set(answer.codes) <= {"FORBIDDEN"}, answer.errors
        if answer.body["data"]["node"] is None:
            return None
        found = together(found, answer.body["data"]["node"])
    return found


def nothing(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(nothing, value.values()))
    return value in (None, [], 0, "0.00", "0")


def settled(value: Any) -> str:
    """Write an answer down, without the tickets to reports, of which each viewer has another one, and without
    the share of a time that goes on.
    """
    text = re.sub(r"(/files/reports/)[^.]+", r"\1…", json.dumps(value))
    return re.sub(r'("(?:coverage|share)": )"[^"]+"', r"\1…", text)


@pytest.mark.parametrize("type_name", sorted(TYPES))
def test_a_field_shows_to_each_role_what_its_permission_grants(
    owner: Person, stranger: Person, crew: dict[Role, Person], rows: Rows, ask: Any, type_name: str
) -> None:
    whole = answers(ask, owner, type_name, rows[type_name])
    assert whole is not None
    for role, member in crew.items():
        shown = answers(ask, member, type_name, rows[type_name])
        if TYPES[type_name].needs not in GRANTS[role]:
            assert shown is None
            continue
        assert shown is not None
        for name, value in shown.items():
            if need_of(type_name, name) not in GRANTS[role]:
                assert not nothing(whole[name]), f"the world has nothing to hide at {type_name}.{name}"
                assert nothing(value), (role, name, value)
            elif (type_name, name) not in PERSONAL:
                assert settled(value) == settled(whole[name]), (role, name)
    assert answers(ask, stranger, type_name, rows[type_name]) is None
    nobody = ask(None, "query ($id: ID!) { node(id: $id) { id } }", id=rows[type_name])
    assert nobody.codes == ["UNAUTHENTICATED"]


def resolvers() -> dict[tuple[str, str], Any]:
    """Find the fields of rows that a function of their own answers."""
    found = {}
    for type_name in TYPES:
        definition: Any = schema.get_type_by_name(type_name)
        for made in definition.fields:
            if made.base_resolver is not None:
                name = schema.config.name_converter.get_graphql_name(made)
                found[type_name, name] = made.base_resolver.wrapped_func
    return found


def test_every_field_that_is_no_matter_of_its_row_alone_states_what_it_needs() -> None:
    beyond = set()
    for (type_name, name), function in resolvers().items():
        below = get_named_type(documents.fields_of(type_name)[name].type)
        leads_to_rows = below.name.removesuffix("Connection") in TYPES
        asks_on = any(made.args for made in getattr(below, "fields", {}).values())
        if not leads_to_rows and (inspect.iscoroutinefunction(function) or asks_on):
            beyond.add((type_name, name))
    assert beyond == set(STATED)


def test_every_type_of_rows_names_its_permission() -> None:
    assert {name for name, made in TYPES.items() if not isinstance(made.needs, Permission)} == set()


def test_what_hangs_at_the_top_says_who_may_ask(
    owner: Person, colleague: Person, crew: dict[Role, Person], ask: Any
) -> None:
    assert set(documents.fields_of("Query")) == set(TOP)
    for member in (*crew.values(), colleague):
        assert ask(member, "{ users { totalCount } }").codes == ["FORBIDDEN"]
        assert ask(member, "{ me { email } }").data["me"]["email"] == member.user.email
    assert ask(None, "{ users { totalCount } }").codes == ["UNAUTHENTICATED"]
    assert ask(None, "{ me { email } }").codes == ["UNAUTHENTICATED"]


# --- Mutations


def test_every_mutation_says_who_may_send_it() -> None:
    said = documents.mutations()
    assert {name for name, it in said.items() if it["anonymous"]} == OPEN
    assert {name for name, it in said.items() if it["admin"]} == set(ADMIN)
    assert {name for name, it in said.items() if it["needs"]} == documents.COMMANDED
    assert set(said) - OPEN - set(ADMIN) - documents.COMMANDED == set(OWN)
    assert all(bool(it["anonymous"]) + bool(it["admin"]) + bool(it["needs"]) <= 1 for it in said.values())


@pytest.mark.parametrize("name", sorted({*OWN, *ADMIN}))
def test_nobody_sends_what_is_for_those_who_are_signed_in(owner: Person, rows: Rows, name: str) -> None:
    before = everything()
    input = fill({**OWN, **ADMIN}[name], rows)
    assert carry_out(None, name, input).codes == ["UNAUTHENTICATED"]
    assert everything() == before


@pytest.mark.parametrize("name", sorted(ADMIN))
def test_an_owner_of_a_store_is_no_administrator_of_the_server(
    owner: Person, stranger: Person, crew: dict[Role, Person], rows: Rows, name: str
) -> None:
    before = everything()
    for who in (*crew.values(), stranger):
        assert carry_out(who, name, fill(ADMIN[name], rows)).codes == ["FORBIDDEN"]
    assert everything() == before


@pytest.mark.parametrize(
    "name", ["createStore", "removeAvatar", "revokeAllTokens", "updateProfile", "uploadAvatar"]
)
@pytest.mark.parametrize("role", list(Role))
def test_a_role_in_a_store_is_no_matter_for_what_is_ones_own(
    crew: dict[Role, Person], rows: Rows, role: Role, name: str
) -> None:
    assert refused(carry_out(crew[role], name, fill(OWN[name], rows)), name) == ""


def test_an_administrator_of_the_server_reaches_nothing_of_a_store(
    owner: Person, rows: Rows, ask: Any
) -> None:
    admin = person("admin@example.com", role=Role.OWNER)
    type(admin.user).objects.filter(pk=admin.user.pk).update(role="ADMIN", permissions=["all"])
    for type_name in TYPES.keys() - {"User"}:  # accounts are what administrators are for
        assert answers(ask, admin, type_name, rows[type_name]) is None
    assert ask(
        admin, "query ($id: ID!) { store(id: $id) { name } }", id=ids.encode("Store", owner.store.pk)
    ).data == {"store": None}


# --- Subscriptions


# What a subscription follows, where that is not a store: its argument, and a row.
FOLLOWED: dict[str, Callable[[Person], dict[str, str]]] = {
    "uploadProgress": lambda who: {"id": ids.encode("ReceiptUpload", books.upload(who.store).pk)},
}


def test_every_subscription_says_who_may_follow_what() -> None:
    said = documents.subscriptions()
    assert {name for name, it in said.items() if not isinstance(it.get("needs"), Permission)} == set()
    for name, made in documents.fields_of("Subscription").items():
        ids = [
            ".".join(place) for key, it in made.args.items() for place in documents.id_places(it.type, key)
        ]
        assert ids == (["id"] if name in FOLLOWED else ["store"]), name


@pytest.mark.parametrize("name", sorted(documents.subscriptions()))
def test_a_subscription_is_for_the_roles_that_its_permission_is_granted_to(
    owner: Person, stranger: Person, crew: dict[Role, Person], monkeypatch: Any, name: str
) -> None:
    """No role may be without it today: so one is made that is."""
    needs = documents.subscriptions()[name]["needs"]
    monkeypatch.setitem(GRANTS, Role.ACCOUNTANT, GRANTS[Role.ACCOUNTANT] - {needs})
    followed = FOLLOWED[name](owner) if name in FOLLOWED else {"store": owner.store_id}
    ((argument, _),) = followed.items()
    document = f"subscription (${argument}: ID!) {{ {name}({argument}: ${argument}) {{ kind }} }}"

    @async_to_sync
    async def first(who: Person | None) -> Any:
        async with sse(who, document, **followed) as stream:
            answer = await stream.next()
        return [error["extensions"]["code"] for error in answer.get("errors", [])]

    for role, member in crew.items():
        assert first(member) == ([] if needs in GRANTS[role] else ["FORBIDDEN"]), role
    assert first(stranger) == ["NOT_FOUND"]
    assert first(None) == ["UNAUTHENTICATED"]


# --- The table


def test_the_page_of_roles_is_current() -> None:
    written = io.StringIO()
    call_command("roles", stdout=written)
    assert (ROOT / "docs" / "roles.md").read_text() == written.getvalue(), (
        "run `python manage.py roles > docs/roles.md`"
    )


def test_every_permission_has_a_meaning_and_a_role_that_holds_it() -> None:
    assert list(MEANINGS) == list(Permission)
    assert set().union(*GRANTS.values()) == set(Permission)


def test_the_schema_tells_what_each_role_may_do() -> None:
    values = schema._schema.type_map["MemberRole"].values  # type: ignore[union-attr]
    assert {name: value.description for name, value in values.items()} == {
        role.name: described(role) for role in Role
    }
    for role in Role:
        assert all(permission in described(role) for permission in GRANTS[role])


def test_an_accountant_reads_everything_and_writes_nothing() -> None:
    reads = {permission for permission in Permission if permission.endswith("_VIEW")}
    assert GRANTS[Role.ACCOUNTANT] == reads
    assert not {it["needs"] for it in documents.mutations().values()} & reads


def test_only_who_may_manage_members_has_anybody_in_hand() -> None:
    for role in Role:
        assert bool(MANAGES[role]) == (Permission.MEMBER_MANAGE in GRANTS[role])
    assert role_above_itself() == []


def role_above_itself() -> list[Role]:
    """Find roles below the owner that can make somebody as mighty as themselves."""
    return [role for role in Role if role != Role.OWNER and role in MANAGES[role]]
