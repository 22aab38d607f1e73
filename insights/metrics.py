"""What is measured, by what it is told apart, and in what steps of time. Pure.

Sums of one metric add up over groups and over time; `figure` makes of a sum what is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from core.ranges import Days, month, week
from core.roles import Permission

Key = int | str | None  # of a group: a row's, a folded text, a number such as an hour; None for the rest
Start = date | datetime | None  # of a step: a day, or the instant of an hour; None without steps

CENT = Decimal("0.01")
PRICE = Decimal("0.0001")
NOTHING = Decimal(0)


class Metric(StrEnum):
    SPEND = "SPEND"
    REVENUE = "REVENUE"
    PROFIT = "PROFIT"
    ORDERS = "ORDERS"
    ITEMS = "ITEMS"
    ENERGY_KWH = "ENERGY_KWH"
    ENERGY_COST = "ENERGY_COST"
    UNIT_PRICE = "UNIT_PRICE"


class Dimension(StrEnum):
    CATEGORY = "CATEGORY"
    MERCHANT = "MERCHANT"
    ITEM = "ITEM"
    PRODUCT = "PRODUCT"
    BRAND = "BRAND"
    COLLECTION = "COLLECTION"
    CUSTOMER = "CUSTOMER"
    CHANNEL = "CHANNEL"
    DEVICE = "DEVICE"
    DEVICE_CATEGORY = "DEVICE_CATEGORY"
    WEEKDAY = "WEEKDAY"
    HOUR = "HOUR"


class Grain(StrEnum):
    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


class Comparison(StrEnum):
    PREVIOUS_PERIOD = "PREVIOUS_PERIOD"
    YEAR_AGO = "YEAR_AGO"


D, M = Dimension, Metric
CLOCK = {D.WEEKDAY, D.HOUR}
SHOWN = {M.ORDERS: Decimal(1), M.ITEMS: Decimal("0.001"), M.ENERGY_KWH: Decimal("0.000001")}
OF_ENERGY = frozenset({M.ENERGY_KWH, M.ENERGY_COST})
OF_MONEY = frozenset({M.SPEND, M.REVENUE, M.PROFIT, M.ENERGY_COST, M.UNIT_PRICE})
SOLD = frozenset({D.CATEGORY, D.PRODUCT, D.BRAND, D.COLLECTION, D.CUSTOMER, D.CHANNEL, *CLOCK})
DIMENSIONS: dict[Metric, frozenset[Dimension]] = {
    M.SPEND: frozenset({D.CATEGORY, D.MERCHANT, D.ITEM, D.PRODUCT, D.BRAND, D.COLLECTION, *CLOCK}),
    M.REVENUE: SOLD,
    M.PROFIT: SOLD,
    M.ORDERS: SOLD,
    M.ITEMS: SOLD,
    M.ENERGY_KWH: frozenset({D.DEVICE, D.DEVICE_CATEGORY, *CLOCK}),
    M.ENERGY_COST: frozenset({D.DEVICE, D.DEVICE_CATEGORY, *CLOCK}),
    M.UNIT_PRICE: frozenset({D.ITEM, D.PRODUCT}),
}
BY_DAY_ALONE = frozenset({M.SPEND, M.UNIT_PRICE})  # a bill bears a day, and not always a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What the rows of one group in one step of time come to, in one currency.

    `base` is what the value stands on: the quantity bought of UNIT_PRICE, whose value is what it cost; of
    PROFIT the revenue whose costs are known; of ENERGY_COST the hours of readings that a tariff prices.
    `count` is of bills, of their lines, of orders, of order lines or of readings. A day of energy of which
    less than nine tenths were read is not `whole`. `currency` is empty for kWh. `rest` is of all groups but
    the largest, where no more than these were asked for.
    """

    start: Start = None
    key: Key = None
    name: str = ""
    currency: str = ""
    value: Decimal = NOTHING
    base: Decimal = NOTHING
    count: int = 0
    whole: bool = True
    rest: bool = False


