"""Let the state machine of orders, payments and stock act for long, on SQLite and PostgreSQL: far more than a test may.

EXAMPLES (150) days of up to STEPS (40) acts each.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import environ

from core.database import unreachable
from tests.live import ROOT, postgres_database

TEST = "tests/schema/test_day_at_the_till.py"


def main() -> int:
    url = os.environ.get("TEST_POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
    failed = prove("SQLite", "")
    if unreachable(environ.Env.db_url_config(url)):
        print("PostgreSQL: not reached, not proved")
        return failed
    with postgres_database(url, "tillsight_prove_till") as fresh:
        return failed | prove("PostgreSQL", fresh)


def prove(name: str, url: str) -> int:
    examples, steps = os.environ.get("EXAMPLES", "150"), os.environ.get("STEPS", "40")
    asked = {"DATABASE_URL": url, "TILL_EXAMPLES": examples, "TILL_STEPS": steps}
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TEST]
        log = Path(folder) / "log"
        with log.open("wb") as out:
            code = subprocess.run(
                command, cwd=ROOT, env={**os.environ, **asked}, stdout=out, stderr=out, check=False
            ).returncode
        if code:
            print(log.read_text()[-8000:])
    said = "held" if code == 0 else "BROKEN"
    print(f"{name}: {examples} days of up to {steps} acts: {said}; {time.monotonic() - started:.0f} s")
    return int(code != 0)
