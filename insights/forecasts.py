"""What a store is told of days to come: made by the night, kept, and compared with what came.

Fitting takes half a second a series; a request reads what is kept and never computes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np

from core.models import Store
from core.ranges import Days
from insights import series
from insights.forecasting.calendars import Calendar
from insights.forecasting.grains import Grain
from insights.forecasting.history import LONGEST, History, gathered
from insights.forecasting.outlook import Outlook, look
from insights.forecasting.scores import Score
from insights.metrics import OF_ENERGY, Metric, Total
from insights.models import Forecast, ForecastModel
from insights.places import country_of

METRICS = (Metric.SPEND, Metric.REVENUE, Metric.ENERGY_KWH)
VERSION = 4  # of the method: rises when the same history would be forecast in another way
AHEAD = {Grain.DAILY: 28, Grain.WEEKLY: 8, Grain.MONTHLY: 3}
LATE = timedelta(days=62)  # after which a corrected bill no longer changes what came
PLACES = Decimal("0.0001")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Made:
    """A fitted series: its history and what it said."""

    store: Store
    metric: Metric
    grain: Grain
    history: History
    outlook: Outlook


def keep(*, stores: Sequence[Store], days: Mapping[int, date]) -> None:
    """Fill in what came until each store's day, and forecast what comes after it; a step of the night.

    Weeks and months are forecast when one has ended, and when none are kept yet. A day before the one that
    forecasts were last made on changes none of them.
    """
    kept = {
        (row.store_id, row.metric, row.grain): row for row in ForecastModel.objects.filter(store__in=stores)
    }
    for metric in METRICS:
        known = histories(stores, days, metric)
        for store in stores:
            daily = known.get(store.pk)
            if daily is None:
                continue
            for grain in Grain:
                row = kept.get((store.pk, metric.value, grain.value))
                history = of_grain(daily, grain, store)
                if row is not None:
                    _fill_in(row, history, days[store.pk])
                if _is_due(row, grain, history, days[store.pk]):
                    save(make(store, metric, grain, history), made_on=days[store.pk])


def histories(stores: Sequence[Store], days: Mapping[int, date], metric: Metric) -> dict[int, History]:
    """Read each store's days until its own, from the first with anything in it; no store without any.

    Of money a day without rows had none; of energy it is not known, as is one of which a part was not read.
    """
    windows = {
        store.pk: Days(days[store.pk] - timedelta(days=LONGEST - 1), days[store.pk] + ONE_DAY)
        for store in stores
    }
    found = series.recorded(windows=windows, metric=metric)
    return {
        store.pk: _history(found[store.pk], days[store.pk], metric) for store in stores if found.get(store.pk)
    }


def _history(rows: Mapping[date, Total], last: date, metric: Metric) -> History:
    start = min(rows)
    values = np.full((last - start).days + 1, np.nan if metric in OF_ENERGY else 0.0)
    for day, total in rows.items():
        values[(day - start).days] = float(total.value) if total.whole else np.nan
    return History(Grain.DAILY, start, values)


def of_grain(daily: History, grain: Grain, store: Store) -> History:
    return daily if grain is Grain.DAILY else gathered(daily, grain, store.week_start)


def make(store: Store, metric: Metric, grain: Grain, history: History) -> Made:
    """Fit what a history is long enough for; the same history gives the same."""
    outlook = look(history, calendar=Calendar(country_of(store.timezone)), horizon=AHEAD[grain])
    return Made(store, metric, grain, history, outlook)


def save(made: Made, *, made_on: date) -> ForecastModel:
    """Keep a fitted model: how it was chosen, how it did, and what it says; in the place of the last one."""
    outlook = made.outlook
    row, _ = ForecastModel.objects.update_or_create(
        store=made.store,
        metric=made.metric.value,
        grain=made.grain.value,
        defaults={
            "tier": outlook.tier.value,
            "periods": outlook.periods,
            "model": outlook.model.value if outlook.model else "",
            "version": VERSION,
            "made_on": made_on,
            "weights": {model.value: round(weight, 4) for model, weight in (outlook.weights or {}).items()},
            "backtest": _figures(outlook.score),
            "baseline": _figures(outlook.naive_score),
        },
    )
    row.forecasts.filter(for_date__gt=made_on).delete()
    Forecast.objects.bulk_create(
        _rows(row, outlook, made.history),
        update_conflicts=True,
        unique_fields=["model", "for_date"],
        update_fields=["end", "predicted", "low80", "high80", "low95", "high95", "made_on"],
    )
    return row


def _rows(row: ForecastModel, outlook: Outlook, history: History) -> list[Forecast]:
    if outlook.predicted is None:
        return []
    narrow, wide = outlook.interval80, outlook.interval95
    made = []
    for place, predicted in enumerate(outlook.predicted):
        at = len(history) + place
        made.append(
            Forecast(
                model=row,
                for_date=history.day(at),
                end=history.day(at + 1),
                predicted=_decimal(predicted),
                low80=None if narrow is None else _decimal(narrow.low[place]),
                high80=None if narrow is None else _decimal(narrow.high[place]),
                low95=None if wide is None else _decimal(wide.low[place]),
                high95=None if wide is None else _decimal(wide.high[place]),
                made_on=row.made_on,
            )
        )
    return made


def _is_due(row: ForecastModel | None, grain: Grain, history: History, day: date) -> bool:
    if not len(history):
        return False
    if row is None:
        return True
    if grain is Grain.DAILY:
        return bool(row.made_on < day)
    return bool(row.made_on < history.day(len(history)) - ONE_DAY <= day)


def _fill_in(row: ForecastModel, history: History, day: date) -> None:
    """Note what came in the periods that have ended lately; a bill that came late changes it once more."""
    changed = []
    for forecast in row.forecasts.filter(end__lte=day + ONE_DAY, end__gt=day - LATE):
        place = history.place(forecast.for_date)
        came = history.values[place] if 0 <= place < len(history) else np.nan
        actual = None if np.isnan(came) else _decimal(came)
        if forecast.actual != actual:
            forecast.actual = actual
            changed.append(forecast)
    Forecast.objects.bulk_update(changed, ["actual"])


def _figures(score: Score | None) -> dict[str, float | int | None]:
    if score is None:
        return {}
    return {name: value if value is None else round(value, 6) for name, value in vars(score).items()}


def _decimal(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(PLACES, ROUND_HALF_EVEN)
