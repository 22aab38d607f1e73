"""The date and time of a receipt, chosen among all that are printed."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, time

from receipts.engine.dates import Found, dates_in, mended, times_in, weekday_in
from receipts.engine.places import month_first
from receipts.engine.sheet import Entry, Sheet
from receipts.engine.text import any_of

_NAMED = any_of(r"""
    \bdate|datum|fecha|tarikh|tanggal|\btgl|\bdata\b|\bdt\b
""")
_OTHER = any_of(r"""
    \bdue\b|expir|\bexp\b|valid|until|\bbis\b|before|since|best|effective|w\.?e\.?f|from\b.*\bto\b
    \bgst reg|birth|delivery|return|reprint|version|offer|promo
""")

UNSURE = 0.6  # how sure a date is whose order of day and month is guessed, or whose digits are


@dataclass(frozen=True, slots=True)
class Moment:
    """A date or time with the row that bears it; `confidence` is 0..1."""

    date: date | None
    time: time | None
    date_entry: Entry | None
    time_entry: Entry | None
    confidence: float


def moment_of(sheet: Sheet, today: date, hint: str | None) -> Moment:
    """Choose the date by label, neighbours and repetition; and the time nearest to it."""
    found = [(entry, one) for entry in sheet.entries for one in dates_in(entry.row.text, today)]
    as_printed = bool(found)
    if not found:
        found = [(entry, one) for entry in sheet.entries for one in dates_in(mended(entry.row.text), today)]
    if not found:
        entry, clock = _time(sheet, None)
        return Moment(None, clock, None, entry, 0.0)
    country = month_first(sheet, hint)
    first = _order(sheet, found, country)
    repeated = Counter(_reading(one, first) for _, one in found)
    scored = [
        (_score(sheet, entry, one, repeated[_reading(one, first)]), -entry.index, entry, one)
        for entry, one in found
    ]
    score, _, entry, one = max(scored, key=lambda candidate: candidate[:2])
    time_entry, clock = _time(sheet, entry)
    guessed = one.swapped is not None and len(one.readings) > 1 and country is None
    sure = UNSURE if guessed or not as_printed else min(0.98, 0.8 + 0.05 * max(score, 0))
    return Moment(
        _reading(one, first),
        clock,
        entry,
        time_entry,
        sure,
    )


def _order(sheet: Sheet, found: list[tuple[Entry, Found]], country: bool | None) -> bool:
    """Tell whether the month comes first: a date that can be read one way alone decides, then a weekday."""
    votes = 0
    for entry, one in found:
        if one.kind != "numeric" or not one.readings:
            continue
        if one.swapped is None or one.month_first:
            votes += 1 if one.month_first else -1
        elif (day := _weekday_near(sheet, entry)) is not None:
            votes += 2 * (one.swapped.weekday() == day) - 2 * (one.readings[0].weekday() == day)
    return votes > 0 if votes else bool(country)


def _weekday_near(sheet: Sheet, entry: Entry) -> int | None:
    """Return the weekday named on the row or the one above or below it."""
    near = [entry, *sheet.entries[max(entry.index - 1, 0) : entry.index + 2]]
    return next((day for other in near if (day := weekday_in(other.row.text)) is not None), None)


def _reading(one: Found, first: bool) -> date:
    """Read an open date in the page's order."""
    return one.swapped if first and one.swapped is not None else one.readings[0]


def _score(sheet: Sheet, entry: Entry, one: Found, repeated: int) -> float:
    score = {"iso": 1.0, "name": 1.2, "numeric": 1.0, "compact": -1.5}[one.kind]
    text = entry.plain
    if _NAMED.search(text):
        score += 1.5
    elif entry.index and _NAMED.search(sheet.entries[entry.index - 1].plain):
        score += 0.7
    if _OTHER.search(text):
        score -= 2.0
    if times_in(text):
        score += 0.8
    return score + 0.5 * min(repeated - 1, 2)


def _time(sheet: Sheet, beside: Entry | None) -> tuple[Entry | None, time | None]:
    """Return the time nearest to the row of the date; opening hours come in pairs and do not count."""
    best: tuple[int, Entry, time] | None = None
    for entry in sheet.entries:
        times = times_in(entry.row.text)
        if len(times) != 1:
            continue
        distance = abs(entry.index - beside.index) if beside else entry.index
        if best is None or distance < best[0]:
            best = (distance, entry, times[0][1])
    return (best[1], best[2]) if best and (beside is None or best[0] <= 6) else (None, None)
