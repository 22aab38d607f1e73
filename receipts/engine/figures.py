"""The sums of a receipt: subtotal, tax, tip and total, chosen by label, place and arithmetic."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations, product

from receipts.engine.numerals import Numeral
from receipts.engine.sheet import Entry, Sheet
from receipts.engine.vocabulary import Kind, finality

CENT = Decimal("0.01")
COIN = Decimal("0.05")  # the smallest where sums are rounded to it
NOTHING = Decimal(0)
MOST_TAXES = 4  # on one bill
MOST_ADJUSTMENTS = 4
GUESSED, LEAST = 0.25, 0.3  # how sure a total is that nothing names, and one that something does, at least
LARGE = 1.35  # letters this many times higher than the text's are meant to be seen


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount with the row that it was read from; `confidence` is 0..1."""

    value: Decimal
    entry: Entry
    number: Numeral
    confidence: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What the receipt says it sums to; None means that it does not say.

    `adjustments` are what else lies between the lines and the total: service, roundings, discounts on all;
    `disputed` that something below the total contradicts it.
    """

    subtotal: Figure | None = None
    tax: Figure | None = None
    tip: Figure | None = None
    total: Figure | None = None
    adjustments: tuple[Decimal, ...] = ()
    disputed: bool = False

    @property
    def named(self) -> Figure | None:
        """The total, unless it is the mere guess that the largest amount is."""
        return self.total if self.total and self.total.confidence > GUESSED else None


@dataclass(frozen=True, slots=True)
class Labelled:
    """A row whose label names its amount; `number` is the one that the label means."""

    kind: Kind
    entry: Entry
    source: Entry
    number: Numeral

    @property
    def value(self) -> Decimal:
        return self.number.value


def figures_of(sheet: Sheet) -> Figures:
    """Choose the sums; the total by all evidence, the others so that they agree with it."""
    labelled = list(_labelled(sheet))
    outside = [one for one in labelled if one.entry.index not in sheet.in_tax_table]
    total = _total(sheet, labelled)
    subtotal = _subtotal(outside, total)
    tip = _tip(outside, total)
    tax = _tax(sheet, outside, subtotal, total)
    disputed = total is not None and _disputed(outside, total)
    return Figures(subtotal, tax, tip, total, _adjustments(outside), disputed)


def _labelled(sheet: Sheet) -> Iterator[Labelled]:
    """Pair each label with its amount: of its own row, else of the row below, else of the one above."""
    for entry in sheet.entries:
        if entry.kind is None or entry.tax_head:
            continue
        source = entry if entry.amounts else _neighbour(sheet, entry)
        if source is not None:
            yield Labelled(entry.kind, entry, source, source.amounts[-1])
        elif entry.kind is Kind.TOTAL and (whole := _whole_number(entry)) is not None:
            yield Labelled(entry.kind, entry, entry, whole)


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
            near = abs(other.row.y - entry.row.y) < 2.2 * max(entry.row.height, other.row.height)
            if other.amounts and near and other.row.letters <= 3 and other.row.page == entry.row.page:
                return other
    return None


def names_total(sheet: Sheet) -> bool:
    """Tell whether a row outside the tables of taxes names a total."""
    return any(
        one.kind is Kind.TOTAL and one.entry.index not in sheet.in_tax_table for one in _labelled(sheet)
    )


def _total(sheet: Sheet, labelled: list[Labelled]) -> Figure | None:
    """Score every amount that could be the total by what speaks for it."""
    scores: dict[Decimal, float] = defaultdict(float)
    rows: dict[Decimal, Labelled] = {}
    for one in labelled:
        if one.kind is Kind.TOTAL and one.value != 0:
            score = _label_score(sheet, one)
            if one.value not in rows or score >= _label_score(sheet, rows[one.value]):
                rows[one.value] = one
            scores[one.value] = max(scores[one.value], score)
    for one in labelled:
        if one.kind in {Kind.TENDERED, Kind.SUBTOTAL} and one.value > 0 and one.value not in rows:
            rows[one.value] = one
            scores[one.value] = 0.6 if one.kind is Kind.TENDERED else 0.8
    for one in _paid(sheet, labelled):
        if one.value not in rows:
            rows[one.value], scores[one.value] = one, 1.2
    for one in _unnamed(sheet, labelled):
        if one.value not in rows:
            rows[one.value], scores[one.value] = one, 1.4
    if not scores:
        return _largest(sheet)
    for value in scores:
        scores[value] += _support(sheet, labelled, value)
    best = max(scores, key=lambda value: (scores[value], value))
    one = rows[best]
    rest = max((score for value, score in scores.items() if value != best), default=0.0)
    sure = min(0.99, 0.55 + 0.08 * scores[best] + 0.08 * min(scores[best] - rest, 2))
    return Figure(best, one.source, one.number, max(sure, LEAST))


def _paid(sheet: Sheet, labelled: list[Labelled]) -> Iterator[Labelled]:
    """Yield the amounts printed, under whatever name, that are what was given less the change."""
    given = {one.value for one in labelled if one.kind is Kind.TENDERED}
    change = {one.value for one in labelled if one.kind is Kind.CHANGE and one.value > 0}
    kept = {paid - back for paid in given for back in change}
    for entry in sheet.entries:
        for number in entry.amounts:
            if number.value > 0 and number.value in kept and entry.kind in {None, Kind.ASIDE, Kind.COUNT}:
                yield Labelled(Kind.TOTAL, entry, entry, number)


def _unnamed(sheet: Sheet, labelled: list[Labelled]) -> Iterator[Labelled]:
    """Yield the amounts below a subtotal, of no name, that it makes with the taxes and tips beside it."""
    by_kind: dict[Kind, list[Decimal]] = defaultdict(list)
    for one in labelled:
        if one.kind is not Kind.TOTAL and one.entry.index not in sheet.in_tax_table:
            by_kind[one.kind].append(one.value)
    named = [one.entry.index for one in labelled if one.kind is Kind.SUBTOTAL]
    sums = set(_sums(by_kind))
    for entry in sheet.entries[named[0] + 1 :] if named and sums else ():
        for number in entry.amounts:
            if number.value in sums and entry.kind is None:
                yield Labelled(Kind.TOTAL, entry, entry, number)


def _label_score(sheet: Sheet, one: Labelled) -> float:
    score = {3: 3.0, 2: 2.4, 1: 1.2}[finality(one.entry.label)]
    if one.entry.index in sheet.in_tax_table:
        score -= 2.0
    if len({abs(number.value) for number in one.source.amounts}) > 1:
        score -= 0.6
    if not one.number.money or one.value < 0:
        score -= 1.0
    if one.entry.row.height > LARGE * sheet.text_height:
        score += 0.5
    return score


def _support(sheet: Sheet, labelled: list[Labelled], value: Decimal) -> float:
    """Sum up what else on the paper agrees that `value` is the total."""
    by_kind: dict[Kind, list[Decimal]] = defaultdict(list)
    for one in labelled:
        if one.entry.index not in sheet.in_tax_table:
            by_kind[one.kind].append(one.value)
    support = 0.0
    tendered = by_kind[Kind.TENDERED]
    if any(paid - change == value for paid in tendered for change in by_kind[Kind.CHANGE] if change > 0):
        support += 2.0
    elif value in tendered:
        support += 1.0
    if any(sum_ == value for sum_ in _sums(by_kind)):
        support += 1.5
    if any(
        other + rounding == value
        for other in by_kind[Kind.TOTAL]
        for rounding in by_kind[Kind.ROUNDING]
        if rounding
    ):
        support += 0.7
    seen = Counter(number.value for entry in sheet.entries for number in entry.amounts)
    support += 0.25 * min(seen[value] - 1, 3)
    largest = max(
        (amount for kind, amounts in by_kind.items() if kind in _SUMMED for amount in amounts),
        default=NOTHING,
    )
    return support + (0.4 if value >= largest else 0.0)


_SUMMED = {Kind.TOTAL, Kind.SUBTOTAL}


def _sums(by_kind: dict[Kind, list[Decimal]]) -> Iterator[Decimal]:
    """Yield what a subtotal makes with the taxes, tips and roundings named beside it."""
    starts = by_kind[Kind.SUBTOTAL] + by_kind[Kind.TOTAL]
    taxes = _partial(by_kind[Kind.TAX])
    tips = _partial(by_kind[Kind.TIP])
    services = _partial(by_kind[Kind.SERVICE])
    roundings = {NOTHING, *by_kind[Kind.ROUNDING]}
    discounts = {NOTHING} | {-abs(value) for value in by_kind[Kind.DISCOUNT]}
    for parts in product(set(starts), taxes, tips, services, roundings, discounts):
        if any(parts[1:]):
            yield sum(parts, NOTHING)


def _partial(values: list[Decimal]) -> set[Decimal]:
    """Return nothing, each value, and their sum, of at most the first four."""
    return {NOTHING, *values[:4], sum(values[:4], NOTHING)}


def _largest(sheet: Sheet) -> Figure | None:
    """Fall back to the largest amount printed; a weak guess."""
    amounts = [
        (number.value, entry.index, entry, number)
        for entry in sheet.entries
        if entry.kind not in {Kind.CHANGE, Kind.COUNT, Kind.ASIDE, Kind.TENDERED}
        for number in entry.amounts
        if number.value > 0 and (number.places or number.currency or sheet.style.grouped)
    ]
    if not amounts:
        return None
    value, _, entry, number = max(amounts, key=lambda one: one[:2])
    return Figure(value, entry, number, GUESSED)


def _subtotal(labelled: list[Labelled], total: Figure | None) -> Figure | None:
    """Take the first named that is not above the total and not far below: else it is a part's."""
    named = [one for one in labelled if one.kind is Kind.SUBTOTAL and one.value > 0]
    if total is not None:
        named = [one for one in named if total.value / 2 <= one.value <= total.value * 2]
        named = [one for one in named if one.value <= total.value] or named
    if not named:
        return None
    one = named[0]
    return Figure(one.value, one.source, one.number, 0.9)


