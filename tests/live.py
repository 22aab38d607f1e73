"""A whole installation of the product in processes of its own: web, workers, database, files."""

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
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from tests import templates

ROOT = Path(__file__).resolve().parent.parent
BOUNDARY = "------------------------boundary"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Installation:
    """Migrated and empty: on SQLite in `folder`, or on a migrated database that `database_url` names."""

    def __init__(self, folder: Path, database_url: str = "", **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.token = ""
        self.store = ""
        self.processes: list[subprocess.Popen[bytes]] = []
        self.env = {
            **os.environ,
            "DATABASE_URL": database_url,
            "DATA_DIR": str(folder),
            "DATABASE_FALLBACK": "none",
            **dict.fromkeys(
                ("LOGIN_LIMIT", "SIGNUP_LIMIT", "RESET_LIMIT", "INVITATION_LIMIT"), "1000/minute"
            ),
            "PYTHONPATH": str(ROOT),
            **settings,
        }
        if not database_url:
            shutil.copy(templates.sqlite(), folder / "tillsight.sqlite3")

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.env, check=True, capture_output=True, text=True
        ).stdout

    def start(self, name: str, *command: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{name}.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
        )
        self.processes.append(process)
        return process

    def web(self) -> subprocess.Popen[bytes]:
        options = ("--port", str(self.port), "--log-level", "warning", "--no-proxy-headers")
        process = self.start("web", "-m", "uvicorn", "schema.asgi:application", *options)
        wait_for(lambda: self.get("/health/live")[0] == 200, 30)
        return process

    def worker(self) -> subprocess.Popen[bytes]:
        return self.start("worker", "manage.py", "worker")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: object) -> None:
        self.stop()

    def stop(self, keep: int = 0) -> None:
        """End all processes but the `keep` that were started first."""
        for process in self.processes[keep:]:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # with what it has left behind
            process.wait(timeout=30)
        del self.processes[keep:]

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
        except OSError:
            return 0, b""

    def ask(self, document: str, **variables: Any) -> Any:
        body = json.dumps({"query": document, "variables": variables}).encode()
        return self._send(body, "application/json")

    def register(self, email: str = "owner@example.com") -> None:
        self.token = ""
        document = """mutation ($email: String!) { register(input: {email: $email, password: "correct horse 1",
          store: {name: "Shop", currency: "USD"}}) { accessToken user { stores { id } } userErrors { message } } }"""
        answer = self.ask(document, email=email)["register"]
        self.token, self.store = answer["accessToken"], answer["user"]["stores"][0]["id"]

    def upload(self, content: bytes, filename: str) -> str:
        document = """mutation ($store: ID!, $file: Upload!) { uploadReceipt(input: {store: $store, file: $file}) {
          upload { id } userErrors { message } } }"""
        answer = self.send_file(document, content, filename)["uploadReceipt"]
        assert answer["userErrors"] == [], answer
        return str(answer["upload"]["id"])

    def send_file(self, document: str, content: bytes, filename: str) -> Any:
        """Send a mutation of the store and a file."""
        operations = {"query": document, "variables": {"store": self.store, "file": None}}
        parts = [
            ("operations", json.dumps(operations).encode(), ""),
            ("map", b'{"0": ["variables.file"]}', ""),
        ]
        parts.append(("0", content, f'; filename="{filename}"'))
        body = b"".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode()
            + data
            + b"\r\n"
            for name, data, more in parts
        )
        form = f"multipart/form-data; boundary={BOUNDARY}"
        return self._send(body + f"--{BOUNDARY}--\r\n".encode(), form)

    def _send(self, body: bytes, content_type: str) -> Any:
        headers = {"Content-Type": content_type, "X-Requested-With": "test"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/graphql/", body, headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            said = json.load(answer)
        assert "errors" not in said, said
        return said["data"]

    def uploads(self) -> list[dict[str, Any]]:
        document = """{ me { stores { uploads(first: 100) { nodes { id status stage attempts error
          bills { totalCount nodes { total items { totalCount } } } } } } } }"""
        return list(self.ask(document)["me"]["stores"][0]["uploads"]["nodes"])


def kill(process: subprocess.Popen[bytes], number: int = signal.SIGKILL) -> None:
    """Send a signal to this one process, whatever it has started, and wait for its end."""
    process.send_signal(number)
    process.wait(timeout=30)


def wait_for(condition: Callable[[], Any], seconds: float) -> Any:
    """Wait until `condition` holds and give what it answered."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {seconds} s"
        time.sleep(0.1)


@contextmanager
def postgres_database(url: str, name: str) -> Iterator[str]:
    """Make a migrated database beside the one that `url` names, and drop it afterwards."""
    template = templates.postgres(url)
    with templates.statements(url) as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield f"{url.rpartition('/')[0]}/{name}"
    finally:
        with templates.statements(url) as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
