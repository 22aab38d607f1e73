"""Opening an account, signing in, and who one is then."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from core.models import Membership, RefreshToken, Store, User
from core.roles import Role
from tests.conftest import PASSWORD, Answer, Person
from tests.schema.world import everything

REGISTER = """mutation ($input: RegisterInput!) { register(input: $input) { accessToken refreshToken
  user { email username firstName lastName stores { name type address phone timezone currency role } }
  userErrors { code field message } replayed } }"""
SIGN_IN = """mutation ($login: String!, $password: String!) { tokenAuth(input: {login: $login, password: $password}) {
  accessToken refreshToken user { email } userErrors { code field message } } }"""
ME = "{ me { email stores { name } } }"

ANNA = {"email": "anna@example.com", "password": PASSWORD}
pytestmark = pytest.mark.django_db


def as_bearer(token: str) -> dict[str, str]:
    return {"headers": {"Authorization": f"Bearer {token}"}}  # type: ignore[dict-item]


def register(ask: Any, **fields: Any) -> Any:
    return ask(None, REGISTER, input={**ANNA, **fields}).data["register"]


def test_register_opens_an_account_with_its_store_and_signs_in(ask: Any) -> None:
    made = register(
        ask,
        firstName=" Anna ",
        lastName="Weiß",
        username="Anna.W",
        store={
            "name": "Anna's Café",
            "type": "CAFE",
            "address": "Hauptstraße 1",
            "phone": "+49 30 1",
            "timezone": "Europe/Berlin",
            "currency": "EUR",
        },
    )
    assert made["userErrors"] == []
    assert made["replayed"] is False
    assert made["user"] == {
        "email": "anna@example.com",
        "username": "anna.w",
        "firstName": "Anna",
        "lastName": "Weiß",
        "stores": [
            {
                "name": "Anna's Café",
                "type": "CAFE",
                "address": "Hauptstraße 1",
                "phone": "+49 30 1",
                "timezone": "Europe/Berlin",
                "currency": "EUR",
                "role": "OWNER",
            }
        ],
    }
    me = ask(None, ME, **as_bearer(made["accessToken"])).data["me"]
    assert me == {"email": "anna@example.com", "stores": [{"name": "Anna's Café"}]}


@pytest.mark.parametrize("store", [None, {}, {"name": "  ", "type": "CAFE"}])
def test_register_without_the_name_of_a_store_opens_a_personal_one(ask: Any, store: Any) -> None:
    made = register(ask, store=store)
    assert [(shop["name"], shop["type"]) for shop in made["user"]["stores"]] == [("Personal", "PERSONAL")]
    assert Membership.objects.get().role == Role.OWNER


def test_the_password_is_kept_as_an_argon2_hash_alone(ask: Any) -> None:
    register(ask)
    assert User.objects.get().password.startswith("argon2$")
    assert PASSWORD not in str(everything())


BAD = [
    ({"email": ""}, ["email"]),
    ({"email": "anna"}, ["email"]),
    ({"email": "anna@"}, ["email"]),
    ({"email": "an\x00na@example.com"}, ["email"]),
    ({"email": "anna@example.com\nBcc: x@example.com"}, ["email"]),
    ({"email": f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.com"}, ["email"]),
    ({"email": f"anna@{'x.' * 200}com"}, ["email"]),
    ({"password": ""}, ["password"]),
    ({"password": "short1!"}, ["password"]),
    ({"password": "password123"}, ["password"]),
    ({"password": "anna@example.com"}, ["password"]),
    ({"password": "x" * 129}, ["password"]),
    ({"username": "an"}, ["username"]),
    ({"username": "anna weiß"}, ["username"]),
    ({"username": "anna@example.com"}, ["username"]),
    ({"username": "a" * 41}, ["username"]),
    ({"username": "an\x00na"}, ["username"]),
    ({"firstName": "a" * 101}, ["firstName"]),
    ({"firstName": "an\x00na"}, ["firstName"]),
    ({"lastName": "a" * 101}, ["lastName"]),
    ({"store": {"name": "a" * 201}}, ["store", "name"]),
    ({"store": {"name": "a\x00b"}}, ["store", "name"]),
    ({"store": {"name": "Shop", "address": "a" * 501}}, ["store", "address"]),
    ({"store": {"name": "Shop", "phone": "1" * 51}}, ["store", "phone"]),
    ({"store": {"name": "Shop", "timezone": "Mars/Olympus"}}, ["store", "timezone"]),
    ({"store": {"name": "Shop", "timezone": "../../etc/passwd"}}, ["store", "timezone"]),
    ({"store": {"name": "Shop", "timezone": "\x00" * 100_000}}, ["store", "timezone"]),
    ({"store": {"name": "Shop", "currency": "eur"}}, ["store", "currency"]),
    ({"store": {"name": "Shop", "currency": "EURO"}}, ["store", "currency"]),
    ({"store": {"name": "Shop", "currency": "ÄÖÜ"}}, ["store", "currency"]),
]


@pytest.mark.parametrize(("fields", "at"), BAD, ids=[f"{'.'.join(at)}-{n}" for n, (_, at) in enumerate(BAD)])
def test_register_with_a_bad_value_says_where_and_opens_nothing(ask: Any, fields: Any, at: list[str]) -> None:
    before = everything()
    made = register(ask, **fields)
    assert [(error["code"], error["field"]) for error in made["userErrors"]] == [("INVALID", at)]
    assert len(made["userErrors"][0]["message"]) < 300
    assert (made["accessToken"], made["refreshToken"], made["user"]) == (None, None, None)
    assert everything() == before


def test_values_at_their_limits_are_taken(ask: Any) -> None:
    store = {"name": "a" * 200, "address": "b" * 500, "phone": "1" * 50}
    made = register(
        ask, password="x1!" * 42, username="a" * 40, firstName="ä" * 100, lastName="🥐" * 100, store=store
    )
    assert made["userErrors"] == []
    assert len(made["user"]["lastName"]) == 100


@pytest.mark.parametrize("email", ["anna@example.com", "ANNA@Example.COM", "  Anna@example.com "])
def test_an_email_that_is_taken_opens_no_second_account(ask: Any, email: str) -> None:
    register(ask)
    before = [list(model.objects.values()) for model in (User, Store, Membership, RefreshToken)]
    made = register(ask, email=email, password="another fine phrase", store={"name": "Second"})
    assert len(made["userErrors"]) == 1
    assert (made["accessToken"], made["user"]) == (None, None)
    assert [list(model.objects.values()) for model in (User, Store, Membership, RefreshToken)] == before


@pytest.mark.parametrize("username", ["anna.w", "ANNA.W", " Anna.W "])
def test_a_username_that_is_taken_opens_no_second_account(ask: Any, username: str) -> None:
    register(ask, username="anna.w")
    made = register(ask, email="other@example.com", username=username)
    assert [(error["code"], error["field"]) for error in made["userErrors"]] == [("TAKEN", ["username"])]
    assert User.objects.count() == Store.objects.count() == 1


def test_accounts_without_a_username_do_not_stand_in_each_others_way(ask: Any) -> None:
    assert register(ask, username="")["userErrors"] == []
    assert register(ask, email="other@example.com", username="")["userErrors"] == []
    assert User.objects.filter(username=None).count() == 2


# --- Signing in


@pytest.mark.parametrize(
    "login", ["anna@example.com", "ANNA@example.com", " anna@example.com ", "anna.w", "Anna.W"]
)
def test_one_signs_in_by_email_or_username_in_any_case(ask: Any, login: str) -> None:
    register(ask, username="anna.w")
    signed = ask(None, SIGN_IN, login=login, password=PASSWORD).data["tokenAuth"]
    assert signed["userErrors"] == []
    assert ask(None, ME, **as_bearer(signed["accessToken"])).data["me"]["email"] == "anna@example.com"


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("anna@example.com", "wrong"),
        ("anna@example.com", ""),
        ("anna@example.com", PASSWORD.upper()),
        ("anna@example.com", PASSWORD + " "),
        ("anna@example.com", PASSWORD + "x" * 200),
        ("anna@example.com", "\x00"),
        ("anna.w", "wrong"),
        ("nobody@example.com", PASSWORD),
        ("nobody", PASSWORD),
        ("", PASSWORD),
        ("an\x00na.w", PASSWORD),
        ("x" * 100_000, "y" * 100_000),
    ],
)
def test_a_wrong_password_and_an_unknown_login_are_answered_alike(
    ask: Any, login: str, password: str
) -> None:
    register(ask, username="anna.w")
    before = everything()
    answer = ask(None, SIGN_IN, login=login, password=password).data["tokenAuth"]
    refusal = {"code": "INVALID_CREDENTIALS", "field": [], "message": "Login or password is wrong."}
    assert answer == {"accessToken": None, "refreshToken": None, "user": None, "userErrors": [refusal]}
    assert everything() == before


def test_an_account_that_is_not_active_is_answered_like_an_unknown_one(ask: Any) -> None:
    register(ask)
    User.objects.update(is_active=False)
    answer = ask(None, SIGN_IN, login=ANNA["email"], password=PASSWORD).data["tokenAuth"]
    assert [error["code"] for error in answer["userErrors"]] == ["INVALID_CREDENTIALS"]
    assert answer["accessToken"] is None


def test_signing_in_takes_as_long_for_an_unknown_login_as_for_a_wrong_password(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both compute one hash: counted, since clocks of a busy machine tell little."""
    from django.contrib.auth.hashers import Argon2PasswordHasher

    register(ask)
    ask(None, SIGN_IN, login="nobody", password="x")  # the hash to compare with is made once a process
    verify, seen = Argon2PasswordHasher.verify, []
    monkeypatch.setattr(
        Argon2PasswordHasher, "verify", lambda self, *given: seen.append(given) or verify(self, *given)
    )
    for login in ("anna@example.com", "nobody@example.com", "nobody"):
        seen.clear()
        ask(None, SIGN_IN, login=login, password="wrong")
        assert len(seen) == 1, login


