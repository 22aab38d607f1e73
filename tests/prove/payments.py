"""Kill the server over and over while tills take payments, and count the money afterwards.

KILLS (50) rounds on SQLite, and again on PostgreSQL where it listens. Each till places orders and has each paid by
card, through a gateway, and in cash, all with keys; what got no answer it sends again, or walks away from.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from decimal import Decimal
from http.client import HTTPException
from pathlib import Path
from typing import Any

import environ

from core.database import unreachable
from tests.gateway import KEY, Gateway, serving
from tests.live import Installation, kill, postgres_database, wait_for

TILLS = 4
GATEWAY_SECONDS = 0.03  # that each answer of the gateway takes
TIMEOUT_SECONDS = 1
SEED = 7
PARTS = (("CARD", "6.00"), ("CASH", "4.00"))
PRODUCT = """mutation ($input: CreateProductInput!) { createProduct(input: $input) {
  product { id } userErrors { message } } }"""
PLACE = """mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) {
  order { id } userErrors { code message } } }"""
PAY = """mutation ($input: PayOrderInput!) { payOrder(input: $input) {
  payment { id status } userErrors { code message } } }"""
BOOKS = """query ($store: ID!, $after: String) { store(id: $store) { orders(first: 100, after: $after) {
  pageInfo { hasNextPage endCursor } nodes { total paid payments { nodes { id method amount status reference } } } } } }"""


@dataclass
class Tills:
    """Tills that sell until they are stopped; what they were told is in `acknowledged`."""

    house: Installation
    product: str
    chance: random.Random
    closing: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    acknowledged: set[str] = field(default_factory=set)  # payments that were said to be captured
    cut: int = 0  # how often what was sent got no answer
    left: int = 0  # how often a till has walked away from that

    def sell(self, till: int) -> None:
        """Sell one thing after the other."""
        sale = 0
        while not self.closing.is_set():
            sale += 1
            lines = [{"product": self.product, "quantity": "1"}]
            placed = self.send(PLACE, {"store": self.house.store, "lines": lines}, f"{till} {sale}")
            for method, amount in PARTS if placed else ():
                input = {"order": placed["order"]["id"], "method": method, "amount": amount}
                paid = self.send(PAY, input, f"{till} {sale} {method}")
                if paid:
                    assert paid["payment"]["status"] == "CAPTURED"
                    with self.lock:
                        self.acknowledged.add(paid["payment"]["id"])

    def send(self, document: str, input: dict[str, Any], key: str) -> Any:
        """Send a command until its end is known; None for one that the till has walked away from."""
        while True:
            try:
                (answer,) = self.house.ask(document, input={**input, "idempotencyKey": key}).values()
            except (OSError, HTTPException, ValueError) as error:
                if isinstance(getattr(error, "reason", error), ConnectionRefusedError):  # it never left
                    time.sleep(0.1)
                    continue
                with self.lock:
                    self.cut += 1
                    if self.chance.random() < 0.2:
                        self.left += 1
                        return None
                time.sleep(0.1)
                continue
            codes = [error["code"] for error in answer["userErrors"]]
            if not codes:
                return answer
            assert codes[0] in ("PAYMENT_PENDING", "IDEMPOTENCY_IN_PROGRESS"), answer
            time.sleep(0.1)


@dataclass(frozen=True)
class Count:
    """What the books say in the end."""

    orders: int
    captured: int
    charged: int  # by the gateway
    acknowledged: int
    cut: int
    left: int
    lost: int  # acknowledged, and not in the books
    doubled: int  # orders that were paid twice in one way, or over
    adrift: int  # charges without a payment, or payments without a charge
    pending: int

    @property
    def right(self) -> bool:
        return self.captured > 0 and not (self.lost or self.doubled or self.adrift or self.pending)


def rush(house: Installation, gateway: Gateway, *, kills: int) -> Count:
    """Let tills sell while the server is killed, let a worker find the rest, and count."""
    chance, web = random.Random(SEED), house.web()
    house.register()
    tills = Tills(house, lunch(house), random.Random(SEED))
    threads = [threading.Thread(target=tills.sell, args=(number,)) for number in range(TILLS)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(kills):
            time.sleep(chance.uniform(0.2, 0.8))
            kill(web)
            web = house.web()
    finally:
        tills.closing.set()
        for thread in threads:
            thread.join()
    house.worker()
    wait_for(lambda: not any(payment["status"] == "PENDING" for payment in payments(books(house))), 60)
    return count(tills, books(house), gateway)


def lunch(house: Installation) -> str:
    """Enter what is sold, for 10.00."""
    product = {"store": house.store, "name": "Lunch", "unitPrice": "10.00", "tracksStock": False}
    return str(house.ask(PRODUCT, input=product)["createProduct"]["product"]["id"])


def books(house: Installation) -> list[dict[str, Any]]:
    """Read all orders."""
    orders, after = [], None
    while True:
        page = house.ask(BOOKS, store=house.store, after=after)["store"]["orders"]
        orders += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return orders
        after = page["pageInfo"]["endCursor"]


def payments(orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [payment for order in orders for payment in order["payments"]["nodes"]]


def count(tills: Tills, orders: list[dict[str, Any]], gateway: Gateway) -> Count:
    captured = [payment for payment in payments(orders) if payment["status"] == "CAPTURED"]
    moved = {kept["reference"] for kept in gateway.kept.values() if kept["status"] == "captured"}
    entered = {payment["reference"] for payment in captured if payment["method"] == "CARD"}
    return Count(
        orders=len(orders),
        captured=len(captured),
        charged=len(moved),
        acknowledged=len(tills.acknowledged),
        cut=tills.cut,
        left=tills.left,
        lost=len(tills.acknowledged - {payment["id"] for payment in captured}),
        doubled=sum(map(doubled, orders)),
        adrift=len(moved ^ entered),
        pending=sum(payment["status"] == "PENDING" for payment in payments(orders)),
    )


def doubled(order: dict[str, Any]) -> bool:
    ways = [payment["method"] for payment in order["payments"]["nodes"] if payment["status"] == "CAPTURED"]
    amounts = dict(PARTS)
    paid = sum((Decimal(amounts[way]) for way in ways), Decimal(0))
    return len(ways) != len(set(ways)) or Decimal(order["paid"]) != paid


def prove(name: str, folder: Path, url: str, kills: int) -> int:
    started = time.monotonic()
    with serving(Gateway(delay=GATEWAY_SECONDS)) as gateway:
        environment = {
            "PAYMENT_GATEWAY_URL": gateway.url,
            "PAYMENT_GATEWAY_KEY": KEY,
            "PAYMENT_GATEWAY_TIMEOUT_SECONDS": str(TIMEOUT_SECONDS),
        }
        with Installation(folder, url, **environment) as house:
            found = rush(house, gateway, kills=kills)
    print(f"{name}: {kills} kills in {time.monotonic() - started:.0f} s; {found}", flush=True)
    return int(not found.right)


def main() -> int:
    kills = int(os.environ.get("KILLS", "50"))
    url = os.environ.get("TEST_POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
    with tempfile.TemporaryDirectory() as folder:
        failed = prove("SQLite", Path(folder), "", kills)
    if unreachable(environ.Env.db_url_config(url)):
        print("PostgreSQL: not reached, not proved")
        return failed
    with tempfile.TemporaryDirectory() as folder, postgres_database(url, "tillsight_prove_payments") as fresh:
        return failed | prove("PostgreSQL", Path(folder), fresh, kills)


if __name__ == "__main__":
    sys.exit(main())
