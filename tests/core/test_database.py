"""Which database is used: what was configured, or what stands in for it and says so."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from core.database import choose


@pytest.fixture
def nobody_listens() -> str:
    """Give the URL of a PostgreSQL that is not there."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return f"postgres://user:sesame@127.0.0.1:{door.getsockname()[1]}/books"


def test_without_a_url_it_is_sqlite_in_its_folder(tmp_path: Path) -> None:
    choice = choose(url="", fallback="none", sqlite_path=tmp_path / "new" / "books.sqlite3")
    assert choice.config["ENGINE"].endswith("sqlite3")
    assert choice.config["NAME"] == str(tmp_path / "new" / "books.sqlite3")
    assert (tmp_path / "new").is_dir()
    assert choice.warning == ""


def test_a_url_may_name_an_sqlite_file(tmp_path: Path) -> None:
    choice = choose(url=f"sqlite:///{tmp_path}/other.sqlite3", fallback="none", sqlite_path=tmp_path / "x")
    assert choice.config["NAME"] == f"{tmp_path}/other.sqlite3"
    assert choice.config["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


def test_where_postgresql_is_away_sqlite_stands_in_and_says_so(tmp_path: Path, nobody_listens: str) -> None:
    choice = choose(url=nobody_listens, fallback="sqlite", sqlite_path=tmp_path / "books.sqlite3")
    assert choice.config["ENGINE"].endswith("sqlite3")
    assert "cannot be reached" in choice.warning
    assert "USING SQLITE" in choice.warning
    assert "sesame" not in choice.warning


def test_without_a_fallback_the_start_stops_and_says_why(tmp_path: Path, nobody_listens: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="cannot be reached") as stopped:
        choose(url=nobody_listens, fallback="none", sqlite_path=tmp_path / "books.sqlite3")
    assert "sesame" not in str(stopped.value)
    assert not (tmp_path / "books.sqlite3").exists()


def test_a_server_that_accepts_and_says_nothing_is_away_after_seconds(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"postgres://user@127.0.0.1:{door.getsockname()[1]}/books"
        found: list[str] = []
        seeking = threading.Thread(
            target=lambda: found.append(
                choose(url=url, fallback="sqlite", sqlite_path=tmp_path / "b").warning
            )
        )
        seeking.start()
        seeking.join(timeout=20)
        assert "cannot be reached" in found[0]


@pytest.mark.django_db
def test_a_commit_is_on_the_disk_before_it_is_acknowledged() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone() == (2,)  # FULL
            cursor.execute("PRAGMA foreign_keys")
            assert cursor.fetchone() == (1,)
        else:
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)
