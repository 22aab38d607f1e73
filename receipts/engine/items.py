"""The lines of a receipt: what was bought, how many, for how much."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import accumulate

from receipts.engine.names import is_code, joined, name_of
from receipts.engine.numerals import Numeral
from receipts.engine.quantities import Quantity, quantity_of
from receipts.engine.section import Column, column_of, section_of
from receipts.engine.sheet import Entry, Sheet
from receipts.engine.vocabulary import Kind

_ASIDE = {Kind.COUNT, Kind.ASIDE}
_TIMES = re.compile(r"\d\s*(?:[x×*@]|kg|lbs?|ea\b|st(?:k|ck)?\b)", re.IGNORECASE)
_PART = re.compile(r"\W*(?:foods?|beverages?|drinks?|others?|merchandise|retail|liquor|alcohol|wine|beer)\W*")
_NUMBERED = re.compile(r"\s*\d{1,2}[.)]\s*\S")


@dataclass(frozen=True, slots=True)
class Item:
    """One line with the rows it was read from, the one with the price first."""

    description: str
    quantity: Decimal | None
    unit: str
    unit_price: Decimal | None
    discount: Decimal | None
    total: Decimal
    entries: tuple[Entry, ...]
    price: Numeral


@dataclass(frozen=True, slots=True)
class _Priced:
    """A row of the section with its price; `name` is what is left of it without numbers."""

    entry: Entry
    price: Numeral
    quantity: Quantity
    name: str


@dataclass
class _Reading:
    """The lines read so far, and the rows above whose line is still to come."""

    names_below: bool
    items: list[Item] = field(default_factory=list)
    pending: list[Entry] = field(default_factory=list)
    part: int = -2  # the row of the last sum of a kind of article

    def text(self, entry: Entry) -> None:
        """Take a row without a price: a name, a code, or how the line before came about."""
        if self.items and _TIMES.search(entry.row.text) and self._explains(entry):
            return
        if is_code(entry.row.text):
            return
        if self.names_below and self.items and not self.items[-1].description:
            self.items[-1] = _named(self.items[-1], [entry])
        else:
            self.pending.append(entry)

    def priced(self, priced: _Priced) -> None:
        """Take a row with a price: a line, or a discount on the one before."""
        if (
            not priced.name
            and self.items
            and _TIMES.search(priced.entry.row.text)
            and self._explains(priced.entry)
        ):
            return
        if _is_discount(priced) and self.items:
            self.items[-1] = _discounted(self.items[-1], priced.price.value)
        else:
            self.items.append(_item(priced, [] if self.names_below else self.pending))
        self.pending = []

    def sums_up(self, priced: _Priced) -> bool:
        """Tell whether a row is the unnamed sum of the lines before it."""
        several = len(self.items) > 1 and not priced.name
        return several and priced.price.value == sum(item.total for item in self.items)

    def end(self) -> None:
        """Give a last line without a name the rows below it."""
        if self.pending and not self.items[-1].description:
            self.items[-1] = _named(self.items[-1], self.pending)

    def sums_up_part(self, priced: _Priced) -> bool:
        """Tell whether a row is the sum of a kind of article, such as the drinks, printed below the lines."""
        if not _PART.fullmatch(priced.entry.label):
            return False
        totals = [item.total for item in self.items]
        runs = (value for start in range(len(totals)) for value in accumulate(totals[start:]))
        if priced.entry.index != self.part + 1 and priced.price.value not in runs:
            return False
        self.part = priced.entry.index
        return True

    def _explains(self, entry: Entry) -> bool:
        """Give the line before the quantity that the row names, if it makes its price."""
        last = self.items[-1]
        found = quantity_of(entry.row.text, entry.numbers, last.price)
        if last.unit_price is not None or found.value is None or found.price is None:
            return False
        if found.price not in {number.value for number in entry.numbers} and len(entry.numbers) > 1:
            return False  # it names a price each, and it is not this line's
        self.items[-1] = replace(last, quantity=found.value, unit=found.unit, unit_price=found.price)
        return True


def lines_of(sheet: Sheet) -> list[Item]:
    """Return the lines between the head and the sums, each by its name."""
    section = section_of(sheet)
    column = column_of(section)
    reading = _Reading(_names_stand_below(section, column))
    for entry in section:
        if entry.kind in _ASIDE:
            continue
        priced = _priced(entry, column)
        if priced is None:
            reading.text(entry)
        elif reading.sums_up(priced):
            reading.end()
            break
        elif reading.sums_up_part(priced):
            continue
        else:
            reading.priced(priced)
    return [item for item in _merged(reading.items) if item.description]


def _priced(entry: Entry, column: Column) -> _Priced | None:
    """Read a row with a price in the column of prices."""
    if not entry.amounts or not column.holds(entry):
        return None
    price = entry.amounts[-1]
    quantity = quantity_of(entry.row.text, entry.numbers, price)
    return _Priced(entry, price, quantity, name_of(entry.row.text, (price, *quantity.used)))


def _names_stand_below(section: Sequence[Entry], column: Column) -> bool:
    """Tell whether the rows with prices come before the rows with their names."""
    kinds = []
    for entry in section:
        if entry.kind in _ASIDE:
            continue
        priced = _priced(entry, column)
        if priced is not None:
            kinds.append("both" if priced.name else "price")
        elif not is_code(entry.row.text):
            kinds.append("name")
    return "name" in kinds and kinds[0] == "price" and kinds.count("price") >= kinds.count("both")


def _item(priced: _Priced, above: Sequence[Entry]) -> Item:
    name = priced.name
    entries: tuple[Entry, ...] = (priced.entry,)
    numbered = [entry for entry in above if _NUMBERED.match(entry.row.text)]
    if not name and above:
        name = joined(above)
        entries = (priced.entry, *above)
    elif numbered:
        name = f"{joined(numbered[-1:])} {name}"
        entries = (priced.entry, numbered[-1])
    quantity = priced.quantity
    if quantity.value is None and above:
        quantity = _from_above(above, priced, quantity)
    return Item(
        description=name,
        quantity=quantity.value,
        unit=quantity.unit,
        unit_price=quantity.price,
        discount=None,
        total=priced.price.value,
        entries=entries,
        price=priced.price,
    )


def _from_above(above: Sequence[Entry], priced: _Priced, otherwise: Quantity) -> Quantity:
    """Take the quantity that a row above names, if it makes the price."""
    for entry in reversed(above):
        found = quantity_of(entry.row.text, entry.numbers, priced.price)
        if found.value is not None and found.price is not None:
            return found
    return otherwise


def _named(item: Item, rows: Sequence[Entry]) -> Item:
    return replace(item, description=joined(rows), entries=(*item.entries, *rows))


def _is_discount(priced: _Priced) -> bool:
    """Tell whether a row takes off the line before; a return or a deposit has a name of its own."""
    if priced.entry.kind in {Kind.DISCOUNT, Kind.TOTAL}:
        return True
    return priced.price.value < 0 and not priced.name


def _discounted(item: Item, amount: Decimal) -> Item:
    """Take a discount printed below a line off its total."""
    off = abs(amount)
    return replace(item, discount=(item.discount or Decimal(0)) + off, total=item.total - off)


def _merged(items: Sequence[Item]) -> Iterator[Item]:
    """Join a line that only repeats how the line before came about, such as 2 x 1.50."""
    before: Item | None = None
    for item in items:
        if before is not None and not item.description and item.total == before.total:
            quantity, price = before.quantity or item.quantity, before.unit_price or item.unit_price
            before = replace(before, quantity=quantity, unit_price=price)
            continue
        if before is not None:
            yield before
        before = item
    if before is not None:
        yield before
