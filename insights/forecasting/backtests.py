"""Trying a forecast on the past: from one origin after another, knowing what was known then alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from insights.forecasting.calendars import Calendar
from insights.forecasting.features import Known
from insights.forecasting.grains import Model, Tier
from insights.forecasting.history import History, Numbers
from insights.forecasting.models import fitted
from insights.forecasting.outlook import Interval, Member, Outlook, look
from insights.forecasting.scores import Score, Trial, score, season_error

AUTO = "auto"  # what would be served
TOLD = (Model.SEASONAL_NAIVE, Model.LINEAR_REGRESSION, Model.RANDOM_FOREST)
FIRST_PART = 0.8  # of a history, to learn from

Clock = Callable[[], float]


@dataclass(frozen=True)
class Tried:
    """A model's score, and the seconds of CPU to fit it and forecast once."""

    score: Score
    seconds: float | None


@dataclass(frozen=True, eq=False)
class Attempt:
    """One model's forecast from one origin, with the seconds of CPU that it took where they were measured."""

    trial: Trial
    seconds: float | None
    model: Model


@dataclass(frozen=True)
class Backtest:
    """What came of it by model; `chosen` is what is served from the last origin."""

    periods: int
    chosen: str
    models: dict[str, Tried]


def origins_of(history: History, *, horizon: int, origins: int) -> list[int]:
    """Spread origins over the end of a history, a horizon apart where there is room."""
    count, tiers = len(history), history.rhythm.tiers
    first = next((least for least in (tiers[2], tiers[1], tiers[0]) if least + horizon <= count), None)
    if first is None:
        return []
    first = max(first, count - horizon * origins)
    return sorted({int(place) for place in np.linspace(first, count - horizon, origins)})


def rolling(
    history: History, *, calendar: Calendar, horizon: int, origins: int, clock: Clock
) -> Iterator[dict[str, Attempt]]:
    """Try the models from each origin in turn: each trial with its seconds, and what was served."""
    for origin in origins_of(history, horizon=horizon, origins=origins):
        known = history.until(origin)
        actual = history.values[origin : origin + horizon]
        started = clock()
        outlook = look(known, calendar=calendar, horizon=horizon)
        seconds = clock() - started
        if outlook.predicted is None or outlook.model is None:
            continue
        scale = _scale(known)
        served = Attempt(_trial(actual, outlook, scale), seconds, outlook.model)
        found = {AUTO: served}
        if outlook.model is Model.SEASONAL_NAIVE:
            found[Model.SEASONAL_NAIVE.value] = served
        alone = _alone(known, calendar, horizon, outlook.tier, clock)
        for model, member in (outlook.members or {}).items():
            if model in TOLD:
                trial = _trial(actual, member, scale)
                found[model.value] = Attempt(trial, alone.get(model), model)
        yield found


def summed(history: History, found: Sequence[dict[str, Attempt]]) -> Backtest:
    """Put the trials of all origins together."""
    models = {}
    for name in (*(model.value for model in TOLD), AUTO):
        trials = [made[name] for made in found if name in made]
        seconds = [made.seconds for made in trials if made.seconds is not None]
        mean = sum(seconds) / len(seconds) if seconds else None
        models[name] = Tried(score([made.trial for made in trials]), mean)
    return Backtest(
        len(history), found[-1][AUTO].model.value if found else Tier.NOT_ENOUGH_DATA.value, models
    )


def chronological(history: History, *, calendar: Calendar, horizon: int) -> tuple[int, dict[str, Score]]:
    """Fit once to the first four fifths, and try on the rest, a horizon after another; nothing is shuffled.

    Tells also how many periods were learnt from.
    """
    cut = int(len(history) * FIRST_PART)
    known = Known(history, calendar, horizon)
    latest = fitted(known, cut, set(TOLD) | {Model.PROFILE})
    trials: dict[str, list[Trial]] = {model.value: [] for model in latest}
    for start in range(cut, len(history), horizon):
        actual = history.values[start : start + horizon]
        for model, predict in latest.items():
            said = predict(known, start)[: len(actual)]
            trials[model.value].append(Trial(actual, said, _scale(history.until(start))))
    return cut, {name: score(made) for name, made in trials.items()}


def _alone(known: History, calendar: Calendar, horizon: int, tier: Tier, clock: Clock) -> dict[Model, float]:
    """Time each model by itself, where the history is long enough for it."""
    if tier not in (Tier.AVERAGE, Tier.FULL):
        return {}
    spent = {}
    for model in TOLD:
        started = clock()
        made = Known(known, calendar, horizon)
        fitted(made, len(made), {model})[model](made, len(made))
        spent[model] = clock() - started
    return spent


def _trial(actual: Numbers, outlook: Outlook | Member, scale: float) -> Trial:
    said = outlook.predicted if outlook.predicted is not None else np.empty(0)
    came = actual[: len(said)]
    made = Trial(came, said, scale)
    if outlook.interval80 is None or outlook.interval95 is None:
        return made
    return dataclasses.replace(
        made, inside80=_inside(came, outlook.interval80), inside95=_inside(came, outlook.interval95)
    )


def _inside(actual: Numbers, interval: Interval) -> Numbers:
    within = (actual >= interval.low) & (actual <= interval.high)
    return np.where(np.isnan(actual), np.nan, within.astype(float))


def _scale(known: History) -> float:
    rhythm = known.rhythm
    return season_error(known.values, rhythm.season if len(known) > rhythm.season else 1)
