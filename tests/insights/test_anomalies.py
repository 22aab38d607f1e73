"""What is unusual about the last day of a series, and which of several tells of it: as arithmetic alone."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from insights.anomalies import MIN_PAST, WINDOW, bands, judge, window
from insights.causes import Deviation, Severity, causes, contributors, message, severity, silence
from insights.causes import Part as PartOf
from insights.metrics import Dimension, Metric
from insights.verdicts import Change, Verdict

DAY = date(2026, 5, 5)
QUIET = np.zeros(1, dtype=bool)


def takings(seed: int = 1, days: int = WINDOW) -> np.ndarray:
    """Make up a shop's days: a week's pattern, closed on Sundays, a tenth of chance."""
    chance = np.random.default_rng(seed)
    week = np.array([100.0, 90, 95, 110, 160, 210, 0])
    return week[np.arange(days) % 7] * chance.normal(1, 0.1, days)


def judged(values: np.ndarray, *, near: bool = False) -> Verdict | None:
    return judge(values[None, :], near=np.array([near]))[0]


def test_a_window_ends_with_the_day_that_is_judged() -> None:
    first, end = window(DAY)
    assert ((end - first).days, (end - DAY).days) == (WINDOW, 1)


@pytest.mark.parametrize(("factor", "rises"), [(2.5, True), (0.1, False)])
def test_a_day_far_out_of_its_own_past_is_told_with_the_band_that_it_left(factor: float, rises: bool) -> None:
    values = takings()
    usual, values[-1] = values[-1], values[-1] * factor
    found = judged(values)
    assert found is not None
    assert (found.change, found.rises, found.value) == (Change.DAY, rises, values[-1])
    assert found.low < usual < found.high
    assert not found.low <= found.value <= found.high


def test_ordinary_days_are_silent() -> None:
    assert [judged(takings(seed)) for seed in range(20)] == [None] * 20


def test_days_like_one_that_was_told_are_no_news() -> None:
    values = takings()
    values[-3:] *= 3
    assert judged(values[:]) is None


def test_beside_a_holiday_the_band_is_wider() -> None:
    values = takings()[None, :]
    plain, wide = (bands(values, near=np.array([near])) for near in (False, True))
    assert wide.low[0] < plain.low[0] < plain.high[0] < wide.high[0]


def test_a_series_with_too_short_or_too_empty_a_past_is_not_judged() -> None:
    short, empty = takings(), np.zeros(WINDOW)
    short[: WINDOW - MIN_PAST] = np.nan
    short[-1] = empty[-1] = 10_000
    assert judge(np.stack([short, empty]), near=np.zeros(2, dtype=bool)) == [None, None]


@pytest.mark.parametrize("factor", [1.5, 0.5])
def test_a_level_that_moves_by_half_is_told_once_within_two_weeks(factor: float) -> None:
    values = takings(3, WINDOW + 13)
    values[WINDOW - 1 :] *= factor
    found = [judged(values[day : day + WINDOW]) for day in range(14)]
    levels = [one for one in found if one and one.change is Change.LEVEL]
    assert [one.rises for one in levels] == [factor > 1]


def test_a_day_that_was_not_known_is_not_judged() -> None:
    values = takings()
    values[-1] = np.nan
    assert judged(values) is None


# --- Which of several is told


def deviation(
    value: float,
    expected: float,
    dimension: Dimension | None = None,
    name: str = "",
    metric: Metric = Metric.SPEND,
) -> Deviation:
    verdict = Verdict(
        change=Change.DAY,
        value=value,
        expected=expected,
        low=expected * 0.8,
        high=expected * 1.2,
        score=abs(value - expected) / (expected * 0.2),
    )
    return Deviation(metric=metric, verdict=verdict, dimension=dimension, key=name or None, name=name)


def test_a_purchase_that_lifts_merchant_category_and_total_is_told_of_the_merchant_alone() -> None:
    mill = deviation(600, 100, Dimension.MERCHANT, "Mill")
    rest = [deviation(900, 400), deviation(700, 200, Dimension.CATEGORY, "Groceries")]
    (found,) = causes([*rest, mill])
    assert (found.told, set(map(id, found.also))) == (mill, set(map(id, rest)))


def test_a_day_on_which_all_rise_is_told_of_the_total() -> None:
    total = deviation(1000, 400)
    parts = [deviation(250, 100, Dimension.MERCHANT, name) for name in "ABCD"]
    (found,) = causes([*parts, total])
    assert found.told is total


def test_what_the_cause_does_not_explain_is_told_apart() -> None:
    one, other = deviation(600, 100, Dimension.MERCHANT, "A"), deviation(500, 100, Dimension.MERCHANT, "B")
    assert [cause.told for cause in causes([one, other])] == [one, other]


def test_revenue_speaks_for_profit_orders_and_quantities_of_the_same_day_and_not_for_a_fall() -> None:
    revenue, orders = deviation(900, 400, metric=Metric.REVENUE), deviation(90, 40, metric=Metric.ORDERS)
    fall = deviation(10, 40, metric=Metric.PROFIT)
    found = causes([orders, fall, revenue])
    assert [cause.told for cause in found] == [revenue, fall] or [cause.told for cause in found] == [
        fall,
        revenue,
    ]
    assert orders in next(cause.also for cause in found if cause.told is revenue)


def test_an_explanation_names_the_cause_the_band_and_what_contributed_most() -> None:
    told = deviation(600, 100, Dimension.MERCHANT, "Mill")
    parts = [PartOf(kind="BILL", key=n, name=f"Bill {n}", value=100 * n, usual=0) for n in range(1, 6)]  # type: ignore[arg-type]
    most = contributors(parts, rises=True)
    assert [part.name for part in most] == ["Bill 5", "Bill 4", "Bill 3"]
    said = message(told, day=DAY, currency="EUR", parts=most)
    assert said.startswith(
        "Spending at Mill on 5 May 2026: 600.00 EUR, where 80.00 EUR to 120.00 EUR is usual."
    )
    assert "Bill 5 (500.00 EUR)" in said
    assert "80.00 EUR to 120.00 EUR is silent" in silence(told, currency="EUR")


def test_the_further_out_the_graver() -> None:
    assert [severity(score) for score in (1.1, 1.6, 3.0)] == [Severity.LOW, Severity.MEDIUM, Severity.HIGH]
