"""The night over many stores with two years in their books: how long, and the same rows after kills.

`STORES=1000` says how many, `FORECASTS=10` how many of them are forecast too; DATABASE_URL says on what,
PostgreSQL or a file of SQLite. CPU seconds are those of the process and of the database together.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

MOST = 20.0  # CPU seconds for a thousand stores, without forecasts
MOST_FORECAST = 3.0  # CPU seconds a store, with three series
FORECAST = "insights.forecasts.keep"
KILLS = (0.2, 0.5, 0.9)  # of the stores are done when the night is killed
SMALL = 3  # stores at a time in a night that is killed
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu")


def main() -> int:
    os.environ.setdefault("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/night_prove")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from insights import nightly

    settings.NIGHTLY = [step for step in settings.NIGHTLY if step != FORECAST]
    if "NIGHT_DATABASE" in os.environ:
        connection.settings_dict["NAME"] = os.environ["NIGHT_DATABASE"]
        nightly.BATCH = SMALL
        return run()
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        return measure(connection, int(os.environ.get("STORES", "1000")))
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def run() -> int:
    from django.utils import timezone

    from insights import nightly

    outcome = nightly.run(stores=nightly.stores_of_night(), now=timezone.now())
    return int(bool(outcome.failed))


def measure(connection: Any, stores: int) -> int:
    from insights.models import Alert, Analysis, Night

    fill(stores)
    started, cpu = time.perf_counter(), spent(connection)
    failed = run()
    wall, used = time.perf_counter() - started, spent(connection) - cpu
    whole = rows()
    print(
        f"{connection.vendor}: {stores} stores, {Analysis.objects.count()} analyses and "
        f"{Alert.objects.count()} alerts kept in {wall:.1f} s, {used:.1f} s of CPU"
    )
    started = time.perf_counter()
    failed |= run()
    same = rows() == whole
    print(f"a second run: {time.perf_counter() - started:.2f} s, the same rows: {same}")
    for part in KILLS:
        for model in (Analysis, Alert, Night):
            model.objects.all().delete()
        done = killed(connection, round(part * stores))
        cut = len(rows())
        failed |= run()
        same &= 0 < cut < len(whole) and rows() == whole
        print(f"killed with {done} of {stores} stores done, {cut} of {len(whole)} rows; "
              f"and run again: the same rows: {rows() == whole}", flush=True)  # fmt: skip
    slow = used / stores * 1000 > MOST
    print(f"{used / stores * 1000:.1f} s of CPU for 1,000 stores, {MOST:.0f} allowed")
    slow |= forecast(connection, int(os.environ.get("FORECASTS", "10"))) > MOST_FORECAST
    return int(failed or slow or not same)


def forecast(connection: Any, stores: int) -> float:
    """Do the night of some stores with their forecasts of all series and grains; give the CPU seconds a store."""
    from django.conf import settings
    from django.utils import timezone

    from insights import nightly
    from insights.models import Forecast, Night

    settings.NIGHTLY = [*settings.NIGHTLY, FORECAST]
    Night.objects.all().delete()
    chosen = nightly.stores_of_night().filter(pk__in=nightly.stores_of_night().values("pk")[:stores])
    cpu = spent(connection)
    nightly.run(stores=chosen, now=timezone.now())
    each = (spent(connection) - cpu) / stores
    print(f"with {Forecast.objects.count()} forecasts of {stores} stores: {each:.2f} s of CPU a store, "
          f"{MOST_FORECAST:.0f} allowed")  # fmt: skip
    return each


def spent(connection: Any) -> float:
    """Give the CPU seconds of this process, and of the database where it runs on this machine."""
    used = time.process_time()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            stat = Path(f"/proc/{cursor.fetchone()[0]}/stat")
        if stat.exists():
            ticks = stat.read_text().rsplit(")", 1)[1].split()[11:13]
            used += sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")
    return used


def killed(connection: Any, stores: int) -> int:
    """Start a night in another process, and kill it once so many stores are done; count them."""
    from insights.models import Night

    environment = {**os.environ, "NIGHT_DATABASE": connection.settings_dict["NAME"]}
    command = [sys.executable, "tests/prove", "nightly"]
    with subprocess.Popen(command, env=environment) as child:
        while child.poll() is None and Night.objects.count() < stores:
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
    return Night.objects.count()


def rows() -> list[Any]:
    """Read all that the night has kept, without keys and times."""
    from insights.models import Alert, Analysis, Night

    skipped = ("id", "created_at", "updated_at")
    found: list[Any] = []
    for model, order in (
        (Analysis, ("store", "period", "start")),
        (Alert, ("store", "cause")),
        (Night, ("store",)),
    ):
        names = [field.attname for field in model._meta.concrete_fields if field.attname not in skipped]
        found += [str(row) for row in model.objects.order_by(*order).values_list(*names)]
    return found


def fill(stores: int) -> None:
    """Enter a bill, two orders and a reading a day for two years in each store; a seventh has a day to tell of."""
    from django.utils import timezone

    from catalog.models import Category, Product
    from core.models import Store
    from energy.models import Device, Reading, Tariff
    from receipts import books
    from receipts.models import Bill
    from sales.models import Order, OrderLine

    now = timezone.now()
    kinds = [books.built_in(key) for key in ("groceries", "office", "other")]
    for number in range(stores):
        store = Store.objects.create(
            name=f"Store {number}", currency="EUR", timezone=ZONES[number % 4], week_start=number % 7
        )
        product = Product.objects.create(
            store=store, name="Thing", unit_price="2", cost="1", category=Category.objects.create(
                store=store, name="Kind", kind="PRODUCT"
            ),
        )  # fmt: skip
        meter = Device.objects.create(store=store, name="Meter", in_use_from="2020-01-01")
        Tariff.objects.create(store=store, valid_from="2020-01-01", price="0.3", currency="EUR")
        days = [
            now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=n) for n in range(1, 731)
        ]
        Bill.objects.bulk_create(
            Bill(
                store=store, booked_on=day.date(), date=day.date(), currency="EUR", source="MANUAL",
                status="CONFIRMED", total="2000" if n == 0 and number % 7 == 0 else f"{n % 90 + 1}.25",
                category=kinds[n % 3],
            )
            for n, day in enumerate(days)
        )  # fmt: skip
        orders = Order.objects.bulk_create(
            Order(
                store=store, number=2 * n + part + 1, channel="COUNTER", status="COMPLETED", currency="EUR",
                total=n % 50 + 1, placed_at=day, closed_at=day + timedelta(hours=10 + part),
            )
            for n, day in enumerate(days)
            for part in (0, 1)
        )  # fmt: skip
        OrderLine.objects.bulk_create(
            OrderLine(
                order=order, position=1, product=product, name="Thing", quantity="1.000",
                unit_price=order.total, total=order.total,
            )
            for order in orders
        )  # fmt: skip
        Reading.objects.bulk_create(
            Reading(store=store, device=meter, start=day, end=day + timedelta(days=1), kwh=f"{n % 20}.5")
            for n, day in enumerate(days)
        )
    from django.db import connection

    from receipts import recount

    for store in Store.objects.all():
        recount.rebuild(store)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(f"{stores} stores with two years: {730 * stores:,} bills, {1460 * stores:,} orders, "
          f"{730 * stores:,} readings", flush=True)  # fmt: skip
