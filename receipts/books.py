"""What entering a bill by hand and entering one from a reading have in common."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils import timezone

from catalog.models import Category
from core.errors import Code, Refused
from core.models import Store
from receipts.categories import BUILT_IN
from receipts.checks import check as run_checks
from receipts.draft import Draft, Line, Source
from receipts.models import Bill, Item, Merchant, MerchantAlias

SUMMED = frozenset({"items", "subtotal", "tax", "tip", "total"})


def today(store: Store) -> date:
    """Give the day it is at the store."""
    return timezone.now().astimezone(store.zone).date()


def built_in(key: str) -> Category:
    """Give a built-in category; an unknown key is "other"."""
    key = key if key in BUILT_IN else "other"
    category: Category = Category.objects.get_or_create(
        store=None, key=key, defaults={"name": BUILT_IN[key]}
    )[0]
    return category


def merchant_named(*, store: Store, name: str) -> Merchant | None:
    """Find a store's merchant by its name or one of its other spellings, or enter it."""
    name = " ".join(name.split())[:200]
    if not name:
        return None
    spelling = MerchantAlias.objects.filter(store=store, name=fold(name))
    alias = spelling.select_related("merchant").first()
    if alias:
        known: Merchant = alias.merchant
        return known
    # Folded by the database on both sides, as its unique constraint does.
    same = Merchant.objects.filter(store=store).alias(folded=Lower("name")).filter(folded=Lower(Value(name)))
    found: Merchant | None = same.first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return Merchant.objects.create(store=store, name=name)
    except IntegrityError:  # a twin was faster
        return cast("Merchant", same.get())


def fold(name: str) -> str:
    """Give the form in which a merchant's other spellings are kept."""
    return name.lower()[:200]


def usable(category: Category, store: Store, *field: str) -> Category:
    """Give the category back if the store's purchases may be sorted by it.

    Raises: Refused with NOT_FOUND for another store's, INVALID for one of what is sold.
    """
    if category.store_id not in (None, store.pk):
        raise Refused(Code.NOT_FOUND, "There is no such category in this store.", *field)
    if category.kind != Category.Kind.EXPENSE:
        raise Refused(Code.INVALID, "This category sorts what the store sells, not what it buys.", *field)
    return category


def lock(bill: Bill, *fields: str) -> None:
    """Mark fields as set by a person; the paper's sums prove no amount that she has changed."""
    bill.verified = bill.verified and SUMMED.isdisjoint(fields)
    for name in fields:
        bill.evidence[name] = {"confidence": 1.0, "source": Source.USER, "locked": True}


def locked(bill: Bill) -> set[str]:
    """Name the fields that a person has set."""
    return {name for name, evidence in bill.evidence.items() if evidence.get("locked")}


def check(bill: Bill) -> None:
    """Run the checks over a bill as it stands, and keep what they found."""
    bill.checks = found(bill, Item.objects.filter(bill=bill).order_by("position"))
    bill.save(update_fields=["checks", "updated_at"])


def found(bill: Bill, items: Iterable[Item]) -> list[dict[str, Any]]:
    """Run the checks over a bill with these items."""
    lines = tuple(_line(item) for item in items)
    values: dict[str, Any] = {
        name: getattr(bill, name) for name in ("date", "time", "currency", "subtotal", "tax", "tip", "total")
    }
    draft = Draft.model_construct(merchant=bill.merchant_name or None, items=lines, **values)
    checked = run_checks(draft, today=today(bill.store), currency=bill.store.currency)
    return [one.as_dict() for one in checked]


def _line(item: Item) -> Line:
    return Line.model_construct(
        description=item.description,
        quantity=item.quantity,
        unit=item.unit,
        unit_price=item.unit_price,
        discount=item.discount,
        total=item.total,
    )
