"""Counting attempts, in the database and in Redis: the same answers, and none lost to a race."""

import os
import threading
import time
import uuid
from datetime import timedelta

import pytest
import redis
from django.db import connection
from django.utils import timezone

from core import throttle
from core.models import Tally
from core.rates import Limit
from core.throttle import Attempt

REDIS_URL = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/15"
FIVE = Limit(5, 60)


def is_away(url: str) -> bool:
    try:
        redis.Redis.from_url(url, socket_connect_timeout=1).ping()
    except redis.RedisError:
        return True
    return False


needs_redis = pytest.mark.skipif(
    is_away(REDIS_URL) and os.environ.get("REQUIRE_SERVICES") != "1", reason="no Redis listens"
)


@pytest.fixture(params=["database", pytest.param("redis", marks=needs_redis)])
def store(request, settings):
    """Count in each of the two stores."""
    if request.param == "redis":
        use_redis(settings)
    return request.param


def use_redis(settings):
    settings.REDIS_URL = REDIS_URL
    settings.REDIS_PREFIX = f"test-{uuid.uuid4().hex}"


@pytest.fixture(autouse=True)
def _no_keys_are_left_behind(settings):
    yield
    if settings.REDIS_URL == REDIS_URL:
        client = redis.Redis.from_url(REDIS_URL)
        for key in client.scan_iter(f"{settings.REDIS_PREFIX}:*"):
            client.delete(key)


@pytest.fixture
def shared(store):
    """Count in a store that threads can share."""
    if store == "database" and connection.vendor == "sqlite":
        pytest.skip("the suite's SQLite is in memory: tests/operation races on a file")


def attempt(whom="203.0.113.9", limit=FIVE, what="sign in"):
    return Attempt(what, whom, limit)


@pytest.mark.django_db
def test_the_sixth_waits_until_the_first_counts_no_more(store):
    limit = Limit(5, 1)
    assert [throttle.admit([attempt(limit=limit)]) for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    time.sleep(1.05)
    assert throttle.admit([attempt(limit=limit)]) == 0


@pytest.mark.django_db
def test_what_was_refused_is_not_counted(store):
    for _ in range(9):
        throttle.admit([attempt(limit=Limit(1, 1))])
    time.sleep(1.05)
    assert throttle.admit([attempt(limit=Limit(1, 1))]) == 0


@pytest.mark.django_db
def test_several_attempts_are_counted_all_or_none(store):
    assert throttle.admit([attempt()] * 4) == 0
    assert throttle.admit([attempt("new"), attempt(), attempt()]) > 0
    assert throttle.admit([attempt("new")] * 5) == 0
    assert throttle.admit([attempt()]) == 0
    assert throttle.admit([attempt()]) > 0


@pytest.mark.django_db
def test_more_at_once_than_the_limit_is_refused_and_told_to_wait_a_whole_window(store):
    assert throttle.admit([attempt()] * 6) == 60
    assert throttle.admit([attempt()] * 5) == 0


@pytest.mark.django_db
def test_one_is_not_counted_for_another(store):
    assert throttle.admit([attempt()] * 5) == 0
    assert throttle.admit([attempt("198.51.100.7"), attempt(what="sign up")]) == 0


@pytest.mark.django_db(transaction=True)
def test_of_twenty_that_race_exactly_five_pass(shared):
    start = threading.Barrier(20)
    waits = []

    def race():
        start.wait()
        try:
            waits.append(throttle.admit([attempt(), attempt("someone@example.com")]))
        finally:
            connection.close()

    threads = [threading.Thread(target=race) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(waits) == 20
    assert waits.count(0) == 5


@pytest.mark.django_db(transaction=True)
def test_those_that_count_the_same_things_in_another_order_do_not_block_each_other(shared):
    wide = Limit(1000, 60)
    names = [attempt(str(n), wide) for n in range(6)]
    start = threading.Barrier(8)
    waits = []

    def race(order):
        start.wait()
        try:
            for _ in range(5):
                waits.append(throttle.admit(order))
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=(names[n % 6 :] + names[: n % 6],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert waits == [0] * 40


@pytest.mark.django_db
def test_nothing_that_is_tried_is_kept_in_clear():
    throttle.admit([attempt("someone@example.com")])
    tally = Tally.objects.get()
    assert len(tally.key) == 64
    assert "someone" not in tally.key


@pytest.mark.django_db
def test_a_refusal_leaves_no_row():
    throttle.admit([attempt("new")] * 6)
    assert not Tally.objects.exists()


@pytest.mark.django_db
def test_rows_that_count_for_nothing_are_swept():
    throttle.admit([attempt("short", Limit(1, 1)), attempt("long")])
    assert throttle.sweep(now=timezone.now() + timedelta(seconds=2)) == 1
    assert throttle.sweep(now=timezone.now() + timedelta(seconds=61)) == 1


@pytest.mark.django_db
def test_nothing_to_count_asks_nobody(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert throttle.admit([]) == 0


@pytest.mark.django_db
def test_while_redis_is_away_the_database_counts_and_the_log_says_so(settings, caplog):
    settings.REDIS_URL = f"redis://127.0.0.1:1/{uuid.uuid4().int % 16}"
    throttle._redis.cache_clear()
    assert [throttle.admit([attempt()]) > 0 for _ in range(6)] == [False] * 5 + [True]
    assert Tally.objects.count() == 1
    assert [record.levelname for record in caplog.records if "REDIS IS AWAY" in record.message] == ["ERROR"]


@needs_redis
@pytest.mark.django_db
def test_a_redis_that_is_back_counts_again(settings, monkeypatch):
    use_redis(settings)
    counter = throttle._redis(REDIS_URL)
    monkeypatch.setattr(counter, "paused_until", time.monotonic() + 60)
    assert throttle.admit([attempt()]) == 0
    monkeypatch.setattr(counter, "paused_until", 0.0)
    assert throttle.admit([attempt()]) == 0
    assert [len(tally.hits) for tally in Tally.objects.all()] == [1]
    assert len(list(counter.client.scan_iter(f"{settings.REDIS_PREFIX}:*"))) == 1


@needs_redis
@pytest.mark.django_db
def test_redis_forgets_by_itself_what_counts_no_more(settings):
    use_redis(settings)
    throttle.admit([attempt(limit=Limit(5, 60))])
    client = throttle._redis(REDIS_URL).client
    (key,) = client.scan_iter(f"{settings.REDIS_PREFIX}:*")
    assert 0 < client.pttl(key) <= 60_000


@needs_redis
@pytest.mark.django_db
def test_counting_in_redis_asks_the_database_nothing(settings, django_assert_num_queries):
    use_redis(settings)
    with django_assert_num_queries(0):
        assert throttle.admit([attempt()]) == 0
