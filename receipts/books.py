"""What entering a bill by hand and entering one from a reading have in common."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.db import IntegrityError, transaction
from django.db.models import Count, Subquery, Value
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone

from catalog.models import Category
from core import prepared, sums
from core.errors import Code, Refused
from core.models import Store
from receipts import duplicates, risk
from receipts.categories import BUILT_IN
from receipts.checks import check as run_checks
from receipts.checks import duplicate
from receipts.draft import Draft, Evidence, Line, Source, Tax
from receipts.models import Bill, Item, Merchant, MerchantAlias
from receipts.taxes import rates_of

DRAFTED = {"merchant_name": "merchant"}  # columns of a bill that a draft calls otherwise
SUMMED = frozenset({"items", "subtotal", "tax", "tip", "total"})
SUMMED_OF_LINE = frozenset({"discount", "total"})


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
    known = prepared.rows(_known, store=store.pk, name=name, folded=fold(name))
    if known:
        return cast("Merchant", known[0])
    try:
        with transaction.atomic():
            return Merchant.objects.create(store=store, name=name)
    except IntegrityError:  # a twin was faster
        return cast("Merchant", _spelled(store.pk, Value(name)).get())


def _known(*, store: Any, name: Any, folded: Any) -> Any:
    """Select the merchant that another spelling leads to, else the one of that name."""
    alias = MerchantAlias.objects.filter(store=store, name=folded).values("merchant")
    found = Coalesce(Subquery(alias), Subquery(_spelled(store, name).values("pk")))
    return Merchant.objects.filter(pk=found).select_related("category")


def _spelled(store: Any, name: Any) -> Any:
    """Select a merchant by its name, folded by the database on both sides, as its unique constraint does."""
    return Merchant.objects.filter(store=store).alias(folded=Lower("name")).filter(folded=Lower(name))


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
        bill.evidence[name] = by_person(bill.evidence.get(name))


def by_person(found: dict[str, Any] | None = None, *, source: str = Source.USER) -> dict[str, Any]:
    """Make the evidence of a value that a person stands behind; where it was `found` on the paper stays."""
    place = {key: value for key, value in (found or {}).items() if key in ("page", "box")}
    return {**place, "confidence": 1.0, "source": source, "locked": True}


def set_by_person(evidence: dict[str, Any] | None, names: Iterable[str]) -> dict[str, Any]:
    """Mark values of a line as set by a person; where the line stands on the paper stays."""
    found = dict(evidence or {})
    values = dict(found.get("values", {}))
    return {**found, "values": {**values, **{name: by_person(values.get(name)) for name in names}}}


def locked(bill: Bill) -> set[str]:
    """Name the fields that a person has set."""
    return {name for name, evidence in bill.evidence.items() if evidence.get("locked")}


def held(item: Item) -> bool:
    """Tell whether a person stands behind a value of a line: no later reading changes the line then."""
    return any(value.get("locked") for value in (item.evidence or {}).get("values", {}).values())


def enter(bill: Bill, items: Sequence[Item]) -> None:
    """Write a new bill with its lines, checked as `check` does it.

    The values are as the columns hold them: what was just written need not be read.
    """
    found = duplicates.likely(bill, items=items)
    _judge(bill, items, sorted((one.other for one in found), key=lambda other: other.pk))
    prepared.insert([bill])
    for item in items:
        item.bill = bill  # whose key it takes
    prepared.insert(items)
    duplicates.keep(bill, found)
    _check_others([one.other.pk for one in found])


def check(bill: Bill, *, looks: Iterable[str] = ()) -> None:
    """Run the checks over a bill as it stands, and keep what they found and what it puts at risk.

    Those that it may be one with, or no longer is, are checked with it; `looks` are the hashes of its picture
    where it was just read.
    """
    touched = duplicates.find(bill, looks=looks)
    _check(bill)
    _check_others(touched)


def _check_others(keys: Collection[int]) -> None:
    if not keys:
        return
    # Who holds one of these meanwhile checks it; to wait would be for somebody who may wait for this bill.
    free = Bill.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
    for other in free.filter(pk__in=keys).select_related("store").order_by("pk"):
        _check(other)


def _check(bill: Bill) -> None:
    items = list(Item.objects.filter(bill=bill).order_by("position"))
    _judge(bill, items, duplicates.open_beside(bill))
    bill.save(update_fields=["checks", "risk", "at_stake", "updated_at"])


def _judge(bill: Bill, items: Sequence[Item], beside: Sequence[Bill]) -> None:
    same = duplicate([_named(other) for other in beside])
    bill.checks = [*found(bill, items), same.as_dict()]
    weigh(bill, items)


def _named(bill: Bill) -> str:
    return f"{bill.merchant_name or 'no merchant'}, {bill.date or 'no date'}, {bill.total} {bill.currency}"


def found(bill: Bill, items: Iterable[Item]) -> list[dict[str, Any]]:
    """Run the checks over a bill with these items."""
    lines = tuple(_line(item) for item in items)
    values: dict[str, Any] = {
        name: getattr(bill, name) for name in ("date", "time", "currency", "subtotal", "tax", "tip", "total")
    }
    taxes = tuple(Tax.model_validate(tax) for tax in bill.taxes)
    values |= {"merchant": bill.merchant_name or None, "number": bill.number or None}
    told = {DRAFTED.get(name, name): _told(found) for name, found in bill.evidence.items()}
    evidence = {name: one for name, one in told.items() if one and values.get(name) is not None}
    draft = Draft.model_construct(items=lines, taxes=taxes, evidence=evidence, **values)
    checked = run_checks(
        draft,
        today=today(bill.store),
        currency=bill.store.currency,
        rates=rates_of(currency=bill.currency, zone=bill.store.timezone),
    )
    return [one.as_dict() for one in checked]


def weigh(bill: Bill, items: Sequence[Item]) -> None:
    """Say how likely the bill is wrong and what that may cost, by its evidence and checks."""
    values = {name: getattr(bill, name) for name in risk.FIELDS}
    lines = {f"items.{item.position}": {"locked": True} for item in items if held(item)}
    bill.risk = risk.risk_of(values, {**bill.evidence, **lines}, bill.checks)
    bill.at_stake = risk.at_stake(bill.risk, _amounts(bill, items))


def _amounts(bill: Bill, items: Iterable[Item]) -> Iterator[Decimal | None]:
    """Yield what the bill may be about, the surest first; with no amount at all, as much as others are."""
    yield bill.total
    yield bill.subtotal
    priced = [item.total for item in items if item.total is not None]
    yield sum(priced, Decimal(0)) if priced else None
    others = Bill.objects.of(bill.store).counted().filter(currency=bill.currency, total__isnull=False)
    known = others.aggregate(units=sums.units("total"), n=Count("pk"))
    yield sums.decimal(known["units"]) / known["n"] if known["n"] else None


def _line(item: Item) -> Line:
    return Line.model_construct(
        description=item.description,
        quantity=item.quantity,
        unit=item.unit,
        unit_price=item.unit_price,
        discount=item.discount,
        total=item.total,
        evidence=_told(item.evidence),
    )


def _told(found: dict[str, Any] | None) -> Evidence | None:
    """Take the evidence of a value that nobody stands behind yet."""
    if not found or found.get("locked") or "source" not in found:
        return None
    sure = found.get("confidence", 0.0)
    return Evidence.model_construct(box=found.get("box"), confidence=sure, source=Source(found["source"]))
