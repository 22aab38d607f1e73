"""Two screens at two servers: how soon each sees a move, and that the one that was away for 5 s misses nothing.

MOVES (100) moves through the API, in turn at each server, on SQLite, and again on PostgreSQL where it listens.
"""

from __future__ import annotations

import itertools
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import environ

from core.database import unreachable
from tests.live import Installation, free_port, postgres_database, wait_for
from tests.screens import Screen

AWAY_SECONDS = 5.0
MOST = 1.0  # seconds that the median move may take to be seen
PRODUCT = """mutation ($store: ID!) { createProduct(input: {store: $store, name: "Coffee", unitPrice: "2.50",
  openingStock: "1000"}) { product { id } userErrors { message } } }"""
PLACE = """mutation ($store: ID!, $product: ID!) { placeOrder(input: {store: $store,
  lines: [{product: $product, quantity: "1"}]}) { order { id } userErrors { message } } }"""
MOVE = """mutation ($order: ID!, $to: OrderStatus!) { moveOrder(input: {order: $order, to: $to}) {
  order { status } userErrors { message } } }"""
STEPS = ("IN_QUEUE", "IN_PROGRESS", "READY", "COMPLETED")


def main() -> int:
    moves = int(os.environ.get("MOVES", "100"))
    url = os.environ.get("TEST_POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
    with tempfile.TemporaryDirectory() as folder:
        failed = prove("SQLite", Installation(Path(folder)), moves)
    if unreachable(environ.Env.db_url_config(url)):
        print("PostgreSQL: not reached, not proved")
        return failed
    with tempfile.TemporaryDirectory() as folder, postgres_database(url, "tillsight_prove") as fresh:
        return failed | prove("PostgreSQL", Installation(Path(folder), fresh), moves)


def prove(name: str, house: Installation, moves: int) -> int:
    try:
        ports = [serve(house), serve(house)]
        house.register()
        screens = [Screen(port, house.token, house.store) for port in ports]
        till = Till(house, ports)
        till.move(moves, screens)
        late = tell(name, till, screens)
        missed = away(till, screens)
        print(
            f"{name}: a screen that was away for {AWAY_SECONDS:.0f} s missed {missed} of {till.events} events"
        )
        for screen in screens:
            screen.end()
        return int(late or missed != 0)
    finally:
        house.stop()


def serve(house: Installation) -> int:
    house.port = free_port()
    house.web()
    return house.port


class Till:
    """Places orders and moves them on, in turn at each server."""

    def __init__(self, house: Installation, ports: list[int]) -> None:
        self.house, self.ports = house, ports
        self.product = self.done("createProduct", PRODUCT, store=house.store)["product"]["id"]
        self.order = ""
        self.steps: list[str] = []
        self.events = 0  # that there have been
        self.sent: dict[int, float] = {}  # when a move was asked for, by the number of its event

    def move(self, moves: int, watched: list[Screen]) -> None:
        """Move so many times, each when all screens have seen the one before."""
        for number in range(moves):
            self.house.port = self.ports[number % len(self.ports)]
            if not self.steps:
                asked = {"store": self.house.store, "product": self.product}
                self.order = self.done("placeOrder", PLACE, **asked)["order"]["id"]
                self.steps = list(STEPS)
                self.events += 1
                self.seen_by(watched)
            self.sent[self.events] = time.time()
            self.done("moveOrder", MOVE, order=self.order, to=self.steps.pop(0))
            self.events += 1
            self.seen_by(watched)

    def seen_by(self, screens: list[Screen]) -> None:
        wait_for(lambda: all(len(screen.seen) >= self.events for screen in screens), 60)

    def done(self, name: str, document: str, **variables: Any) -> Any:
        answer = self.house.ask(document, **variables)[name]
        assert answer["userErrors"] == [], answer
        return answer


def tell(name: str, till: Till, screens: list[Screen]) -> bool:
    """Print how long moves took, from asking for them to being seen; tell whether that is too long."""
    late = False
    for number, screen in enumerate(screens, 1):
        took = sorted(screen.seen[event].at - sent for event, sent in till.sent.items())
        middle = statistics.median(took)
        print(
            f"{name}: screen {number} saw {len(took)} moves: median {middle * 1000:.0f} ms, "
            f"p95 {took[int(len(took) * 0.95)] * 1000:.0f} ms, max {took[-1] * 1000:.0f} ms"
        )
        late |= middle >= MOST
    return late


def away(till: Till, screens: list[Screen]) -> int:
    """Have the second screen lose its connection while moves go on; count what it misses or sees twice."""
    stays, goes = screens
    goes.lose()
    until = time.monotonic() + AWAY_SECONDS
    while time.monotonic() < until:
        till.move(1, [stays])
    goes.come_back()
    till.seen_by(screens)
    time.sleep(1.0)  # for what might come twice
    places = [[seen.cursor for seen in screen.seen] for screen in screens]
    assert len(set(places[0])) == till.events
    return sum(one != other for one, other in itertools.zip_longest(*places))
