"""Files as meters, suppliers and people write them, read without a database."""

from __future__ import annotations

import csv
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from energy.meter_files.errors import Unreadable
from energy.meter_files.plans import Plan, Wanted
from energy.meter_files.rows import Row, read
from energy.meter_files.units import Unit, unit_in
from tests import sheets
from tests.live import ROOT

BERLIN = ZoneInfo("Europe/Berlin")
SHARED = ROOT.parent / "shared" / "energy"
SERIES = {
    "opsd_germany_daily.csv": ("Consumption", Unit.GWH, Decimal(10**6)),
    "household_power_consumption_days.csv": ("Global_active_power", Unit.KWMIN, Decimal(1) / 60),
}


def read_all(
    content: bytes, zone: str = "Europe/Berlin", **wanted: object
) -> tuple[Plan, list[Row], list[tuple[int, str]]]:
    _, plan, batches = read(content, ZoneInfo(zone), Wanted(**wanted))  # type: ignore[arg-type]
    found = list(batches)
    return plan, [row for batch in found for row in batch.rows], [e for batch in found for e in batch.errors]


def total(rows: list[Row]) -> Decimal:
    return sum((row.kwh for row in rows), Decimal(0))


def local(moment: datetime, zone: ZoneInfo = BERLIN) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("header", "cells", "value"),
    [
        ("Date,Consumption (kWh)", "2024-01-31,1.5", "1.5"),
        ("Datum;Verbrauch in kWh", "31.01.2024;1,5", "1.5"),
        ("Fecha;Consumo (Wh)", "31/01/2024;1.500,5", "1.5005"),
        ("Données du compteur;;\nJour;Consommation [MWh];Lieu", "31/01/2024;0,0015;Cuisine", "1.5"),
        ("Data\tConsumo de energia kWh", "31/01/2024\t1,5", "1.5"),
        ("Giorno;Energia [GWh]", "31 gennaio 2024;0,000001500", "1.5"),
        ("Tag;Leistung (W)", "Mi, 31.01.2024;62,5", "1.5"),
        ("day|mean power [kW]", "Jan 31, 2024|0.0625", "1.5"),
        ("Date,kWmin", "31-Jan-2024,90", "1.5"),
        ("Datum;Zählerstand kWh;Verbrauch", "31.01.2024;12.345,6;1,5 kWh", "1.5"),
        ("van;verbruik", "31-01-2024;1,5", "1.5"),
        ("timestamp,value", "20240131,1.5", "1.5"),
        ('"Date","Usage"', '"1/31/2024","1.50"', "1.5"),
        ("Date;kWh", "31. Januar 2024;1 234,5", "1234.5"),
        ("Date;kWh", "31 de enero de 2024;1'234.5", "1234.5"),
        ("Date,kWh", '31 janvier 2024,"1,234.5"', "1234.5"),
    ],
)
def test_a_day_and_its_value_are_found_in_many_ways_of_writing(header: str, cells: str, value: str) -> None:
    _, (row,), errors = read_all(sheets.csv(header, cells))
    assert errors == []
    assert (local(row.start), local(row.end)) == ("2024-01-31 00:00", "2024-02-01 00:00")
    assert row.kwh == Decimal(value)


@pytest.mark.parametrize(
    ("cells", "moment"),
    [
        ("2024-01-31 13:15", "2024-01-31 13:15"),
        ("2024-01-31T13:15:00", "2024-01-31 13:15"),
        ("2024-01-31T12:15:00Z", "2024-01-31 13:15"),
        ("2024-01-31T17:15:00+05:00", "2024-01-31 13:15"),
        ("31.01.2024 13:15 Uhr", "2024-01-31 13:15"),
        ("01/31/2024 1:15 PM", "2024-01-31 13:15"),
        ("1/31/24 12:05:30 a.m.", "2024-01-31 00:05"),
        ("31/01/2024 13h15", "2024-01-31 13:15"),
        ("30.01.2024 24:00", "2024-01-31 00:00"),
    ],
)
def test_a_moment_is_read_by_the_clock_of_the_store_or_by_its_own_offset(cells: str, moment: str) -> None:
    _, rows, errors = read_all(
        sheets.csv("When;Until;kWh", f"{cells};2024-02-05 00:00;1"), date_column="when"
    )
    assert errors == []
    assert rows == [] or local(rows[0].start) == moment
    _, (row,), _ = read_all(sheets.csv("When;To;kWh", f"{cells};2024-02-05 00:00;1"))
    assert (local(row.start), local(row.end)) == (moment, "2024-02-05 00:00")


