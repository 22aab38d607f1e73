"""A payment gateway on this machine, which speaks the port of sales/gateway.py and fails as a test says."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "a key of the shop"


class Gateway:
    """Keeps what it was asked to move, each intent once; `faults` are for the next requests, one each."""

    def __init__(self, delay: float = 0) -> None:
        self.delay = delay  # seconds that it takes to answer what it has done
        self.lock = threading.Lock()
        self.kept: dict[str, dict[str, Any]] = {}  # by intent: what it answers
        self.asked: list[tuple[str, str]] = []  # method and kind
        self.faults: list[str] = []
        self.hang = threading.Event()
        self.url = ""

    def stand_in(self, settings: Any, timeout: float = 5.0) -> None:
        """Let the server take its cards here."""
        settings.PAYMENT_GATEWAY_URL, settings.PAYMENT_GATEWAY_KEY = self.url, KEY
        settings.PAYMENT_GATEWAY_TIMEOUT = timedelta(seconds=timeout)

    def captured(self, kind: str = "charges") -> dict[str, str]:
        """Give the amounts that it has moved, by intent."""
        with self.lock:
            return {
                intent: kept["amount"]
                for intent, kept in self.kept.items()
                if kept["kind"] == kind and kept["status"] == "captured"
            }

    def answer(
        self, method: str, path: str, headers: Any, sent: dict[str, Any]
    ) -> tuple[str, int, dict[str, Any]]:
        """Do what is asked; give the fault to answer with, a status and a body."""
        _, kind, *rest = path.split("/")
        with self.lock:
            self.asked.append((method, kind))
            fault = self.faults.pop(0) if self.faults else ""
            if headers["Authorization"] != f"Bearer {KEY}":
                return fault, 401, {"error": "who are you?"}
            if fault == "refuse":  # before anything is done
                return "", 500, {"error": "a bad moment"}
            intent = rest[0] if rest else sent["intent"]
            if method == "GET" and intent not in self.kept:
                return fault, 404, {"error": "never heard of"}
            if method == "POST":
                assert headers["Idempotency-Key"] == intent
                self.kept.setdefault(intent, self.decide(kind, fault, sent))
            said = {name: value for name, value in self.kept[intent].items() if name != "kind"}
        return fault, 500 if fault == "lose" else 200, {"error": "lost"} if fault == "lose" else said

    def decide(self, kind: str, fault: str, sent: dict[str, Any]) -> dict[str, Any]:
        if fault == "decline":
            return {"kind": kind, **sent, "status": "declined", "reason": "Not enough on the card."}
        if kind == "refunds":
            assert self.kept[sent["charge"]]["status"] == "captured"
        return {"kind": kind, **sent, "status": "captured", "reference": f"{kind[:2]}_{len(self.kept) + 1}"}


def distort(fault: str, said: dict[str, Any]) -> bytes:
    """Write an answer, or what a fault makes of it."""
    changed = {
        "pending": {**said, "status": "pending"},
        "other intent": {**said, "intent": "00000000-0000-4000-8000-000000000000"},
        "other amount": {**said, "amount": "999.00"},
        "no amount": {**said, "amount": None},
        "other currency": {**said, "currency": "XXX"},
        "a list": [said],
        "moved": {},
    }.get(fault, said)
    return b"<html>Busy</html>" if fault == "a page" else json.dumps(changed).encode()


@contextmanager
def serving(played: Gateway) -> Iterator[Gateway]:
    """Serve `played` at its `url` until the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer("GET", {})

        def do_POST(self) -> None:
            self.answer("POST", json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def answer(self, method: str, sent: dict[str, Any]) -> None:
            fault, status, said = played.answer(method, self.path, self.headers, sent)
            time.sleep(played.delay)
            if fault == "hang":  # after it is done
                played.hang.wait(30)
            if fault in ("hang", "drop"):
                self.close_connection = True
                return
            body = distort(fault, said)
            for _ in range(2 if fault == "double" else 1):
                self.send_response(302 if fault == "moved" else status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Location", f"{played.url}/elsewhere")
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *args: Any) -> None:
            if not isinstance(sys.exception(), ConnectionError):  # of one that was killed meanwhile
                super().handle_error(*args)

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    played.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield played
    finally:
        played.hang.set()
        server.shutdown()
        thread.join()
        server.server_close()
