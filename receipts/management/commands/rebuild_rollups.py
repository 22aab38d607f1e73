"""`manage.py rebuild_rollups`: count anew the sums that are kept of what was spent."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from core import stores
from core.errors import Refused
from core.models import Store
from receipts import recount

SHOWN = 10  # differences of a store


class Command(BaseCommand):
    help = (
        "Count the sums by day, month and year anew: needed after bills were written by another "
        "door than the product's, such as a copy into the tables. Writers of bills wait meanwhile."
    )
    requires_system_checks = ()  # they would load the whole schema, which this never needs

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--store", help="id of a store, as the API or the admin pages show it (all)")
        parser.add_argument(
            "--verify", action="store_true", help="change nothing; say where sums are wrong, and exit with 1"
        )

    def handle(self, *, store: str | None, verify: bool, **options: Any) -> None:
        try:
            chosen = [stores.named(store)] if store else list(Store.objects.order_by("pk"))
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        wrong = 0
        for one in tqdm(chosen, unit="store", file=sys.stderr, dynamic_ncols=True):
            if verify:
                wrong += self._verify(one)
            else:
                recount.rebuild(one)
        if not verify:
            recount.analyse()
        if wrong:
            raise CommandError(f"{wrong} sums are wrong: run rebuild_rollups without --verify.")
        print(f"{len(chosen)} stores {'are right' if verify else 'were counted anew'}.")

    def _verify(self, store: Store) -> int:
        found = recount.drift(store)
        for line in found[:SHOWN]:
            print(f"{store}: {line}")
        return len(found)
