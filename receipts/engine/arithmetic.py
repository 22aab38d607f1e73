"""Do the lines add up to the sums; and where one reading alone would make them, take it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import product

from receipts.engine.figures import Figures
from receipts.engine.items import Item

CENT = Decimal("0.01")
DEAREST = Decimal("1.5")  # a line above this share of the bill is no line; below, a discount may follow
# Digits that OCR takes for one another on thermal paper.
CONFUSED = {"0": "86", "1": "74", "3": "8", "4": "1", "5": "6", "6": "50", "7": "1", "8": "30", "9": "0"}


def targets(figures: Figures) -> set[Decimal]:
    """Return the sums that the lines may add up to: before or after tax and tip."""
    sums: set[Decimal] = set()
    if figures.subtotal:
        sums.add(figures.subtotal.value)
    if figures.named:
        parts = [{Decimal(0), figure.value} for figure in (figures.tax, figures.tip) if figure]
        sums.update(figures.named.value - sum(chosen, Decimal(0)) for chosen in product(*parts))
    return {value for value in sums if value > 0}


def closes(items: Sequence[Item], figures: Figures) -> bool:
    """Tell whether the lines add up to one of the sums, give or take a rounding to five cents."""
    total = sum((item.total for item in items), Decimal(0))
    return any(abs(total - target) <= 2 * CENT for target in targets(figures))


def verified(items: Sequence[Item], figures: Figures) -> bool:
    """Tell whether the paper's own sums prove the total: from the lines, over taxes and adjustments, to it."""
    total = figures.named
    if total is None or total.value <= 0 or figures.disputed or not items:
        return False
    lines = sum((item.total for item in items), Decimal(0))
    parts = [figure.value for figure in (figures.tax, figures.tip) if figure] + list(figures.adjustments)
    gap = total.value - lines
    return any(
        abs(sum(chosen, Decimal(0)) - gap) <= 2 * CENT
        for chosen in product(*({Decimal(0), part} for part in parts))
    )


def plausible(lines: Sequence[Item], figures: Figures) -> list[Item]:
    """Drop what cannot be a line, since it is dearer than the whole bill."""
    sums = [figure.value for figure in (figures.total, figures.subtotal) if figure]
    if not sums or any(line.discount for line in lines):
        return list(lines)
    return [line for line in lines if line.total <= max(sums) * DEAREST]


def repaired(items: list[Item], figures: Figures) -> list[Item]:
    """Mend the lines where exactly one change makes them add up; else leave them as they are."""
    if not items or closes(items, figures):
        return items
    lines = _without_sums(items)
    if closes(lines, figures):
        return lines
    repairs = list(_repairs(items, targets(figures)))
    return repairs[0] if len({_totals(repair) for repair in repairs}) == 1 else items


def _without_sums(items: list[Item]) -> list[Item]:
    """Leave out the last lines that are the sum of those before them: a sum whose name was misread."""
    lines = items
    while len(lines) > 1 and lines[-1].total == sum((item.total for item in lines[:-1]), Decimal(0)):
        lines = lines[:-1]
    return lines


def _totals(items: Sequence[Item]) -> tuple[Decimal, ...]:
    return tuple(item.total for item in items)


def _repairs(items: Sequence[Item], sums: set[Decimal]) -> Iterator[list[Item]]:
    """Yield every list with one total read otherwise that adds up to one of the sums."""
    total = sum((item.total for item in items), Decimal(0))
    for index, item in enumerate(items):
        for other in _readings(item):
            if total - item.total + other in sums:
                yield [*items[:index], replace(item, total=other), *items[index + 1 :]]


def _readings(item: Item) -> set[Decimal]:
    """Return what else a total can be: quantity times price, without its sign, or with a lookalike digit."""
    readings: set[Decimal] = {abs(item.total)}
    if item.quantity and item.unit_price:
        readings.add((item.quantity * item.unit_price).quantize(CENT) - (item.discount or 0))
    text = str(item.total)
    for place, digit in enumerate(text):
        readings.update(
            Decimal(text[:place] + other + text[place + 1 :]) for other in CONFUSED.get(digit, "")
        )
    return readings - {item.total}
