"""Whether a series goes up or down, how fast, and how sure that is. Pure.

Both are blind to a few wild values and assume no shape of the noise: Mann's test (Mann 1945, Kendall 1975)
with the correction for ties says how sure, the median of all pairs' slopes (Theil 1950, Sen 1968) how fast.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import combinations
from statistics import median

from insights.metrics import CENT

FEWEST = 6  # steps: of fewer no order of them is unlikely enough
MOST = 120  # steps: pairs grow with the square
SURE = Decimal("0.9500")
PLACES = Decimal("0.0001")


class Direction(StrEnum):
    UP = "UP"
    DOWN = "DOWN"
    STEADY = "STEADY"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, kw_only=True)
class Trend:
    """`slope` is the change a step, `confidence` that there is any, 0 to 1; `steps` it stands on.

    UP or DOWN needs a confidence of 0.95, and UNKNOWN is said of fewer than six steps.
    """

    direction: Direction
    slope: Decimal | None
    confidence: Decimal | None
    steps: int


def trend(values: Sequence[Decimal]) -> Trend:
    """Judge a series, oldest first; of a long one its last 120 steps."""
    values = values[-MOST:]
    if len(values) < FEWEST:
        return Trend(direction=Direction.UNKNOWN, slope=None, confidence=None, steps=len(values))
    confidence = _confidence(values)
    slope = median((late - early) / (j - i) for (i, early), (j, late) in combinations(enumerate(values), 2))
    direction = Direction.STEADY
    if confidence >= SURE and slope:
        direction = Direction.UP if slope > 0 else Direction.DOWN
    return Trend(
        direction=direction,
        slope=slope.quantize(CENT, ROUND_HALF_UP),
        confidence=confidence,
        steps=len(values),
    )


def _confidence(values: Sequence[Decimal]) -> Decimal:
    """Give 1 less the two-sided p-value of Mann's test, by the normal approximation with its correction."""
    n = len(values)
    score = sum((late > early) - (late < early) for early, late in combinations(values, 2))
    ties = sum(t * (t - 1) * (2 * t + 5) for t in Counter(values).values())
    variance = (n * (n - 1) * (2 * n + 5) - ties) / 18
    if not score or not variance:
        return Decimal("0.0000")
    z = (abs(score) - 1) / math.sqrt(variance)
    return Decimal(math.erf(z / math.sqrt(2))).quantize(PLACES, ROUND_HALF_UP)
