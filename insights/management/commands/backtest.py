"""`manage.py backtest FILE.csv`: how good forecasts of a series would have been."""

import dataclasses
import json
import os
import sys
from argparse import ArgumentParser
from importlib import import_module
from pathlib import Path
from time import process_time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from insights.forecasting import backtests
from insights.forecasting.backtests import Backtest
from insights.forecasting.calendars import Calendar, known_countries
from insights.forecasting.files import Read, Unusable, read
from insights.forecasting.grains import RHYTHMS, Grain

MAX_BYTES = 100 * 2**20
PLACES = 4


class Command(BaseCommand):
    help = (
        "Forecast the past of a CSV file from one origin after another, knowing each time what was known "
        "then alone, and tell how far each model was off. `auto` is what would be served. `seconds` is the "
        "CPU time to fit a model and forecast once."
    )
    requires_system_checks = ()  # they would load the whole schema

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="FILE.csv")
        parser.add_argument("--date-column", default="", help="the first column that reads as dates")
        parser.add_argument("--value-column", default="", help="the first column of measured numbers")
        parser.add_argument(
            "--grain",
            type=str.upper,
            choices=list(Grain),
            default="",
            help="DAILY, WEEKLY or MONTHLY: rows are summed up to it (DAILY, or the file's where coarser)",
        )
        parser.add_argument("--horizon", type=int, help="periods ahead (28 days, 8 weeks, 6 months)")
        parser.add_argument("--origins", type=int, default=20, help="how many times it is tried (20)")
        parser.add_argument("--country", default="", help="ISO 3166 code, for public holidays")
        parser.add_argument("--json", action="store_true", help="end with the figures in one line of JSON")

    def handle(self, *, path: Path, country: str, origins: int, **options: Any) -> None:
        country = country.strip().upper()
        if country and country not in known_countries():
            raise CommandError(f"The holidays of {country!r} are not known: name a country by two letters.")
        found = self._read(path, **options)
        history = found.history
        horizon = options["horizon"] or RHYTHMS[history.grain].horizon
        if not (0 < horizon <= 366 and 0 < origins <= 1000):
            raise CommandError("--horizon is from 1 to 366, --origins from 1 to 1000.")
        trials = backtests.rolling(
            history, calendar=Calendar(country), horizon=horizon, origins=origins, clock=process_time
        )
        count = len(backtests.origins_of(history, horizon=horizon, origins=origins))
        import_module("sklearn.ensemble")  # which takes longer than a forecast, and once
        watched = tqdm(trials, total=count, unit="origin", file=sys.stderr, dynamic_ncols=True)
        done = backtests.summed(history, list(watched))
        self._tell(found, done, horizon)
        if options["json"]:
            self.stdout.write(
                json.dumps({"rows": found.rows, "chosen": done.chosen, "models": _models(done)})
            )

    def _read(self, path: Path, *, grain: str, **options: Any) -> Read:
        try:
            if path.stat().st_size > MAX_BYTES:
                raise CommandError(f"The file has more than {MAX_BYTES // 2**20} MB.")
            content = path.read_bytes()
            return read(
                content,
                grain=Grain(grain) if grain else None,
                date_column=options["date_column"],
                value_column=options["value_column"],
            )
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {os.strerror(error.errno or 0)}.") from error
        except Unusable as error:
            raise CommandError(str(error)) from error

    def _tell(self, found: Read, done: Backtest, horizon: int) -> None:
        history = found.history
        self.stdout.write(
            f"{found.value_column} by {found.date_column}: {len(history)} periods {history.grain} from "
            f"{history.start}; {horizon} ahead."
        )
        if done.chosen == "NOT_ENOUGH_DATA":
            self.stdout.write(
                f"There is not enough data: {len(history)} periods, at least "
                f"{RHYTHMS[history.grain].tiers[0] + horizon} are needed to try {horizon} ahead."
            )
            return
        self.stdout.write(f"Served from the last origin: {done.chosen}.")
        for name, row in _models(done).items():
            said = "  ".join(f"{what} {_shown(number)}" for what, number in row.items())
            self.stdout.write(f"  {name:18} {said}")


def _models(done: Backtest) -> dict[str, dict[str, float | int | None]]:
    made = {}
    for name, tried in done.models.items():
        figures = dataclasses.asdict(tried.score) | {"seconds": tried.seconds}
        made[name] = {key: _rounded(number) for key, number in figures.items()}
    return made


def _rounded(number: float | int | None) -> float | int | None:
    return round(number, PLACES) if isinstance(number, float) else number


def _shown(number: float | int | None) -> str:
    return "–" if number is None else f"{number:g}"
