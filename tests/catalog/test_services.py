"""A store's own categories, below the API: names that are one name, and the audit."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog import services
from catalog.models import Category
from core.errors import Code, Refused
from core.models import AuditEntry
from core.roles import Permission
from receipts.books import built_in
from tests.conftest import Person


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(name=st.text(st.characters(exclude_categories=("Cs",)), max_size=120))
def test_a_name_is_kept_with_single_spaces_or_refused(owner: Person, name: str) -> None:
    plain = " ".join(name.split())
    try:
        with transaction.atomic():
            made = services.create_category(store=owner.store, by=owner.user, name=name, kind="EXPENSE")
    except Refused as refusal:
        taken = refusal.code == Code.TAKEN
        assert taken or not plain or len(plain) > 100 or "\x00" in plain
    else:
        assert made.name == plain
        assert 0 < len(plain) <= 100


def test_the_database_itself_keeps_names_once_in_a_store(owner: Person) -> None:
    Category.objects.create(store=owner.store, name="Flour")
    with pytest.raises(IntegrityError), transaction.atomic():
        Category.objects.create(store=owner.store, name="FLOUR")
    with pytest.raises(IntegrityError), transaction.atomic():
        Category.objects.create(store=None, key="other", name="Other again")
    with pytest.raises(IntegrityError), transaction.atomic():
        Category.objects.create(store=owner.store, key="flour", name="With a key")


def test_a_refused_name_is_not_audited(owner: Person) -> None:
    with pytest.raises(Refused) as refused:
        services.create_category(store=owner.store, by=owner.user, name="Groceries", kind="EXPENSE")
    assert (refused.value.code, refused.value.field) == (Code.TAKEN, ("name",))
    assert AuditEntry.objects.count() == 0


def test_what_is_in_sight_is_the_built_in_and_ones_own(owner: Person, stranger: Person) -> None:
    mine = Category.objects.create(store=owner.store, name="Mine")
    theirs = Category.objects.create(store=stranger.store, name="Theirs")
    seen = set(Category.objects.get_queryset().visible_to(owner.user, Permission.CATEGORY_VIEW))
    assert {mine, built_in("other")} <= seen
    assert theirs not in seen
