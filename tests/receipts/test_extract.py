"""`manage.py extract` as it is run by hand: a process of its own, files in, lines of JSON out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.receipts.engine.paper import GROCER, pdf, picture, saved

ROOT = Path(__file__).parents[2]
KEYS = [
    "file", "part", "merchant", "address", "date", "time", "number", "currency", "subtotal", "tax", "tip", "total", "items",
    "category", "verified", "confidence", "seconds",
]  # fmt: skip


def extract(*arguments):
    command = [sys.executable, "manage.py", "extract", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.jpg").write_bytes(saved(picture(GROCER), "JPEG", quality=90))
    (tmp_path / "b.pdf").write_bytes(pdf(GROCER, GROCER.replace("INV-20458", "INV-20459")))
    (tmp_path / "notes.txt").write_text("not a receipt")
    return tmp_path


def test_a_folder_gives_a_line_for_each_receipt_in_order(folder):
    code, records, stderr = extract(folder)
    assert code == 0, stderr
    assert [(Path(record["file"]).name, record["part"]) for record in records] == [
        ("a.jpg", 1),
        ("b.pdf", 1),
        ("b.pdf", 2),
    ]
    assert list(records[0]) == KEYS
    assert records[0]["total"] == "75.80"
    assert records[0]["date"] == "2018-03-14"
    assert records[0]["tip"] is None
    assert records[0]["items"][1] == {
        "description": "Olive Oil 1L",
        "quantity": "2",
        "unit_price": "19.50",
        "total": "39.00",
    }
    assert "100%" in stderr


def test_bad_files_are_told_and_the_good_ones_are_still_read(folder):
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "cut.png").write_bytes(saved(picture(GROCER))[:2000])
    code, records, _ = extract(folder, folder / "missing.jpg", "--jobs", "2", "--fast")
    assert code == 1
    errors = {
        Path(record["file"]).name
        for record in records
        if set(record) == {"file", "error"} and record["error"]
    }
    assert errors == {"empty.jpg", "cut.png", "missing.jpg"}
    assert sorted(record["part"] for record in records if "part" in record) == [1, 1, 2]


def test_the_smallest_models_read_a_clean_picture_as_well(folder):
    code, records, stderr = extract(folder / "a.jpg", "--fast")
    assert code == 0, stderr
    assert (records[0]["total"], records[0]["date"], records[0]["verified"]) == ("75.80", "2018-03-14", True)


def test_an_unknown_reader_is_refused(folder):
    code, records, stderr = extract(folder / "a.jpg", "--reader", "oracle")
    assert code != 0
    assert "oracle" in stderr
    assert records == []
