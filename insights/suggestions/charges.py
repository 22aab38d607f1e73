"""Bills as a whole: charged twice, charged every month, without their tax, or sorted nowhere. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

from insights.suggestions.found import CENT, LEAST, LINKS, Found, Kind, Link, a_month, amount, percent, sure

WHOLE_MONTHS = 6  # that are looked at, and the one that goes on
TWICE_IN = 3  # months in a row
MOST_A_MONTH = 3  # more charges of one amount are a habit, and no subscription
SAME_DAYS = 4  # by so many days may the day of a monthly charge vary
SPAN = 90  # days of the rules on tax and sorting
LEAST_TAXED, LEAST_UNTAXED = 3, 2
SAME_RATE = Decimal("0.02")
LEAST_UNSORTED = 5
UNSORTED_SHARE = Decimal("0.10")
UNSORTED = "other"
# Built-in categories in which a charge of every month is worth a question.
QUESTIONED = frozenset({"entertainment", "education", "services", UNSORTED})


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A bill in the store's currency; `merchant` is its key, else its folded name."""

    day: date
    bill: int
    merchant: int | str
    merchant_name: str
    total: Decimal
    tax: Decimal | None
    category: str  # key of a built-in category; empty for one of the store's own


def recurring(charges: Iterable[Charge], *, day: date, currency: str) -> list[Found]:
    """Find charges of one amount at one merchant that come twice a month, or every month for half a year.

    Twice: in each of the last three whole months, on like days of the month. Every month: in each of the last
    six, at the same amount, in a category in which that is worth a question.
    """
    months = _months(day)
    same: dict[tuple[int | str, Decimal], list[Charge]] = defaultdict(list)
    for charge in sorted(charges, key=lambda one: (one.day, one.bill)):
        if charge.merchant and charge.total > 0:
            same[charge.merchant, charge.total].append(charge)
    found = []
    for rows in same.values():
        by_month = [[row for row in rows if (row.day.year, row.day.month) == month] for month in months]
        told = _doubled(by_month, currency) or _standing(by_month, currency)
        if told is not None:
            found.append(told)
    return found


def _months(day: date) -> list[tuple[int, int]]:
    """List the last whole months, oldest first."""
    months: list[tuple[int, int]] = []
    last = day.replace(day=1) - timedelta(days=1)
    if (day + timedelta(days=1)).month != day.month:
        last = day
    for _ in range(WHOLE_MONTHS):
        months.insert(0, (last.year, last.month))
        last = last.replace(day=1) - timedelta(days=1)
    return months


def _doubled(by_month: Sequence[Sequence[Charge]], currency: str) -> Found | None:
    recent = by_month[-TWICE_IN:]
    times = len(recent[-1])
    if not 2 <= times <= MOST_A_MONTH or any(len(rows) != times for rows in recent):
        return None
    places = [[rows[n].day.day for rows in recent] for n in range(times)]
    if any(max(days) - min(days) > SAME_DAYS for days in places):
        return None
    rows = [row for some in recent for row in some]
    saving = (rows[-1].total * (times - 1)).quantize(CENT)
    if saving < LEAST:
        return None
    return Found(
        kind=Kind.DUPLICATE_CHARGE,
        about=f"{rows[-1].merchant} {rows[-1].total.normalize():f}",
        template="{merchant} has charged {amount} {times} times a month, {months} months in a row. If it is"
        " one thing, {saving} a month is paid for nothing.",
        figures={
            "merchant": rows[-1].merchant_name,
            "amount": amount(rows[-1].total, currency),
            "times": str(times),
            "months": str(TWICE_IN),
            "saving": amount(saving, currency),
        },
        saving=saving,
        confidence=sure(TWICE_IN, of=Decimal("0.8")),
        links=_links(rows[-LINKS:], currency),
    )