def _disputed(labelled: list[Labelled], total: Figure) -> bool:
    """Tell whether another total stands below, or what is added to a subtotal that was taken for the total."""
    below = [one for one in labelled if one.entry.index > total.entry.index and one.value > 0]
    if total.entry.kind is Kind.SUBTOTAL and any(one.kind in {Kind.TAX, Kind.SERVICE} for one in below):
        return True
    return any(
        one.kind is Kind.TOTAL and finality(one.entry.label) > 1 and abs(one.value - total.value) > COIN
        for one in below
    )


def _adjustments(labelled: list[Labelled]) -> tuple[Decimal, ...]:
    """Return the first services, roundings and discounts named, each once, as they add to a bill."""
    signed = (
        -abs(one.value) if one.kind is Kind.DISCOUNT else one.value
        for one in labelled
        if one.kind in {Kind.SERVICE, Kind.ROUNDING, Kind.DISCOUNT} and one.value
    )
    return tuple(dict.fromkeys(signed))[:MOST_ADJUSTMENTS]


def _tip(labelled: list[Labelled], total: Figure | None) -> Figure | None:
    for one in labelled:
        if one.kind is Kind.TIP and one.value > 0 and (total is None or one.value < total.value):
            return Figure(one.value, one.source, one.number, 0.8)
    return None


