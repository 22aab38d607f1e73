"""Load from wrk, and what it costs: time, CPU of the server and of PostgreSQL, memory."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
FEWEST = 5  # requests of a run that tells anything; a slow contender gets more time
LONGEST_SECONDS = 16
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Run:
    """One run of wrk against one contender."""

    requests: int
    seconds: float
    p50_ms: float
    p95_ms: float
    errors: int
    server_cpu_ms: float  # a request
    database_cpu_ms: float

    @property
    def rps(self) -> float:
        return self.requests / self.seconds

    @property
    def cpu_ms(self) -> float:
        return self.server_cpu_ms + self.database_cpu_ms


def load(
    *, port: int, bodies: Path, clients: int, seconds: int, first: int, process: int, database: Backends
) -> Run:
    command = [
        "wrk",
        "-t1",
        f"-c{clients}",
        f"-d{seconds}s",
        "--timeout",
        "30s",
        "-s",
        str(HERE / "load.lua"),
    ]
    environment = {**os.environ, "BODIES": str(bodies), "FIRST": str(first)}
    server, backends = cpu_ms(tree(process)), database.cpu_ms()
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{port}/"], env=environment, capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"RESULT (\d+) (\d+) ([\d.]+) ([\d.]+) (\d+)", said)
    assert found, said
    requests = int(found[1])
    if requests < FEWEST and seconds < LONGEST_SECONDS:
        return load(
            port=port,
            bodies=bodies,
            clients=clients,
            seconds=2 * seconds,
            first=first,
            process=process,
            database=database,
        )
    return Run(
        requests=requests,
        seconds=int(found[2]) / 1e6,
        p50_ms=float(found[3]) / 1e3,
        p95_ms=float(found[4]) / 1e3,
        errors=int(found[5]),
        server_cpu_ms=(cpu_ms(tree(process)) - server) / requests,
        database_cpu_ms=(database.cpu_ms() - backends) / requests,
    )


class Backends:
    """The processes of PostgreSQL that serve clients of one database.

    What a process has used since the last look is added up; one that has ended meanwhile is not seen, and
    contenders keep their connections.
    """

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.used: dict[int, float] = {}
        self.total = 0.0

    def cpu_ms(self) -> float:
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            now = {pid: cpu_ms([pid]) for (pid,) in cursor.fetchall()}
        self.total += sum(used - self.used.get(pid, 0.0) for pid, used in now.items())
        self.used = now
        return self.total


def tree(process: int) -> list[int]:
    """List a process and what it has started."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    found, waiting = [], [process]
    while waiting:
        found.append(waiting.pop())
        waiting += children.get(found[-1], [])
    return found


def cpu_ms(processes: list[int]) -> float:
    total = 0.0
    for process in processes:
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) * TICK_MS
    return total


def peak_memory_mb(process: int) -> dict[int, float]:
    """Give the peak resident memory of a process and of each that it has started."""
    found = {}
    for one in tree(process):
        try:
            peak = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{one}/status").read_text())
        except OSError:
            continue
        found[one] = int(peak[1]) / 1024 if peak else 0.0
    return found
