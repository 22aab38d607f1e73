"""Who may see a row: the one predicate, on every model that has it."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import models

from core.models import Membership, Store
from core.roles import GRANTS, Permission, Role
from core.tenancy import may, stores_of
from tests.conftest import Person
from tests.schema.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(world: World, db: None) -> Person:
    return world.owner


@pytest.fixture
def stranger(world: World, db: None) -> Person:
    return world.stranger


SCOPED: list[Any] = [model for model in apps.get_models() if hasattr(model._default_manager, "visible_to")]


def test_every_model_that_belongs_to_a_store_can_say_who_sees_it() -> None:
    of_a_store = {
        model
        for model in apps.get_models()
        for key in model._meta.get_fields()
        if isinstance(key, models.ForeignKey) and key.related_model is Store
    }
    assert of_a_store <= set(SCOPED)


@pytest.mark.parametrize("model", SCOPED, ids=lambda model: model.__name__)
@pytest.mark.parametrize("permission", [Permission.STORE_VIEW, Permission.BILL_VIEW, Permission.BILL_EDIT])
def test_a_row_is_visible_to_the_members_whose_role_grants_it_and_to_nobody_else(
    owner: Person, stranger: Person, model: Any, permission: Permission
) -> None:
    rows = model._default_manager
    shared = set(rows.visible_to(stranger.user, permission))  # what comes with the product, and oneself
    mine = set(rows.visible_to(owner.user, permission)) - shared
    membership = Membership.objects.create(user=stranger.user, store=owner.store, role=Role.OWNER)
    for role in Role:
        Membership.objects.filter(pk=membership.pk).update(role=role)
        seen = set(rows.visible_to(stranger.user, permission))
        assert (mine <= seen) == (permission in GRANTS[role] or not mine)
        if permission not in GRANTS[role]:
            assert seen.isdisjoint(mine)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", Permission)
def test_may_and_stores_of_say_what_the_table_says(owner: Person, permission: Permission, role: Role) -> None:
    Membership.objects.filter(user=owner.user).update(role=role)
    granted = permission in GRANTS[role]
    assert may(owner.user, permission, owner.store) is granted
    assert list(stores_of(owner.user, permission)) == ([{"store_id": owner.store.pk}] if granted else [])
