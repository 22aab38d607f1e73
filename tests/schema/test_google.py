"""Signing in with Google, over HTTP: who is linked to which account, and who to none."""

import threading

import pytest
from django.db import connection
from django.utils import timezone

from core.models import GoogleIdentity, Membership, RefreshToken, Store, User
from core.rates import Limit
from core.roles import Role
from tests.conftest import person
from tests.google import Google, serving

pytestmark = pytest.mark.django_db

LOGIN = """mutation ($input: LoginWithGoogleInput!) { loginWithGoogle(input: $input) {
  accessToken refreshToken user { email firstName lastName stores { name role } } userErrors { code field message } } }"""
ME = "{ me { email } }"


@pytest.fixture
def google(settings, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(Google()) as served:
        served.stand_in(settings)
        yield served


@pytest.fixture
def login(ask):
    return lambda **input: ask(None, LOGIN, input=input).data["loginWithGoogle"]


@pytest.fixture
def ada():
    """An account of Ada's, opened here, whose address is proved."""
    return person("ada@example.com", email_verified_at=timezone.now()).user


def codes(said):
    assert said["accessToken"] is None
    assert said["refreshToken"] is None
    assert said["user"] is None
    return [error["code"] for error in said["userErrors"]]


def test_a_newcomer_gets_an_account_with_a_personal_store_and_a_session(google, login, ask):
    said = login(idToken=google.token(email="Ada@Example.com"))
    assert said["userErrors"] == []
    assert said["user"] == {
        "email": "ada@example.com",
        "firstName": "Ada",
        "lastName": "Lovelace",
        "stores": [{"name": "Personal", "role": "OWNER"}],
    }
    me = ask(None, ME, headers={"Authorization": f"Bearer {said['accessToken']}"})
    assert me.data["me"]["email"] == "ada@example.com"
    user = User.objects.get()
    assert user.email_verified_at
    assert not user.has_usable_password()
    assert Membership.objects.get().role == Role.OWNER
    assert Store.objects.get().type == Store.Type.PERSONAL


def test_the_second_time_it_is_the_same_account_even_under_another_address(google, login):
    login(idToken=google.token())
    said = login(idToken=google.token(email="ada@married.example"))
    assert said["user"]["email"] == "ada@example.com"
    assert User.objects.count() == 1


def test_an_account_whose_address_is_proved_here_too_is_linked(google, login, ada):
    said = login(idToken=google.token())
    assert said["user"]["email"] == "ada@example.com"
    assert GoogleIdentity.objects.get().user == ada


def test_an_account_that_has_not_proved_its_address_is_not_linked(google, login):
    person("ada@example.com")
    sessions = RefreshToken.objects.count()
    said = login(idToken=google.token())
    assert codes(said) == ["GOOGLE_REJECTED"]
    assert "prove" in said["userErrors"][0]["message"]
    assert not GoogleIdentity.objects.exists()
    assert RefreshToken.objects.count() == sessions


def test_an_address_that_google_has_not_verified_opens_and_links_nothing(google, login, ada):
    assert codes(login(idToken=google.token(email_verified=False))) == ["GOOGLE_REJECTED"]
    assert codes(login(idToken=google.token(email_verified=False, email="new@example.com"))) == [
        "GOOGLE_REJECTED"
    ]
    assert not GoogleIdentity.objects.exists()
    assert User.objects.count() == 1


def test_another_google_account_that_comes_by_the_address_later_is_not_let_in(google, login):
    login(idToken=google.token(sub="1"))
    assert codes(login(idToken=google.token(sub="2"))) == ["GOOGLE_REJECTED"]
    assert GoogleIdentity.objects.get().subject == "1"


@pytest.mark.parametrize("linked", [True, False])
def test_a_closed_account_stays_closed(google, login, ada, linked):
    if linked:
        login(idToken=google.token())
    User.objects.update(is_active=False)
    sessions = RefreshToken.objects.count()
    assert codes(login(idToken=google.token())) == ["GOOGLE_REJECTED"]
    assert RefreshToken.objects.count() == sessions


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://accounts.evil.example"},
        {"aud": "another.apps.googleusercontent.com"},
        {"exp": 1_700_000_000},
        {"iat": 4_000_000_000},
        {"email": None},
        {"email": "no address"},
    ],
    ids=str,
)
def test_a_token_with_a_fault_is_refused_and_changes_nothing(google, login, changed):
    said = login(idToken=google.token(**changed))
    assert len(codes(said)) == 1
    assert not User.objects.exists()


def test_a_nonce_must_be_the_one_of_the_token(google, login):
    assert codes(login(idToken=google.token(nonce="mine"), nonce="another")) == ["GOOGLE_REJECTED"]
    assert codes(login(idToken=google.token(), nonce="mine")) == ["GOOGLE_REJECTED"]
    assert login(idToken=google.token(nonce="mine"), nonce="mine")["accessToken"]


def test_a_code_signs_in_once(google, login):
    google.codes["4/good"] = google.token(nonce="mine")
    given = {
        "code": "4/good",
        "redirectUri": "https://till.example/in",
        "codeVerifier": "v" * 43,
        "nonce": "mine",
    }
    assert login(**given)["accessToken"]
    assert google.forms[0]["code_verifier"] == "v" * 43
    assert codes(login(**given)) == ["GOOGLE_REJECTED"]


@pytest.mark.parametrize(
    ("input", "field"),
    [
        ({}, ["idToken"]),
        ({"idToken": "a.b.c", "code": "4/x", "redirectUri": "https://till.example/in"}, ["idToken"]),
        ({"code": "4/x"}, ["redirectUri"]),
    ],
)
def test_what_is_missing_is_said(google, login, input, field):
    said = login(**input)
    assert codes(said) == ["REQUIRED"]
    assert said["userErrors"][0]["field"] == field


def test_a_google_that_is_out_of_order_is_said_to_be(google, login):
    google.fault = (503, b"try later")
    assert codes(login(idToken=google.token())) == ["GOOGLE_UNAVAILABLE"]
    assert codes(login(code="4/x", redirectUri="https://till.example/in")) == ["GOOGLE_UNAVAILABLE"]


def test_a_server_without_google_says_so(login, settings):
    settings.GOOGLE_CLIENT_IDS = []
    said = login(idToken="a.b.c")
    assert codes(said) == ["GOOGLE_UNAVAILABLE"]
    assert "not set up" in said["userErrors"][0]["message"]


def test_the_sixth_within_a_minute_is_refused_before_google_is_asked(google, ask, settings):
    settings.LOGIN_LIMIT = Limit(5, 60)
    given = {"code": "4/x", "redirectUri": "https://till.example/in"}
    assert [ask(None, LOGIN, input=given).status for _ in range(6)] == [200] * 5 + [429]
    assert len(google.forms) == 5


@pytest.mark.skipif(
    connection.vendor == "sqlite", reason="the suite's SQLite is in memory: threads cannot share it"
)
@pytest.mark.django_db(transaction=True)
def test_a_newcomer_who_signs_in_eight_times_at_once_gets_one_account(google, login):
    start = threading.Barrier(8)
    answers = []

    def race():
        start.wait()
        try:
            answers.append(login(idToken=google.token()))
        finally:
            connection.close()

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert [bool(answer["accessToken"]) for answer in answers] == [True] * 8
    assert User.objects.count() == GoogleIdentity.objects.count() == Store.objects.count() == 1
