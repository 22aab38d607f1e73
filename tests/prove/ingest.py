"""A folder of receipts that is taken in by a command that is killed twice; 5,000 bills of the past by CSV, twice.

RECEIPTS names a folder with images/, by default ../shared/receipts/dev; without one, receipts are drawn. On SQLite, and
again on PostgreSQL where it listens.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import environ

from core.database import unreachable
from tests import papers
from tests.live import ROOT, Installation, postgres_database

FILES = 120
KILLED_AT = (30, 75)  # uploads that are in when the command is killed
BILLS = 5000
SEND = """mutation ($store: ID!, $file: Upload!) { importBills(input: {store: $store, file: $file}) {
  created unchanged skipped items userErrors { message } } }"""
COUNT = "{ me { stores { uploads { totalCount } bills { totalCount } } } }"


def main() -> int:
    url = os.environ.get("TEST_POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
    with tempfile.TemporaryDirectory() as folder:
        failed = prove("SQLite", Installation(Path(folder)))
    if unreachable(environ.Env.db_url_config(url)):
        print("PostgreSQL: not reached, not proved")
        return failed
    with tempfile.TemporaryDirectory() as folder, postgres_database(url, "tillsight_prove_ingest") as fresh:
        return failed | prove("PostgreSQL", Installation(Path(folder), fresh))


def prove(name: str, house: Installation) -> int:
    try:
        house.web()
        house.register()
        return folder_killed(name, house) | bills_twice(name, house)
    finally:
        house.stop()


def folder_killed(name: str, house: Installation) -> int:
    folder = house.folder / "come in"
    files = filled(folder)
    bars = [killed(house, folder, at) for at in KILLED_AT]
    began = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        command(folder), cwd=ROOT, env=house.env, capture_output=True, text=True, check=False
    )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    again = subprocess.run(
        command(folder), cwd=ROOT, env=house.env, capture_output=True, text=True, check=False
    )
    uploads = count(house)["uploads"]
    kept = [file.name for file in (house.folder / "files" / "receipts").rglob("*") if file.is_file()]
    stored = sum(not name.startswith(".") for name in kept)  # else cut off by a kill, for the sweeper
    bar = re.findall(r"\d+/\d+ \[[^\]]*\]", done.stderr)
    seconds = used.ru_utime + used.ru_stime - began.ru_utime - began.ru_stime
    print(f"{name}: {files} files; killed with {' and '.join(map(str, bars))} uploads in the books")
    print(f"{name}: then {done.stdout.strip()} ({seconds:.1f} CPU s; the bar ends with {bar[-1:]})")
    print(f"{name}: once more {again.stdout.strip()}")
    print(f"{name}: {uploads} uploads, {stored} files stored, {len(kept) - stored} cut off")
    whole = f" 0 new, {files} known" in again.stdout and f"{files}/{files}" in "".join(bar)
    return int((uploads, stored, whole) != (files, files, True) or not all(0 < at < files for at in bars))


def filled(folder: Path) -> int:
    """Put receipts into a folder, no two alike; tell how many."""
    folder.mkdir()
    kept = Path(os.environ.get("RECEIPTS", ROOT.parent / "shared" / "receipts" / "dev")) / "images"
    found = sorted(kept.iterdir())[:FILES] if kept.is_dir() else []
    for file in found:
        shutil.copy2(file, folder)
    for number in range(FILES - len(found)):
        (folder / f"{number}.png").write_bytes(papers.document("PNG"))
    return FILES


def command(folder: Path) -> list[str]:
    return [sys.executable, "manage.py", "ingest", str(folder)]


def killed(house: Installation, folder: Path, at: int) -> int:
    """Start the command and kill it once so many uploads are in; tell how many there are then."""
    process = subprocess.Popen(
        command(folder), cwd=ROOT, env=house.env, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )
    while count(house)["uploads"] < at and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    return count(house)["uploads"]


def count(house: Installation) -> dict[str, int]:
    store = house.ask(COUNT)["me"]["stores"][0]
    return {kind: int(store[kind]["totalCount"]) for kind in store}


def bills_twice(name: str, house: Installation) -> int:
    rows = [
        f"{2016 + n % 10}-{n % 12 + 1:02}-{n % 28 + 1:02},Shop {n % 300},{n % 90}.50,Thing {n % 70},{n % 90}.50"
        for n in range(BILLS)
    ]
    content = "\n".join(["date,merchant,total,item,item total", *rows, ""]).encode()
    said = []
    for _ in range(2):
        began = time.monotonic()
        answer = house.send_file(SEND, content, "past.csv")["importBills"]
        said.append(answer)
        print(f"{name}: {len(rows)} rows in {time.monotonic() - began:.1f} s: {answer}")
    bills = count(house)["bills"]
    print(f"{name}: {bills} bills")
    first, second = said
    return int((first["created"], second["created"], second["unchanged"], bills) != (BILLS, 0, BILLS, BILLS))
