"""Days that a series' own past does not explain: single days out of band, and levels that have moved. Pure.

A day's band is the one value range in which the mean of two scores stays under a limit: a MAD z of what is
left of the value without the median of its weekday (Iglewicz & Hoaglin, 1993), and how far the value breaks
out of the interval of a forecast for the day. The second one limits the first, so that a series of long
tails, such as a meter that mostly reads little, gets a wide band.

Shapes: values (N, T): a series a row, a day a column, the day judged last; NaN where there is no value,
before the first day or on a holiday. T is WINDOW.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from insights.verdicts import LONG, SHORT, Change, Verdict

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

WEEK, WEEKS = 7, 8  # a day is expected as the median of the same weekdays of so many weeks
PAST = 182  # days of residuals that say what is usual
WINDOW = WEEKS * WEEK + PAST + 1
MIN_PAST = 56  # residuals, without which nothing is judged: nine weeks of books
MIN_BUSY = 12  # days with something, in the whole window

LIMIT = 3.5  # of the mean score; `make prove ARGS=alerts` prints what it costs and finds
NEAR_HOLIDAYS = 1.5  # times the limit on the days around a holiday
CAP = 1.75  # how many times the forecast's score the MAD's may be
MAD_TO_SIGMA = 1.4826
TAIL, TAIL_Z = 0.99, 2.3263  # the quantile of past errors that the forecast's interval is made of
SMOOTHING, CARRIED = 0.3, 0.8  # of the last two weeks' residuals into the forecast
LAST_DAYS = 14
CLIP = 2.5  # of a residual, in sigmas, before it moves the forecast
LEAST_CHANGE = 0.05  # of the usual level: less is nobody's business, however calm the series
QUIET_DAYS = 6  # after a day out of band, its like are the same news
OUTSTANDING = 2.0  # times the band: news even after a level has moved

SHIFT_LIMIT = 1.9  # in MADs of the same difference over the last 26 weeks
LEAST_SHIFT = 0.25  # of the level before
SHIFT_QUIET_DAYS = 28


@dataclass(frozen=True, kw_only=True)
class Bands:
    """What the last day of each series may be; NaN where too little is known. Shapes (N,)."""

    expected: Values
    low: Values
    high: Values


def window(day: date) -> tuple[date, date]:
    """Give the first day to read for judging `day`, and the day after the last."""
    return day - timedelta(days=WINDOW - 1), day + timedelta(days=1)


def judge(values: Values, *, near: Flags) -> list[Verdict | None]:
    """Say of each series whether its last day, or its level, is out of the ordinary, and new.

    `near` (N,) marks the series whose last day is next to a holiday. A day that follows others of the
    same kind is no news, nor is a level that has been told of in the last four weeks.
    """
    usual, expected = _expected(values)
    found = _bands(values, usual, expected, near)
    levels = _levels(values, values[:, WEEKS * WEEK :] - usual)
    return [
        _level_verdict(levels, row)
        or _day_verdict(values[row], expected[row], found, levels.scores[row], row)
        for row in range(len(values))
    ]


def bands(values: Values, *, near: Flags) -> Bands:
    """Give the band of the last day of each series."""
    return _bands(values, *_expected(values), near)


# --- Single days


def _expected(values: Values) -> tuple[Values, Values]:
    """Give the medians of the weekdays before each of the last PAST + 1 days, and forecasts for them.

    Shapes: both (N, PAST + 1).
    """
    weekdays = sliding_window_view(values[:, :-1], WEEKS * WEEK, axis=1)[..., ::WEEK]
    usual = _median(weekdays)
    residuals = values[:, WEEKS * WEEK :] - usual
    scale = MAD_TO_SIGMA * _median(np.abs(residuals[:, :-1]))[:, None]
    moved = np.nan_to_num(np.clip(residuals, -CLIP * scale, CLIP * scale))
    weights = SMOOTHING * (1 - SMOOTHING) ** np.arange(LAST_DAYS)
    padded = np.pad(moved, ((0, 0), (LAST_DAYS, 0)))[:, :-1]
    recent = sliding_window_view(padded, LAST_DAYS, axis=1) @ (weights / weights.sum())[::-1]
    return usual, usual + CARRIED * recent


def _bands(values: Values, usual: Values, expected: Values, near: Flags) -> Bands:
    judged = values[:, WEEKS * WEEK : -1]
    past, errors = judged - usual[:, :-1], judged - expected[:, :-1]
    least = LEAST_CHANGE * _mean(np.abs(values[:, :-1])) / LIMIT
    middle, error = _median(past), _median(errors)
    sigma = np.maximum(MAD_TO_SIGMA * _median(np.abs(past - middle[:, None])), least)
    over = np.maximum((_quantile(errors, TAIL) - error) / TAIL_Z, least)
    under = np.maximum((error - _quantile(errors, 1 - TAIL)) / TAIL_Z, least)
    by_weekday, by_forecast = usual[:, -1] + middle, expected[:, -1] + error
    limit = np.where(near, NEAR_HOLIDAYS * LIMIT, LIMIT)
    high, low = (
        _edge(by_weekday, by_forecast, sigma, tail, sign * limit) for tail, sign in ((over, 1), (under, -1))
    )
    busy = np.sum(np.nan_to_num(values[:, :-1]) != 0, axis=1) >= MIN_BUSY
    known = busy & (np.sum(~np.isnan(past), axis=1) >= MIN_PAST)
    return Bands(
        expected=np.where(known, by_forecast, np.nan),
        low=np.where(known, low, np.nan),
        high=np.where(known, high, np.nan),
    )


def _edge(by_weekday: Values, by_forecast: Values, sigma: Values, tail: Values, limit: Values) -> Values:
    """Solve for the value at which the mean of the two scores, the first one capped, reaches the limit."""
    mean = (2 * limit + by_weekday / sigma + by_forecast / tail) / (1 / sigma + 1 / tail)
    capped = by_forecast + 2 * limit * tail / (1 + CAP)
    further = np.where(limit > 0, np.maximum(mean, capped), np.minimum(mean, capped))
    return np.where(limit > 0, np.maximum(further, by_forecast), np.minimum(further, by_forecast))


def _day_verdict(values: Values, expected: Values, found: Bands, levels: Values, row: int) -> Verdict | None:
    value, middle = float(values[-1]), float(found.expected[row])
    low, high = float(found.low[row]), float(found.high[row])
    if np.isnan(value) or np.isnan(middle) or low <= value <= high:
        return None
    edge = high if value > high else low
    if abs(edge - middle) == 0:
        return None
    scores = (values[WEEKS * WEEK :] - expected + expected[-1] - middle) / (edge - middle)
    moved = np.any(levels * np.sign(edge - middle) > 1)  # its like follow from a level that has been told
    if np.any(scores[-1 - QUIET_DAYS : -1] > 1) or (moved and scores[-1] < OUTSTANDING):
        return None
    alike = np.flatnonzero(scores[:-1] > 0.5)
    nearest = sorted(alike, key=lambda column: abs(scores[column] - scores[-1]))[:3]
    return Verdict(
        change=Change.DAY,
        value=value,
        expected=middle,
        low=low,
        high=high,
        score=float(scores[-1]),
        similar=tuple(int(column) + WEEKS * WEEK for column in nearest),
    )


# --- Levels


@dataclass(frozen=True, kw_only=True)
class _Levels:
    now: Values  # (N,)
    before: Values
    edge: Values  # how far from `before` the level may be
    scores: Values  # (N, days): of the last days, 1 at the edge


def _levels(values: Values, residuals: Values) -> _Levels:
    """Compare the level now with the one before; what a single day does to it is no level.

    Shapes: residuals (N, PAST + 1), the values without the medians of their weekdays.
    """
    now, before = _rolling_mean(values, SHORT)[:, LONG:], _rolling_mean(values, LONG)[:, :-SHORT]
    difference = now - before
    usual = MAD_TO_SIGMA * _median(np.abs(difference[:, :-1]))
    known = np.sum(~np.isnan(difference[:, :-1]), axis=1) >= MIN_PAST
    edge = np.maximum(SHIFT_LIMIT * usual, LEAST_SHIFT * np.abs(before[:, -1]))
    edge = np.where(known & (edge > 0), edge, np.inf)
    last = difference[:, -1 - SHIFT_QUIET_DAYS :]
    single = sliding_window_view(np.nan_to_num(residuals), SHORT, axis=1)[:, -1 - SHIFT_QUIET_DAYS :] / SHORT
    without = np.where(
        last > 0,
        np.maximum(last - np.max(single, axis=-1), 0),
        np.minimum(last - np.min(single, axis=-1), 0),
    )
    return _Levels(now=now[:, -1], before=before[:, -1], edge=edge, scores=without / edge[:, None])


def _level_verdict(levels: _Levels, row: int) -> Verdict | None:
    scores = levels.scores[row]
    if not abs(scores[-1]) > 1 or np.any(scores[:-1] * np.sign(scores[-1]) > 1):
        return None
    before, edge = float(levels.before[row]), float(levels.edge[row])
    return Verdict(
        change=Change.LEVEL,
        value=float(levels.now[row]),
        expected=before,
        low=before - edge,
        high=before + edge,
        score=float(abs(scores[-1])),
    )


# --- Sums over what there is


def _rolling_mean(values: Values, days: int) -> Values:
    """Average so many days up to each; NaN where half of them or more are missing."""
    sums, counts = (
        np.sum(sliding_window_view(rows, days, axis=1), axis=-1)
        for rows in (np.nan_to_num(values), ~np.isnan(values))
    )
    return np.where(2 * counts > days, sums / np.maximum(counts, 1), np.nan)


def _mean(rows: Values) -> Values:
    counts = np.sum(~np.isnan(rows), axis=-1)
    return np.asarray(np.nansum(rows, axis=-1) / np.maximum(counts, 1))


def _median(rows: Values) -> Values:
    return _quantile(rows, 0.5)


def _quantile(rows: Values, share: float) -> Values:
    """Take a quantile along the last axis of what is there; NaN where nothing is."""
    ordered = np.sort(rows, axis=-1)  # NaN comes last
    last = np.maximum(np.sum(~np.isnan(rows), axis=-1) - 1, 0)
    place = share * last
    below = np.floor(place).astype(np.intp)
    lower, upper = (
        np.take_along_axis(ordered, index[..., None], axis=-1)[..., 0]
        for index in (below, np.minimum(below + 1, last))
    )
    return np.asarray(lower + (upper - lower) * (place - below))
