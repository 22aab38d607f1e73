"""`manage.py explain`: where each value was found, in lines and drawn beside the page."""

from io import StringIO
from itertools import pairwise

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from receipts.engine.drawing import Found, drawn, spread
from receipts.engine.pages import Picture
from tests.receipts.engine import paper


def value(name, top, confidence=0.95):
    return Found(
        part=1,
        name=name,
        value="1.00",
        page=1,
        box=(0.1, top, 0.5, top + 0.02),
        confidence=confidence,
        source="OCR",
    )


def test_names_stand_apart_beside_the_page_and_leave_the_paper_readable():
    pixels = np.full((400, 300, 3), 255, np.uint8)
    tops = [0.5 + 0.02 * place for place in range(20)]
    picture = drawn(
        Picture(1, pixels), [value(f"items.{place}.total", top) for place, top in enumerate(tops)]
    )
    seen = np.asarray(picture)
    for top in tops:
        assert (
            seen[int(400 * top) + 3 : int(400 * top) + 6, 40:140] == 255
        ).all()  # nothing lies on the words
    beside = (seen[:, 300 + 5 * 11 :] < 200).any(axis=(1, 2))
    assert np.diff(beside.astype(int)).clip(0).sum() >= 20  # each name in rows of its own


@pytest.mark.parametrize("wanted", [[], [5.0], [50.0] * 8, [99.0, 99.5, 100.0], [0.0, 0.0, 60.0]])
def test_labels_are_a_step_apart_in_order_and_on_the_page(wanted):
    places = spread(wanted, 12.0, 100.0)
    assert all(after - before >= 12 - 1e-9 for before, after in pairwise(places))
    assert all(6 - 1e-9 <= place <= 94 + 1e-9 for place in places)


def test_a_file_is_explained_and_drawn(tmp_path):
    file = tmp_path / "grocer.pdf"
    file.write_bytes(paper.pdf(paper.GROCER))
    said = StringIO()
    call_command("explain", str(file), png=True, out=tmp_path / "drawn", stdout=said)
    lines = said.getvalue().splitlines()
    total = next(line for line in lines if line.startswith("1:total"))
    assert total.split("\t")[1:3] == ["75.80", "page 1"]
    assert lines[-1] == str(tmp_path / "drawn" / "grocer-1.png")
    with Image.open(lines[-1]) as picture:
        assert picture.width > picture.height * 0.75  # the names stand beside the page


@pytest.mark.django_db
def test_what_is_no_upload_is_refused():
    with pytest.raises(CommandError, match="no file and no upload"):
        call_command("explain", "2147483647")
