"""A sheet to print on, line by line, that comes out as a PDF page or as a picture of it.

PDFium brings the fonts that every PDF reader has, so a sample needs no font of the machine.
"""

import ctypes
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

LEADING = 1.32  # line pitch as a multiple of the type size
CHANGING = re.compile(rb"D:\d{14}|<[0-9A-Fa-f]{32}>")  # the moment and the random name in a saved PDF


@dataclass(frozen=True)
class _Text:
    text: str
    x_pt: float
    down_pt: float
    font: str
    size_pt: float


@dataclass
class Paper:
    """A roll or sheet `width_pt` wide; each call prints below what stands already.

    Units: points (1/72 inch), x from the left edge, down from the top edge.
    """

    width_pt: float
    font: str = "Courier-Bold"
    bold: str = "Courier-Bold"
    size_pt: float = 9.0
    margin_pt: float = 16.0
    down_pt: float = 24.0
    _texts: list[_Text] = field(default_factory=list)
    _rules: list[float] = field(default_factory=list)

    @property
    def right_pt(self) -> float:
        """Answer where amounts end."""
        return self.width_pt - self.margin_pt

    def middle(self, text: str, *, scale: float = 1.0, bold: bool = False) -> None:
        """Print `text` in the middle of the line."""
        size = self.size_pt * scale
        font = self.bold if bold else self.font
        self._put(text, (self.width_pt - width_pt(text, font, size)) / 2, font, size)
        self._feed(size)

    def line(self, left: str, right: str = "", *, scale: float = 1.0, bold: bool = False) -> None:
        """Print `left` at the left edge and `right` at the right edge of one line."""
        size = self.size_pt * scale
        font = self.bold if bold else self.font
        self._put(left, self.margin_pt, font, size)
        self._put(right, self.right_pt - width_pt(right, font, size), font, size)
        self._feed(size)

    def columns(self, cells: Sequence[str], ends_pt: Sequence[float], *, bold: bool = False) -> None:
        """Print the first cell at the left edge, each other one so that it ends at its place in `ends_pt`."""
        font = self.bold if bold else self.font
        first, *others = cells
        self._put(first, self.margin_pt, font, self.size_pt)
        for text, end_pt in zip(others, ends_pt, strict=True):
            self._put(text, end_pt - width_pt(text, font, self.size_pt), font, self.size_pt)
        self._feed(self.size_pt)

    def rule(self) -> None:
        """Draw a line across."""
        self._rules.append(self.down_pt + self.size_pt * 0.35)
        self._feed(self.size_pt * 0.6)

    def gap(self, lines: float = 0.6) -> None:
        """Leave room of so many lines."""
        self._feed(self.size_pt * lines)

    def pdf(self, height_pt: float | None = None) -> bytes:
        """Answer the sheet as a PDF of one page with its text; as long as what is printed unless told."""
        height = height_pt or self.down_pt + 20
        document = pypdfium2.PdfDocument.new()
        page = document.new_page(self.width_pt, height)
        for text in self._texts:
            put = _text_object(document, text.text, text.font, text.size_pt)
            pdfium.FPDFPageObj_Transform(put, 1, 0, 0, 1, text.x_pt, height - text.down_pt - text.size_pt)
            pdfium.FPDFPage_InsertObject(page, put)
        for down in self._rules:
            bar = pdfium.FPDFPageObj_CreateNewRect(
                self.margin_pt, height - down, self.right_pt - self.margin_pt, 0.7
            )
            pdfium.FPDFPath_SetDrawMode(bar, pdfium.FPDF_FILLMODE_WINDING, False)
            pdfium.FPDFPage_InsertObject(page, bar)
        page.gen_content()
        saved = io.BytesIO()
        document.save(saved)
        return CHANGING.sub(_steady, saved.getvalue())

    def picture(self, dpi: int) -> Image.Image:
        """Answer the sheet as a grey picture, black on white."""
        page = pypdfium2.PdfDocument(self.pdf())[0]
        picture: Image.Image = page.render(scale=dpi / 72).to_pil()
        return picture.convert("L")

    def _put(self, text: str, x_pt: float, font: str, size_pt: float) -> None:
        if text:
            self._texts.append(_Text(text, x_pt, self.down_pt, font, size_pt))

    def _feed(self, size_pt: float) -> None:
        self.down_pt += size_pt * LEADING


def width_pt(text: str, font: str, size_pt: float) -> float:
    """Measure `text` from the origin to the right end of its ink, in points."""
    if not text:
        return 0.0
    document = pypdfium2.PdfDocument.new()
    edges = [ctypes.c_float() for _ in range(4)]
    measured = _text_object(document, text, font, size_pt)
    pdfium.FPDFPageObj_GetBounds(measured, *edges)  # left, bottom, right, top
    pdfium.FPDFPageObj_Destroy(measured)
    return edges[2].value


def _text_object(document: pypdfium2.PdfDocument, text: str, font: str, size_pt: float) -> object:
    """Make a PDF text object in one of the 14 standard fonts, at the origin."""
    made = pdfium.FPDFPageObj_NewTextObj(document, font.encode(), size_pt)
    wide = ctypes.create_string_buffer((text + "\0").encode("utf-16-le"))
    pdfium.FPDFText_SetText(made, ctypes.cast(wide, ctypes.POINTER(ctypes.c_ushort)))
    return made


def _steady(found: re.Match[bytes]) -> bytes:
    """Answer zeros of the same length, so that the same sheet gives the same bytes."""
    return re.sub(rb"[0-9A-Fa-f]", b"0", found[0]) if found[0].startswith(b"<") else b"D:20261101000000"
