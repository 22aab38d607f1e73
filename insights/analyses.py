"""What a time cost, such as a week or a month: figures from the sums of a store's books. Pure.

All figures are in the store's currency alone; other currencies stand in rows of their own.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from core.ranges import Days, month, week
from insights.rows import Books, CategorySum, DaySum, ItemSum, MerchantSum, Window

TOP = 10
CENT = Decimal("0.01")
RATIO = Decimal("0.0001")
ZERO = Decimal("0.00")


class Period(StrEnum):
    WEEK = "WEEK"
    MONTH = "MONTH"


@dataclass(frozen=True, kw_only=True)
class PeriodSum:
    """One period in a figure; `average` is over the bills that say their total, None without any."""

    start: date
    end: date
    total: Decimal
    count: int
    average: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Change:
    """A period less the one before; `ratio` is a share of that one's total, None where it was zero."""

    total: Decimal
    ratio: Decimal | None


@dataclass(frozen=True, kw_only=True)
class CategoryShare:
    """What went to a category; `share` is of the period's total, None where that is zero."""

    category_id: int
    name: str
    total: Decimal
    count: int
    share: Decimal | None


@dataclass(frozen=True, kw_only=True)
class TopItem:
    description: str
    quantity: Decimal
    total: Decimal
    count: int


@dataclass(frozen=True, kw_only=True)
class TopMerchant:
    merchant_id: int | None
    name: str
    total: Decimal
    count: int


@dataclass(frozen=True, kw_only=True)
class DayTotal:
    date: date
    total: Decimal
    count: int


@dataclass(frozen=True, kw_only=True)
class CurrencyTotal:
    currency: str
    total: Decimal
    count: int
    needs_review_count: int
    undated_count: int


@dataclass(frozen=True, kw_only=True)
class Spending:
    """What a store spent from `start` to before `end`; amounts in `currency`."""

    start: date
    end: date
    currency: str
    total: Decimal
    count: int
    average: Decimal | None
    needs_review_count: int
    undated_count: int
    unknown_total_count: int
    by_category: tuple[CategoryShare, ...]
    top_items: tuple[TopItem, ...]
    top_merchants: tuple[TopMerchant, ...]
    by_day: tuple[DayTotal, ...]
    other_currencies: tuple[CurrencyTotal, ...]


@dataclass(frozen=True, kw_only=True)
class Analysis(Spending):
    """A week or a month of a store's spending, beside the one before."""

    period: Period
    previous: PeriodSum
    change: Change


def window(*, period: Period, on: date, week_start: int) -> Window:
    """Give the week or month that holds `on`, and the one before; `week_start` as date.weekday() counts.

    Raises: ValueError where the calendar ends.
    """
    try:
        days = _holding(period, on, week_start)
        return Window(days=days, before=_holding(period, days.start - timedelta(days=1), week_start))
    except OverflowError as error:
        raise ValueError(f"{on} is at the end of the calendar.") from error


def _holding(period: Period, on: date, week_start: int) -> Days:
    return week(on, week_start) if period is Period.WEEK else month(on)


def analyse(*, period: Period, currency: str, books: Books) -> Analysis:
    """Make the figures of `books.window.days` in one currency, compared with the days before."""
    now = spend(currency=currency, books=books)
    before = _sum(books.window.before, [row for row in books.by_day if row.currency == currency])
    change = now.total - before.total
    return Analysis(
        period=period,
        previous=before,
        change=Change(total=change, ratio=ratio(change, abs(before.total))),
        **vars(now),
    )


def spend(*, currency: str, books: Books) -> Spending:
    """Make the figures of `books.window.days` in one currency, compared with nothing."""
    days = books.window.days
    within = [row for row in books.by_day if days.start <= row.day < days.end]
    own = [row for row in within if row.currency == currency]
    now = _sum(days, own)
    return Spending(
        currency=currency,
        needs_review_count=sum(row.needs_review for row in own),
        undated_count=sum(row.undated for row in own),
        unknown_total_count=sum(row.count - row.priced for row in own),
        by_category=_categories([row for row in books.by_category if row.currency == currency], now.total),
        top_items=_items(row for row in books.by_item if row.currency == currency),
        top_merchants=_merchants(row for row in books.by_merchant if row.currency == currency),
        by_day=_every_day(days, own),
        other_currencies=_currencies(row for row in within if row.currency != currency),
        **vars(now),
    )


