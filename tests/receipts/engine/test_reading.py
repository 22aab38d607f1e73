"""Whole files through the engine: what is drawn here is read by the real models."""

import io
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFilter

from receipts.draft import Reading, Source
from receipts.engine import pages
from receipts.engine.reading import drafts_of, read
from receipts.readers import Document, Unreadable
from receipts.readers.local import Local
from tests.receipts.engine.paper import GROCER, TODAY, page, pdf, picture, saved

DEV = Path(__file__).parents[4] / "shared" / "receipts" / "dev"


def grocer(content):
    (draft,), seen = read(content, today=TODAY)
    assert draft.merchant == "GREEN VALLEY MARKET SDN BHD"
    assert (draft.date, draft.total) == (date(2018, 3, 14), Decimal("75.80"))
    assert [line.total for line in draft.items] == [Decimal("28.90"), Decimal("39.00"), Decimal("3.60")]
    return draft, seen


def test_a_drawn_receipt_is_read():
    grocer(saved(picture(GROCER), "JPEG", quality=90))


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_picture_on_its_side_or_head_is_read_and_its_evidence_lies_on_the_picture_as_it_is(turns):
    upright, lines = grocer(saved(picture(GROCER)))
    turned, seen = grocer(saved(picture(GROCER).rotate(90 * turns, expand=True)))
    assert [box.text for box in seen[0].boxes] == [box.text for box in lines[0].boxes]
    left, top, right, bottom = upright.evidence["total"].box
    expected = {
        1: (top, 1 - right, bottom, 1 - left),
        2: (1 - right, 1 - bottom, 1 - left, 1 - top),
        3: (1 - bottom, left, 1 - top, right),
    }[turns]
    assert turned.evidence["total"].box == pytest.approx(expected, abs=0.03)


def test_a_photo_turned_by_eight_degrees_is_read():
    grocer(saved(picture(GROCER).rotate(8, expand=True, fillcolor="white")))


def test_faded_print_on_a_dark_table_is_read():
    """Ink a tenth darker than its paper, unsharp, in the grain of a camera: as it is, not a line of it is found."""
    drawn = picture(GROCER, size=18).convert("L").filter(ImageFilter.GaussianBlur(0.8))
    grain = np.random.default_rng(3).normal(0, 4, drawn.size[::-1])
    faded = 205 + np.asarray(drawn) * (20 / 255) + grain
    photo = np.pad(faded.clip(0, 255).astype(np.uint8), 60, constant_values=90)
    (draft,), _ = read(saved(Image.fromarray(photo)), today=TODAY)
    assert (draft.date, draft.total) == (date(2018, 3, 14), Decimal("75.80"))


def test_a_camera_held_on_its_side_is_undone_before_places_are_given():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to view
    upright, _ = grocer(saved(picture(GROCER)))
    tagged, _ = grocer(saved(picture(GROCER).rotate(90, expand=True), "JPEG", quality=95, exif=exif))
    assert tagged.evidence["total"].box == pytest.approx(upright.evidence["total"].box, abs=0.03)


def test_the_text_of_a_pdf_is_taken_as_it_is():
    draft, (seen,) = grocer(pdf(GROCER))
    assert seen.source is Source.TEXT_LAYER
    assert draft.evidence["total"].source is Source.TEXT_LAYER


def test_a_scanned_pdf_is_rendered_and_read():
    _, (seen,) = grocer(saved(picture(GROCER), "PDF", resolution=150))
    assert seen.source is Source.OCR


def test_each_page_with_a_total_of_its_own_is_a_receipt():
    other = GROCER.replace("INV-20458", "INV-20459").replace("75.80", "75.90")
    drafts, _ = read(pdf(GROCER, other), today=TODAY)
    assert [(draft.part, draft.total) for draft in drafts] == [(1, Decimal("75.80")), (2, Decimal("75.90"))]


def test_the_pages_of_one_receipt_are_read_as_one():
    rows = GROCER.strip().splitlines()
    drafts, _ = read(pdf("\n".join(rows[:9]), "\n".join(rows[9:])), today=TODAY)
    assert len(drafts) == 1
    assert drafts[0].total == Decimal("75.80")
    assert [line.evidence.page for line in drafts[0].items] == [1, 1, 2]


def test_receipts_side_by_side_on_one_picture_are_taken_apart():
    rows = [line.ljust(60) + line.replace("75.80", "75.90") for line in GROCER.strip().splitlines()]
    drafts = drafts_of([page("\n".join(rows))], today=TODAY)
    assert [draft.total for draft in drafts] == [Decimal("75.80"), Decimal("75.90")]