def test_seconds_since_1970_are_moments_where_the_column_says_so() -> None:
    _, rows, _ = read_all(sheets.csv("timestamp,kWh", "1706703300,1", "1706704200,2", "1706705100000,3"))
    assert [local(row.start) for row in rows] == ["2024-01-31 13:15", "2024-01-31 13:30", "2024-01-31 13:45"]


def test_a_time_of_day_may_stand_in_a_column_of_its_own() -> None:
    _, rows, _ = read_all(sheets.csv("Datum;Uhrzeit;Wert", "31.01.2024;23:30;1,5", "31.01.2024;23:45;2"))
    assert [local(row.end) for row in rows] == ["2024-01-31 23:45", "2024-02-01 00:00"]


def test_a_column_of_ends_alone_counts_back() -> None:
    _, rows, _ = read_all(sheets.csv("bis;kWh", "31.01.2024 00:15;1", "31.01.2024 00:30;2"))
    assert [local(row.start) for row in rows] == ["2024-01-31 00:00", "2024-01-31 00:15"]


@pytest.mark.parametrize(
    ("days", "ends"),
    [
        (["2024-01-01", "2024-02-01", "2024-03-01"], ["2024-02-01", "2024-03-01", "2024-04-01"]),
        (["2024-01", "2024-02", "2024-03"], ["2024-02-01", "2024-03-01", "2024-04-01"]),
        (["2024-03-20", "2024-03-27", "2024-04-03"], ["2024-03-27", "2024-04-03", "2024-04-10"]),
        (["2024-03-30", "2024-03-31", "2024-04-01"], ["2024-03-31", "2024-04-01", "2024-04-02"]),
        (["2024-04-01", "2024-03-31", "2024-03-30"], ["2024-04-02", "2024-04-01", "2024-03-31"]),
    ],
)
def test_months_weeks_and_days_go_by_the_calendar(days: list[str], ends: list[str]) -> None:
    _, rows, _ = read_all(sheets.csv("Date,kWh", *(f"{day},1" for day in days)))
    assert [local(row.end) for row in rows] == [f"{end} 00:00" for end in ends]


def quarters(first: str, count: int, zone: ZoneInfo) -> list[datetime]:
    start = datetime.fromisoformat(first).replace(tzinfo=zone).astimezone(UTC)
    return [start + timedelta(minutes=15 * step) for step in range(count)]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Asia/Kathmandu"])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("day", ["2024-03-30", "2024-03-09", "2024-10-26", "2024-11-02"])
def test_local_times_give_each_moment_once_over_the_changes_of_the_clocks(
    zone: str, backwards: bool, day: str
) -> None:
    moments = quarters(day, 4 * 24 * 3, ZoneInfo(zone))
    if backwards:
        moments.reverse()
    lines = [f"{local(moment, ZoneInfo(zone))},0.25" for moment in moments]
    _, rows, errors = read_all(sheets.csv("Date,kWh", *lines), zone)
    assert errors == []
    assert [row.start for row in rows] == moments


def test_a_time_that_the_clocks_leave_out_is_said_and_the_rest_goes_on() -> None:
    lines = [f"31.03.2024 {hour:02}:00;1" for hour in range(5)]
    _, rows, errors = read_all(sheets.csv("Zeit;kWh", *lines))
    assert [local(row.start)[-5:] for row in rows] == ["00:00", "01:00", "03:00", "04:00"]
    assert [row.end - row.start for row in rows] == [timedelta(hours=1)] * 4
    assert errors == [(4, "At 02:00 on 2024-03-31 the clocks were put forward: there was no such time.")]


def test_two_devices_in_one_file_have_a_doubled_hour_each() -> None:
    lines = [f"27.10.2024 0{hour}:00;{device};1" for hour in (1, 2, 2, 3) for device in ("Oven", "Fridge")]
    _, rows, _ = read_all(sheets.csv("Zeit;Gerät;kWh", *lines))
    oven = [row.start for row in rows if row.device == "Oven"]
    assert oven == [row.start for row in rows if row.device == "Fridge"]
    assert [late - early for early, late in pairwise(oven)] == [timedelta(hours=1)] * 3


