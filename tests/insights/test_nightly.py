"""The night: every store's missed days once, whatever happens in the middle of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from core import jobs
from core.models import Job, Store
from insights import nightly
from insights.models import Night

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
TODAY = NOW.date()
calls: list[tuple[int, date]] = []
bad: set[int] = set()


def remember(*, stores, days):
    """Stand for a step of the night."""
    if bad & {store.pk for store in stores}:
        raise ValueError("Bad store.")
    calls.extend((store.pk, days[store.pk]) for store in stores)


@pytest.fixture(autouse=True)
def one_step(settings):
    calls.clear()
    bad.clear()
    settings.NIGHTLY = [f"{__name__}.remember"]


def shops(count=3, **fields):
    return [Store.objects.create(name=f"Store {n}", **fields) for n in range(count)]


def run(now=NOW, **more):
    return nightly.run(stores=nightly.stores_of_night(), now=now, **more)


def test_a_first_night_does_yesterday_and_a_second_run_does_nothing():
    first, second = shops(1) + shops(1, timezone="Pacific/Kiritimati")
    assert run().stores == 2
    assert run().stores == 0
    assert calls == [(first.pk, date(2026, 5, 3)), (second.pk, date(2026, 5, 4))]


def test_missed_days_are_made_up_for_oldest_first_and_no_more_than_two_weeks():
    shops(1)
    run()
    calls.clear()
    run(NOW + timedelta(days=3))
    assert [day.day for _, day in calls] == [4, 5, 6]
    calls.clear()
    run(NOW + timedelta(days=100))
    assert [day for _, day in calls] == [TODAY + timedelta(days=n) for n in range(86, 100)]


def test_one_bad_store_does_not_stop_the_rest_and_is_tried_again():
    good, worse, fine = shops()
    bad.add(worse.pk)
    assert run().failed == (worse.pk,)
    assert {store for store, _ in calls} == {good.pk, fine.pk}
    assert set(Night.objects.values_list("store", flat=True)) == {good.pk, fine.pk}
    bad.clear()
    calls.clear()
    assert run().failed == ()
    assert calls == [(worse.pk, date(2026, 5, 3))]


def test_a_bad_store_keeps_its_later_days_until_its_first_one_is_done():
    [store] = shops(1)
    run()
    bad.add(store.pk)
    run(NOW + timedelta(days=2))
    bad.clear()
    calls.clear()
    run(NOW + timedelta(days=2))
    assert [day.day for _, day in calls] == [4, 5]


def test_a_day_that_is_asked_for_is_done_again_and_changes_nothing_of_what_was_missed():
    [store] = shops(1)
    run()
    run(day=date(2026, 1, 31))
    assert Night.objects.get().day == date(2026, 5, 3)
    assert calls[-1] == (store.pk, date(2026, 1, 31))


def test_an_archived_store_has_no_night():
    shops(1, archived_at=NOW)
    assert run().stores == 0


def test_the_command_says_how_many_and_fails_where_a_store_did():
    good, worse = shops(2)
    bad.add(worse.pk)
    with pytest.raises(CommandError, match=f"1 of them failed.*: {worse.pk}"):
        call_command("nightly", stdout=StringIO())
    told = StringIO()
    call_command("nightly", "--store", str(good.pk), "--day", "2026-01-31", stdout=told)
    assert told.getvalue() == "1 stores had days to do.\n"
    assert calls[-1] == (good.pk, date(2026, 1, 31))


def test_a_worker_runs_the_night_of_the_stores_whose_day_has_ended_once():
    shops(25)
    now = timezone.now()
    assert nightly.queue(now=now) == 25
    assert nightly.queue(now=now) == 0  # it is under way
    while jobs.run_next():
        pass
    assert Night.objects.count() == len(calls) == 25
    assert nightly.queue(now=now + timedelta(hours=2)) in (0, 25)  # midnight may have passed
    assert Job.objects.filter(kind="night", status=Job.Status.DONE).count() == 2
