"""The rows that name an amount, each with the amount it means: of its own row, of one beside it, or in order."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from receipts.engine.numerals import Numeral
from receipts.engine.sheet import Entry, Sheet
from receipts.engine.vocabulary import Kind

NOTHING = Decimal(0)
COIN = Decimal("0.05")  # the smallest where sums are rounded to it
CLOSE = 2.2  # heights: an amount so near, above or below, can be a label's
FEW_LETTERS = 3  # that may stand beside an amount without naming it: a currency, a code
MOST_LABELS = 12  # of a block of sums
STARTS = range(-3, 2)  # rows from the first label at which the amounts of a block may begin
_SUMS = {
    Kind.SUBTOTAL, Kind.TOTAL, Kind.TAX, Kind.SERVICE, Kind.TIP, Kind.ROUNDING, Kind.DISCOUNT, Kind.TENDERED, Kind.CHANGE,
}  # fmt: skip
_MAIN = {Kind.SUBTOTAL, Kind.TOTAL}

Values = dict[Kind, list[Decimal]]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A row whose label names its amount; `number` is the one that the label means, in the row `source`."""

    kind: Kind
    entry: Entry
    source: Entry
    number: Numeral

    @property
    def value(self) -> Decimal:
        return self.number.value


def labelled(sheet: Sheet) -> list[Labelled]:
    """Pair each label with its amount.

    On a bent page the column of amounts slips past the column of labels. Where the sums do not close as
    they stand, and close in one way alone when labels and amounts are paired in order, that way is taken.
    """
    as_they_stand = [_rounded(one, sheet) for one in beside(sheet)]
    if closes(as_they_stand, sheet):
        return as_they_stand
    others = [pairs for pairs in _in_order(sheet) if closes(pairs, sheet)]
    if len({_total(pairs) for pairs in others}) == 1:
        moved = {one.entry.index for one in others[0]}
        return [one for one in as_they_stand if one.entry.index not in moved] + others[0]
    return as_they_stand


def values_of(pairs: Sequence[Labelled], sheet: Sheet) -> Values:
    """Return the amounts by what they are named, without those of the tables of taxes."""
    values: Values = defaultdict(list)
    for one in pairs:
        if one.entry.index not in sheet.in_tax_table:
            values[one.kind].append(one.value)
    return values


def sums_of(values: Values) -> Iterator[Decimal]:
    """Yield what a subtotal makes with the taxes, tips, discounts and roundings named beside it."""
    starts = set(values[Kind.SUBTOTAL] + values[Kind.TOTAL])
    parts = [_partial(values[kind]) for kind in (Kind.TAX, Kind.TIP, Kind.SERVICE)]
    roundings = {NOTHING, *roundings_of(values)}
    discounts = {NOTHING} | {-abs(value) for value in values[Kind.DISCOUNT][:4]}
    for chosen in product(starts, *parts, roundings, discounts):
        if any(chosen[1:]):
            yield sum(chosen, NOTHING)


def roundings_of(values: Values) -> set[Decimal]:
    """Return the roundings; one without a sign can have lost it."""
    return {sign * value for value in values[Kind.ROUNDING][:4] for sign in ((1, -1) if value > 0 else (1,))}


def paid(values: Values) -> set[Decimal]:
    """Return what was given less the change, for every pair of them."""
    return {given - back for given in values[Kind.TENDERED] for back in values[Kind.CHANGE] if back > 0}


def closes(pairs: Sequence[Labelled], sheet: Sheet) -> bool:
    """Tell whether an amount named a total is what the amounts named beside it make."""
    values = values_of(pairs, sheet)
    totals = {value for value in values[Kind.TOTAL] if value > 0}
    if totals & paid(values) or any(made in totals for made in sums_of(values)):
        return True
    given = {(one.value, one.source.index) for one in pairs if one.kind is Kind.TENDERED}
    named = [one for one in pairs if one.kind is Kind.TOTAL and one.value > 0]
    return any(one.value == value and one.source.index != row for one in named for value, row in given)


def _partial(values: Sequence[Decimal]) -> set[Decimal]:
    """Return nothing, each value, and their sum, of at most the first four."""
    return {NOTHING, *values[:4], sum(values[:4], NOTHING)}


def _total(pairs: Sequence[Labelled]) -> Decimal:
    return max(one.value for one in pairs if one.kind is Kind.TOTAL)


def beside(sheet: Sheet) -> Iterator[Labelled]:
    """Pair each label with the amount of its own row, else of the row below, else of the one above."""
    for entry in sheet.entries:
        if entry.kind is None or entry.tax_head:
            continue
        source = entry if entry.amounts else _neighbour(sheet, entry)
        if source is not None:
            yield Labelled(entry.kind, entry, source, source.amounts[-1])
        elif entry.kind is Kind.TOTAL and (whole := _whole_number(entry)) is not None:
            yield Labelled(entry.kind, entry, entry, whole)


def _rounded(one: Labelled, sheet: Sheet) -> Labelled:
    """Name a total what is named a rounding and is far too large for one, as in "ROUNDING RM 14.40"."""
    if one.kind is not Kind.ROUNDING or one.value <= 1:
        return one
    near = any(
        abs(number.value - one.value) <= COIN
        for entry in sheet.entries[max(one.entry.index - 3, 0) : one.entry.index]
        for number in entry.amounts
    )
    return Labelled(Kind.TOTAL, one.entry, one.source, one.number) if near else one


def _whole_number(entry: Entry) -> Numeral | None:
    """Return a total printed without its decimals: the one number after the label, at the row's end."""
    last = entry.numbers[-1] if entry.numbers else None
    if (
        last is None
        or last.percent
        or last.places
        or last.value < 1
        or last.end < len(entry.row.text.rstrip())
    ):
        return None
    return last


def _neighbour(sheet: Sheet, entry: Entry) -> Entry | None:
    if entry.numbers or entry.kind is Kind.COUNT:
        return None
    for index in (entry.index + 1, entry.index - 1):
        if 0 <= index < len(sheet.entries):
            other = sheet.entries[index]
            near = abs(other.row.y - entry.row.y) < CLOSE * max(entry.row.height, other.row.height)
            if (
                other.amounts
                and near
                and other.row.letters <= FEW_LETTERS
                and other.row.page == entry.row.page
            ):
                return other
    return None


def _in_order(sheet: Sheet) -> Iterator[list[Labelled]]:
    """Yield the pairs of labels and amounts of the block of sums, both from top to bottom, for every start."""
    labels = [entry for entry in sheet.entries if entry.kind in _SUMS and not entry.tax_head]
    labels = [entry for entry in labels if entry.index not in sheet.in_tax_table]
    begins = next((place for place, entry in enumerate(labels) if entry.kind in _MAIN), 0)
    labels = labels[begins : begins + MOST_LABELS]
    if all(entry.amounts for entry in labels if entry.kind in _MAIN):
        return
    for all_of_row in (False, True):
        for start in STARTS:
            rows = sheet.entries[max(labels[0].index + start, 0) :]
            amounts = [(entry, number) for entry in rows for number in _amounts(entry, all_of_row)]
            pairs = zip(labels, amounts, strict=False)
            yield [Labelled(label.kind, label, *amount) for label, amount in pairs if label.kind]


def _amounts(entry: Entry, all_of_row: bool) -> Sequence[Numeral]:
    """Return the amounts of a row, a bare nought too."""
    if entry.amounts:
        return entry.amounts if all_of_row else entry.amounts[-1:]
    noughts = [number for number in entry.numbers if number.value == 0 and entry.row.letters == 0]
    return noughts[:1]
