"""What a store is told: the average of the models, or the last season again where they show no skill.

The models are first tried on the last origins whose outcome is known, by models that saw nothing of it. That
decides what each counts in the average, whether it is served, and how wide its intervals are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from insights.forecasting.calendars import Calendar
from insights.forecasting.features import Known
from insights.forecasting.grains import Model, Tier
from insights.forecasting.history import History, Numbers
from insights.forecasting.models import Predict, fitted, naive
from insights.forecasting.scores import Score, Trial, score, season_error

ORIGINS = 10
POWER = 4.0  # an error half as large counts sixteen times as much
LEVELS = (0.80, 0.95)
SILENT = 8  # seasons in which a place of the season was zero, after which it is forecast as zero
MEMBERS = (Model.LINEAR_REGRESSION, Model.RANDOM_FOREST, Model.PROFILE)


@dataclass(frozen=True, eq=False)
class Interval:
    low: Numbers
    high: Numbers


@dataclass(frozen=True, eq=False)
class Member:
    """One model's forecasts, with the intervals that its own errors gave it."""

    predicted: Numbers
    interval80: Interval
    interval95: Interval


@dataclass(frozen=True, eq=False)
class Outlook:
    """Forecasts of consecutive periods from the day `start` on; without enough history, of none.

    `model` is the one served; `members` has what each model says, `weights` what it counts in an
    average. `score` and `naive_score` are of the trials before; None where nothing could be tried.
    """

    tier: Tier
    periods: int  # of history
    needed: int
    start: date
    model: Model | None = None
    predicted: Numbers | None = None
    interval80: Interval | None = None
    interval95: Interval | None = None
    score: Score | None = None
    naive_score: Score | None = None
    members: dict[Model, Member] | None = None
    weights: dict[Model, float] | None = None


def look(history: History, *, calendar: Calendar, horizon: int | None = None, seed: int = 0) -> Outlook:
    """Forecast the periods after a history: all that it is long enough for."""
    history = history.until(len(history))
    rhythm, periods = history.rhythm, len(history)
    tier = rhythm.tier(int((~np.isnan(history.values)).sum()))
    needed, start = rhythm.tiers[0], history.day(periods)
    if tier is Tier.NOT_ENOUGH_DATA:
        return Outlook(tier, int((~np.isnan(history.values)).sum()), needed, start)
    ahead = horizon or rhythm.horizon
    if tier in (Tier.NAIVE, Tier.PROFILE):
        ahead = min(ahead, rhythm.short)
    known = Known(history, calendar, ahead)
    if tier is Tier.NAIVE:
        said = _bounded(known, naive(known, periods))
        return Outlook(tier, periods, needed, start, model=Model.SEASONAL_NAIVE, predicted=said)
    return _served(known, tier, start, needed, seed)


@dataclass(frozen=True, eq=False)
class _Trials:
    """What was forecast from each origin (rows) of each period ahead (columns); NaN where unknown."""

    origins: list[int]
    actual: Numbers
    members: dict[Model, Numbers]
    levels: Numbers  # one a row


def _served(known: Known, tier: Tier, start: date, needed: int, seed: int) -> Outlook:
    periods = len(known)
    models = {Model.PROFILE} if tier is Tier.PROFILE else set(MEMBERS)
    trials = _try(known, models, seed)
    weights = _weights(trials, _averaged(known, tier))
    latest = fitted(known, periods, models, seed)
    said = {model: _bounded(known, predict(known, periods)) for model, predict in latest.items()}
    mixed = Model.PROFILE if tier is Tier.PROFILE else Model.AVERAGE
    tested = trials.members | {mixed: _average(trials.members, weights)}
    said[mixed] = _bounded(known, _average(said, weights))
    naive_score = _score(known, trials, tested[Model.SEASONAL_NAIVE])
    mixed_score = _score(known, trials, tested[mixed])
    has_skill = (mixed_score.mae or 0.0) < (naive_score.mae or 0.0)
    members = {
        model: Member(row, *(_interval(known, trials, tested[model], row, level) for level in LEVELS))
        for model, row in said.items()
    }
    model = mixed if has_skill else Model.SEASONAL_NAIVE
    return Outlook(
        tier,
        periods,
        needed,
        start,
        model=model,
        predicted=said[model],
        interval80=members[model].interval80,
        interval95=members[model].interval95,
        score=mixed_score if has_skill else naive_score,
        naive_score=naive_score,
        members=members,
        weights=weights,
    )


