"""Straight cuts through a page that cross no text: between receipts beside or below one another."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from receipts.engine.boxes import Box

LEANS = tuple(np.radians(range(-10, 11, 2)))  # of a cut: papers seldom lie quite straight
MOST_CUTS = 4  # in one direction that are told

Mask = npt.NDArray[np.bool_]
Edges = npt.NDArray[np.float64]


class Cut(NamedTuple):
    """A cut with the boxes before it, which are to the left or above; `width` in heights of the text."""

    width: float
    before: Mask


def cuts(boxes: Sequence[Box], *, below: bool, fewest: int, narrowest: float) -> list[Cut]:
    """Find the widest cuts with at least `fewest` boxes on each side: across a page when `below`, else down it.

    Each may lean a little, whichever way leaves the most room. Cuts that part the same boxes are one.
    """
    if len(boxes) < 2 * fewest:
        return []
    height = sorted(box.height for box in boxes)[len(boxes) // 2]
    found: dict[bytes, Cut] = {}
    places = np.array([(box.x, box.y, box.width, box.height, box.slope) for box in boxes], np.float64).T
    for lean in LEANS:
        low, high = _shadows(places, lean + np.pi / 2 if below else lean)
        order = np.argsort(low)
        room = (low[order][1:] - np.maximum.accumulate(high[order])[:-1]) / max(height, 1e-6)
        for count in np.flatnonzero(room[fewest - 1 : len(room) + 1 - fewest] > narrowest) + fewest:
            before = np.zeros(len(boxes), np.bool_)
            before[order[:count]] = True
            cut = Cut(float(room[count - 1]), before)
            key = before.tobytes()
            found[key] = max(found.get(key, cut), cut, key=lambda one: one.width)
    return sorted(found.values(), key=lambda one: -one.width)[:MOST_CUTS]


def _shadows(places: Edges, angle: float) -> tuple[Edges, Edges]:
    """Return where the shadow of each box begins and ends on an axis at this angle.

    Shapes: places (5, n): x and y of the middle, width, height, slope.
    """
    x, y, width, height, slope = places
    turned = angle - np.arctan(slope)
    reach = (width * np.abs(np.cos(turned)) + height * np.abs(np.sin(turned))) / 2
    middle = x * np.cos(angle) + y * np.sin(angle)
    return middle - reach, middle + reach
