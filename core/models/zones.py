"""The names of time zones that a row may hold."""

from __future__ import annotations

import functools
import zoneinfo

from django.core.exceptions import ValidationError

known_zones = functools.cache(zoneinfo.available_timezones)  # it reads hundreds of files


def validate_timezone(name: str) -> None:
    """Refuse a name that is no IANA time zone."""
    if name not in known_zones():
        raise ValidationError(f"{name[:64]!r} is not an IANA time zone.")
