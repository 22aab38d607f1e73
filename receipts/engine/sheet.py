"""A receipt's rows with what is in them: numbers, labels, dates."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from receipts.draft import Evidence
from receipts.engine.countries import countries
from receipts.engine.layout import Row
from receipts.engine.numerals import Numeral, Style, numerals, style_of
from receipts.engine.vocabulary import ASIDE, Kind, heads_items, kind_of, opens_tax_table, plain


@dataclass(frozen=True)
class Entry:
    """A row read: `index` is its place in the receipt."""

    index: int
    row: Row
    numbers: tuple[Numeral, ...]

    @cached_property
    def amounts(self) -> tuple[Numeral, ...]:
        return tuple(number for number in self.numbers if number.money)

    @cached_property
    def plain(self) -> str:
        return plain(self.row.text)

    @cached_property
    def label(self) -> str:
        """The plain text before the first amount, or after the last when nothing stands before."""
        if not self.amounts:
            return self.plain
        before = self.plain[: self.amounts[0].start]
        return before if any(map(str.isalpha, before)) else self.plain[self.amounts[-1].end :]

    @cached_property
    def kind(self) -> Kind | None:
        """What the row says that its last amount is; a single letter says nothing."""
        nearest = self._nearest_label()
        if nearest and not ASIDE.search(nearest) and (named := kind_of(nearest)) is not None:
            return named
        if ASIDE.search(self.plain):
            return Kind.ASIDE
        named = kind_of(self.label) if sum(map(str.isalpha, self.label)) > 1 else None
        if named is None and self.amounts and kind_of(self.plain[: self.amounts[-1].start]) is Kind.TAX:
            return Kind.TAX  # the rate and what it is of stand before the name
        return named

    def _nearest_label(self) -> str:
        """Return the words between the last amount and the number before it, as in "items 5 total 25.85"."""
        if not self.amounts:
            return ""
        last = self.amounts[-1]
        before = [number for number in self.numbers if number.end <= last.start]
        if not before or before[-1].percent:
            return ""
        words = self.plain[before[-1].end : last.start]
        return words if sum(map(str.isalpha, words)) > 2 else ""

    @cached_property
    def tax_head(self) -> bool:
        return not self.amounts and opens_tax_table(self.plain)

    @cached_property
    def items_head(self) -> bool:
        return not self.amounts and self.kind is not Kind.COUNT and heads_items(self.plain)

    def evidence(self, number: Numeral | None = None, confidence: float = 1.0) -> Evidence:
        """Say where the row, or a number in it, stands; `confidence` is how sure the rule is."""
        start, end = (number.start, number.end) if number else (0, len(self.row.text))
        words = self.row.span(start, end) or self.row.words
        seen = min(word.box.confidence for word in words)
        return Evidence(
            page=self.row.page,
            box=tuple(round(edge, 5) for edge in self.row.place(start, end)),
            confidence=round(seen * confidence, 3),
            source=self.row.source,
        )


@dataclass(frozen=True)
class Sheet:
    """The rows of one receipt from top to bottom."""

    entries: tuple[Entry, ...]
    style: Style

    @cached_property
    def in_tax_table(self) -> frozenset[int]:
        """The rows under the head of a table of taxes, as long as they hold figures."""
        inside: set[int] = set()
        for entry in self.entries:
            if entry.tax_head:
                inside.update(_figures_after(self.entries, entry.index))
        return frozenset(inside)

    @cached_property
    def countries(self) -> list[str]:
        """The countries that the rows hint at, the likeliest first."""
        return countries([entry.plain for entry in self.entries])

    @cached_property
    def text_height(self) -> float:
        heights = sorted(entry.row.height for entry in self.entries)
        return max(heights[len(heights) // 2], 1e-6) if heights else 1.0


def _figures_after(entries: Sequence[Entry], head: int) -> Iterable[int]:
    """Yield the rows after a head while they hold figures; two rows without end it."""
    without = 0
    for entry in entries[head + 1 : head + 12]:
        if entry.numbers:
            without = 0
            yield entry.index
        else:
            without += 1
            if without > 1:
                return


def sheet_of(rows: Sequence[Row]) -> Sheet:
    """Read the rows of one receipt."""
    style = style_of(row.text for row in rows)
    entries = tuple(Entry(index, row, numerals(row.text, style)) for index, row in enumerate(rows))
    return Sheet(entries=entries, style=style)
