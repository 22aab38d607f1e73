"""What next month will use, by the plainest method that can be measured. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from core.ranges import Days

METHOD = "WEEKDAY_MEAN"
WEEKS = 8  # that a mean is taken over
HISTORY = timedelta(weeks=26)
BLOCK = timedelta(days=28)  # as long as a month, with each weekday four times
MIN_DAYS = 28  # of readings before a block that is back-tested, and before a month that is predicted
ONE = Decimal("0.0001")
KWH = Decimal("0.000001")


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """The use of a month, in kWh.

    `error` is the mean of |predicted - used| / used over the `tested` blocks of 28 days.
    """

    start: date
    end: date
    kwh: Decimal
    method: str
    error: Decimal
    tested: int
    days: int  # of readings that it stands on


def predict(used: Mapping[date, Decimal], *, today: date, month: Days) -> Prediction | None:
    """Predict a month from whole days of use in kWh; None where there is too little to test it by.

    Each day is expected to be as the mean of its weekday over the last eight weeks. The method is tried
    on the blocks of 28 days before `today`, each time with what was known at its start alone.
    """
    errors = []
    end = today
    while end - BLOCK > today - HISTORY:
        error = _error(used, Days(end - BLOCK, end))
        if error is not None:
            errors.append(error)
        end -= BLOCK
    means, days = _means(used, today)
    if not errors or days < MIN_DAYS or len(means) < 7:
        return None
    return Prediction(
        start=month.start,
        end=month.end,
        kwh=_expected(means, _days(month)).quantize(KWH),
        method=METHOD,
        error=(sum(errors, Decimal(0)) / len(errors)).quantize(ONE),
        tested=len(errors),
        days=days,
    )


def _error(used: Mapping[date, Decimal], block: Days) -> Decimal | None:
    """Compare the days of a block that have readings with what was expected of them."""
    means, days = _means(used, block.start)
    known = [day for day in _days(block) if day in used]
    actual = sum((used[day] for day in known), Decimal(0))
    if days < MIN_DAYS or len(means) < 7 or len(known) < MIN_DAYS // 2 or not actual:
        return None
    return abs(_expected(means, known) - actual) / actual


def _means(used: Mapping[date, Decimal], before: date) -> tuple[dict[int, Decimal], int]:
    """Take the mean of each weekday over the weeks before a day, and count the days that there are."""
    known: dict[int, list[Decimal]] = defaultdict(list)
    for day in _days(Days(before - timedelta(weeks=WEEKS), before)):
        if day in used:
            known[day.weekday()].append(used[day])
    means = {weekday: sum(kwh, Decimal(0)) / len(kwh) for weekday, kwh in known.items()}
    return means, sum(len(kwh) for kwh in known.values())


def _expected(means: Mapping[int, Decimal], days: list[date]) -> Decimal:
    return sum((means[day.weekday()] for day in days), Decimal(0))


def _days(days: Days) -> list[date]:
    return [days.start + timedelta(days=number) for number in range((days.end - days.start).days)]
