"""In which country a time zone lies, as the zone database itself says."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


def country_of(zone: str) -> str:
    """Give the ISO 3166 code of the country of a zone, the larger of several; empty for UTC and its like."""
    return _countries().get(zone, "")


@cache
def _countries() -> dict[str, str]:
    """Read the zones of all countries from the package that carries them."""
    found: dict[str, str] = {}
    for name in ("zone1970.tab", "zone.tab"):  # the first names the most populous country first
        for line in (files("tzdata") / "zoneinfo" / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                countries, _, zone = line.split("\t")[:3]
                found.setdefault(zone, countries.split(",")[0])
    return found
