"""Gradient-boosted trees at work: a plain walk over arrays, without the library that grew them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

WEIGHTS = Path(__file__).with_name("weights.npz")

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees laid end to end in arrays; the answer is the probability that a candidate is right.

    A node with `left` below 0 is a leaf, and `value` its share of the log-odds; else those rows go left whose
    `feature` is at most `value`. `roots` are the places at which the trees begin.
    """

    roots: Whole
    feature: Whole
    left: Whole
    right: Whole
    value: Floats

    def probabilities(self, features: Sequence[Sequence[float]]) -> Floats:
        """Return for each candidate, by its features, how likely it is the right one."""
        rows = np.asarray(features, dtype=np.float64)
        place = np.broadcast_to(self.roots, (len(rows), len(self.roots))).copy()
        every = np.arange(len(rows))[:, None]
        while (inner := self.left[place] >= 0).any():
            low = rows[every, np.maximum(self.feature[place], 0)] <= self.value[place]
            place = np.where(inner, np.where(low, self.left[place], self.right[place]), place)
        odds: Floats = self.value[place].sum(axis=1)
        return 1 / (1 + np.exp(-odds))


@cache
def forest(name: str) -> Forest | None:
    """Return the trees of a choice, such as "merchant"; None where the rules are better and none are kept."""
    arrays = _weights()
    if f"{name}.roots" not in arrays:
        return None
    return Forest(
        roots=arrays[f"{name}.roots"].astype(np.int32),
        feature=arrays[f"{name}.feature"].astype(np.int32),
        left=arrays[f"{name}.left"].astype(np.int32),
        right=arrays[f"{name}.right"].astype(np.int32),
        value=arrays[f"{name}.value"].astype(np.float64),
    )


def calibrated(name: str, score: float) -> float:
    """Return how many of 1 were right, of the labelled receipts whose value scored so."""
    curve = _weights().get(f"{name}.calibration")
    return min(score, 1.0) if curve is None else float(np.interp(score, *curve))


@cache
def _weights() -> dict[str, npt.NDArray[Any]]:
    if not WEIGHTS.exists():
        return {}
    with np.load(WEIGHTS, allow_pickle=False) as arrays:
        return dict(arrays)
