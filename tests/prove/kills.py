"""Kill the worker over and over while it reads, and count what the books say afterwards.

KILLS (20) rounds on SQLite, and again on PostgreSQL where it listens: in each a receipt is
uploaded and its worker killed by SIGKILL up to four seconds into a reading; the last one finds the rest.
"""

import os
import random
import sys
import tempfile
import time
from pathlib import Path

import environ

from core.database import unreachable
from tests.live import ROOT, Installation, kill, postgres_database, wait_for

SAMPLE = ROOT / "demo" / "samples" / "us_grocery.jpg"
LEASE_SECONDS = 2
SEED = 7


def main() -> int:
    kills = int(os.environ.get("KILLS", "20"))
    url = os.environ.get("TEST_POSTGRES_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
    with tempfile.TemporaryDirectory() as folder:
        failed = prove("SQLite", Path(folder), "", kills)
    if unreachable(environ.Env.db_url_config(url)):
        print("PostgreSQL: not reached, not proved")
        return failed
    with tempfile.TemporaryDirectory() as folder, postgres_database(url, "tillsight_prove") as fresh:
        return failed | prove("PostgreSQL", Path(folder), fresh, kills)


def prove(name: str, folder: Path, url: str, kills: int) -> int:
    house = Installation(folder, url, WORKER_LEASE_SECONDS=str(LEASE_SECONDS), WORKER_ATTEMPTS="1000")
    try:
        house.web()
        house.register()
        return count(name, house, kills)
    finally:
        house.stop()


def count(name: str, house: Installation, kills: int) -> int:
    chance = random.Random(SEED)
    sample, killed_while_reading, started = SAMPLE.read_bytes(), 0, time.monotonic()
    for number in range(kills):
        # Bytes after the end of a JPEG are no part of the picture, but make it another file.
        house.upload(sample + number.to_bytes(4, "big"), f"{number}.jpg")
        attempts = sum(upload["attempts"] for upload in house.uploads())
        worker = house.worker()
        wait_for(lambda before=attempts: sum(upload["attempts"] for upload in house.uploads()) > before, 60)
        time.sleep(chance.uniform(0.0, 4.0))
        killed_while_reading += any(upload["status"] == "PROCESSING" for upload in house.uploads())
        kill(worker)
    house.worker()
    wait_for(lambda: all(upload["status"] == "COMPLETED" for upload in house.uploads()), 30 + 8 * kills)
    uploads = house.uploads()
    bills = [upload["bills"]["totalCount"] for upload in uploads]
    print(
        f"{name}: {kills} kills, {killed_while_reading} of them while reading; {len(uploads)} uploads, all completed; "
        f"{sum(bills)} bills, at most {max(bills)} an upload; {time.monotonic() - started:.0f} s"
    )
    return int(bills != [1] * kills)


if __name__ == "__main__":
    sys.exit(main())
