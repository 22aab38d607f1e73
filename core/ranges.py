"""Ranges of days, as people write them: `7d`, `this_month`, `2026-01-01..2026-02-01`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAYS = re.compile(r"([1-9][0-9]{0,3})\s?(?:d|days)\Z")
HOURS = re.compile(r"([1-9][0-9]{0,4})\s?h\Z")
MAX_DAYS = 3660
MOST_OF_A_YEAR = 6  # months: of more than these, the others are fewer to read


@dataclass(frozen=True)
class Days:
    """The days from `start` to before `end`."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.start > self.end:
            raise ValueError("The range ends before it starts.")


def starts(day: date, zone: tzinfo) -> datetime:
    """Give the moment, in UTC, at which a day starts in a zone: where the clock skips midnight, at the skip.

    Raises: OverflowError where the calendar ends.
    """
    return datetime.combine(day, time(), zone).astimezone(UTC)


def week(day: date, week_start: int = 0) -> Days:
    """Give the week that holds `day`; `week_start` counts as date.weekday() does."""
    first = day - timedelta(days=(day.weekday() - week_start) % 7)
    return Days(first, first + timedelta(days=7))


def month(day: date) -> Days:
    """Give the month that holds `day`."""
    first = day.replace(day=1)
    return Days(first, (first + timedelta(days=31)).replace(day=1))


def year(day: date) -> Days:
    return Days(date(day.year, 1, 1), date(day.year + 1, 1, 1))


@dataclass(frozen=True)
class Pieces:
    """A range of days cut into whole years, whole months outside them, and days outside those.

    `surplus` are months of the years that lie outside the range: what they hold is to be taken off.
    """

    years: tuple[Days, ...]
    months: tuple[Days, ...]
    days: tuple[Days, ...]
    surplus: tuple[Days, ...] = ()


def pieces(range: Days) -> Pieces:
    """Cut a range into as few years, months and days as can be; neighbours stand together."""
    first, last = _next(range.start, month), month(range.end).start
    if first >= last:
        return Pieces((), (), _some(range))
    edges = (*_some(Days(range.start, first)), *_some(Days(last, range.end)))
    opening, closing = _next(first, year), year(last).start
    if opening >= closing:
        return Pieces((), (Days(first, last),), edges)
    months = (*_some(Days(first, opening)), *_some(Days(closing, last)))
    return Pieces((Days(opening, closing),), months, edges)


def rounded(cut: Pieces) -> Pieces:
    """Take a year for most of its months: fewer sums are to be added and taken off than are in the months."""
    years, months, surplus = list(cut.years), [], list(cut.surplus)
    for span in cut.months:
        first = span.start
        while first < span.end:
            whole = year(first)
            part = Days(first, min(span.end, whole.end))
            if _months(part) > MOST_OF_A_YEAR:
                years.append(whole)
                surplus += (*_some(Days(whole.start, part.start)), *_some(Days(part.end, whole.end)))
            else:
                months.append(part)
            first = part.end
    return Pieces(tuple(years), tuple(months), cut.days, tuple(surplus))


def _months(days: Days) -> int:
    return 12 * (days.end.year - days.start.year) + days.end.month - days.start.month


def _next(day: date, of: Callable[[date], Days]) -> date:
    """Give the first day of the month or year that does not start before `day`."""
    holding = of(day)
    return day if day == holding.start else holding.end


def _some(days: Days) -> tuple[Days, ...]:
    return (days,) if days.start < days.end else ()


NAMED: dict[str, Callable[[date, int], Days]] = {
    "today": lambda today, _: Days(today, today + timedelta(days=1)),
    "yesterday": lambda today, _: Days(today - timedelta(days=1), today),
    "this_week": week,
    "last_week": lambda today, start: week(today - timedelta(days=7), start),
    "this_month": lambda today, _: month(today),
    "last_month": lambda today, _: month(today.replace(day=1) - timedelta(days=1)),
    "this_year": lambda today, _: year(today),
    "last_year": lambda today, _: year(date(today.year - 1, 1, 1)),
}


def parse(text: str, *, today: date, week_start: int = 0) -> Days:
    """Read a range; `7d` is today and the six days before it, `24h` is counted in whole days.

    Raises: ValueError with a message that says what is understood.
    """
    text = text.strip().lower()
    if text in NAMED:
        return NAMED[text](today, week_start)
    count = None
    if found := DAYS.match(text):
        count = int(found[1])
    elif found := HOURS.match(text):
        count = -(-int(found[1]) // 24)
    if count is not None:
        if count > MAX_DAYS:
            raise ValueError(f"A range has at most {MAX_DAYS} days.")
        return Days(today - timedelta(days=count - 1), today + timedelta(days=1))
    start, dots, end = text.partition("..")
    try:
        if not dots:
            raise ValueError(text)
        first, after_last = date.fromisoformat(start.strip()), date.fromisoformat(end.strip())
    except ValueError:
        raise ValueError(
            f"{text[:40]!r} is no range: write 24h, 7d, 2026-01-01..2026-02-01 (without its end), or one of "
            + ", ".join(NAMED)
            + "."
        ) from None
    return Days(first, after_last)
