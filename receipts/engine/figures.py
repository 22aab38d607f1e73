"""The sums of a receipt: subtotal, tax, tip and total, chosen by label, place and arithmetic."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations, product

from receipts.engine.items import Item
from receipts.engine.labels import COIN, NOTHING, Labelled, beside, labelled
from receipts.engine.numerals import Numeral
from receipts.engine.sheet import Entry, Sheet
from receipts.engine.taxes import likeliest
from receipts.engine.totals import Candidate, Paper, features
from receipts.engine.trees import forest
from receipts.engine.vocabulary import Kind, finality

CENT = Decimal("0.01")
INVENTED = 0.1  # how likely the total is at most that is rather not on the paper, when nothing names it
MOST_TAXES = 4  # on one bill
MOST_ADJUSTMENTS = 4
GUESSED, LEAST = 0.25, 0.3  # how sure a total is that nothing names, and one that something does, at least


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


def figures_of(sheet: Sheet, lines: Sequence[Item]) -> Figures:
    """Choose the sums; the total by all evidence, the others so that they agree with it."""
    paper = Paper(sheet, labelled(sheet), lines)
    return figures_with(paper, total_of(paper))


def figures_with(paper: Paper, total: Figure | None) -> Figures:
    """Choose the sums that agree with a total: by rules, and by trees a tax that the rules do not find."""
    figures = ruled(paper, total)
    if total is None or figures.tax is not None:
        return figures
    found = likeliest(paper, total.value, figures.subtotal.value if figures.subtotal else None)
    return replace(figures, tax=figure_of(*found)) if found else figures


def ruled(paper: Paper, total: Figure | None) -> Figures:
    """Choose the sums that agree with a total by rules alone."""
    sheet, lines = paper.sheet, paper.lines
    outside = [one for one in paper.pairs if one.entry.index not in sheet.in_tax_table]
    subtotal = _subtotal(outside, total)
    tip = _tip(outside, total)
    tax = _tax(sheet, outside, subtotal, total)
    disputed = total is not None and _disputed(outside, total)
    subtotal = subtotal or _unnamed_subtotal(sheet, lines, tax, total)
    return Figures(subtotal, tax, tip, total, _adjustments(outside), disputed)


def names_total(sheet: Sheet) -> bool:
    """Tell whether a row outside the tables of taxes names a total."""
    return any(one.kind is Kind.TOTAL and one.entry.index not in sheet.in_tax_table for one in beside(sheet))


def total_of(paper: Paper) -> Figure | None:
    """Take the amount that the trees find the likeliest; without trees, the one that the rules score highest."""
    trees = forest("total")
    if trees is None or not paper.candidates:
        return by_rules(paper)
    return by_trees(paper, trees.probabilities(features(paper)))


def by_trees(paper: Paper, likely: Iterable[float]) -> Figure | None:
    """Take the likeliest amount; one that nothing speaks for must be likely at all, and the price of a line is a guess."""
    ranked = sorted(zip(likely, paper.candidates, strict=True), key=lambda one: -one[0])
    sure, best = next(
        (one for one in ranked if one[1].value in paper.scores or one[0] >= INVENTED), (0.0, None)
    )
    if best is None:
        return None
    figure = figure_of(best, float(sure))
    lines = {entry.index for line in paper.lines for entry in line.entries}
    if best.value not in paper.scores and figure.entry.index in lines:
        return replace(figure, confidence=min(figure.confidence, GUESSED))
    return figure


def by_rules(paper: Paper) -> Figure | None:
    """Take the amount that the rules score highest; a mere guess is the largest."""
    scores = paper.scores
    if not scores:
        above = [one for one in paper.candidates if one.value > 0]
        return figure_of(above[-1], GUESSED) if above else None
    best = max(scores, key=lambda value: (scores[value], value))
    rest = max((score for value, score in scores.items() if value != best), default=0.0)
    sure = min(0.99, 0.55 + 0.08 * scores[best] + 0.08 * min(scores[best] - rest, 2))
    one = next(one for one in paper.candidates if one.value == best)
    return figure_of(one, max(sure, LEAST))


def figure_of(one: Candidate, sure: float) -> Figure:
    """Say where an amount stands: where its best label means it, else where it is printed last."""
    named = [each for each in one.labels if each.kind is Kind.TOTAL] or list(one.labels)
    if named:
        best = max(named, key=lambda each: (finality(each.entry.label), each.entry.index))
        return Figure(one.value, best.source, best.number, sure)
    entry, number = one.places[-1]
    return Figure(one.value, entry, number, sure)


def _subtotal(outside: list[Labelled], total: Figure | None) -> Figure | None:
    """Take the first named that is not above the total and not far below: else it is a part's."""
    named = [one for one in outside if one.kind is Kind.SUBTOTAL and one.value > 0]
    if total is not None:
        named = [one for one in named if total.value / 2 <= one.value <= total.value * 2]
        named = [one for one in named if one.value <= total.value] or named
    if not named:
        return None
    one = named[0]
    return Figure(one.value, one.source, one.number, 0.9)


