"""`manage.py import_readings FILE`: a meter's CSV file or workbook into a store, nothing twice."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from core import storage, stores
from core.errors import Refused
from core.models import Store
from energy import homes, import_files, imports
from energy.imports import Said
from energy.meter_files.units import Unit
from energy.models import ReadingImport


class Command(BaseCommand):
    help = (
        "Import a file of readings (.xlsx or CSV): good rows are entered, bad ones are named, nothing is "
        "entered twice. Times without an offset are taken by the store's clock."
    )
    requires_system_checks = ()  # they would load the whole schema, which an import never needs

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, metavar="FILE", help=".xlsx or CSV, at most 25 MB")
        parser.add_argument(
            "--store", help="id of the store, as the API or the admin pages show it (the demo)"
        )
        parser.add_argument("--device", help="name of the device (the file's, or its value column's)")
        parser.add_argument("--date-column", default="", help="the first column that reads as dates")
        parser.add_argument("--value-column", default="", help="the column of consumption by its name")
        parser.add_argument(
            "--unit",
            choices=[unit.value for unit in Unit],
            default="",
            help="unit of the values (their column's)",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be done, and enter nothing"
        )
        parser.add_argument("--json", action="store_true", help="end with the figures in one line of JSON")

    def handle(self, *, path: Path, store: str | None, device: str | None, **options: Any) -> None:
        try:
            content = path.read_bytes()
            home = stores.named(store) if store else homes.demo_store(output=self.stderr)
            row = self._enter(home, path.name, device, **options)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        with tqdm(total=0, unit="row", unit_scale=True, file=sys.stderr, dynamic_ncols=True) as progress:

            def watch(row: ReadingImport) -> None:
                progress.total = row.rows_total
                progress.update(row.rows_done - progress.n)

            imports.carry_out(row=row, content=content, watch=watch)
        self._tell(row, home)
        if row.status != ReadingImport.Status.COMPLETED:
            raise CommandError(row.error)
        if options["json"]:
            figures = {"imported": row.imported, "skipped": row.skipped, "duplicates": row.duplicates}
            self.stdout.write(json.dumps({**figures, "kwh": row.kwh}))

    def _enter(
        self, store: Store, filename: str, device: str | None, *, unit: str, dry_run: bool, **options: Any
    ) -> ReadingImport:
        said = Said(
            device_name=device or "",
            unit=unit,
            date_column=options["date_column"],
            value_column=options["value_column"],
            dry_run=dry_run,
        )
        return imports.enter(
            store=store, by=None, filename=storage.shown(filename, import_files.NAMELESS), said=said
        )

    def _tell(self, row: ReadingImport, store: Store) -> None:
        for number, reason in row.row_errors:
            self.stderr.write(f"Row {number}: {reason}")
        form, would = row.format, "would be " if row.dry_run else ""
        if form:
            assumed = " (assumed)" if form["unit_assumed"] else ""
            each = f", a value for {form['interval']}" if form["interval"] else ""
            self.stdout.write(
                f"{form['value_column']} in {form['unit']}{assumed}{each}; dates in {form['date_column']}."
            )
        differing = f" ({row.differing} with another amount)" if row.differing else ""
        self.stdout.write(
            f'"{store.name}": {row.imported} readings {would}entered with {row.kwh} kWh, '
            f"{row.duplicates} were there{differing}, {row.skipped} rows cannot be read."
        )