def _standing(by_month: Sequence[Sequence[Charge]], currency: str) -> Found | None:
    if any(len(rows) != 1 for rows in by_month):
        return None
    rows = [some[0] for some in by_month]
    days = [row.day.day for row in rows]
    if max(days) - min(days) > SAME_DAYS or rows[-1].category not in QUESTIONED or rows[-1].total < LEAST:
        return None
    return Found(
        kind=Kind.STANDING_CHARGE,
        about=f"{rows[-1].merchant} {rows[-1].total.normalize():f}",
        template="{merchant} has charged {saving} every month for {months} months. Is what it is for still "
        "used?",
        figures={
            "merchant": rows[-1].merchant_name,
            "saving": amount(rows[-1].total, currency),
            "months": str(len(rows)),
        },
        saving=rows[-1].total.quantize(CENT),
        confidence=Decimal("0.30"),  # the books cannot see whether it is used
        links=_links(rows[-LINKS:], currency),
    )


def untaxed(charges: Iterable[Charge], *, day: date, currency: str) -> list[Found]:
    """Find merchants most of whose bills say their tax, and the bills that do not.

    Needs three bills with tax at one rate and two without in 90 days.
    """
    groups: dict[int | str, list[Charge]] = defaultdict(list)
    for charge in charges:
        if charge.merchant and charge.total > 0 and day - timedelta(days=SPAN) < charge.day <= day:
            groups[charge.merchant].append(charge)
    return [told for rows in groups.values() if (told := _untaxed(rows, currency)) is not None]


def _untaxed(rows: Sequence[Charge], currency: str) -> Found | None:
    rates = [row.tax / row.total for row in rows if row.tax]
    silent = sorted((row for row in rows if row.tax is None), key=lambda row: (-row.total, row.bill))
    if len(rates) < LEAST_TAXED or len(silent) < LEAST_UNTAXED:
        return None
    usual = Decimal(median(rates))
    if Decimal(median(abs(rate - usual) for rate in rates)) > SAME_RATE:
        return None
    tax = (sum((row.total for row in silent), Decimal(0)) * usual).quantize(CENT, ROUND_HALF_UP)
    saving = a_month(tax, days=SPAN)
    if saving < LEAST:
        return None
    return Found(
        kind=Kind.UNCLAIMED_TAX,
        about=f"{silent[0].merchant}",
        template="{count} bills of {merchant} do not say their tax; on its others it is {rate} of the "
        "total. If it can be claimed, {tax} is left lying, {saving} a month: ask for invoices that"
        " show it.",
        figures={
            "count": str(len(silent)),
            "merchant": silent[0].merchant_name,
            "rate": percent(usual),
            "tax": amount(tax, currency),
            "saving": amount(saving, currency),
        },
        saving=saving,
        confidence=sure(len(rates), of=Decimal("0.8")),
        links=_links(silent[:LINKS], currency),
    )


def unsorted(charges: Iterable[Charge], *, day: date, currency: str) -> list[Found]:
    """Tell of spending in the category "other": a tenth of all in 90 days, on five bills at least."""
    recent = [one for one in charges if day - timedelta(days=SPAN) < one.day <= day]
    some = sorted((one for one in recent if one.category == UNSORTED), key=lambda one: (-one.total, one.bill))
    whole = sum((one.total for one in recent), Decimal(0))
    part = sum((one.total for one in some), Decimal(0))
    if len(some) < LEAST_UNSORTED or whole <= 0 or part / whole < UNSORTED_SHARE:
        return []
    return [
        Found(
            kind=Kind.UNSORTED_SPENDING,
            about="",
            template="{share} of what was spent in the last {days} days is sorted nowhere: {amount} on "
            "{count} bills. Give them categories, and the analyses can tell where it went.",
            figures={
                "share": percent(part / whole),
                "days": str(SPAN),
                "amount": amount(part, currency),
                "count": str(len(some)),
            },
            confidence=sure(len(some)),
            links=_links(some[:LINKS], currency),
        )
    ]


def _links(rows: Iterable[Charge], currency: str) -> tuple[Link, ...]:
    return tuple(
        Link(
            kind="BILL",
            key=row.bill,
            name=f"{row.merchant_name or 'a bill'}, {row.day.isoformat()}",
            label="total",
            value=row.total,
            unit=currency,
        )
        for row in rows
    )
