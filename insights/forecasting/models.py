"""The models: each learns from what is known at a cut, and forecasts from any later start."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from insights.forecasting.features import Known, Rows
from insights.forecasting.grains import Model
from insights.forecasting.history import Numbers, Places
from insights.forecasting.shapes import TINY, around, is_part, levels, places, shape, smooth_shape

Predict = Callable[[Known, int], Numbers]  # the values of all periods ahead of a start

OLDEST = 1200  # starts further back than so many periods teach nothing
RIDGE_ROWS = 12_000
ROUNDS = 4  # of fitting anew to the least absolute errors
NEAR = 0.3  # times the median error: smaller ones count alike
FOREST_ROWS = 2_000
TREES = 25
LEAF = 5
COLUMNS = 1 / 3  # that a split may choose from
RIDGE_FULL, RIDGE_SHORT = 30.0, 100.0  # penalties, the stronger for a history of less than a year
EXTREME = 0.002  # answers beyond these quantiles are drawn in
RATES = (0.03, 0.08, 0.16, 0.3, 0.5, 0.8)  # at which a level may follow what comes
LEVEL_PERIODS = 280  # that a level is made of
LINE_PERIODS = 36


def naive(known: Known, start: int) -> Numbers:
    """Repeat the last season, or the last period while no season has come twice."""
    rhythm = known.rhythm
    season = rhythm.season if start >= rhythm.season_needs else 1
    return known.values[start - season : start][np.arange(known.ahead) % season]


def profile(known: Known, cut: int) -> Predict:
    """Take the usual shape of the season around a level, smoothed at the rate that was best before `cut`."""
    values, ahead = known.smooth, known.ahead
    distances = sorted({1, -(-ahead // 8), ahead // 4, ahead // 2, ahead})
    usual = shape(known, cut)
    first = max(cut - LEVEL_PERIODS, 0)

    def error(rate: float) -> float:
        made = levels(known, usual, first, cut, rate)
        missed = []
        for distance in distances:
            starts = np.arange(len(made) // 4, len(made) - distance)
            if len(starts):
                targets = starts + distance
                said = around(known, made[starts], usual[places(known, first + targets, cut)])
                missed.append(float(np.abs(values[first + targets] - said).mean()))
        return float(np.mean(missed)) if missed else 0.0

    rate = min(RATES, key=error)

    def predict(known: Known, start: int) -> Numbers:
        usual = shape(known, start)
        level = levels(known, usual, max(start - LEVEL_PERIODS, 0), start, rate)[-1:]
        return around(known, level, usual[np.arange(known.ahead) % len(usual)])

    return predict


def line(known: Known, start: int) -> Numbers:
    """Go on along the straight line through the last periods, the shape of the season apart."""
    usual = smooth_shape(known, start)
    periods = np.arange(max(start - LINE_PERIODS, 0), start)
    values, parts = known.smooth[periods], usual[places(known, periods, start)]
    plain = values / np.maximum(parts, TINY) if is_part(known) else values - parts
    kept = parts > 0.05 if is_part(known) else np.ones(len(parts), dtype=bool)
    if kept.sum() < 2:
        return naive(known, start)
    slope, level = np.polyfit(periods[kept] - start, plain[kept], 1)
    return around(known, level + slope * np.arange(known.ahead), usual[np.arange(known.ahead) % len(usual)])


def linear_regression(known: Known, cut: int, chance: np.random.Generator) -> Predict:
    """Fit a ridge regression to the least absolute errors of what came before `cut`.

    By weighting anew (iteratively reweighted least squares): a few days far out move it little.
    """
    rows = _some(_rows(known, cut), RIDGE_ROWS, chance)
    table, answers = known.features(rows), _drawn_in(known.answers(rows))
    middle, spread = table.mean(axis=0), table.std(axis=0)
    spread[spread < 1e-9] = 1.0
    scaled = (table - middle) / spread
    penalty = (RIDGE_FULL if known.yearly else RIDGE_SHORT) * np.eye(scaled.shape[1])
    weights = np.ones(len(answers))
    for _ in range(ROUNDS):
        level, middles = np.average(answers, weights=weights), np.average(scaled, axis=0, weights=weights)
        left = scaled - middles
        weighted = (left * weights[:, None]).T
        factors = np.linalg.solve(weighted @ left + penalty, weighted @ (answers - level))
        off = np.abs(answers - level - left @ factors)
        weights = 1 / np.maximum(off, NEAR * np.median(off) + TINY)
        weights /= weights.mean()

    def predict(known: Known, start: int) -> Numbers:
        ahead = _ahead(known, start)
        told = ((known.features(ahead) - middle) / spread - middles) @ factors + level
        return known.untold(told, ahead)

    return predict


def random_forest(known: Known, cut: int, chance: np.random.Generator) -> Predict:
    """Grow a forest on some of what came before `cut`; it forecasts the median, as errors are counted."""
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
    table, answers = known.features(rows), _drawn_in(known.answers(rows))
    forest.fit(table, answers)
    order = np.argsort(answers)
    answers, leaves = answers[order], forest.apply(table)[order]
    sizes = [np.bincount(tree) for tree in leaves.T]

    def predict(known: Known, start: int) -> Numbers:
        ahead = _ahead(known, start)
        told = [_median(answers, leaves, sizes, own) for own in forest.apply(known.features(ahead))]
        return known.untold(np.array(told), ahead)

    return predict


def _median(answers: Numbers, leaves: Places, sizes: list[Places], own: Places) -> float:
    """Give the median of the answers that share a row's leaves (Meinshausen 2006); the sorted answers."""
    shares = np.array([1 / size[leaf] for size, leaf in zip(sizes, own, strict=True)])
    reached = np.cumsum((leaves == own) @ shares)
    return float(answers[np.searchsorted(reached, reached[-1] / 2)])


def fitted(
    known: Known, cut: int, models: frozenset[Model] | set[Model], seed: int = 0
) -> dict[Model, Predict]:
    """Fit the asked models to what came before `cut`, and the naive one; equal seeds give equal models."""
    chance = np.random.default_rng(seed)
    made: dict[Model, Predict] = {Model.SEASONAL_NAIVE: naive}
    if Model.PROFILE in models:
        made[Model.PROFILE] = profile(known, cut)
    if Model.LINEAR_REGRESSION in models:
        by_line = known.rhythm.by_line
        made[Model.LINEAR_REGRESSION] = line if by_line else linear_regression(known, cut, chance)
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
