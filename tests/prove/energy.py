"""Figures over two years of hourly readings of twenty devices, beside SQL written by hand for the same answer."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

MOST = 1.5  # times as long as the SQL, at the most
ROUNDS = 15
ASKED = """totalConsumption avgDailyConsumption peakConsumption { date kwh hourStart hourKwh }
    cost { amount currency unpricedKwh } dailyData { date consumption cost }
    weeklyData { start end consumption cost } monthlyData { start end consumption cost }
    deviceBreakdown { name consumption share cost } categoryBreakdown { name consumption share cost }"""
MORE = """ nightBaseLoad { kw nights } coverage { share missingCount } kwhPerOrder { kwh orders }
    estimated { fromReadings fromRatedPower } predictedNextMonth { consumption error }
    previousPeriod { consumption ratio } yearBefore { consumption ratio }"""
DOCUMENT = 'query ($id: ID!) {{ store(id: $id) {{ energy(range: "2024-01-01..2025-12-31") {{ {} }} }} }}'

# Every figure of ASKED, for meters that read whole local hours alone: no parting, no estimates. Written as two
# statements, which PostgreSQL may run by several processes each, and as one that looks at each reading once.
BY_HOUR = """WITH hours AS (
    SELECT start, sum(kwh) AS kwh FROM energy_reading
    WHERE store_id = %(store)s AND current AND start >= %(start)s AND start < %(end)s GROUP BY start
), priced AS (
    SELECT start, kwh, (start AT TIME ZONE 'Europe/Berlin')::date AS day,
        CASE WHEN extract(hour FROM start AT TIME ZONE 'Europe/Berlin') BETWEEN 6 AND 21 THEN 0.3 ELSE 0.2 END AS price
    FROM hours
), days AS (SELECT day, sum(kwh) AS kwh, sum(kwh * price) AS cost FROM priced GROUP BY day)"""
FIGURES = """
SELECT 'day', day::text, kwh, cost FROM days
UNION ALL SELECT 'week', date_trunc('week', day)::text, sum(kwh), sum(cost) FROM days GROUP BY 2
UNION ALL SELECT 'month', date_trunc('month', day)::text, sum(kwh), sum(cost) FROM days GROUP BY 2
UNION ALL (SELECT 'hour', start::text, kwh, 0 FROM hours ORDER BY kwh DESC LIMIT 1)"""
CHANGES = """SELECT array_agg((day + clock) AT TIME ZONE 'Europe/Berlin' ORDER BY day, clock) AS of_price
    FROM generate_series('2024-01-01'::timestamp, '2025-12-30', '1 day') AS day,
        (VALUES ('6 hours'::interval), ('22 hours')) AS clocks (clock)"""
PRICE = "CASE price WHEN 1 THEN 0.3 ELSE 0.2 END"
BY_DEVICE = f"""SELECT 'device', device.name, sum(kwhs), sum(kwhs * {PRICE}) FROM (
    SELECT device_id, price, sum(kwh) AS kwhs FROM (
        SELECT device_id, kwh, width_bucket(start, of_price) %% 2 AS price
        FROM energy_reading, ({CHANGES}) AS changes
        WHERE store_id = %(store)s AND current AND start >= %(start)s AND start < %(end)s OFFSET 0
    ) AS priced GROUP BY 1, 2
) AS summed JOIN energy_device AS device ON device.id = device_id GROUP BY device.id"""
AT_ONCE = f"""SET LOCAL work_mem = '32MB';
WITH sums AS MATERIALIZED (
    SELECT start, device_id, price, sum(kwh) AS kwh FROM (
        SELECT start, device_id, kwh, width_bucket(start, of_price) %% 2 AS price
        FROM energy_reading, ({CHANGES}) AS changes
        WHERE store_id = %(store)s AND current AND start >= %(start)s AND start < %(end)s OFFSET 0
    ) AS priced GROUP BY GROUPING SETS ((start, price), (device_id, price))
), hours AS (SELECT start, kwh, price FROM sums WHERE start IS NOT NULL), days AS MATERIALIZED (
    SELECT (start AT TIME ZONE 'Europe/Berlin')::date AS day, sum(kwh) AS kwh, sum(kwh * {PRICE}) AS cost
    FROM hours GROUP BY 1
) {FIGURES}
UNION ALL SELECT 'device', device.name, sum(kwh), sum(kwh * {PRICE})
    FROM sums JOIN energy_device AS device ON device.id = device_id GROUP BY device.id"""
BY_HAND = {"in two statements": (BY_HOUR + FIGURES, BY_DEVICE), "in one": (AT_ONCE,)}
FILL = """INSERT INTO energy_reading
    (store_id, device_id, start, "end", kwh, quality, location, notes, source, current, created_at)
    SELECT store_id, id, hour, hour + interval '1 hour', round((random() * 3)::numeric, 6), 'MEASURED', '', '', '',
        true, now()
    FROM energy_device, generate_series(
        '2023-12-31 23:00Z'::timestamptz, '2025-12-30 22:00Z'::timestamptz, '1 hour') AS hour"""


def main() -> int:
    os.environ.setdefault("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/energy_prove")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
    import django

    django.setup()
    from django.db import connection

    if connection.vendor != "postgresql":
        print("This is measured on PostgreSQL: name one by DATABASE_URL.")
        return 1
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        return measure(*furnish())
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def furnish() -> tuple[Any, Any]:
    """Make a store with two years of readings of twenty devices, and of another store as many."""
    from django.db import connection

    from energy.models import Device, DeviceCategory, Tariff
    from tests.conftest import person

    owner = person("owner@example.com")
    other = person("other@example.com")
    for who in (owner, other):
        type(who.store).objects.filter(pk=who.store.pk).update(timezone="Europe/Berlin")
        kind = DeviceCategory.objects.create(store=who.store, name="Cooling")
        for number in range(20):
            Device.objects.create(
                store=who.store, name=f"Device {number}", category=kind if number % 2 else None,
                in_use_from="2024-01-01",
            )  # fmt: skip
        tariff = Tariff.objects.create(store=who.store, valid_from="2024-01-01", price="0.3", currency="EUR")
        tariff.bands.create(starts="22:00", ends="06:00", price="0.2")
    with connection.cursor() as cursor:
        cursor.execute(FILL)
        cursor.execute("ANALYZE energy_reading")
        cursor.execute("SELECT count(*) FROM energy_reading WHERE store_id = %s", [owner.store.pk])
        print(f"{cursor.fetchone()[0]:,} readings of the store, as many of another")
    return owner, connection


def measure(owner: Any, connection: Any) -> int:
    """Time both in turns, so that a busy moment falls on both."""
    from django.test.utils import CaptureQueriesContext

    runs: dict[str, Callable[[], Any]] = {
        "store.energy": lambda: ask(owner, ASKED),
        "with all figures": lambda: ask(owner, ASKED + MORE),
        **{f"by hand {how}": partial(by_hand, connection, owner.store.pk, how) for how in BY_HAND},
    }
    with CaptureQueriesContext(connection) as statements:
        answer = ask(owner, ASKED)
    count = len(statements)
    if not all(agree(answer, by_hand(connection, owner.store.pk, how)) for how in BY_HAND):
        print("days, devices or the hour of the peak differ")
        return 1
    took: dict[str, list[tuple[float, float]]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            started, used = time.perf_counter(), cpu_seconds(connection)
            run()
            took[name].append((time.perf_counter() - started, cpu_seconds(connection) - used))
    middle = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in took.items()
    }
    for name, (wall, cpu) in middle.items():
        least = min(took[name])[0]
        print(f"{name:<26} p50 {wall * 1000:5.0f} ms, CPU {cpu * 1000:5.0f} ms; least {least * 1000:5.0f} ms")
    hands = [row for name, row in middle.items() if name.startswith("by hand")]
    best = [min(column) for column in zip(*hands, strict=True)]
    wall, cpu = (mine / theirs for mine, theirs in zip(middle["store.energy"], best, strict=True))
    print(
        f"{wall:.2f} times as long as the faster SQL ({cpu:.2f} by CPU), {MOST} allowed; {count} statements of the "
        f"whole request; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    return int(wall > MOST)


def cpu_seconds(connection: Any) -> float:
    """Give the CPU time of this process and of the database's own for it (its helpers are not counted)."""
    server = Path(f"/proc/{connection.connection.info.backend_pid}/stat")
    ticks = server.read_text().rsplit(")", 1)[1].split()[11:13] if server.exists() else ()
    return time.process_time() + sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def ask(owner: Any, asked: str) -> Any:
    from django.test import Client

    body = {"query": DOCUMENT.format(asked), "variables": {"id": owner.store_id}}
    sent = Client(headers={"Authorization": f"Bearer {owner.token}"}).post(
        "/graphql/", json.dumps(body), content_type="application/json"
    )
    return json.loads(sent.content)["data"]["store"]["energy"]


def by_hand(connection: Any, store: int, how: str) -> list[Any]:
    found: list[Any] = []
    with connection.cursor() as cursor:
        for sql in BY_HAND[how]:
            cursor.execute(sql, {"store": store, "start": "2023-12-31 23:00Z", "end": "2025-12-30 23:00Z"})
            found += cursor.fetchall()
    return found


def agree(answer: Any, rows: list[Any]) -> bool:
    """Tell whether both say the same of days, devices and the hour of the peak."""
    said = {
        (kind, name): (f"{kwh:.6f}", f"{cost:.2f}")
        for kind, name, kwh, cost in rows
        if kind in ("day", "device")
    }
    days = {("day", day["date"]): (day["consumption"], day["cost"]) for day in answer["dailyData"]}
    devices = {
        ("device", row["name"]): (row["consumption"], row["cost"]) for row in answer["deviceBreakdown"]
    }
    peak = [f"{kwh:.6f}" for kind, _, kwh, _ in rows if kind == "hour"]
    return said == days | devices and peak == [answer["peakConsumption"]["hourKwh"]]
