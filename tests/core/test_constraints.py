"""Integrity that the database itself keeps, whatever Python forgets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core import idempotency, services
from core.errors import Code, Refused
from core.models import IdempotencyRecord, Membership, RefreshToken, Store, User
from core.roles import Role
from core.services import NewAccount
from core.stores import NewStore
from tests.conftest import PASSWORD, Person
from tests.schema.test_tokens import race

pytestmark = pytest.mark.django_db


def refused(write: Any) -> bool:
    try:
        with transaction.atomic():
            write()
    except IntegrityError:
        return True
    return False


def test_an_email_is_there_once_and_in_lower_case(owner: Person) -> None:
    assert refused(lambda: User.objects.create(email="owner@example.com"))
    assert refused(lambda: User.objects.create(email="Owner@example.com"))
    assert refused(lambda: User.objects.filter(pk=owner.user.pk).update(email="OWNER@example.com"))


def test_a_username_is_there_once_in_any_case(owner: Person) -> None:
    User.objects.filter(pk=owner.user.pk).update(username="anna")
    assert refused(lambda: User.objects.create(email="b@example.com", username="anna"))
    assert refused(lambda: User.objects.create(email="b@example.com", username="Anna"))
    assert not refused(lambda: User.objects.create(email="b@example.com"))
    assert not refused(lambda: User.objects.create(email="c@example.com"))


def test_one_is_a_member_of_a_store_once_and_in_a_role_that_there_is(owner: Person, stranger: Person) -> None:
    add = Membership.objects.create
    assert refused(lambda: add(user=owner.user, store=owner.store, role=Role.STAFF))
    assert refused(lambda: add(user=stranger.user, store=owner.store, role="KING"))


def test_a_week_starts_on_a_day_of_the_week(owner: Person) -> None:
    assert refused(lambda: Store.objects.filter(pk=owner.store.pk).update(week_start=7))
    assert refused(lambda: Store.objects.filter(pk=owner.store.pk).update(week_start=-1))


def test_a_key_of_a_user_and_a_digest_of_a_token_are_there_once(owner: Person, stranger: Person) -> None:
    def keep(user: User) -> None:
        IdempotencyRecord.objects.create(
            user=user, key="k", command="x", fingerprint="", answer={}, expires_at=timezone.now()
        )

    keep(owner.user)
    assert refused(lambda: keep(owner.user))
    assert not refused(lambda: keep(stranger.user))
    link = RefreshToken.objects.filter(user=owner.user).values("user_id", "family", "digest", "expires_at")[0]
    assert refused(lambda: RefreshToken.objects.create(**link))


def test_a_row_points_at_rows_that_there_are(owner: Person) -> None:
    def write() -> None:
        Membership.objects.create(user=owner.user, store_id=10**9, role=Role.STAFF)
        connection.check_constraints()

    assert refused(write)


@pytest.mark.django_db(transaction=True)
def test_of_twins_who_register_at_once_one_gets_the_account(built_in: None) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's test database is in memory, which threads cannot share")

    def register(number: int) -> Any:
        account = NewAccount(email=f"{number}@example.com", password=PASSWORD, username="anna")
        try:
            return services.register(account=account)
        except Refused as refusal:
            return refusal.code

    answers = race(*[lambda number=number: register(number) for number in range(4)])
    assert sorted(answers, key=str).count(Code.TAKEN) == 3
    assert User.objects.count() == Store.objects.count() == Membership.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_registration_that_fails_half_way_leaves_nothing(built_in: None) -> None:
    account = NewAccount(email="a@example.com", password=PASSWORD, store=NewStore(name="x", currency="nope"))
    with pytest.raises(Refused):
        services.register(account=account)
    assert not User.objects.exists()
    assert not Store.objects.exists()


def test_the_past_has_no_records_left_after_a_sweep(owner: Person) -> None:
    now = timezone.now()
    for number, age in enumerate((-1, 0, 1)):
        IdempotencyRecord.objects.create(
            user=owner.user,
            key=str(number),
            command="x",
            fingerprint="",
            answer={},
            expires_at=now + timedelta(minutes=age),
        )
    assert idempotency.sweep() == 2
    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["2"]
