"""What is bought again and again: dearer than elsewhere, or than it was. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

from insights.prices import LEAST_RISE, PRICE, Purchase, by_thing, usual_and_limit
from insights.suggestions.found import LEAST, LINKS, Found, Kind, Link, a_month, amount, percent, price, sure

SPAN = 90  # days in which merchants are compared
LEAST_SPAN = 28  # days: what was bought for less long says too little about a month
LEAST_PURCHASES = 2  # of each merchant
LEAST_DIFFERENCE = Decimal("0.05")
RECENT, EARLIER = 60, 240  # days: those of a price now, and those of the price before
LEAST_PRICES = 3  # on each side
Merchant = int | str | None


def cheaper_sources(purchases: Iterable[Purchase], *, day: date, currency: str) -> list[Found]:
    """Find what is bought from several merchants, and would have cost less from one of them.

    Needs two purchases from each of two merchants in 90 days, over four weeks, and medians 5 % apart.
    """
    recent = [one for one in purchases if day - timedelta(days=SPAN) < one.day <= day]
    found = (_cheaper(rows, day, currency) for rows in by_thing(recent).values())
    return [one for one in found if one is not None]


def _cheaper(rows: Sequence[Purchase], day: date, currency: str) -> Found | None:
    groups = {key: some for key, some in _by_merchant(rows).items() if len(some) >= LEAST_PURCHASES}
    span = (day - rows[0].day).days + 1
    if len(groups) < 2 or span < LEAST_SPAN:
        return None
    usual = {key: _median(some) for key, some in groups.items()}
    best = min(groups, key=lambda key: (usual[key], str(key)))
    limit = usual[best] * (1 + LEAST_DIFFERENCE)
    dear = [
        one for key, some in groups.items() if usual[key] > limit for one in some if one.price > usual[best]
    ]
    lost = sum((one.quantity * (one.price - usual[best]) for one in dear), Decimal(0))
    saving = a_month(lost, days=span)
    if saving < LEAST:
        return None
    worst = max((key for key in groups if usual[key] > limit), key=lambda key: (usual[key], str(key)))
    cheap, highest = groups[best], max(one.price for one in groups[best])
    always = Decimal(sum(one.price > highest for one in dear)) / len(dear)
    return Found(
        kind=Kind.CHEAPER_SOURCE,
        about=rows[0].thing,
        template="{item} costs {cheap_price} at {cheap_merchant} and {dear_price} at {dear_merchant}. What "
        "was bought dearer in the last {days} days would have cost {saving} less a month there.",
        figures={
            "item": rows[-1].name,
            "cheap_price": _unit(price(usual[best], currency), rows[-1]),
            "cheap_merchant": _called(cheap[-1]),
            "dear_price": _unit(price(usual[worst], currency), rows[-1]),
            "dear_merchant": _called(groups[worst][-1]),
            "days": str(span),
            "saving": amount(saving, currency),
        },
        saving=saving,
        confidence=sure(min(len(cheap), len(dear)), of=(1 + always) / 2),
        links=_links([*cheap[-2:], *sorted(dear, key=lambda one: -one.price)[: LINKS - 2]], currency),
    )


def price_rises(
    purchases: Iterable[Purchase], *, day: date, currency: str, told: Collection[str] = ()
) -> list[Found]:
    """Find what a merchant takes more for than half a year ago, but for things that are `told` of already.

    Needs three purchases in the last 60 days and three in the 180 before, and a rise of 8 % that is beyond
    the usual spread of its price.
    """
    found = []
    for thing, rows in by_thing(purchases).items():
        for some in _by_merchant(rows).values() if thing not in told else ():
            if rise := _risen(some, day, currency):
                found.append(rise)
    return found


def _risen(rows: Sequence[Purchase], day: date, currency: str) -> Found | None:
    border = day - timedelta(days=RECENT)
    now = [one for one in rows if border < one.day <= day]
    past = [one for one in rows if day - timedelta(days=EARLIER) < one.day <= border]
    if len(now) < LEAST_PRICES or len(past) < LEAST_PRICES:
        return None
    before, limit = usual_and_limit([one.price for one in past])
    after = _median(now)
    saving = a_month((after - before) * sum((one.quantity for one in now), Decimal(0)), days=RECENT)
    if after <= limit or after < before * (1 + LEAST_RISE) or saving < LEAST:
        return None
    last = now[-1]
    return Found(
        kind=Kind.PRICE_RISE,
        about=f"{last.thing} @ {last.merchant}",
        template="{item} at {merchant} has risen from {before} to {after}, by {share}. At what is bought of"
        " it now that is {saving} more a month: ask for the old price, or for another offer.",
        figures={
            "item": last.name,
            "merchant": _called(last),
            "before": _unit(price(before, currency), last),
            "after": _unit(price(after, currency), last),
            "share": percent(after / before - 1),
            "saving": amount(saving, currency),
        },
        saving=saving,
        confidence=sure(min(len(now), len(past))),
        links=_links([*past[-3:], *now[-3:]], currency),
    )


def _by_merchant(rows: Iterable[Purchase]) -> dict[Merchant, list[Purchase]]:
    """Part purchases by who was paid; nobody is no merchant."""
    found: dict[Merchant, list[Purchase]] = defaultdict(list)
    for row in rows:
        if row.merchant not in (None, ""):
            found[row.merchant].append(row)
    return found


def _median(rows: Sequence[Purchase]) -> Decimal:
    return Decimal(median(one.price for one in rows)).quantize(PRICE, ROUND_HALF_UP)


def _called(one: Purchase) -> str:
    return one.merchant_name or "another merchant"


def _unit(text: str, one: Purchase) -> str:
    return f"{text} a {one.unit}" if one.unit else text


def _links(rows: Iterable[Purchase], currency: str) -> tuple[Link, ...]:
    return tuple(
        Link(
            kind="ITEM",
            key=one.item,
            name=f"{one.name}, {_called(one)}, {one.day.isoformat()}",
            label="price of one",
            value=one.price,
            unit=currency,
        )
        for one in rows
    )
