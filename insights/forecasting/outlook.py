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
from insights.forecasting.grains import Tier
from insights.forecasting.history import History, Numbers
from insights.forecasting.models import Model, Predict, fitted, naive, profile
from insights.forecasting.scores import Score, Trial, score, season_error

ORIGINS = 10
POWER = 2.0  # an error half as large counts four times as much
LEVELS = (0.80, 0.95)
SILENT = 8  # seasons in which a place of the season was zero, after which it is forecast as zero
MEMBERS = (Model.LINEAR_REGRESSION, Model.RANDOM_FOREST, Model.PROFILE)


@dataclass(frozen=True, eq=False)
class Interval:
    low: Numbers
    high: Numbers


@dataclass(frozen=True, eq=False)
class Outlook:
    """Forecasts of consecutive periods from the day `start` on; without enough history, of none.

    `model` is the one served; `members` has each model's own forecasts, `weights` what it counts in an
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
    members: dict[Model, Numbers] | None = None
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
    weights = _weights(trials)
    latest = fitted(known, periods, models, seed)
    members = {model: _bounded(known, predict(known, periods)) for model, predict in latest.items()}
    naive_score = _score(known, trials, trials.members[Model.SEASONAL_NAIVE])
    averaged = _average(trials.members, weights)
    skilled = _score(known, trials, averaged)
    has_skill = (skilled.mae or 0.0) < (naive_score.mae or 0.0)
    tested = averaged if has_skill else trials.members[Model.SEASONAL_NAIVE]
    mixed = Model.PROFILE if tier is Tier.PROFILE else Model.AVERAGE
    members[mixed] = _bounded(known, _average(members, weights))
    model = mixed if has_skill else Model.SEASONAL_NAIVE
    low_high = [_interval(known, trials, tested, members[model], level) for level in LEVELS]
    return Outlook(
        tier,
        periods,
        needed,
        start,
        model=model,
        predicted=members[model],
        interval80=low_high[0],
        interval95=low_high[1],
        score=skilled if has_skill else naive_score,
        naive_score=naive_score,
        members=members,
        weights=weights,
    )


def _try(known: Known, models: set[Model], seed: int) -> _Trials:
    """Forecast from the last origins with known outcomes, by models fitted to what came before the first."""
    periods, ahead = len(known), known.ahead
    step = known.rhythm.lag
    last = periods - ahead
    cut = max(last - step * (ORIGINS - 1), periods // 2)
    if last - cut < ORIGINS - 1:  # a short history: origins follow each other, and see less far
        last, step = min(cut + ORIGINS - 1, periods - 1), 1
    origins = list(range(last, cut - 1, -step))[::-1]
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


def _weights(trials: _Trials) -> dict[Model, float]:
    """Count each model by the inverse of its error to a power, in what was tried."""
    errors = {
        model: float(np.nanmean(np.abs(said - trials.actual))) if not np.isnan(trials.actual).all() else 1.0
        for model, said in trials.members.items()
        if model is not Model.SEASONAL_NAIVE
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
    made = []
    for origin, actual, row in zip(trials.origins, trials.actual, said, strict=True):
        made.append(Trial(actual, row, season_error(known.history.values[:origin], season)))
    return score(made)


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
    """Put around forecasts what residuals, as parts of the level, were within (split conformal).

    Residuals are taken by the block of periods ahead; see Vovk et al. (2005), section 2.2.
    """
    off = (trials.actual - tested) / trials.levels[:, None]
    now = float(known.scale(np.array([len(known)]))[0])
    low, high = said.copy(), said.copy()
    blocks = known.rhythm.blocks
    for first in range(0, known.ahead, blocks):
        part = slice(first, first + blocks)
        residuals = np.abs(off[:, part])
        residuals = residuals[~np.isnan(residuals)]
        if not len(residuals):  # so far ahead that nothing has come: as wide as the last block known
            residuals = np.abs(off[~np.isnan(off)])
        width = _quantile(residuals, level, len(trials.origins)) * now
        low[part] -= width
        high[part] += width
    if known.values.min() >= 0:
        low = np.maximum(low, 0.0)
    still = (said == 0) & (known.marks.closed[len(known) : len(known) + len(said)] > 0)
    low[still] = high[still] = 0.0
    return Interval(low, high)


def _quantile(residuals: Numbers, level: float, origins: int) -> float:
    """Give the residual that a new one stays below with probability `level`.

    Residuals of one origin resemble each other: origins, not residuals, are the sample that is small.
    """
    if not len(residuals):
        return 0.0
    return float(np.quantile(residuals, min(1.0, level * (1 + 1 / origins)), method="higher"))
