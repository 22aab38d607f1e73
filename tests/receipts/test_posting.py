"""Readings that enter the books: once, whole, and never over what a person has set."""

from __future__ import annotations

import threading
import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from core.models import AuditEntry
from receipts import bills, posting, uploads
from receipts.books import built_in, merchant_named
from receipts.draft import Draft, Evidence, Line, Reading, Source
from receipts.models import Bill, Item, Merchant, Upload
from tests import books
from tests.conftest import Person
from tests.ledger import everything

READ = Evidence(page=1, box=(0.1, 0.2, 0.3, 0.4), confidence=0.9, source=Source.OCR)


def claimed(upload: Upload) -> Upload:
    """Take an upload as a worker does."""
    lease = uuid.uuid4()
    Upload.objects.filter(pk=upload.pk).update(
        status=Upload.Status.PROCESSING, lease=lease, lease_expires_at=timezone.now() + timedelta(minutes=1)
    )
    return Upload.objects.select_related("store").get(pk=upload.pk)


@pytest.fixture
def upload(owner: Person) -> Upload:
    return claimed(books.upload(owner.store, user=owner.user))


def draft(part: int = 1, **values: Any) -> Draft:
    given = {
        "merchant": "Corner Bakery",
        "date": date(2026, 5, 4),
        "time": time(9, 30),
        "total": Decimal("5.00"),
        "items": (Line(description="Rye bread", total=Decimal("5.00"), evidence=READ),),
        "category": "cafe",
        "confidence": 0.87654,
        "evidence": {"merchant": READ, "total": READ},
        **values,
    }
    return Draft(part=part, **given)


def reading(*drafts: Draft, **more: Any) -> Reading:
    return Reading(reader="local", drafts=drafts, **{"raw": {"words": ["Rye bread", 5.0]}, **more})


def post(upload: Upload, *drafts: Draft, **more: Any) -> list[Bill]:
    return posting.post(upload=claimed(upload), reading=reading(*drafts, **more), duration_ms=1200)


def lines(bill: Bill) -> list[str]:
    return [item.description for item in Item.objects.filter(bill=bill).order_by("position")]


def test_a_draft_becomes_a_bill_with_its_items(owner: Person, upload: Upload) -> None:
    line = Line(
        description="Cheese",
        quantity=Decimal("0.350"),
        unit="kg",
        unit_price=Decimal("9.9900"),
        total=Decimal("3.50"),
    )
    values = {"currency": "GBP", "tax": Decimal("0.50"), "number": "A-1", "address": "1 High Street"}
    (bill,) = post(upload, draft(**values, items=(line, Line(description="Bag"))))
    bill.refresh_from_db()
    assert (bill.store, bill.user, bill.upload, bill.position) == (owner.store, owner.user, upload, 1)
    assert (bill.source, bill.status, bill.currency) == ("AI", "NEEDS_REVIEW", "GBP")
    assert (bill.merchant_name, bill.number, bill.address) == ("Corner Bakery", "A-1", "1 High Street")
    assert (bill.date, bill.time, bill.booked_on) == (date(2026, 5, 4), time(9, 30), date(2026, 5, 4))
    assert (bill.total, bill.tax, bill.tip, bill.confidence) == (
        Decimal("5.00"),
        Decimal("0.50"),
        None,
        Decimal("0.877"),
    )
    assert bill.merchant == Merchant.objects.get(name="Corner Bakery")
    assert bill.category == built_in("cafe")
    assert {name: found["source"] for name, found in bill.evidence.items()} == {
        **dict.fromkeys(("merchant_name", "total"), "OCR"),
        **dict.fromkeys(("address", "number", "date", "time", "currency", "tax", "category"), "RULE"),
    }
    assert bill.checks
    cheese, bag = Item.objects.filter(bill=bill).order_by("position")
    assert (cheese.quantity, cheese.unit, cheese.unit_price, cheese.total) == (
        Decimal("0.350"),
        "kg",
        Decimal("9.9900"),
        Decimal("3.50"),
    )
    assert (bag.quantity, bag.total, bag.category) == (1, None, built_in("cafe"))


def test_sums_that_prove_the_total_are_told_until_a_person_changes_an_amount(
    owner: Person, upload: Upload
) -> None:
    (bill,) = post(upload, draft(verified=True))
    assert bill.verified
    bills.update(bill=bill, by=owner.user, changes={"tax": Decimal("1.00")})
    (bill,) = post(upload, draft(verified=True))
    assert not bill.verified


