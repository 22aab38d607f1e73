"""`make run`: a server and a worker in one terminal, that start together and end together.

Each test is one long look at one start, since a start takes seconds.
"""

import os
import signal
import sqlite3
from pathlib import Path

import pytest

from .conftest import free_port, get, migrate, run


@pytest.fixture
def development(tmp_path):
    """What a machine has on which nothing was ever set, but for the folder."""
    return {"ENV": "development", "SECRET_KEY": "", "ALLOWED_HOSTS": "*", "DATA_DIR": str(tmp_path / "data")}


def started(manage, port, **changed):
    together = manage("start", "--port", str(port), **changed)
    together.until(lambda: "Stop        Ctrl-C" in together.said)
    return together


def alive(children: dict[str, int]) -> list[str]:
    return [name for name, pid in children.items() if os.path.exists(f"/proc/{pid}")]


def test_the_first_start_fills_the_demo_store_and_the_next_leaves_it_alone(manage, development):
    for said, number in (("Opened the demo store", signal.SIGINT), ("demo store is there", signal.SIGTERM)):
        port = free_port()
        together = started(manage, port, **development)
        assert said in together.said
        assert f"http://127.0.0.1:{port}/graphql/" in together.said
        assert "demo@tillsight.example" in together.said
        assert f"SQLite, {development['DATA_DIR']}" in together.said
        children = together.children()
        assert set(children) == {"serve", "worker"}
        assert together.end(number) == 0
        assert "Stopped." in together.said
        assert "Traceback" not in together.said
        assert alive(children) == []
    with sqlite3.connect(f"{development['DATA_DIR']}/tillsight.sqlite3") as database:
        assert database.execute("select count(*) from core_store").fetchone() == (1,)


def test_a_database_out_of_reach_is_replaced_loudly_and_for_all_processes_alike(manage, development):
    port = free_port()
    migrate(Path(development["DATA_DIR"]))
    away = f"postgres://shop:secretive@127.0.0.1:{free_port()}/shop"
    together = started(manage, port, **development, DATABASE_URL=away)
    assert together.said.count("USING SQLITE") >= 2, "before the start, and beside the address"
    assert "secretive" not in together.said
    state = get(f"http://127.0.0.1:{port}/health/ready").json
    assert (state["ok"], state["database"]) == (True, "sqlite")
    assert "SQLite is in use" in state["warning"]
    children = together.children()
    os.kill(children["serve"], signal.SIGKILL)
    assert together.process.wait(timeout=40) == 1
    assert "The web process ended by itself" in together.said
    assert alive(children) == []


def test_production_has_no_demo_and_a_dead_worker_stops_the_server_too(
    manage, surroundings, tmp_path, development
):
    port = free_port()
    together = started(manage, port, DATA_DIR=str(migrate(tmp_path / "data")))
    assert "ENV=production refuses it" in together.said
    assert "Demo login" not in together.said

    second = run(
        "start", "--port", str(port), environment={**surroundings, "DATA_DIR": str(tmp_path / "two")}
    )
    assert second.returncode == 1
    assert f"make run PORT={port + 1}" in second.stderr
    assert not (tmp_path / "two" / "tillsight.sqlite3").exists()

    children = together.children()
    os.kill(children["worker"], signal.SIGKILL)
    assert together.process.wait(timeout=40) == 1
    assert "The worker process ended by itself" in together.said
    assert alive(children) == []
    with pytest.raises(OSError, match="refused"):
        get(f"http://127.0.0.1:{port}/health/live")