@pytest.mark.parametrize("form", ["WEBP", "HEIF", "TIFF"])
def test_other_forms_of_pictures_are_opened(form):
    import pillow_heif

    pillow_heif.register_heif_opener()
    (opened,) = pages.pages_of(saved(picture("Cafe Rosa"), form))
    assert opened.pixels.shape[2] == 3


def test_what_is_transparent_is_paper():
    (opened,) = pages.pages_of(saved(Image.new("RGBA", (40, 40), (0, 0, 0, 0))))
    assert opened.pixels.min() == 255


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 100,
        b"hello",
        b"%PDF-1.7 broken",
        saved(picture(GROCER), "JPEG")[:400],
        saved(picture(GROCER), "PNG")[:3000],
        pdf(GROCER)[:200],
        b"\xff\xd8\xff\xe0" + b"\x00" * 50,
        saved(Image.new("RGB", (300, 300), "white")),
    ],
    ids=["empty", "zeros", "text", "no pdf", "cut jpeg", "cut png", "cut pdf", "a head alone", "blank paper"],
)
def test_a_file_that_cannot_be_read_says_so(content):
    with pytest.raises(Unreadable) as refused:
        read(content, today=TODAY)
    assert str(refused.value).endswith(".")


def test_a_picture_beyond_the_bound_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(pages, "MOST_PIXELS", 100)
    with pytest.raises(Unreadable, match="megapixels"):
        read(saved(picture("Cafe Rosa")), today=TODAY)


def test_a_pdf_of_too_many_pages_is_refused(monkeypatch):
    monkeypatch.setattr(pages, "MOST_PAGES", 1)
    with pytest.raises(Unreadable, match="pages"):
        read(pdf("one", "two"), today=TODAY)


def test_the_local_reader_stands_behind_the_port():
    document = Document(content=pdf(GROCER), content_type="application/pdf", today=TODAY)
    reading = Local().read(document)
    assert reading.reader == "local"
    assert Reading.model_validate_json(reading.model_dump_json()) == reading
    assert reading.raw["pages"]


def test_a_process_that_reads_nothing_never_loads_the_models():
    loaded = "import receipts.readers.local, sys; print([m for m in ('onnxruntime', 'cv2', 'rapidocr', 'numpy') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@pytest.mark.skipif(not (DEV / "ocr").is_dir(), reason="the shared receipts are not here")
def test_known_boxes_of_real_receipts_give_their_totals():
    import json

    from receipts.engine.boxes import Box, Page, Place

    truths = {Path(one["image"]).stem: one for one in map(json.loads, (DEV / "truth.jsonl").open())}
    right = known = 0
    for file in sorted((DEV / "ocr").glob("*.json")):
        truth = truths.get(file.name.split(".")[0])
        if truth is None:
            continue
        seen = json.loads(file.read_text())
        boxes = []
        for box in seen["boxes"]:
            xs, ys = [point[0] for point in box["q"]], [point[1] for point in box["q"]]
            slope = (ys[1] - ys[0]) / max(xs[1] - xs[0], 1)
            edges = (min(xs), min(ys), max(xs), max(ys))
            place = Place(
                *(
                    min(max(edge / size, 0), 1)
                    for edge, size in zip(edges, (seen["w"], seen["h"]) * 2, strict=True)
                )
            )
            boxes.append(Box(box["t"], *edges, slope, box["s"], place))
        (draft, *_) = drafts_of([Page(1, tuple(boxes), Source.OCR)], today=TODAY)
        known += 1
        right += draft.total is not None and any(
            abs(float(draft.total) - total) < 0.006 for total in truth.get("totals") or [truth["total"]]
        )
    assert known > 80
    assert right / known > 0.9


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(alphabet=st.sampled_from("0123456789.,:/-$€RMx@% ABCTOLtotal()#*年\0"), max_size=40),
        max_size=25,
    )
)
def test_no_text_on_a_page_breaks_the_reading(lines):
    for draft in drafts_of([page("\n".join(lines))], today=TODAY):
        assert draft.total is None or any(character.isdigit() for line in lines for character in line)
        assert all(0 <= edge <= 1 for line in draft.items for edge in line.evidence.box)


def test_pictures_of_any_depth_are_opened():
    for mode in ("L", "LA", "P", "1", "CMYK", "I;16"):
        file = io.BytesIO()
        Image.new(mode, (30, 20)).save(file, "TIFF" if mode in {"CMYK", "I;16", "LA"} else "PNG")
        (opened,) = pages.pages_of(file.getvalue())
        assert opened.pixels.shape == (20, 30, 3)
