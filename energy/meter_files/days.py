"""Days and times of day as they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from energy.meter_files.errors import BadCell

YEARS = range(1970, 2101)
YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\.?\Z")
COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})\Z")
YEAR_LAST = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})\Z")
MONTH = re.compile(r"(?:(?P<y>\d{4})[-/.](?P<m>\d{1,2})|(?P<m2>\d{1,2})[-/.](?P<y2>\d{4}))\Z")
DAY_NAMED = re.compile(r"(\d{1,2})\.?[\s-]*(?:de |of )?([^\W\d_]+)\.?,?[\s-]*(?:de |del )?(\d{4}|\d{2})\Z")
NAMED_DAY = re.compile(r"([^\W\d_]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\Z")
NAMED_MONTH = re.compile(r"([^\W\d_]+)\.?,?[\s-]*(?:de |del )?(\d{4})\Z")
WEEKDAY = re.compile(r"\A[^\W\d_]{2,14}[.,]{0,2}\s+")
TIME = re.compile(
    r"(\d{1,2})[:.h](\d{2})(?:[:.m](\d{2})(?:[.,]\d{1,9})?s?)?\s*(?:uhr|h)?\s*([ap])?\.?(?:m\.?)?\Z"
)

# The first letters tell the month in English, German, French, Spanish, Italian, Portuguese and Dutch.
MONTHS: tuple[tuple[str, ...], ...] = (
    ("jan", "ene", "gen", "janv"),
    ("feb", "fev", "fevr"),
    ("mar", "maa", "mrt", "marz"),
    ("apr", "avr", "abr"),
    ("may", "mai", "mag", "mei"),
    ("jun", "juin", "giu"),
    ("jul", "juil", "lug"),
    ("aug", "aou", "ago"),
    ("sep", "set"),
    ("oct", "okt", "ott", "out"),
    ("nov",),
    ("dec", "dez", "dic"),
)
BY_START = {start: number for number, starts in enumerate(MONTHS, 1) for start in starts}


def plain(text: str) -> str:
    """Lower the letters and take their accents off."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).strip()


def day(text: str, *, day_first: bool) -> date:
    """Read a day; a month stands for its first day.

    Raises: BadCell.
    """
    said = plain(text)
    parts = _parts(said, day_first) or _parts(WEEKDAY.sub("", said), day_first)
    if parts is None or parts[0] not in YEARS:
        raise BadCell(f"{text.strip()[:40]!r} is no date.")
    try:
        return date(*parts)
    except ValueError as error:
        raise BadCell(f"{text.strip()[:40]!r} is no date.") from error


def seconds(text: str) -> int:
    """Read a time of day as seconds since midnight; 24:00 is the day's end.

    Raises: BadCell.
    """
    found = TIME.match(plain(text))
    if found is None:
        raise BadCell(f"{text.strip()[:20]!r} is no time.")
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[4]:
        if not 1 <= hour <= 12:
            raise BadCell(f"{text.strip()[:20]!r} is no time.")
        hour = hour % 12 + (12 if found[4] == "p" else 0)
    total = hour * 3600 + minute * 60 + second
    if minute > 59 or second > 59 or total > 86400:
        raise BadCell(f"{text.strip()[:20]!r} is no time.")
    return total


def order_of(text: str) -> bool | None:
    """Tell whether the day must stand before the month; None where it can be either."""
    found = YEAR_LAST.match(WEEKDAY.sub("", plain(text)))
    if found is None or found[2] == ".":
        return None
    first, second = int(found[1]), int(found[3])
    if first > 12:
        return True
    return False if second > 12 else None


def either(text: str) -> bool:
    """Tell whether day and month of a text could change places."""
    found = YEAR_LAST.match(WEEKDAY.sub("", plain(text)))
    return found is not None and found[2] != "." and order_of(text) is None


def smoother(texts: Sequence[str]) -> bool:
    """Tell whether days that can be read in two ways follow each other more closely with the day first."""
    lengths = []
    for day_first in (True, False):
        read = []
        for text in texts:
            try:
                read.append(day(text, day_first=day_first).toordinal())
            except BadCell:
                continue
        lengths.append(sum(abs(late - early) for early, late in pairwise(read)))
    return lengths[0] <= lengths[1]


def _parts(said: str, day_first: bool) -> tuple[int, int, int] | None:
    return _numbers(said, day_first) or _named(said)


def _numbers(said: str, day_first: bool) -> tuple[int, int, int] | None:
    found = YEAR_FIRST.match(said) or COMPACT.match(said)
    if found:
        return int(found[1]), int(found[2]), int(found[3])
    found = YEAR_LAST.match(said)
    if found:
        first, second, year = int(found[1]), int(found[3]), _year(found[4])
        return (year, second, first) if day_first or found[2] == "." else (year, first, second)
    found = MONTH.match(said)
    return (int(found["y"] or found["y2"]), int(found["m"] or found["m2"]), 1) if found else None


def _named(said: str) -> tuple[int, int, int] | None:
    if found := DAY_NAMED.match(said):
        parts = _year(found[3]), _month(found[2]), int(found[1])
    elif found := NAMED_DAY.match(said):
        parts = int(found[3]), _month(found[1]), int(found[2])
    elif found := NAMED_MONTH.match(said):
        parts = int(found[2]), _month(found[1]), 1
    else:
        return None
    return parts if parts[1] else None


def _month(name: str) -> int:
    return BY_START.get(name[:4]) or BY_START.get(name[:3]) or 0


def _year(text: str) -> int:
    return int(text) + 2000 if len(text) == 2 else int(text)
