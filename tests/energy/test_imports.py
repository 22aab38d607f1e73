"""Files of readings into the books: by the command line, and by workers that may die."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from core.models import AuditEntry, Job, Store
from energy import imports
from energy.imports import Said
from energy.models import Device, Reading, ReadingImport
from schema import ids
from tests import sheets
from tests.conftest import Person

pytestmark = pytest.mark.django_db

HOURS = sheets.csv("Zeit;kWh", *(f"01.02.2024 {hour:02}:00;1,5" for hour in range(24)))


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Run the command on some bytes; give its figures, what else it said, and what it complained of."""

    def command(content: bytes, store: Store, *options: str, name: str = "meter.csv") -> Any:
        path = tmp_path / name
        path.write_bytes(content)
        said, complaint = io.StringIO(), io.StringIO()
        given = [str(path), "--store", str(store.pk), "--json", *options]
        call_command("import_readings", *given, stdout=said, stderr=complaint)
        *lines, figures = said.getvalue().splitlines()
        return json.loads(figures), "\n".join(lines), complaint.getvalue()

    return command


def counted() -> Decimal:
    return sum(Reading.objects.current().values_list("kwh", flat=True), Decimal(0))


def noted(owner: Person, **said: Any) -> ReadingImport:
    return imports.enter(store=owner.store, by=owner.user, filename="meter.csv", said=Said(**said))


def test_a_file_is_imported_once_however_often_it_is_sent(owner: Person, run: Any) -> None:
    figures, said, _ = run(HOURS, owner.store)
    assert figures == {"imported": 24, "skipped": 0, "duplicates": 0, "kwh": "36.000000"}
    assert "kWh in kWh, a value for 60 min; dates in Zeit." in said
    device = Device.objects.get()
    assert (device.name, device.in_use_from, device.store) == ("kWh", date(2024, 2, 1), owner.store)
    first = Reading.objects.order_by("start")[0]
    assert first.start == datetime(2024, 2, 1, tzinfo=UTC)
    assert first.end == datetime(2024, 2, 1, 1, tzinfo=UTC)
    assert (first.kwh, first.quality, first.source) == (Decimal("1.5"), "MEASURED", "meter.csv")
    assert (first.store, first.current) == (owner.store, True)

    again, _, _ = run(HOURS, owner.store)
    assert again == {"imported": 0, "skipped": 0, "duplicates": 24, "kwh": "0"}
    rows = [(datetime(2024, 2, 1, hour), 1.5) for hour in range(24)]
    book, _, _ = run(sheets.workbook(("Zeit", "kWh"), *rows), owner.store, name="meter.xlsx")
    assert book == again
    assert (Reading.objects.count(), counted()) == (24, 36)


def test_a_dry_run_says_what_would_be_done_and_leaves_nothing(owner: Person, run: Any) -> None:
    more = sheets.csv(
        "Zeit;kWh", "31.01.2024 23:00;1", "01.02.2024 00:00;1,5", "31.01.2024 23:00;1", "bald;1"
    )
    run(HOURS, owner.store)
    before = [list(table.objects.order_by("pk").values()) for table in (Device, Reading, AuditEntry)]
    figures, said, _ = run(more, owner.store, "--dry-run")
    assert figures == {"imported": 1, "skipped": 1, "duplicates": 2, "kwh": "1.000000"}
    assert "would be entered" in said
    figures, _, _ = run(more, owner.store, "--dry-run", "--device", "Another")
    assert figures == {"imported": 2, "skipped": 1, "duplicates": 1, "kwh": "2.500000"}
    assert before == [list(table.objects.order_by("pk").values()) for table in (Device, Reading, AuditEntry)]


def test_bad_rows_are_named_and_a_file_of_nothing_else_fails(owner: Person, run: Any) -> None:
    content = sheets.csv("Date,kWh", "2024-01-01,1", "2024-01-02,many", "2024-01-03,2", "2099-01-01,1")
    figures, _, complaint = run(content, owner.store)
    assert figures == {"imported": 2, "skipped": 2, "duplicates": 0, "kwh": "3.000000"}
    assert "Row 3: The value is no number." in complaint
    assert "Row 5: It ends in the future." in complaint
    with pytest.raises(
        CommandError, match=r"No row of the file could be read. Row 2: The value is below zero."
    ):
        run(sheets.csv("Date,kWh", "2024-01-01,-1", "2024-01-02,-2"), owner.store, "--device", "Oven")
    assert not Device.objects.filter(name="Oven").exists()


def test_a_time_that_counts_already_is_not_counted_again_by_longer_readings(owner: Person, run: Any) -> None:
    run(HOURS, owner.store)
    days = sheets.csv("Tag;kWh", *(f"0{day}.0{month}.2024;40" for month, day in ((1, 9), (2, 1), (2, 2))))
    figures, _, _ = run(days, owner.store)
    assert figures == {"imported": 2, "skipped": 0, "duplicates": 1, "kwh": "80.000000"}
    assert counted() == 36 + 80
    _, said, _ = run(HOURS.replace(b"03:00;1,5", b"03:00;1,6"), owner.store)
    assert "24 were there (1 with another amount)" in said
    assert counted() == 36 + 80


