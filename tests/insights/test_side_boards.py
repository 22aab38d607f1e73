"""Every figure of the dashboards of sales and energy, against a plain loop over the raw rows of random books."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from core.ranges import Days
from energy import figures, sums
from insights import sales, series
from insights.rows import Window
from sales.models import Order
from tests.insights.ledgers import QUARTER, Ledger, _price, ledgers
from tests.insights.test_boards import CENT, ONE_DAY, dates, first_of_month, first_of_week, ratio

pytestmark = pytest.mark.django_db

LATER = datetime(2026, 1, 1, tzinfo=UTC)
KWH = Decimal("0.000001")
NONE = Decimal(0)


def agree(seed: int) -> None:
    """Compare the sales and the energy of both stores of some random books."""
    chance = random.Random(seed)
    written = ledgers(seed)
    for ledger in written:
        for device in {reading.device for reading in ledger.readings}:
            device.refresh_from_db()  # its dates as dates
    end = written[0].anchor + timedelta(days=chance.randint(-2, 12))
    length = chance.choice([0, 1, 2, 7, 31, 80])
    spans = {ledger.store: Days(end - timedelta(days=length), end) for ledger in written}
    same_sales(written, spans)
    found = figures.windows(list(spans.items()), now=LATER, by_device=True)
    before = figures.compared(found, figures.period_before)
    for ledger, window, other in zip(written, found, before, strict=True):
        same_energy(ledger, window, other)


# --- Sales


def same_sales(written: Iterable[Ledger], spans: dict[Any, Days]) -> None:
    windows = {store: Window.beside(days) for store, days in spans.items()}
    by_day = series.sales_by_day(spans={store: window.whole for store, window in windows.items()})
    by_hour, by_product = series.sales_by_hour(spans=spans), series.sales_by_product(spans=spans)
    for ledger in written:
        store, days = ledger.store, spans[ledger.store]
        currency, window, key = store.currency, windows[store], store.pk
        own = sold(ledger, days, currency)
        same_overview(ledger, window, sales.overview(window=window, currency=currency, rows=by_day[key]), own)
        told = sales.every_day(days=days, currency=currency, rows=by_day[key])
        assert [(row.date, row.revenue, row.orders) for row in told] == [
            (day, *taken(one for one in own if local(ledger, one).date() == day)) for day in dates(days)
        ]
        weekdays = sales.every_weekday(days=days, currency=currency, rows=by_day[key])
        assert [(row.weekday, row.revenue, row.orders) for row in weekdays] == [
            (n, *taken(one for one in own if local(ledger, one).weekday() == n)) for n in range(7)
        ]
        hours = sales.every_hour(currency=currency, rows=by_hour[key])
        assert [(row.hour, row.revenue, row.orders) for row in hours] == [
            (n, *taken(one for one in own if local(ledger, one).hour == n)) for n in range(24)
        ]
        same_products(ledger, own, by_product[key])


def same_overview(ledger: Ledger, window: Window, found: Any, own: list[Order]) -> None:
    days, before = window.days, window.before
    assert (found.start, found.end, found.revenue, found.orders) == (days.start, days.end, *taken(own))
    assert found.average == mean(own)
    earlier = sold(ledger, before, ledger.store.currency)
    previous = found.previous
    assert (previous.start, previous.end, previous.revenue, previous.orders, previous.average) == (
        before.start, before.end, *taken(earlier), mean(earlier)
    )  # fmt: skip
    now, then = taken(own)[0], taken(earlier)[0]
    assert found.growth == ratio(now - then, then)
    back = sold(ledger, days, ledger.store.currency, status="REFUNDED")
    assert (found.refunded, found.refunded_orders) == taken(back)
    others = {order.currency for order, _ in ledger.orders} - {ledger.store.currency}
    expected = {currency: taken(sold(ledger, days, currency)) for currency in others}
    told = {row.currency: (row.revenue, row.orders) for row in found.other_currencies}
    assert told == {
        currency: expected[currency]
        for currency in others
        if expected[currency][1] or sold(ledger, days, currency, status="REFUNDED")
    }
    by_day = {day: taken(one for one in own if local(ledger, one).date() == day) for day in dates(days)}
    best = max(by_day.items(), key=lambda item: (*item[1], -item[0].toordinal()), default=None)
    if best is None or not best[1][1]:
        assert found.best_day is None or found.best_day.orders
    else:
        assert (found.best_day.date, found.best_day.revenue, found.best_day.orders) == (best[0], *best[1])


def same_products(ledger: Ledger, own: list[Order], rows: Any) -> None:
    currency = ledger.store.currency
    keys = {order.pk for order in own}
    lines = [line for order, some in ledger.orders if order.pk in keys for line in some]
    whole = sum((line.total for line in lines), NONE)
    products = {line.product_id: line.product for line in lines}
    found = sales.top_products(currency=currency, rows=rows, first=100, by_quantity=False)
    assert {row.product_id: (row.quantity, row.revenue, row.orders, row.share) for row in found} == {
        key: (
            sum((line.quantity for line in mine), NONE),
            (revenue := sum((line.total for line in mine), NONE)),
            len({line.order_id for line in mine}),
            ratio(revenue, whole),
        )
        for key in products
        if (mine := [line for line in lines if line.product_id == key])
    }
    assert [row.revenue for row in found] == sorted((row.revenue for row in found), reverse=True)
    kinds = {product.category_id for product in products.values()}
    told = {
        row.category_id: (row.revenue, row.share) for row in sales.by_category(currency=currency, rows=rows)
    }
    assert told == {
        kind: (brought, ratio(brought, whole))
        for kind in kinds
        for brought in [sum((one.total for one in lines if one.product.category_id == kind), NONE)]
    }
    costed = [line for line in lines if line.product.cost is not None]
    covered = sum((line.total for line in costed), NONE)
    profit = covered - sum((line.quantity * line.product.cost for line in costed), NONE)
    earned = sales.profit(currency=currency, rows=rows)
    assert (earned.profit, earned.covered, earned.coverage) == (
        profit.quantize(CENT, ROUND_HALF_UP), covered, ratio(covered, whole)
    )  # fmt: skip


def sold(ledger: Ledger, days: Days, currency: str, *, status: str = "COMPLETED") -> list[Order]:
    return [
        order
        for order, _ in ledger.orders
        if order.status == status
        and order.currency == currency
        and days.start <= local(ledger, order).date() < days.end
    ]


def local(ledger: Ledger, order: Order) -> datetime:
    return order.closed_at.astimezone(ledger.zone)


def taken(orders: Iterable[Order]) -> tuple[Decimal, int]:
    orders = list(orders)
    return sum((order.total for order in orders), NONE), len(orders)


def mean(orders: list[Order]) -> Decimal | None:
    revenue, count = taken(orders)
    return (revenue / count).quantize(CENT, ROUND_HALF_UP) if count else None


# --- Energy


class Quarters:
    """The readings of a ledger within some days, a quarter of an hour at a time."""

    def __init__(self, ledger: Ledger, days: Days) -> None:
        self.start = midnight(ledger, days.start)
        self.kwh: dict[date, Decimal] = defaultdict(Decimal)
        self.cost: dict[date, Decimal] = defaultdict(Decimal)
        self.unpriced = self.estimated = NONE
        self.covered: dict[date, timedelta] = defaultdict(timedelta)
        self.hours: dict[int, Decimal] = defaultdict(Decimal)
        self.nights: dict[date, Decimal] = defaultdict(Decimal)
        self.devices: dict[int, list[Decimal]] = defaultdict(lambda: [NONE, NONE, NONE])
        for reading in ledger.readings:
            part = reading.kwh / ((reading.end - reading.start) // QUARTER)
            fine, at = reading.end - reading.start <= timedelta(hours=1), reading.start
            while at < reading.end:
                here = at.astimezone(ledger.zone)
                if days.start <= here.date() < days.end:
                    self._add(ledger, reading, part, here, fine=fine)
                at += QUARTER

    def _add(self, ledger: Ledger, reading: Any, part: Decimal, here: datetime, *, fine: bool) -> None:
        day, device = here.date(), self.devices[reading.device_id]
        if reading.quality == "ESTIMATED":
            self.estimated += part
            device[2] += part
            return
        price = _price(ledger, here)
        self.kwh[day] += part
        self.covered[day] += QUARTER
        self.cost[day] += part * (price or 0)
        self.unpriced += part if price is None else 0
        device[0] += part
        device[1] += part * (price or 0)
        if fine:
            self.hours[(here.astimezone(UTC) - self.start) // timedelta(hours=1)] += part
            if 1 <= here.hour < 5:
                self.nights[day] += part

    @property
    def total(self) -> Decimal:
        return sum(self.kwh.values(), NONE)


def midnight(ledger: Ledger, day: date) -> datetime:
    return datetime.combine(day, time(), ledger.zone).astimezone(UTC)


def length(ledger: Ledger, day: date) -> timedelta:
    return midnight(ledger, day + ONE_DAY) - midnight(ledger, day)


def night(ledger: Ledger, day: date) -> timedelta:
    """Give how long it is from 1 to 5 o'clock: an hour more or less where the clock changes."""
    at, found = midnight(ledger, day), timedelta(0)
    while at < midnight(ledger, day + ONE_DAY):
        found += QUARTER if 1 <= at.astimezone(ledger.zone).hour < 5 else timedelta(0)
        at += QUARTER
    return found


