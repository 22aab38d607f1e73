"""Bills of the past from a table, with their items: each once, however often the file is sent."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.db import transaction

from catalog.models import Category
from catalog.services import MAX_OWN
from core import audit, fields, stores
from core.errors import Code, Refused
from core.imports import Outcome, save
from core.models import Store, User
from core.tables import Table
from receipts import bills, books, rollups
from receipts.bill_rows import Said, bills_in
from receipts.models import Bill, Item, Merchant, MerchantAlias

TEXTS = ("merchant_name", "address", "number", "notes")
AMOUNTS = ("subtotal", "tax", "tip", "total")
# What tells a bill from others; two that are alike in all of it are the first and the second of their kind.
TOLD_BY = ("merchant_name", "number", "date", "booked_on", "time", "currency", "total")

Identity = tuple[str, ...]


@dataclass
class Entered(Outcome):
    """What became of the bills of a file; `skipped` ones have an error in a row of theirs."""

    items: list[Item] = field(default_factory=list)  # of the new bills

    @property
    def counts(self) -> dict[str, int]:
        return {**super().counts, "items": len(self.items)}


@transaction.atomic
def import_bills(*, store: Store, by: User | None, table: Table, dry_run: bool = False) -> Entered:
    """Enter the bills of a table that the store does not have; new merchants and categories are made.

    A bill that is in the books already, by whatever door it came, is left as it is.

    Raises: Refused with CONFLICT.
    """
    found = list(bills_in(table.rows, today=books.today(store)))
    days = [said.day for said in found if said.day]
    run = _Run(stores.hold(store), by, (min(days), max(days)) if days else None)
    for said in found:
        run.take(said)
    run.save()
    outcome = run.outcome
    if outcome.new or run.met:
        audit.record(store=store, by=by, action="bill.import", node=store, after=outcome.counts)
    transaction.set_rollback(dry_run)
    return outcome


class _Run:
    """One import: what the store has, and what becomes of the file bill by bill."""

    def __init__(self, store: Store, by: User | None, days: tuple[date, date] | None) -> None:
        self.store, self.by, self.outcome = store, by, Entered()
        self.met: list[Bill] = []  # that came in by another door
        self.others: dict[Identity, list[Bill]] = {}
        mine = Bill.objects.of(store)
        self.known = set(mine.exclude(import_key="").values_list("import_key", flat=True))
        others = mine.filter(import_key="", booked_on__range=days) if days else mine.none()
        for bill in others.order_by("pk").only("import_key", "status", *TOLD_BY):
            self.others.setdefault(_identity(bill), []).append(bill)
        self.times: Counter[Identity] = Counter()
        self.merchants: dict[str, Merchant] = {}
        aliases = MerchantAlias.objects.filter(store=store).select_related("merchant__category")
        for merchant in Merchant.objects.of(store).select_related("category"):
            self.merchants[books.fold(merchant.name)] = merchant
        self.merchants |= {alias.name: alias.merchant for alias in aliases}
        usable = Category.objects.usable_in(store).filter(kind=Category.Kind.EXPENSE)
        # Of one name, the store's own goes before the built-in one.
        self.categories = {one.name.lower(): one for one in sorted(usable, key=lambda one: one.store_id or 0)}
        self.room = MAX_OWN - Category.objects.of(store).count()
        self.other = books.built_in("other")

    def take(self, said: Said) -> None:
        """Make the bill that rows are about, unless it is there."""
        if not said.faults:
            try:
                self._take(said)
                return
            except Refused as refusal:
                said.faults.append((said.rows[0], refusal))
        for row, fault in said.faults:
            self.outcome.refuse(row, fault)
        self.outcome.skipped -= len(said.faults) - 1  # counted by the bill

    def _take(self, said: Said) -> None:
        bill = self._bill(said.values)
        found = _identity(bill)
        bill.import_key = _key(found, self.times[found])
        lines = [dict(item) for item in said.items]
        if len(lines) > bills.MAX_ITEMS:
            raise Refused(Code.INVALID, f"A bill has at most {bills.MAX_ITEMS} items.", "item")
        for line in lines:
            _check_item(line)
        self.times[found] += 1
        if bill.import_key in self.known:
            self.outcome.unchanged += 1
        elif self.others.get(found):
            # From now on it is known by this, whatever is corrected in it.
            met = self.others[found].pop(0)
            met.import_key = bill.import_key
            self.met.append(met)
            self.outcome.unchanged += 1
        else:
            self._enter(bill, said.values, lines)

    def _bill(self, values: dict[str, Any]) -> Bill:
        plain = {
            **{
                name: fields.short(values.get(name, ""), bills.LIMITS[name], fields.camel(name))
                for name in TEXTS
            },
            **{name: values.get(name) for name in (*AMOUNTS, "date", "time")},
        }
        bills.check_values(plain)
        currency = bills.currency_code(values.get("currency") or self.store.currency)
        day = values.get("date") or values["booked_on"]
        source = Bill.Source.IMPORT
        return Bill(
            store=self.store, user=self.by, status=values["status"], source=source, booked_on=day,
            currency=currency, **plain,
        )  # fmt: skip

    def _enter(self, bill: Bill, values: dict[str, Any], lines: list[dict[str, Any]]) -> None:
        named = [fields.short(one.get(name, ""), 100, name) for one, name in _categories(values, lines)]
        new = {name.lower(): name for name in named if name and name.lower() not in self.categories}
        if len(new) > self.room:
            raise Refused(Code.CONFLICT, f"A store has at most {MAX_OWN} categories.", "category")
        self.room -= len(new)
        for folded, name in new.items():
            made = Category.objects.create(store=self.store, name=name, kind=Category.Kind.EXPENSE)
            self.categories[folded] = made
        bill.merchant = self.merchants.get(_folded(bill))
        usual = bill.merchant.category if bill.merchant else None
        first, *rest = named
        bill.category = self.categories.get(first.lower()) or usual or self.other
        items = [
            Item(
                bill=bill,
                position=place,
                description=line["item"],
                quantity=line.get("quantity", 1),
                unit=line.get("unit", ""),
                unit_price=line.get("unit_price"),
                discount=line.get("discount"),
                total=line.get("item_total"),
                category=self.categories.get(name.lower()) or bill.category,
            )
            for place, (line, name) in enumerate(zip(lines, rest, strict=True), 1)
        ]
        bill.checks = books.found(bill, items)
        books.weigh(bill, items)
        self.outcome.new.append(bill)
        self.outcome.items += items

    def save(self) -> None:
        self._meet()
        save(self.outcome.new, [], [])
        Item.objects.bulk_create(self.outcome.items, batch_size=1000)
        Bill.objects.bulk_update(self.met, ["import_key"], batch_size=200)
        rollups.enter(cast("list[Bill]", self.outcome.new), self.outcome.items)

    def _meet(self) -> None:
        """Make the merchants that are new: together, but where the database folds case in its own way."""
        entered = cast("list[Bill]", self.outcome.new)
        strangers = [bill for bill in entered if bill.merchant is None and _folded(bill)]
        names = {_folded(bill): " ".join(bill.merchant_name.split()) for bill in strangers}
        made = [Merchant(store=self.store, name=name) for name in names.values()]
        Merchant.objects.bulk_create(made, ignore_conflicts=True)
        for merchant in Merchant.objects.of(self.store) if made else ():
            self.merchants.setdefault(books.fold(merchant.name), merchant)
        for bill in strangers:
            name = bill.merchant_name
            bill.merchant = self.merchants.get(_folded(bill)) or books.merchant_named(
                store=self.store, name=name
            )


def _folded(bill: Bill) -> str:
    return books.fold(" ".join(bill.merchant_name.split()))


def _categories(values: dict[str, Any], lines: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], str]]:
    return [(values, "category"), *((line, "item_category") for line in lines)]


def _check_item(line: dict[str, Any]) -> None:
    """Refuse what the books cannot hold, by the names of the file's columns."""
    line["item"] = fields.named(line["item"], bills.LIMITS["description"], "item")
    line["unit"] = fields.short(line.get("unit", ""), bills.LIMITS["unit"], "unit")
    bills.check_values({name: line.get(name) for name in ("quantity", "unit_price", "discount")})
    try:
        bills.check_values({"total": line.get("item_total")})
    except Refused as refusal:
        raise Refused(refusal.code, refusal.message, "itemTotal") from refusal


def _identity(bill: Bill) -> Identity:
    """Say what tells a bill from others; a void one is another than one that counts."""
    texts = [_plain(getattr(bill, name)) for name in TOLD_BY]
    return (*texts, str(bill.status == Bill.Status.VOID))


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return " ".join(str(value).lower().split())


def _key(found: Identity, place: int) -> str:
    return hashlib.sha256(json.dumps([*found, place]).encode()).hexdigest()
