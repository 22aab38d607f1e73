"""Training, from files in the form in which the labelled receipts come."""

import json
from datetime import date
from decimal import Decimal
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from receipts.draft import Draft, Line
from receipts.engine.trees import WEIGHTS
from receipts.training import corpora
from receipts.training.calibration import Scored, curve, proved
from receipts.training.card import bins
from receipts.training.marks import lines_found, same_name

NAMES = ("SUNRISE", "HARBOUR", "LOTUS", "MAPLE", "ORCHID", "PEARL", "RIVER", "SUMMIT", "TULIP", "VALLEY")


def quad(left, top, width, height=20):
    return [left, top, left + width, top, left + width, top + height, left, top + height]


def receipt(number):
    name = f"{NAMES[number % 10]} TRADING {'SDN BHD' if number % 3 else 'ENTERPRISE'}"
    head = [name, "(123456-X)"] if number % 2 else ["tan woon", name, "(123456-X)"]
    rows = [*head, "12 JALAN BUKIT, 50450 KUALA LUMPUR", "TAX INVOICE", f"DATE: {number % 27 + 1:02}/03/2018"]
    boxes = [{"quad": quad(50, 30 * place, 12 * len(row)), "text": row} for place, row in enumerate(rows)]
    for place, (label, amount) in enumerate(
        [("RICE", "4.10"), ("TEA", "5.90"), ("TOTAL", "10.00")], len(rows)
    ):
        boxes += [
            {"quad": quad(50, 30 * place, 100), "text": label},
            {"quad": quad(400, 30 * place, 60), "text": amount},
        ]
    truth = {"company": name, "date": rows[-1].removeprefix("DATE: "), "address": "", "total": "RM10.00"}
    return {"key": f"sroie_{number:03}", "truth": truth, "boxes": boxes}


def group(category, words, top, number, key=0):
    return {
        "category": category,
        "group_id": number,
        "words": [
            {
                "quad": {f"{axis}{n}": value for n in range(1, 5) for axis, value in zip("xy", quad(left, top, 12 * len(text))[2 * n - 2 :], strict=False)},
                "is_key": key and place == 0,
                "row_id": top,
                "text": text,
            }
            for place, (text, left) in enumerate(words)
        ],
    }  # fmt: skip


CORD = {
    "valid_line": [
        group("menu.nm", [("REAL", 200), ("GANACHE", 254)], 30, 1),
        group("menu.price", [("16,500", 580)], 30, 1),
        group("menu.nm", [("EGG", 200), ("TART", 242)], 60, 2),
        group("menu.price", [("13,000", 580)], 60, 2),
        group("total.total_price", [("TOTAL", 200), ("29,500", 580)], 90, 3, key=1),
    ]
}
TAXED = {
    "valid_line": [
        group("menu.nm", [("REAL", 200), ("GANACHE", 254)], 30, 1),
        group("menu.price", [("16,500", 580)], 30, 1),
        group("sub_total.subtotal_price", [("SUBTOTAL", 200), ("16,500", 580)], 60, 2, key=1),
        group("sub_total.tax_price", [("PJR", 200), ("1,650", 580)], 90, 3, key=1),
        group("total.total_price", [("TOTAL", 200), ("18,150", 580)], 120, 4, key=1),
    ]
}


@pytest.fixture
def folder(tmp_path):
    rows = "\n".join(json.dumps(receipt(number)) for number in range(30))
    (tmp_path / "sroie_boxes.jsonl").write_text(rows)
    (tmp_path / "cord_train.jsonl").write_text("\n".join(map(json.dumps, [CORD, *[TAXED] * 6])))
    (tmp_path / "cord_dev.jsonl").write_text(json.dumps(CORD))
    return tmp_path


def test_labels_are_read_as_they_are_written(folder):
    first, *others = corpora.sroie(folder, without=frozenset({"sroie_029"}))
    assert (first.merchant, first.date, first.total) == (
        "SUNRISE TRADING ENTERPRISE",
        date(2018, 3, 1),
        Decimal(10),
    )
    assert len(others) == 28
    cord, taxed, *_ = corpora.cord(folder)
    assert taxed.taxes == (Decimal(1650),)
    assert cord.lines == (("REAL GANACHE", Decimal(16500)), ("EGG TART", Decimal(13000)))
    assert cord.total == 29500
    assert [box.text for box in cord.page.boxes] == [
        "REAL GANACHE",
        "16,500",
        "EGG TART",
        "13,000",
        "TOTAL",
        "29,500",
    ]


def test_a_dry_run_prints_the_figures_and_keeps_the_weights(folder):
    before, said = WEIGHTS.read_bytes(), StringIO()
    call_command("train_engine", data=folder, dry_run=True, stdout=said)
    lines = said.getvalue().splitlines()
    assert lines[0].startswith("SROIE: merchant ")
    assert lines[0].endswith("% by rules")
    assert "SROIE: date 100.0 % of 30" in lines
    assert "SROIE: 30 verified, their total 100.0 %" in lines
    assert "CORD: lines F1 1.000 of 10" in lines
    assert lines[-1].startswith("CORD: tax or none ")
    assert lines[-1].endswith("% of 8 learned, 25.0 % by rules")
    assert WEIGHTS.read_bytes() == before


def test_a_folder_without_receipts_is_refused(tmp_path):
    with pytest.raises(CommandError, match="no labelled receipts"):
        call_command("train_engine", data=tmp_path)


def test_lines_count_once_by_price_and_name():
    draft = Draft(items=tuple(Line(description=name, total=Decimal(3)) for name in ("Tea", "Tea", "Coal")))
    assert lines_found(draft, [("TEA", Decimal(3)), ("COLA ZERO", Decimal(3))]) == 1
    assert same_name("KEDAI YEW-CHUAN", "kedai yew chuan")
    assert not same_name(None, "KEDAI")


def test_calibration_says_how_many_of_such_a_score_were_right_and_never_falls():
    told = [
        Scored(score, right, fold)
        for fold in range(4)
        for score, right in ((0.2, False), (0.6, True), (0.6, False), (0.9, True))
    ]
    fitted = curve(told)
    assert np.interp([0.2, 0.6, 0.9], *fitted) == pytest.approx([0.0, 0.5, 0.995])
    assert (
        proved(told)
        == [
            (pytest.approx(share), right)
            for share, right in ((0.0, False), (0.5, True), (0.5, False), (0.995, True))
        ]
        * 4
    )


def test_reliability_groups_choices_by_how_sure_they_are():
    assert bins([(0.2, False), (0.4, True), (0.99, True)]) == [
        (0.0, 0.5, 2, pytest.approx(0.3), 0.5),
        (0.95, 1.0, 1, 0.99, 1.0),
    ]
