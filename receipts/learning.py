"""What corrections teach: the names and categories by which a store's next receipts are read.

Nothing here looks beyond one store.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from catalog.models import Category
from core.models import Store
from receipts import books, spelling
from receipts.models import Bill, Item, ItemName, Merchant, MerchantAlias

MOST = 5_000  # names of a store that a reading is compared with, the latest


def merchant_read(*, store: Store, name: str) -> tuple[Merchant | None, str]:
    """Find whom a reading means by a name, with the name as it should stand on the bill.

    A misreading that a person has corrected, and one that is near to the name of a merchant that a person
    stands behind, gets the right name; another spelling keeps its own.
    """
    name = " ".join(name.split())[:200]
    alias = (
        MerchantAlias.objects.filter(store=store, name=books.fold(name)).select_related("merchant").first()
    )
    if alias is not None:
        return alias.merchant, alias.merchant.name if alias.misread else name
    if name and not Merchant.objects.filter(store=store, name__iexact=name).exists():
        near = spelling.nearest(name, _vouched(store))
        if near is not None:
            return books.merchant_named(store=store, name=near), near
    return books.merchant_named(store=store, name=name), name


def _vouched(store: Store) -> list[str]:
    """List the merchants that a person stands behind: named, sorted, or on a bill that is confirmed."""
    vouched = Q(aliases__isnull=False) | Q(category__isnull=False) | Q(bills__status=Bill.Status.CONFIRMED)
    rows = Merchant.objects.of(store).filter(vouched).distinct().order_by("-pk")
    return list(rows.values_list("name", flat=True)[:MOST])


def merchant_corrected(*, bill: Bill, read: str, was: Merchant | None) -> None:
    """Remember that a bill's merchant was misread, and forget the merchant that never was.

    A name under which another bill stands confirmed or set by hand is somebody's own: it is left alone.
    """
    now = bill.merchant
    if now is None or was is None or now.pk == was.pk or not read.strip():
        return
    others = Bill.objects.filter(merchant=was).exclude(pk=bill.pk)
    by_hand = Q(status=Bill.Status.CONFIRMED) | Q(upload=None) | Q(evidence__merchant_name__locked=True)
    if was.category_id is not None or others.filter(by_hand).exists():
        return
    MerchantAlias.objects.update_or_create(
        store=bill.store,
        name=books.fold(" ".join(read.split())),
        defaults={"merchant": now, "misread": True},
    )
    if not others.exists() and books.fold(was.name) != books.fold(now.name):
        MerchantAlias.objects.filter(merchant=was).update(merchant=now)
        was.delete()


def category_chosen(*, bill: Bill, category: Category) -> None:
    """Make a category the usual one of a bill's merchant."""
    if bill.merchant is not None:
        bill.merchant.category = category
        bill.merchant.save(update_fields=["category", "updated_at"])


def item_corrected(*, item: Item, read: str, changes: dict[str, Any]) -> None:
    """Remember how a line was misread, and in which category its article belongs."""
    taught: dict[str, Any] = {}
    if changes.get("description"):
        taught["name"] = item.description
    if changes.get("category"):
        taught["category"] = item.category
    for said in {spelling.folded(read), spelling.folded(item.description)} if taught else ():
        ItemName.objects.update_or_create(
            store=item.bill.store,
            spelling=said,
            defaults=taught,
            create_defaults={"name": item.description, **taught},
        )


@dataclass(frozen=True)
class Article:
    """What a store calls something that it buys, and in which category; None: as its bill."""

    name: str
    category: Category | None


class Articles:
    """The articles of a store that a person has named or sorted, read once for a whole reading."""

    def __init__(self, store: Store) -> None:
        rows = ItemName.objects.of(store).select_related("category").order_by("-updated_at", "-pk")[:MOST]
        self.known = {row.spelling: Article(row.name, row.category) for row in rows}

    def read(self, description: str) -> Article | None:
        """Find what a line says, spelled so before or nearly so."""
        if not self.known:
            return None
        key = spelling.folded(description)
        near = key if key in self.known else spelling.nearest(key, self.known)
        return None if near is None else self.known[near]
