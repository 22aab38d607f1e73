"""What is measured: how each contender is started and which dialect it understands."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from operations import Request

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WORK = ROOT / "var" / "benchmarks"
NODE = ("node", "server.js", "{port}")
WSGI = (
    "{venv}/bin/granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "4", "--port", "{port}",
    "--no-access-log", "--log-level", "error", "{file}:application",
)  # fmt: skip
SERVE = (sys.executable, str(ROOT / "manage.py"), "serve", "--collected", "--port", "{port}")
START_SECONDS = 180


@dataclass
class Contender:
    name: str
    label: str
    dialect: str
    command: tuple[str, ...]
    file: str = ""
    venv: str = ""
    folder: Path = HERE / "peers"
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def there(self) -> bool:
        """Whether what it needs is installed."""
        return (not self.venv or (WORK / self.venv / "bin" / "python").exists()) and (
            self.command is not NODE or (self.folder / "node_modules").exists()
        )

    def start(self, database: str) -> None:
        self.port = free_port()
        command = [
            part.format(venv=WORK / self.venv, file=self.file, port=self.port) for part in self.command
        ]
        environment = {**os.environ, "DATABASE_URL": database, **self.environment}
        with (WORK / f"{self.name}.log").open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=environment, stdout=log, stderr=subprocess.STDOUT
            )

    def wait(self, request: Request) -> None:
        """Wait until it answers.

        Raises: SystemExit when it does not.
        """
        assert self.process
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if self.ask(request)[0] < 300:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise SystemExit(f"{self.name} does not answer: see {WORK / self.name}.log")

    def ask(self, request: Request) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Content-Type": "application/json"}
        if request.token:
            headers["Authorization"] = f"Bearer {request.token}"
        connection.request(request.method, request.path, request.body.encode() or None, headers)
        response = connection.getresponse()
        answer = response.status, response.read()
        connection.close()
        return answer

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


def product(name: str, label: str, plans: str) -> Contender:
    environment = {
        "ENV": "production",
        "SECRET_KEY": "a key of the benchmark alone, which signs tokens for made-up accounts",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DATA_DIR": str(WORK / "data"),
        "STATIC_ROOT": str(WORK / "static"),
        "PLANS": plans,
        "ACCESS_TOKEN_MINUTES": "1440",
        "LOG_LEVEL": "INFO",
    }
    return Contender(name, label, "product", SERVE, folder=ROOT, environment=environment)


def peer(name: str, label: str, dialect: str, venv: str = "venv", **environment: str) -> Contender:
    return Contender(name, label, dialect, WSGI, "wsgi", venv, environment=environment)


def node(name: str, label: str, dialect: str) -> Contender:
    return Contender(
        name, label, dialect, NODE, folder=HERE / "node" / name, environment={"NODE_ENV": "production"}
    )


CONTENDERS = [
    Contender("limit", "SQL by hand (json_agg)", "limit", WSGI, "limit", "venv"),
    product("product", "Tillsight", "on"),
    product("ordinary", "Tillsight, ordinary executor", "off"),
    node("postgraphile", "PostGraphile 4", "postgraphile"),
    node("mercurius", "Mercurius + graphql-jit", "graphql"),
    peer("drf", "Django REST Framework", "rest", PEER="peer_drf"),
    peer("graphene", "graphene-django", "graphql", venv="venv-graphene", PEER="peer_graphene"),
    peer("strawberry", "Strawberry + optimizer", "strawberry", PEER="peer_strawberry"),
    peer("strawberry_tuned", "Strawberry, tuned", "strawberry", PEER="peer_strawberry", TUNED="1"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