def _tax(
    sheet: Sheet, labelled: list[Labelled], subtotal: Figure | None, total: Figure | None
) -> Figure | None:
    """Sum the taxes named before the total; else take the one named after it, else the table's."""
    most = total.value if total else None
    named = [
        one
        for one in labelled
        if one.kind is Kind.TAX and one.value >= 0 and (most is None or one.value < most)
    ]
    before = [one for one in named if total is None or one.entry.index <= total.entry.index]
    chosen = _that_close(before[: MOST_TAXES * 2], subtotal, total) or before or named[:1]
    if chosen:
        value = sum((one.value for one in chosen), NOTHING)
        last = chosen[-1]
        return Figure(value, last.source, last.number, 0.85 if len(chosen) == 1 else 0.75)
    return _table_tax(sheet, most)


def _that_close(named: list[Labelled], subtotal: Figure | None, total: Figure | None) -> list[Labelled]:
    """Choose the fewest taxes that lead from the subtotal to the total."""
    if subtotal is None or total is None:
        return []
    gap = total.value - subtotal.value
    for count in range(1, 1 + min(len(named), MOST_TAXES)):
        for chosen in combinations(named, count):
            if abs(sum((one.value for one in chosen), NOTHING) - gap) <= CENT:
                return list(chosen)
    return []


def _table_tax(sheet: Sheet, most: Decimal | None) -> Figure | None:
    """Find the tax in the last row of the table whose net and tax agree with the rate or the gross."""
    found: list[tuple[Entry, Numeral]] = []
    for index in sorted(sheet.in_tax_table):
        entry = sheet.entries[index]
        number = _tax_among(entry.amounts, entry.numbers)
        if number is not None and (most is None or abs(number.value) < most):
            found.append((entry, number))
    if not found:
        return None
    sums = [(entry, number) for entry, number in found if entry.kind is Kind.TOTAL]
    rows = sums[-1:] or _without_sum(found)
    value = sum((number.value for _, number in rows), NOTHING)
    return Figure(value, rows[-1][0], rows[-1][1], 0.8)


def _without_sum(found: list[tuple[Entry, Numeral]]) -> list[tuple[Entry, Numeral]]:
    """Leave out a last row that is the sum of those before it."""
    *rows, (_, last) = found
    return rows if rows and sum((number.value for _, number in rows), NOTHING) == last.value else found


def _tax_among(amounts: tuple[Numeral, ...], numbers: Iterable[Numeral]) -> Numeral | None:
    """Return the amount t of a table's row for which net + t = gross, or net × rate = t."""
    for net, tax, gross in product(amounts, repeat=3):
        if tax.value < net.value < gross.value and net.value + tax.value == gross.value and tax.value > 0:
            return tax
    rates = [number.value for number in numbers if NOTHING < number.value <= 30]
    for net, tax, rate in product(amounts, amounts, rates):
        if NOTHING < tax.value < net.value and abs(net.value * rate / 100 - tax.value) <= 2 * CENT:
            return tax
    return None
