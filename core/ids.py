"""Global ids: which type, and which row of it."""

import base64
import binascii
import re

FORM = re.compile(r"([A-Za-z]+):([0-9]{1,18})\Z")


def encode(type_name: str, key: int) -> str:
    """Make the global id of a row."""
    return base64.urlsafe_b64encode(f"{type_name}:{key}".encode()).decode().rstrip("=")


def decode(id: str) -> tuple[str, int]:
    """Take a global id apart.

    Raises: ValueError for anything that `encode` did not make.
    """
    try:
        text = base64.b64decode(id + "=" * (-len(id) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeError) as error:
        raise ValueError(id) from error
    form = FORM.match(text)
    if not form or encode(form[1], int(form[2])) != id:
        raise ValueError(id)
    return form[1], int(form[2])
