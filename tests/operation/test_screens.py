"""Screens at two servers, and changes that a third process makes: all are seen by all, over every interruption."""

from __future__ import annotations

import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator

import pytest
from django.db import connection

from tests.live import ROOT, Installation, free_port, postgres_database, wait_for
from tests.screens import QUEUE, Screen

# Another process, such as a worker: each line that it reads, it publishes an event and says when.
OTHER = """
import os, sys, time
import django
os.environ["DJANGO_SETTINGS_MODULE"] = "core.settings"
django.setup()
from django.utils import timezone
from core import events
from core.models import Store
from sales.models import Order
store = Store.objects.get()
order = Order.objects.create(
    store=store, number=1, status="IN_QUEUE", currency="USD", total=0, placed_at=timezone.now()
)
for line in sys.stdin:
    events.publish(store=store, kind="order.moved", node=order)
    print(time.time(), flush=True)
"""


class Other:
    def __init__(self, house: Installation) -> None:
        pipe = subprocess.PIPE
        command = [sys.executable, "-c", OTHER]
        self.process = subprocess.Popen(command, cwd=ROOT, env=house.env, stdin=pipe, stdout=pipe, text=True)
        self.times: list[float] = []

    def publish(self) -> None:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.times.append(float(self.process.stdout.readline()))

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=20)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An empty database of the kind that the suite runs on."""
    folder = tmp_path_factory.mktemp("screens")
    if connection.vendor == "sqlite":
        made = Installation(folder)
        yield made
        made.stop()
    else:
        with postgres_database(os.environ["DATABASE_URL"], f"screens_{uuid.uuid4().hex[:8]}") as url:
            made = Installation(folder, url)
            yield made
            made.stop()


def follow_by_http(house: Installation, port: int) -> http.client.HTTPResponse:
    body = json.dumps({"query": QUEUE, "variables": {"store": house.store}})
    headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    client.request("POST", "/graphql/", body, {**headers, "Authorization": f"Bearer {house.token}"})
    answer = client.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/event-stream")
    return answer


def of_database(url: str, asked: str) -> int:
    """Ask PostgreSQL for one number about its other connections to this database."""
    import psycopg2

    ours = psycopg2.connect(url)
    with ours.cursor() as cursor:
        others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        cursor.execute(asked.replace("FROM others", others))
        found = cursor.fetchone()[0]
    ours.close()
    return int(found)


def test_what_any_process_changes_is_seen_at_every_server_and_nothing_is_missed(house: Installation) -> None:
    servers, ports = [], []
    house.env["WEB_THREADS"] = "1"
    for _ in range(2):
        house.port = free_port()
        servers.append(house.web())
        ports.append(house.port)
    house.register()
    other = Other(house)
    screens = [Screen(port, house.token, house.store) for port in ports]
    stream = follow_by_http(house, ports[0])

    def published(number: int) -> None:
        """Publish, each when the one before was seen."""
        for _ in range(number):
            other.publish()
            wait_for(lambda: all(len(screen.seen) >= len(other.times) for screen in screens), 20)

    published(5)
    for screen in screens:
        took = [seen.at - at for seen, at in zip(screen.seen, other.times, strict=True)]
        assert statistics.median(took) < 1.0

    screens[1].lose()
    for _ in range(5):
        other.publish()
    screens[1].come_back()
    published(1)
    if connection.vendor == "postgresql":
        url = house.env["DATABASE_URL"]
        # What tells a server, what it looks with, and its one thread for requests where it had any; the other
        # process: none for each of the three that follow.
        wait_for(lambda: of_database(url, "SELECT count(*) FROM others") <= 6, 10)
        deaf = "SELECT count(pg_terminate_backend(pid)) FROM others AND query LIKE 'LISTEN%'"
        assert of_database(url, deaf) == 2
        published(2)
    assert [len(screen.seen) for screen in screens] == [len(other.times)] * 2

    other.end()
    ended = time.monotonic()
    for screen in screens:
        screen.away.set()
    for server in servers:
        server.send_signal(signal.SIGTERM)
    for server in servers:
        server.wait(timeout=20)
    assert time.monotonic() - ended < 10  # less than the time that is left to what is not done
    text = stream.read().decode()
    assert text.count("event: next") == 1 + len(other.times)
    assert "event: complete" not in text  # so that the client comes back
    assert [screen.closed[-1] for screen in screens] == [1012, 1012]  # service restart
    log = (house.folder / "web.log").read_text()
    assert "Traceback" not in log, log
    for screen in screens:
        screen.end()