def money(ledger: Ledger, amount: Decimal, days: Iterable[date]) -> Decimal | None:
    """Round a cost; None where no tariff holds on any of the days."""
    priced = any(start <= day for day in days for start, _, _ in ledger.prices)
    return amount.quantize(CENT, ROUND_HALF_UP) if priced else None


def same_energy(ledger: Ledger, window: Any, other: Any) -> None:
    days, usage = window.days, window.usage
    all_days, read = dates(days), Quarters(ledger, days)
    assert usage.total.kwh == read.total
    assert (usage.cost().amount, usage.cost().unpriced_kwh) == (
        money(ledger, sum(read.cost.values(), NONE), all_days), read.unpriced
    )  # fmt: skip
    same_parts(ledger, read, usage.by_day(), all_days, lambda day: day)
    first = ledger.store.week_start
    same_parts(ledger, read, usage.by_week(first), all_days, lambda day: first_of_week(day, first))
    same_parts(ledger, read, usage.by_month(), all_days, first_of_month)
    used = [read.kwh[day] for day in all_days if read.covered[day]]
    assert usage.average() == (Decimal(round(sum(used) / len(used) / KWH)) * KWH if used else None)
    most = max(read.kwh.values(), default=NONE)
    peak = min((day for day in all_days if read.kwh[day] == most), default=None)
    assert usage.peak_day() == ((peak, most) if most else None)
    hours = sorted(read.hours.items())
    if len(all_days) <= sums.MAX_HOURLY_DAYS:
        assert [
            ((hour.start - read.start) // timedelta(hours=1), hour.consumption) for hour in window.hours()
        ] == hours
    top = max(hours, key=lambda pair: (pair[1], -pair[0]), default=None)
    best = window.peak_hour()
    assert (best and best.consumption) == (top and top[1])
    loads = [kwh / Decimal(night(ledger, day) / timedelta(hours=1)) for day, kwh in read.nights.items()]
    base = usage.night_base_load()
    assert (base and base.nights) == (len(loads) or None)
    assert base is None or base.kw == median(loads).quantize(Decimal("0.001"), ROUND_HALF_UP)
    same_devices(ledger, window, read, all_days)
    assert usage.estimated.kwh == read.estimated
    same_coverage(ledger, window.coverage(), read, all_days)
    then = Quarters(ledger, other.days).total
    assert other.days == Days(days.start - (days.end - days.start), days.start)
    assert (other.usage.total.kwh, other.change) == (then, read.total - then)
    assert other.ratio == ratio(read.total - then, then)


def same_parts(
    ledger: Ledger, read: Quarters, found: Any, days: list[date], of: Callable[[date], date]
) -> None:
    groups: dict[date, list[date]] = defaultdict(list)
    for day in days:
        groups[of(day)].append(day)
    assert [(part.start, part.end, part.consumption, part.cost, part.covered) for part in found] == [
        (
            some[0],
            some[-1] + ONE_DAY,
            sum((read.kwh[day] for day in some), NONE),
            money(ledger, sum((read.cost[day] for day in some), NONE), some),
            sum((read.covered[day] for day in some), timedelta(0)),
        )
        for some in groups.values()
    ]


def same_devices(ledger: Ledger, window: Any, read: Quarters, days: list[date]) -> None:
    found = figures.by_device(window)
    told = {part.device.pk: (part.consumption, part.share, part.estimated) for part in found}
    expected = {
        key: (kwh, ratio(kwh, read.total), estimated) for key, (kwh, _, estimated) in read.devices.items()
    }
    assert {key: told[key] for key in expected} == expected
    assert not any(kwh or estimated for key, (kwh, _, estimated) in told.items() if key not in expected)
    for part in found:
        if part.cost is not None:
            assert part.cost == money(ledger, read.devices[part.device.pk][1], days)
    assert [part.consumption for part in found] == sorted((part.consumption for part in found), reverse=True)


def same_coverage(ledger: Ledger, found: Any, read: Quarters, days: list[date]) -> None:
    meters = {reading.device for reading in ledger.readings}
    due = {day: length(ledger, day) * sum(meter.in_use_from <= day for meter in meters) for day in days}
    whole = sum(due.values(), timedelta(0))
    part = sum((min(read.covered[day], due[day]) for day in days), timedelta(0))
    share = ratio(Decimal(part / QUARTER), Decimal(whole / QUARTER))
    missing = [day for day in days if due[day] and not read.covered[day]]
    assert (found.share, found.missing_count) == (share, len(missing))
    assert list(found.missing_days) == missing[:100]


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_every_figure_of_sales_and_energy_equals_a_loop_over_the_raw_rows(seed):
    with transaction.atomic():
        agree(seed)
        transaction.set_rollback(True)
