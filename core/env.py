"""Secrets that a development machine makes for itself."""

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
