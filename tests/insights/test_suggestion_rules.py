"""The rules of suggestions on plain rows: what each finds, what it leaves alone, and what it says."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.prices import Purchase
from insights.rows import ProductSales
from insights.suggestions import buying, charges, power, selling
from insights.suggestions.charges import Charge
from insights.suggestions.found import Found
from insights.suggestions.power import Device, Load
from insights.suggestions.rules import Facts, look
from insights.suggestions.selling import Stock

DAY = date(2026, 5, 31)
D = Decimal


def bought(back: int, price: str, merchant: str = "mill", quantity: str = "1", **more: Any) -> Purchase:
    values: dict[str, Any] = {
        "day": DAY - timedelta(days=back),
        "thing": "flour / kg",
        "name": "Flour",
        "unit": "kg",
        "merchant": merchant,
        "merchant_name": merchant.title(),
        "quantity": D(quantity),
        "price": D(price),
        "item": back + 1,
        "bill": back + 1,
        **more,
    }
    return Purchase(**values)


def charge(day: date, total: str = "19.90", merchant: str = "streamly", **more: Any) -> Charge:
    values: dict[str, Any] = {
        "day": day,
        "bill": day.toordinal(),
        "merchant": merchant,
        "merchant_name": merchant.title(),
        "total": D(total),
        "tax": None,
        "category": "services",
        **more,
    }
    return Charge(**values)


def monthly(day: int, months: int = 6, **more: Any) -> list[Charge]:
    """Charge on a day of each of the last months, the one that ends on DAY among them."""
    return [
        charge(date(2026, 5 - n, day) if n < 5 else date(2025, 17 - n, day), **more) for n in range(months)
    ]


def one(found: list[Found]) -> Found:
    (only,) = found
    return only


# --- What is bought


def test_a_cheaper_source_is_worth_what_the_dearer_purchases_cost_more() -> None:
    rows = [
        bought(80, "1.00"),
        bought(10, "1.00"),
        bought(60, "1.50", "shop", "20"),
        bought(20, "1.50", "shop", "20"),
    ]
    found = one(buying.cheaper_sources(rows, day=DAY, currency="EUR"))
    saving = (D(40) * D("0.50") * D("30.44") / 81).quantize(D("0.01"))
    assert (found.saving, found.confidence) == (saving, D("0.50"))
    assert found.text == (
        "Flour costs 1.00 EUR a kg at Mill and 1.50 EUR a kg at Shop. What was bought dearer in the last 81 days "
        f"would have cost {saving} EUR less a month there."
    )
    assert {(link.kind, link.key) for link in found.links} == {("ITEM", row.item) for row in rows}


@pytest.mark.parametrize(
    "rows",
    [
        [bought(80, "1.00"), bought(60, "1.50", "shop", "20"), bought(20, "1.50", "shop", "20")],  # once
        [bought(80, "1.00"), bought(10, "1.00"), bought(60, "1.04", "shop", "99"), bought(20, "1.04", "shop", "99")],
        [bought(26, "1.00"), bought(10, "1.00"), bought(25, "1.50", "shop", "20"), bought(20, "1.50", "shop", "20")],
        [bought(95, "1.00"), bought(91, "1.00"), bought(60, "1.50", "shop", "20"), bought(20, "1.50", "shop", "20")],
        [bought(80, "1.00"), bought(10, "1.00"), bought(60, "1.50", "", "20"), bought(20, "1.50", "", "20")],  # who?
        [bought(80, "1.00"), bought(10, "1.00"), bought(60, "1.50", "shop"), bought(20, "1.50", "shop")],  # pennies
    ],
)  # fmt: skip
def test_no_cheaper_source_without_purchases_time_and_difference(rows: list[Purchase]) -> None:
    assert buying.cheaper_sources(rows, day=DAY, currency="EUR") == []


def test_a_price_that_has_risen_is_told_once_and_not_beside_a_cheaper_source() -> None:
    past = [bought(200 - 20 * n, "1.00", quantity="10") for n in range(4)]
    now = [bought(50 - 20 * n, "1.20", quantity="10") for n in range(3)]
    found = one(buying.price_rises(past + now, day=DAY, currency="EUR"))
    assert found.saving == (D("0.20") * 30 * D("30.44") / 60).quantize(D("0.01"))
    assert "from 1.00 EUR a kg to 1.20 EUR a kg, by 20 %" in found.text
    assert buying.price_rises(past + now, day=DAY, currency="EUR", told={"flour / kg"}) == []
    assert buying.price_rises(past[:2] + now, day=DAY, currency="EUR") == []
    unsteady = [
        replace(row, price=D(price)) for row, price in zip(past, ("1", "1.3", "0.9", "1.4"), strict=True)
    ]
    assert buying.price_rises(unsteady + now, day=DAY, currency="EUR") == []


# --- Bills


def test_a_charge_that_comes_twice_a_month_is_told_of_and_a_habit_is_not() -> None:
    twice = monthly(3) + monthly(17)
    found = one(charges.recurring(twice, day=DAY, currency="EUR"))
    assert (found.kind, found.saving) == ("DUPLICATE_CHARGE", D("19.90"))
    assert found.text.startswith("Streamly has charged 19.90 EUR 2 times a month, 3 months in a row.")
    assert (
        charges.recurring([row for day in (2, 9, 16, 23) for row in monthly(day)], day=DAY, currency="EUR")
        == []
    )
    odd = [*monthly(3), charge(date(2026, 5, 28)), charge(date(2026, 4, 9)), charge(date(2026, 3, 19))]
    assert charges.recurring(odd, day=DAY, currency="EUR") == []


def test_a_charge_of_every_month_is_asked_about_where_that_is_worth_a_question() -> None:
    found = one(charges.recurring(monthly(3), day=DAY, currency="EUR"))
    assert (found.kind, found.saving, found.confidence) == ("STANDING_CHARGE", D("19.90"), D("0.30"))
    assert charges.recurring(monthly(3, 5), day=DAY, currency="EUR") == []
    assert charges.recurring(monthly(3, category="groceries"), day=DAY, currency="EUR") == []
    mid = date(2026, 5, 20)  # in the middle of a month the last whole one is April
    assert charges.recurring(monthly(3), day=mid, currency="EUR") == []


def test_bills_without_tax_beside_taxed_ones_are_told_of() -> None:
    taxed = [charge(DAY - timedelta(days=n), "119", tax=D("19")) for n in range(3)]
    silent = [charge(DAY - timedelta(days=n), "238") for n in (5, 6)]
    found = one(charges.untaxed(taxed + silent, day=DAY, currency="EUR"))
    assert found.saving == (D("76.00") * D("30.44") / 90).quantize(D("0.01"))
    assert "2 bills of Streamly do not say their tax; on its others it is 16 %" in found.text
    mixed = [replace(row, tax=D(n)) for n, row in zip((1, 9, 19), taxed, strict=True)]
    assert charges.untaxed(mixed + silent, day=DAY, currency="EUR") == []
    assert charges.untaxed(taxed + silent[:1], day=DAY, currency="EUR") == []


def test_spending_that_is_sorted_nowhere_is_told_of_from_a_tenth_on() -> None:
    lost = [charge(DAY - timedelta(days=n), "10", category="other") for n in range(5)]
    rest = [charge(DAY, "450", category="")]
    found = one(charges.unsorted(lost + rest, day=DAY, currency="EUR"))
    assert (found.saving, found.text.split(" of ")[0]) == (None, "10 %")
    assert charges.unsorted([*lost, charge(DAY, "451", category="")], day=DAY, currency="EUR") == []


# --- What is sold


def stock(**changes: Any) -> Stock:
    values = {
        "product": 7,
        "name": "Lamp",
        "on_hand": D(100),
        "cost": D(5),
        "since": date(2025, 1, 1),
        "sold": D(0),
    }
    return Stock(**{**values, **changes})


def test_stock_that_lies_costs_two_percent_of_its_money_a_month() -> None:
    found = one(selling.slow_stock([stock()], day=DAY, currency="EUR"))
    assert (found.saving, found.links[0].key) == (D("10.00"), 7)
    slow = one(selling.slow_stock([stock(sold=D(30))], day=DAY, currency="EUR"))
    assert slow.saving == D("8.00")  # 60 days of sales, 20 of them, are worth keeping
    quick, new = stock(sold=D(50)), stock(since=DAY - timedelta(days=89))
    assert selling.slow_stock([quick, new, stock(on_hand=D(9))], day=DAY, currency="EUR") == []


def sold(revenue: str, cost: str | None, orders: int = 9, currency: str = "EUR") -> ProductSales:
    return ProductSales(
        product_id=7, name="Lamp", cost=None if cost is None else D(cost), category_id=None, category=None,
        currency=currency, quantity=D(10), revenue=D(revenue), orders=orders,
    )  # fmt: skip


def test_a_product_sold_below_cost_or_hardly_above_is_told_of() -> None:
    near, below = (
        one(selling.thin_margins([sold(revenue, "9")], currency="EUR")) for revenue in ("95", "80")
    )
    assert near.text.startswith("Lamp was sold for 95.00 EUR in 90 days and cost 90.00 EUR: 5 % is left.")
    assert below.text.startswith("Lamp was sold below cost: for 80.00 EUR in 90 days")
    assert below.saving == (D(20) * D("30.44") / 90).quantize(D("0.01"))
    others = [sold("101", "9"), sold("80", None), sold("80", "9", orders=4), sold("80", "9", currency="USD")]
    assert selling.thin_margins(others, currency="EUR") == []


def test_an_hour_with_people_to_spare_is_told_beside_the_busiest() -> None:
    work = {(2, 14): D(24), (5, 11): D(8), (0, 9): D(80)}
    orders = {(2, 14): 6, (5, 11): 90, (0, 9): 150}
    found = one(selling.staffing(orders, work))
    assert found.text.startswith(
        "On Wednesday from 14:00 3.0 people serve 0.3 orders an hour each, on Saturday from 11:00 1.0 serve 11.3."
    )
    assert selling.staffing(orders, {**work, (2, 14): D(8)}) == []
    assert selling.staffing({(5, 11): 90}, work) == []


# --- Energy


def load(*devices: Device, **changes: Any) -> Load:
    values: dict[str, Any] = {
        "devices": devices, "night_kw": D("1.5"), "nights": 28, "mean_price": D("0.30"), "night_price": D("0.20"),
        "hours": {D("0.20"): D(224), D("0.30"): D(448)}, **changes,
    }  # fmt: skip
    return Load(**values)


OVEN = Device(
    key=3, name="Oven", blocks=[D(300), D(250), D(240)], usual_kw=D("1.0"), by_price={D("0.30"): D(300)}
)


def test_power_at_night_beyond_what_the_devices_explain_is_told_of() -> None:
    found = one(power.base_load(load(OVEN), currency="EUR"))
    assert found.saving == (D("0.5") * 4 * D("30.44") * D("0.20")).quantize(D("0.01"))
    assert "1.50 kW are drawn from 1 to 5 o'clock" in found.text
    unknown = Device(key=4, name="Fan", blocks=[D(1)])
    silent = [load(OVEN, unknown), load(OVEN, nights=19), load(OVEN, night_kw=D("1.2"))]
    for drawn in (*silent, load(OVEN, night_price=None)):
        assert power.base_load(drawn, currency="EUR") == []


def test_a_device_that_uses_more_than_in_either_block_before_is_told_of() -> None:
    found = one(power.rising_devices(load(OVEN), currency="EUR"))
    assert (found.saving, found.links[0].kind) == (
        (D(50) * D("30.44") / 28 * D("0.30")).quantize(D("0.01")),
        "DEVICE",
    )
    for blocks in ([D(300), D(250), D(270)], [D(300), D(250), None], [D(300), D(250)]):
        assert power.rising_devices(load(replace(OVEN, blocks=blocks)), currency="EUR") == []


def test_a_device_in_the_dear_hours_is_told_of_and_one_that_runs_evenly_is_not() -> None:
    found = one(power.shifted_loads(load(OVEN), currency="EUR"))
    assert found.saving == (D(75) * D("0.10") * D("30.44") / 28).quantize(D("0.01"))
    even = replace(OVEN, by_price={D("0.30"): D(200), D("0.20"): D(100)})
    assert power.shifted_loads(load(even), currency="EUR") == []
    assert power.shifted_loads(load(OVEN, hours={D("0.30"): D(672)}), currency="EUR") == []
    near = load(OVEN, hours={D("0.30"): D(448), D("0.28"): D(224)})
    assert power.shifted_loads(near, currency="EUR") == []


# --- All of them


NUMBERS = re.compile(r"\d+(?:[.,:]\d+)*")


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_number_of_every_text_is_a_figure_and_causes_are_told_once(data: Any) -> None:
    amounts = st.decimals("0.50", "90", places=2)
    rows = [
        bought(back, str(data.draw(amounts)), data.draw(st.sampled_from(["mill", "shop"])), "9", item=n)
        for n, back in enumerate(data.draw(st.lists(st.integers(0, 235), max_size=25)))
    ]
    bills = [
        charge(DAY - timedelta(days=back), data.draw(st.sampled_from(["9.99", "20.00"])), bill=n,
               tax=data.draw(st.sampled_from([None, D(1)])), category=data.draw(st.sampled_from(["other", ""])))
        for n, back in enumerate(data.draw(st.lists(st.integers(0, 200), max_size=25)))
    ]  # fmt: skip
    facts = Facts(
        day=DAY, currency="EUR", purchases=rows, charges=[*bills, *monthly(2, merchant="a"), *monthly(9, merchant="a")],
        stocks=[stock(name="Lamp {x} 2 %s")], sales=[sold("80", "9")], orders={(2, 14): 6, (5, 11): 200},
        work={(2, 14): D(80), (5, 11): D(30)}, load=load(OVEN),
    )  # fmt: skip
    found = look(facts)
    assert len(found) >= 7
    assert len({row.cause for row in found}) == len(found)
    for row in found:
        shown = {number for text in row.figures.values() for number in NUMBERS.findall(text)}
        assert set(NUMBERS.findall(row.text)) <= shown
        assert not re.search(r"\d", row.template)
        assert len(row.cause) <= 50
        assert len(row.text) <= 1000
        assert row.saving is None or row.saving >= 1
        assert 0 < row.confidence <= D("0.95")
        assert row.links
    assert look(facts) == found
