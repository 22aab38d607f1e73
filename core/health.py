"""Whether this installation can do its work, found out by trying."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

logger = logging.getLogger("tillsight.health")

PROBE = "health/probe"
# Whoever asks for the state, and however often, one file is written in this time.
STORAGE_TRUST_SECONDS = 5


@dataclass(frozen=True)
class Check:
    """One thing that must be in order; `message` is for the operator and holds no secret."""

    name: str
    ok: bool
    message: str = ""


def database() -> Check:
    """Ask the database something."""
    with _caught("database") as failed:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    ...
