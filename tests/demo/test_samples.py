"""The committed sample receipts: they open, their sums close, and truth.json is what they say."""

import json
import re
from decimal import ROUND_HALF_UP, Decimal

import pypdfium2
import pytest
from PIL import Image

from demo import draw
from demo.layouts import LAYOUTS, german, lakhs, rupiah

RECEIPTS = [receipt for receipt, _ in LAYOUTS]
each_receipt = pytest.mark.parametrize("receipt", RECEIPTS, ids=lambda receipt: receipt.file)
KINDS = {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP"}


def pdf_text(data) -> str:
    return pypdfium2.PdfDocument(data)[0].get_textpage().get_text_range()


def test_truth_is_what_the_drawing_script_says():
    truth = json.loads((draw.FOLDER / "truth.json").read_text(encoding="utf-8"))
    assert truth == [draw.truth(receipt) for receipt in RECEIPTS]


def test_the_folder_holds_the_samples_and_nothing_else():
    names = {path.name for path in draw.FOLDER.iterdir()}
    assert names == {receipt.file for receipt in RECEIPTS} | {"truth.json"}
    assert sum(path.stat().st_size for path in draw.FOLDER.iterdir()) < 1_500_000


@each_receipt
def test_a_sample_opens_as_the_kind_its_name_says(receipt):
    path = draw.FOLDER / receipt.file
    if path.suffix == ".pdf":
        assert f"€{receipt.total}" in pdf_text(path.read_bytes())
        return
    with Image.open(path) as picture:
        assert picture.format == KINDS[path.suffix]
        picture.load()
        assert min(picture.size) > 600


@pytest.mark.parametrize(("receipt", "layout"), LAYOUTS, ids=lambda value: getattr(value, "file", ""))
def test_what_the_truth_says_stands_on_the_paper(receipt, layout):
    text = pdf_text(layout(receipt).pdf())
    said = [receipt.merchant, *receipt.address, receipt.number, *(item.description for item in receipt.items)]
    assert [part for part in said if part not in text] == []
    amounts = [receipt.total, receipt.tax or receipt.total, *(item.total for item in receipt.items)]
    if len(receipt.taxes) > 1:
        amounts[1] = receipt.taxes[0].amount
    write = {"EUR": german, "IDR": rupiah, "INR": lakhs}.get(receipt.currency, str)
    assert [amount for amount in amounts if write(amount) not in text and str(amount) not in text] == []


@each_receipt
def test_the_sums_of_a_sample_close(receipt):
    said = draw.truth(receipt)
    added = Decimal(0) if receipt.prices_include_tax else Decimal(said["tax"] or 0)
    goods = sum(Decimal(item["total"]) for item in said["items"])
    assert goods + added + Decimal(said["tip"] or 0) + receipt.rounding == Decimal(said["total"])
    assert said["subtotal"] in (None, str(goods))


@each_receipt
def test_each_tax_is_its_rate_of_what_it_is_on(receipt):
    for tax in receipt.taxes:
        rate = Decimal(re.search(r"([\d.,]+)%", tax.name)[1].replace(",", ".")) / 100
        taxed = [
            item for item in receipt.items if item.mark == tax.name[0] or item.mark == "T"
        ] or receipt.items
        on = sum(item.total for item in taxed)
        if receipt.prices_include_tax:
            assert tax.net + tax.amount == on
            on = on / (1 + rate)
        assert tax.amount == (on * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)


def test_the_script_draws_every_sample_and_twice_the_same(tmp_path, monkeypatch):
    drawn = []
    for name in ("first", "second"):
        monkeypatch.setattr(draw, "FOLDER", tmp_path / name)
        draw.main()
        drawn.append({path.name: path.read_bytes() for path in draw.FOLDER.iterdir()})
    assert set(drawn[0]) == {receipt.file for receipt in RECEIPTS} | {"truth.json"}
    assert drawn[0] == drawn[1]


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("0.20", "0.20"),
        ("310", "310.00"),
        ("6250", "6,250.00"),
        ("12875.40", "12,875.40"),
        ("168811", "1,68,811.00"),
        ("12345678.90", "1,23,45,678.90"),
    ],
)
def test_rupees_are_grouped_in_lakhs(amount, written):
    assert lakhs(Decimal(amount)) == written
