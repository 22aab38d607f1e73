"""Querysets that are put into SQL once: each run gives what the ORM gives."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core import prepared
from core.models import Store, User
from core.roles import Permission, Role
from receipts.books import built_in
from receipts.models import Bill, Merchant
from schema.commands import _of_key, _of_keys
from schema.nodes import TYPES, model_of
from tests import books
from tests.conftest import Person, person
from tests.schema.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(world: World, db: None) -> Person:
    return world.owner


@pytest.mark.parametrize("name", sorted(TYPES))
def test_rows_of_a_type_are_found_by_those_who_see_them(world: World, name: str) -> None:
    cls: Any = TYPES[name]
    keys = list(model_of(cls)._default_manager.values_list("pk", flat=True))
    assert keys
    for user in (world.owner.user, world.stranger.user, User(pk=world.owner.user.pk, role=User.Role.ADMIN)):
        seen = set(cls.rows(user).values_list("pk", flat=True))
        found = [row for key in keys for row in prepared.rows(_of_key, cls, None, user=user, key=key)]
        assert {row.pk for row in found} == seen
        assert all(type(row) is model_of(cls) and vars(row) for row in found)
        both = prepared.rows(_of_keys, cls, user=user, key0=keys[0], key1=keys[-1])
        assert {row.pk for row in both} == seen & {keys[0], keys[-1]}


def test_a_row_comes_with_its_store_and_whether_it_is_in_hand(
    owner: Person, world: World, statements: Any
) -> None:
    accountant = person("accountant@books.example", store=owner.store, role=Role.ACCOUNTANT)
    bill = books.bill(owner.store, total=Decimal("3.10"), evidence={"total": {"locked": True}})
    for user, held in ((owner.user, True), (accountant.user, False)):
        with statements() as count:
            (row,) = prepared.rows(_of_key, TYPES["Bill"], Permission.BILL_EDIT, user=user, key=bill.pk)
            assert (row.store, row.held) == (owner.store, held)
        assert len(count) == 1
        fresh = Bill.objects.get(pk=bill.pk)
        assert {name: value for name, value in vars(row).items() if name not in ("_state", "held")} == {
            name: value for name, value in vars(fresh).items() if name != "_state"
        }
    assert prepared.rows(_of_key, TYPES["Bill"], None, user=world.stranger.user, key=bill.pk) == []


def of_name(*, name: Any) -> Any:
    return Merchant.objects.filter(name=name).order_by("pk")


@pytest.mark.parametrize("name", ["O'Brien", 'a "quoted" %s', "100 %", "back\\slash", "Ünïcode 店", ""])
def test_values_are_values_whatever_they_hold(owner: Person, name: str) -> None:
    for other in (name, "O'", "%"):
        Merchant.objects.create(store=owner.store, name=f"{other}")
    expected = list(Merchant.objects.filter(name=name).order_by("pk"))
    assert prepared.rows(of_name, name=name) == expected != []


def of_day(*, day: Any, total: Any) -> Any:
    return Bill.objects.filter(booked_on=day, total=total)


def test_days_and_amounts_are_compared_as_columns_hold_them(owner: Person) -> None:
    bill = books.bill(owner.store, date=date(2026, 5, 4), total=Decimal("3.10"))
    assert prepared.rows(of_day, day=date(2026, 5, 4), total=Decimal("3.1")) == [bill]
    assert prepared.rows(of_day, day=date(2026, 5, 5), total=Decimal("3.1")) == []


def nothing(*, name: Any) -> Any:
    return Store.objects.filter(pk__in=[], name=name)


def test_what_can_select_nothing_asks_nothing(statements: Any) -> None:
    with statements() as count:
        assert prepared.rows(nothing, name="x") == []
    assert len(count) == 0


def test_new_rows_are_written_as_the_orm_writes_them(owner: Person, statements: Any) -> None:
    def bill(**values: Any) -> Bill:
        return Bill(
            store=owner.store, booked_on=date(2026, 5, 4), currency="EUR", source="MANUAL",
            category=built_in("cafe"), **values,
        )  # fmt: skip

    values: list[dict[str, Any]] = [
        {},
        {"total": Decimal("-3.1"), "time": time(9, 30), "notes": "O'Brien \\ % %s «»", "verified": True},
        {
            "evidence": {"total": {"locked": True, "box": [1.5, None]}},
            "taxes": [],
            "checks": [{"key": "x'y"}],
        },
    ]
    quick, slow = [bill(**one) for one in values], [bill(**one) for one in values]
    with statements() as count:
        prepared.insert(quick)
    assert len(count) == 1
    for row in slow:
        row.save()
    for row, other in zip(quick, slow, strict=True):
        assert not row._state.adding
        fresh, expected = Bill.objects.get(pk=row.pk), Bill.objects.get(pk=other.pk)
        assert fresh.created_at == row.created_at
        for field in Bill._meta.concrete_fields:
            if field.name not in ("id", "created_at", "updated_at"):
                assert getattr(fresh, field.attname) == getattr(expected, field.attname), field.name
    prepared.insert([])


def test_a_new_row_that_a_constraint_forbids_is_refused(owner: Person) -> None:
    Merchant.objects.create(store=owner.store, name="Corner Bakery")
    with pytest.raises(IntegrityError), transaction.atomic():
        prepared.insert([Merchant(store=owner.store, name="corner bakery")])