def test_the_upload_is_completed_with_the_raw_answer_beside_it(upload: Upload) -> None:
    post(upload, draft(), raw={"answer": {"total": "5.00"}, "model": "m"})
    upload.refresh_from_db()
    assert (upload.status, upload.stage, upload.reader, upload.duration_ms) == (
        "COMPLETED",
        "DONE",
        "local",
        1200,
    )
    assert (upload.lease, upload.lease_expires_at, upload.error) == (None, None, "")
    assert upload.completed_at is not None
    assert upload.raw == {"answer": {"total": "5.00"}, "model": "m"}


def test_several_receipts_on_one_photo_are_several_bills(upload: Upload) -> None:
    found = post(upload, draft(1, total=Decimal(1)), draft(2, total=Decimal(2)), draft(3, merchant=None))
    assert [(bill.position, bill.total) for bill in found] == [(1, 1), (2, 2), (3, Decimal("5.00"))]
    assert Bill.objects.filter(upload=upload).count() == 3
    assert found[2].merchant is None
    assert [lines(bill) for bill in found] == [["Rye bread"]] * 3


def test_what_the_paper_does_not_say_is_null(owner: Person, upload: Upload) -> None:
    (bill,) = post(upload, Draft())
    bill.refresh_from_db()
    assert {
        getattr(bill, name) for name in ("merchant", "date", "time", "subtotal", "tax", "tip", "total")
    } == {None}
    assert (bill.merchant_name, bill.address, bill.number) == ("", "", "")
    assert (bill.currency, bill.category) == (owner.store.currency, built_in("other"))


def test_a_category_that_is_unknown_is_other(upload: Upload) -> None:
    (bill,) = post(upload, draft(category="witchcraft"))
    assert bill.category == built_in("other")


@pytest.mark.parametrize(
    "change", [{"lease": uuid.uuid4()}, {"lease": None, "status": "QUEUED"}, {"status": "COMPLETED"}]
)
def test_a_worker_that_has_lost_its_lease_writes_nothing(
    owner: Person, upload: Upload, change: dict[str, Any]
) -> None:
    Upload.objects.filter(pk=upload.pk).update(**change)
    before = everything()
    with pytest.raises(uploads.LeaseLost):
        posting.post(upload=upload, reading=reading(draft()), duration_ms=1)
    assert everything() == before


def test_a_reading_that_cannot_be_entered_leaves_nothing(upload: Upload) -> None:
    """Two drafts in one place: the second one breaks the unique key, and the first goes with it."""
    before = everything()
    with pytest.raises(Exception, match=r"(?i)unique"):
        posting.post(upload=upload, reading=reading(draft(1), draft(1)), duration_ms=1)
    assert everything() == before


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("UTC", date(2026, 5, 4)),
        ("Pacific/Kiritimati", date(2026, 5, 5)),
        ("Pacific/Pago_Pago", date(2026, 5, 4)),
    ],
)
def test_a_bill_without_a_date_counts_on_its_upload_day_at_the_store(
    owner: Person, upload: Upload, zone: str, day: date
) -> None:
    owner.store.timezone = zone
    owner.store.save()
    Upload.objects.filter(pk=upload.pk).update(created_at=datetime(2026, 5, 4, 12, 30, tzinfo=UTC))
    (bill,) = post(upload, draft(date=None))
    assert (bill.date, bill.booked_on) == (None, day)
    changed = bills.update(bill=bill, by=owner.user, changes={"date": date(2026, 1, 1)})
    assert changed.booked_on == date(2026, 1, 1)
    assert bills.update(bill=bill, by=owner.user, changes={"date": None}).booked_on == day


def test_the_upload_day_of_a_store_may_be_the_day_before(owner: Person, upload: Upload) -> None:
    owner.store.timezone = "America/Los_Angeles"
    owner.store.save()
    Upload.objects.filter(pk=upload.pk).update(created_at=datetime(2026, 1, 1, 5, 0, tzinfo=UTC))
    (bill,) = post(upload, draft(date=None))
    assert bill.booked_on == date(2025, 12, 31)


def test_a_merchants_usual_category_goes_before_the_readers(owner: Person, upload: Upload) -> None:
    Merchant.objects.create(store=owner.store, name="CORNER BAKERY", category=built_in("office"))
    (bill,) = post(upload, draft())
    assert bill.category == built_in("office")
    assert Item.objects.get(bill=bill).category == built_in("office")


def test_a_receipt_finds_the_merchant_that_its_own_was_merged_into(owner: Person, upload: Upload) -> None:
    from receipts import sorting

    old, new = books.merchant(owner.store, "corner bakery"), books.merchant(owner.store, "The Bakery")
    sorting.merge_merchants(source=old, into=new, by=owner.user)
    (bill,) = post(upload, draft())
    assert (bill.merchant, bill.merchant_name) == (new, "Corner Bakery")


