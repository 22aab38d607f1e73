"""What is asked of a metric, of one store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core import models
from core.ranges import Days
from insights import metrics
from insights.breakdowns import Steps
from insights.clock import hours
from insights.metrics import Comparison, Dimension, Grain, Metric


@dataclass(frozen=True)
class Asked:
    """What is asked of one store."""

    store: models.Store
    days: Days
    metric: Metric
    dimension: Dimension | None
    grain: Grain | None
    compare: Comparison | None
    first: int

    @property
    def before(self) -> Days | None:
        return None if self.compare is None else metrics.compared(self.days, self.compare)

    @property
    def steps(self) -> Steps | None:
        if self.grain is None:
            return None
        before = None if self.before is None else self._steps(self.before)
        return Steps(now=self._steps(self.days), before=before)

    def _steps(self, days: Days) -> Sequence[metrics.Start]:
        if self.grain is Grain.HOUR:
            return hours(days, self.store.zone)
        assert self.grain is not None
        return metrics.steps(days, self.grain, self.store.week_start)

    @property
    def points(self) -> int:
        """How many points an answer may have, at a guess from the days."""
        each = {None: 1, Grain.HOUR: 25, Grain.DAY: 1, Grain.WEEK: 1 / 7, Grain.MONTH: 1 / 28}[self.grain]
        return int((self.days.end - self.days.start).days * each + 2) * (
            1 + self.first * (bool(self.dimension))
        )
