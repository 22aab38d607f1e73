"""Tables as files: read again by programs that others wrote."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from insights.sheets import BATCH, csv_of, xlsx_of
from insights.tables import COLUMNS, NEEDS, Column, Kind, Row

COLUMN = (Column("said", "Said"),)
BERLIN = ZoneInfo("Europe/Berlin")
LATE = datetime(2026, 5, 4, 22, 30, tzinfo=UTC).astimezone(BERLIN)
HOSTILE = ["=1+1", "+49 30 1234", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "=cmd|' /C calc'!A0"]


def of_csv(rows: list[Row], columns: tuple[Column, ...] = COLUMN) -> list[list[str]]:
    content = b"".join(csv_of(columns, rows))
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def of_xlsx(rows: list[Row], columns: tuple[Column, ...] = COLUMN) -> list[tuple[Any, ...]]:
    with xlsx_of(columns, rows) as file:
        sheet = openpyxl.load_workbook(io.BytesIO(file.read())).active
    assert sheet is not None
    assert [cell.data_type for row in sheet for cell in row if cell.data_type == "f"] == []
    return list(sheet.iter_rows(values_only=True))


def test_texts_come_back_as_they_went_in() -> None:
    texts = ["Bäckerei „Süß“", 'a "quoted", text', "two\nlines", "12", "0012", "true", "ünï 🧾"]
    assert of_csv([(text,) for text in texts])[1:] == [[text] for text in texts]
    assert of_xlsx([(text,) for text in texts])[1:] == [(text,) for text in texts]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    assert of_csv([(text,)])[1] == [f"'{text}"]
    [(kept,)] = of_xlsx([(text,)])[1:]
    assert kept == text.replace("\r", "\n")  # as XML has it


def test_numbers_stay_numbers_even_below_zero() -> None:
    row: Row = (Decimal("-5.00"), -3, Decimal("0.10"), Decimal("1E+2"), None, True, False)
    columns = COLUMN * len(row)
    assert of_csv([row], columns)[1] == ["-5.00", "-3", "0.10", "100", "", "yes", "no"]
    assert of_xlsx([row], columns)[1] == (-5, -3, 0.1, 100, None, "yes", "no")


def test_days_and_moments_stand_in_their_zone() -> None:
    row: Row = (date(2026, 5, 4), LATE)
    assert of_csv([row], COLUMN * 2)[1] == ["2026-05-04", "2026-05-05 00:30:00"]
    assert of_xlsx([row], COLUMN * 2)[1] == (datetime(2026, 5, 4), datetime(2026, 5, 5, 0, 30))


def test_characters_that_no_workbook_holds_become_spaces() -> None:
    assert of_xlsx([("a\x01b",)])[1] == ("a b",)


def test_csv_is_written_while_rows_come() -> None:
    asked = 0

    def rows() -> Any:
        nonlocal asked
        for n in range(10 * BATCH):
            asked += 1
            yield (n,)

    chunks = csv_of(COLUMN, rows())
    next(chunks)
    assert asked < 2 * BATCH
    assert len(list(chunks)) == 10


def test_a_table_without_rows_has_its_heads() -> None:
    assert of_csv([]) == [["Said"]]
    assert of_xlsx([]) == [("Said",)]


def test_every_kind_of_report_has_columns_of_its_own_names_and_a_permission() -> None:
    assert set(COLUMNS) == set(NEEDS) == set(Kind)
    for columns in COLUMNS.values():
        assert len({column.name for column in columns}) == len(columns)
