"""`manage.py nightly`: keep analyses, and whatever else is computed by the day, for every store."""

import sys
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from core import stores as named
from core.errors import Refused
from insights import nightly


class Command(BaseCommand):
    help = (
        "Compute what is kept of each day for all stores: the days since the last run, by their own clocks. "
        "Safe to run twice and to kill; a store that fails does not stop the others."
    )
    requires_system_checks = ()  # they would load the whole schema, which the night never needs

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--day",
            type=date.fromisoformat,
            help="this day alone, such as 2026-01-31 (all since the last run)",
        )
        parser.add_argument(
            "--store", help="id of one store, as the API or the admin pages show it (all that are in use)"
        )

    def handle(self, *, day: date | None, store: str | None, **options: Any) -> None:
        now, rows = timezone.now(), nightly.stores_of_night()
        try:
            if store:
                rows = rows.filter(pk=named.named(store).pk)
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        with tqdm(total=rows.count(), unit="store", file=sys.stderr, dynamic_ncols=True) as progress:
            outcome = nightly.run(stores=rows, now=now, day=day, watch=progress.update)
        self.stdout.write(f"{outcome.stores} stores had days to do.")
        if outcome.failed:
            raise CommandError(
                f"{len(outcome.failed)} of them failed, and are tried again next time: "
                + ", ".join(map(str, outcome.failed[:20]))
            )
