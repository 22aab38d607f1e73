"""What some days brought: figures from the sums of a store's orders. Pure.

All figures are in one currency, the store's; other currencies stand in rows of their own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from core.ranges import Days
from insights.analyses import CENT, ZERO, ratio
from insights.rows import DaySales, HourSales, PaidBack, PlaceSales, ProductSales, Window

HOURS, WEEKDAYS = range(24), range(7)
NONE_SOLD = Decimal("0.000")


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What some orders brought."""

    revenue: Decimal
    orders: int


@dataclass(frozen=True, kw_only=True)
class DayTaken(Taken):
    date: date


@dataclass(frozen=True, kw_only=True)
class HourTaken(Taken):
    hour: int


@dataclass(frozen=True, kw_only=True)
class WeekdayTaken(Taken):
    """`weekday` counts as date.weekday() does."""

    weekday: int


@dataclass(frozen=True, kw_only=True)
class CurrencyTaken(Taken):
    currency: str


@dataclass(frozen=True, kw_only=True)
class PeriodTaken(Taken):
    """`average` is of an order, None without any."""

    start: date
    end: date
    average: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Overview(PeriodTaken):
    """Some days beside as many before; `growth` is a share of those, None where they brought nothing."""

    best_day: DayTaken | None
    refunded: Decimal
    refunded_orders: int
    previous: PeriodTaken
    growth: Decimal | None
    other_currencies: tuple[CurrencyTaken, ...]


@dataclass(frozen=True, kw_only=True)
class ProductShare:
    product_id: int
    name: str
    quantity: Decimal
    revenue: Decimal
    orders: int
    share: Decimal | None


@dataclass(frozen=True, kw_only=True)
class CategorySales:
    category_id: int | None
    name: str | None
    quantity: Decimal
    revenue: Decimal
    share: Decimal | None


@dataclass(frozen=True, kw_only=True)
class PlaceShare(Taken):
    country: str | None
    city: str | None
    share: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Profit:
    """Revenue less cost, of what has a cost; `covered` is the revenue of that."""

    profit: Decimal
    covered: Decimal
    coverage: Decimal | None


def overview(*, window: Window, currency: str, rows: Iterable[DaySales]) -> Overview:
    """Sum up `window.days` and compare them with `window.before`."""
    rows = list(rows)
    within = [row for row in rows if window.days.start <= row.day < window.days.end]
    own = [row for row in within if row.currency == currency]
    now = _period(window.days, own)
    before = _period(window.before, (row for row in rows if row.currency == currency))
    best = max(own, key=lambda row: (row.revenue, row.orders, -row.day.toordinal()), default=None)
    sold = best is not None and best.orders > 0
    return Overview(
        best_day=DayTaken(date=best.day, revenue=best.revenue, orders=best.orders) if best and sold else None,
        refunded=sum((row.refunded for row in own), ZERO),
        refunded_orders=sum(row.refunded_orders for row in own),
        previous=before,
        growth=ratio(now.revenue - before.revenue, before.revenue),
        other_currencies=_currencies(row for row in within if row.currency != currency),
        **vars(now),
    )


def _period(days: Days, rows: Iterable[DaySales]) -> PeriodTaken:
    taken = _taken(row for row in rows if days.start <= row.day < days.end)
    average = (taken.revenue / taken.orders).quantize(CENT, ROUND_HALF_UP) if taken.orders else None
    return PeriodTaken(start=days.start, end=days.end, average=average, **vars(taken))


def _currencies(rows: Iterable[DaySales]) -> tuple[CurrencyTaken, ...]:
    groups: dict[str, list[DaySales]] = defaultdict(list)
    for row in rows:
        groups[row.currency].append(row)
    return tuple(
        CurrencyTaken(currency=currency, **vars(_taken(group))) for currency, group in sorted(groups.items())
    )


def every_day(*, days: Days, currency: str, rows: Iterable[DaySales]) -> list[DayTaken]:
    """Give every one of `days`, first to last."""
    found = {row.day: row for row in rows if row.currency == currency}
    dates = [days.start + timedelta(days=n) for n in range((days.end - days.start).days)]
    return [DayTaken(date=day, **vars(_taken([found[day]] if day in found else []))) for day in dates]


