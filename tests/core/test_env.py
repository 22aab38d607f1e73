"""The key that a development machine makes for itself."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.env import development_key


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    made = development_key(tmp_path / "new" / "key")
    assert len(made) >= 50
    assert development_key(tmp_path / "new" / "key") == made
    assert development_key(tmp_path / "other") != made


def test_processes_that_start_together_agree_on_one_key_and_leave_no_other_file(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: development_key(tmp_path / "key"), range(32)))
    assert len(made) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    development_key(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
