"""`manage.py train_models`: fit and keep what the night would, and tell how each model did."""

import sys
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from core import stores as named
from core.errors import Refused
from core.models import Store
from insights import forecasts, nightly
from insights.forecasting import backtests
from insights.forecasting.calendars import Calendar
from insights.forecasting.features import Known
from insights.forecasting.grains import Grain, Tier
from insights.forecasts import Made
from insights.metrics import Metric
from insights.places import country_of


class Command(BaseCommand):
    help = (
        "Fit the forecasts of all stores to their books until yesterday, and keep them: for each series its "
        "split (the first four fifths to learn from, the rest to try on, in the order of time), its "
        "features, the error of each model, and what is served."
    )
    requires_system_checks = ()  # they would load the whole schema

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", help="id of one store, as the API shows it (all that are in use)")

    def handle(self, *, store: str | None, **options: Any) -> None:
        rows = nightly.stores_of_night()
        try:
            if store:
                rows = rows.filter(pk=named.named(store).pk)
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        with tqdm(total=rows.count(), unit="store", file=sys.stderr, dynamic_ncols=True) as progress:
            for row in rows.iterator():
                self._train(row)
                progress.update()

    def _train(self, store: Store) -> None:
        day = timezone.now().astimezone(store.zone).date() - timedelta(days=1)
        for metric in forecasts.METRICS:
            daily = forecasts.histories([store], {store.pk: day}, metric).get(store.pk)
            if daily is None:
                self.stdout.write(f"{store.name}, {metric}: nothing in the books.")
                continue
            for grain in Grain:
                history = forecasts.of_grain(daily, grain, store)
                made = forecasts.make(store, metric, grain, history)
                with transaction.atomic():
                    kept = forecasts.save(made, made_on=day)
                self._tell(made, metric, kept.version)

    def _tell(self, made: Made, metric: Metric, version: int) -> None:
        outlook, history = made.outlook, made.history
        self.stdout.write(
            f"{made.store.name}, {metric} {made.grain}: {len(history)} periods, {outlook.tier}."
        )
        if outlook.model is None:
            self.stdout.write(f"  at least {outlook.needed} are needed.")
            return
        if outlook.tier in (Tier.AVERAGE, Tier.FULL):
            calendar, horizon = Calendar(country_of(made.store.timezone)), forecasts.AHEAD[made.grain]
            cut, scores = backtests.chronological(history, calendar=calendar, horizon=horizon)
            names = Known(history, calendar, horizon).names
            self.stdout.write(f"  learnt from {cut}, tried on {len(history) - cut}; {len(names)} features:")
            self.stdout.write(f"  {', '.join(names)}")
            for name, score in scores.items():
                self.stdout.write(f"    {name:18} MASE {_shown(score.mase)}  WAPE {_shown(score.wape)}")
        weights = ", ".join(
            f"{model.value} {weight:.2f}" for model, weight in (outlook.weights or {}).items()
        )
        self.stdout.write(
            f"  kept: {outlook.model.value} (version {version}{'; ' + weights if weights else ''})"
        )


def _shown(number: float | None) -> str:
    return "–" if number is None else f"{number:.3f}"
