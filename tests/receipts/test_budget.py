"""The budget of a store's readings by a model: counted once, never passed, and told where it is used up."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, connections

from core.models import Store
from receipts import books as today_of
from receipts import budget, posting
from receipts.draft import Draft, Reading
from receipts.models import ModelUse, Upload
from tests import books
from tests.conftest import Person
from tests.readings import claimed


@pytest.fixture(autouse=True)
def keys(settings: Any) -> None:
    settings.GEMINI = {**settings.GEMINI, "api_key": "a key"}
    settings.OPENAI = {**settings.OPENAI, "api_key": ""}
    settings.MODEL_READINGS_PER_DAY = 3


@pytest.fixture
def upload(owner: Person) -> Upload:
    return claimed(books.upload(owner.store, user=owner.user, wanted_reader="gemini"))


def readers(upload: Upload, times: int) -> list[str]:
    return [budget.turn(upload).reader for _ in range(times)]


def counted(store: Store) -> list[int]:
    return list(ModelUse.objects.filter(store=store).values_list("readings", flat=True))


def test_the_local_reader_takes_over_when_the_day_is_used_up(upload: Upload, stranger: Person) -> None:
    assert readers(upload, 5) == ["gemini"] * 3 + ["local"] * 2
    assert counted(upload.store) == [3]
    other = books.upload(stranger.store, wanted_reader="gemini")
    assert readers(other, 1) == ["gemini"]
    ModelUse.objects.filter(store=upload.store).update(day="2020-01-01")
    assert readers(upload, 1) == ["gemini"]


@pytest.mark.parametrize(("own", "most"), [(1, 1), (0, 0), (100, 3), (None, 3)])
def test_a_store_may_choose_fewer_than_the_server_allows(own: int | None, most: int, upload: Upload) -> None:
    upload.store.model_readings_per_day = own
    assert readers(upload, 4).count("gemini") == most


@pytest.mark.parametrize("reader", ["local", "openai", ""])
def test_what_costs_nothing_is_not_counted(reader: str, upload: Upload) -> None:
    upload.wanted_reader = reader  # one has no key here, and says so when it reads
    assert readers(upload, 5) == [reader or "local"] * 5
    assert counted(upload.store) == []


def test_the_owner_is_told_who_was_wanted_and_why_it_did_not_read(upload: Upload) -> None:
    upload.store.model_readings_per_day = 0
    turn = budget.turn(upload)
    reading = turn.settle(Reading(reader="local", drafts=(Draft(total=5),)))
    posting.post(upload=upload, reading=reading, duration_ms=1)
    upload.refresh_from_db()
    assert upload.fallback == "The 0 readings by a model that this store has a day are used up."
    assert upload.raw["fallback"]["from"] == "gemini"


def test_an_invoice_that_needs_no_model_is_not_counted(upload: Upload) -> None:
    turn = budget.turn(upload)
    assert counted(upload.store) == [1]
    reading = Reading(reader="einvoice", drafts=(Draft(total=5),))
    assert turn.settle(reading) == reading
    assert counted(upload.store) == [0]
    assert turn.counted_on == today_of.today(upload.store)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_workers_that_count_at_once_do_not_pass_the_budget(upload: Upload) -> None:
    found: list[str] = []
    start = threading.Barrier(8)

    def take() -> None:
        start.wait()
        try:
            found.append(budget.turn(upload).reader)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=take) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(found) == ["gemini"] * 3 + ["local"] * 5
