"""Which database to use, decided once at the start."""

from __future__ import annotations

import select
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

SQLITE_OPTIONS = {
    # A commit is on the disk before it is acknowledged, and readers never wait for the writer.
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    # Take the write lock at BEGIN: a later upgrade cannot wait and would fail at once.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
}
CONNECT_TIMEOUT_SECONDS = 3


@dataclass(frozen=True)
class Choice:
    """Django's configuration of the database, and what the operator must be told about it."""

    config: dict[str, Any]
    warning: str = ""


def choose(*, url: str, fallback: str, sqlite_path: Path) -> Choice:
    """Take the database that `url` names; where it cannot be reached, SQLite if `fallback` says so.

    Raises: ImproperlyConfigured when PostgreSQL cannot be reached and there is no fallback.
    """
    if not url:
        return Choice(sqlite(sqlite_path))
    config = environ.Env.db_url_config(url)
    if config["ENGINE"].endswith("sqlite3"):
        return Choice(sqlite(config["NAME"]))
    # Under ASGI a kept connection is tied to a thread that ends with its request, and leaks.
    config.update(
        CONN_MAX_AGE=0, OPTIONS={"connect_timeout": CONNECT_TIMEOUT_SECONDS, **config.get("OPTIONS", {})}
    )
    reason = unreachable(config)
    if not reason:
        return Choice(config)
    place = f"PostgreSQL at {config['HOST'] or 'the local socket'}:{config['PORT'] or 5432}"
    if fallback != "sqlite":
        raise ImproperlyConfigured(
            f"{place} cannot be reached: {reason}. Start it or correct DATABASE_URL; nothing was started."
        )
    warning = f"{place} cannot be reached ({reason}): USING SQLITE at {sqlite_path} INSTEAD."
    return Choice(sqlite(sqlite_path), warning)


def sqlite(path: str | Path) -> dict[str, Any]:
    """Configure SQLite so that an acknowledged write survives a power cut."""
    if str(path) != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": dict(SQLITE_OPTIONS)}


def unreachable(config: dict[str, Any]) -> str:
    """Say in one line why the PostgreSQL server does not answer; empty when it does."""
    import psycopg2

    try:
        psycopg2.connect(
            host=config["HOST"] or None,
            port=config["PORT"] or None,
            user=config["USER"] or None,
            password=config["PASSWORD"] or None,
            dbname=config["NAME"],
            connect_timeout=CONNECT_TIMEOUT_SECONDS,
        ).close()
    except psycopg2.OperationalError as error:
        return (str(error).strip().splitlines() or ["no answer"])[-1].strip()
    return ""


def give_back() -> None:
    """Close this thread's connection, unless a transaction is open on it: for what waits long in between."""
    from django.db import connection

    if not connection.in_atomic_block:
        connection.close()


def keep() -> None:
    """Let this thread keep its connection from one request to the next."""
    from django.db import connection

    connection.settings_dict = {**connection.settings_dict, "CONN_MAX_AGE": None}


def of_this_thread() -> Any:
    """Give this thread's connection itself: `connection` would look it up at each mention."""
    from django.db import DEFAULT_DB_ALIAS, connections

    return connections[DEFAULT_DB_ALIAS]


def mend() -> None:
    """Close this thread's connection where it is of no more use; the next statement opens another."""
    own = of_this_thread()
    if own.connection is None:
        return
    if own.vendor == "postgresql" and _has_spoken(own.connection):
        own.close()
    own.close_if_unusable_or_obsolete()


def leave_raw(cursor: Any) -> None:
    """Let a cursor give texts as the bytes that the server has sent, where they come from one."""
    if cursor.db.vendor == "postgresql":
        from psycopg2.extensions import BYTES, register_type

        register_type(BYTES, cursor.cursor)


def _has_spoken(raw: Any) -> bool:
    """Tell whether a server says something while nobody asks: it has hung up, because it was stopped say."""
    ear = select.poll()
    ear.register(raw.fileno(), select.POLLIN)
    return bool(ear.poll(0))
