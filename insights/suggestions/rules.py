"""All rules, in one list. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from insights.prices import Purchase
from insights.rows import ProductSales
from insights.suggestions import buying, charges, power, selling
from insights.suggestions.charges import Charge
from insights.suggestions.found import Found
from insights.suggestions.power import Load
from insights.suggestions.selling import Hour, Stock


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the books of a store say until a day, in its currency, as far as any rule looks back."""

    day: date
    currency: str
    purchases: Sequence[Purchase] = ()
    charges: Sequence[Charge] = ()
    stocks: Sequence[Stock] = ()
    sales: Sequence[ProductSales] = ()
    orders: Mapping[Hour, int] | None = None
    work: Mapping[Hour, Decimal] | None = None
    load: Load | None = None


def look(facts: Facts) -> list[Found]:
    """Apply every rule; each cause is found once."""
    day, currency = facts.day, facts.currency
    cheaper = buying.cheaper_sources(facts.purchases, day=day, currency=currency)
    found = [
        *cheaper,
        *buying.price_rises(facts.purchases, told={one.about for one in cheaper}, day=day, currency=currency),
        *charges.recurring(facts.charges, day=day, currency=currency),
        *charges.untaxed(facts.charges, day=day, currency=currency),
        *charges.unsorted(facts.charges, day=day, currency=currency),
        *selling.slow_stock(facts.stocks, day=day, currency=currency),
        *selling.thin_margins(facts.sales, currency=currency),
        *selling.staffing(facts.orders or {}, facts.work or {}),
    ]
    if facts.load is not None:
        for rule in (power.base_load, power.rising_devices, power.shifted_loads):
            found += rule(facts.load, currency=currency)
    return found
