"""What every test stands on: people, a way to ask, and a count of SQL statements."""

from __future__ import annotations

import gc
import itertools
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import Category
from core import settings as product
from core import tokens
from core.models import Membership, Store, User
from core.rates import Limit
from core.roles import Role
from receipts.categories import BUILT_IN
from schema import ids
from tests import templates
from tests.gateway import Gateway, serving

PASSWORD = "correct horse battery"
numbers = itertools.count()
LONG = (
    "tests/operation/",
    "tests/receipts/test_worker.py",
    "tests/receipts/test_extract.py",
    "tests/sales/test_kills.py",
    "tests/schema/test_isolation.py",
    "tests/schema/test_errors.py",
)


# A law draws the same examples in every run, however slow the machine is; `--hypothesis-profile=default` draws others.
hypothesis.settings.register_profile(
    "same", derandomize=True, deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("same")


class QuickHasher(Argon2PasswordHasher):
    """Argon2 as the product uses it, at the least cost."""

    time_cost, memory_cost, parallelism = 1, 8, 1


@dataclass
class Person:
    user: User
    store: Store
    token: str = field(repr=False)

    @property
    def store_id(self) -> str:
        return ids.encode("Store", self.store.pk)


@dataclass
class Answer:
    status: int
    body: dict[str, Any]
    headers: Any

    @property
    def data(self) -> Any:
        assert "errors" not in self.body, self.body["errors"]
        return self.body["data"]

    @property
    def errors(self) -> list[dict[str, Any]]:
        return self.body.get("errors", [])

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.errors]


def person(email: str, *, store: Store | None = None, role: Role = Role.OWNER, **fields: Any) -> Person:
    user = User(email=email, **fields)
    user.set_unusable_password()
    user.save()
    store = store or Store.objects.create(
        name=f"{email.split('@', maxsplit=1)[0]}'s store", currency="EUR", timezone="UTC"
    )
    Membership.objects.create(user=user, store=store, role=role)
    return Person(user, store, tokens.open_session(user=user).access)


def pytest_configure() -> None:
    if product.DATABASE_CHOICE.warning:  # a development server may fall back, tests would say nothing of it
        pytest.exit(product.DATABASE_CHOICE.warning, 1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: at the end no process of the suite works alone."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Look for garbage among what tests make, seldom, and not among the modules: it took a sixth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """Let the database of this process begin as a copy of a migrated one: the migrations take seconds."""
    if connection.vendor == "sqlite":
        with templates.in_memory(connection.creation._get_test_db_name()):
            yield
    else:
        connection.settings_dict["TEST"]["TEMPLATE"] = templates.postgres(os.environ["DATABASE_URL"])
        # Truncating all tables makes hundreds of files; what stands in them after a test is some rows.
        connection.ops.sql_flush = lambda style, tables, **_: [f'DELETE FROM "{name}"' for name in tables]
        yield


@pytest.fixture(autouse=True)
def _files_of_a_test_are_its_own(settings: Any, tmp_path_factory: Any) -> None:
    settings.MEDIA_ROOT = (
        tmp_path_factory.getbasetemp() / f"files{next(numbers)}"
    )  # made with the first of them


@pytest.fixture(autouse=True)
def _nobody_is_too_fast(settings: Any) -> None:
    """Let tests sign in and up as often as they like; those about the limits set them."""
    for name in ("LOGIN_LIMIT", "SIGNUP_LIMIT", "RESET_LIMIT", "INVITATION_LIMIT"):
        setattr(settings, name, Limit(1000, 60))
    settings.REDIS_URL = ""


@pytest.fixture(autouse=True)
def _a_hash_takes_no_time(settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.QuickHasher"]


@pytest.fixture
def built_in(db: None) -> None:
    fill_built_in()


def fill_built_in() -> None:
    """Fill the built-in categories again, where a flush has taken them."""
    if Category.objects.filter(store=None).count() == len(BUILT_IN):
        return
    for key, name in BUILT_IN.items():
        Category.objects.get_or_create(store=None, key=key, defaults={"name": name})


@pytest.fixture
def owner(built_in: None) -> Person:
    return person("owner@example.com")


@pytest.fixture
def colleague(owner: Person) -> Person:
    """A member of the owner's store, of the staff."""
    return person("colleague@example.com", store=owner.store, role=Role.STAFF)


@pytest.fixture
def stranger(built_in: None) -> Person:
    return person("stranger@example.com")


@pytest.fixture(scope="module")
def kept(django_db_setup: None, django_db_blocker: Any) -> Iterator[Callable[[Callable[[], Any]], Any]]:
    """Make once what every test of a module finds, and leaves, as it was made: `kept(make)`.

    A transaction around those of the tests, so no test of such a module can have transactions of its own.
    """

    def make(function: Callable[[], Any]) -> Any:
        with django_db_blocker.unblock():
            fill_built_in()
            return function()

    around = transaction.atomic()
    with django_db_blocker.unblock():
        around.__enter__()
    yield make
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture(scope="module")
def world(kept: Callable[[Callable[[], Any]], Any]) -> Any:
    """Two stores with a row of every type in each, for all tests of a module."""
    from tests.schema.world import two_stores

    return kept(two_stores)


@pytest.fixture
def ask() -> Any:
    """Ask over HTTP as a person, or as nobody: `ask(owner, document, name=value, …)`."""

    def send(
        who: Person | None, document: str, /, *, headers: dict[str, str] | None = None, **variables: Any
    ) -> Answer:
        sent = {**({"Authorization": f"Bearer {who.token}"} if who else {}), **(headers or {})}
        files = {name: value for name, value in variables.items() if isinstance(value, SimpleUploadedFile)}
        body = {"query": document, "variables": {n: None if n in files else v for n, v in variables.items()}}
        if files:
            return _answer(_multipart(sent, body, files))
        response = Client(headers=sent).post(
            "/graphql/", json.dumps(body, default=str), content_type="application/json"
        )
        return _answer(response)

    return send


def _multipart(headers: dict[str, str], body: dict[str, Any], files: dict[str, SimpleUploadedFile]) -> Any:
    places = {name: [f"variables.{name}"] for name in files}
    form = {"operations": json.dumps(body, default=str), "map": json.dumps(places), **files}
    return Client(headers={"X-Requested-With": "test", **headers}).post("/graphql/", form)


def _answer(response: Any) -> Answer:
    return Answer(response.status_code, json.loads(response.content), response.headers)


@pytest.fixture
def statements() -> Any:
    """Count SQL statements: `with statements() as count: …; len(count)`."""
    return lambda: CaptureQueriesContext(connection)


@pytest.fixture
def gateway(settings: Any) -> Iterator[Gateway]:
    """A payment gateway that the server takes its cards to, to fail as a test says."""
    with serving(Gateway()) as played:
        played.stand_in(settings)
        yield played
