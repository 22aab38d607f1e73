"""Prices of what is bought again and again: against their own past, and against other merchants. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

PRICE = Decimal("0.0001")
CENT = Decimal("0.01")
LEAST_PURCHASES = 4  # before the one that is judged
LEAST_RISE = Decimal("0.08")  # of the usual price: less is rounding and season
SPREADS = 3  # how many times the usual spread of its price a rise must be
FRESH = timedelta(days=60)  # how old another merchant's price may be to be compared with
DAYS_A_MONTH = Decimal("30.44")


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """A line of a bill: a quantity of one thing at a price a unit; `item` and `bill` are the rows' keys."""

    day: date
    thing: str  # folded description and unit: what tells things apart
    name: str
    unit: str
    merchant: int | str | None  # its key, else its folded name
    merchant_name: str
    quantity: Decimal
    price: Decimal
    item: int
    bill: int


@dataclass(frozen=True, kw_only=True)
class Rise:
    """A price that is above its own past; `cheaper` is the last price of another merchant below it."""

    bought: Purchase
    usual: Decimal
    limit: Decimal  # up to which it would have been silent
    past: tuple[Purchase, ...]
    cheaper: Purchase | None

    @property
    def share(self) -> Decimal:
        """How much more than usual, 0.25 being a quarter."""
        return (self.bought.price / self.usual - 1).quantize(PRICE, ROUND_HALF_UP)


def by_thing(purchases: Iterable[Purchase]) -> dict[str, list[Purchase]]:
    """Group purchases by what was bought, the oldest first."""
    found: dict[str, list[Purchase]] = defaultdict(list)
    for purchase in sorted(purchases, key=lambda one: (one.day, one.item)):
        if purchase.price > 0:
            found[purchase.thing].append(purchase)
    return found


def rises(purchases: Iterable[Purchase], *, day: date) -> list[Rise]:
    """Find what was bought on `day` at a price above its own past at that merchant, for the first time.

    The past is the median of the purchases before, its spread the MAD; a rise that the purchase before
    showed already is no news.
    """
    found = []
    for thing in by_thing(purchases).values():
        today = [one for one in thing if one.day == day]
        for bought in {one.merchant: one for one in today}.values():
            own = [one for one in thing if one.merchant == bought.merchant and one.day < day]
            if rise := _rise(bought, own):
                others = [one for one in thing if one.merchant != bought.merchant and one.day <= day]
                found.append(_beside(rise, others))
    return found


def _rise(bought: Purchase, past: Sequence[Purchase]) -> Rise | None:
    if len(past) < LEAST_PURCHASES:
        return None
    usual, limit = usual_and_limit([one.price for one in past])
    if bought.price <= limit:
        return None
    earlier = [one.price for one in past[:-1]]
    if len(earlier) >= LEAST_PURCHASES and past[-1].price > usual_and_limit(earlier)[1]:
        return None
    return Rise(bought=bought, usual=usual, limit=limit, past=tuple(past), cheaper=None)


def usual_and_limit(prices: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """Give the usual one of some prices, and the one above which another is a rise."""
    usual = Decimal(median(prices))
    spread = Decimal(median(abs(price - usual) for price in prices)) * Decimal("1.4826")
    least = usual * LEAST_RISE
    return usual.quantize(PRICE), (usual + max(least, SPREADS * spread)).quantize(PRICE, ROUND_HALF_UP)


def _beside(rise: Rise, others: Sequence[Purchase]) -> Rise:
    """Name the cheapest merchant of those whose last price is fresh and below."""
    last = {one.merchant: one for one in others if rise.bought.day - one.day <= FRESH}
    below = [one for one in last.values() if one.price < rise.bought.price]
    cheapest = min(below, key=lambda one: (one.price, one.merchant_name), default=None)
    return Rise(bought=rise.bought, usual=rise.usual, limit=rise.limit, past=rise.past, cheaper=cheapest)


def a_month(amount: Decimal, *, days: int) -> Decimal:
    """Turn what some days came to into a month's."""
    return (amount * DAYS_A_MONTH / max(days, 1)).quantize(CENT, ROUND_HALF_UP)
