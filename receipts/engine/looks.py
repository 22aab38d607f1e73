"""What a picture looks like, as bits that a second photo of the same paper shares: a perceptual hash.

The signs of the lowest frequencies of its brightness (pHash) within the middle of the picture. A second photo is
tilted and cut otherwise, so it is looked at tilted and cut in many ways, and the nearest counts.
"""

import itertools
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np

SIDE = 128  # pixels of the longer side of what is looked at
GLIMPSE = 512  # pixels at which it is taken from the file: cheap, and not yet blurred
GRID = 32  # points a side, of which frequencies are taken
FREQUENCIES = 16  # a side; the first, the mean brightness, says nothing: 255 bits
MIDDLE = (0.06, 0.06, 0.94, 0.94)  # left, top, right, bottom of the part that counts, in shares
TILTS = (-3.0, -1.5, 0.0, 1.5, 3.0)  # degrees
CUTS = (0.02, 0.06, 0.10)  # shares cut off each side


def looks_of(content: bytes) -> tuple[str, ...]:
    """Hash the first page of a file: as it is, then tilted and cut in many ways; nothing for what is no picture.

    Units: 64 hexadecimal digits each.
    """
    from receipts.engine.pages import glimpse
    from receipts.readers import Unreadable

    try:
        image = _small(glimpse(content, GLIMPSE))
    except Unreadable:
        return ()
    return (_hash(image, MIDDLE), *(_hash(tilted, cut) for tilted, cut in _variants(image)))


def _small(pixels: Any) -> Any:
    from PIL import Image

    image = Image.fromarray(pixels[:, :, ::-1]).convert("L")
    image.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    return image


def _variants(image: Any) -> Iterator[tuple[Any, tuple[float, float, float, float]]]:
    from PIL import Image

    for tilt in TILTS:
        tilted = image.rotate(tilt, Image.Resampling.BILINEAR) if tilt else image
        for left, top, right, bottom in itertools.product(CUTS, repeat=4):
            yield tilted, (left, top, 1 - right, 1 - bottom)


def _hash(image: Any, cut: tuple[float, float, float, float]) -> str:
    from PIL import Image

    left, top, right, bottom = cut
    width, height = image.size
    box = (left * width, top * height, right * width, bottom * height)
    grid = np.asarray(image.resize((GRID, GRID), Image.Resampling.BOX, box=box), np.float32)
    waves = _waves()
    signs = (waves @ grid @ waves.T).ravel() > 0
    signs[0] = False
    return np.packbits(signs).tobytes().hex()


@cache
def _waves() -> Any:
    """Give the cosines of the discrete cosine transform, the lowest frequencies first."""
    points = np.arange(GRID)
    return np.cos(np.pi * (points[None] + 0.5) * points[:FREQUENCIES, None] / GRID).astype(np.float32)
