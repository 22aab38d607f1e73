"""Secrets: those that a development machine makes for itself, and keys that tokens are signed with."""

import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path


def development_key(path: Path) -> str:
    """Read the key at `path`, or make a random one on the first run.

    Two processes that start together agree: the file appears whole, and only once.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, made = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(50))
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            os.unlink(made)
    return path.read_text()


MIN_KEY_LENGTH = 32  # HS256 wants as many bytes as SHA-256 gives: RFC 7518, section 3.2


def token_keys(said: str, secret_key: str) -> dict[str, str]:
    """Read `kid:secret,kid:secret`, the signing one first; where nothing is said, one made from `secret_key`.

    Raises: ValueError, which tells no secret.
    """
    if not said.strip():
        return {"0": hmac.new(secret_key.encode(), b"access tokens", hashlib.sha256).hexdigest()}
    keys: dict[str, str] = {}
    for entry in said.split(","):
        kid, _, secret = entry.strip().partition(":")
        if not kid or kid in keys or len(secret) < MIN_KEY_LENGTH:
            raise ValueError(
                f"each key is a name of its own, a colon and {MIN_KEY_LENGTH} or more characters; "
                f"entry {len(keys) + 1} is not"
            )
        keys[kid] = secret
    return keys
