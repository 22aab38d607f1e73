"""Days, weeks and months: what repeats in them, and how long a history which model needs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Grain(StrEnum):
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


class Tier(StrEnum):
    """What a history is long enough for."""

    NOT_ENOUGH_DATA = "NOT_ENOUGH_DATA"
    NAIVE = "NAIVE"  # the season before again, without an interval
    PROFILE = "PROFILE"  # the mean of each place in the season, a short way ahead
    AVERAGE = "AVERAGE"  # of the models, without what needs more than a year
    FULL = "FULL"


class Model(StrEnum):
    SEASONAL_NAIVE = "seasonal_naive"
    LINEAR_REGRESSION = "linear_regression"
    RANDOM_FOREST = "random_forest"
    PROFILE = "profile"
    AVERAGE = "average"


@dataclass(frozen=True)
class Rhythm:
    """What a grain's periods are counted by; every number is of periods.

    `tiers` are the shortest histories of NAIVE, PROFILE, AVERAGE and FULL.
    """

    season: int  # after which the pattern within it comes again
    season_needs: int  # history from which the naive forecast repeats a season, else the last period
    lag: int  # the lags are so many periods apart
    lags: int
    level: int  # values are divided by the mean of so many
    spans: tuple[int, ...]  # means of so many, against that level
    year: int  # a whole number of lags
    turn: float  # the year's length
    blocks: int  # how many periods ahead share an interval's width
    short: int  # how far ahead a profile is good for
    horizon: int
    tiers: tuple[int, int, int, int]
    by_line: bool = False  # too few periods to learn from rows: a straight line, and no forest in the average

    def tier(self, periods: int) -> Tier:
        """Tell what a history of so many periods is long enough for."""
        reached = sum(periods >= least for least in self.tiers)
        return tuple(Tier)[reached]


RHYTHMS: dict[Grain, Rhythm] = {
    Grain.DAILY: Rhythm(
        season=7,
        season_needs=14,
        lag=7,
        lags=4,
        level=28,
        spans=(3, 7, 14, 84),
        year=364,
        turn=365.25,
        blocks=7,
        short=7,
        horizon=28,
        tiers=(14, 21, 63, 400),
    ),
    Grain.WEEKLY: Rhythm(
        season=52,
        season_needs=104,
        lag=1,
        lags=4,
        level=8,
        spans=(2, 4, 26),
        year=52,
        turn=52.18,
        blocks=4,
        short=4,
        horizon=8,
        tiers=(8, 12, 26, 110),
    ),
    Grain.MONTHLY: Rhythm(
        season=12,
        season_needs=24,
        lag=1,
        lags=3,
        level=6,
        spans=(1, 3, 12),
        year=12,
        turn=12.0,
        blocks=3,
        short=3,
        horizon=6,
        tiers=(6, 12, 24, 36),
        by_line=True,
    ),
}
