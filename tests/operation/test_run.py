"""The suite's own runner: a database that is missing is never passed over in silence."""

import os
import subprocess
import sys

from .conftest import ROOT, free_port


def test_without_postgresql_the_runner_says_so_and_fails_where_it_is_required():
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    away = {"TEST_POSTGRES_URL": f"postgres://postgres@127.0.0.1:{free_port()}/postgres"}
    done = subprocess.run(
        [sys.executable, "tests/run.py", "-n", "0", "--collect-only", "tests/operation/test_run.py"],
        cwd=ROOT,
        env={**kept, **away, "REQUIRE_SERVICES": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert "SQLite: passed" in done.stdout
    assert "NOT TESTED on it" in done.stdout
