"""`manage.py ingest FOLDER`: the receipts of a folder into a store, each once."""

import sys
import time
from argparse import ArgumentParser
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, InterfaceError, connection
from tqdm import tqdm

from core import stores
from core.errors import Refused
from core.models import Store, User
from core.roles import Role
from receipts.folders import PATIENCE, SETTLED_SECONDS, Fate, Folder

LOOK_SECONDS = 0.5
AWAY_SECONDS = 5.0  # before a database or a storage that is away is tried again


class Command(BaseCommand):
    help = (
        "Take in the receipts (JPEG, PNG, WebP, HEIC, PDF, XML invoices) of a folder and those in it; a "
        "worker reads them. What the store has by its content is passed over, so that the command may be "
        "ended and started again at any time. The files stay where they are."
    )
    requires_system_checks = ()  # they would load the whole schema, which this never needs

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="FOLDER")
        parser.add_argument(
            "--store", help="id of the store, as the API or the admin pages show it (the only one there is)"
        )
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--watch", action="store_true", help="go on with what is put there, until stopped")
        how.add_argument(
            "--once", action="store_true", help="end when everything is in (what it does anyway)"
        )
        parser.add_argument(
            "--settle",
            type=float,
            default=SETTLED_SECONDS,
            metavar="SECONDS",
            help=f"how long a file must not have been written to ({SETTLED_SECONDS:.0f})",
        )

    def handle(self, *, folder: Path, store: str | None, watch: bool, settle: float, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        try:
            home = stores.named(store) if store else _only_store()
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        watched = Folder(folder, home, _owner(home), settle)
        with tqdm(total=0, unit="file", file=sys.stderr, dynamic_ncols=True) as progress:
            self.counts: Counter[Fate] = Counter()
            with suppress(KeyboardInterrupt):
                self._go(watched, progress, watch)
        said = ", ".join(f"{self.counts[fate]} {fate.value}" for fate in Fate)
        self.stdout.write(f"{sum(self.counts.values())} files: {said}.")
        if self.counts[Fate.REFUSED] or self.counts[Fate.WRITTEN]:
            sys.exit(1)

    def _go(self, watched: Folder, progress: "tqdm[Any]", watch: bool) -> None:
        """Look again and again: for ever, or until all files are in or have been waited for long enough."""
        longest = time.monotonic() + watched.settled * PATIENCE + 2 * LOOK_SECONDS
        while True:
            progress.total = progress.n + len(watched.waiting())
            progress.refresh()
            try:
                left = self._look(watched, progress)
            except (DatabaseError, InterfaceError, Refused) as error:
                if not watch:
                    raise CommandError(f"Broken off, start it again: {error}") from error
                progress.write(f"Waiting: {error}", file=sys.stderr)
                connection.close()
                time.sleep(AWAY_SECONDS)
                continue
            if not watch and (not left or time.monotonic() > longest):
                self.counts[Fate.WRITTEN] = left
                return
            time.sleep(LOOK_SECONDS)

    def _look(self, watched: Folder, progress: "tqdm[Any]") -> int:
        """Look once; tell how many files are still being written."""
        left = 0
        for told in watched.look():
            if told.fate == Fate.WRITTEN:
                left += 1
                continue
            self.counts[told.fate] += 1
            progress.update()
            if told.fate == Fate.REFUSED:
                progress.write(f"{told.path}: {told.reason}", file=sys.stderr)
        return left


def _only_store() -> Store:
    found: list[Store] = list(Store.objects.filter(archived_at=None).order_by("pk")[:20])
    if len(found) != 1:
        names = ", ".join(f"{store.pk} ({store.name})" for store in found) or "none"
        raise CommandError(f"Say which store by --store: {names}.")
    return found[0]


def _owner(store: Store) -> User | None:
    """Give the owner in whose name the receipts come in: the first."""
    first = store.memberships.filter(role=Role.OWNER, user__is_active=True).order_by("pk").first()
    return first.user if first else None
