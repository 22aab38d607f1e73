"""Alerts and suggestions for tests, and books whose past makes a day unusual."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.models import Store
from insights.anomalies import window
from insights.models import Alert, Suggestion
from receipts import rollups
from receipts.books import built_in
from receipts.models import Bill

DAY = date(2026, 5, 5)  # a Tuesday
_numbers = itertools.count(1)


def alert(store: Store, **fields: Any) -> Alert:
    values = {
        "type": Alert.Type.SPIKE,
        "severity": Alert.Severity.LOW,
        "metric": "SPEND",
        "day": DAY,
        "cause": f"test:{next(_numbers)}",
        "message": "Spending on 5 May 2026: 500.00 EUR, where 50.00 to 150.00 EUR is usual.",
        "silence": "A day from 50.00 to 150.00 EUR is silent.",
        "currency": store.currency,
        "value": Decimal(500),
        **fields,
    }
    return Alert.objects.create(store=store, **values)


def suggestion(store: Store, **fields: Any) -> Suggestion:
    values = {
        "kind": "STANDING_CHARGE",
        "cause": f"test:{next(_numbers)}",
        "text": "Streamly has charged 9.99 EUR every month for 6 months. Is what it is for still used?",
        "saving": Decimal("9.99"),
        "currency": store.currency,
        "confidence": Decimal("0.30"),
        "found_on": DAY,
        **fields,
    }
    return Suggestion.objects.create(store=store, **values)


def past(until: date = DAY) -> Iterator[date]:
    """Count the days that are read to judge one, without it."""
    first = window(until)[0]
    return (first + timedelta(days=n) for n in range((until - first).days))


def spend(store: Store, amounts: dict[date, Any], **fields: Any) -> list[Bill]:
    """Enter a bill a day."""
    category = fields.pop("category", None) or built_in("groceries")
    made = Bill.objects.bulk_create(
        Bill(
            store=store,
            currency=store.currency,
            status=Bill.Status.CONFIRMED,
            source=Bill.Source.MANUAL,
            category=category,
            date=day,
            booked_on=day,
            total=Decimal(str(amount)),
            **fields,
        )
        for day, amount in amounts.items()
    )
    rollups.enter(made, [])
    return made


def usual(mean: float, *, seed: int = 1, until: date = DAY) -> dict[date, Decimal]:
    """Make up what is spent on each day of the past: a week's pattern and a tenth of chance."""
    chance = random.Random(seed)
    return {
        day: Decimal(str(round(mean * (1.4 if day.weekday() == 5 else 1) * chance.gauss(1, 0.1), 2)))
        for day in past(until)
    }
