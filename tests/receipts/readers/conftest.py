"""A loopback double of Gemini's generateContent, so that the reader is tested over real HTTP."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from receipts.readers import Document
from receipts.readers.answer import LineAnswer, ReceiptAnswer
from receipts.readers.gemini import Gemini

KEY = "a-key-that-nobody-may-see"
PNG = b"\x89PNG\r\n\x1a\n and what follows"


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    hang_seconds: float = 0


@dataclass(frozen=True)
class Asked:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class Service:
    """What the double answers, in turn (the last for ever), and what it was asked."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.asked: list[Asked] = []
        self.released = threading.Event()
        self.url = ""

    def says(self, *replies: Reply) -> None:
        self.replies = list(replies)

    def next_reply(self) -> Reply:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def candidate(text: str, *, finish: str = "STOP") -> Reply:
    """Wrap the model's text as the service does."""
    body = {
        "candidates": [
            {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": finish, "index": 0}
        ],
        "usageMetadata": {"promptTokenCount": 300, "candidatesTokenCount": 120, "totalTokenCount": 420},
        "modelVersion": "gemini-2.5-flash",
    }
    return Reply(body=json.dumps(body).encode())


def refused(status: int, *details: dict[str, str], headers: dict[str, str] | None = None) -> Reply:
    """Wrap an error as the service does: google.rpc.Status."""
    error = {"code": status, "message": "internal words", "status": "SOME_STATUS", "details": list(details)}
    return Reply(status=status, body=json.dumps({"error": error}).encode(), headers=headers or {})


def line(**values: str | None) -> dict[str, str | None]:
    return {**dict.fromkeys(LineAnswer.model_fields), "description": "Bread", **values}


def receipt(**values: Any) -> dict[str, Any]:
    silent = dict.fromkeys(ReceiptAnswer.model_fields)
    return {**silent, "page": 1, "items": [], **values}


def receipts(*entries: dict[str, Any]) -> Reply:
    return candidate(json.dumps({"receipts": entries}))


@pytest.fixture(autouse=True)
def without_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reach the double directly, whatever proxies the machine has."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def service() -> Iterator[Service]:
    state = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            state.asked.append(Asked(path=self.path, headers=headers, body=json.loads(content)))
            reply = state.next_reply()
            if reply.hang_seconds:
                state.released.wait(reply.hang_seconds)
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *args: object) -> None:
            """Keep the test output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda request, client_address: None  # a client that gave up is no error here
    state.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield state
    state.released.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def waits() -> list[float]:
    """The seconds that the reader would have slept."""
    return []


@pytest.fixture
def gemini(service: Service, waits: list[float]) -> Gemini:
    return Gemini(api_key=KEY, base_url=service.url, timeout_seconds=20, sleep=waits.append)


@pytest.fixture
def document() -> Document:
    return Document(content=PNG, content_type="image/png", today=date(2024, 5, 17), currency="MYR")
