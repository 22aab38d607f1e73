"""The limits of logging in over several server processes, and over their end."""

import json
import os
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator

import pytest
import redis
from django.db import connection

from tests.live import Installation, free_port, kill, postgres_database

REDIS_URL = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/15"
LOGIN = 'mutation { tokenAuth(input: {login: "%s", password: "wrong"}) { userErrors { code } } }'
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def redis_is_away() -> bool:
    try:
        redis.Redis.from_url(REDIS_URL, socket_connect_timeout=1).ping()
    except redis.RedisError:
        return True
    return False


needs_redis = pytest.mark.skipif(
    redis_is_away() and os.environ.get("REQUIRE_SERVICES") != "1", reason="no Redis listens"
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An empty database of the kind that the suite runs on, and five log-ins an hour, however slow the machine is."""
    limits = {"LOGIN_LIMIT": "5/hour", "TRUSTED_PROXIES": "1", "REDIS_URL": ""}
    folder = tmp_path_factory.mktemp("throttling")
    if connection.vendor == "sqlite":
        yield Installation(folder, "", **limits)
    else:
        with postgres_database(os.environ["DATABASE_URL"], f"throttling_{uuid.uuid4().hex[:8]}") as url:
            yield Installation(folder, url, **limits)


@pytest.fixture
def start(installed):
    """Start servers with changed variables, and answer the port of each; all are stopped at the end."""

    def run(number: int, **changed: str) -> list[int]:
        installed.env |= changed
        ports = []
        for _ in range(number):
            installed.port = free_port()
            installed.web()
            ports.append(installed.port)
        return ports

    before = dict(installed.env)
    yield run
    installed.stop()
    installed.processes.clear()
    installed.env = before


def login(port: int, address: str) -> tuple[int, int]:
    """Try to log in as the client of an address; answer the status, and Retry-After in seconds."""
    headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
    body = json.dumps({"query": LOGIN % address}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql/", body, headers)
    try:
        with DIRECT.open(request, timeout=60) as answer:
            return answer.status, 0
    except urllib.error.HTTPError as error:
        return error.code, int(error.headers["Retry-After"])


def race(ports: list[int], address: str) -> list[int]:
    """Try to log in twenty times at once, in turn at each port; answer how each went."""
    barrier = threading.Barrier(20)
    statuses: list[int] = []

    def one(port: int) -> None:
        barrier.wait()
        statuses.append(login(port, address)[0])

    threads = [threading.Thread(target=one, args=(ports[n % len(ports)],)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=90)
    return sorted(statuses)


def test_processes_count_together_and_remember_over_their_end_and_that_of_redis(installed, start):
    ports = start(2)
    assert race(ports, "192.0.2.2") == [200] * 5 + [429] * 15
    assert [login(ports[n % 2], "192.0.2.1")[0] for n in range(5)] == [200] * 5
    for port in ports:
        status, wait = login(port, "192.0.2.1")
        assert status == 429
        assert 1 <= wait <= 3600
    for process in installed.processes:
        kill(process)
    (port,) = start(1, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    assert login(port, "192.0.2.1")[0] == 429
    assert [login(port, "192.0.2.4")[0] for _ in range(6)] == [200] * 5 + [429], "it loosens nothing"
    assert "REDIS IS AWAY" in (installed.folder / "web.log").read_text()


@needs_redis
@pytest.mark.skipif(connection.vendor != "sqlite", reason="Redis counts the same beside any database")
def test_processes_count_together_in_redis(installed, start):
    prefix = f"test-{uuid.uuid4().hex}"
    try:
        ports = start(2, REDIS_URL=REDIS_URL, REDIS_PREFIX=prefix)
        assert race(ports, "192.0.2.3") == [200] * 5 + [429] * 15
    finally:
        client = redis.Redis.from_url(REDIS_URL)
        for key in client.scan_iter(f"{prefix}:*"):
            client.delete(key)
