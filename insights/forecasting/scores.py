"""How far forecasts were off, in ways that can be compared from series to series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from insights.forecasting.history import Numbers


@dataclass(frozen=True, kw_only=True)
class Score:
    """Errors over all forecast periods that have come; None where it is not defined.

    `mase` is the mean absolute error as a part of the one that repeating the last season makes, one season
    ahead, in the history before each origin (Hyndman & Koehler 2006); `wape` the sum of absolute errors as a
    part of the sum of absolute actuals; coverages are parts of the actuals that lay in the interval.
    """

    mase: float | None
    wape: float | None
    mae: float | None
    rmse: float | None
    coverage80: float | None
    coverage95: float | None
    origins: int


@dataclass(frozen=True, eq=False)
class Trial:
    """What was forecast from one origin, beside what came; NaN where that is not known."""

    actual: Numbers
    predicted: Numbers
    scale: float  # the error of repeating the season, in the history before
    inside80: Numbers | None = None  # 1 within the interval, 0 outside; NaN as `actual`
    inside95: Numbers | None = None


def score(trials: Sequence[Trial]) -> Score:
    """Sum up trials: MASE as the mean over origins, everything else over all periods."""
    actual = np.concatenate([trial.actual for trial in trials]) if trials else np.empty(0)
    errors = np.concatenate([trial.predicted for trial in trials]) - actual if trials else np.empty(0)
    known = ~np.isnan(errors)
    if not known.any():
        return Score(
            mase=None, wape=None, mae=None, rmse=None, coverage80=None, coverage95=None, origins=len(trials)
        )
    sizes, whole = np.abs(errors[known]), float(np.abs(actual[known]).sum())
    scaled = [_scaled(trial) for trial in trials]
    defined = [value for value in scaled if value is not None]
    return Score(
        mase=float(np.mean(defined)) if defined else None,
        wape=float(sizes.sum() / whole) if whole else None,
        mae=float(sizes.mean()),
        rmse=float(np.sqrt((sizes**2).mean())),
        coverage80=_mean([trial.inside80 for trial in trials]),
        coverage95=_mean([trial.inside95 for trial in trials]),
        origins=len(trials),
    )


def season_error(values: Numbers, season: int) -> float:
    """Give the mean absolute error of repeating the last season, one season ahead; NaN without any."""
    off = np.abs(values[season:] - values[:-season])
    off = off[~np.isnan(off)]
    return float(off.mean()) if len(off) else float("nan")


def _scaled(trial: Trial) -> float | None:
    errors = np.abs(trial.predicted - trial.actual)
    errors = errors[~np.isnan(errors)]
    if not len(errors) or not trial.scale > 0:
        return None
    return float(errors.mean() / trial.scale)


def _mean(parts: Sequence[Numbers | None]) -> float | None:
    told = [part for part in parts if part is not None]
    if not told:
        return None
    inside = np.concatenate(told)
    inside = inside[~np.isnan(inside)]
    return float(inside.mean()) if len(inside) else None
