"""Rows for tests, with values that make sense unless said otherwise."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from core.models import Store
from receipts import books, rollups
from receipts.models import Bill, Item, Merchant, Upload

_numbers = itertools.count(1)


def bill(store: Store, **fields: Any) -> Bill:
    values: dict[str, Any] = {
        "merchant_name": "Corner Bakery",
        "currency": store.currency,
        "total": Decimal("10.00"),
        "status": Bill.Status.CONFIRMED,
        "source": Bill.Source.MANUAL,
        "date": date(2026, 5, 4),
        **fields,
    }
    values.setdefault("booked_on", values["date"] or date(2026, 5, 4))
    values["booked_on"] = date.fromisoformat(str(values["booked_on"]))
    values.setdefault("category", books.built_in("groceries"))
    made = Bill.objects.create(store=store, **values)
    rollups.enter([made], [])
    return made


def item(of: Bill, **fields: Any) -> Item:
    values = {"description": "Rye bread", "total": Decimal("2.50"), "category": of.category, **fields}
    values.setdefault("position", of.items.count() + 1)
    made = Item.objects.create(bill=of, **values)
    rollups.enter([], [made])
    return made


def merchant(store: Store, name: str = "") -> Merchant:
    return Merchant.objects.create(store=store, name=name or f"Merchant {next(_numbers)}")


def upload(store: Store, **fields: Any) -> Upload:
    digest = f"{next(_numbers):064x}"
    values = {
        "file": f"receipts/{digest[:2]}/{digest}.jpg",
        "filename": "photo.jpg",
        "content_type": "image/jpeg",
        "size": 1000,
        "sha256": digest,
        "not_before": timezone.now(),
        **fields,
    }
    return Upload.objects.create(store=store, **values)
