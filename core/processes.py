"""Processes that share one terminal and end together."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence

POLL_SECONDS = 0.1
GRACE_SECONDS = 20.0  # for what a web server or a worker has in hand

Say = Callable[[str], object]


class Together:
    """Children whose lines are told by name, and that are stopped when `stop` is set or one of them ends."""

    def __init__(self, *, stop: threading.Event, say: Say, changed: Mapping[str, str]) -> None:
        """Prepare a group whose members get this process's environment with the `changed` variables."""
        self.stop = stop
        self.say = say
        # Handed on as a whole and not looked into: what it means is said in core.settings.
        self.environment = {**os.environ, "PYTHONUNBUFFERED": "1", **changed}
        self.members: dict[str, subprocess.Popen[str]] = {}
        self.tellers: list[threading.Thread] = []

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a member in a session of its own, so that Ctrl-C reaches it through here and only once."""
        child = subprocess.Popen(  # noqa: S603 (our own commands)
            command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        teller = threading.Thread(target=self._tell, args=(name, child), daemon=True)
        teller.start()
        self.members[name] = child
        self.tellers.append(teller)

    def wait(self) -> str:
        """Wait until the first member ends and answer its name, or "" when told to stop."""
        while not self.stop.is_set():
            for name, child in self.members.items():
                if child.poll() is not None:
                    return name
            self.stop.wait(POLL_SECONDS)
        return ""

    def end(self) -> None:
        """Ask every member to finish what it has in hand, and end those that do not."""
        for child in self.members.values():
            child.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for name, child in self.members.items():
            try:
                child.wait(timeout=max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"{name} did not stop within {GRACE_SECONDS:.0f} s and is killed.")
                child.kill()
                child.wait()
        for teller in self.tellers:
            teller.join(timeout=1)

    def _tell(self, name: str, child: subprocess.Popen[str]) -> None:
        assert child.stdout is not None
        for line in child.stdout:
            self.say(f"{name:<6} | {line.rstrip()}")


def share_metrics(folder: str) -> None:
    """Have the processes that this one starts count into one folder, so that any of them can tell all."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder


def is_taken(host: str, port: int) -> bool:
    """Tell whether another process listens at `host` and `port`."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        # As the server itself will: connections that linger after a stop are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return True
    return False


def answers(host: str, port: int) -> bool:
    """Tell whether something accepts connections at `host` and `port`."""
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
