"""Google's token and certificate endpoints on this machine, with keys of their own."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from core import google

CLIENT_ID = "till.apps.googleusercontent.com"
SECRET = "a secret of the client"


class Google:
    """Signs ID tokens, and answers as the endpoints do or as a test says."""

    def __init__(self) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.kid = ""
        self.rotate("first")
        self.max_age = 3600
        self.certificates_asked = 0
        self.codes: dict[str, str] = {}  # code: the ID token that it is good for, once
        self.forms: list[dict[str, str]] = []
        self.fault: tuple[int, bytes] | None = None  # what every request is answered with
        self.hang = threading.Event()
        self.hanging = False
        self.url = ""

    def stand_in(self, settings: Any) -> None:
        """Let the server take this for Google."""
        google._certificates.cache_clear()
        settings.GOOGLE_CLIENT_IDS = [CLIENT_ID, "phone.apps.googleusercontent.com"]
        settings.GOOGLE_CLIENT_SECRET = SECRET
        settings.GOOGLE_TOKEN_URL = f"{self.url}/token"
        settings.GOOGLE_CERTS_URL = f"{self.url}/certs"

    def rotate(self, kid: str) -> None:
        """Sign with a new key, and publish that one alone."""
        self.kid = kid
        self.keys = {kid: rsa.generate_private_key(public_exponent=65537, key_size=2048)}

    def claims(self, **changed: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": "https://accounts.google.com",
            "aud": CLIENT_ID,
            "sub": "110169484474386276334",
            "email": "ada@example.com",
            "email_verified": True,
            "given_name": "Ada",
            "family_name": "Lovelace",
            "iat": now,
            "exp": now + 3600,
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def token(
        self, *, kid: str | None = None, key: Any = None, algorithm: str = "RS256", **changed: Any
    ) -> str:
        """Sign an ID token; a claim of None is left out."""
        headers = {"kid": self.kid if kid is None else kid}
        return jwt.encode(self.claims(**changed), key or self.keys[self.kid], algorithm, headers)

    def public_pem(self) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.keys[self.kid].public_key().public_bytes(serialization.Encoding.PEM, form)

    def certificates(self) -> dict[str, Any]:
        to_jwk = jwt.algorithms.RSAAlgorithm.to_jwk
        keys = [{**to_jwk(key.public_key(), as_dict=True), "kid": kid} for kid, key in self.keys.items()]
        return {"keys": [{**key, "alg": "RS256", "use": "sig"} for key in keys]}

    def exchange(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        self.forms.append(form)
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, SECRET):
            return 401, {"error": "invalid_client"}
        id_token = self.codes.pop(form.get("code", ""), None)
        if id_token is None:
            return 400, {"error": "invalid_grant"}
        return 200, {
            "id_token": id_token,
            "access_token": "of no use",
            "expires_in": 3599,
            "token_type": "Bearer",
        }


@contextmanager
def serving(played: Google) -> Iterator[Google]:
    """Serve `played` at its `url` until the end."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            played.certificates_asked += 1
            self.answer(200, played.certificates())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.answer(*played.exchange(form))

        def answer(self, status: int, said: dict[str, Any]) -> None:
            if played.hanging:
                played.hang.wait(30)
                return
            status, body = played.fault or (status, json.dumps(said).encode())
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", f"public, max-age={played.max_age}, must-revalidate")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
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
