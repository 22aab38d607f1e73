"""A paper is read again: which of its new lines is the one that a person has corrected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from receipts.draft import Line
from receipts.models import Item

SAME_HEIGHT = 0.5  # of the lower of two places on a page, from which they are one line's


def merged(lines: Sequence[Line], held: Iterable[Item]) -> list[Line | Item]:
    """Put each item held in the place of the line that was read from the same spot; else by name or amount.

    One that is not read any more stays where it stood in the order.
    """
    made: list[Line | Item] = list(lines)
    lost = []
    for item in held:
        place = _place_of(item, made)
        if place is None:
            lost.append(item)
        else:
            made[place] = item
    for item in lost:
        made.insert(min(item.position - 1, len(made)), item)
    return made


def _place_of(item: Item, lines: Sequence[Line | Item]) -> int | None:
    """Find the line that is the item's, the likest first, and of these the nearest in the order."""
    alike = [
        (likeness, -abs(place + 1 - item.position), place)
        for place, line in enumerate(lines)
        if isinstance(line, Line) and (likeness := _likeness(item, line))
    ]
    return max(alike)[2] if alike else None


def _likeness(item: Item, line: Line) -> int:
    """Grade 3 for the same spot of the paper; where that is not known, 2 for the name, 1 for the amount."""
    before, now = _spot(item.evidence), _spot(line.evidence.model_dump() if line.evidence else None)
    if before and now:
        return 3 * _same(before, now)
    return 2 * (item.description == line.description) or (item.total is not None and item.total == line.total)


def _spot(evidence: dict[str, Any] | None) -> tuple[int, float, float] | None:
    """Return page, top and bottom of a line, where it is known."""
    box = (evidence or {}).get("box")
    return ((evidence or {}).get("page", 1), box[1], box[3]) if box else None


def _same(one: tuple[int, float, float], other: tuple[int, float, float]) -> bool:
    common = min(one[2], other[2]) - max(one[1], other[1])
    return one[0] == other[0] and common > SAME_HEIGHT * min(one[2] - one[1], other[2] - other[1])
