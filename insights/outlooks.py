"""The forecasts that are kept, as they are read: nothing here fits a model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.models import Store
from insights.forecasting.grains import RHYTHMS, Grain
from insights.metrics import Metric
from insights.models import Forecast, ForecastModel

PAST = 90  # periods that have ended, of which it is told how forecasts did


@dataclass(frozen=True)
class Kept:
    """A metric's model, if there is one yet, with its forecasts of periods to come and of ended ones."""

    model: ForecastModel | None
    next: Sequence[Forecast] = ()
    past: Sequence[Forecast] = ()

    @property
    def _resolved(self) -> list[tuple[float, float]]:
        return [(float(row.predicted), float(row.actual)) for row in self.past if row.actual is not None]

    @property
    def known(self) -> int:
        return len(self._resolved)

    @property
    def accuracy(self) -> float | None:
        """Give 1 − WAPE of what was served; None where nothing came to anything."""
        whole = sum(abs(actual) for _, actual in self._resolved)
        return 1 - self._error / whole if whole else None

    @property
    def mase(self) -> float | None:
        """Give the mean absolute error against the back-test's seasonal error."""
        tried = self.model.backtest if self.model else {}
        if not self._resolved or not tried.get("mase") or not tried.get("mae"):
            return None
        return self._error / self.known * float(tried["mase"]) / float(tried["mae"])

    @property
    def coverage(self) -> float | None:
        """Give the part of what came that lay in the 80 % interval."""
        inside = [
            row.low80 <= row.actual <= row.high80
            for row in self.past
            if row.actual is not None and row.low80 is not None and row.high80 is not None
        ]
        return sum(inside) / len(inside) if inside else None

    @property
    def _error(self) -> float:
        return sum(abs(predicted - actual) for predicted, actual in self._resolved)


def kept(*, stores: Sequence[Store], metric: Metric, grain: Grain) -> dict[int, Kept]:
    """Read what is kept of a metric of some stores, in two statements for all."""
    models = ForecastModel.objects.filter(store__in=stores, metric=metric.value, grain=grain.value)
    found = {model.store_id: model for model in models}
    rows: dict[int, list[Forecast]] = defaultdict(list)
    if found:
        days = PAST * {Grain.DAILY: 1, Grain.WEEKLY: 7, Grain.MONTHLY: 31}[grain]
        first = min(model.made_on for model in found.values()) - timedelta(days=days)
        told = Forecast.objects.filter(model__in=found.values(), end__gt=first)
        for row in told.order_by("for_date"):
            rows[row.model_id].append(row)
    return {store.pk: _kept(found.get(store.pk), rows) for store in stores}


def _kept(model: ForecastModel | None, rows: dict[int, list[Forecast]]) -> Kept:
    if model is None:
        return Kept(None)
    mine = rows[model.pk]
    return Kept(
        model,
        [row for row in mine if row.end > model.made_on + timedelta(days=1)],
        [row for row in mine if row.end <= model.made_on + timedelta(days=1)][-PAST:],
    )


def needed(grain: Grain) -> int:
    """Say how many periods of history a first forecast takes."""
    return RHYTHMS[grain].tiers[0]
