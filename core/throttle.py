"""Count what may be tried only so often: in Redis where there is one, else in the database."""

from __future__ import annotations

import functools
import logging
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from core import rates
from core.models import Tally
from core.rates import Limit

logger = logging.getLogger("tillsight.throttle")

REDIS_TIMEOUT_SECONDS = 1.0
REDIS_PAUSE_SECONDS = 10.0  # how long one that was away is left alone

# The arithmetic of rates.delay, where no other client can come between; in milliseconds, by Redis' clock.
SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local wait = 0
for i, key in ipairs(KEYS) do
  local times, window, cost = tonumber(ARGV[3 * i - 2]), tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i])
  local oldest = redis.call('LINDEX', key, 0)
  while oldest and tonumber(oldest) <= now - window do
    redis.call('LPOP', key)
    oldest = redis.call('LINDEX', key, 0)
  end
  local over = redis.call('LLEN', key) + cost - times
  if over > 0 then
    local blocking = redis.call('LINDEX', key, over - 1)
    wait = math.max(wait, blocking and math.min(blocking + window - now, window) or window)
  end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  for _ = 1, tonumber(ARGV[3 * i]) do
    redis.call('RPUSH', key, string.format('%d', now))
  end
  redis.call('PEXPIRE', key, ARGV[3 * i - 1])
end
return 0
"""


@dataclass(frozen=True)
class Attempt:
    """Something that is about to be tried once: what, by or for whom, and how often it may be."""

    what: str
    whom: str
    limit: Limit

    @functools.cached_property
    def key(self) -> str:
        """A digest, so that no list of addresses and accounts is kept."""
        return str(
            salted_hmac("tillsight.throttle", f"{self.what} {self.whom}", algorithm="sha256").hexdigest()
        )


Tries = list[tuple[Attempt, int]]


def admit(attempts: Sequence[Attempt]) -> int:
    """Count all of the attempts, or none of them when one is over its limit.

    Units: answers the seconds to wait, 0 when they were counted.
    """
    # In one order everywhere: two that count the same things never wait for each other in a circle.
    tries = sorted(Counter(attempts).items(), key=lambda entry: entry[0].key)
    if not tries:
        return 0
    wait = None
    if settings.REDIS_URL:
        wait = _redis(settings.REDIS_URL).admit(tries)
    return math.ceil(in_database(tries, now=time.time()) if wait is None else wait)


@transaction.atomic
def in_database(tries: Tries, *, now: float) -> float:
    """Count in rows that are held until the counting is over: racing processes take turns."""
    rows = {
        attempt.key: Tally(key=attempt.key, expires_at=_time(now + attempt.limit.seconds))
        for attempt, _ in tries
    }
    # Inserted or updated, a row is ours alone from here on.
    Tally.objects.bulk_create(
        rows.values(), update_conflicts=True, unique_fields=["key"], update_fields=["expires_at"]
    )
    kept = dict(Tally.objects.filter(key__in=rows).values_list("key", "hits"))
    wait = 0.0
    for attempt, cost in tries:
        hits = rates.live(kept[attempt.key], limit=attempt.limit, now=now)
        wait = max(wait, rates.delay(hits, limit=attempt.limit, cost=cost, now=now))
        rows[attempt.key].hits = [*hits, *[now] * cost]
    if wait:
        transaction.set_rollback(True)  # what is refused leaves no row: there is no end to names
    else:
        Tally.objects.bulk_update(rows.values(), ["hits"])
    return wait


class RedisCounter:
    """Counts in a Redis that all processes share, as long as it answers."""

    def __init__(self, url: str) -> None:
        # Loaded where there is one: it takes a tenth of the time of a start.
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self.away = redis.RedisError
        self.client = redis.Redis.from_url(
            url,
            socket_timeout=REDIS_TIMEOUT_SECONDS,
            socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 1),  # a kept connection that Redis' restart has closed is no outage
        )
        self.script = self.client.register_script(SCRIPT)
        self.paused_until = 0.0

    def admit(self, tries: Tries) -> float | None:
        """Count; None when Redis is away, and whoever asks must count elsewhere."""
        if time.monotonic() < self.paused_until:
            return None
        keys = [f"{settings.REDIS_PREFIX}:tally:{attempt.key}" for attempt, _ in tries]
        numbers = [
            number
            for attempt, cost in tries
            for number in (attempt.limit.times, attempt.limit.seconds * 1000, cost)
        ]
        try:
            return float(self.script(keys=keys, args=numbers)) / 1000
        except self.away:
            self.paused_until = time.monotonic() + REDIS_PAUSE_SECONDS
            logger.exception("REDIS IS AWAY: attempts are counted in the database for now.")
            return None


@functools.cache
def _redis(url: str) -> RedisCounter:
    return RedisCounter(url)


def sweep(*, now: datetime) -> int:
    """Forget the rows that count for nothing any more."""
    return Tally.objects.filter(expires_at__lte=now).delete()[0]


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
