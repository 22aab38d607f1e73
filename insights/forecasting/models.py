"""The models: each learns from what is known at a cut, and forecasts from any later start."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from insights.forecasting.features import Known, Rows
from insights.forecasting.grains import Model
from insights.forecasting.history import Numbers, Places

Predict = Callable[[Known, int], Numbers]  # the values of all periods ahead of a start

OLDEST = 1200  # starts further back than so many periods teach nothing
RIDGE_ROWS = 12_000
FOREST_ROWS = 2_000
TREES = 25
LEAF = 5
COLUMNS = 1 / 3  # that a split may choose from
RIDGE_FULL, RIDGE_SHORT = 30.0, 100.0  # penalties, the stronger for a history of less than a year
EXTREME = 0.002  # answers beyond these quantiles are drawn in
PROFILE_SEASONS = 12
FADING = 0.9  # what a season counts in the profile, for each that came after it
RECENT = 0.3  # what the last season's mean counts in the profile's level


def naive(known: Known, start: int) -> Numbers:
    """Repeat the last season, or the last period while no season has come twice."""
    rhythm = known.rhythm
    season = rhythm.season if start >= rhythm.season_needs else 1
    return known.values[start - season : start][np.arange(known.ahead) % season]


def profile(known: Known, start: int) -> Numbers:
    """Take each place's usual distance from its season's mean, around the present level."""
    season = known.rhythm.season
    seasons = min(PROFILE_SEASONS, start // season)
    level = float(known.level(np.array([start]))[0])
    if not seasons:
        return np.full(known.ahead, level)
    grid = known.smooth[start - seasons * season : start].reshape(seasons, season)
    weights = FADING ** np.arange(seasons)[::-1]
    shape = weights @ (grid - grid.mean(axis=1, keepdims=True)) / weights.sum()
    near = float(known.mean(np.array([start]), known.rhythm.blocks)[0])
    made: Numbers = (shape + RECENT * near + (1 - RECENT) * level)[np.arange(known.ahead) % season]
    return made


def linear_regression(known: Known, cut: int, chance: np.random.Generator) -> Predict:
    """Fit a ridge regression to what came before `cut`."""
    rows = _some(_rows(known, cut), RIDGE_ROWS, chance)
    table, answers = known.features(rows), _drawn_in(known.answers(rows))
    middle, spread = table.mean(axis=0), table.std(axis=0)
    spread[spread < 1e-9] = 1.0
    scaled, mean = (table - middle) / spread, float(answers.mean())
    penalty = RIDGE_FULL if known.yearly else RIDGE_SHORT
    square = scaled.T @ scaled + penalty * np.eye(scaled.shape[1])
    weights = np.linalg.solve(square, scaled.T @ (answers - mean))

    def predict(known: Known, start: int) -> Numbers:
        ahead = _ahead(known, start)
        told = (known.features(ahead) - middle) / spread @ weights + mean
        return known.untold(told, ahead)

    return predict


def random_forest(known: Known, cut: int, chance: np.random.Generator) -> Predict:
    """Grow a forest on some of what came before `cut`."""
    # Hundreds of modules that a server never needs.
    from sklearn.ensemble import RandomForestRegressor

    rows = _some(_rows(known, cut), FOREST_ROWS, chance)
    forest = RandomForestRegressor(
        TREES,
        min_samples_leaf=LEAF,
        max_features=COLUMNS,
        n_jobs=1,
        random_state=int(chance.integers(2**31)),
    )
    forest.fit(known.features(rows), _drawn_in(known.answers(rows)))

    def predict(known: Known, start: int) -> Numbers:
        ahead = _ahead(known, start)
        return known.untold(forest.predict(known.features(ahead)), ahead)

    return predict


def fitted(
    known: Known, cut: int, models: frozenset[Model] | set[Model], seed: int = 0
) -> dict[Model, Predict]:
    """Fit the asked models to what came before `cut`, and the naive one; equal seeds give equal models."""
    chance = np.random.default_rng(seed)
    made: dict[Model, Predict] = {Model.SEASONAL_NAIVE: naive}
    if Model.PROFILE in models:
        made[Model.PROFILE] = profile
    if Model.LINEAR_REGRESSION in models:
        made[Model.LINEAR_REGRESSION] = linear_regression(known, cut, chance)
    if Model.RANDOM_FOREST in models:
        made[Model.RANDOM_FOREST] = random_forest(known, cut, chance)
    return made


def _rows(known: Known, cut: int) -> Rows:
    """List the starts and distances whose answer was known at a cut."""
    first = max(min(known.rhythm.level, cut // 2), cut - OLDEST)
    starts = [np.arange(first, cut - ahead + 1) for ahead in range(1, known.ahead + 1)]
    ahead = [np.full(len(some), n) for n, some in enumerate(starts, start=1)]
    return Rows(np.concatenate(starts), np.concatenate(ahead))


def _ahead(known: Known, start: int) -> Rows:
    ahead: Places = np.arange(1, known.ahead + 1)
    return Rows(np.full(known.ahead, start), ahead)


def _some(rows: Rows, count: int, chance: np.random.Generator) -> Rows:
    if len(rows.starts) <= count:
        return rows
    chosen = chance.choice(len(rows.starts), count, replace=False)
    return Rows(rows.starts[chosen], rows.ahead[chosen])


def _drawn_in(answers: Numbers) -> Numbers:
    return np.clip(answers, *np.quantile(answers, [EXTREME, 1 - EXTREME]))
