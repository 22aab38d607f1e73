"""Events: numbered in each store without gaps, read on from any place, forgotten from the first on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from core import events
from core.models import Event
from tests.conftest import Person
from tests.races import race

pytestmark = pytest.mark.django_db


def happens(who: Person) -> Event:
    return events.publish(store=who.store, kind="store.changed", node=who.store)


def sequences(who: Person, after: int) -> list[int]:
    return [event.sequence for event in events.since(store=who.store.pk, sequence=after)]


def test_each_store_counts_its_own_events(owner: Person, stranger: Person) -> None:
    assert [happens(owner).sequence, happens(stranger).sequence, happens(owner).sequence] == [1, 1, 2]
    assert events.newest([owner.store.pk, stranger.store.pk, 10**9]) == {
        owner.store.pk: 2,
        stranger.store.pk: 1,
    }
    assert (sequences(owner, 0), sequences(owner, 1), sequences(owner, 2)) == ([1, 2], [2], [])


def test_what_is_rolled_back_has_not_happened(owner: Person) -> None:
    happens(owner)
    with transaction.atomic():
        happens(owner)
        transaction.set_rollback(True)
    assert happens(owner).sequence == 2
    assert sequences(owner, 0) == [1, 2]


def test_a_long_past_is_read_in_batches(owner: Person, monkeypatch: Any) -> None:
    monkeypatch.setattr(events, "BATCH", 2)
    for _ in range(5):
        happens(owner)
    assert [sequences(owner, 0), sequences(owner, 2), sequences(owner, 4)] == [[1, 2], [3, 4], [5]]


@pytest.mark.parametrize("lost", [[1], [2], [1, 2], [1, 2, 3], [2, 3]])
def test_what_is_missing_is_never_passed_over(owner: Person, lost: list[int]) -> None:
    for _ in range(3):
        happens(owner)
    Event.objects.filter(sequence__in=lost).delete()
    place = 0
    with pytest.raises(events.Forgotten):  # noqa: PT012 (at some step)
        while read := sequences(owner, place):
            assert read == list(range(place + 1, read[-1] + 1))
            place = read[-1]
    assert place < lost[0]


def test_a_place_that_was_never_reached_is_no_place_to_read_from(owner: Person) -> None:
    happens(owner)
    with pytest.raises(events.Forgotten):
        sequences(owner, 2)


def test_old_events_are_forgotten_from_the_first_on_and_the_count_goes_on(
    owner: Person, stranger: Person
) -> None:
    for _ in range(3):
        happens(owner)
    happens(stranger)
    old = timezone.now() - events.KEPT - timedelta(minutes=1)
    Event.objects.filter(store=owner.store, sequence=2).update(created_at=old)  # a clock was wrong
    assert events.sweep(now=timezone.now()) == 2
    assert events.sweep(now=timezone.now()) == 0
    assert (sequences(owner, 2), sequences(stranger, 0)) == ([3], [1])
    assert happens(owner).sequence == 4


@pytest.mark.django_db(transaction=True)
def test_changes_at_once_are_numbered_one_after_the_other(owner: Person) -> None:
    race(*[lambda: happens(owner)] * 4)
    assert sequences(owner, 0) == [1, 2, 3, 4]
