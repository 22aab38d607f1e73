"""A person looks at what was read: confirms a field, corrects it by its path, tells duplicates apart.

A path is a field's name, such as "total", or "items.2.unit_price" for a value of the third line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils import timezone

from core import audit
from core.errors import Code, Refused
from core.models import User
from receipts import bills, books
from receipts.models import Bill, Duplicate, Item

LONGEST_NUMBER = 40  # characters


@dataclass(frozen=True)
class Path:
    """Which value of a bill: `line` is the position of the item that holds it, None for the bill's own."""

    name: str
    line: int | None = None


def path_of(text: str) -> Path:
    """Read a path.

    Raises: Refused with INVALID for one that leads to no value.
    """
    first, _, rest = text.partition(".")
    number, _, name = rest.partition(".")
    if text in PARSERS:
        return Path(text)
    digits = number.isascii() and number.isdecimal() and len(number) < 6
    if first == "items" and digits and name in ITEM_PARSERS:
        return Path(name, int(number) + 1)
    raise Refused(Code.INVALID, "There is no such field on a bill.", "field")


@transaction.atomic
def confirm(*, bill: Bill, by: User, path: Path) -> Bill:
    """Stand behind one value as it is: no later reading changes it.

    Raises: Refused with CONFLICT for a void bill, or NOT_FOUND when the line is not there.
    """
    bill = bills.open_to_change(bill)
    if path.line is None:
        bill.evidence[path.name] = _confirmed(bill.evidence.get(path.name))
    else:
        item = _item(bill, path.line)
        found = item.evidence or {}
        values = found.get("values", {})
        item.evidence = {
            **found,
            "values": {**values, path.name: _confirmed(values.get(path.name))},
        }
        item.save(update_fields=["evidence", "updated_at"])
    bill.save(update_fields=["evidence", "updated_at"])
    books.check(bill)
    shown = path.name if path.line is None else f"items.{path.line - 1}.{path.name}"
    audit.record(store=bill.store, by=by, action="bill.confirm_field", node=bill, after={"field": shown})
    return bill


def _confirmed(found: dict[str, Any] | None) -> dict[str, Any]:
    """Keep where a value came from, and make it certain."""
    return books.by_person(found, source=found["source"]) if found else books.by_person()


@transaction.atomic
def correct(*, bill: Bill, by: User, path: Path, value: Any) -> Bill:
    """Set one value: no later reading changes it, and the next receipts are read with it in mind.

    `value` is what `parsed` gives for the path; None empties.

    Raises: Refused with what `bills.update` or `bills.update_item` refuse, the field being "value".
    """
    try:
        if path.line is None:
            return bills.update(bill=bill, by=by, changes={path.name: value})
        item = _item(bill, path.line)
        return bills.update_item(item=item, by=by, changes={path.name: value}).bill
    except Refused as refusal:
        raise Refused(refusal.code, refusal.message, *_at(refusal.field)) from refusal


class Resolution(StrEnum):
    KEEP_BOTH = "KEEP_BOTH"
    VOID_EARLIER = "VOID_EARLIER"
    VOID_LATER = "VOID_LATER"


@transaction.atomic
def resolve(*, pair: Duplicate, by: User, resolution: Resolution) -> Duplicate:
    """Say what two bills that may be one are. Twice the same does no more.

    Raises: Refused with CONFLICT when a person has said otherwise already.
    """
    pair = (
        Duplicate.objects.select_for_update(of=("self",)).select_related("earlier", "later").get(pk=pair.pk)
    )
    voided = {Resolution.VOID_EARLIER: pair.earlier, Resolution.VOID_LATER: pair.later}.get(resolution)
    status = Duplicate.Status.VOIDED if voided else Duplicate.Status.KEPT
    if pair.status == status and (voided is None or voided.status == Bill.Status.VOID):
        return pair
    if pair.status != Duplicate.Status.OPEN:
        raise Refused(Code.CONFLICT, "This is settled already.", "duplicate")
    pair.status, pair.resolved_at, pair.resolved_by = status, timezone.now(), by
    pair.save(update_fields=["status", "resolved_at", "resolved_by", "updated_at"])
    audit.record(
        store=pair.store, by=by, action="duplicate.resolve", node=pair, after={"resolution": resolution}
    )
    if voided:
        bills.void(bill=voided, by=by)
    for bill in (pair.earlier, pair.later):
        books.check(Bill.objects.select_related("store").get(pk=bill.pk))
    return pair


def _at(field: tuple[str, ...]) -> tuple[str, ...]:
    """Say where the input of a correction is at fault."""
    if not field or field[0] == "bill":
        return tuple(field)
    return ("field",) if field[0] in ("item", "field") else ("value",)


def _item(bill: Bill, position: int) -> Item:
    item: Item | None = Item.objects.filter(bill=bill, position=position).select_related("bill").first()
    if item is None:
        raise Refused(Code.NOT_FOUND, "There is no such item.", "field")
    return item


def parsed(path: Path, text: str | None) -> Any:
    """Read the text of a value as its field wants it: dates and times by ISO 8601, numbers with a point.

    A category is given back as its text. None stays None.

    Raises: Refused with INVALID, or REQUIRED for what cannot be empty.
    """
    if text is None:
        if path == Path("currency"):
            raise Refused(Code.REQUIRED, "This cannot be emptied.", "value")
        return None
    read, wanted = (PARSERS if path.line is None else ITEM_PARSERS)[path.name]
    try:
        return read(text.strip())
    except (ValueError, InvalidOperation):
        raise Refused(Code.INVALID, f"This must be {wanted}.", "value") from None


def _number(text: str) -> Decimal:
    if len(text) > LONGEST_NUMBER:
        raise ValueError(text)
    return Decimal(text)


TEXT: tuple[Callable[[str], Any], str] = (str, "a text")
NUMBER: tuple[Callable[[str], Any], str] = (_number, "a number such as 12.50")
PARSERS: dict[str, tuple[Callable[[str], Any], str]] = {
    **dict.fromkeys(("merchant_name", "address", "number", "currency", "category"), TEXT),
    **dict.fromkeys(("subtotal", "tax", "tip", "total"), NUMBER),
    "date": (date.fromisoformat, "a day such as 2026-05-04"),
    "time": (time.fromisoformat, "a time of day such as 09:30"),
}
ITEM_PARSERS: dict[str, tuple[Callable[[str], Any], str]] = {
    **dict.fromkeys(("description", "unit", "category"), TEXT),
    **dict.fromkeys(("quantity", "unit_price", "discount", "total"), NUMBER),
}
