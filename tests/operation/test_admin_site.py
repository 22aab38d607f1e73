"""The admin pages: for administrators alone, every table there, the books to be looked at only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from core import jobs, links, tokens
from core.models import AuditEntry, RefreshToken, Store, User
from core.services import bootstrap_admin
from tests.conftest import Person
from tests.schema.world import everything, furnish

OURS = [config for config in apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR]
MODELS = [model for config in OURS for model in config.get_models()]
# What an administrator may change here; all else changes through services alone.
CHANGED = {"User", "Store"}
PASSWORD = "a long admin battery"

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(built_in: None) -> User:
    return bootstrap_admin(email="admin@example.com", password=PASSWORD, name="Ada")[0]


@pytest.fixture
def pages(ada: User) -> Iterator[Client]:
    """A browser in which an administrator has signed in by the page for it."""
    browser = Client()
    form = {"username": "ADMIN@example.com", "password": PASSWORD, "next": "/admin/"}
    assert browser.post("/admin/login/", form).headers["Location"] == "/admin/"
    return browser


def at(model: type[Model], page: str, *arguments: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=arguments)


def test_every_table_has_its_page() -> None:
    assert [model for model in MODELS if model not in admin.site._registry] == []


def test_only_administrators_come_in(owner: Person, ada: User) -> None:
    owner.user.set_password(PASSWORD)
    owner.user.save()
    for login, password in (("owner@example.com", PASSWORD), ("admin@example.com", "wrong horse battery")):
        browser = Client()
        refused = browser.post("/admin/login/", {"username": login, "password": password})
        assert refused.status_code == 200
        assert "Please enter the correct" in refused.content.decode()
        assert browser.get("/admin/").status_code == 302


def test_every_list_can_be_searched_and_filtered_and_every_row_looked_at(
    pages: Client, ada: User, owner: Person
) -> None:
    furnish(owner, "Sesame")
    jobs.enqueue("mail", {"secret": "sesame-secret"})
    looked_at = []
    for model in MODELS:
        site = admin.site._registry[model]
        assert site.search_fields, model
        assert site.list_filter, model
        assert pages.get(at(model, "changelist")).status_code == 200, model
        assert pages.get(at(model, "changelist"), {"q": "sesame"}).status_code == 200, model
        row = model._default_manager.first()
        if row is not None:
            shown = pages.get(at(model, "change", row.pk))
            assert shown.status_code == 200, model
            assert "sesame-secret" not in shown.content.decode()
            looked_at.append(model)
    assert len(looked_at) > len(MODELS) / 2


def test_no_page_shows_what_a_token_or_a_password_is_kept_as(pages: Client, ada: User) -> None:
    links.issue(user=ada, kind=links.Kind.PASSWORD_RESET, now=ada.created_at)
    tokens.open_session(user=ada)
    for model in (User, RefreshToken, links.OneTimeLink):
        row = model._default_manager.first()
        page = pages.get(at(model, "change", row.pk)).content.decode()
        assert getattr(row, "digest", "no-such-text") not in page
        assert ada.password not in page


def test_no_row_is_made_or_removed_here_and_the_books_are_not_changed(pages: Client, owner: Person) -> None:
    furnish(owner, "Sesame")
    before = everything()
    for model in MODELS:
        row = model._default_manager.first()
        assert pages.post(at(model, "add"), {}).status_code == 403, model
        if row is None:
            continue
        assert pages.post(at(model, "delete", row.pk), {"post": "yes"}).status_code == 403, model
        chosen = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
        pages.post(at(model, "changelist"), chosen)
        if model.__name__ not in CHANGED:
            assert pages.post(at(model, "change", row.pk), {"name": "x"}).status_code == 403, model
    assert everything() == before


def edit(pages: Client, user: User, **changed: Any) -> Any:
    form = {
        "username": user.username or "",
        "first_name": user.first_name,
        "last_name": user.last_name,
        "role": user.role,
        **({"is_active": "on"} if user.is_active else {}),
        **changed,
    }
    return pages.post(at(User, "change", user.pk), {key: value for key, value in form.items() if value != ""})


def test_an_account_shut_here_is_signed_out_and_that_is_in_the_audit(
    pages: Client, ada: User, owner: Person
) -> None:
    assert edit(pages, owner.user, is_active="", first_name="Olga").status_code == 302
    owner.user.refresh_from_db()
    assert (owner.user.is_active, owner.user.first_name) == (False, "Olga")
    with pytest.raises(tokens.InvalidToken):
        tokens.session_of(owner.token)
    told = AuditEntry.objects.filter(node_type="User", node_key=owner.user.pk, actor=ada)
    assert set(told.values_list("action", flat=True)) == {"account.deactivate", "account.edit"}
    assert told.get(action="account.edit").after == {"first_name": "Olga"}


def test_administrators_do_not_shut_themselves_out(pages: Client, ada: User) -> None:
    edit(pages, ada, is_active="", role="USER", first_name="Augusta")
    ada.refresh_from_db()
    assert (ada.is_active, ada.role, ada.first_name) == (True, "ADMIN", "Augusta")


def test_of_a_store_its_name_changes_here_and_its_currency_does_not(pages: Client, owner: Person) -> None:
    form = {"name": "New name", "type": "CAFE", "address": "", "phone": "", "currency": "USD"}
    assert pages.post(at(Store, "change", owner.store.pk), form).status_code == 302
    store = Store.objects.get(pk=owner.store.pk)
    assert (store.name, store.type, store.currency) == ("New name", "CAFE", "EUR")
