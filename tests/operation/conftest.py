"""Processes of the project as an operator starts them, with a folder and a database of their own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import templates

ROOT = Path(__file__).resolve().parent.parent.parent
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
START_SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class Reply:
    status: int
    text: str
    headers: dict[str, str]

    @property
    def json(self):
        return json.loads(self.text)


def get(url: str, *, data: bytes | None = None, headers: dict[str, str] | None = None) -> Reply:
    try:
        with DIRECT.open(urllib.request.Request(url, data, headers or {}), timeout=20) as answer:
            return Reply(
                answer.status, answer.read().decode(), {k.lower(): v for k, v in answer.headers.items()}
            )
    except urllib.error.HTTPError as error:
        return Reply(error.code, error.read().decode(), {k.lower(): v for k, v in error.headers.items()})


class Started:
    """A command that was started, with what it says."""

    def __init__(self, arguments: tuple[str, ...], environment: dict[str, str], log: Path) -> None:
        self.log = log
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", *arguments],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def until(self, found: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        """Wait until something is so; fail when the command has ended or the time is over."""
        deadline = time.monotonic() + seconds
        while not found():
            assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{self.said}"
            assert time.monotonic() < deadline, f"not within {seconds} s:\n{self.said}"
            time.sleep(0.1)

    def end(self, number: signal.Signals = signal.SIGTERM, seconds: float = 30) -> int:
        """Send a signal and answer the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=seconds)

    def children(self) -> dict[str, int]:
        """Find the process ids of the commands that this one has started, by their names."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                words = (folder / "cmdline").read_text().split("\0")
            except (OSError, ValueError):  # it ended meanwhile
                continue
            if parent == self.process.pid and len(words) > 2:
                found[words[2]] = int(folder.name)
        return found


@pytest.fixture(scope="session")
def surroundings(tmp_path_factory) -> dict[str, str]:
    """An environment of a production server with SQLite in a folder of its own."""
    folder = tmp_path_factory.mktemp("data")
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept,
        "ENV": "production",
        "SECRET_KEY": "of no use anywhere else, and long enough for it, really",
        "ALLOWED_HOSTS": "shop.example",
        "DATA_DIR": str(folder),
        "DATABASE_URL": "",
        "RECEIPT_FAST": "true",
    }


def migrate(folder: Path) -> Path:
    """Let a folder for data have its migrated SQLite database, as a later start finds it."""
    folder.mkdir(exist_ok=True)
    shutil.copy(templates.sqlite(), folder / "tillsight.sqlite3")
    return folder


@pytest.fixture(scope="module")
def manage(surroundings, tmp_path_factory) -> Iterator[Callable[..., Started]]:
    """Start `manage.py` with arguments and changed variables; what is still running at the end is ended."""
    running: list[Started] = []
    logs = tmp_path_factory.mktemp("logs")

    def start(*arguments: str, **changed: str) -> Started:
        running.append(Started(arguments, {**surroundings, **changed}, logs / f"{len(running)}.log"))
        return running[-1]

    yield start
    for one in running:
        one.end(seconds=40)


def run(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run `manage.py` to its end."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
