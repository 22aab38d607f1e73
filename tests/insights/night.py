"""A night in a process of its own, which may kill itself at its n-th statement: `fill`, `run N`, `rows`."""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import django

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
STORES, DAYS = 5, 40  # too short a history for the models that take a second to fit


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
    django.setup()
    command, *rest = sys.argv[1:]
    if command == "fill":
        fill()
    elif command == "run":
        run(int(rest[0]))
    else:
        sys.stdout.write("\n".join(rows()))


def fill() -> None:
    """Enter some weeks of each store's books: each has something to tell and to suggest."""
    from core.models import Store
    from energy.models import Reading
    from insights.models import AlertRule
    from tests import books, energy_books, shop, till

    for number in range(STORES):
        store = Store.objects.create(name=f"Store {number}", currency="EUR", timezone="Europe/Berlin")
        flour = shop.product(store, name="Flour")
        meter = energy_books.device(store)
        AlertRule.objects.create(store=store, metric="SPEND", comparison="ABOVE", threshold=500)
        for n in range(DAYS):
            day = (NOW - timedelta(days=n + 1)).replace(hour=10)
            total = "900.00" if n == 0 else f"{20 + n % 7}.50"
            bill = books.bill(store, date=day.date(), merchant_name="Mill", total=Decimal(total))
            books.item(bill, description="Rye", quantity=1, total=Decimal(total))
            till.order(store, (flour, "1", f"{30 + n % 5}.00"), at=day)
            Reading.objects.create(
                store=store, device=meter, start=day, end=day + timedelta(hours=23), kwh=f"{n % 4 + 1}.5"
            )


def run(most: int) -> None:
    """Do the night, two stores at a time; after `most` statements the process is gone, if that is not 0."""
    from django.db import connection

    from insights import nightly

    count = 0

    def watched(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        nonlocal count
        count += 1
        if count == most:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    nightly.BATCH = 2
    with connection.execute_wrapper(watched):
        outcome = nightly.run(stores=nightly.stores_of_night(), now=NOW)
    assert not outcome.failed, outcome
    sys.stdout.write("\n".join([str(count), *rows()]))


def rows() -> list[str]:
    """Read all that a night keeps, without keys and times."""
    from core.models import Event
    from insights.models import Alert, Analysis, Forecast, ForecastModel, Night, Suggestion

    skipped = ("id", "created_at", "updated_at", "model_id", "node_id", "node", "key")
    found = []
    for model in (Analysis, Alert, Suggestion, ForecastModel, Forecast, Night, Event):
        names = [field.attname for field in model._meta.concrete_fields if field.attname not in skipped]
        if model is Forecast:
            names += ["model__store", "model__metric", "model__grain"]
        found += sorted(f"{model.__name__} {row}" for row in model.objects.values_list(*names))
    return found


if __name__ == "__main__":
    main()
