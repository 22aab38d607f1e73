"""What can be said of the last day of a series. Pure, and light: nothing is computed here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SHORT, LONG = 14, 28  # days of the level now, and of the level before


class Change(StrEnum):
    DAY = "DAY"
    LEVEL = "LEVEL"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is unusual about the last day of a series; `score` is 1 at the edge of the band.

    For a LEVEL, `value` and `expected` are means of the last SHORT days and of the LONG days before.
    """

    change: Change
    value: float
    expected: float
    low: float
    high: float
    score: float
    similar: tuple[int, ...] = ()  # columns of past days of the like, the nearest first

    @property
    def rises(self) -> bool:
        return self.value > self.expected

    @property
    def excess(self) -> float:
        return self.value - self.expected