def _unnamed_subtotal(
    sheet: Sheet, lines: Sequence[Item], tax: Figure | None, total: Figure | None
) -> Figure | None:
    """Find the sum of the lines between them and the total, or what it is without its tax, under another name."""
    if total is None:
        return None
    made = sum((line.total for line in lines), NOTHING)
    net = total.value - tax.value if tax and tax.value else None
    first = max((entry.index for line in lines for entry in line.entries), default=-1) + 1
    for entry in sheet.entries[first:]:
        above = entry.index < total.entry.index and entry.kind not in {Kind.TENDERED, Kind.CHANGE}
        for number in entry.amounts[-1:] if above else ():
            if (number.value == made and len(lines) > 1) or (number.value == net and net != made):
                return Figure(number.value, entry, number, 0.7)
    in_table = (sheet.entries[index] for index in sorted(sheet.in_tax_table, reverse=True))
    found = (
        Figure(number.value, entry, number, 0.7)
        for entry in in_table
        for number in entry.amounts
        if number.value == net
    )
    return next(found, None)


def _disputed(outside: list[Labelled], total: Figure) -> bool:
    """Tell whether another total stands below, or what is added to a subtotal that was taken for the total."""
    below = [one for one in outside if one.entry.index > total.entry.index and one.value > 0]
    if total.entry.kind is Kind.SUBTOTAL and any(one.kind in {Kind.TAX, Kind.SERVICE} for one in below):
        return True
    return any(
        one.kind is Kind.TOTAL and finality(one.entry.label) > 1 and abs(one.value - total.value) > COIN
        for one in below
    )


def _adjustments(outside: list[Labelled]) -> tuple[Decimal, ...]:
    """Return the first services, roundings and discounts named, each once, as they add to a bill."""
    signed = (
        -abs(one.value) if one.kind is Kind.DISCOUNT else one.value
        for one in outside
        if one.kind in {Kind.SERVICE, Kind.ROUNDING, Kind.DISCOUNT} and one.value
    )
    return tuple(dict.fromkeys(signed))[:MOST_ADJUSTMENTS]


def _tip(outside: list[Labelled], total: Figure | None) -> Figure | None:
    for one in outside:
        if one.kind is Kind.TIP and one.value > 0 and (total is None or one.value < total.value):
            return Figure(one.value, one.source, one.number, 0.8)
    return None


def _tax(
    sheet: Sheet, outside: list[Labelled], subtotal: Figure | None, total: Figure | None
) -> Figure | None:
    """Sum the taxes named before the total; else take the one named after it, the table's, or a rate's amount."""
    most = total.value if total else None
    named = [
        one
        for one in outside
        if one.kind is Kind.TAX and one.value >= 0 and (most is None or one.value < most)
    ]
    before = [one for one in named if total is None or one.entry.index <= total.entry.index]
    chosen = _that_close(before[: MOST_TAXES * 2], subtotal, total) or _each_once(before) or named[:1]
    if chosen:
        value = sum((one.value for one in chosen), NOTHING)
        last = chosen[-1]
        return Figure(value, last.source, last.number, 0.85 if len(chosen) == 1 else 0.75)
    return _table_tax(sheet, most) or _rated(sheet, subtotal, total)


def _each_once(named: list[Labelled]) -> list[Labelled]:
    """Leave out the taxes that the last sums up, or says again."""
    if len(named) < 2:
        return named
    *parts, last = named
    summed = last.value in {parts[-1].value, sum((one.value for one in parts), NOTHING)}
    return [last] if summed and "total" in last.entry.label else named


def _rated(sheet: Sheet, subtotal: Figure | None, total: Figure | None) -> Figure | None:
    """Find the tax that has no name but its rate: what leads from the subtotal to the total, beside a percentage."""
    if subtotal is None or total is None:
        return None
    for entry in sheet.entries[subtotal.entry.index + 1 : total.entry.index]:
        rates = [number.value for number in entry.numbers if number.percent]
        for number in entry.amounts if entry.kind is None and rates else ():
            due = [subtotal.value * rate / 100 for rate in rates]
            if number.value == total.value - subtotal.value and any(
                abs(number.value - one) <= CENT for one in due
            ):
                return Figure(number.value, entry, number, 0.7)
    return None


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
