"""Acts that happen at once, each in a thread with a connection of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections


def race(*acts: Callable[[], Any]) -> list[Any]:
    """Do all acts at once; give what each answered or raised. Only PostgreSQL's test database can be shared."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's test database is in memory, which threads cannot share")
    barrier, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            barrier.wait()
            found[number] = act()
        except Exception as error:  # the test looks at it
            found[number] = error  # type: ignore[call-overload]
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
