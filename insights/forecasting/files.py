"""A file of dated numbers into a series: columns found, days summed up, what is not whole left out."""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

import numpy as np

from core.encodings import encoding_of
from energy.meter_files import days, numerals
from energy.meter_files.errors import BadCell
from insights.forecasting.grains import Grain
from insights.forecasting.history import WHOLE, History, gathered

SAMPLE = 500  # rows that tell what a column is
MOSTLY = 0.8
SPARSE = 0.5  # where fewer of the days have rows, the others had nothing
MAX_PERIODS = 50_000
DELIMITERS = ",;\t|"
TIME = re.compile(r"[T\s]+\d{1,2}[:.h]\d{2}.*\Z", re.IGNORECASE)
ISO = re.compile(r"\d{4}-\d{2}(-\d{2}|\Z)")
NO_MEASURE = re.compile(
    r"|id|index|unnamed.*|.*_id|year|month|day|hour|minute|weekday|day_?of_?week|dow|week|quarter|season|"
    r"(is_?)?holiday|(is_?)?(working_?day|weekend|open|promo(tion)?)|lat(itude)?|lon(gitude)?|store|item|shop"
)


class Unusable(Exception):
    """The file makes no series; the message is a sentence that says why."""


@dataclass(frozen=True)
class Read:
    history: History
    rows: int  # that bear a date and a number
    date_column: str
    value_column: str


def read(content: bytes, *, grain: Grain | None, date_column: str = "", value_column: str = "") -> Read:
    """Read a CSV file; of a coarser file than `grain` the series is as coarse as the file.

    Rows of the same day are summed up; of equal rows one counts.

    Raises: Unusable.
    """
    header, rows = _table(content)
    at = _date_column(header, rows, date_column)
    day_first = _day_first([row[at] for row in rows])
    value = _value_column(header, rows, at, value_column)
    mark = numerals.vote(row[value] for row in rows[: 20 * SAMPLE]) or numerals.POINT
    dated: list[tuple[date, float]] = []
    for row in dict.fromkeys(tuple(row) for row in rows):
        day, number = _day(row[at], day_first), _number(row[value], mark)
        if day is not None and number is not None:
            dated.append((day, number))
    if not dated:
        raise Unusable(f"No row bears both a date in {header[at]!r} and a number in {header[value]!r}.")
    return Read(_series(dated, grain), len(dated), header[at], header[value])


def _table(content: bytes) -> tuple[list[str], list[list[str]]]:
    encoding = encoding_of(content)
    if not content.strip() or encoding is None:
        raise Unusable("The file is empty." if not content.strip() else "The file is no text.")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unusable("The file is no text.") from error
    if "\x00" in text:
        raise Unusable("The file is no text.")
    first = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        table = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(row)]
    except csv.Error as error:
        raise Unusable(f"The file cannot be read as CSV: {error}.") from error
    header = [name.strip() for name in table[0]]
    width = len(header)
    if width < 2:
        raise Unusable("The file needs a column of dates and one of numbers, under a header.")
    rows = [(row + [""] * width)[:width] for row in table[1:]]
    if not rows:
        raise Unusable("The file has a header and no rows.")
    return header, rows


def _named(header: Sequence[str], name: str) -> int:
    for place, found in enumerate(header):
        if found.casefold() == name.strip().casefold():
            return place
    raise Unusable(f"There is no column {name!r}; there are {', '.join(map(repr, header))}.")


def _date_column(header: Sequence[str], rows: Sequence[Sequence[str]], name: str) -> int:
    if name:
        return _named(header, name)
    for place in range(len(header)):
        cells = [row[place] for row in rows[:SAMPLE] if row[place].strip()]
        read = sum(_day(cell, True) is not None or _day(cell, False) is not None for cell in cells)
        if cells and read >= MOSTLY * len(cells):
            return place
    raise Unusable("No column reads as dates: name it by --date-column.")


