"""What was found on a page, drawn on its picture: for people who want to see why."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from receipts.engine.pages import Picture

SURE, DOUBTFUL = 0.9, 0.6  # confidences from which a box is green, or at least orange
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


def drawn(picture: Picture, found: Iterable[Found]) -> Any:
    """Draw boxes with their names and confidences on a page; gives a Pillow image."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.fromarray(picture.pixels[:, :, ::-1])
    draw = ImageDraw.Draw(image)
    size = max(11, max(image.size) // 90)
    font = ImageFont.load_default(size)
    for each in found:
        if each.box is None:
            continue
        left, top, right, bottom = (
            share * side for share, side in zip(each.box, (*image.size, *image.size), strict=True)
        )
        colour = COLOURS[(each.confidence < SURE) + (each.confidence < DOUBTFUL)]
        draw.rectangle((left, top, right, bottom), outline=colour, width=max(1, size // 6))
        label = f"{each.name} {each.confidence:.2f} {each.source}"
        at = (left, max(0.0, top - size - 2))
        draw.rectangle(draw.textbbox(at, label, font=font), fill="white")
        draw.text(at, label, fill=colour, font=font)
    return image
