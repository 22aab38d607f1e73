"""A file's bytes → its pages: text where a PDF has it, else pixels; everything bounded."""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from receipts.draft import Source
from receipts.engine.boxes import Box, Page, Place
from receipts.engine.ocr import Pixels
from receipts.readers import Unreadable

MOST_PAGES = 50
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 3600  # pixels kept of a picture: a line of small print on A4 stays over 20 high
RENDER_DPI = 200
LONGEST_RUN = 300  # characters of one run of text; no line of a receipt is longer
MOST_RUNS = 3000  # of text on a page
FEWEST_CHARACTERS = 20  # a text layer with fewer is a stamp, and the page is a scan


@dataclass(frozen=True, slots=True)
class Picture:
    """A page that must be read by OCR; `number` counts from 1."""

    number: int
    pixels: Pixels


def pages_of(content: bytes) -> Iterator[Page | Picture]:
    """Yield the pages of a file one by one, so that one page's pixels are held at a time.

    Raises: Unreadable when it is no picture and no PDF, is broken, or is beyond the bounds.
    """
    if not content:
        raise Unreadable("The file is empty.")
    if _is_pdf(content):
        yield from _pdf(content)
    else:
        yield Picture(1, _picture(content))


def count_of(content: bytes) -> int:
    """Count the pages of a file; 1 for one that is broken: whoever opens it says why."""
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(content) as document:
            return max(len(document), 1)
    except pypdfium2.PdfiumError:
        return 1


def pictures_of(content: bytes) -> Iterator[Picture]:
    """Yield every page as a picture, those whose text is known too.

    Raises: Unreadable as `pages_of` does.
    """
    if not _is_pdf(content):
        yield Picture(1, _picture(content))
        return
    with _opened(content) as document:
        for index in range(min(len(document), MOST_PAGES)):
            yield Picture(index + 1, _rendered(document[index], LONGEST_SIDE))


def jpeg_of(content: bytes) -> bytes:
    """Give a picture of any kind as JPEG, turned as it is to be looked at.

    Raises: Unreadable as `pages_of` does.
    """
    from PIL import Image

    made = io.BytesIO()
    Image.fromarray(_picture(content)[:, :, ::-1]).save(made, "JPEG", quality=90)
    return made.getvalue()


def glimpse(content: bytes, longest: int) -> Pixels:
    """Give the first page at a glance, its longer side at most some `longest` pixels.

    Raises: Unreadable.
    """
    if not _is_pdf(content):
        return _picture(content, longest)
    with _opened(content) as document:
        if not len(document):
            raise Unreadable("The PDF has no pages.")
        return _rendered(document[0], longest)


def _is_pdf(content: bytes) -> bool:
    return content.lstrip()[:5] == b"%PDF-"


@contextmanager
def _opened(content: bytes) -> Iterator[Any]:
    import pypdfium2

    try:
        with pypdfium2.PdfDocument(content) as document:
            yield document
    except pypdfium2.PdfiumError as error:
        raise Unreadable("The PDF is damaged, incomplete or locked.") from error


def _rendered(page: Any, longest: int) -> Pixels:
    width, height = page.get_size()
    scale = min(RENDER_DPI / 72, longest / max(width, height, 1))
    return _pixels(page.render(scale=scale).to_pil())


def _picture(content: bytes, longest: int = LONGEST_SIDE) -> Pixels:
    import pillow_heif
    from PIL import Image, ImageOps, UnidentifiedImageError

    pillow_heif.register_heif_opener()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image: Image.Image = Image.open(io.BytesIO(content))
        if image.width * image.height > MOST_PIXELS:
            raise Unreadable(f"The picture has more than {MOST_PIXELS // 1_000_000} megapixels.")
        image.draft("RGB", (longest, longest))
        image = ImageOps.exif_transpose(image)
        image.thumbnail((longest, longest), Image.Resampling.BOX, reducing_gap=2.0)
        return _pixels(image)
    except UnidentifiedImageError:
        raise Unreadable("The file is neither a picture (JPEG, PNG, WebP, HEIC) nor a PDF.") from None
    except Image.DecompressionBombError:
        raise Unreadable(f"The picture has more than {MOST_PIXELS // 1_000_000} megapixels.") from None
    except Unreadable:
        raise
    except Exception as error:  # decoders raise whatever their C code felt like
        raise Unreadable("The picture is damaged or incomplete.") from error


def _pixels(image: Any) -> Pixels:
    """Return blue-green-red pixels on white paper."""
    from PIL import Image

    if image.mode in {"RGBA", "LA", "P", "PA"}:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image)
        image = paper
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])


def _pdf(content: bytes) -> Iterator[Page | Picture]:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        raise Unreadable(
            "The PDF is locked by a password." if locked else "The PDF is damaged or incomplete."
        ) from error
    try:
        if len(document) > MOST_PAGES:
            raise Unreadable(f"The PDF has more than {MOST_PAGES} pages.")
        for index in range(len(document)):
            yield _pdf_page(document[index], index + 1)
    except pypdfium2.PdfiumError as error:
        raise Unreadable("The PDF is damaged or incomplete.") from error
    finally:
        document.close()


def _pdf_page(page: Any, number: int) -> Page | Picture:
    try:
        boxes = _text_layer(page)
        if sum(len(box.text) for box in boxes) >= FEWEST_CHARACTERS:
            return Page(number=number, boxes=tuple(boxes), source=Source.TEXT_LAYER)
        return Picture(number, _rendered(page, LONGEST_SIDE))
    finally:
        page.close()


def _text_layer(page: Any) -> list[Box]:
    """Return the runs of text that the PDF itself holds, in points from the top left."""
    width, height = page.get_size()
    text = page.get_textpage()
    boxes = []
    try:
        for index in range(min(text.count_rects(), MOST_RUNS)):
            left, bottom, right, top = text.get_rect(index)
            words = " ".join(text.get_text_bounded(left, bottom, right, top).split())[:LONGEST_RUN]
            if words and right > left and top > bottom:
                boxes.append(_layer_box(words, (left, height - top, right, height - bottom), (width, height)))
    finally:
        text.close()
    return boxes


def _layer_box(text: str, edges: tuple[float, float, float, float], size: tuple[float, float]) -> Box:
    left, top, right, bottom = edges
    shares = (left / size[0], top / size[1], right / size[0], bottom / size[1])
    place = Place(*(min(max(share, 0.0), 1.0) for share in shares))
    return Box(text, left, top, right, bottom, slope=0.0, confidence=1.0, place=place)
