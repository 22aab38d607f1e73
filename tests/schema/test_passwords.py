"""Passwords and addresses through the API: changed, reset by a mailed link, proved; and known addresses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core import jobs, tokens
from core.models import AuditEntry, Job, OneTimeLink, User
from tests.conftest import PASSWORD, Person
from tests.schema.test_tokens import works
from tests.schema.world import everything
from tests.smtp import Mailbox, text_of, token_in

SIGN_IN = """mutation ($login: String!, $password: String!) { tokenAuth(input: {login: $login, password: $password}) {
  accessToken refreshToken user { email } userErrors { code message field } } }"""
REGISTER = """mutation ($input: RegisterInput!) { register(input: $input) {
  accessToken refreshToken user { email emailVerifiedAt } userErrors { code message field } } }"""
CHANGE = """mutation ($old: String!, $new: String!) { changePassword(input: {oldPassword: $old, newPassword: $new}) {
  user { email } userErrors { code field } } }"""
REQUEST = """mutation ($email: String!) { requestPasswordReset(input: {email: $email}) {
  accepted userErrors { code field } } }"""
RESET = """mutation ($token: String!, $new: String!) { resetPassword(input: {token: $token, newPassword: $new}) {
  reset userErrors { code field } } }"""
VERIFY = "mutation ($token: String!) { verifyEmail(input: {token: $token}) { verified userErrors { code field } } }"
ASK_VERIFICATION = """mutation ($email: String!) { requestEmailVerification(input: {email: $email}) {
  accepted userErrors { code field } } }"""
NEW = "a new horse battery"

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(owner: Person) -> Person:
    """The owner, with a password."""
    owner.user.set_password(PASSWORD)
    owner.user.save()
    return owner


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    with Mailbox() as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        yield box
        box.shutdown()


def only(answer: Any) -> Any:
    (payload,) = answer.data.values()
    return payload


def codes(payload: Any) -> list[str]:
    return [error["code"] for error in payload["userErrors"]]


def do_jobs() -> None:
    while jobs.run_next():
        pass


def signs_in(ask: Any, password: str, login: str = "owner@example.com") -> bool:
    return only(ask(None, SIGN_IN, login=login, password=password))["accessToken"] is not None


def mailed_token(ask: Any, mailbox: Mailbox, email: str = "owner@example.com") -> str:
    assert only(ask(None, REQUEST, email=email)) == {"accepted": True, "userErrors": []}
    do_jobs()
    return token_in(mailbox.mails[-1])


def actions() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


# --- Changing


def test_a_changed_password_ends_the_other_sessions_and_keeps_this_one(
    ask: Any, known: Person, mailoutbox: list[Any]
) -> None:
    other = tokens.open_session(user=known.user)
    assert only(ask(known, CHANGE, old=PASSWORD, new=NEW)) == {
        "user": {"email": "owner@example.com"},
        "userErrors": [],
    }
    assert works(ask, known.token)
    assert not works(ask, other.access)
    assert (signs_in(ask, PASSWORD), signs_in(ask, NEW)) == (False, True)
    assert "account.change_password" in actions()
    do_jobs()
    assert [mail.to for mail in mailoutbox] == [["owner@example.com"]]
    assert "was just changed" in mailoutbox[0].body
    assert NEW not in json.dumps(everything(), default=str)


@pytest.mark.parametrize(
    ("old", "new", "code", "field"),
    [
        ("wrong horse battery", NEW, "INVALID_CREDENTIALS", ["oldPassword"]),
        ("", NEW, "INVALID_CREDENTIALS", ["oldPassword"]),
        (PASSWORD, "short", "INVALID", ["newPassword"]),
        (PASSWORD, "password123", "INVALID", ["newPassword"]),
        (PASSWORD, "x" * 129, "INVALID", ["newPassword"]),
    ],
)
def test_a_change_that_is_refused_changes_nothing(
    ask: Any, known: Person, old: str, new: str, code: str, field: list[str]
) -> None:
    before = everything()
    assert only(ask(known, CHANGE, old=old, new=new))["userErrors"] == [{"code": code, "field": field}]
    assert everything() == before


def test_nobody_changes_a_password_without_signing_in(ask: Any, known: Person) -> None:
    assert ask(None, CHANGE, old=PASSWORD, new=NEW).codes == ["UNAUTHENTICATED"]
    assert signs_in(ask, PASSWORD)


# --- Resetting


def test_a_reset_mail_comes_by_smtp_and_its_link_works_once(
    ask: Any, known: Person, mailbox: Mailbox
) -> None:
    token = mailed_token(ask, mailbox)
    assert mailbox.recipients == ["owner@example.com"]
    assert token not in json.dumps(everything(), default=str)
    assert only(ask(None, RESET, token=token, new=NEW)) == {"reset": True, "userErrors": []}
    assert (signs_in(ask, PASSWORD), signs_in(ask, NEW)) == (False, True)
    again = only(ask(None, RESET, token=token, new="yet another battery"))
    assert again == {"reset": False, "userErrors": [{"code": "INVALID_TOKEN", "field": ["token"]}]}
    assert signs_in(ask, NEW)
    assert "account.reset_password" in actions()


def test_a_reset_ends_all_sessions_and_proves_the_address(ask: Any, known: Person, mailbox: Mailbox) -> None:
    other = tokens.open_session(user=known.user)
    token = mailed_token(ask, mailbox)
    assert works(ask, known.token)
    ask(None, RESET, token=token, new=NEW)
    assert not works(ask, known.token)
    assert not works(ask, other.access)
    assert User.objects.get(pk=known.user.pk).email_verified_at is not None


def test_a_weak_password_does_not_use_the_link_up(ask: Any, known: Person, mailbox: Mailbox) -> None:
    token = mailed_token(ask, mailbox)
    assert only(ask(None, RESET, token=token, new="short"))["userErrors"] == [
        {"code": "INVALID", "field": ["newPassword"]}
    ]
    assert only(ask(None, RESET, token=token, new=NEW))["reset"] is True


def test_a_link_is_no_good_after_half_an_hour(ask: Any, known: Person, mailbox: Mailbox) -> None:
    token = mailed_token(ask, mailbox)
    OneTimeLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert codes(only(ask(None, RESET, token=token, new=NEW))) == ["INVALID_TOKEN"]
    assert signs_in(ask, PASSWORD)


def test_a_link_that_was_mailed_before_the_password_changed_is_no_good(
    ask: Any, known: Person, mailbox: Mailbox
) -> None:
    token = mailed_token(ask, mailbox)
    ask(known, CHANGE, old=PASSWORD, new=NEW)
    assert codes(only(ask(None, RESET, token=token, new="yet another battery"))) == ["INVALID_TOKEN"]


def test_a_request_is_answered_and_worked_on_alike_for_a_known_and_an_unknown_address(
    ask: Any, known: Person, mailbox: Mailbox, statements: Any
) -> None:
    said = {}
    for email in (" Owner@Example.com", "nobody@example.com"):
        with statements() as count:
            answer = ask(None, REQUEST, email=email)
        said[email] = (
            answer.status,
            answer.body,
            len(count),
            list(Job.objects.values_list("kind", "status")),
        )
        do_jobs()
        Job.objects.all().delete()
    assert len(set(map(str, said.values()))) == 1
    assert mailbox.recipients == ["owner@example.com"]


def test_a_shut_account_gets_no_reset_mail(ask: Any, known: Person, mailbox: Mailbox) -> None:
    User.objects.update(is_active=False)
    assert only(ask(None, REQUEST, email="owner@example.com"))["accepted"] is True
    do_jobs()
    assert mailbox.mails == []


@pytest.mark.parametrize(
    "email", ["", "x", "a@", "a b@example.com", "a\x00@example.com", "x" * 250 + "@a.example"]
)
def test_what_is_no_address_is_refused(ask: Any, known: Person, email: str) -> None:
    for document in (REQUEST, ASK_VERIFICATION):
        payload = only(ask(None, document, email=email))
        assert payload == {"accepted": False, "userErrors": [{"code": "INVALID", "field": ["email"]}]}
    assert not Job.objects.exists()


@pytest.mark.parametrize("token", ["", "x", "a\x00", "x" * 10_000])
def test_what_is_no_link_is_refused_and_changes_nothing(ask: Any, known: Person, token: str) -> None:
    before = everything()
    refusal = [{"code": "INVALID_TOKEN", "field": ["token"]}]
    assert only(ask(None, RESET, token=token, new=NEW))["userErrors"] == refusal
    assert only(ask(None, VERIFY, token=token))["userErrors"] == refusal
    assert everything() == before


# --- Proving an address


def register(ask: Any, email: str = "fresh@example.com", password: str = PASSWORD, **more: Any) -> Any:
    return only(ask(None, REGISTER, input={"email": email, "password": password, **more}))


def test_a_fresh_account_works_and_proves_its_address_by_mail(
    ask: Any, built_in: None, mailbox: Mailbox
) -> None:
    made = register(ask)
    assert made["user"] == {"email": "fresh@example.com", "emailVerifiedAt": None}
    assert works(ask, made["accessToken"])
    do_jobs()
    token = token_in(mailbox.mails[0])
    assert only(ask(None, VERIFY, token=token)) == {"verified": True, "userErrors": []}
    assert User.objects.get().email_verified_at is not None
    assert codes(only(ask(None, VERIFY, token=token))) == ["INVALID_TOKEN"]
    assert "account.verify_email" in actions()


def test_another_verification_mail_comes_as_long_as_the_address_is_not_proved(
    ask: Any, owner: Person, mailbox: Mailbox
) -> None:
    for email in ("owner@example.com", "nobody@example.com"):
        assert only(ask(None, ASK_VERIFICATION, email=email)) == {"accepted": True, "userErrors": []}
        do_jobs()
    assert mailbox.recipients == ["owner@example.com"]
    ask(None, VERIFY, token=token_in(mailbox.mails[0]))
    ask(None, ASK_VERIFICATION, email="owner@example.com")
    do_jobs()
    assert len(mailbox.mails) == 1


def test_a_reset_link_proves_nothing_and_a_verification_link_resets_nothing(
    ask: Any, known: Person, mailbox: Mailbox
) -> None:
    reset = mailed_token(ask, mailbox)
    ask(None, ASK_VERIFICATION, email="owner@example.com")
    do_jobs()
    verification = token_in(mailbox.mails[-1])
    assert codes(only(ask(None, VERIFY, token=reset))) == ["INVALID_TOKEN"]
    assert codes(only(ask(None, RESET, token=verification, new=NEW))) == ["INVALID_TOKEN"]
    assert signs_in(ask, PASSWORD)


# --- Known addresses


def test_opening_an_account_twice_with_the_right_password_is_a_log_in(ask: Any, known: Person) -> None:
    made = register(ask, " OWNER@example.com", store={"name": "Second store"}, firstName="Eve")
    assert made["user"]["email"] == "owner@example.com"
    assert works(ask, made["accessToken"])
    known.user.refresh_from_db()
    assert (known.user.first_name, known.user.stores.count()) == ("", 1)


@pytest.mark.parametrize("state", ["active", "shut", "without a password"])
def test_a_known_address_with_another_password_is_answered_like_a_wrong_log_in(
    ask: Any, known: Person, mailoutbox: list[Any], state: str
) -> None:
    if state == "shut":
        User.objects.update(is_active=False)
    if state == "without a password":
        known.user.set_unusable_password()
        known.user.save()
    counted = (User.objects.count(), tokens.RefreshToken.objects.count())
    made = register(ask, "owner@example.com", NEW, store={"name": "Second store"})
    wrong = only(ask(None, SIGN_IN, login="owner@example.com", password=NEW))
    assert made == {**wrong, "user": None}
    assert codes(made) == ["INVALID_CREDENTIALS"]
    assert (User.objects.count(), tokens.RefreshToken.objects.count()) == counted
    do_jobs()
    told = [mail.to for mail in mailoutbox]
    assert told == ([] if state == "shut" else [["owner@example.com"]])


def test_the_owner_of_an_address_is_told_in_words_that_the_newcomer_cannot_choose(
    ask: Any, known: Person, mailoutbox: list[Any]
) -> None:
    register(ask, "owner@example.com", NEW, firstName="Visit evil.example", store={"name": "evil.example"})
    register(ask, "new@example.com", NEW, firstName="Visit evil.example", store={"name": "evil.example"})
    do_jobs()
    assert len(mailoutbox) == 2
    assert not [mail for mail in mailoutbox if "evil" in text_of(mail) + str(mail.alternatives)]
