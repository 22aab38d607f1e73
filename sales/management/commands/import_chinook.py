"""`manage.py import_chinook PATH`: the Chinook sample shop into a store, however often, once."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from core import stores
from core.errors import Refused
from core.models import Store
from sales.chinook import entry, homes
from sales.chinook.dumps import Unreadable, read
from sales.chinook.shop import Shop, shop_in

TODAY = "today"


def _day(text: str) -> str | date:
    try:
        return text if text == TODAY else date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is neither {TODAY} nor a date such as 2026-01-31") from None


class Command(BaseCommand):
    help = (
        "Import the Chinook sample shop from its SQLite file or its PostgreSQL script: all of it or nothing, "
        "and nothing twice. Times are taken as the store's own."
    )
    requires_system_checks = ()  # they would load the whole schema, which an import never needs

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="Chinook_Sqlite.sqlite or Chinook_PostgreSql.sql")
        parser.add_argument(
            "--store",
            help="id of the store, as the API or the admin pages show it (a music store of its own)",
        )
        parser.add_argument(
            "--owner", help="email of the account that owns the music store (the demo account)"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be done, and change nothing"
        )
        parser.add_argument(
            "--until", type=_day, help="move all invoices so that the newest is of this day: today, or a date"
        )
        parser.add_argument("--json", action="store_true", help="end with the figures in one line of JSON")

    def handle(self, *, path: Path, store: str, owner: str, dry_run: bool, **options: Any) -> None:
        try:
            shop = shop_in(read(path))
            with transaction.atomic():
                home = stores.named(store) if store else homes.music_store(owner=owner)
                self._enter(home, shop, dry_run=dry_run, **options)
                transaction.set_rollback(dry_run)
        except Unreadable as error:
            raise CommandError(str(error)) from error
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal

    def _enter(
        self, store: Store, shop: Shop, *, until: str | date | None, dry_run: bool, json: bool, **options: Any
    ) -> None:
        last = timezone.localdate(timezone=store.zone) if isinstance(until, str) else until
        with tqdm(total=shop.size, unit="row", file=sys.stderr, dynamic_ncols=True) as progress:
            entered = entry.enter(store=store, shop=shop, until=last, progress=progress.update)
        self._tell(store, entered, dry_run)
        if json:
            self.stdout.write(_line(store, entered))

    def _tell(self, store: Store, entered: entry.Entered, dry_run: bool) -> None:
        owners = ", ".join(homes.owners(store)) or "nobody who can sign in"
        made = ", ".join(f"{number} {name}" for name, number in asdict(entered.created).items())
        self.stdout.write(f'Store "{store.name}" of {owners}: created {made}.')
        if entered.members:
            self.stdout.write(f"{entered.members} employees became members who cannot sign in.")
        if entered.left_out:
            self.stdout.write(f"{entered.left_out} employees did not: no address, or somebody's own.")
        if dry_run:
            self.stdout.write("A dry run: nothing was written.")


def _line(store: Store, entered: entry.Entered) -> str:
    in_store = {**asdict(entry.count(store)), "total": str(entry.total(store))}
    return json.dumps({"created": asdict(entered.created), "in_store": in_store})