def check(metric: Metric, dimension: Dimension | None = None, grain: Grain | None = None) -> None:
    """Refuse what the books cannot tell.

    Raises: ValueError with a sentence to show.
    """
    if dimension is not None and dimension not in DIMENSIONS[metric]:
        known = ", ".join(sorted(DIMENSIONS[metric]))
        raise ValueError(f"{metric} is told apart by {known}, not by {dimension}.")
    if metric is M.UNIT_PRICE and dimension is None:
        raise ValueError("UNIT_PRICE is of one thing: ask for it by ITEM or PRODUCT.")
    if grain is Grain.HOUR and metric in BY_DAY_ALONE:
        raise ValueError(f"{metric} is known by the day, not by the hour.")


def needed(metric: Metric, dimension: Dimension | None) -> tuple[Permission, ...]:
    """Say who may see a metric by a dimension."""
    more = {Permission.ENERGY_VIEW} if metric in OF_ENERGY else set()
    if dimension is D.CUSTOMER:
        more.add(Permission.CUSTOMER_VIEW)
    return (Permission.INSIGHT_VIEW, *more)


def figure(metric: Metric, total: Total) -> Decimal | None:
    """Give what is shown of a sum: amounts to the cent, a price to four places.

    None for the price of what was not bought, and for the cost of energy that no tariff prices.
    """
    if metric is M.UNIT_PRICE:
        return (total.value / total.base).quantize(PRICE, ROUND_HALF_UP) if total.base else None
    if metric is M.ENERGY_COST and total.count and not total.base:
        return None
    return total.value.quantize(SHOWN.get(metric, CENT), ROUND_HALF_UP)


def currency_of(metric: Metric, currency: str) -> str | None:
    """Give the store's currency back for a metric that is money, None for another."""
    return currency if metric in OF_MONEY else None


def step_of(day: date, grain: Grain, week_start: int) -> date:
    """Give the first day of the day, week or month that holds `day`."""
    if grain is Grain.WEEK:
        return week(day, week_start).start
    return month(day).start if grain is Grain.MONTH else day


def steps(days: Days, grain: Grain, week_start: int) -> list[date]:
    """List the first days of the steps that reach into some days; the first may lie before them."""
    found, start = [], step_of(days.start, grain, week_start)
    while days.start < days.end and start < days.end:
        found.append(start)
        length = {Grain.DAY: 1, Grain.WEEK: 7}.get(grain, 31)
        start = step_of(start + timedelta(days=length), grain, week_start)
    return found


def compared(days: Days, comparison: Comparison) -> Days:
    """Give the days that some days are compared with: as many before them, or the same a year earlier."""
    if comparison is Comparison.YEAR_AGO:
        return Days(_year_before(days.start), _year_before(days.end))
    return Days(days.start - (days.end - days.start), days.start)


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # the 29th of February
        return day.replace(year=day.year - 1, day=28)


def every(days: Days) -> Iterator[date]:
    """Count the days, first to last."""
    return (days.start + timedelta(days=n) for n in range((days.end - days.start).days))


def merged(totals: Iterable[Total], *, start: Start = None, key: Key = None) -> Total:
    """Add up sums of one metric and currency."""
    totals = tuple(totals)
    if len(totals) == 1 and (totals[0].start, totals[0].key) == (start, key):
        return totals[0]
    value = base = NOTHING
    count, whole, currency, name = 0, True, "", ""
    for total in totals:
        value += total.value
        base += total.base
        count += total.count
        whole &= total.whole
        currency, name = total.currency, total.name
    return Total(
        start=start, key=key, name=name, currency=currency, value=value, base=base, count=count, whole=whole
    )


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """On how many of some days there is anything in the books; `first` and `last` are such days.

    `partial` days have energy of which less than nine tenths were read.
    """

    days: int
    recorded: int
    partial: int
    first: date | None
    last: date | None


def coverage(days: Days, recorded: dict[date, Total]) -> Coverage:
    """Say what the sums of some days, by day, stand on."""
    found = sorted(day for day in recorded if days.start <= day < days.end)
    return Coverage(
        days=(days.end - days.start).days,
        recorded=len(found),
        partial=sum(not recorded[day].whole for day in found),
        first=found[0] if found else None,
        last=found[-1] if found else None,
    )
