"""Try forecasts on every column of real series: errors by model and horizon, coverage, CPU seconds.

ENERGY names a folder of CSV files of days; by default ../shared/energy. ORIGINS is how many origins a series is
tried from (12). PLOTS names a folder for two pictures; none are drawn without it.
"""

import csv
import os
import sys
from datetime import date
from pathlib import Path
from time import process_time

import numpy as np

from insights.forecasting import backtests
from insights.forecasting.backtests import AUTO, TOLD, Attempt
from insights.forecasting.calendars import Calendar
from insights.forecasting.files import Unusable, read
from insights.forecasting.grains import Grain
from insights.forecasting.history import History
from insights.forecasting.outlook import look
from tests.live import ROOT

HORIZON, WEEK = 28, 7
COUNTRIES = {"opsd": "DE", "household": "FR"}
NAMES = [*(model.value for model in TOLD[1:]), AUTO]


def main() -> int:
    folder = Path(os.environ.get("ENERGY", ROOT.parent / "shared" / "energy"))
    if not list(folder.glob("*.csv")):
        print(f"There are no series at {folder}: nothing was measured.")
        return 0
    look(History(Grain.DAILY, date(2024, 1, 1), np.arange(70.0)), calendar=Calendar())  # loads the library
    origins = int(os.environ.get("ORIGINS", "12"))
    print(f"MASE over that of seasonal naive, 7 / 28 days ahead, {origins} origins\n")
    print(
        f"| series | {' | '.join(NAMES)} | 80 % covers | 95 % covers | CPU s |\n|{' --- |' * (len(NAMES) + 4)}"
    )
    daily = list(_series(folder, Grain.DAILY))
    found = [_daily(name, history, calendar, origins) for name, history, calendar in daily]
    print(
        "| geometric mean | "
        + " | ".join(_pair(np.exp(np.log([row[name] for row in found]).mean(axis=0))) for name in NAMES)
        + " | | | |"
    )
    print(
        f"| mean | {'| ' * len(NAMES)}| {np.mean([row['cover'][0] for row in found]):.3f} | {np.mean([row['cover'][1] for row in found]):.3f} | {np.mean([row['cpu'] for row in found]):.2f} |"
    )
    print("\nMASE over that of last year's months, 6 months ahead, 10 origins\n")
    ratios = [_monthly(*made) for made in _series(folder, Grain.MONTHLY)]
    print("\n".join(f"- {name}: {ratio:.2f}" for name, ratio in ratios))
    print(f"- geometric mean: {np.exp(np.mean(np.log([ratio for _, ratio in ratios]))):.2f}")
    if plots := os.environ.get("PLOTS"):
        _draw(daily, Path(plots))
    return 0


def _series(folder: Path, grain: Grain):
    for path in sorted(folder.glob("*.csv")):
        content = path.read_bytes()
        country = next((code for word, code in COUNTRIES.items() if word in path.name), "")
        for column in next(csv.reader(content.decode().splitlines()))[1:]:
            try:
                yield column, read(content, grain=grain, value_column=column).history, Calendar(country)
            except Unusable as error:
                print(f"{column}: {error}", file=sys.stderr)


def _daily(name: str, history: History, calendar: Calendar, origins: int) -> dict:
    tries = list(
        backtests.rolling(history, calendar=calendar, horizon=HORIZON, origins=origins, clock=process_time)
    )
    base = [_error(tries, TOLD[0].value, ahead) for ahead in (WEEK, HORIZON)]
    row = {
        each: [_error(tries, each, ahead) / base[n] for n, ahead in enumerate((WEEK, HORIZON))]
        for each in NAMES
    }
    done = backtests.summed(history, tries).models[AUTO]
    row |= {"cover": (done.score.coverage80, done.score.coverage95), "cpu": done.seconds}
    figures = " | ".join(_pair(row[each]) for each in NAMES)
    print(
        f"| {name} | {figures} | {row['cover'][0]:.2f} | {row['cover'][1]:.2f} | {row['cpu']:.2f} |",
        flush=True,
    )
    return row


def _error(tries: list[dict[str, Attempt]], name: str, ahead: int) -> float:
    trials = [made[name].trial for made in tries if name in made]
    errors = [np.nanmean(np.abs(t.predicted - t.actual)[:ahead]) / t.scale for t in trials]
    return float(np.mean(errors))


def _monthly(name: str, history: History, calendar: Calendar) -> tuple[str, float]:
    tries = list(backtests.rolling(history, calendar=calendar, horizon=6, origins=10, clock=process_time))
    models = backtests.summed(history, tries).models
    return name, models[AUTO].score.mase / models[TOLD[0].value].score.mase


def _pair(figures) -> str:
    return " / ".join(f"{figure:.2f}" for figure in figures)


def _draw(daily: list, folder: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    folder.mkdir(parents=True, exist_ok=True)
    for name, file in (
        ("Consumption", "forecast-consumption.png"),
        ("Global_active_power", "forecast-household.png"),
    ):
        history, calendar = next((history, calendar) for each, history, calendar in daily if each == name)
        end = len(history) - HORIZON
        said = look(history.until(end), calendar=calendar, horizon=HORIZON)
        figure, axes = plt.subplots(figsize=(8, 3), dpi=80, layout="constrained")
        days = [history.day(n) for n in range(end - 2 * HORIZON, end + HORIZON)]
        axes.plot(days, history.values[end - 2 * HORIZON : end + HORIZON], color="black", lw=1, label="came")
        ahead = days[-HORIZON:]
        axes.fill_between(
            ahead, said.interval95.low, said.interval95.high, alpha=0.15, color="C0", label="95 %"
        )
        axes.fill_between(
            ahead, said.interval80.low, said.interval80.high, alpha=0.3, color="C0", label="80 %"
        )
        axes.plot(ahead, said.predicted, color="C0", lw=1.5, label=f"forecast ({said.model})")
        axes.plot(ahead, said.members[TOLD[0]].predicted, color="C1", lw=0.8, ls="--", label="seasonal naive")
        axes.set_title(f"{name}, the last 28 days forecast from before them")
        axes.set_ylim(bottom=0)
        axes.legend(fontsize=7, ncols=5, loc="lower left")
        figure.savefig(folder / file)
        plt.close(figure)


if __name__ == "__main__":
    sys.exit(main())
