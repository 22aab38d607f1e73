"""The tax, chosen by trees among all amounts where a garbled label hides it from the rules."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from receipts.engine.labels import NOTHING
from receipts.engine.totals import Candidate, Paper
from receipts.engine.trees import forest
from receipts.engine.vocabulary import Kind

CENT = Decimal("0.01")
LEAST = 0.5  # how likely an amount must be: else there is none
MOST = 9.0  # what a share is cut at
_PARTS = (Kind.SERVICE, Kind.TAX, Kind.TIP, Kind.ROUNDING, Kind.DISCOUNT)
_OPEN = {Kind.TAX, Kind.SUBTOTAL, Kind.TOTAL}  # names that the amount of a tax can bear: AMOUNT, NET


@dataclass(frozen=True)
class Closure:
    """What the amounts of a paper make with one another and with its total."""

    paper: Paper
    total: Decimal

    @cached_property
    def candidates(self) -> list[Candidate]:
        """The amounts that can be the tax: no label names them otherwise, and a rate or the total closes with them."""
        return [
            one
            for one in self.paper.candidates
            if NOTHING < one.value < self.total
            and all(label.kind in _OPEN for label in one.labels)
            and (_rated(one.value, self.rates, self.amounts) or self._closes(one.value))
        ]

    def _closes(self, value: Decimal) -> bool:
        """Tell whether the total without it is printed, or what the lines make; a line's own price proves nothing."""
        rest = self.total - value
        return value not in self.lines and (rest in self.amounts or rest == self.paper.lines_made[0])

    @cached_property
    def amounts(self) -> frozenset[Decimal]:
        return frozenset(one.value for one in self.paper.candidates)

    @cached_property
    def rates(self) -> frozenset[Decimal]:
        """The percentages printed."""
        numbers = (number for entry in self.paper.sheet.entries for number in entry.numbers)
        return frozenset(number.value for number in numbers if number.percent and number.value > 0)

    @cached_property
    def lines(self) -> frozenset[Decimal]:
        return frozenset(line.total for line in self.paper.lines)

    @cached_property
    def parts(self) -> frozenset[Decimal]:
        """What is named to be added or taken off, with its sign."""
        values = self.paper.values
        added = (value for kind in _PARTS[:4] for value in values[kind][:4])
        return frozenset({*added, *(-abs(value) for value in values[Kind.DISCOUNT][:4])} - {NOTHING})


def likeliest(paper: Paper, total: Decimal, subtotal: Decimal | None) -> tuple[Candidate, float] | None:
    """Return the amount that is the tax, and how likely; None where it is likelier that there is none."""
    trees, closure = forest("tax"), Closure(paper, total)
    if trees is None or not closure.candidates:
        return None
    likely = trees.probabilities(features(closure, subtotal))
    best = int(likely.argmax())
    return (closure.candidates[best], float(likely[best])) if likely[best] >= LEAST else None


def features(closure: Closure, subtotal: Decimal | None) -> list[list[float]]:
    """Return for each candidate what the trees ask for; the subtotal is the one that rules have found."""
    paper = closure.paper
    described = dict(zip((one.value for one in paper.candidates), paper.described, strict=True))
    return [
        [
            subtotal is None,
            subtotal is not None and subtotal + one.value == closure.total,
            *described[one.value],
            *_by_closure(closure, one.value),
        ]
        for one in closure.candidates
    ]


def _by_closure(closure: Closure, value: Decimal) -> list[float]:
    amounts, parts, rest = closure.amounts, closure.parts, closure.total - value
    made = closure.paper.lines_made
    named = closure.paper.values[Kind.SUBTOTAL]
    return [
        float(value / closure.total),
        min(float(value / rest), MOST),
        rest in amounts,
        rest in named,
        rest in parts,
        any(rest - part in amounts for part in parts if part != value),
        any(rest - part in named for part in parts if part != value),
        any(rest - part in parts for part in parts),
        value == made[0],
        rest == made[0],
        value in closure.lines,
        sum(value == line.total for line in closure.paper.lines),
        _rated(value, closure.rates, amounts),
        _rated(rest, closure.rates, [value]),
        value in parts,
        len(closure.rates),
        len(closure.paper.lines),
        len(amounts),
    ]


def _rated(value: Decimal, rates: Iterable[Decimal], bases: Collection[Decimal]) -> bool:
    """Tell whether a value is what a rate makes of a base, but for the rounding of either."""
    return any(abs(base * rate / 100 - value) <= max(CENT, base / 10000) for rate in rates for base in bases)