def test_what_a_database_cannot_hold_is_left_out(upload: Upload) -> None:
    raw = {"te\x00xt": "a\x00b", "half": "\ud83d", "list": [float("nan"), 1.5, ("\x00",)], "🧾": None}
    items = (Line(description="Rye\x00 bread"), Line(description="\x00"))
    (bill,) = post(upload, draft(merchant="Corner\x00 Bakery", number="\x00", items=items), raw=raw)
    bill.refresh_from_db()
    upload.refresh_from_db()
    assert (bill.merchant_name, bill.number, lines(bill)) == ("Corner Bakery", "", ["Rye bread", ""])
    assert upload.raw == {"text": "ab", "half": "", "list": [None, 1.5, [""]], "🧾": None}


def test_long_texts_are_cut_to_what_the_row_holds(upload: Upload) -> None:
    (bill,) = post(upload, draft(merchant="m" * 500, address="a" * 500, number="n" * 100))
    bill.refresh_from_db()
    assert (len(bill.merchant_name), len(bill.address), len(bill.number)) == (200, 500, 100)


# --- Read again


def test_a_second_reading_brings_its_values_to_the_same_bill(upload: Upload) -> None:
    (first,) = post(upload, draft())
    (again,) = post(
        upload, draft(total=Decimal("6.00"), items=(Line(description="A"), Line(description="B")))
    )
    assert again.pk == first.pk
    assert (Bill.objects.get().total, lines(again)) == (Decimal("6.00"), ["A", "B"])
    assert set(again.evidence) == {"merchant_name", "total", "date", "time", "currency", "category"}


def test_a_second_reading_keeps_what_a_person_has_set(owner: Person, upload: Upload) -> None:
    (bill,) = post(upload, draft())
    changes = {
        "total": Decimal("7.00"),
        "merchant_name": "Bäckerei",
        "date": None,
        "category": built_in("office"),
    }
    bills.update(bill=bill, by=owner.user, changes=changes)
    other = Evidence(page=2, confidence=0.1, source=Source.LLM)
    again = draft(
        total=Decimal("6.00"),
        merchant="Someone",
        tax=Decimal("0.40"),
        evidence={"total": other, "tax": other},
    )
    (bill,) = post(upload, again)
    bill.refresh_from_db()
    assert (bill.total, bill.merchant_name, bill.date) == (Decimal("7.00"), "Bäckerei", None)
    assert bill.merchant is not None
    assert (bill.merchant.name, bill.category) == ("Bäckerei", built_in("office"))
    assert bill.booked_on == upload.created_at.date()
    assert bill.tax == Decimal("0.40")  # nobody has set it
    place = {"page": 1, "box": [0.1, 0.2, 0.3, 0.4]}  # where the first reading found it
    assert bill.evidence["total"] == {**place, "confidence": 1.0, "source": "USER", "locked": True}
    assert bill.evidence["tax"]["page"] == 2


def test_a_value_that_a_person_has_emptied_stays_empty(owner: Person, upload: Upload) -> None:
    (bill,) = post(upload, draft(tip=Decimal("1.00")))
    bills.update(bill=bill, by=owner.user, changes={"tip": None, "address": None})
    (bill,) = post(upload, draft(tip=Decimal("1.00"), address="1 High Street"))
    bill.refresh_from_db()
    assert (bill.tip, bill.address) == (None, "")


@pytest.mark.parametrize("act", ["add", "strike off"])
def test_a_second_reading_keeps_the_list_of_items_that_a_person_has_made(
    owner: Person, upload: Upload, act: str
) -> None:
    (bill,) = post(upload, draft(items=(Line(description="A"), Line(description="B"))))
    line = Item.objects.filter(bill=bill).first()
    if act == "add":
        bills.add_item(bill=bill, by=owner.user, new=bills.NewItem(description="C"))
    else:
        bills.remove_item(item=line, by=owner.user)
    kept = lines(bill)
    (bill,) = post(upload, draft(total=Decimal("6.00"), items=(Line(description="X"),)))
    assert (lines(bill), bill.total) == (kept, Decimal("6.00"))


def at(top: float) -> Evidence:
    return READ.model_copy(update={"box": (0.1, top, 0.9, top + 0.02)})


def priced(description: str, total: str, evidence: Evidence | None = None) -> Line:
    return Line(description=description, total=Decimal(total), evidence=evidence)


