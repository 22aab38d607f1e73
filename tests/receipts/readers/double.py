"""A loopback double of the services that readers ask, so that they are tested over real HTTP."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .dialects import Reply


@dataclass(frozen=True)
class Asked:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class Service:
    """What the double answers, in turn (the last for ever), and what it was asked."""

    def __init__(self) -> None:
        self.replies: list[Reply] = []
        self.choose: Callable[[Asked], Reply] | None = None  # instead, by what is asked
        self.asked: list[Asked] = []
        self.released = threading.Event()
        self.url = ""

    def says(self, *replies: Reply) -> None:
        self.replies = list(replies)

    def reply_to(self, asked: Asked) -> Reply:
        if self.choose:
            return self.choose(asked)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def serving() -> Iterator[Service]:
    """Run the double while the block lasts."""
    state = Service()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(path=self.path, headers=headers, body=json.loads(content))
            state.asked.append(asked)
            reply = state.reply_to(asked)
            if reply.hang_seconds:
                state.released.wait(reply.hang_seconds)
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if not reply.drip_seconds:
                self.wfile.write(reply.body)
                return
            for place in range(len(reply.body)):
                self.wfile.write(reply.body[place : place + 1])
                time.sleep(reply.drip_seconds)

        def log_message(self, *args: object) -> None:
            """Keep the test output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda request, client_address: None  # a client that gave up is no error here
    state.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield state
    finally:
        state.released.set()
        server.shutdown()
        server.server_close()
