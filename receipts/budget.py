"""How many questions a store may ask models on one day; the local reader takes the other receipts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import F

from core.models import Store
from receipts import books
from receipts.draft import Reading
from receipts.models import ModelUse, Upload
from receipts.readers import choice, einvoice
from receipts.readers.local import Local


@dataclass(frozen=True)
class Turn:
    """Who is to read an upload, and what that was counted for."""

    store: Store
    wanted: str
    reader: str
    counted_on: date | None = None

    def settle(self, reading: Reading) -> Reading:
        """Say in the reading that a model was wanted, and uncount it where none was needed."""
        if self.reader != self.wanted and reading.reader == Local.name:
            most = most_per_day(self.store)
            reason = f"The {most} readings by a model that this store has a day are used up."
            return choice.fallen_back(reading, wanted=self.wanted, reason=reason)
        if self.counted_on and reading.reader == einvoice.NAME:
            mine = ModelUse.objects.filter(store=self.store, day=self.counted_on, readings__gt=0)
            mine.update(readings=F("readings") - 1)
        return reading


def turn(upload: Upload) -> Turn:
    """Choose who reads an upload: who was asked for, else the store's or the server's, within the budget."""
    store = upload.store
    wanted = upload.wanted_reader or store.receipt_reader or settings.RECEIPT_READER
    if not choice.is_paid(wanted):
        return Turn(store, wanted, wanted)
    today = books.today(store)
    return Turn(store, wanted, wanted, today) if take(store, today) else Turn(store, wanted, Local.name)


def most_per_day(store: Store) -> int:
    """Give the store's own limit, which the server's bounds."""
    own: int | None = store.model_readings_per_day
    server: int = settings.MODEL_READINGS_PER_DAY
    return server if own is None else min(own, server)


def take(store: Store, day: date) -> bool:
    """Count one more question to a model if the budget allows it; workers count one after the other."""
    ModelUse.objects.bulk_create([ModelUse(store=store, day=day)], ignore_conflicts=True)
    left = ModelUse.objects.filter(store=store, day=day, readings__lt=most_per_day(store))
    return left.update(readings=F("readings") + 1) > 0
