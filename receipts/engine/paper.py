"""One receipt as the engine sees it, searched for the values that somebody else tells."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date as Date
from datetime import time as Time
from decimal import Decimal
from functools import cached_property

from receipts.draft import Draft
from receipts.engine.dates import dates_in, times_in
from receipts.engine.sheet import Entry, Sheet
from receipts.engine.text import fold
from receipts.engine.vocabulary import Kind
from receipts.spelling import folded, likeness

LIKE = 0.8  # from which likeness on two texts are one that was misread
SPOKEN = 0.6  # share of a text's words that a row must have
SHORTEST_WORD = 3

Where = tuple[Entry, int, int]  # a row, and the offsets of the value in its text


@dataclass(frozen=True)
class Paper:
    """One receipt as the engine sees it: its rows, and its own reading of them."""

    sheet: Sheet
    own: Draft
    today: Date

    @cached_property
    def keys(self) -> list[str]:
        return [_key(entry.row.text) for entry in self.sheet.entries]

    def amount(self, value: Decimal, kind: Kind | None = None) -> Where | None:
        """Find a number: on the last row of its kind, else on the last row that has it."""
        rows = [
            (entry, number)
            for entry in self.sheet.entries
            for number in entry.numbers
            if number.value == value and not number.percent
        ]
        of_kind = [found for found in rows if kind is not None and found[0].kind is kind]
        entry, number = next(reversed(of_kind or rows), (None, None))
        return None if entry is None or number is None else (entry, number.start, number.end)

    def day(self, value: Date) -> Where | None:
        for entry in self.sheet.entries:
            for found in dates_in(entry.row.text, self.today):
                if value in found.readings or value == found.swapped:
                    return entry, found.start, found.end
        return None

    def clock(self, value: Time) -> Where | None:
        for entry in self.sheet.entries:
            for start, found in times_in(entry.row.text):
                if (found.hour, found.minute) == (value.hour, value.minute):
                    return entry, start, start + len("00:00")
        return None

    def text(self, value: str) -> Where | None:
        """Find a text: as it is, over two rows, misread by a little, or most of its words."""
        key = _key(value)
        if len(key) < SHORTEST_WORD:  # as a part of something else it would be everywhere
            alone = (one for one in self.sheet.entries if key and key in map(_key, one.row.text.split()))
            return next(map(whole, alone), None)
        for index, own in enumerate(self.keys):
            if key in own:
                return whole(self.sheet.entries[index])
        for index, pair in enumerate(zip(self.keys, self.keys[1:], strict=False)):
            if key in "".join(pair):
                return whole(self.sheet.entries[index])
        scored = [(self._alike(value, entry), -entry.index) for entry in self.sheet.entries]
        best, index = max(scored, default=(0.0, 0))
        return whole(self.sheet.entries[-index]) if best else None

    def row_of(self, description: str, total: Decimal | None) -> Entry | None:
        """Find the row of a line: one that has its amount and names it, else one that does either."""
        graded = [
            (_share_of_words(description, self.keys[entry.index]), -entry.index, entry)
            for entry in self.sheet.entries
        ]
        spoken = [one for one in graded if one[0] >= SPOKEN]
        priced = [
            one for one in graded if total is not None and any(n.value == total for n in one[2].numbers)
        ]
        among = [one for one in priced if one in spoken] or spoken or priced
        return max(among, key=lambda one: one[:2])[2] if among else None

    def _alike(self, value: str, entry: Entry) -> float:
        """Grade a row by how much of a text it may be; 0 where it is another."""
        spoken = _share_of_words(value, self.keys[entry.index])
        alike = likeness(folded(fold(value)), folded(fold(entry.row.text)))
        return max(spoken if spoken >= SPOKEN else 0.0, alike if alike >= LIKE else 0.0)


def whole(entry: Entry) -> Where:
    """Point at all of a row."""
    return entry, 0, len(entry.row.text)


def alike(one: str, other: str) -> bool:
    """Tell whether two texts are one, whichever of them is misread by a little."""
    return _key(one) == _key(other) or likeness(folded(fold(one)), folded(fold(other))) >= LIKE


def _share_of_words(value: str, key: str) -> float:
    words = list(_words(value))
    return sum(word in key for word in words) / len(words) if words else 0.0


def _words(value: str) -> Iterator[str]:
    for word in value.split():
        key = _key(word)
        if len(key) >= SHORTEST_WORD:
            yield key


def _key(text: str) -> str:
    """Keep of a text what OCR and people write alike: letters and digits, without case and accents."""
    return "".join(letter for letter in fold(text) if letter.isalnum())
