"""Rows that an import makes: known again by their keys in the file, and written in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from django.db import models
from django.db.models import QuerySet

BATCH = 1000

Progress = Callable[[int], object]  # is told how many more rows of the file are done


def natural_key(table: str, key: int) -> str:
    """Name a row of the file; whichever form the file has."""
    return f"chinook:{table}:{key}"


def there(rows: QuerySet[Any], table: str, keys: Iterable[int]) -> dict[int, Any]:
    """Find the rows that an earlier import has made, by their keys in the file."""
    wanted = {natural_key(table, key): key for key in keys}
    made = rows.filter(natural_key__startswith=f"chinook:{table}:")
    return {wanted[row.natural_key]: row for row in made if row.natural_key in wanted}


def write(rows: Iterable[models.Model]) -> None:
    """Insert rows, some at a time."""
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        type(batch[0])._default_manager.bulk_create(batch)