def every_weekday(*, days: Days, currency: str, rows: Iterable[DaySales]) -> list[WeekdayTaken]:
    """Give every day of the week, Monday first."""
    own = [row for row in rows if row.currency == currency and days.start <= row.day < days.end]
    return [
        WeekdayTaken(weekday=weekday, **vars(_taken(row for row in own if row.day.weekday() == weekday)))
        for weekday in WEEKDAYS
    ]


def every_hour(*, currency: str, rows: Iterable[HourSales]) -> list[HourTaken]:
    """Give every hour of the day."""
    own = [row for row in rows if row.currency == currency]
    return [HourTaken(hour=hour, **vars(_taken(row for row in own if row.hour == hour))) for hour in HOURS]


def top_products(
    *, currency: str, rows: Iterable[ProductSales], first: int, by_quantity: bool
) -> list[ProductShare]:
    """Give the products that brought most, or of which most was sold, largest first."""
    own = [row for row in rows if row.currency == currency]
    whole = sum((row.revenue for row in own), ZERO)
    measure = "quantity" if by_quantity else "revenue"
    own.sort(key=lambda row: (-getattr(row, measure), -row.revenue, row.name, row.product_id))
    return [
        ProductShare(
            product_id=row.product_id,
            name=row.name,
            quantity=row.quantity,
            revenue=row.revenue,
            orders=row.orders,
            share=ratio(row.revenue, whole),
        )
        for row in own[:first]
    ]


def by_category(*, currency: str, rows: Iterable[ProductSales]) -> list[CategorySales]:
    """Put products together by category, largest first; those without one are a group too."""
    groups: dict[int | None, list[ProductSales]] = defaultdict(list)
    for row in rows:
        if row.currency == currency:
            groups[row.category_id].append(row)
    whole = sum((row.revenue for group in groups.values() for row in group), ZERO)
    shares = [
        CategorySales(
            category_id=category_id,
            name=group[0].category,
            quantity=sum((row.quantity for row in group), NONE_SOLD),
            revenue=(revenue := sum((row.revenue for row in group), ZERO)),
            share=ratio(revenue, whole),
        )
        for category_id, group in groups.items()
    ]
    return sorted(shares, key=lambda row: (-row.revenue, row.name or "", row.category_id or 0))


def by_place(*, currency: str, rows: Iterable[PlaceSales], cities: bool) -> list[PlaceShare]:
    """Put orders together by the customer's country, or by its city there, largest first."""
    groups: dict[tuple[str | None, str | None], list[PlaceSales]] = defaultdict(list)
    for row in rows:
        if row.currency == currency:
            groups[row.country, row.city if cities else None].append(row)
    whole = sum((row.revenue for group in groups.values() for row in group), ZERO)
    shares = [
        PlaceShare(country=country, city=city, share=ratio(taken.revenue, whole), **vars(taken))
        for (country, city), group in groups.items()
        if (taken := _taken(group))
    ]
    return sorted(shares, key=lambda row: (-row.revenue, -row.orders, row.country or "", row.city or ""))


def profit(*, currency: str, rows: Iterable[ProductSales]) -> Profit:
    """Take the costs that are known, as they are now, from what their products brought."""
    own = [row for row in rows if row.currency == currency]
    known = [(row.revenue, row.quantity * row.cost) for row in own if row.cost is not None]
    covered = sum((revenue for revenue, _ in known), ZERO)
    cost = sum((cost for _, cost in known), ZERO)
    return Profit(
        profit=(covered - cost).quantize(CENT, ROUND_HALF_UP),
        covered=covered,
        coverage=ratio(covered, sum((row.revenue for row in own), ZERO)),
    )


def refunds(*, currency: str, rows: Iterable[PaidBack]) -> PaidBack:
    """Give what was paid back in one currency."""
    own = [row for row in rows if row.currency == currency]
    return own[0] if own else PaidBack(currency=currency, total=ZERO, count=0)


def _taken(rows: Iterable[DaySales | HourSales | PlaceSales]) -> Taken:
    rows = list(rows)
    return Taken(revenue=sum((row.revenue for row in rows), ZERO), orders=sum(row.orders for row in rows))
