"""Passwords cost one hash whoever is asked for, and a mailed link sets one once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.utils import timezone
from django.utils.module_loading import import_string

from core import links, passwords, services
from core import settings as product
from core.errors import Refused
from core.models import RefreshToken, User
from tests.conftest import PASSWORD, Person, QuickHasher

pytestmark = pytest.mark.django_db

NEW = "a new horse battery"
work: list[str] = []


class Counted(QuickHasher):
    """Argon2 that notes each hash it computes."""

    def encode(self, password: str, salt: str) -> str:
        work.append("made")
        return str(super().encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        work.append("compared")
        return bool(super().verify(password, encoded))


@pytest.fixture
def hashes(settings: Any, owner: Person) -> list[str]:
    """List the argon2 hashes that are computed from here on."""
    settings.PASSWORD_HASHERS = [f"{__name__}.Counted"]
    owner.user.set_password(PASSWORD)
    owner.user.save()
    passwords.matches(None, "warm")  # the first comparison of a process makes nobody's hash
    work.clear()
    return work


def outcome(door: Callable[[], object]) -> str:
    """Tell how a call ended: done, or the code of its refusal."""
    try:
        door()
    except Refused as refusal:
        return str(refusal.code)
    return "done"


@pytest.mark.parametrize(
    ("login", "password"),
    [
        ("owner@example.com", PASSWORD),
        ("owner@example.com", "wrong horse battery"),
        ("nobody@example.com", "wrong horse battery"),
        ("nobody", "wrong horse battery"),
        ("", ""),
        ("owner@example.com", "x" * 100_000),
    ],
)
def test_a_log_in_computes_one_hash_whoever_it_is_for(hashes: list[str], login: str, password: str) -> None:
    right = (login, password) == ("owner@example.com", PASSWORD)
    said = outcome(lambda: services.sign_in(login=login, password=password))
    assert said == ("done" if right else "INVALID_CREDENTIALS")
    assert hashes == ["compared"]


def test_the_first_log_in_of_a_process_computes_the_same_for_everybody(hashes: list[str]) -> None:
    for login in ("owner@example.com", "nobody@example.com"):
        passwords._nobodys_password.cache_clear()
        hashes.clear()
        with pytest.raises(Refused):
            services.sign_in(login=login, password="wrong horse battery")
        assert hashes == ["made", "compared"]


def test_an_account_without_a_password_costs_a_hash_too(hashes: list[str], owner: Person) -> None:
    owner.user.set_unusable_password()
    owner.user.save()
    hashes.clear()
    assert passwords.matches(owner.user, "wrong horse battery") is False
    assert hashes == ["made"]


@pytest.mark.parametrize("email", ["owner@example.com", "fresh@example.com"])
def test_opening_an_account_computes_one_hash_for_a_known_address_as_for_a_fresh_one(
    hashes: list[str], email: str
) -> None:
    account = services.NewAccount(email=email, password="another horse battery")
    said = outcome(lambda: services.register(account=account))
    assert said == ("done" if email == "fresh@example.com" else "INVALID_CREDENTIALS")
    assert len(hashes) == 1


@pytest.mark.parametrize("wrong", ["short", "password123", "12345678", "owner@example.com", "x" * 129])
def test_a_password_that_is_no_good_is_refused(owner: Person, wrong: str) -> None:
    with pytest.raises(Refused) as refusal:
        passwords.check(wrong, owner.user, "newPassword")
    assert (refusal.value.code, refusal.value.field) == ("INVALID", ("newPassword",))


@pytest.mark.parametrize("good", ["eight8ch", "x" * 100 + "yz" * 14, "päßwörter im Wald"])
def test_a_password_of_8_to_128_characters_is_taken(owner: Person, good: str) -> None:
    passwords.check(good, owner.user)


def race(*doors: Any) -> list[str]:
    """Go through doors at once; list what each answered."""
    together, answers = threading.Barrier(len(doors)), []

    def run(door: Any) -> None:
        together.wait()
        try:
            answers.append(outcome(door))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(door,)) for door in doors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


@pytest.mark.django_db(transaction=True)
def test_of_racing_uses_of_a_link_one_wins(owner: Person) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's test database is in memory, which threads cannot share")
    for _ in range(5):
        url = links.issue(user=owner.user, kind=links.Kind.PASSWORD_RESET, now=timezone.now())
        token = url.partition("#token=")[2]
        doors = [lambda n=n: passwords.reset(token=token, new=f"{NEW} {n}") for n in range(4)]  # noqa: B023
        assert race(*doors) == ["INVALID_TOKEN"] * 3 + ["done"]
        held = User.objects.get(pk=owner.user.pk)
        assert sum(held.check_password(f"{NEW} {n}") for n in range(4)) == 1


@pytest.mark.django_db(transaction=True)
def test_no_session_outlives_the_password_that_opened_it(owner: Person) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's test database is in memory, which threads cannot share")
    for n in range(5):
        old, new = f"{NEW} {n}", f"{NEW} {n + 1}"
        owner.user.set_password(old)
        owner.user.save()
        url = links.issue(user=owner.user, kind=links.Kind.PASSWORD_RESET, now=timezone.now())
        race(
            lambda old=old: services.sign_in(login="owner@example.com", password=old),
            lambda url=url, new=new: passwords.reset(token=url.partition("#token=")[2], new=new),
        )
        assert not RefreshToken.objects.filter(user=owner.user, revoked_at=None).exists()


def test_the_product_computes_a_hash_at_full_cost() -> None:
    (name,) = product.PASSWORD_HASHERS
    hasher = import_string(name)
    assert issubclass(hasher, Argon2PasswordHasher)
    assert hasher.time_cost >= 2
    assert hasher.memory_cost >= 100 * 1024  # KiB