def _sum(days: Days, rows: Iterable[DaySum]) -> PeriodSum:
    rows = [row for row in rows if days.start <= row.day < days.end]
    total = _total(rows)
    priced = sum(row.priced for row in rows)
    return PeriodSum(
        start=days.start,
        end=days.end,
        total=total,
        count=sum(row.count for row in rows),
        average=(total / priced).quantize(CENT, ROUND_HALF_UP) if priced else None,
    )


def _categories(rows: Iterable[CategorySum], whole: Decimal) -> tuple[CategoryShare, ...]:
    shares = [
        CategoryShare(
            category_id=row.category_id,
            name=row.name,
            total=row.total,
            count=row.count,
            share=ratio(row.total, whole),
        )
        for row in rows
    ]
    return tuple(sorted(shares, key=lambda row: (-row.total, row.name, row.category_id)))


def _items(rows: Iterable[ItemSum]) -> tuple[TopItem, ...]:
    """Put together the spellings of an item; a line without a description names nothing."""
    groups: dict[str, list[ItemSum]] = defaultdict(list)
    for row in rows:
        groups[folded(row.description)].append(row)
    groups.pop("", None)
    top = [
        TopItem(
            description=_usual((row.description, row.count) for row in group),
            quantity=sum((row.quantity for row in group), Decimal("0.000")),
            total=_total(group),
            count=sum(row.count for row in group),
        )
        for group in groups.values()
    ]
    return tuple(sorted(top, key=lambda row: (-row.total, -row.count, row.description))[:TOP])


def _merchants(rows: Iterable[MerchantSum]) -> tuple[TopMerchant, ...]:
    """Put together the spellings of a merchant that is known by name alone; a nameless one is left out."""
    groups: dict[tuple[int | None, str], list[MerchantSum]] = defaultdict(list)
    for row in rows:
        groups[row.merchant_id, "" if row.merchant_id else folded(row.name)].append(row)
    groups.pop((None, ""), None)
    top = [
        TopMerchant(
            merchant_id=merchant_id,
            name=_usual((row.name, row.count) for row in group),
            total=_total(group),
            count=sum(row.count for row in group),
        )
        for (merchant_id, _), group in groups.items()
    ]
    return tuple(sorted(top, key=lambda row: (-row.total, -row.count, row.name, row.merchant_id or 0))[:TOP])


def _every_day(days: Days, rows: Iterable[DaySum]) -> tuple[DayTotal, ...]:
    found = {row.day: row for row in rows}
    dates = [days.start + timedelta(days=n) for n in range((days.end - days.start).days)]
    return tuple(
        DayTotal(date=day, total=found[day].total, count=found[day].count)
        if day in found
        else DayTotal(date=day, total=ZERO, count=0)
        for day in dates
    )


def _currencies(rows: Iterable[DaySum]) -> tuple[CurrencyTotal, ...]:
    groups: dict[str, list[DaySum]] = defaultdict(list)
    for row in rows:
        groups[row.currency].append(row)
    return tuple(
        CurrencyTotal(
            currency=currency,
            total=_total(group),
            count=sum(row.count for row in group),
            needs_review_count=sum(row.needs_review for row in group),
            undated_count=sum(row.undated for row in group),
        )
        for currency, group in sorted(groups.items())
    )


def folded(text: str) -> str:
    """Drop case and the width of spaces, so that spellings of one thing are equal."""
    return " ".join(text.split()).casefold()


def _usual(spellings: Iterable[tuple[str, int]]) -> str:
    """Choose the commonest spelling, its spaces tidied; the first in the alphabet of several."""
    counts: Counter[str] = Counter()
    for text, count in spellings:
        counts[" ".join(text.split())] += count
    return min(counts, key=lambda text: (-counts[text], text))


def _total(rows: Iterable[CategorySum | DaySum | ItemSum | MerchantSum]) -> Decimal:
    return sum((row.total for row in rows), ZERO)


def ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    """Give a part as a share of a whole, to four places; None where that is zero."""
    return (part / whole).quantize(RATIO, ROUND_HALF_UP) if whole else None
