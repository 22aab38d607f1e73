"""A night that is killed in the middle and run again keeps the same rows as one that nobody disturbs."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

from tests.live import ROOT, Installation

PARTS = (0.4, 0.8)  # of a night's statements, at which it is killed


def night(house: Installation, *arguments: str, killed: bool = False) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.insights.night", *arguments],
        cwd=ROOT,
        env=house.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == (-signal.SIGKILL if killed else 0), done.stderr[-2000:]
    return done.stdout.splitlines()


def test_a_night_killed_anywhere_and_run_again_keeps_the_same_rows(tmp_path: Path) -> None:
    house = Installation(tmp_path)
    night(house, "fill")
    books, whole = tmp_path / "tillsight.sqlite3", tmp_path / "filled"
    shutil.copy(books, whole)
    statements, *undisturbed = night(house, "run", "0")
    assert {row.split()[0] for row in undisturbed} >= {"Analysis", "Alert", "Forecast", "Night", "Event"}
    cuts = []
    for part in PARTS:
        shutil.copy(whole, books)
        for rest in ("-wal", "-shm"):
            books.with_name(books.name + rest).unlink(missing_ok=True)
        night(house, "run", str(round(part * int(statements))), killed=True)
        cuts.append(len(night(house, "rows")))
        assert night(house, "run", "0")[1:] == undisturbed, part
    assert 0 < cuts[0] < cuts[-1] < len(undisturbed), cuts  # it was in the middle indeed
