"""The demo store uses energy, and its figures are there to look at."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from demo import power
from energy.models import Reading
from tests.conftest import Person

pytestmark = pytest.mark.django_db


def test_the_demo_store_has_hourly_readings_of_whole_days_and_prices_for_them(
    owner: Person, ask: Any
) -> None:
    power.enter(store=owner.store, by=owner.user, today=date(2026, 3, 2), days=45)
    assert Reading.objects.count() == 2 * 45 * 24
    document = """query ($id: ID!) { store(id: $id) { energy(range: "2026-02-01..2026-03-01") {
        coverage { share } cost { amount unpricedKwh } estimated { fromRatedPower } } } }"""
    found = ask(owner, document, id=owner.store_id).data["store"]["energy"]
    assert found["coverage"] == {"share": "1.0000"}
    assert float(found["cost"]["amount"]) > 100
    assert float(found["cost"]["unpricedKwh"]) == 0
    assert float(found["estimated"]["fromRatedPower"]) == 0.48 * 14 * 28
