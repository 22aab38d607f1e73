"""The night over many stores with two years in their books: how long, and the same rows after a kill.

`STORES=1000` says how many; DATABASE_URL says on what, PostgreSQL or a file of SQLite.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

MOST = 20.0  # CPU seconds of the process for a thousand stores, without forecasts
STEPS = "insights.snapshots.keep"
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu")


def main() -> int:
    os.environ.setdefault("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/night_prove")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    settings.NIGHTLY = [STEPS]
    if "NIGHT_DATABASE" in os.environ:
        connection.settings_dict["NAME"] = os.environ["NIGHT_DATABASE"]
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
    from insights.models import Analysis, Night

    fill(stores)
    started, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_utime
    failed = run()
    wall = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_SELF).ru_utime - cpu
    whole = rows()
    print(
        f"{connection.vendor}: {stores} stores, {len(whole)} analyses kept in {wall:.1f} s, {used:.1f} s of CPU"
    )
    started = time.perf_counter()
    failed |= run()
    print(f"a second run: {time.perf_counter() - started:.2f} s, the same rows: {rows() == whole}")
    failed |= rows() != whole
    Analysis.objects.all().delete()
    Night.objects.all().delete()
    at = killed(connection, wall / 2)
    print(f"killed with {at} of {len(whole)} rows")
    failed |= run()
    print(f"and run again: the same rows: {rows() == whole}")
    slow = used / stores * 1000 > MOST
    print(f"{used / stores * 1000:.1f} s of CPU for 1,000 stores, {MOST:.0f} allowed")
    return int(failed or slow or rows() != whole)


def killed(connection: Any, seconds: float) -> int:
    """Start a night in another process, kill it in the middle, and count what it has kept."""
    from insights.models import Analysis

    environment = {**os.environ, "NIGHT_DATABASE": connection.settings_dict["NAME"]}
    command = [sys.executable, "tests/prove", "nightly"]
    with subprocess.Popen(command, env=environment) as child:
        while child.poll() is None and not Analysis.objects.exists():
            time.sleep(0.05)
        time.sleep(seconds / 2)
        child.send_signal(signal.SIGKILL)
    return Analysis.objects.count()


def rows() -> list[Any]:
    from insights.models import Analysis

    skipped = ("id", "created_at", "updated_at")
    names = [field.attname for field in Analysis._meta.concrete_fields if field.attname not in skipped]
    return list(Analysis.objects.order_by("store", "period", "start").values_list(*names))


def fill(stores: int) -> None:
    """Enter a bill, two orders and a reading a day for two years in each store."""
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
                status="CONFIRMED", total=f"{n % 90 + 1}.25", category=kinds[n % 3],
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