def _try(known: Known, models: set[Model], seed: int) -> _Trials:
    """Forecast from the last origins with known outcomes, by models fitted to what came before the first.

    And from those since, of which a part has come: nothing tells more of how large errors are now.
    """
    periods, ahead = len(known), known.ahead
    step = known.rhythm.lag
    last = periods - ahead
    cut = max(last - step * (ORIGINS - 1), periods // 2)
    if last - cut < ORIGINS - 1:  # a short history: origins follow each other, and see less far
        last, step = min(cut + ORIGINS - 1, periods - 1), 1
        origins = list(range(cut, last + 1))
    else:
        origins = [*range(last, cut - 1, -step)[::-1], *range(last + step, periods, step)]
    latest = fitted(known, origins[0], models, seed)
    actual = np.full((len(origins), ahead), np.nan)
    for row, origin in enumerate(origins):
        came = known.history.values[origin : origin + ahead].copy()
        came[known.marks.closed[origin : origin + len(came)] > 0] = np.nan
        actual[row, : len(came)] = came
    members = {model: _rows(known, predict, origins) for model, predict in latest.items()}
    return _Trials(origins, actual, members, known.scale(np.array(origins)))


def _rows(known: Known, predict: Predict, origins: list[int]) -> Numbers:
    return np.vstack([_bounded(known, predict(known, origin), origin) for origin in origins])


def _averaged(known: Known, tier: Tier) -> set[Model]:
    """Say which models count in the average; of months, repeating the last year does not."""
    if tier is Tier.PROFILE:
        return {Model.PROFILE}
    if known.rhythm.by_line:
        return {Model.PROFILE, Model.LINEAR_REGRESSION}
    return {Model.SEASONAL_NAIVE, *MEMBERS}


def _weights(trials: _Trials, averaged: set[Model]) -> dict[Model, float]:
    """Count each model by the inverse of its error to a power, in what was tried."""
    errors = {
        model: float(np.nanmean(np.abs(said - trials.actual))) if not np.isnan(trials.actual).all() else 1.0
        for model, said in trials.members.items()
        if model in averaged
    }
    least = min(errors.values()) or 1.0
    weights = {model: (least / max(error, least * 1e-3, 1e-12)) ** POWER for model, error in errors.items()}
    whole = sum(weights.values())
    return {model: weight / whole for model, weight in weights.items()}


def _average(members: dict[Model, Numbers], weights: dict[Model, float]) -> Numbers:
    made: Numbers = sum((weights[model] * members[model] for model in weights), np.zeros(1))
    return made


def _score(known: Known, trials: _Trials, said: Numbers) -> Score:
    season = known.rhythm.season if len(known) > known.rhythm.season else 1
    inside = [_covered(known, trials, said, level) for level in LEVELS]
    made = []
    for row, origin in enumerate(trials.origins):
        scale = season_error(known.history.values[:origin], season)
        made.append(Trial(trials.actual[row], said[row], scale, *(found[row] for found in inside)))
    return score(made)


def _covered(known: Known, trials: _Trials, said: Numbers, level: float) -> Numbers:
    """Tell of each period whether it lay in the interval that the other origins' residuals give."""
    off = np.abs(_residuals(trials, said))
    count = len(off)
    inside = np.full(off.shape, np.nan)
    for row in range(count if count > 1 else 0):
        widths = _widths(known, np.delete(off, row, axis=0), level)
        inside[row] = np.where(np.isnan(off[row]), np.nan, off[row] <= widths)
    return inside


def _residuals(trials: _Trials, said: Numbers) -> Numbers:
    made: Numbers = (trials.actual - said) / trials.levels[:, None]
    return made


def _widths(known: Known, off: Numbers, level: float) -> Numbers:
    """Give for each period ahead what residuals were within, by the block of periods (split conformal).

    See Vovk et al. (2005), section 2.2. Where nothing has come yet, so far ahead, all blocks tell.
    """
    widths = np.zeros(off.shape[1])
    blocks = known.rhythm.blocks
    whole = off[~np.isnan(off)]
    for first in range(0, off.shape[1], blocks):
        part = slice(first, first + blocks)
        found = off[:, part][~np.isnan(off[:, part])]
        widths[part] = _quantile(found if len(found) else whole, level, len(off))
    return widths


def _bounded(known: Known, said: Numbers, start: int | None = None) -> Numbers:
    """Keep forecasts in the range seen, zero where it is always zero and where the store is closed."""
    start = len(known) if start is None else start
    seen = known.values[:start]
    made = np.clip(said, seen.min(), seen.max())
    season = known.rhythm.season
    if known.rhythm.lag == season:
        for place in range(min(season, len(made))):
            past = seen[start - season + place :: -season][:SILENT] if start >= season else seen[:0]
            if len(past) >= min(SILENT, 4) and not past.any():
                made[place::season] = 0.0
    made[known.marks.closed[start : start + len(made)] > 0] = 0.0
    return made


def _interval(known: Known, trials: _Trials, tested: Numbers, said: Numbers, level: float) -> Interval:
    """Put around forecasts what the trials' residuals, as parts of the level, were within."""
    now = float(known.scale(np.array([len(known)]))[0])
    widths = _widths(known, np.abs(_residuals(trials, tested)), level) * now
    low, high = said - widths, said + widths
    if known.values.min() >= 0:
        low = np.maximum(low, 0.0)
    still = (said == 0) & (known.marks.closed[len(known) : len(known) + len(said)] > 0)
    low[still] = high[still] = 0.0
    return Interval(low, high)


def _quantile(residuals: Numbers, level: float, origins: int) -> float:
    """Give the residual that a new one stays below with probability `level`.

    Residuals of one origin resemble each other: the sample is as small as the number of origins tells, about.
    """
    if not len(residuals):
        return 0.0
    return float(np.quantile(residuals, min(1.0, level * (1 + 1 / (2 * origins))), method="higher"))
