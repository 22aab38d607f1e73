"""`manage.py bootstrap_admin`: the first administrator, and the same one again."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core import tokens
from core.models import AuditEntry, User
from tests.conftest import Person

PASSWORD = "a long admin battery"

pytestmark = pytest.mark.django_db


def bootstrap(settings: Any, password: str = PASSWORD, **changed: str) -> str:
    settings.BOOTSTRAP_ADMIN_PASSWORD = password
    said = io.StringIO()
    call_command(
        "bootstrap_admin",
        **{"email": "Admin@Example.com", "name": "Ada Lovelace King", **changed},
        stdout=said,
    )
    return said.getvalue()


def test_it_opens_an_account_that_may_do_everything(settings: Any) -> None:
    assert bootstrap(settings) == "Opened the administrator admin@example.com.\n"
    user = User.objects.get()
    assert (user.email, user.first_name, user.last_name) == ("admin@example.com", "Ada", "Lovelace King")
    assert (user.role, user.permissions, user.is_active, user.is_staff) == ("ADMIN", ["all"], True, True)
    assert user.check_password(PASSWORD)
    assert user.email_verified_at is not None
    assert AuditEntry.objects.get().action == "account.bootstrap_admin"


def test_run_again_it_updates_and_ends_the_old_sessions(settings: Any) -> None:
    bootstrap(settings)
    user = User.objects.get()
    old = tokens.open_session(user=user).access
    User.objects.update(is_active=False, role="USER")
    said = bootstrap(settings, "another admin battery", name="Ada")
    assert said == "Updated the administrator admin@example.com.\n"
    user = User.objects.get()
    assert (user.first_name, user.last_name, user.role, user.is_active) == ("Ada", "", "ADMIN", True)
    assert user.check_password("another admin battery")
    with pytest.raises(tokens.InvalidToken):
        tokens.session_of(old)


def test_it_makes_a_known_account_an_administrators(settings: Any, owner: Person) -> None:
    bootstrap(settings, email=owner.user.email)
    user = User.objects.get()
    assert (user.pk, user.role, user.stores.count()) == (owner.user.pk, "ADMIN", 1)


def test_the_password_can_come_by_standard_input_or_the_command_line(settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\nmore\n"))
    settings.BOOTSTRAP_ADMIN_PASSWORD = ""
    call_command("bootstrap_admin", email="admin@example.com", name="Ada", password="-", stdout=io.StringIO())
    assert User.objects.get().check_password(PASSWORD)
    call_command(
        "bootstrap_admin",
        email="admin@example.com",
        name="Ada",
        password="another admin battery",
        stdout=io.StringIO(),
    )
    assert User.objects.get().check_password("another admin battery")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"password": ""}, "BOOTSTRAP_ADMIN_PASSWORD"),
        ({"password": "short"}, "--password: This password is too short"),
        ({"password": "password123"}, "--password: This password is too common"),
        ({"email": "nobody"}, "--email: This is not an email address."),
        ({"name": "x" * 201}, "--name: At most 200 characters."),
    ],
)
def test_what_is_no_good_is_refused_with_the_option_at_fault(
    settings: Any, changed: dict[str, str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        bootstrap(settings, **{"password": PASSWORD, **changed})
    assert not User.objects.exists()