def _value_column(header: Sequence[str], rows: Sequence[Sequence[str]], dates: int, name: str) -> int:
    if name:
        return _named(header, name)
    numeric = []
    for place in range(len(header)):
        cells = [row[place] for row in rows if row[place].strip().lower() not in numerals.NOTHING]
        sample = cells[:SAMPLE]
        if place != dates and sample and sum(map(numerals.is_number, sample)) >= MOSTLY * len(sample):
            numeric.append(place)
    measures = [place for place in numeric if not NO_MEASURE.fullmatch(header[place].lower())]
    if not numeric:
        raise Unusable("No column holds numbers: name it by --value-column.")
    return (measures or numeric)[0]


def _day_first(cells: Sequence[str]) -> bool:
    orders = Counter(days.order_of(TIME.sub("", cell.strip())) for cell in cells)
    if orders[True] or orders[False]:
        return orders[True] >= orders[False]
    sample = [TIME.sub("", cell.strip()) for cell in cells[:SAMPLE]]
    return days.smoother(sample) if any(map(days.either, sample)) else True


def _day(cell: str, day_first: bool) -> date | None:
    text = cell.strip()
    try:
        if ISO.match(text):
            return date.fromisoformat(text[:10] if text[7:8] == "-" else f"{text}-01")
        return days.day(TIME.sub("", text), day_first=day_first)
    except (ValueError, BadCell):
        return None


def _number(cell: str, mark: str) -> float | None:
    text = numerals.GAPS.sub("", cell.strip())
    thousands = numerals.POINT if mark == numerals.COMMA else numerals.COMMA
    text = text.replace(thousands, "").replace(mark, numerals.POINT)
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _series(dated: Sequence[tuple[date, float]], grain: Grain | None) -> History:
    totals: Counter[date] = Counter()
    counts: Counter[date] = Counter()
    for day, number in dated:
        totals[day] += number  # type: ignore[assignment]  # a counter of floats
        counts[day] += 1
    first = min(totals)
    length = (max(totals) - first).days + 1
    if length > MAX_PERIODS:
        raise Unusable(f"From {first} to {max(totals)} there are more than {MAX_PERIODS} days.")
    own = _grain_of(sorted(totals))
    chosen = max(grain or Grain.DAILY, own, key=list(Grain).index)
    if own is not Grain.DAILY:
        return _coarse(totals, own, chosen)
    values = np.full(length, np.nan)
    usual = median(counts.values())
    for day, total in totals.items():
        at_end = day in (first, max(totals))
        if counts[day] >= (WHOLE if at_end else SPARSE) * usual:
            values[(day - first).days] = total
    if len(totals) < SPARSE * length:
        values = np.nan_to_num(values)
    known = np.flatnonzero(~np.isnan(values))
    daily = History(Grain.DAILY, first + timedelta(days=int(known[0])), values[known[0] : known[-1] + 1])
    return daily if chosen is Grain.DAILY else gathered(daily, chosen)


def _grain_of(found: Sequence[date]) -> Grain:
    gaps = [(late - early).days for early, late in pairwise(found)]
    if not gaps:
        return Grain.DAILY
    weekly = sum(gap % 7 == 0 for gap in gaps)
    if weekly >= MOSTLY * len(gaps) and median(gaps) == 7:
        return Grain.WEEKLY
    if median(gaps) > 31:
        raise Unusable("The rows are further apart than months: there is no pattern to learn.")
    return Grain.MONTHLY if median(gaps) >= 28 else Grain.DAILY


def _coarse(totals: Counter[date], own: Grain, chosen: Grain) -> History:
    """Lay the rows of a file of weeks or months out in order."""
    first = min(totals)
    if own is Grain.WEEKLY and chosen is Grain.MONTHLY:
        raise Unusable("Weeks do not add up to months: choose --grain WEEKLY.")
    empty = History(own, first.replace(day=1) if own is Grain.MONTHLY else first, np.empty(0))
    places = {empty.place(day): total for day, total in totals.items()}
    values = np.full(max(places) + 1, np.nan)
    for place, total in places.items():
        values[place] = total
    return History(own, empty.start, values)
