"""What was found on a page, drawn on its picture: for people who want to see why."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from receipts.engine.pages import Picture

SURE, DOUBTFUL = 0.9, 0.6  # confidences from which a box is green, or at least orange
SMALLEST = 11  # pixels of the letters beside the page
LONGEST = 40  # letters of a value
COLOURS = ("#0a7d28", "#c77700", "#c0182b")


@dataclass(frozen=True, kw_only=True)
class Found:
    """A value and where it stands; `box` is left, top, right, bottom as shares of the page."""

    part: int
    name: str
    value: str
    page: int
    box: tuple[float, ...] | None
    confidence: float
    source: str

    def sentence(self) -> str:
        """Say it in one line, its columns parted by tabs."""
        place = ", ".join(f"{edge:.3f}" for edge in self.box) if self.box else "no place"
        sure = f"{self.confidence:.2f}"
        return "\t".join(
            (f"{self.part}:{self.name}", self.value, f"page {self.page}", place, sure, self.source)
        )

    def label(self) -> str:
        """Say in short what it is."""
        value = " ".join(self.value.split())
        short = value if len(value) <= LONGEST else f"{value[: LONGEST - 3]}..."
        return f"{self.name} {_drawable(short)}  {self.confidence:.2f} {self.source}"


def _drawable(text: str) -> str:
    """Write a text in the letters that the font at hand has: without accents."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def drawn(picture: Picture, found: Iterable[Found]) -> Any:
    """Draw boxes on a page, each led to its name, value and confidence beside the page; gives a Pillow image.

    Nothing is written on the paper itself, so that it can be read below the boxes.
    """
    from PIL import Image, ImageDraw, ImageFont

    page = Image.fromarray(picture.pixels[:, :, ::-1])
    width, height = page.size
    seen = sorted((each for each in found if each.box), key=lambda each: (each.box or ())[1::2])
    size = max(SMALLEST, max(page.size) // 90)
    font = ImageFont.load_default(size)
    labels = [each.label() for each in seen]
    margin = int(max((font.getlength(label) for label in labels), default=0)) + 6 * size
    step = size * 1.4
    paper = Image.new("RGB", (width + margin, max(height, int(step * len(seen)) + 1)), "white")
    paper.paste(page)
    pen = ImageDraw.Draw(paper)
    edges = [_edges(each, width, height) for each in seen]
    heights = spread([(top + bottom) / 2 for _, top, _, bottom in edges], step, paper.height)
    for each, label, edge, y in zip(seen, labels, edges, heights, strict=True):
        colour = COLOURS[(each.confidence < SURE) + (each.confidence < DOUBTFUL)]
        pen.rectangle(edge, outline=colour, width=max(1, size // 8))
        pen.line([edge[2:], (width + size, edge[3]), (width + 4 * size, y)], fill=colour)  # below the words
        pen.text((width + 5 * size, y), label, fill=colour, font=font, anchor="lm")
    return paper


def _edges(each: Found, width: int, height: int) -> tuple[float, float, float, float]:
    left, top, right, bottom = each.box or (0.0, 0.0, 0.0, 0.0)
    return left * width, top * height, right * width, bottom * height


def spread(wanted: Sequence[float], step: float, height: float) -> list[float]:
    """Move heights apart, in their order, until each is a step from the next and all are on the page."""
    places: list[float] = []
    for one in wanted:
        places.append(max(one, places[-1] + step if places else step / 2))
    limit = height - step / 2
    for index in reversed(range(len(places))):
        places[index] = min(places[index], limit)
        limit = places[index] - step
    return places
