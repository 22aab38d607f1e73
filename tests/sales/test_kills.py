"""Payments in a whole installation: twenty clients at once, and a server that is killed in the middle.

The small sister of tests/prove/payments.py.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from django.conf import settings

from tests.gateway import KEY, Gateway, serving
from tests.live import Installation, postgres_database
from tests.prove import payments
from tests.prove.payments import PAY, PLACE

CLIENTS = 20
House = tuple[Installation, Gateway]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An installation on the kind of database that this run of the suite is on, and its gateway."""
    with ExitStack() as stack:
        gateway = stack.enter_context(serving(Gateway(delay=payments.GATEWAY_SECONDS)))
        url = ""
        if not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
            name = f"tillsight_payments_{os.getpid()}"
            url = stack.enter_context(postgres_database(os.environ["DATABASE_URL"], name))
        gateway_of_it = {"PAYMENT_GATEWAY_URL": gateway.url, "PAYMENT_GATEWAY_KEY": KEY}
        made = Installation(tmp_path_factory.mktemp("shop"), url, **gateway_of_it)
        yield stack.enter_context(made), gateway


def test_no_acknowledged_payment_is_lost_and_none_is_doubled_when_the_server_is_killed(shop: House) -> None:
    found = payments.rush(*shop, kills=1)
    assert found.right, found


@pytest.mark.parametrize(
    "keys", [["same"] * CLIENTS, [f"key {n}" for n in range(CLIENTS)]], ids=["one", "many"]
)
def test_of_twenty_clients_that_pay_an_order_at_once_one_does(shop: House, keys: list[str]) -> None:
    house, gateway = shop
    if not house.processes:
        house.web()
    house.register(f"{keys[0].replace(' ', '')}@example.com")
    placed = {"store": house.store, "lines": [{"product": payments.lunch(house), "quantity": "1"}]}
    order = house.ask(PLACE, input=placed)["placeOrder"]["order"]["id"]
    before = gateway.captured()

    def pay(key: str) -> Any:
        input = {"order": order, "method": "CARD", "idempotencyKey": key}
        return house.ask(PAY, input=input)["payOrder"]

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(pay, keys))
    assert [amount for intent, amount in gateway.captured().items() if intent not in before] == ["10.00"]
    (entered,) = payments.books(house)
    assert entered["paid"] == "10.00"
    assert [payment["status"] for payment in entered["payments"]["nodes"]] == ["CAPTURED"]
    paid = {answer["payment"]["id"] for answer in answers if answer["payment"]}
    assert paid == {entered["payments"]["nodes"][0]["id"]}