def test_each_device_that_a_file_names_gets_its_own_readings(owner: Person, run: Any) -> None:
    lines = [f"2024-01-0{day},{name},{day}" for day in (1, 2, 3) for name in ("Oven", "fridge")]
    content = sheets.csv("Date,Device,kWh", *lines)
    Device.objects.create(store=owner.store, name="Fridge", in_use_from=date(2026, 1, 1))
    with pytest.raises(CommandError, match="names several devices: Oven, fridge"):
        run(content, owner.store, "--device", "Oven")
    figures, _, _ = run(content, owner.store)
    assert figures["imported"] == 6
    named = Reading.objects.values_list("device__name", flat=True)
    assert sorted(named) == ["Fridge"] * 3 + ["Oven"] * 3
    assert Device.objects.get(name="Fridge").in_use_from == date(2024, 1, 1)


def test_a_device_without_a_meter_takes_no_readings(owner: Person, run: Any) -> None:
    Device.objects.create(store=owner.store, name="Lamp", in_use_from=date(2024, 1, 1), metered=False)
    with pytest.raises(CommandError, match="no meter"):
        run(HOURS, owner.store, "--device", "lamp")
    assert not Reading.objects.exists()


def test_columns_and_units_are_taken_as_they_are_named(owner: Person, run: Any) -> None:
    content = sheets.csv("id,when,p,q", *(f"{n},2024-01-0{n},{n},9" for n in (1, 2, 3)))
    options = ("--date-column", "when", "--value-column", "p", "--unit", "kWmin", "--device", "Meter 1")
    figures, _, _ = run(content, owner.store, *options)
    assert (figures["imported"], figures["kwh"]) == (3, "0.100000")


def test_a_store_is_named_as_the_api_names_it_or_not_at_all(owner: Person, run: Any) -> None:
    with pytest.raises(CommandError, match="no store"):
        call_command("import_readings", "/dev/null", "--store", "999999")
    with pytest.raises(CommandError, match="no store"):
        call_command("import_readings", "/dev/null", "--store", ids.encode("Bill", owner.store.pk))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_readings", "/nowhere/x.csv", "--store", owner.store_id)


def test_without_a_store_the_demo_takes_the_file(built_in: None, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "hours.csv"
    path.write_bytes(HOURS)
    for imported in (24, 0):
        call_command("import_readings", str(path), "--json")
        assert json.loads(capsys.readouterr().out.splitlines()[-1])["imported"] == imported
    (store,) = Store.objects.filter(memberships__user__email=settings.DEMO_LOGIN)
    on_the_day = Reading.objects.filter(store=store, start__year=2024)
    assert on_the_day.count() == 24  # beside those that the demo has itself, of late


def test_a_cell_far_away_ends_only_the_process_that_reads_it(owner: Person, run: Any) -> None:
    with pytest.raises(CommandError, match="too much memory"):
        run(sheets.a_far_cell(), owner.store, name="far.xlsx")
    row = ReadingImport.objects.get()
    assert (row.status, row.imported, Reading.objects.count()) == ("FAILED", 0, 0)


def many(count: int) -> bytes:
    start = datetime(2020, 1, 1)
    return sheets.csv(
        "Date,kWh", *(f"{start + timedelta(minutes=n):%Y-%m-%d %H:%M},0.1" for n in range(count))
    )


def test_an_import_that_breaks_off_goes_on_behind_its_last_batch(owner: Person) -> None:
    content, row = many(25_000), noted(owner)

    def die(seen: ReadingImport) -> None:
        if seen.rows_done:
            raise SystemExit

    with pytest.raises(SystemExit):
        imports.carry_out(row=row, content=content, watch=die)
    half = ReadingImport.objects.get()
    assert (half.status, half.imported, Reading.objects.count()) == ("PROCESSING", 10_000, 10_000)
    steps: list[int] = []
    imports.carry_out(row=half, content=content, watch=lambda seen: steps.append(seen.rows_done))
    done = ReadingImport.objects.get()
    assert (done.status, done.attempts) == ("COMPLETED", 2)
    assert (done.imported, done.duplicates, done.skipped, done.kwh) == (25_000, 0, 0, "2500.000000")
    assert (Reading.objects.count(), counted()) == (25_000, 2500)
    assert steps == [10_001, 10_001, 20_001, done.rows_total]


def test_a_worker_that_was_taken_over_writes_nothing_more(owner: Person) -> None:
    content, row = many(25_000), noted(owner)

    def overtake(seen: ReadingImport) -> None:
        if seen.rows_done:
            twin = ReadingImport.objects.select_related("store").get()
            imports.carry_out(row=twin, content=content)

    imports.carry_out(row=row, content=content, watch=overtake)
    done = ReadingImport.objects.get()
    assert (done.status, done.imported, done.duplicates) == ("COMPLETED", 25_000, 0)
    assert Reading.objects.count() == 25_000


def test_an_import_that_breaks_off_again_and_again_fails(owner: Person) -> None:
    row = noted(owner)
    ReadingImport.objects.update(attempts=imports.MAX_ATTEMPTS, status="PROCESSING")
    row.refresh_from_db()
    imports.carry_out(row=row, content=HOURS)
    row.refresh_from_db()
    assert (row.status, row.error) == ("FAILED", "The import broke off several times.")
    assert not Job.objects.exists()
