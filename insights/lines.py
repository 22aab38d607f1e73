"""Series by day as arrays, for whoever judges many of them at once. Pure.

Amounts are floats here: what is judged is statistics, and what is shown is rounded to what its metric shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

import numpy as np
from numpy.typing import NDArray

from insights.metrics import CENT, SHOWN, Dimension, Key, Metric

Group = tuple[Metric, Dimension | None, Key]  # without a dimension, all of the store's
Lines = Mapping[Group, "Line"]


@dataclass(frozen=True, eq=False)
class Line:
    """A series over consecutive days, the oldest first; NaN before its first day, and where not known."""

    name: str
    values: NDArray[np.float64]

    def at(self, metric: Metric, place: int) -> Decimal:
        """Give what is shown of a day; nothing where it is not known."""
        return shown(metric, self.values[place])

    def mean(self, metric: Metric, days: slice) -> Decimal:
        """Give the mean of some days, with nothing where it is not known."""
        return shown(metric, float(np.nan_to_num(self.values[days]).mean()))

    def usual(self, metric: Metric, weeks: int) -> Decimal:
        """Give the median of the days a week apart from the last one."""
        return shown(metric, median(np.nan_to_num(self.values[-8 : -8 - 7 * weeks : -7]).tolist()))


def shown(metric: Metric, value: float) -> Decimal:
    if np.isnan(value):
        return Decimal(0)
    return Decimal(repr(float(value))).quantize(SHOWN.get(metric, CENT), ROUND_HALF_UP)
