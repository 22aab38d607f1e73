"""From what a file says of a moment to the moment: local time, the doubled hour and the missing one."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from energy.meter_files import days
from energy.meter_files.errors import BadCell

EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 (by the clock of wherever the file is from)
SERIALS = range(25569, 73415)  # Excel's days from 1970 to 2100
EPOCHS = range(631_152_000, 4_102_444_800)  # seconds from 1990 to 2100
EPOCH = re.compile(r"\d{10}(?:\d{3})?\Z")
OFFSET = re.compile(r"\d(?:z|[+-]\d\d:?\d\d)\Z", re.IGNORECASE)
# The last run of what can be a time, with the space or T before it.
BEHIND = re.compile(r"(.*\d)(?:[T,]|,?\s)\s*(\d{1,2}[:.h]\d{2}.*)\Z", re.IGNORECASE)
A_DAY = timedelta(days=1)


def day_part(text: str) -> str:
    """Give what stands before the time of day."""
    parts = BEHIND.match(text.strip())
    return parts[1] if parts else text.strip()


class Clock:
    """Read the moments of one file, in their order: a doubled hour is the first one when it comes first."""

    def __init__(self, zone: ZoneInfo, *, day_first: bool = True, descending: bool = False) -> None:
        self.zone = zone
        self.day_first = day_first
        self.descending = descending
        self.days: dict[str, date] = {}
        self.times: dict[str, int] = {}
        self.midnights: dict[date, tuple[datetime, bool]] = {}
        self.seen: Counter[tuple[str, datetime]] = Counter()

    def moment(self, cell: object, clock: object = None, series: str = "") -> datetime:
        """Read a moment from a cell and, where the file has one, the cell of its time of day.

        Raises: BadCell.
        """
        known = self._known(cell) if type(cell) is str else None
        if known is None:
            read = self._parse(cell.strip()) if isinstance(cell, str) else self._cell(cell)
            if isinstance(read, datetime):
                return read
            known = read
        day, seconds = known
        if clock is not None and clock != "":
            seconds = self._time(clock)
        return self.local(day, seconds, series)

    def local(self, day: date, seconds: int, series: str = "") -> datetime:
        """Give the moment so many seconds by the clock after a day's midnight.

        Raises: BadCell for one that the clocks leave out.
        """
        midnight, regular = self.midnight(day)
        if regular:
            return midnight + timedelta(seconds=seconds)
        return self._over_the_change(datetime.combine(day, time.min) + timedelta(seconds=seconds), series)

    def midnight(self, day: date) -> tuple[datetime, bool]:
        """Give the moment at which a day begins, and whether its clocks go on evenly."""
        known = self.midnights.get(day)
        if known is None:
            start, end = (
                datetime.combine(of, time.min, tzinfo=self.zone).astimezone(UTC) for of in (day, day + A_DAY)
            )
            known = self.midnights[day] = (start, end - start == A_DAY)
        return known

    def _known(self, text: str) -> tuple[date, int] | None:
        """Look a text up by its parts: a file has few days and few times."""
        head, gap, tail = text.rpartition(" ") if " " in text else text.partition("T")
        if not gap:
            day = self.days.get(text)
            return None if day is None else (day, 0)
        known, seconds = self.days.get(head), self.times.get(tail)
        return None if known is None or seconds is None else (known, seconds)

    def _parse(self, text: str) -> datetime | tuple[date, int]:
        if EPOCH.match(text) and int(text[:10]) in EPOCHS:
            return datetime.fromtimestamp(int(text[:10]), UTC)
        if ":" in text and OFFSET.search(text):
            try:
                return (
                    datetime.fromisoformat(text.replace(" ", "T", 1)).astimezone(UTC).replace(microsecond=0)
                )
            except ValueError:
                pass
        parts = BEHIND.match(text)
        head, tail = (parts[1], parts[2]) if parts else (text, "")
        day = days.day(head, day_first=self.day_first)
        seconds = days.seconds(tail) if tail else 0
        self.days[head] = day
        if tail:
            self.times[tail] = seconds
        return day, seconds

    def _cell(self, cell: object) -> datetime | tuple[date, int]:
        """Take apart a cell of a workbook, which is no text."""
        if type(cell) is float or type(cell) is int:
            if int(cell) in SERIALS:
                cell = EXCEL_EPOCH + timedelta(seconds=round(float(cell) * 86400))
            elif int(cell) in EPOCHS or int(cell) // 1000 in EPOCHS:
                return datetime.fromtimestamp(int(cell) if int(cell) in EPOCHS else int(cell) // 1000, UTC)
        if isinstance(cell, datetime):
            if cell.microsecond:  # a workbook keeps fractions of a day
                cell = (cell + timedelta(microseconds=500_000)).replace(microsecond=0)
            if cell.year not in days.YEARS:
                raise BadCell("The date is out of all reason.")
            return cell.date(), cell.hour * 3600 + cell.minute * 60 + cell.second
        if isinstance(cell, date) and cell.year in days.YEARS:
            return cell, 0
        raise BadCell("There is no date.")

    def _time(self, cell: object) -> int:
        if isinstance(cell, str):
            known = self.times.get(cell)
            if known is None:
                known = self.times[cell] = days.seconds(cell)
            return known
        if isinstance(cell, datetime | time):
            return cell.hour * 3600 + cell.minute * 60 + cell.second
        if isinstance(cell, timedelta) and timedelta() <= cell <= A_DAY:
            return round(cell.total_seconds())
        if isinstance(cell, float) and 0 <= cell <= 1:
            return round(cell * 86400)
        raise BadCell("There is no time.")

    def _over_the_change(self, naive: datetime, series: str) -> datetime:
        first, second = (naive.replace(tzinfo=self.zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        if first.astimezone(self.zone).replace(tzinfo=None) != naive:
            raise BadCell(
                f"At {naive:%H:%M} on {naive:%Y-%m-%d} the clocks were put forward: there was no such time."
            )
        if first == second:
            return first
        again = self.seen[series, naive] % 2 == 1
        self.seen[series, naive] += 1
        return second if again != self.descending else first
