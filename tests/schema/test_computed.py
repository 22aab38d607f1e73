"""What lists compute for each of their rows: right, and in one statement for all of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from core.roles import GRANTS, Permission, Role
from tests import books, shop, till
from tests.conftest import Person

pytestmark = pytest.mark.django_db

LISTS = """{ me { stores { spentThisMonth
  products(first: 50) { nodes { name margin } } customers(first: 50) { nodes { lifetimeValue } } } } }"""


def test_a_margin_is_what_is_left_of_what_a_product_brought(
    owner: Person, colleague: Person, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lamp = shop.product(owner.store, name="Lamp", cost=Decimal("3.00"))
    shop.product(owner.store, name="Never sold", cost=Decimal("3.00"))
    unknown = shop.product(owner.store, name="Unknown")
    till.order(owner.store, (lamp, "2", "4.00"), (unknown, "1", "4.00"))
    till.order(owner.store, (lamp, "1", "4.00"))
    till.order(owner.store, (lamp, "9", "1.00"), status="REFUNDED")
    till.order(owner.store, (lamp, "9", "1.00"), currency="USD")

    def margins(who: Person) -> dict[str, str | None]:
        nodes = ask(who, LISTS).data["me"]["stores"][0]["products"]["nodes"]
        return {node["name"]: node["margin"] for node in nodes}

    assert margins(owner) == {"Lamp": "0.2500", "Never sold": None, "Unknown": None}
    assert margins(colleague)["Lamp"] == "0.2500"
    monkeypatch.setitem(GRANTS, Role.STAFF, GRANTS[Role.STAFF] - {Permission.ORDER_VIEW})
    assert margins(colleague)["Lamp"] is None


def test_computed_values_of_many_rows_cost_as_many_statements_as_those_of_one(
    owner: Person, ask: Any, statements: Any
) -> None:
    books.bill(owner.store, date=timezone.now().date(), total=Decimal("7.00"))
    counts = []
    for extra in (1, 9):
        for _ in range(extra):
            product = shop.product(owner.store, cost=Decimal(1))
            till.order(owner.store, (product, "1", "2.00"), customer=shop.customer(owner.store))
        with statements() as count:
            (store,) = ask(owner, LISTS).data["me"]["stores"]
        assert {node["margin"] for node in store["products"]["nodes"]} == {"0.5000"}
        assert {node["lifetimeValue"] for node in store["customers"]["nodes"]} == {"2.00"}
        assert store["spentThisMonth"] == "7.00"
        counts.append(len(count))
    assert counts[0] == counts[1] <= 9
