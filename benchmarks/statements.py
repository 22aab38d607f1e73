"""Count the SQL statements that pass: a proxy before PostgreSQL that reads what clients send."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from urllib.parse import urlsplit

PARSED_CODES = {80877103, 80877104}  # a client that asks for TLS or GSS first: another start follows
QUERY, EXECUTE = ord("Q"), ord("E")


class Counter:
    """Listens on a port of its own and hands everything on."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.target = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self.count = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        port = self.listener.getsockname()[1]
        login = parts.netloc.rpartition("@")[0]
        self.url = parts._replace(netloc=f"{login}@127.0.0.1:{port}").geturl()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(self.target)
            for source, sink, reader in ((client, server, self._read), (server, client, None)):
                threading.Thread(target=_pump, args=(source, sink, reader and reader()), daemon=True).start()

    def _read(self) -> Reader:
        return Reader(self)


class Reader:
    """Takes a client's bytes apart into messages."""

    def __init__(self, counter: Counter) -> None:
        self.counter = counter
        self.started = False
        self.rest = b""

    def feed(self, data: bytes) -> None:
        self.rest += data
        while True:
            head = 1 if self.started else 0
            if len(self.rest) < head + 4:
                return
            length = head + int.from_bytes(self.rest[head : head + 4])
            if len(self.rest) < length:
                return
            if self.started:
                self.counter.count += self.rest[0] in (QUERY, EXECUTE)
            else:
                self.started = int.from_bytes(self.rest[4:8]) not in PARSED_CODES
            self.rest = self.rest[length:]


def _pump(source: socket.socket, sink: socket.socket, reader: Reader | None) -> None:
    with suppress(OSError):  # either side may end
        while data := source.recv(65536):
            if reader:
                reader.feed(data)
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
