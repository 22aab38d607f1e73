"""What administrators may do with accounts, and that nobody else may."""

from __future__ import annotations

from typing import Any

import pytest

from core import tokens
from core.models import AuditEntry, User
from schema import ids
from tests import books
from tests.conftest import Person, person
from tests.schema.test_tokens import codes, refresh, works
from tests.schema.world import everything

USERS = """query ($search: String, $active: Boolean, $first: Int, $after: String) {
  users(search: $search, active: $active, first: $first, after: $after) {
    totalCount nodes { email isActive } pageInfo { hasNextPage endCursor } } }"""
SET = {
    True: "mutation ($user: ID!) { activateUser(input: {user: $user}) { user { email isActive } userErrors { code field } } }",
    False: "mutation ($user: ID!) { deactivateUser(input: {user: $user}) { user { email isActive } userErrors { code field } } }",
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(built_in: None) -> Person:
    made = person("admin@example.com")
    made.user.role = User.Role.ADMIN
    made.user.save()
    return made


def emails(answer: Any) -> list[str]:
    return [user["email"] for user in answer.data["users"]["nodes"]]


def id_of(who: Person) -> str:
    return ids.encode("User", who.user.pk)


def set_active(ask: Any, who: Person | None, whom: Person, active: bool) -> Any:
    (payload,) = ask(who, SET[active], user=id_of(whom)).data.values()
    return payload


# --- Listing


def test_an_administrator_lists_all_accounts_by_email_in_pages(
    ask: Any, admin: Person, owner: Person, stranger: Person
) -> None:
    everybody = ["admin@example.com", "owner@example.com", "stranger@example.com"]
    assert emails(ask(admin, USERS)) == everybody
    first = ask(admin, USERS, first=2)
    assert emails(first) == everybody[:2]
    assert first.data["users"]["totalCount"] == 3
    assert first.data["users"]["pageInfo"]["hasNextPage"] is True
    rest = ask(admin, USERS, first=2, after=first.data["users"]["pageInfo"]["endCursor"])
    assert emails(rest) == everybody[2:]
    assert rest.data["users"]["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("OWNER", ["owner@example.com"]),
        ("ann smith", ["owner@example.com"]),
        ("smith stranger", []),
        ("annie", ["owner@example.com"]),
        ("%", []),
        ("_", []),
        ("\x00", ["admin@example.com", "owner@example.com", "stranger@example.com"]),
        ("", ["admin@example.com", "owner@example.com", "stranger@example.com"]),
    ],
)
def test_accounts_are_found_by_words_of_the_email_username_and_name(
    ask: Any, admin: Person, owner: Person, stranger: Person, search: str, found: list[str]
) -> None:
    User.objects.filter(pk=owner.user.pk).update(first_name="Ann", last_name="Smith", username="annie")
    assert emails(ask(admin, USERS, search=search)) == found


def test_accounts_are_found_by_whether_they_work(
    ask: Any, admin: Person, owner: Person, stranger: Person
) -> None:
    User.objects.filter(pk=owner.user.pk).update(is_active=False)
    assert emails(ask(admin, USERS, active=False)) == ["owner@example.com"]
    assert emails(ask(admin, USERS, active=True)) == ["admin@example.com", "stranger@example.com"]


def test_a_page_of_accounts_costs_two_statements_however_many_there_are(
    ask: Any, admin: Person, statements: Any
) -> None:
    counts = []
    for _ in range(2):
        with statements() as count:
            ask(admin, USERS, first=100)
        counts.append(len(count))
        for number in range(10):
            User.objects.create(email=f"{len(counts)}-{number}@example.com")
    assert counts == [3, 3], "the token's, the page's, the total's"


@pytest.mark.parametrize("variables", [{"first": 101}, {"first": -1}, {"after": "x"}])
def test_a_page_that_is_none_is_refused(ask: Any, admin: Person, variables: dict[str, Any]) -> None:
    assert ask(admin, USERS, **variables).codes == ["BAD_USER_INPUT"]


def test_nobody_else_lists_accounts(ask: Any, owner: Person) -> None:
    assert ask(owner, USERS).codes == ["FORBIDDEN"]
    assert ask(None, USERS).codes == ["UNAUTHENTICATED"]


def test_an_administrator_sees_accounts_and_nothing_of_their_stores(
    ask: Any, admin: Person, owner: Person
) -> None:
    bill = books.bill(owner.store)
    document = "query ($id: ID!) { node(id: $id) { id ... on User { email stores { name } } } }"
    assert ask(admin, document, id=id_of(owner)).data["node"] == {
        "id": id_of(owner),
        "email": "owner@example.com",
        "stores": [],
    }
    for hidden in (owner.store_id, ids.encode("Bill", bill.pk)):
        assert ask(admin, document, id=hidden).data["node"] is None


# --- Shutting and opening


def test_a_shut_account_is_signed_out_at_once_and_works_again_when_opened(
    ask: Any, admin: Person, owner: Person
) -> None:
    pair = tokens.open_session(user=owner.user)
    shut = {"user": {"email": "owner@example.com", "isActive": False}, "userErrors": []}
    assert set_active(ask, admin, owner, False) == shut
    assert not works(ask, owner.token)
    assert codes(refresh(ask, pair.refresh)) == ["INVALID_TOKEN"]
    assert set_active(ask, admin, owner, True)["user"]["isActive"] is True
    assert not works(ask, owner.token), "its old sessions stay over"
    assert works(ask, tokens.open_session(user=owner.user).access)
    told = AuditEntry.objects.order_by("pk").values_list(
        "action", "actor__email", "node_key", "before", "after"
    )
    yes, no = {"is_active": True}, {"is_active": False}
    assert list(told) == [
        ("account.deactivate", "admin@example.com", owner.user.pk, yes, no),
        ("account.activate", "admin@example.com", owner.user.pk, no, yes),
    ]


def test_doing_it_twice_changes_nothing_more(ask: Any, admin: Person, owner: Person) -> None:
    set_active(ask, admin, owner, False)
    before = everything()
    assert set_active(ask, admin, owner, False)["userErrors"] == []
    assert everything() == before


def test_an_administrator_does_not_shut_the_own_account(ask: Any, admin: Person) -> None:
    refused = set_active(ask, admin, admin, False)
    assert refused["userErrors"] == [{"code": "CONFLICT", "field": ["user"]}]
    assert works(ask, admin.token)


@pytest.mark.parametrize("active", [True, False])
def test_nobody_else_shuts_or_opens_an_account(
    ask: Any, owner: Person, colleague: Person, stranger: Person, active: bool
) -> None:
    User.objects.filter(pk=stranger.user.pk).update(is_active=not active)
    before = everything()
    assert ask(owner, SET[active], user=id_of(stranger)).codes == ["FORBIDDEN"]
    assert ask(owner, SET[active], user=id_of(colleague)).codes == ["FORBIDDEN"]
    assert ask(None, SET[active], user=id_of(stranger)).codes == ["UNAUTHENTICATED"]
    assert everything() == before


def test_an_account_that_never_was_is_not_found(ask: Any, admin: Person) -> None:
    (payload,) = ask(admin, SET[False], user=ids.encode("User", 10**9)).data.values()
    assert payload == {"user": None, "userErrors": [{"code": "NOT_FOUND", "field": ["user"]}]}
    assert ask(admin, SET[False], user=ids.encode("Store", 1)).codes == ["BAD_USER_INPUT"]
