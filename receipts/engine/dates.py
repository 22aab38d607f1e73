"""Dates and times of day as receipts print them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

from receipts.engine.text import fold

OLDEST_YEARS = 30  # no receipt in use is older
_MONTHS = (
    "jan january januar januari janvier enero gennaio ocak",
    "feb february februar februari fevrier febrero febbraio fev peb",
    "mar march marz maerz maret mac maart mars marzo mrz",
    "apr april avril abril aprile avr abr",
    "may mai mei mayo maggio mag",
    "jun june juni juin junio giugno giu",
    "jul july juli juillet julio luglio juil julai lug",
    "aug august agustus augustus aout agosto ago ogos agu",
    "sep sept september septembre septiembre settembre set",
    "oct october oktober octobre octubre ottobre okt out ott",
    "nov november novembre noviembre",
    "dec december dezember desember decembre diciembre dicembre dez des dic dis disember",
)
_MONTH = {name: number for number, names in enumerate(_MONTHS, start=1) for name in names.split()}
_DAYS = (
    "mon monday montag mo lun lundi lunes isnin senin maandag",
    "tue tues tuesday dienstag mar mardi martes selasa dinsdag",
    "wed weds wednesday mittwoch mer mercredi mie miercoles rabu woensdag",
    "thu thur thurs thursday donnerstag jeu jeudi jue jueves khamis kamis donderdag",
    "fri friday freitag ven vendredi vie viernes jumaat vrijdag",
    "sat saturday samstag sam samedi sab sabado sabtu zaterdag",
    "sun sunday sonntag dim dimanche dom domingo ahad zondag",
)
_DAY = {name: number for number, names in enumerate(_DAYS) for name in names.split()}
_NAME = r"[a-z]{3,10}"
_NUMERIC = re.compile(
    r"(?<![\d.,/-])(\d{1,2})\s?([-/.,'])\s?(\d{1,2})\s?\2\s?"
    r"((?:19|20)\d{2}|\d{2})(?!\d{3}|\d(?![\d: ])|[./-]\d)"
)
_ISO = re.compile(r"(?<!\d)((?:19|20)\d{2})\s?([-/.]|年)\s?(\d{1,2})\s?(?:[-/.]|月)\s?(\d{1,2})(?!\d(?!\d:))")
_YEAR = r"((?:19|20)\d{2}|\d{2})(?!\d(?!\d:))"
_DAY_NAME_YEAR = re.compile(
    rf"(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?\s?[-/.,' ]{{0,2}}(?:de |of )?\s?({_NAME})\.?\s?[-/.,' ]{{0,2}}(?:de )?\s?{_YEAR}"
)
_NAME_DAY_YEAR = re.compile(
    rf"(?<![a-z])({_NAME})\.?\s?[-/.']?\s?(\d{{1,2}})(?:st|nd|rd|th)?\s?[-/., '‘’]{{1,3}}\s?{_YEAR}"
)
_YEAR_NAME_DAY = re.compile(rf"(?<!\d)((?:19|20)\d{{2}})[-/. ]({_NAME})[-/. ](\d{{1,2}})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)")
DATE_LIKE = re.compile(r"\d{1,4}\s?[-/.]\s?\d{1,2}\s?[-/.]\s?\d{2,4}")
_TIME = re.compile(
    r"(?<![\d:])([01]?\d|2[0-3])\s?[:.h]\s?([0-5]\d)(?:\s?[:.]\s?([0-5]\d))?(?:[.]\d+)?\s?([ap]\.?\s?m\b)?(?![\d%])",
    re.IGNORECASE,
)

# Signs that OCR takes for digits, and what it makes of the marks of a date on a poor print.
_DIGITS = str.maketrans("OoQDIl|iSsBZ", "000011115582")
_DIGIT = r"[\dOoQDIl|iSsBZ]"
_MARK = r"\s?[-/.,:]\s?"
_MISTAKEN = re.compile(
    rf"(?<![A-Za-z]){_DIGIT}{{1,2}}{_MARK}{_DIGIT}{{1,2}}{_MARK}{_DIGIT}{{2,4}}(?![A-Za-z])"
)
_MISTAKEN_DAY = re.compile(
    rf"(?<![A-Za-z\d]){_DIGIT}{{1,2}}(?=[-/. ]{{1,2}}[A-Za-z]{{3,10}}[-/., ]{{1,3}}(?:19|20)\d{{2}})"
)
_DIGIT_IN_NAME = re.compile(
    r"(?<=[A-Za-z])[015](?=[A-Za-z])|(?<![A-Za-z\d])[05](?=[A-Za-z]{2})", re.IGNORECASE
)
_STROKE_AS_DIGIT = (  # 02703/2016 is 02/03/2016
    (re.compile(r"(?<!\d)(\d{2})[17](\d{2})/(?=20\d{2}(?!\d))"), r"\1/\2/"),
    (re.compile(r"(?<!\d)(\d{2})/(\d{2})[17](?=20\d{2}(?!\d))"), r"\1/\2/"),
)
_AFTER_TIME = re.compile(r"(\d:[0-5]\d)(?=\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d{2})")  # 22:484.8.2016
_OWN_MARKS = re.compile(rf"(?<!\d)[-/.,]*(\d{{1,2}}){_MARK}(\d{{1,2}}){_MARK}((?:19|20)\d{{2}})(?!\d(?!\d:))")


@dataclass(frozen=True, slots=True)
class Found:
    """A date in a text, at the offsets `start`..`end`.

    `readings` holds what it can mean, the day before the month first; `swapped` is the reading with
    the month first, where that is possible too; `month_first` that it is the only one.
    """

    start: int
    end: int
    kind: str
    readings: tuple[date, ...]
    swapped: date | None = None
    month_first: bool = False


def dates_in(text: str, today: date) -> list[Found]:
    """Return every possible date in a row; each with its readings, the day-first one before."""
    plain = fold(text)
    found = list(_found(plain, today))
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: (_RANK[one.kind], one.start)):
        if one.readings and all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def mended(text: str) -> str:
    """Return a row as it may have been printed: letters among the digits of a date, marks misread, parts glued.

    It invites mistakes, so it is for papers on which no date is found otherwise.
    """
    text = _MISTAKEN.sub(lambda found: found[0].translate(_DIGITS), text)
    text = _MISTAKEN_DAY.sub(lambda found: found[0].translate(_DIGITS), text)
    text = _DIGIT_IN_NAME.sub(lambda found: {"0": "o", "1": "l", "5": "s"}[found[0]], text)
    for pattern, printed in _STROKE_AS_DIGIT:
        text = pattern.sub(printed, text)
    text = _AFTER_TIME.sub(r"\1 ", text)
    return _OWN_MARKS.sub(r" \1/\2/\3", text)


_RANK = {"iso": 0, "name": 1, "numeric": 2, "compact": 3}


def _found(text: str, today: date) -> Iterator[Found]:
    for match in _ISO.finditer(text):
        yield _one(match, "iso", today, match[1], match[3], match[4])
    for match in _YEAR_NAME_DAY.finditer(text):
        yield _one(match, "name", today, match[1], _month(match[2]), match[3])
    for match in _DAY_NAME_YEAR.finditer(text):
        yield _one(match, "name", today, match[3], _month(match[2]), match[1])
    for match in _NAME_DAY_YEAR.finditer(text):
        yield _one(match, "name", today, match[3], _month(match[1]), match[2])
    for match in _NUMERIC.finditer(text):
        yield _numeric(match, today)
    for match in _COMPACT.finditer(text):
        yield _one(match, "compact", today, match[1], match[2], match[3])


def _numeric(match: re.Match[str], today: date) -> Found:
    """Read 3/4/18 as day, month, year; then month first; then, where nothing else fits, year first."""
    first, mark, second, year = match[1], match[2], match[3], match[4]
    straight = _date(year, second, first, today)
    swapped = _date(year, first, second, today)
    backward = (
        _date(first, second, year, today) if len(year) == 2 and mark in "-/" and len(first) == 2 else None
    )
    readings = tuple(dict.fromkeys(found for found in (straight, swapped, backward) if found is not None))
    return Found(
        match.start(),
        match.end(),
        "numeric",
        readings,
        swapped,
        month_first=straight is None and swapped is not None,
    )


def _one(match: re.Match[str], kind: str, today: date, year: str, month: str | int, day: str) -> Found:
    read = _date(year, month, day, today)
    return Found(match.start(), match.end(), kind, () if read is None else (read,))


def _date(year: str, month: str | int, day: str, today: date) -> date | None:
    """Make a date that a receipt can bear: not after tomorrow, not older than a working life."""
    number = int(year)
    if number < 100:
        number += 2000 if number <= today.year % 100 + 1 else 1900
    try:
        made = date(number, int(month), int(day))
    except ValueError:
        return None
    return made if today.year - OLDEST_YEARS <= made.year and made <= today + timedelta(days=1) else None


def _month(name: str) -> int:
    """Return the number of a month by its name in any of the languages known, 0 when it is none."""
    return _MONTH.get(name) or _MONTH.get(
        name[1:] if name[:1] == name[1:2] else name[:3] if len(name) > 5 else "", 0
    )


def weekday_in(text: str) -> int | None:
    """Return the day of the week that a row names, Monday 0; None when it names none, or several."""
    named = {_DAY[word] for word in re.findall(r"[a-z]+", fold(text)) if word in _DAY}
    return named.pop() if len(named) == 1 else None


def times_in(text: str) -> list[tuple[int, time]]:
    """Return the times of day in a row with their offsets."""
    found = []
    for match in _TIME.finditer(text):
        hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
        colon = ":" in match[0] or "h" in match[0].lower()
        half = (match[4] or "").lower()[:1]
        if not colon and not half:
            continue
        if half == "p" and hour < 12:
            hour += 12
        if half == "a" and hour == 12:
            hour = 0
        found.append((match.start(), time(hour, minute, second)))
    return found
