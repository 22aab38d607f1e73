"""What anomalies cost and find: false alarms, and injected spikes, drops and shifts of level.

ENERGY names a folder with daily series as CSV (a date first, then a series a column), by default
../shared/energy; COUNTRY=FILE pairs in ENERGY_COUNTRIES say whose holidays they keep. Shops are made up.
"""

from __future__ import annotations

import csv
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import holidays
import numpy as np

from insights import anomalies
from insights.anomalies import WINDOW, Change
from tests.live import ROOT

COUNTRIES = {"household_power_consumption_days.csv": "FR", "opsd_germany_daily.csv": "DE"}
STEP = 17  # days between shifts of level that are injected
FOUND_WITHIN = 14


@dataclass
class Series:
    name: str
    values: np.ndarray
    near: np.ndarray  # next to a holiday

    def windows(self, values: np.ndarray | None = None) -> np.ndarray:
        return np.lib.stride_tricks.sliding_window_view(self.values if values is None else values, WINDOW)


def real(folder: Path) -> Iterator[Series]:
    for path in sorted(folder.glob("*.csv")):
        rows = list(csv.DictReader(path.open()))
        day_column, *columns = rows[0]
        for column in columns:
            points = {
                date.fromisoformat(row[day_column][:10]): float(row[column]) for row in rows if row[column]
            }
            first, last = min(points), max(points)
            days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
            years = range(first.year, last.year + 1)
            closed = holidays.country_holidays(COUNTRIES.get(path.name, "DE"), years=years)
            off = np.array([day in closed for day in days])
            values = np.array([points.get(day, np.nan) for day in days])
            values[off] = np.nan
            near = np.roll(off, 1) | np.roll(off, -1)
            yield Series(f"{path.stem[:9]} {column}", values, near)


def shops(rng: np.random.Generator, days: int = 900) -> Iterator[Series]:
    """Make up shops: takings, counts of orders, a closed Sunday, and purchases on half of the days."""
    for kind in ("takings", "orders", "closed on Sundays", "purchases"):
        for number in range(3):
            profile = rng.uniform(0.6, 1.5, 7)
            if kind == "closed on Sundays":
                profile[6] = 0
            drift = np.exp(np.cumsum(rng.normal(0, 0.01, days)))
            mean = 200 * drift * (1 + 0.2 * np.sin(np.arange(days) / 58)) * profile[np.arange(days) % 7]
            values = {
                "takings": lambda mean=mean: mean * rng.lognormal(0, 0.2, days),
                "orders": lambda mean=mean: rng.poisson(mean / 10).astype(float),
                "closed on Sundays": lambda mean=mean: mean * rng.gamma(9, 1 / 9, days),
                "purchases": lambda mean=mean: np.where(
                    rng.random(days) < 0.5, mean * rng.lognormal(0, 0.6, days), 0.0
                ),
            }[kind]()
            yield Series(f"{kind} {number + 1}", values, np.zeros(days, bool))


def measure(series: Series) -> dict[str, float]:
    windows, near = series.windows(), series.near[WINDOW - 1 :]
    judged = ~np.isnan(windows[:, -1]) & ~np.isnan(anomalies.bands(windows, near=near).low)
    plain = [
        found for found, wanted in zip(anomalies.judge(windows, near=near), judged, strict=True) if wanted
    ]
    count = judged.sum()
    found = {
        "days": int(count),
        "day alarms": 100 * sum(v is not None and v.change is Change.DAY for v in plain) / count,
        "level alarms": 100 * sum(v is not None and v.change is Change.LEVEL for v in plain) / count,
    }
    for name, sigma in sigmas(windows).items():
        for times in (5, 8):
            found[f"{times}{name}"] = recall(windows, near, judged & ~near, times * sigma)
    found["shift"], found["as a level"] = shifts(series)
    return found


def sigmas(windows: np.ndarray) -> dict[str, np.ndarray]:
    """Give two readings of «sigma»: the standard deviation of the residuals, and their MAD's."""
    usual, _ = anomalies._expected(windows)
    past = (windows[:, 56:] - usual)[:, :-1]
    middle = np.nanmedian(past, axis=1)[:, None]
    return {" sd": np.nanstd(past, axis=1), " MAD": 1.4826 * np.nanmedian(np.abs(past - middle), axis=1)}


def recall(windows: np.ndarray, near: np.ndarray, asked: np.ndarray, size: np.ndarray) -> float:
    """Count how many days that are moved by `size` are out of band, up, and down where that stays above zero."""
    bands = anomalies.bands(windows, near=near)
    value = windows[:, -1]
    up = (value + size > bands.high)[asked]
    down = (value - size < bands.low)[asked & (value - size >= 0)]
    return float(np.concatenate([up, down]).mean())


def shifts(series: Series) -> tuple[float, float]:
    """Count how many shifts of level by half, up or down, are told of within two weeks.

    By any alarm that goes their way and that the same days without the shift do not raise, and by one of a level.
    """
    told, as_level = [], []
    for start in range(WINDOW, len(series.values) - FOUND_WITHIN, STEP):
        plain = series.values[start - WINDOW + 1 : start + FOUND_WITHIN]
        near = series.near[start : start + FOUND_WITHIN]
        without = anomalies.judge(series.windows(plain), near=near)
        for factor in (1.5, 0.5):
            changed = plain.copy()
            changed[WINDOW - 1 :] *= factor
            pairs = zip(anomalies.judge(series.windows(changed), near=near), without, strict=True)
            news = [v for v, w in pairs if v and v.rises == (factor > 1) and not (w and w.rises == v.rises)]
            told.append(bool(news))
            as_level.append(any(v.change is Change.LEVEL for v in news))
    return float(np.mean(told)), float(np.mean(as_level))


def main() -> int:
    np.seterr(all="ignore")
    folder = Path(os.environ.get("ENERGY", ROOT.parent / "shared" / "energy"))
    if not folder.exists():
        print(f"There are no series at {folder}: shops alone are measured.")
    started = time.process_time()
    rows = [(one.name, measure(one)) for one in [*real(folder), *shops(np.random.default_rng(1))]]
    names = list(rows[0][1])
    print(f"{'series':34}" + "".join(f"{name:>14}" for name in names))
    for name, found in rows:
        print(f"{name:34}" + "".join(f"{found[column]:14.2f}" for column in names))
    for title, pick in (("mean", np.mean), ("largest", np.max), ("smallest", np.min)):
        print(
            f"{title:34}" + "".join(f"{pick([found[column] for _, found in rows]):14.2f}" for column in names)
        )
    print(f"{time.process_time() - started:.0f} CPU s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