def test_a_second_reading_changes_every_line_but_the_one_that_a_person_has_corrected(
    owner: Person, upload: Upload
) -> None:
    first = (priced("Bred", "2.00", at(0.3)), priced("Mlik", "1.00", at(0.4)), priced("Tea", "3.00", at(0.5)))
    (bill,) = post(upload, draft(items=first, verified=True))
    milk = Item.objects.get(bill=bill, position=2)
    bills.update_item(item=milk, by=owner.user, changes={"description": "Milk", "total": Decimal("1.50")})
    again = (
        priced("Bread", "2.00", at(0.3)),
        priced("Jam", "9.00", at(0.34)),
        priced("M1lk", "7.00", at(0.401)),
    )
    for _ in range(2):  # whatever a reading adds or misses, and however often
        (bill,) = post(upload, draft(items=again, verified=True))
        found = Item.objects.filter(bill=bill).order_by("position")
        assert [(item.position, item.description, item.total) for item in found] == [
            (1, "Bread", Decimal("2.00")),
            (2, "Jam", Decimal("9.00")),
            (3, "Milk", Decimal("1.50")),
        ]
        assert found[2].pk == milk.pk
        assert not bill.verified  # the paper's sums say nothing of an amount that a person has set
    (bill,) = post(upload, draft(items=()))
    assert lines(bill) == ["Milk"]


@pytest.mark.parametrize(
    ("changes", "again", "then"),
    [
        ({"total": Decimal("1.50")}, [priced("Tea", "3.00"), priced("Milk", "1.00")], ["Tea", "Milk"]),
        ({"description": "Oat milk"}, [priced("Mi1k", "1.00"), priced("Tea", "3.00")], ["Oat milk", "Tea"]),
        ({"unit": "l"}, [priced("Tea", "3.00"), priced("Soap", "4.00")], ["Milk", "Tea", "Soap"]),
    ],
    ids=["by its name", "by its amount", "not found again"],
)
def test_a_corrected_line_without_a_place_is_known_again_by_what_it_says(
    owner: Person, upload: Upload, changes: dict[str, Any], again: list[Line], then: list[str]
) -> None:
    (bill,) = post(upload, draft(items=(priced("Milk", "1.00"), priced("Tea", "3.00"))))
    bills.update_item(item=Item.objects.get(bill=bill, position=1), by=owner.user, changes=changes)
    (bill,) = post(upload, draft(items=tuple(again)))
    assert lines(bill) == then


@pytest.mark.parametrize("status", [Bill.Status.CONFIRMED, Bill.Status.VOID])
def test_a_bill_that_a_person_has_decided_on_is_not_touched(upload: Upload, status: str) -> None:
    (bill,) = post(upload, draft())
    Bill.objects.filter(pk=bill.pk).update(status=status)
    before = everything()
    post(upload, draft(total=Decimal("9.99"), items=()))
    after = everything()
    assert (after["Bill"], after["Item"]) == (before["Bill"], before["Item"])


def test_a_receipt_that_is_not_found_again_is_void_unless_confirmed(owner: Person, upload: Upload) -> None:
    post(upload, draft(1), draft(2), draft(3))
    Bill.objects.filter(position=3).update(status=Bill.Status.CONFIRMED)
    post(upload, draft(1))
    statuses = dict(Bill.objects.values_list("position", "status"))
    assert statuses == {1: "NEEDS_REVIEW", 2: "VOID", 3: "CONFIRMED"}
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.after) == ("bill.void", None, {"status": "VOID"})
    bills.restore(bill=Bill.objects.get(position=2), by=owner.user)  # and can be brought back


def test_a_receipt_that_is_found_only_now_is_a_new_bill(upload: Upload) -> None:
    post(upload, draft(1))
    post(upload, draft(1), draft(2))
    assert Bill.objects.filter(upload=upload).count() == 2


# --- Together

on_postgresql = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_change_made_during_a_reading_is_not_overwritten(owner: Person) -> None:
    for _ in range(10):
        upload = books.upload(owner.store, user=owner.user)
        (bill,) = post(upload, draft())
        ready = threading.Barrier(2)

        def read(upload: Upload = upload, ready: threading.Barrier = ready) -> None:
            mine = claimed(upload)
            ready.wait(timeout=30)
            posting.post(upload=mine, reading=reading(draft(total=Decimal("6.00"))), duration_ms=1)
            connections.close_all()

        reader = threading.Thread(target=read)
        reader.start()
        ready.wait(timeout=30)
        bills.update(bill=bill, by=owner.user, changes={"total": Decimal("7.00")})
        reader.join(timeout=30)
        bill.refresh_from_db()
        assert bill.total == Decimal("7.00")
        assert bill.evidence["total"]["locked"] is True


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_twins_enter_a_merchant_once(owner: Person) -> None:
    for number in range(5):
        ready, found = threading.Barrier(4), []

        def enter(number: int = number, ready: threading.Barrier = ready, found: list[Any] = found) -> None:
            ready.wait(timeout=30)
            found.append(merchant_named(store=owner.store, name=f"Shop {number}"))
            connections.close_all()

        threads = [threading.Thread(target=enter) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
        assert len(found) == 4
        assert len(set(found)) == 1
