"""What came of an import, row by row: the good rows are kept, the others are told with their reason."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, models, transaction

from core.errors import Code, Refused
from core.tables import Row, Table

BATCH = 500
MAX_ERRORS = 100  # that are told; all are counted

Key = tuple[str, ...]


@dataclass(frozen=True)
class RowError:
    row: int  # as a spreadsheet counts: the header is 1
    field: str | None  # the input field at fault, such as unitPrice; None for the row as a whole
    message: str


@dataclass
class Outcome:
    new: list[models.Model] = field(default_factory=list)
    changed: list[models.Model] = field(default_factory=list)
    unchanged: int = 0
    skipped: int = 0  # rows with an error
    errors: list[RowError] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        return {
            "created": len(self.new),
            "updated": len(self.changed),
            "unchanged": self.unchanged,
            "skipped": self.skipped,
        }

    def settle(self, it: models.Model, *, new: bool, changed: bool) -> None:
        """Note what becomes of a row of the books."""
        if new:
            self.new.append(it)
        elif changed:
            self.changed.append(it)
        else:
            self.unchanged += 1

    def refuse(self, row: Row, refusal: Refused) -> None:
        self.skipped += 1
        if len(self.errors) < MAX_ERRORS:
            self.errors.append(RowError(row.number, next(iter(refusal.field), None), refusal.message))

    def each(self, table: Table, take: Callable[[Row], None]) -> None:
        """Let `take` have each row, and keep the reasons for which it refuses some."""
        for row in table.rows:
            try:
                if not row.whole:
                    raise Refused(Code.INVALID, "The row has more cells than the header.")
                take(row)
            except Refused as refusal:
                self.refuse(row, refusal)


class Found:
    """Which row of the books each key stands for; no two rows of a file are about the same one.

    A target is a row's key in the books, or the number of a row of the file, below zero, for one to come.
    """

    def __init__(self) -> None:
        self.targets: dict[Key, set[int]] = {}
        self.taken: dict[int, int] = {}

    def add(self, target: int, keys: Iterable[Key]) -> None:
        for key in keys:
            self.targets.setdefault(key, set()).add(target)

    def one(self, *keys: Key) -> int | None:
        """Find the only target of the first key that has any.

        Raises: Refused with TAKEN where an earlier row has it, or CONFLICT where there are several.
        """
        targets: set[int] = next((self.targets[key] for key in keys if key in self.targets), set())
        if len(targets) > 1:
            raise Refused(
                Code.CONFLICT, "Several in the store fit this row: say which by its number or email."
            )
        for target in targets & self.taken.keys():
            raise Refused(Code.TAKEN, f"Row {self.taken[target]} is about the same one.")
        return next(iter(targets), None)

    def others(self, target: int | None, key: Key) -> bool:
        """Tell whether a key stands for another target too."""
        return bool(self.targets.get(key, set()) - {target})

    def take(self, row: Row, target: int | None, keys: Iterable[Key]) -> None:
        """Note which target a row is about, None for a new one, and the keys that it has now."""
        target = -row.number if target is None else target
        self.add(target, keys)
        self.taken[target] = row.number


def save(new: Sequence[models.Model], changed: Sequence[models.Model], columns: Sequence[str]) -> None:
    """Insert rows, and update these columns of others, in few statements.

    Raises: Refused with CONFLICT where somebody has entered the same meanwhile.
    """
    try:
        with transaction.atomic():
            for rows, options in ((new, {}), (changed, _updating(columns))):
                if rows:
                    type(rows[0])._default_manager.bulk_create(rows, batch_size=BATCH, **options)
    except IntegrityError as error:
        message = "Somebody has changed the store's books meanwhile: import the file again."
        raise Refused(Code.CONFLICT, message, "file") from error


def _updating(columns: Sequence[str]) -> dict[str, Any]:
    """Have inserts update the rows that are there: bulk_update takes ten times as long."""
    return {"update_conflicts": True, "unique_fields": ["id"], "update_fields": [*columns, "updated_at"]}