def test_a_session_for_each_time_one_signs_in(ask: Any) -> None:
    register(ask)
    for _ in range(2):
        ask(None, SIGN_IN, login=ANNA["email"], password=PASSWORD)
    assert RefreshToken.objects.values("family").distinct().count() == 3


# --- Who one is


def test_nobody_has_no_me(ask: Any) -> None:
    answer: Answer = ask(None, ME)
    assert answer.codes == ["UNAUTHENTICATED"]
    assert answer.body["data"] is None


def test_members_of_one_store_see_each_other_if_their_role_says_so(
    owner: Person, colleague: Person, ask: Any
) -> None:
    by_id = "query ($id: ID!) { node(id: $id) { ... on User { email stores { name } } } }"
    ids = {who.user.email: ask(who, "{ me { id } }").data["me"]["id"] for who in (owner, colleague)}
    seen = ask(owner, by_id, id=ids["colleague@example.com"]).data["node"]
    assert seen["email"] == "colleague@example.com"
    assert ask(colleague, by_id, id=ids["owner@example.com"]).data["node"] is None  # STAFF lacks MEMBER_VIEW
    assert ask(colleague, by_id, id=ids["colleague@example.com"]).data["node"] is not None


def test_of_a_colleague_one_sees_the_stores_alone_that_one_shares(
    owner: Person, colleague: Person, stranger: Person, ask: Any
) -> None:
    Membership.objects.create(user=colleague.user, store=stranger.store, role=Role.STAFF)
    id = ask(colleague, "{ me { id } }").data["me"]["id"]
    seen = ask(owner, "query ($id: ID!) { node(id: $id) { ... on User { stores { name } } } }", id=id)
    assert seen.data["node"]["stores"] == [{"name": owner.store.name}]


def test_the_lifetime_of_access_is_half_an_hour_unless_said_otherwise() -> None:
    assert settings.ACCESS_TOKEN_LIFETIME.total_seconds() == 30 * 60