@pytest.mark.parametrize(
    ("values", "kwh"),
    [
        (["1,234", "0,567"], ["1.234", "0.567"]),
        (["1.234", "2.5"], ["1.234", "2.5"]),
        (["1.234", "1.234,5"], ["1234", "1234.5"]),
        (["1,234", "5,678"], ["1.234", "5.678"]),
        (["1.234.567", "5"], ["1234567", "5"]),
    ],
)
def test_the_whole_document_tells_what_a_comma_means(values: list[str], kwh: list[str]) -> None:
    _, rows, _ = read_all(sheets.csv("Tag;kWh", *(f"0{n}.01.2024;{v}" for n, v in enumerate(values, 1))))
    assert [row.kwh for row in rows] == [Decimal(value) for value in kwh]


def test_a_late_row_tells_what_commas_and_days_mean() -> None:
    start = datetime(2024, 1, 1)
    lines = [f"{start + timedelta(minutes=m):%d/%m/%Y %H:%M};1.234" for m in range(0, 15 * 1400, 15)]
    _, rows, errors = read_all(sheets.csv("Date;kWh", *lines, "31/01/2024 00:00;1.234,5"))
    assert errors == []
    assert rows[0].kwh == 1234
    assert local(rows[100].start) == "2024-01-02 01:00"


def test_days_that_can_be_read_in_two_ways_follow_each_other_closely() -> None:
    for form, expected in (("%d/%m/%Y", "2024-02-01"), ("%m/%d/%Y", "2024-02-01")):
        days = [datetime(2024, 2, 1) + timedelta(days=n) for n in range(8)]
        _, rows, _ = read_all(sheets.csv("Date,kWh", *(f"{day:{form}},1" for day in days)))
        assert local(rows[0].start)[:10] == expected


def test_each_bad_row_is_named_with_its_reason_and_the_good_ones_go_on() -> None:
    content = sheets.csv(
        "Date;kWh",
        "2024-01-01;1.5",
        "2024-01-02;",
        "soon;1",
        "2024-01-03;-1",
        "",
        "2024-01-04;nan",
        "2024-02-30;1",
        "2024-01-05",
        "2024-01-06;1e30",
        "2024-01-07;1 MWh",
        "2024-01-08;many",
        "Total;9",
        "2024-01-09;2,5",
        "2024-01-10;2.5",
    )
    _, rows, errors = read_all(content)
    assert [row.kwh for row in rows] == [Decimal("1.5"), Decimal("2.5")]
    assert [number for number, _ in errors] == [3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14]
    assert [reason for _, reason in errors[:3]] == [
        "The value is empty. A formula counts by the result that the program saved with it.",
        "'soon' is no date.",
        "The value is below zero.",
    ]


