"""Which way up a picture is, told from its text; and its text read that way."""

import re
from typing import NamedTuple

import numpy as np

from receipts.draft import Source
from receipts.engine.boxes import Box, Page, Place
from receipts.engine.contrast import darkened
from receipts.engine.ocr import Line, Pixels, Quads, Reader

LONG = 2.0  # a line is this many times longer than high before it tells a direction
FEW_LINES = 8  # fewer are found on few receipts but faded ones
SAMPLE = 6  # lines read to tell up from down
DOUBTFUL = 0.85  # mean confidence under which a sample is read upside down as well
MARGIN = 0.05  # by how much upside down must read better
_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\u3000]")
FOREIGN = 0.2  # share of Chinese signs above which the receipt is Chinese
UNREADABLE = 0.5  # confidence under which a line is noise


class Turned(NamedTuple):
    """A picture set upright by quarter turns against the clock, with the lines found and those read so far."""

    pixels: Pixels
    quads: Quads
    turns: int
    read: dict[int, Line]


def read_picture(pixels: Pixels, number: int, reader: Reader) -> Page:
    """Read a picture of any orientation; the places are those of the picture as given."""
    turned = upright(pixels, reader)
    left = [index for index in range(len(turned.quads)) if index not in turned.read]
    lines = turned.read | dict(zip(left, reader.read(turned.pixels, turned.quads[left]), strict=True))
    boxes = [
        _box(turned.quads[index], line, turned)
        for index, line in sorted(_latin(lines).items())
        if line.text and line.confidence >= UNREADABLE
    ]
    return Page(number=number, boxes=tuple(boxes), source=Source.OCR)


def _latin(lines: dict[int, Line]) -> dict[int, Line]:
    """Drop the Chinese signs that the recogniser, at home in both, sees in the smudges of other scripts."""
    text = "".join(line.text for line in lines.values())
    if len(_HAN.findall(text)) > FOREIGN * len(text):
        return lines
    return {
        index: line._replace(text=_HAN.sub("", _narrow(line.text)).strip()) for index, line in lines.items()
    }


def _narrow(text: str) -> str:
    """Put the Latin form of the wide signs that stand in Chinese text, such as （ and ：."""
    return "".join(chr(ord(sign) - 0xFEE0) if "！" <= sign <= "～" else sign for sign in text)


def upright(pixels: Pixels, reader: Reader) -> Turned:
    """Turn a picture so that its text can be read, by quarter turns."""
    pixels, quads = _found(pixels, reader)
    turns = 0
    if _stand(quads):
        turns = 1
        pixels = np.ascontiguousarray(np.rot90(pixels))
        quads = reader.find(pixels)
    sample = _telling(quads)
    lines = reader.read(pixels, quads[sample])
    if lines and _confidence(lines) < DOUBTFUL:
        over = np.ascontiguousarray(np.rot90(pixels, 2))
        others = reader.read(over, _over(quads[sample], pixels))
        if _confidence(others) > _confidence(lines) + MARGIN:
            # Found anew: lines found upside down are not quite the same, and stand from the bottom up.
            return Turned(over, reader.find(over), turns + 2, {})
    return Turned(pixels, quads, turns, dict(zip(sample, lines, strict=True)))


def _found(pixels: Pixels, reader: Reader) -> tuple[Pixels, Quads]:
    """Find the lines; where there are few, once more with faint print made dark."""
    quads = reader.find(pixels)
    if len(quads) < FEW_LINES:
        dark = darkened(pixels)
        others = reader.find(dark)
        if len(others) > len(quads):
            return dark, others
    return pixels, quads


def _sizes(quads: Quads) -> tuple[np.ndarray, np.ndarray]:
    """Return the length along the first and the second side of each quad."""
    along = np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1)
    across = np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1)
    return along, across


def _stand(quads: Quads) -> bool:
    """Tell whether most of the text runs up or down the picture."""
    along, across = _sizes(quads)
    lying = along[along > LONG * across].sum()
    standing = across[across > LONG * along].sum()
    return bool(standing > lying)


def _telling(quads: Quads) -> list[int]:
    """Choose the lines that tell best which way is up: large, and neither short nor very long."""
    along, across = _sizes(quads)
    ratio = along / np.maximum(across, 1)
    good = np.flatnonzero((ratio > 3) & (ratio < 14))
    return [int(index) for index in good[np.argsort(-(along * across)[good])][:SAMPLE]]


def _confidence(lines: list[Line]) -> float:
    """Return the mean confidence by characters."""
    length = sum(len(line.text) for line in lines)
    return sum(line.confidence * len(line.text) for line in lines) / length if length else 0.0


def _over(quads: Quads, pixels: Pixels) -> Quads:
    """Return where the quads lie once the picture is turned upside down."""
    height, width = pixels.shape[:2]
    corner = np.array([width - 1, height - 1], np.float32)
    return np.ascontiguousarray((corner - quads)[:, [2, 3, 0, 1]])


def _box(quad: np.ndarray, line: Line, turned: Turned) -> Box:
    height, width = turned.pixels.shape[:2]
    along = quad[1] - quad[0]
    x, y = quad.mean(axis=0)
    half_width = float(np.linalg.norm(along)) / 2
    half_height = float(np.linalg.norm(quad[3] - quad[0])) / 2
    return Box(
        text=line.text,
        left=float(x) - half_width,
        right=float(x) + half_width,
        top=float(y) - half_height,
        bottom=float(y) + half_height,
        slope=float(along[1] / along[0]) if along[0] > 0 else 0.0,
        confidence=min(max(line.confidence, 0.0), 1.0),
        place=_place(quad / np.array([width, height], np.float32), turned.turns),
    )


def _place(shares: np.ndarray, turns: int) -> Place:
    """Turn a quad back into the picture as the file shows it."""
    for _ in range(turns):
        shares = np.stack([1 - shares[:, 1], shares[:, 0]], axis=1)
    low, high = np.clip(shares.min(axis=0), 0, 1), np.clip(shares.max(axis=0), 0, 1)
    return Place(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
