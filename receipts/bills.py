"""Bills and their items as people enter and change them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from catalog.models import Category
from core import audit
from core.errors import Code, Refused
from core.models import Store, User
from receipts import books, learning, rollups
from receipts.models import Bill, Item, Upload

LIMITS = {"merchant_name": 200, "address": 500, "number": 100, "notes": 1000, "description": 500, "unit": 20}
MAX_ITEMS = 500
# Digits before and after the point: what the columns hold.
AMOUNTS = {
    **dict.fromkeys(("subtotal", "tax", "tip", "total", "discount"), (12, 2)),
    "unit_price": (10, 4),
    "quantity": (9, 3),
}
PLACES = {name: Decimal(1).scaleb(-places) for name, (_, places) in AMOUNTS.items()}
PICTURE = (
    "merchant", "merchant_name", "address", "number", "date", "time", "currency", "subtotal", "tax", "tip",
    "total", "category", "status", "notes",
)  # fmt: skip
ITEM_PICTURE = ("description", "quantity", "unit", "unit_price", "discount", "total", "category")


@dataclass(frozen=True, kw_only=True)
class NewItem:
    description: str
    quantity: Decimal = Decimal(1)
    unit: str = ""
    unit_price: Decimal | None = None
    discount: Decimal | None = None
    total: Decimal | None = None
    category: Category | None = None


@dataclass(frozen=True, kw_only=True)
class NewBill:
    merchant_name: str = ""
    address: str = ""
    number: str = ""
    date: date | None = None
    time: time | None = None
    currency: str = ""
    subtotal: Decimal | None = None
    tax: Decimal | None = None
    tip: Decimal | None = None
    total: Decimal | None = None
    category: Category | None = None
    source: str = Bill.Source.MANUAL
    notes: str = ""
    items: tuple[NewItem, ...] = field(default=())


@transaction.atomic
def create(*, store: Store, by: User, new: NewBill) -> Bill:
    """Enter a bill by hand, or one that a front end has read itself; the latter waits for review.

    Raises: Refused with INVALID and the field at fault.
    """
    if len(new.items) > MAX_ITEMS:
        raise Refused(Code.INVALID, f"A bill has at most {MAX_ITEMS} items.", "items")
    values = {
        name: getattr(new, name)
        for name in (
            "merchant_name",
            "address",
            "number",
            "date",
            "time",
            "subtotal",
            "tax",
            "tip",
            "total",
            "notes",
        )
    }
    check_values(values)
    merchant = books.merchant_named(store=store, name=new.merchant_name)
    category = new.category or (merchant and merchant.category) or books.built_in("other")
    bill = Bill(
        **values,
        store=store,
        user=by,
        merchant=merchant,
        currency=currency_code(new.currency or store.currency),
        booked_on=new.date or books.today(store),
        category=books.usable(category, store, "category"),
        source=new.source,
        status=Bill.Status.NEEDS_REVIEW if new.source == Bill.Source.CLIENT else Bill.Status.CONFIRMED,
    )
    items = [
        _item(bill, position, item, "items", str(position - 1)) for position, item in enumerate(new.items, 1)
    ]
    books.enter(bill, items)
    audit.record(store=store, by=by, action="bill.create", node=bill, after=audit.picture(bill, *PICTURE))
    rollups.enter([bill], items)
    return bill


@transaction.atomic
def update(*, bill: Bill, by: User, changes: dict[str, Any]) -> Bill:
    """Change some fields of a bill; what a person has set, no later reading changes.

    Raises: Refused with INVALID and the field at fault, or CONFLICT for a void bill.
    """
    bill = open_to_change(bill)
    check_values(changes)
    before = audit.picture(bill, *PICTURE)
    changes = dict(changes)
    if changes.get("currency") is not None:
        changes["currency"] = currency_code(changes["currency"])
    if changes.get("status") == Bill.Status.VOID:
        raise Refused(Code.INVALID, "Use deleteBill to void a bill.", "status")
    sorted_by_hand = changes.get("category") is not None and bill.upload_id is not None
    if "category" in changes:
        chosen = changes["category"] or books.built_in("other")
        changes["category"] = books.usable(chosen, bill.store, "category")
    was = bill.merchant
    if "merchant_name" in changes:
        bill.merchant = books.merchant_named(store=bill.store, name=changes["merchant_name"] or "")
    read = None if "merchant_name" in books.locked(bill) or bill.upload_id is None else bill.merchant_name
    for name, value in changes.items():
        setattr(bill, name, "" if value is None and name in LIMITS else value)
    if "date" in changes:
        entered = (bill.upload or bill).created_at
        bill.booked_on = bill.date or entered.astimezone(bill.store.zone).date()
    books.lock(bill, *(name for name in changes if name != "status"))
    with rollups.following(bill.pk):
        bill.save()
        if "merchant_name" in changes and read:
            learning.merchant_corrected(bill=bill, read=read, was=was)
        if sorted_by_hand:
            learning.category_chosen(bill=bill, category=bill.category)
        books.check(bill)
    audit.record(
        store=bill.store,
        by=by,
        action="bill.update",
        node=bill,
        before=before,
        after=audit.picture(bill, *PICTURE),
    )
    return bill


@transaction.atomic
def confirm(*, bill: Bill, by: User) -> Bill:
    """Stand behind a bill as it is; it leaves the review queue, and no later reading changes it.

    Raises: Refused with CONFLICT for a void bill.
    """
    bill = open_to_change(bill)
    with rollups.following(bill.pk):
        _move(bill, by, "bill.confirm", before=bill.status, after=Bill.Status.CONFIRMED)
    return bill


@transaction.atomic
def void(*, bill: Bill, by: User) -> Bill:
    """Take a bill out of all figures; it stays in the books and can be restored."""
    with rollups.following(bill.pk):
        if _move(bill, by, "bill.void", before=bill.status, after=Bill.Status.VOID):
            books.check(bill)
    return bill


@transaction.atomic
def restore(*, bill: Bill, by: User) -> Bill:
    """Bring a void bill back for review.

    Raises: Refused with CONFLICT when it is not void, or when its bytes came in again meanwhile.
    """
    bill = _locked(bill)
    if bill.status != Bill.Status.VOID:
        raise Refused(Code.CONFLICT, "This bill is not void.", "bill")
    # Held until the end: the same bytes may be coming in.
    upload = Upload.objects.select_for_update().filter(pk=bill.upload_id).first()
    if upload is not None and upload.superseded:
        raise Refused(
            Code.CONFLICT, "The same receipt was uploaded again: that upload's bill counts.", "bill"
        )
    with rollups.following(bill.pk):
        _move(bill, by, "bill.restore", before=bill.status, after=Bill.Status.NEEDS_REVIEW)
        books.check(bill)
    return bill


@transaction.atomic
def add_item(*, bill: Bill, by: User, new: NewItem) -> Item:
    """Add a line at the end of a bill.

    Raises: Refused with INVALID and the field at fault, or CONFLICT for a void or full bill.
    """
    bill = open_to_change(bill)
    if bill.items.count() >= MAX_ITEMS:
        raise Refused(Code.CONFLICT, f"A bill has at most {MAX_ITEMS} items.", "bill")
    last = bill.items.aggregate(last=Max("position"))["last"] or 0
    item = _item(bill, last + 1, new)
    with rollups.following(bill.pk):
        item.save()
        _items_changed(bill)
    audit.record(
        store=bill.store, by=by, action="item.add", node=item, after=audit.picture(item, *ITEM_PICTURE)
    )
    return item


@transaction.atomic
def update_item(*, item: Item, by: User, changes: dict[str, Any]) -> Item:
    """Change some fields of a line; no later reading changes this line then, though it may the others.

    Raises: Refused with INVALID and the field at fault, CONFLICT for a void bill, or NOT_FOUND.
    """
    bill = open_to_change(item.bill)
    item = _still_there(item)
    check_values(changes)
    before = audit.picture(item, *ITEM_PICTURE)
    taught, changes = changes, dict(changes)
    if "category" in changes:
        changes["category"] = books.usable(changes["category"] or bill.category, bill.store, "category")
    if "description" in changes and not (changes["description"] or "").strip():
        raise Refused(Code.REQUIRED, "An item needs a description.", "description")
    if "quantity" in changes and changes["quantity"] is None:
        raise Refused(Code.REQUIRED, "An item needs a quantity.", "quantity")
    for name, value in changes.items():
        setattr(item, name, "" if value is None and name in LIMITS else value)
    item.evidence = books.set_by_person(item.evidence, changes)
    with rollups.following(bill.pk):
        item.save()
        if bill.upload_id is not None:
            learning.item_corrected(item=item, read=before["description"], changes=taught)
        bill.verified = bill.verified and books.SUMMED_OF_LINE.isdisjoint(changes)
        bill.save(update_fields=["verified", "updated_at"])
        books.check(bill)
    after = audit.picture(item, *ITEM_PICTURE)
    audit.record(store=bill.store, by=by, action="item.update", node=item, before=before, after=after)
    return item


@transaction.atomic
def remove_item(*, item: Item, by: User) -> Bill:
    """Strike a line off its bill; the audit keeps it.

    Raises: Refused with CONFLICT for a void bill, or NOT_FOUND when it is off already.
    """
    bill = open_to_change(item.bill)
    item = _still_there(item)
    audit.record(
        store=bill.store, by=by, action="item.remove", node=item, before=audit.picture(item, *ITEM_PICTURE)
    )
    with rollups.following(bill.pk):
        item.delete()
        _items_changed(bill)
    return bill


def _still_there(item: Item) -> Item:
    """Read a line afresh, once its bill is held."""
    fresh: Item | None = Item.objects.filter(pk=item.pk).first()
    if fresh is None:
        raise Refused(Code.NOT_FOUND, "There is no such item.", "item")
    return fresh


def _items_changed(bill: Bill) -> None:
    """Keep the lines as they are now: a later reading neither adds one nor takes one back."""
    books.lock(bill, "items")
    bill.save(update_fields=["evidence", "verified", "updated_at"])
    books.check(bill)


def _move(bill: Bill, by: User, action: str, *, before: str, after: str) -> bool:
    if (
        not Bill.objects.filter(pk=bill.pk)
        .exclude(status=after)
        .update(status=after, updated_at=timezone.now())
    ):
        return False  # it is there already: nothing happened, nothing to tell
    bill.status = after
    audit.record(
        store=bill.store, by=by, action=action, node=bill, before={"status": before}, after={"status": after}
    )
    return True


def _locked(bill: Bill) -> Bill:
    """Read a bill afresh and keep others from changing it until the transaction ends."""
    fresh: Bill = (
        Bill.objects.select_for_update(of=("self",)).select_related("store", "upload").get(pk=bill.pk)
    )
    return fresh


def open_to_change(bill: Bill) -> Bill:
    bill = _locked(bill)
    if bill.status == Bill.Status.VOID:
        raise Refused(Code.CONFLICT, "This bill is void: restore it first.", "bill")
    return bill


def _item(bill: Bill, position: int, new: NewItem, *path: str) -> Item:
    values = {
        name: getattr(new, name)
        for name in ("description", "quantity", "unit", "unit_price", "discount", "total")
    }
    check_values(values, *path)
    if not new.description.strip():
        raise Refused(Code.REQUIRED, "An item needs a description.", *path, "description")
    category = books.usable(new.category or bill.category, bill.store, *path, "category")
    held = {name: as_kept(name, value) for name, value in values.items()}
    return Item(bill=bill, position=position, category=category, **held)


def as_kept(name: str, value: Any) -> Any:
    """Give a value as its column holds it, a number with all its decimal places."""
    return value.quantize(PLACES[name]) + 0 if isinstance(value, Decimal) else value


def check_values(values: dict[str, Any], *path: str) -> None:
    """Refuse texts and numbers that the books cannot hold."""
    for name, value in values.items():
        at = (*path, _camel(name))
        if isinstance(value, str) and name in LIMITS:
            if len(value) > LIMITS[name]:
                raise Refused(Code.INVALID, f"At most {LIMITS[name]} characters.", *at)
            if "\x00" in value:
                raise Refused(Code.INVALID, "A text holds no NUL character.", *at)
        if isinstance(value, Decimal) and name in AMOUNTS:
            digits, places = AMOUNTS[name]
            if not value.is_finite() or abs(value) >= 10**digits:
                raise Refused(Code.INVALID, f"At most {digits} digits before the point.", *at)
            if value != round(value, places):
                raise Refused(Code.INVALID, f"At most {places} decimal places.", *at)
        if isinstance(value, time) and value.tzinfo is not None:
            raise Refused(Code.INVALID, "The time of day on a paper has no zone.", *at)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def currency_code(code: str) -> str:
    if len(code) != 3 or not (code.isascii() and code.isalpha() and code.isupper()):
        raise Refused(Code.INVALID, "A currency is three capital letters, such as EUR.", "currency")
    return code