def test_a_sender_may_name_the_columns_and_the_unit() -> None:
    content = sheets.csv("read,due,x,y", "2024-01-01,2024-02-01,1,2", "2024-01-02,2024-02-02,1,2")
    with pytest.raises(Unreadable, match="name one of x, y"):
        read_all(content)
    _, rows, _ = read_all(content, date_column="Due", value_column="Y", unit=Unit.MWH)
    assert (local(rows[0].start), rows[0].kwh) == ("2024-02-01 00:00", 2000)
    _, rows, _ = read_all(content, date_column="2", value_column="3")
    assert (local(rows[0].start), rows[0].kwh) == ("2024-02-01 00:00", 1)
    with pytest.raises(Unreadable, match=r"no value column 'c'[.] The columns: read, due, x, y"):
        read_all(content, value_column="c")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"\n\n\n", "No row holds"),
        (b"hello", "No row holds"),
        (b"Date,kWh\n", "no row below"),
        (b"Date,kWh\nsoon,1\n", "No column reads as dates"),
        (b"Date,Power\n2024-01-01,1\n", "holds power but not its unit"),
        (b"Datum;Stand\n01.01.2024;1000\n02.01.2024;1010\n", "counted up to"),
        (b"Time,kWh\n2024-01-01 10:00,1\n", "One moment"),
        (b"\x00\x01\x02", "neither a workbook"),
        (b"%PDF-1.7", "neither a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old or a protected"),
        (b"Date,kWh\n2024-01-01," + b"1" * 200_000, "cannot be read as CSV"),
    ],
)
def test_a_file_that_says_too_little_is_refused_with_what_is_missing(content: bytes, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        read_all(content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_letters_come_in_several_encodings(encoding: str) -> None:
    _, (row,), _ = read_all(sheets.csv("Gerät;Tag;kWh", "Kühlschrank;01.01.2024;1,5", encoding=encoding))
    assert (row.device, row.kwh) == ("Kühlschrank", Decimal("1.5"))


def test_a_workbook_is_read_by_its_cells() -> None:
    header = ("Datum", "Gerät", "Verbrauch [Wh]", "Notiz")
    rows = [(datetime(2024, 1, 1, 0, 15 * n), "Ofen", 250 + n / 4, "früh") for n in range(4)]
    content = sheets.workbook(("Bericht", None), (), header, *rows, ("bald", "Ofen", 1, None))
    _, read, errors = read_all(content)
    assert [(local(row.start), row.kwh) for row in read] == [
        ("2024-01-01 00:00", Decimal("0.25")),
        ("2024-01-01 00:15", Decimal("0.25025")),
        ("2024-01-01 00:30", Decimal("0.2505")),
        ("2024-01-01 00:45", Decimal("0.25075")),
    ]
    assert (read[0].device, read[0].notes) == ("Ofen", "früh")
    assert errors == [(8, "'bald' is no date.")]


def test_a_formula_counts_by_its_saved_result_or_not_at_all() -> None:
    _, rows, errors = read_all(sheets.with_formulas(kept="2.5"))
    assert ([row.kwh for row in rows], errors) == ([Decimal("2.5")] * 4, [])
    with pytest.raises(Unreadable, match="No column holds numbers"):
        read_all(sheets.with_formulas())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (sheets.bomb, "bomb"),
        (sheets.a_million_rows, "bomb"),
        (sheets.lying, "damaged"),
        (sheets.macros, "macros"),
        (lambda: sheets.workbook(("Date", "kWh"), ("2024-01-01", 1))[:-200], "damaged"),
        (lambda: b"PK\x03\x04" + bytes(1000), "damaged"),
        (lambda: sheets.parts(b"<worksheet"), "damaged|No sheet"),
        (lambda: sheets.parts(b"").replace(b"xl/workbook.xml", b"xl/nothing1.xml"), "no workbook"),
    ],
)
def test_a_hostile_workbook_is_refused_before_it_is_unpacked(make: object, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        read_all(make())  # type: ignore[operator]


def _cell(text: str) -> float | None:
    return float(text) if text else None


@pytest.mark.parametrize("name", list(SERIES))
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_public_series_adds_up_to_the_last_digit(name: str, kind: str) -> None:
    path = SHARED / name
    if not path.exists():
        pytest.skip("The series are not here.")
    column, unit, factor = SERIES[name]
    with path.open() as file:
        lines = list(csv.DictReader(file))
    content = path.read_bytes()
    if kind == "xlsx":
        header, *cells = csv.reader(content.decode().splitlines())
        content = sheets.workbook(header, *([day, *map(_cell, values)] for day, *values in cells))
        lines = sheets.lines(content)  # a workbook keeps 16 digits of a number
    _, rows, errors = read_all(content, unit=unit)
    assert (len(rows), errors) == (len(lines), [])
    expected = [
        (Decimal(str(line[column])) * factor).quantize(Decimal("0.000001"), ROUND_HALF_UP) for line in lines
    ]
    assert total(rows) == sum(expected)


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("Energy [kWh]", Unit.KWH), ("energy_kwh", Unit.KWH), ("Power (W)", Unit.W), ("power_w", Unit.W),
        ("P in kW", Unit.KW), ("kW min", Unit.KWMIN), ("Wind", None), ("Wh", Unit.WH), ("MWh", Unit.MWH),
        ("Window", None), ("E/GWh", Unit.GWH), ("Wind+Solar", None),
    ],
)  # fmt: skip
def test_a_unit_is_found_in_a_name(header: str, unit: Unit | None) -> None:
    assert unit_in(header) == unit


@settings(max_examples=60, deadline=None)
@given(
    st.binary(max_size=300) | st.text(alphabet='0123456789.,;:-/ \t\n"aDekWh', max_size=300).map(str.encode)
)
def test_no_bytes_do_more_than_be_refused(content: bytes) -> None:
    for start in (b"", b"Date;kWh\n", b"PK\x03\x04"):
        with suppress(Unreadable):
            read_all(start + content)
