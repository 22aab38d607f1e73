"""What is sold: stock that lies, prices that leave nothing, hours with too many people. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from insights.rows import ProductSales
from insights.suggestions.found import (
    CENT,
    DAYS_A_MONTH,
    LEAST,
    Found,
    Kind,
    Link,
    a_month,
    amount,
    links_of,
    number,
    percent,
    sure,
)

SPAN = 90  # days of sales
LONGEST_COVER = 180  # days that stock may last
KEPT = 60  # days of sales that are worth keeping
# What money in stock costs a month: storage, decay and capital are 20 to 30 % a year by the textbooks.
HOLDING = Decimal("0.02")
LEAST_MARGIN = Decimal("0.10")
LEAST_ORDERS = 5
WEEKS = 8
LEAST_SERVED = 100  # orders, and hours of work: less says nothing of a single hour
PEOPLE = Decimal("1.75")  # on average, of whom one may be spared
QUIET, BUSY = Decimal(1) / 3, Decimal(2)  # times the usual orders an hour of work
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
Hour = tuple[int, int]  # of the week: the weekday, as date.weekday() counts, and the hour


@dataclass(frozen=True, kw_only=True)
class Stock:
    """A product of which stock is kept: what is there, what one cost, and what was sold of it in 90 days."""

    product: int
    name: str
    on_hand: Decimal
    cost: Decimal
    since: date
    sold: Decimal


def slow_stock(stocks: Iterable[Stock], *, day: date, currency: str) -> list[Found]:
    """Find stock that would last for half a year, or of which nothing was sold in 90 days.

    Needs its cost, and that it has been in the books for 90 days.
    """
    found = []
    for stock in stocks:
        lasts = stock.on_hand * SPAN / stock.sold if stock.sold > 0 else None
        if (day - stock.since).days < SPAN or (lasts is not None and lasts <= LONGEST_COVER):
            continue
        money = (stock.on_hand - max(stock.sold, Decimal(0)) * KEPT / SPAN) * stock.cost
        saving = (money * HOLDING).quantize(CENT, ROUND_HALF_UP)
        if saving >= LEAST:
            found.append(_slow(stock, lasts, money, saving, currency))
    return found


def _slow(stock: Stock, lasts: Decimal | None, money: Decimal, saving: Decimal, currency: str) -> Found:
    sold = "Nothing" if lasts is None else number(stock.sold, 0)
    return Found(
        kind=Kind.SLOW_STOCK,
        about=f"{stock.product}",
        template="{sold} of {product} was sold in {days} days, and {on_hand} are on hand: {money} lies "
        "still, which costs about {saving} a month in storage and capital. Sell it off, and order "
        "less.",
        figures={
            "sold": sold,
            "product": stock.name,
            "days": str(SPAN),
            "on_hand": f"{stock.on_hand.normalize():f}",
            "money": amount(money, currency),
            "saving": amount(saving, currency),
        },
        saving=saving,
        confidence=Decimal("0.60") if lasts is None else Decimal("0.50"),
        links=links_of(
            "PRODUCT",
            stock.product,
            stock.name,
            ("on hand", stock.on_hand, ""),
            ("sold in 90 days", stock.sold, ""),
            ("cost of one", stock.cost, currency),
        ),
    )


def thin_margins(sales: Iterable[ProductSales], *, currency: str) -> list[Found]:
    """Find products that leave less than a tenth of what they bring, by what they cost now.

    Needs five orders in 90 days, in the store's currency, and the cost.
    """
    found = []
    for row in sales:
        if row.cost is None or row.currency != currency or row.orders < LEAST_ORDERS or row.revenue <= 0:
            continue
        cost = row.quantity * row.cost
        margin = (row.revenue - cost) / row.revenue
        saving = a_month(cost / (1 - LEAST_MARGIN) - row.revenue, days=SPAN)
        if margin < LEAST_MARGIN and saving >= LEAST:
            found.append(_thin(row, cost, margin, saving, currency))
    return found


def _thin(row: ProductSales, cost: Decimal, margin: Decimal, saving: Decimal, currency: str) -> Found:
    template = (
        "{product} was sold for {revenue} in {days} days and cost {cost}: {margin} is left. "
        if margin >= 0
        else "{product} was sold below cost: for {revenue} in {days} days, while it cost {cost}. "
    )
    figures = {
        "product": row.name,
        "revenue": amount(row.revenue, currency),
        "days": str(SPAN),
        "cost": amount(cost, currency),
        "margin": percent(margin),
        "least": percent(LEAST_MARGIN),
        "saving": amount(saving, currency),
    }
    return Found(
        kind=Kind.THIN_MARGIN,
        about=f"{row.product_id}",
        template=template + "A margin of {least} would bring {saving} more a month, if as much is sold.",
        figures=figures,
        saving=saving,
        confidence=sure(row.orders, half=5, of=Decimal("0.9")),
        links=links_of(
            "PRODUCT",
            row.product_id,
            row.name,
            ("revenue", row.revenue, currency),
            ("cost", cost, currency),
            ("sold", row.quantity, ""),
        ),
    )


def staffing(orders: Mapping[Hour, int], work: Mapping[Hour, Decimal]) -> list[Found]:
    """Compare the orders of each hour of the week with the people at work in it, over eight weeks.

    Needs 100 orders and 100 hours of work; tells of the hour with most time to spare, beside the busiest one.
    """
    served, worked = sum(orders.values()), sum(work.values(), Decimal(0))
    if served < LEAST_SERVED or worked < LEAST_SERVED:
        return []
    usual = Decimal(served) / worked
    rate = {hour: Decimal(orders.get(hour, 0)) / time for hour, time in work.items() if time > 0}
    quiet = [hour for hour, each in rate.items() if work[hour] >= PEOPLE * WEEKS and each < usual * QUIET]
    busy = [hour for hour, each in rate.items() if work[hour] >= WEEKS / Decimal(2) and each >= usual * BUSY]
    if not quiet or not busy:
        return []
    least = max(quiet, key=lambda hour: (work[hour] - orders.get(hour, 0) / usual, hour))
    most = max(busy, key=lambda hour: (rate[hour], hour))
    return [_uneven(least, most, orders, work, rate)]


def _uneven(
    least: Hour,
    most: Hour,
    orders: Mapping[Hour, int],
    work: Mapping[Hour, Decimal],
    rate: Mapping[Hour, Decimal],
) -> Found:
    spared = (DAYS_A_MONTH / 7).quantize(Decimal("0.1"))
    return Found(
        kind=Kind.STAFFING,
        about="",
        template="On {quiet_day} from {quiet_hour} {quiet_people} people serve {quiet_rate} orders an hour "
        "each, on {busy_day} from {busy_hour} {busy_people} serve {busy_rate}. An hour of one of "
        "them moved is {hours} hours a month.",
        figures={
            "quiet_day": WEEKDAYS[least[0]],
            "quiet_hour": f"{least[1]:02}:00",
            "quiet_people": number(work[least] / WEEKS),
            "quiet_rate": number(rate[least]),
            "busy_day": WEEKDAYS[most[0]],
            "busy_hour": f"{most[1]:02}:00",
            "busy_people": number(work[most] / WEEKS),
            "busy_rate": number(rate[most]),
            "hours": f"{spared}",
        },
        confidence=sure(orders.get(most, 0), half=20, of=Decimal("0.8")),
        links=tuple(
            Link(
                kind="",
                key=None,
                name=f"{WEEKDAYS[hour[0]]} {hour[1]:02}:00",
                label=label,
                value=value,
                unit=unit,
            )
            for hour in (least, most)
            for label, value, unit in (
                ("orders in 8 weeks", Decimal(orders.get(hour, 0)), ""),
                ("work in 8 weeks", work[hour], "h"),
            )
        ),
    )
