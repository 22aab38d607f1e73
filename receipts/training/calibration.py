"""How likely a value is right that scored so: an isotonic curve over labelled receipts, proved in folds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.isotonic import IsotonicRegression

SUREST = 0.995  # no receipt is read with certainty

Curve = npt.NDArray[np.float64]  # (2, n): scores, and the shares right at them


@dataclass(frozen=True, slots=True)
class Scored:
    """One value chosen: its score, whether it was right, and the fold of its receipt."""

    score: float
    right: bool
    fold: int


def curve(scored: Sequence[Scored]) -> Curve:
    """Fit the share of right values, which does not fall as the score rises."""
    fitted = IsotonicRegression(y_min=0.0, y_max=SUREST, out_of_bounds="clip")
    fitted.fit([one.score for one in scored], [float(one.right) for one in scored])
    return np.array([fitted.X_thresholds_, fitted.y_thresholds_], np.float64)


def proved(scored: Sequence[Scored]) -> list[tuple[float, bool]]:
    """Calibrate each fold by the others: return how sure of each value, and whether it was right."""
    sure: list[tuple[float, bool]] = []
    for fold in sorted({one.fold for one in scored}):
        others = curve([one for one in scored if one.fold != fold])
        sure += [(float(np.interp(one.score, *others)), one.right) for one in scored if one.fold == fold]
    return sure
