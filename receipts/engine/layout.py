"""Boxes of text → rows as a reader would read them, however the paper lies or curls."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median

from receipts.draft import Source
from receipts.engine.boxes import Box, Page, Place, around

STEEPEST = 0.35  # a box that leans more than this is not a line of the text
SAME_ROW = 0.5  # centres closer than this share of the lower box's height are of one row
NEAR = 3.0  # heights beyond which a row is not looked at
WIDE_GAP = 1.6  # in heights of the text: a column ends here


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a row; `start` and `end` are its offsets in the row's text."""

    text: str
    start: int
    end: int
    box: Box


@dataclass(frozen=True)
class Row:
    """One row of a page, its boxes from left to right; columns are two spaces apart in `text`.

    Its middle, height and confidence are those of its words, so that a box of several weighs more.
    """

    page: int
    boxes: tuple[Box, ...]
    starts: tuple[int, ...]  # offsets of the boxes in the text
    text: str
    source: Source

    @cached_property
    def words(self) -> tuple[Word, ...]:
        return tuple(
            word for box, start in zip(self.boxes, self.starts, strict=True) for word in _words(box, start)
        )

    @cached_property
    def left(self) -> float:
        return self.boxes[0].left

    @cached_property
    def right(self) -> float:
        return max(box.right for box in self.boxes)

    @cached_property
    def height(self) -> float:
        return median(box.height for box in self._by_word)

    @cached_property
    def top(self) -> float:
        return self.y - self.height / 2

    @cached_property
    def y(self) -> float:
        return sum(box.y for box in self._by_word) / len(self._by_word)

    @cached_property
    def letters(self) -> int:
        return sum(character.isalpha() for character in self.text)

    @cached_property
    def confidence(self) -> float:
        return sum(box.confidence for box in self._by_word) / len(self._by_word)

    @cached_property
    def _by_word(self) -> list[Box]:
        return [box for box in self.boxes for _ in box.text.split()]

    def span(self, start: int, end: int) -> tuple[Word, ...]:
        """Return the words that the characters `start`..`end` of the text touch."""
        return tuple(word for word in self.words if word.start < end and start < word.end)

    def place(self, start: int = 0, end: int | None = None) -> Place:
        """Return where the characters `start`..`end` stand on the page."""
        words = self.span(start, len(self.text) if end is None else end) or self.words
        return around([word.box.place for word in words])


def rows_of(page: Page) -> list[Row]:
    """Return the rows of a page from top to bottom; a box of blanks is none of them."""
    groups = sorted(_groups(level([box for box in page.boxes if box.text.strip()])), key=_middle)
    return [_row(page, group) for group in groups]


def level(boxes: Sequence[Box]) -> list[Box]:
    """Lay the page flat: take out its lean and the part of it that changes down and across the page.

    The slope of the lines is modelled as a + b·y + c·x, which covers a turned camera, a page
    photographed from one side and paper that curls; each box moves by the integral from the middle.
    """
    measured = [box for box in boxes if abs(box.slope) < STEEPEST and box.width > 2.5 * box.height]
    if not measured:
        return list(boxes)
    middle_x = median(box.x for box in measured)
    middle_y = median(box.y for box in measured)
    a, b, c = _slopes(measured, middle_x, middle_y)
    flat = []
    for box in boxes:
        x, y = box.x - middle_x, box.y - middle_y
        rise = x * (a + b * y) + c * x * x / 2
        flat.append(
            replace(
                box,
                top=box.top - rise,
                bottom=box.bottom - rise,
                left=box.left + a * y,
                right=box.right + a * y,
            )
        )
    return flat


def _slopes(boxes: Sequence[Box], middle_x: float, middle_y: float) -> tuple[float, float, float]:
    """Fit slope = a + b·y + c·x by least squares on the wide boxes, outliers left out."""
    import numpy as np

    slopes = np.array([box.slope for box in boxes])
    near = np.abs(slopes - np.median(slopes)) < 0.05
    a = float(np.median(slopes))
    if near.sum() < 8:
        return a, 0.0, 0.0
    y = np.array([box.y - middle_y for box in boxes])[near]
    x = np.array([box.x - middle_x for box in boxes])[near]
    weight = np.sqrt(np.array([box.width for box in boxes])[near])
    terms = np.stack([np.ones_like(y), y, x], axis=1) * weight[:, None]
    # A ridge keeps a short or narrow page from bending on noise.
    scale = np.array([0.0, 1.0, 1.0]) * float((weight**2).sum()) * (float(np.ptp(y)) / 6 + 1) ** 2
    solved = np.linalg.solve(terms.T @ terms + np.diag(scale * 0.05), terms.T @ (slopes[near] * weight))
    return float(solved[0]), float(solved[1]), float(solved[2])


def _groups(boxes: Sequence[Box]) -> list[list[Box]]:
    """Group level boxes by row, from the top: each joins the nearest row beside it, or begins one."""
    groups: list[list[Box]] = []
    for box in sorted(boxes, key=lambda box: (box.y, box.left)):
        close = [group for group in groups[-8:] if abs(group[-1].y - box.y) < NEAR * box.height]
        near = [(distance, group) for group in close if (distance := _distance(box, group)) is not None]
        if near:
            min(near, key=lambda pair: pair[0])[1].append(box)
        else:
            groups.append([box])
    return groups


def _distance(box: Box, group: Sequence[Box]) -> float | None:
    """Measure how far a box lies from the line of a group, in its height; None when it is not of it."""
    beside = min(group, key=lambda other: max(other.left - box.right, box.left - other.right))
    overlap = min(box.right, beside.right) - max(box.left, beside.left)
    if overlap > 0.4 * min(box.width, beside.width):
        return None
    height = min(box.height, beside.height)
    distance = abs(box.y - beside.y) / max(height, 1e-6)
    return distance if distance < SAME_ROW else None


def _middle(group: Sequence[Box]) -> float:
    return sum(box.y for box in group) / len(group)


def _row(page: Page, group: Sequence[Box]) -> Row:
    boxes = sorted(group, key=lambda box: box.left)
    pieces: list[str] = []
    starts: list[int] = []
    length = 0
    before: Box | None = None
    for box in boxes:
        gap = 0.0 if before is None else box.left - before.right
        space = "" if before is None else ("  " if gap > WIDE_GAP * min(box.height, before.height) else " ")
        length += len(space)
        starts.append(length)
        pieces += [space, box.text]
        length += len(box.text)
        before = box
    return Row(page.number, tuple(boxes), tuple(starts), "".join(pieces), page.source)


def _words(box: Box, offset: int) -> Iterator[Word]:
    """Cut a box at its spaces; a letter is taken to be as wide as any other."""
    total = max(len(box.text), 1)
    position = 0
    for text in box.text.split():
        start = box.text.index(text, position)
        position = start + len(text)
        share = (start / total, position / total)
        part = replace(
            box,
            text=text,
            left=box.left + share[0] * box.width,
            right=box.left + share[1] * box.width,
            place=_cut(box.place, *share),
        )
        yield Word(text=text, start=offset + start, end=offset + position, box=part)


def _cut(place: Place, start: float, end: float) -> Place:
    """Cut a part of a place along its reading direction, which is its longer side."""
    width, height = place.right - place.left, place.bottom - place.top
    if math.isclose(width, 0) or height > 2 * width:
        return place
    return Place(place.left + start * width, place.top, place.left + end * width, place.bottom)
