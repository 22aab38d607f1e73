"""Faded print made dark again."""

import numpy as np

from receipts.engine.ocr import Pixels

EACH = 4  # pixels, of which one is measured
PAPER = 75  # percentile of brightness that is paper, unless most of the picture is something else
TABLE = 0.6  # of the paper's brightness, under which it is neither paper nor faded ink
INK = 1  # percentile of what is brighter


def darkened(pixels: Pixels) -> Pixels:
    """Stretch a picture's brightness so that faint ink is black and paper white, whatever lies around it."""
    grey = pixels.mean(axis=2, dtype=np.float32)
    sample = grey[::EACH, ::EACH]
    bright = sample[sample >= TABLE * np.percentile(sample, PAPER)]
    ink, paper = np.percentile(bright, INK), np.median(bright)
    stretched = ((grey - ink) * (255 / max(float(paper - ink), 1.0))).clip(0, 255).astype(np.uint8)
    return np.ascontiguousarray(np.repeat(stretched[:, :, None], 3, axis=2))
