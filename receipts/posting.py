"""A reading enters the books: one transaction, and only while the lease on its upload holds."""

from __future__ import annotations

import math
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalog.models import Category
from core import audit
from receipts import books, learning, rereading, rollups, uploads
from receipts.draft import Draft, Evidence, Line, Reading, Source
from receipts.models import Bill, Item, Upload
from receipts.risk import UNSAID

TEXTS = {"address": 500, "number": 100}
COLUMNS = {"merchant": "merchant_name"}
VALUES = ("date", "time", "subtotal", "tax", "tip", "total")
LINE_VALUES = ("description", "quantity", "unit", "unit_price", "discount", "total")
# Of a value that the reader says nothing of, such as the store's own currency where the paper names none.
GUESSED = Evidence(confidence=UNSAID, source=Source.RULE)


@transaction.atomic
def post(*, upload: Upload, reading: Reading, duration_ms: int) -> list[Bill]:
    """Enter every receipt of a reading as a bill with its items, and end the upload.

    An upload that was read before keeps its bills: they take the new values, except what a
    person has set; those that the new reading does not find are voided unless confirmed.

    Raises: LeaseLost when another worker has taken the upload over; nothing is written then.
    """
    reading = Reading.model_validate(_storable(reading.model_dump()))
    ended = uploads.held(upload).update(
        status=Upload.Status.COMPLETED,
        stage=Upload.Stage.DONE,
        progress=uploads.DONE,
        error="",
        reader=reading.reader,
        fallback=reading.fallback[:300],
        raw=reading.raw,
        look=reading.looks[0] if reading.looks else "",
        duration_ms=duration_ms,
        completed_at=timezone.now(),
        lease=None,
        lease_expires_at=None,
    )
    if not ended:
        raise uploads.LeaseLost
    # Held until the end: what a person changes meanwhile comes before this or after it, never under it.
    known = {bill.position: bill for bill in Bill.objects.filter(upload=upload).select_for_update()}
    before = rollups.sums_of([bill.pk for bill in known.values()])
    articles = learning.Articles(upload.store)
    bills = [_enter(upload, draft, known.pop(draft.part, None), articles) for draft in reading.drafts]
    for bill in bills:
        if bill.status == Bill.Status.NEEDS_REVIEW:
            books.check(bill, looks=reading.looks)
    for bill in known.values():
        if bill.status == Bill.Status.NEEDS_REVIEW:
            _void(bill)
    uploads.tell(upload.pk)
    rollups.sums_of([bill.pk for bill in (*bills, *known.values())]).less(before).write()
    return bills


def _void(bill: Bill) -> None:
    before, bill.status = bill.status, Bill.Status.VOID
    bill.save(update_fields=["status", "updated_at"])
    books.check(bill)
    audit.record(
        store=bill.store,
        by=None,
        action="bill.void",
        node=bill,
        before={"status": before},
        after={"status": bill.status},
    )


def _storable(value: Any) -> Any:
    """Leave out what a database cannot hold: NUL, halves of surrogate pairs, and numbers that are none."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode(errors="ignore").decode()
    if isinstance(value, dict):
        return {_storable(key): _storable(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(held) for held in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _enter(upload: Upload, draft: Draft, bill: Bill | None, articles: learning.Articles) -> Bill:
    if bill is None:
        bill = Bill(
            store=upload.store, user=upload.user, upload=upload, position=draft.part, source=Bill.Source.AI
        )
    elif bill.status != Bill.Status.NEEDS_REVIEW:
        return bill
    kept = books.locked(bill)
    if "merchant_name" in kept:
        kept.add("merchant")
    if "tax" in kept:
        kept.add("taxes")
    values = _values(upload, draft)
    for name, value in values.items():
        if name not in kept:
            setattr(bill, name, value)
    bill.booked_on = bill.date or upload.created_at.astimezone(upload.store.zone).date()
    bill.evidence = {
        **_evidence(draft, values),
        **{name: found for name, found in bill.evidence.items() if name in kept},
    }
    bill.confidence = round(draft.confidence, 3)
    held = [item for item in bill.items.order_by("position") if books.held(item)] if bill.pk else []
    bill.verified = draft.verified and books.SUMMED.isdisjoint(kept) and not held
    bill.save()
    if "items" not in kept:
        _enter_lines(bill, draft, held, articles)
    return bill


def _enter_lines(bill: Bill, draft: Draft, held: list[Item], articles: learning.Articles) -> None:
    """Set the lines anew, but for those `held` by a person, which stay whole in the order of the paper."""
    bill.items.exclude(pk__in=[item.pk for item in held]).delete()
    lines = rereading.merged(draft.items, held)
    if held:  # out of the way first: a position is taken once
        bill.items.update(position=F("position") + len(lines) + held[-1].position)
    new = []
    for position, line in enumerate(lines, 1):
        if isinstance(line, Item):
            line.position = position
            line.save(update_fields=["position", "updated_at"])
        else:
            new.append(_item(bill, position, line, articles))
    Item.objects.bulk_create(new)


def _values(upload: Upload, draft: Draft) -> dict[str, Any]:
    merchant, name = learning.merchant_read(store=upload.store, name=draft.merchant or "")
    return {
        "merchant": merchant,
        "merchant_name": name,
        "currency": draft.currency or upload.store.currency,
        "category": _category(draft, merchant.category if merchant else None),
        **{name: (getattr(draft, name) or "")[:limit] for name, limit in TEXTS.items()},
        **{name: getattr(draft, name) for name in VALUES},
        "taxes": [tax.model_dump(mode="json") for tax in draft.taxes],
    }


def _evidence(draft: Draft, values: dict[str, Any]) -> dict[str, Any]:
    """Say of every value that there is where it was found and how sure it is."""
    found = {COLUMNS.get(name, name): evidence for name, evidence in draft.evidence.items()}
    given = {name for name, value in values.items() if value not in (None, "")} - {"merchant", "taxes"}
    there = {**dict.fromkeys(given, GUESSED), **found}
    if draft.merchant and values["merchant_name"] != " ".join(draft.merchant.split())[:200]:
        there["merchant_name"] = there["merchant_name"].model_copy(update={"source": Source.RULE})
    return {name: evidence.model_dump(mode="json") for name, evidence in there.items()}


def _category(draft: Draft, usual: Category | None) -> Category:
    return usual or books.built_in(draft.category or "other")


def _item(bill: Bill, position: int, line: Line, articles: learning.Articles) -> Item:
    known = articles.read(line.description)
    return Item(
        bill=bill,
        position=position,
        description=known.name if known else line.description,
        quantity=line.quantity if line.quantity is not None else 1,
        unit=line.unit,
        unit_price=line.unit_price,
        discount=line.discount,
        total=line.total,
        category=(known and known.category) or bill.category,
        evidence=_line_evidence(line, known),
    )


def _line_evidence(line: Line, known: learning.Article | None) -> dict[str, Any]:
    """Say where a line stands, and each of its values; one of no place of its own stands on the line."""
    found = line.evidence or GUESSED
    values = {name: found for name in LINE_VALUES if getattr(line, name) not in (None, "")} | line.values
    if known is not None:
        learned = found.model_copy(update={"source": Source.RULE})
        values |= {"description": learned} if known.name != line.description else {}
        values |= {"category": learned} if known.category else {}
    told = {name: evidence.model_dump(mode="json") for name, evidence in values.items()}
    return {**found.model_dump(mode="json"), "values": told}
