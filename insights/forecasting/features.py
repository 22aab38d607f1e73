"""Rows to learn from, one for each start and distance: what was known at the start about a later period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from insights.forecasting.calendars import Calendar
from insights.forecasting.grains import Grain, Tier
from insights.forecasting.history import History, Numbers, Places, cleaned, filled

HARMONICS = 2
LEAST_LEVEL = 0.05  # of the mean: a quiet month does not make its days look huge
AROUND = 10  # days before and after the same day a year ago
TINY = 1e-9


@dataclass(frozen=True, eq=False)
class Rows:
    """Where each row starts, in periods known, and how many periods ahead it looks, from 1."""

    starts: Places
    ahead: Places

    @property
    def targets(self) -> Places:
        return self.starts + self.ahead - 1


class Known:
    """A cleaned history, and what can be said of a period to come from what was known at a start.

    Values are told as (value - level) / scale, so that a shop that has grown learns from when it was small.
    """

    def __init__(self, history: History, calendar: Calendar, ahead: int) -> None:
        self.history = history
        self.rhythm = rhythm = history.rhythm
        self.ahead = ahead
        self.marks = calendar.of(history, ahead)
        count = len(history)
        raw = (
            np.where(self.marks.closed[:count] > 0, np.nan, history.values) if self._daily else history.values
        )
        if np.isnan(raw).all():
            raw = history.values
        season = rhythm.season if self._daily else 1
        self.values = filled(raw, season)
        special = self.marks.holidays[1 : count + 1] if self._daily else np.zeros(count)
        self.targets, self.smooth = cleaned(self.values, special, season)
        self._sums = np.concatenate([[0.0], np.cumsum(self.smooth)])
        self._recent = self.smooth[-max(rhythm.year, 1) :]
        self.yearly = rhythm.tier(count) is Tier.FULL

    @property
    def _daily(self) -> bool:
        return self.history.grain is Grain.DAILY

    def __len__(self) -> int:
        return len(self.values)

    def mean(self, ends: Places, span: int) -> Numbers:
        """Give the mean of the `span` periods before each of `ends`, of fewer where there are fewer."""
        firsts = np.maximum(ends - span, 0)
        made: Numbers = (self._sums[ends] - self._sums[firsts]) / np.maximum(ends - firsts, 1)
        return made

    def level(self, ends: Places) -> Numbers:
        return self.mean(ends, self.rhythm.level)

    def scale(self, ends: Places) -> Numbers:
        if self.values.min() >= 0:
            return np.maximum(self.level(ends), LEAST_LEVEL * float(np.mean(self._recent)) + TINY)
        return np.full(len(ends), float(np.std(self._recent)) + TINY)

    def answers(self, rows: Rows) -> Numbers:
        """Give what came, as it is told."""
        made: Numbers = (self.targets[rows.targets] - self.level(rows.starts)) / self.scale(rows.starts)
        return made

    def untold(self, told: Numbers, rows: Rows) -> Numbers:
        """Turn what was told back into values."""
        return told * self.scale(rows.starts) + self.level(rows.starts)

    def features(self, rows: Rows) -> Numbers:
        """Describe each row by columns, which have these `names`."""
        return np.column_stack(list(self._columns(rows).values()))

    @property
    def names(self) -> list[str]:
        return list(self._columns(Rows(np.array([len(self)]), np.array([1]))))

    def _columns(self, rows: Rows) -> dict[str, Numbers]:
        columns = self._levels(rows) | self._lags(rows) | self._calendar(rows)
        return columns | self._year(rows) if self.yearly else columns

    def _told(self, places: Places, rows: Rows) -> Numbers:
        made: Numbers = (self.smooth[places] - self.level(rows.starts)) / self.scale(rows.starts)
        return made

    def _lags(self, rows: Rows) -> dict[str, Numbers]:
        """Tell the last values at the target's place in the week, and their means."""
        step, lags = self.rhythm.lag, self.rhythm.lags
        back = -(-rows.ahead // step)
        places = [rows.targets - step * (back + lag) for lag in range(2 * lags)]
        told = [self._told(np.where(place < 0, place % step, place), rows) for place in places]
        made = {f"lag_{n}": lag for n, lag in enumerate(told[:lags], start=1)}
        means = {"lags_mean": np.mean(told[:lags], axis=0), "lags_long_mean": np.mean(told, axis=0)}
        return made | means

    def _levels(self, rows: Rows) -> dict[str, Numbers]:
        last = self._told(rows.starts - 1, rows)
        scale, level = self.scale(rows.starts), self.level(rows.starts)
        means = {f"mean_{span}": (self.mean(rows.starts, span) - level) / scale for span in self.rhythm.spans}
        near = rows.ahead <= self.rhythm.blocks
        return {
            "last": last,
            "last_fading": last / np.sqrt(rows.ahead),
            **means,
            "mean_near": means[f"mean_{self.rhythm.spans[1]}"] * near,
            "ahead": rows.ahead / self.ahead,
        }

    def _calendar(self, rows: Rows) -> dict[str, Numbers]:
        places, marks = rows.targets, self.marks
        made = {"holiday": marks.holidays[places + 1], "promotion": marks.promoted[places]}
        if self._daily:
            weekdays = (places + self.history.start.weekday()) % 7
            made |= {f"weekday_{day}": (weekdays == day).astype(float) for day in range(7)}
            made |= {"holiday_before": marks.holidays[places], "holiday_after": marks.holidays[places + 2]}
        return made

    def _year(self, rows: Rows) -> dict[str, Numbers]:
        """Tell where in the year the target lies, and what it was like a year before against the start's."""
        turns = 2 * np.pi * rows.targets / self.rhythm.turn
        made: dict[str, Numbers] = {}
        for n in range(1, HARMONICS + 1):
            made |= {f"year_sin_{n}": np.sin(n * turns), f"year_cos_{n}": np.cos(n * turns)}
        ago = rows.targets - self.rhythm.year
        then = rows.starts - self.rhythm.year
        known = then >= self.rhythm.level
        place, level = np.maximum(ago, 0), self.level(np.maximum(then, self.rhythm.level))
        around = AROUND if self._daily else 1
        ends = np.minimum(place + around + 1, len(self))
        scale = self.scale(rows.starts)
        then_values = {"year_ago": self.smooth[place], "year_ago_mean": self.mean(ends, 2 * around + 1)}
        return made | {
            name: np.where(known, (value - level) / scale, 0.0) for name, value in then_values.items()
        }
