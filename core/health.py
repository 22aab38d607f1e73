"""Whether this installation can do its work, found out by trying."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

logger = logging.getLogger("tillsight.health")

PROBE = "health/probe"


@dataclass(frozen=True)
class Check:
    """One thing that must be in order; `message` is for anybody's eyes and names no place and no secret."""

    name: str
    ok: bool
    message: str = ""


def check(name: str, find_fault: Callable[[], str]) -> Check:
    """Run a check that answers what is wrong, or nothing; one that breaks is not in order either."""
    try:
        fault = find_fault()
    except Exception:
        logger.exception("The check of the %s broke.", name)
        return Check(name, ok=False, message=f"The {name} cannot be checked; the log says why.")
    return Check(name, ok=not fault, message=fault)


def database_fault() -> str:
    """Ask the database something; it raises when it is away."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def migrations_fault() -> str:
    """Tell whether the tables are those that this code expects."""
    missing = unapplied_migrations()
    return f"{missing} migrations are not applied." if missing else ""


def unapplied_migrations() -> int:
    """Count the migrations that the database lacks."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def storage_fault() -> str:
    """Write a small file and remove it; it raises where that cannot be done."""
    default_storage.delete(default_storage.save(PROBE, ContentFile(b"written to see whether it can be")))
    return ""
