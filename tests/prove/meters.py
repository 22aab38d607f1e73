"""Files of readings: two public series to the last digit, 500,000 rows against a plain COPY, hostile files beside others.

ENERGY names the folder of the series, by default ../shared/energy. The COPY that counts is of the same rows into the
table of the readings itself, with its keys, indexes and constraints; told too are one into a table with the primary key
and the checks alone, and one into a table with nothing.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import environ
import psycopg2

from core.database import unreachable
from tests import sheets
from tests.live import ROOT, Installation, postgres_database, wait_for

ROWS = 500_000
MOST = {"csv": 8, "xlsx": 15}  # times a plain COPY
MOST_MB = 400
MOST_SECONDS = 2.0  # for another request meanwhile
SERIES = {
    "opsd_germany_daily.csv": ("Consumption", "GWh", Decimal(10**6)),
    "household_power_consumption_days.csv": ("Global_active_power", "kWmin", Decimal(1) / 60),
}
COLUMNS = 'store_id, device_id, start, "end", kwh, location, notes, quality, source, current, created_at'
SEND = """mutation ($store: ID!, $file: Upload!) { importReadings(input: {store: $store, file: $file}) {
  readingImport { id } userErrors { message } } }"""
FOLLOW = "{ me { stores { readingImports { nodes { filename status progress imported error } } } } }"


def main() -> int:
    url = os.environ.get("TEST_POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
    if unreachable(environ.Env.db_url_config(url)):
        print("PostgreSQL: not reached, not proved")
        return 0
    with tempfile.TemporaryDirectory() as place, postgres_database(url, "tillsight_prove_meters") as fresh:
        folder = Path(place)
        house = Installation(folder, fresh)
        try:
            house.web()
            house.register()
            files = made(folder)
            return series(house, folder) | speed(house, fresh, files) | hostile(house, files["csv"])
        finally:
            house.stop()


def run(house: Installation, path: Path, *options: str) -> tuple[dict[str, Any], float, int]:
    """Import by the command line; give the figures, the seconds, and how often the progress was told."""
    command = [
        sys.executable,
        "manage.py",
        "import_readings",
        str(path),
        "--store",
        house.store,
        "--json",
        *options,
    ]
    started = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=house.env, check=True, capture_output=True, text=True)
    seconds = time.monotonic() - started
    told = len(set(re.findall(r"\d+%", done.stderr)))
    return json.loads(done.stdout.splitlines()[-1]), seconds, told


def series(house: Installation, folder: Path) -> int:
    shared = Path(os.environ.get("ENERGY", ROOT.parent / "shared" / "energy"))
    failed = 0
    for name, (column, unit, factor) in SERIES.items():
        if not (shared / name).exists():
            print(f"{name}: not here, not proved")
            continue
        content = (shared / name).read_bytes()
        header, *rows = csv.reader(content.decode().splitlines())
        book = sheets.workbook(
            header, *([day, *(float(v) if v else None for v in more)] for day, *more in rows)
        )
        for kind, file in (("csv", content), ("xlsx", book)):
            lines = sheets.lines(file) if kind == "xlsx" else csv.DictReader(content.decode().splitlines())
            values = [Decimal(str(line[column])) * factor for line in lines]
            expected = sum(value.quantize(Decimal("0.000001"), ROUND_HALF_UP) for value in values)
            path = folder / f"series.{kind}"
            path.write_bytes(file)
            options = ("--unit", unit, "--device", f"{kind} {name}")
            first, _, _ = run(house, path, *options)
            second, _, _ = run(house, path, *options)
            good = Decimal(first["kwh"]) == expected and first["imported"] == second["duplicates"] == len(
                values
            )
            print(f"{name} as {kind}: {first}, expected {expected} kWh; again: {second}")
            failed |= not good
    return int(failed)


def made(folder: Path) -> dict[str, Path]:
    """Write half a million readings by the clock of Berlin, as both kinds of file."""
    start, zone = datetime(2018, 1, 1, tzinfo=UTC), ZoneInfo("Europe/Berlin")
    local = [(start + timedelta(minutes=5 * n)).astimezone(zone).replace(tzinfo=None) for n in range(ROWS)]
    values = [round(n * 7919 % 10007 / 10000, 4) for n in range(ROWS)]
    rows = list(zip(local, values, strict=True))
    files = {kind: folder / f"many.{kind}" for kind in ("csv", "xlsx")}
    files["csv"].write_bytes(
        sheets.csv("Zeit,kWh", *(f"{moment:%Y-%m-%d %H:%M},{value}" for moment, value in rows))
    )
    files["xlsx"].write_bytes(sheets.workbook(("Zeit", "kWh"), *rows))
    return files


def speed(house: Installation, url: str, files: dict[str, Path]) -> int:
    failed = 0
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("UPDATE core_store SET timezone = 'Europe/Berlin'")
        connection.commit()
        for kind, path in files.items():
            figures, seconds, told = run(house, path, "--device", kind)
            text = io.StringIO()
            cursor.execute("SELECT id FROM energy_device WHERE name = %s", [kind])
            (device,) = cursor.fetchone()
            cursor.copy_expert(
                f"COPY (SELECT {COLUMNS} FROM energy_reading WHERE device_id = {device}) TO STDOUT", text
            )
            cursor.execute("DELETE FROM energy_reading WHERE device_id = %s", [device])
            cursor.execute(f"CREATE TABLE bare AS SELECT {COLUMNS} FROM energy_reading LIMIT 0")
            cursor.execute(
                "CREATE TABLE checked (LIKE energy_reading INCLUDING ALL EXCLUDING INDEXES, PRIMARY KEY (id))"
            )
            connection.commit()
            plain = copied(connection, f"energy_reading ({COLUMNS})", text)
            checked = copied(connection, f"checked ({COLUMNS})", text)
            bare = copied(connection, "bare", text)
            cursor.execute("DROP TABLE bare, checked")
            connection.commit()
            ratio = seconds / plain
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
            print(
                f"{figures['imported']} rows from {kind}: {seconds:.1f} s, {ratio:.1f} times the {plain:.1f} s of a COPY "
                f"into the same table ({MOST[kind]} allowed); {seconds / checked:.1f} times the {checked:.1f} s into one with a "
                f"primary key and checks, {seconds / bare:.1f} times the {bare:.1f} s into one without either; "
                f"peak of a process so far {peak} MB "
                f"({MOST_MB} allowed); progress told {told} times"
            )
            failed |= ratio > MOST[kind] or peak > MOST_MB or told < 10 or figures["imported"] != ROWS
    return int(failed)


def copied(connection: Any, table: str, text: io.StringIO) -> float:
    text.seek(0)
    started = time.monotonic()
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} FROM STDIN", text)
    connection.commit()
    return time.monotonic() - started


def hostile(house: Installation, many: Path) -> int:
    """Have hostile files and a large one read while somebody asks; tell how long the slowest answer took."""
    house.worker()
    names = {
        "far.xlsx": sheets.a_far_cell(),
        "formulas.xlsx": sheets.with_formulas(),
        "lying.xlsx": sheets.lying(),
    }
    for name, content in {"many.csv": many.read_bytes(), **names}.items():
        assert house.send_file(SEND, content, name)["importReadings"]["userErrors"] == [], name
    for name, content in {
        "bomb.xlsx": sheets.bomb(),
        "rows.xlsx": sheets.a_million_rows(),
        "empty.csv": b"",
        "macros.xlsx": sheets.macros(),
    }.items():
        (error,) = house.send_file(SEND, content, name)["importReadings"]["userErrors"]
        print(f"{name}: refused: {error['message']}")
    slowest = [0.0]

    def rested() -> Any:
        started = time.monotonic()
        rows = house.ask(FOLLOW)["me"]["stores"][0]["readingImports"]["nodes"]
        slowest[0] = max(slowest[0], time.monotonic() - started)
        rows = [row for row in rows if row["filename"] in {"many.csv", *names}]
        return all(row["status"] in ("COMPLETED", "FAILED") for row in rows) and rows

    rows = {row["filename"]: row for row in wait_for(rested, 600)}
    for name in names:
        print(f"{name}: {rows[name]['status']}: {rows[name]['error']}")
    print(f"many.csv: {rows['many.csv']['imported']} new; the slowest answer meanwhile {slowest[0]:.2f} s")
    good = all(rows[name]["status"] == "FAILED" and not rows[name]["imported"] for name in names)
    return int(not good or slowest[0] > MOST_SECONDS)


if __name__ == "__main__":
    raise SystemExit(main())
