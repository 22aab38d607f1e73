"""Databases that the tests copy: migrated once for one state of the migrations, and kept for the next run."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
IMPORTED = re.compile(r"^(?:from|import) ([a-z_.]+)", re.MULTILINE)


@cache
def stamp() -> str:
    """Tell one state of the migrations from another, by them and by the modules of ours that they name."""
    files = {*ROOT.glob("*/migrations/*.py"), ROOT / "requirements.txt"}
    named = {name for file in files for name in IMPORTED.findall(file.read_text())}
    files |= {path for name in named if (path := ROOT / f"{name.replace('.', '/')}.py").exists()}
    return hashlib.sha256(b"".join(file.read_bytes() for file in sorted(files))).hexdigest()[:16]


def sqlite() -> Path:
    """Give the file of a migrated database, to be copied and never opened to write."""
    folder = ROOT / "var" / "tests"
    folder.mkdir(parents=True, exist_ok=True)
    template = folder / f"{stamp()}.sqlite3"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # given back when the file is closed
        if not template.exists():
            for older in folder.glob("*.sqlite3*"):
                older.unlink()
            unfinished = folder / "unfinished.sqlite3"
            _migrate(f"sqlite:///{unfinished}")
            unfinished.rename(template)
    return template


@contextmanager
def in_memory(name: str) -> Iterator[None]:
    """Fill the shared database in memory that `name` is the address of; it lives as long as this lasts."""
    with closing(sqlite3.connect(name, uri=True)) as kept:
        with closing(sqlite3.connect(sqlite())) as template:
            template.backup(kept)
        yield


def postgres(url: str) -> str:
    """Give the name of a migrated database beside the one that `url` names: a template for others."""
    beside, _, name = url.rpartition("/")
    template = f"test_{name}_template"
    with statements(url) as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", [template])  # until the connection's end
        about = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
        cursor.execute(about, [template])
        if (cursor.fetchone() or [""])[0] != stamp():
            cursor.execute(f'DROP DATABASE IF EXISTS "{template}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{template}"')
            _migrate(f"{beside}/{template}")
            cursor.execute(f'COMMENT ON DATABASE "{template}" IS %s', [stamp()])
    return template


@contextmanager
def statements(url: str) -> Iterator[Any]:
    """Open a cursor outside transactions: databases are made and dropped there."""
    import psycopg2

    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor


def _migrate(url: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "-v0", "--skip-checks"]
    environment = {**os.environ, "DATABASE_URL": url, "DATABASE_FALLBACK": "none"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
