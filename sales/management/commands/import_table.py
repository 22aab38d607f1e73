"""`manage.py import_table products FILE`: what importProducts and importCustomers do, without a server."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError

from catalog import imports as products
from core import stores, tables
from core.errors import Refused
from core.imports import Outcome
from core.models import Store
from sales import imports as customers

KINDS = {
    "products": (products.NAMES, products.import_products),
    "customers": (customers.NAMES, customers.import_customers),
}


class Command(BaseCommand):
    help = (
        "Import a shop's own products or customers from a CSV or .xlsx file: good rows are kept, bad ones "
        "are named, and the same file again changes nothing."
    )
    requires_system_checks = ()  # they would load the whole schema, which an import never needs

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("kind", choices=[*KINDS], help="what the rows are")
        parser.add_argument("path", type=Path, metavar="FILE", help=".xlsx or CSV, at most 5 MB")
        parser.add_argument(
            "--store", required=True, help="id of the store, as the API or the admin pages show it"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be done, and change nothing"
        )

    def handle(self, *, kind: str, path: Path, store: str, dry_run: bool, **options: Any) -> None:
        names, enter = KINDS[kind]
        try:
            home = stores.named(store)
            with path.open("rb") as file:
                table = tables.read(file=File(file), names=names)
            outcome = enter(store=home, by=None, table=table, dry_run=dry_run)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        self._tell(home, kind, table, outcome, dry_run)

    def _tell(self, store: Store, kind: str, table: tables.Table, outcome: Outcome, dry_run: bool) -> None:
        for error in outcome.errors:
            place = f"Row {error.row}, {error.field}" if error.field else f"Row {error.row}"
            self.stderr.write(f"{place}: {error.message}")
        if table.ignored:
            self.stdout.write(f"Columns that mean nothing here: {', '.join(table.ignored)}.")
        counted = ", ".join(f"{number} {name}" for name, number in outcome.counts.items())
        self.stdout.write(f'Store "{store.name}", {kind}: {counted}.')
        if dry_run:
            self.stdout.write("A dry run: nothing was written.")
