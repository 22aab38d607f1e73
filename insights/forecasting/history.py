"""A series as far as it is known, and cleaned: what is missing, far out or of a holiday, made usual."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from insights.forecasting.grains import RHYTHMS, Grain, Rhythm

Numbers = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

LONGEST = 1600  # what is older says little, and costs time
USUAL = 8  # how many earlier periods of the same place say what is usual
LEAST = 3
FAR = 6.0  # how many spreads from the usual a value counts for at most
WHOLE = 0.9  # of a period's days or rows, for it to count as whole
SPREAD = 1.4826  # of a normal distribution, in median absolute deviations


@dataclass(frozen=True, eq=False)
class History:
    """The values of consecutive periods, oldest first; NaN where one is missing.

    `start` is the first day of the first period.
    """

    grain: Grain
    start: date
    values: Numbers

    def __len__(self) -> int:
        return len(self.values)

    @property
    def rhythm(self) -> Rhythm:
        return RHYTHMS[self.grain]

    def day(self, place: int) -> date:
        """Give the first day of the period at a place, which may lie after the last."""
        if self.grain is Grain.DAILY:
            return self.start + timedelta(days=place)
        if self.grain is Grain.WEEKLY:
            return self.start + timedelta(weeks=place)
        months = self.start.year * 12 + self.start.month - 1 + place
        return date(months // 12, months % 12 + 1, 1)

    def place(self, day: date) -> int:
        """Tell which period holds a day, from 0; it may lie before the first or after the last."""
        if self.grain is Grain.MONTHLY:
            return (day.year - self.start.year) * 12 + day.month - self.start.month
        days = (day - self.start).days
        return days if self.grain is Grain.DAILY else days // 7

    def until(self, end: int) -> History:
        """Give what was known before the period at `end`, without what lies long ago."""
        known = np.flatnonzero(~np.isnan(self.values[:end]))
        first = max(int(known[0]) if len(known) else 0, end - LONGEST)
        return History(self.grain, self.day(first), self.values[first:end])


def gathered(daily: History, grain: Grain, week_start: int = 0) -> History:
    """Sum days up to whole weeks or months; one of which a tenth is missing is missing, else it is scaled.

    `week_start` counts as date.weekday() does.
    """
    start = daily.start
    if grain is Grain.WEEKLY:
        start -= timedelta(days=(start.weekday() - week_start) % 7)
    empty = History(grain, start.replace(day=1) if grain is Grain.MONTHLY else start, np.empty(0))
    end = daily.day(len(daily))
    count = empty.place(end)  # the period that holds the day after the last is not over
    values: Numbers = np.full(max(count, 0), np.nan)
    for place in range(len(values)):
        first, last = empty.day(place), empty.day(place + 1)
        part = daily.values[max((first - daily.start).days, 0) : (last - daily.start).days]
        known = part[~np.isnan(part)]
        if len(known) >= WHOLE * (last - first).days:
            values[place] = known.sum() * (last - first).days / len(known)
    kept = np.flatnonzero(~np.isnan(values))
    if not len(kept):
        return History(grain, empty.start, np.empty(0))
    return History(grain, empty.day(int(kept[0])), values[kept[0] :])


def filled(values: Numbers, season: int) -> Numbers:
    """Put in the place of what is missing the mean of the last values of the same place in the season."""
    made = values.copy()
    for place in np.flatnonzero(np.isnan(values)):
        before = made[place % season : place : season][-LEAST:]
        around = values[place % season :: season]
        around = around[~np.isnan(around)][:LEAST]
        near = before[~np.isnan(before)]
        made[place] = near.mean() if len(near) else around.mean() if len(around) else np.nanmean(values)
    return made


def usual(values: Numbers, season: int) -> Numbers:
    """Give for each period the median of those before it at the same place; NaN where there are too few."""
    rows = -(-len(values) // season)
    grid = np.full(rows * season, np.nan)
    grid[rows * season - len(values) :] = values
    padded = np.vstack([np.full((USUAL, season), np.nan), grid.reshape(rows, season)])
    windows = np.lib.stride_tricks.sliding_window_view(padded, USUAL, axis=0)[:rows]
    known = USUAL - np.isnan(windows).sum(axis=2)
    ordered = np.sort(windows, axis=2)  # NaN last
    low = np.take_along_axis(ordered, np.maximum(known - 1, 0)[..., None] // 2, axis=2)[..., 0]
    high = np.take_along_axis(ordered, (known // 2)[..., None] % USUAL, axis=2)[..., 0]
    middle = np.where(known >= LEAST, (low + high) / 2, np.nan)
    return middle.ravel()[-len(values) :]


def cleaned(values: Numbers, special: Numbers, season: int) -> tuple[Numbers, Numbers]:
    """Make a filled series' values (as targets, and as what later values are told from).

    Both have what is far out drawn in; the second also has special periods, such as holidays, made usual.
    """
    apart = special > 0
    plain = np.where(apart, np.nan, values)
    middle = usual(plain, season)
    known = ~np.isnan(middle)
    if not known.any():
        return values, values
    off = np.abs(values - middle)[known & ~apart]
    reach = FAR * (SPREAD * float(np.median(off)) if len(off) else np.inf) or np.inf
    drawn = np.where(known & ~apart, np.clip(values, middle - reach, middle + reach), values)
    return drawn, np.where(known & apart, middle, drawn)
