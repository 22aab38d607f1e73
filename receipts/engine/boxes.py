"""What the engine knows of a page: runs of text with their places."""

from dataclasses import dataclass
from typing import NamedTuple

from receipts.draft import Source


class Place(NamedTuple):
    """A rectangle as shares (0..1) of the page as the file shows it."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Box:
    """One run of text on a page that stands upright.

    Units: left, top, right and bottom in pixels or points of the upright page, y downwards;
    `slope` is dy/dx of its baseline; `confidence` 0..1.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    slope: float
    confidence: float
    place: Place

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def x(self) -> float:
        return (self.left + self.right) / 2

    @property
    def y(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Page:
    """The text of one page; `number` counts from 1."""

    number: int
    boxes: tuple[Box, ...]
    source: Source


def around(places: list[Place]) -> Place:
    """Return the smallest place that holds all `places`, which are not none."""
    return Place(
        min(place.left for place in places),
        min(place.top for place in places),
        max(place.right for place in places),
        max(place.bottom for place in places),
    )
