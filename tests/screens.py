"""Screens that follow a store's queue over a WebSocket, each in a thread, as a counter and a kitchen do."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.live import wait_for

QUEUE = """subscription ($store: ID!, $after: String) { orderQueueChanged(store: $store, after: $after) {
  cursor kind } }"""


@dataclass(frozen=True)
class Seen:
    at: float  # seconds since the epoch
    cursor: str
    kind: str


class Screen(threading.Thread):
    """Follow a queue, and come back after a lost connection with the last cursor."""

    def __init__(self, port: int, token: str, store: str) -> None:
        super().__init__(daemon=True)
        self.url = f"ws://127.0.0.1:{port}/graphql/"
        self.token, self.store = token, store
        self.cursor: str | None = None
        self.seen: list[Seen] = []
        self.closed: list[int] = []  # the codes with which connections were closed
        self.socket: Any = None
        self.away = threading.Event()
        self.over = threading.Event()
        self.start()
        wait_for(lambda: self.cursor, 20)

    def run(self) -> None:
        while not self.over.is_set():
            try:
                self.follow()
            except (ConnectionClosed, OSError) as lost:
                self.closed.append(lost.rcvd.code if isinstance(lost, ConnectionClosed) and lost.rcvd else 0)
            while self.away.is_set() and not self.over.is_set():
                time.sleep(0.01)
            time.sleep(0.05)

    def follow(self) -> None:
        with connect(self.url, subprotocols=["graphql-transport-ws"], proxy=None) as self.socket:
            self.say(type="connection_init", payload={"Authorization": f"Bearer {self.token}"})
            assert json.loads(self.socket.recv())["type"] == "connection_ack"
            asked = {"query": QUEUE, "variables": {"store": self.store, "after": self.cursor}}
            self.say(type="subscribe", id="queue", payload=asked)
            for text in self.socket:
                message = json.loads(text)
                assert message["type"] == "next", message
                event = message["payload"]["data"]["orderQueueChanged"]
                self.cursor = event["cursor"]
                if event["kind"] != "watching":
                    self.seen.append(Seen(time.time(), event["cursor"], event["kind"]))

    def say(self, **message: Any) -> None:
        self.socket.send(json.dumps(message))

    def lose(self) -> None:
        """Lose the connection without a good-bye, and stay away until `come_back`."""
        self.away.set()
        self.socket.close_socket()

    def come_back(self) -> None:
        self.away.clear()

    def end(self) -> None:
        self.over.set()
        self.socket.close()
        self.join(timeout=10)
