"""The total, chosen by trees among all amounts of a paper by what speaks for each: name, place, arithmetic."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from receipts.engine.items import Item
from receipts.engine.labels import NOTHING, Labelled, Values, paid, roundings_of, sums_of, values_of
from receipts.engine.numerals import Numeral
from receipts.engine.section import right_of
from receipts.engine.sheet import Entry, Sheet
from receipts.engine.vocabulary import Kind, finality

LARGE = 1.35  # letters this many times higher than the text's are meant to be seen
MOST = 120  # amounts looked at, the largest
FAR = 20  # rows; and what stands for no row at all
_NO_SCORE = -3.0
_KINDS = (
    Kind.TOTAL, Kind.SUBTOTAL, Kind.TENDERED, Kind.CHANGE, Kind.TAX, Kind.ROUNDING, Kind.DISCOUNT, Kind.ASIDE, Kind.COUNT,
    Kind.SERVICE, Kind.TIP,
)  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """An amount that can be the total: where it stands, and the labels that mean it."""

    value: Decimal
    places: tuple[tuple[Entry, Numeral], ...]
    labels: tuple[Labelled, ...]


@dataclass(frozen=True)
class Paper:
    """What the features of all candidates of one receipt are worked out from."""

    sheet: Sheet
    pairs: Sequence[Labelled]
    lines: Sequence[Item]

    @cached_property
    def values(self) -> Values:
        return values_of(self.pairs, self.sheet)

    @cached_property
    def sums(self) -> frozenset[Decimal]:
        return frozenset(sums_of(self.values))

    @cached_property
    def paid(self) -> set[Decimal]:
        return paid(self.values)

    @cached_property
    def scores(self) -> dict[Decimal, float]:
        among = {one.value for one in self.candidates}
        return {value: score for value, score in rule_scores(self).items() if value in among}

    @cached_property
    def lines_made(self) -> list[Decimal]:
        """Return what the lines make: alone, and with the taxes and services."""
        lines = sum((line.total for line in self.lines), NOTHING)
        tax = sum(self.values[Kind.TAX][:4], NOTHING)
        service = sum(self.values[Kind.SERVICE][:2], NOTHING)
        return [lines, lines + tax, lines + service, lines + tax + service]

    @cached_property
    def candidates(self) -> list[Candidate]:
        return list(_candidates(self))

    @cached_property
    def described(self) -> list[list[float]]:
        """Describe each candidate by its name and place."""
        return [[*_by_name(one), *_by_place(self, one)] for one in self.candidates]


def _candidates(paper: Paper) -> Iterator[Candidate]:
    """Yield the amounts above nothing, and those that are named, a total below nothing too; the smallest first."""
    labels: dict[Decimal, list[Labelled]] = defaultdict(list)
    places: dict[Decimal, list[tuple[Entry, Numeral]]] = defaultdict(list)
    for entry in paper.sheet.entries:
        for number in entry.amounts:
            if number.value > 0 and (number.places or number.currency or paper.sheet.style.grouped):
                places[number.value].append((entry, number))
    for one in paper.pairs:
        if one.value > 0 or (one.kind is Kind.TOTAL and one.value):
            labels[one.value].append(one)
            if one.value not in places or one.value < 0:
                places[one.value].append((one.source, one.number))
    for value in sorted(places)[-MOST:]:
        yield Candidate(value, tuple(places[value]), tuple(labels[value]))


def rule_scores(paper: Paper) -> dict[Decimal, float]:
    """Score the amounts that a label, cash and change, or a subtotal and its taxes speak for."""
    sheet, values = paper.sheet, paper.values
    scores: dict[Decimal, float] = {}
    for one in paper.pairs:
        if one.kind is Kind.TOTAL and one.value:
            scores[one.value] = max(scores.get(one.value, -9.0), _label_score(sheet, one))
    for one in paper.pairs:
        if one.kind in {Kind.TENDERED, Kind.SUBTOTAL} and one.value > 0:
            scores.setdefault(one.value, 0.6 if one.kind is Kind.TENDERED else 0.8)
    unnamed = {None, Kind.ASIDE, Kind.COUNT}
    below = min((one.entry.index for one in paper.pairs if one.kind is Kind.SUBTOTAL), default=None)
    for entry in sheet.entries:
        for number in entry.amounts:
            if number.value > 0 and number.value in paper.paid and entry.kind in unnamed:
                scores.setdefault(number.value, 1.2)
            if (
                below is not None
                and entry.index > below
                and entry.kind is None
                and number.value in paper.sums
            ):
                scores.setdefault(number.value, 1.4)
    seen = Counter(number.value for entry in sheet.entries for number in entry.amounts)
    largest = max(values[Kind.TOTAL] + values[Kind.SUBTOTAL], default=NOTHING)
    return {value: score + _support(paper, value, seen[value], largest) for value, score in scores.items()}


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


def _support(paper: Paper, value: Decimal, seen: int, largest: Decimal) -> float:
    """Sum up what else on the paper agrees that `value` is the total."""
    support = 0.25 * min(seen - 1, 3)
    if value in paper.paid:
        support += 2.0
    elif value in paper.values[Kind.TENDERED] and seen > 1:
        support += 1.0
    if value in paper.sums:
        support += 1.5
    roundings = roundings_of(paper.values) - {NOTHING}
    if any(value - part in paper.values[Kind.TOTAL] for part in roundings):
        support += 0.7
    return support + (0.4 if value >= largest else 0.0)


def features(paper: Paper) -> list[list[float]]:
    """Return for each candidate what the trees ask for, in the order in which they were grown."""
    return [
        [*_by_rules(paper, one), *described, *_by_sums(paper, one)]
        for one, described in zip(paper.candidates, paper.described, strict=True)
    ]


def _by_rules(paper: Paper, one: Candidate) -> list[float]:
    score = paper.scores.get(one.value, _NO_SCORE)
    all_values = [other.value for other in paper.candidates]
    return [
        score,
        max(paper.scores.values(), default=0.0) - score,
        sum(other > score for other in paper.scores.values()),
        float(one.value / max(*all_values, Decimal("0.01"))),
        sum(value > one.value for value in all_values),
        len(one.places),
        len(all_values),
    ]


def _by_name(one: Candidate) -> list[float]:
    final = [finality(each.entry.label) for each in one.labels if each.kind is Kind.TOTAL]
    return [
        max(final, default=0),
        *(any(each.kind is kind for each in one.labels) for kind in _KINDS),
        any(entry.kind is None for entry, _ in one.places),
        any(number.currency for _, number in one.places),
        min(len(entry.amounts) for entry, _ in one.places),
        any(number.percent for entry, _ in one.places for number in entry.numbers),
    ]


def _by_place(paper: Paper, one: Candidate) -> list[float]:
    sheet = paper.sheet
    rows = [entry.index for entry, _ in one.places]
    totals = [each.entry for each in paper.pairs if each.kind is Kind.TOTAL]
    strong = [entry.index for entry in totals if finality(entry.label) > 1]
    named = [entry.index for entry in sheet.entries if entry.kind is Kind.TOTAL]
    last_line = max((line.entries[0].index for line in paper.lines), default=0)
    left = min(entry.row.left for entry in sheet.entries)
    width = max(max(entry.row.right for entry in sheet.entries) - left, 1.0)
    return [
        min(rows) / len(sheet.entries),
        max(rows) / len(sheet.entries),
        max(rows) - last_line,
        min(rows) - last_line,
        _nearest(rows, [entry.index for entry in totals[:1]]),
        _nearest(rows, [entry.index for entry in totals[-1:]]),
        _nearest(rows, strong[-1:]),
        _nearest(rows, named),
        max(entry.row.height for entry, _ in one.places) / sheet.text_height,
        max((right_of(entry, number) - left) / width for entry, number in one.places),
        all(entry.index in sheet.in_tax_table for entry, _ in one.places),
    ]


def _nearest(rows: Sequence[int], others: Sequence[int]) -> int:
    """Return how many rows the nearest of `rows` stands below the nearest of `others`."""
    return min((row - other for row in rows for other in others), key=abs, default=-FAR)


def _by_sums(paper: Paper, one: Candidate) -> list[float]:
    value, values = one.value, paper.values
    starts = values[Kind.TOTAL] + values[Kind.SUBTOTAL]
    made = paper.lines_made
    return [
        value in paper.paid,
        value in paper.sums,
        min((abs(value - other) for other in paper.sums), default=value) <= Decimal("0.02"),
        value == made[0],
        value in made,
        min(float(min(abs(value - other) for other in made)) / max(float(value), 0.01), 9.0),
        min(float(made[0]) / float(value), 9.0) if value > 0 else 0.0,
        any(abs(value - start) == abs(part) for start in starts for part in values[Kind.ROUNDING] if part),
        any(start - value == abs(part) for start in starts for part in values[Kind.DISCOUNT] if part),
        len(values[Kind.TOTAL]),
        len([each for each in paper.pairs if each.kind is Kind.TOTAL]),
        value in values[Kind.TAX],
        paper.sheet.style.places,
    ]
