"""The usual shape of a season around a level: of each of its places, what part of the mean it is.

Of a series that falls below zero, what it is more than the mean.
"""

from __future__ import annotations

import numpy as np

from insights.forecasting.features import Known
from insights.forecasting.history import Numbers, Places

SEASONS = 12
FADING = 0.9  # what a season counts in the shape, for each that came after it
WAVES = 3  # whole turns a season that a smooth shape is made of
TINY = 1e-12


def shape(known: Known, start: int) -> Numbers:
    """Give the shape of the season from a start on, a place each as often as it was seen."""
    season, values = known.rhythm.season, known.smooth[:start]
    whole = is_part(known)
    made = np.full(season, 1.0 if whole else 0.0)
    if start < season + 1:
        return made
    means = _means(values, season)
    at = np.arange(season // 2, season // 2 + len(means))
    for place in range(season):
        chosen = np.flatnonzero((at - start) % season == place)[-SEASONS:]
        if not len(chosen):
            continue
        weights = FADING ** np.arange(len(chosen))[::-1]
        value, mean = weights @ values[at[chosen]], weights @ means[chosen]
        if whole:
            made[place] = value / mean if mean > TINY else 1.0
        else:
            made[place] = (value - mean) / weights.sum()
    return made


def smooth_shape(known: Known, start: int) -> Numbers:
    """Give the shape of few and noisy seasons: half of it the mean of each place, half of it waves.

    Both are drawn towards none by the share of them that noise explains (James & Stein, 1961).
    """
    season, whole = known.rhythm.season, is_part(known)
    flat = 1.0 if whole else 0.0
    if start < season + 1:
        return np.full(season, flat)
    means = _means(known.smooth[:start], season)
    edge = season // 2
    means = np.concatenate([np.repeat(means[0], edge), means, np.repeat(means[-1], edge)])
    count = min(start, SEASONS * season)
    values, means = known.smooth[start - count : start], means[:start][-count:]
    off = values / np.maximum(means, TINY) - 1 if whole else values - means
    at = places(known, np.arange(start - count, start), start)
    weights = FADING ** (np.arange(count)[::-1] // season)
    sums, counts = (np.bincount(at, weights * part, season) for part in (off, np.ones(count)))
    turns = 2 * np.pi * np.outer(np.arange(season), np.arange(1, WAVES + 1)) / season
    waves = np.hstack([np.sin(turns), np.cos(turns)])
    root = np.sqrt(weights)
    factors = np.linalg.lstsq(waves[at] * root[:, None], off * root, rcond=None)[0]
    return (
        flat + (_drawn(sums / counts, off, at, season) + _drawn(waves @ factors, off, at, waves.shape[1])) / 2
    )


def _drawn(made: Numbers, off: Numbers, at: Places, factors: int) -> Numbers:
    """Draw a shape of so many fitted factors towards none."""
    noise = float(np.sum((off - made[at]) ** 2)) / max(len(off) - factors, 1)
    explained = noise * factors / len(off) / max(float(np.mean(made**2)), TINY)
    return made * max(0.0, 1 - explained)


def _means(values: Numbers, season: int) -> Numbers:
    """Average the season around each value, from half a season on."""
    kernel = np.ones(season) if season % 2 else np.concatenate([[0.5], np.ones(season - 1), [0.5]])
    return np.convolve(values, kernel / season, "valid")


def levels(known: Known, shape: Numbers, first: int, start: int, rate: float) -> Numbers:
    """Smooth the level of the periods from `first` to before `start`, the shape taken out of it."""
    values, parts = known.smooth[first:start], shape[places(known, np.arange(first, start), start)]
    weights = np.asarray((1 - rate) ** np.arange(start - first), dtype=np.float64)
    if not is_part(known):
        values, parts = values - parts, np.ones(len(parts))
    made: Numbers = _decayed(values, weights) / np.maximum(_decayed(parts, weights), TINY)
    return made


def _decayed(values: Numbers, weights: Numbers) -> Numbers:
    made: Numbers = np.convolve(values, weights)[: len(values)]
    return made


def places(known: Known, periods: Places, start: int) -> Places:
    """Tell the place of periods in a season that begins at a start."""
    made: Places = (periods - start) % known.rhythm.season
    return made


def around(known: Known, levels: Numbers, shape: Numbers) -> Numbers:
    """Put a shape around levels."""
    made: Numbers = levels * shape if is_part(known) else levels + shape
    return made


def is_part(known: Known) -> bool:
    """Tell whether a shape is told as parts of the level."""
    return bool(known.values.min() >= 0)
