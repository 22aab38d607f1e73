"""A mail server on this machine that speaks real SMTP and keeps what it is given."""

from __future__ import annotations

import email
import email.policy
import re
import socketserver
import threading
from email.message import EmailMessage
from typing import Any


class Mailbox(socketserver.ThreadingTCPServer):
    """Takes every mail; `busy` is how many it first refuses for now, and without `open` it does not answer."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Talk)
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.busy = 0
        self.given = threading.Event()  # a mail was given; whether it is taken depends on `open`
        self.open = threading.Event()
        self.open.set()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"


class Talk(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self.say("220 mailbox")
        while line := self.rfile.readline():
            word = line.split()[0].upper().decode() if line.split() else ""
            if word == "DATA":
                self.say("354 go on")
                self.take()
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                if word == "RCPT":
                    self.server.recipients.append(re.sub(r".*<|>.*", "", line.decode().strip()))
                self.say("250 mailbox")

    def take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b"."))
        self.server.given.set()
        self.server.open.wait(30)
        if self.server.busy > 0:
            self.server.busy -= 1
            self.say("451 try again later")
            return
        self.server.mails.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))  # type: ignore[arg-type]
        self.say("250 taken")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


def text_of(mail: Any) -> str:
    """Give a mail's plain text, of a message from the wire or from Django's own box."""
    return str(mail.get_body(("plain",)).get_content() if isinstance(mail, EmailMessage) else mail.body)


def token_in(mail: Any) -> str:
    """Find the token in the link of a mail."""
    found = re.search(r"#token=([\w-]+)", text_of(mail))
    assert found, text_of(mail)
    return found[1]
