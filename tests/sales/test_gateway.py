"""The port of the payment gateway: what it is asked, and which of its answers decide anything."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from sales import gateway as port
from sales.gateway import Answer, Unknown
from tests.gateway import Gateway

# What a gateway may answer that decides nothing, although it has moved the money.
NOTHING = (
    "lose",
    "drop",
    "pending",
    "moved",
    "a page",
    "a list",
    "other intent",
    "other amount",
    "no amount",
    "other currency",
)


def charge(intent: Any, *, again: bool = False) -> Answer:
    return port.charge(intent=intent, amount=Decimal("12.5"), currency="EUR", again=again)


def test_a_charge_is_captured_once_for_its_intent_however_often_it_is_asked_for(gateway: Gateway) -> None:
    intent = uuid4()
    first = charge(intent)
    assert first == Answer(captured=True, reference="ch_1")
    assert charge(intent) == charge(intent, again=True) == first
    assert gateway.captured() == {str(intent): "12.50"}
    assert gateway.asked == [("POST", "charges"), ("POST", "charges"), ("GET", "charges")]


def test_one_that_never_arrived_is_asked_for_anew(gateway: Gateway) -> None:
    assert charge(uuid4(), again=True).captured
    assert gateway.asked == [("GET", "charges"), ("POST", "charges")]


def test_a_decline_says_why(gateway: Gateway) -> None:
    gateway.faults = ["decline"]
    assert charge(uuid4()) == Answer(captured=False, reason="Not enough on the card.")
    assert gateway.captured() == {}


def test_a_refund_names_its_charge(gateway: Gateway) -> None:
    intent, back = uuid4(), uuid4()
    charge(intent)
    answer = port.refund(intent=back, charge=intent, amount=Decimal(2), currency="EUR", again=False)
    assert answer == Answer(captured=True, reference="re_2")
    assert gateway.captured("refunds") == {str(back): "2.00"}
    assert gateway.kept[str(back)]["charge"] == str(intent)


@pytest.mark.parametrize("fault", NOTHING)
def test_an_answer_that_decides_nothing_is_asked_for_again(gateway: Gateway, fault: str) -> None:
    intent = uuid4()
    gateway.faults = [fault]
    with pytest.raises(Unknown):
        charge(intent)
    assert charge(intent, again=True).captured
    assert gateway.captured() == {str(intent): "12.50"}
    assert ("GET", "elsewhere") not in gateway.asked


def test_a_gateway_that_is_busy_or_does_not_answer_in_time_or_is_not_there_tells_nothing(
    gateway: Gateway, settings: Any
) -> None:
    gateway.stand_in(settings, timeout=0.1)
    gateway.faults = ["refuse", "hang"]
    for _ in range(2):
        with pytest.raises(Unknown):
            charge(uuid4())
    assert len(gateway.captured()) == 1  # by the one that did not answer
    settings.PAYMENT_GATEWAY_URL = "http://127.0.0.1:1"
    with pytest.raises(Unknown):
        charge(uuid4())
    settings.PAYMENT_GATEWAY_URL = ""
    with pytest.raises(Unknown):
        charge(uuid4())


def test_an_answer_that_comes_twice_is_one(gateway: Gateway) -> None:
    gateway.faults = ["double"]
    assert charge(uuid4()).captured
    assert charge(uuid4()).captured
    assert len(gateway.captured()) == 2


def test_a_gateway_that_does_not_know_us_tells_nothing(gateway: Gateway, settings: Any) -> None:
    settings.PAYMENT_GATEWAY_KEY = "another"
    with pytest.raises(Unknown):
        charge(uuid4())
    assert gateway.kept == {}
