"""Rename and merge what bills are sorted by: merchants, and categories with all that is in them."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from catalog.models import Category
from core import audit, references
from core.errors import Code, Refused
from core.models import User
from receipts import books, rollups
from receipts.models import Merchant, MerchantAlias, SpendGroup


@transaction.atomic
def rename_merchant(*, merchant: Merchant, by: User, name: str, category: Category | None = None) -> Merchant:
    """Rename a merchant; receipts that use the old name still find it. `category` becomes its usual one.

    Raises: Refused with REQUIRED, INVALID or TAKEN.
    """
    name = " ".join(name.split())
    if not name:
        raise Refused(Code.REQUIRED, "A merchant needs a name.", "name")
    if len(name) > 200 or "\x00" in name:
        raise Refused(Code.INVALID, "A name has at most 200 characters.", "name")
    if category is not None:
        merchant.category = books.usable(category, merchant.store, "category")
    old = merchant.name
    merchant.name = name
    try:
        with transaction.atomic():
            merchant.save()
    except IntegrityError as error:
        raise Refused(Code.TAKEN, "There is a merchant of this name: merge the two.", "name") from error
    # Whoever bears a name comes before those who are only spelled so at times.
    MerchantAlias.objects.filter(store=merchant.store, name=books.fold(name)).delete()
    if books.fold(old) != books.fold(name):
        _remember(merchant, old)
    audit.record(
        store=merchant.store,
        by=by,
        action="merchant.rename",
        node=merchant,
        before={"name": old},
        after={"name": name},
    )
    return merchant


@transaction.atomic
def merge_merchants(*, source: Merchant, into: Merchant, by: User) -> Merchant:
    """Move all bills of one merchant to another; its name leads there from now on.

    Raises: Refused with INVALID for one and the same, or for merchants of two stores.
    """
    pair = Merchant.objects.filter(pk__in=[source.pk, into.pk], store=into.store)
    if len(pair.order_by("pk").select_for_update()) != 2:  # a twin may have merged them just now
        raise Refused(Code.INVALID, "Choose two merchants of one store.", "into")
    moved = references.move(source, into)
    rollups.move(by=SpendGroup.By.MERCHANT, source=source.pk, into=into.pk)
    _remember(into, source.name)
    audit.record(
        store=into.store,
        by=by,
        action="merchant.merge",
        node=into,
        before={"name": source.name, "key": source.pk, "bills": moved["Bill"]},
    )
    source.delete()
    return into


def _remember(merchant: Merchant, name: str) -> None:
    MerchantAlias.objects.update_or_create(
        store=merchant.store, name=books.fold(name), defaults={"merchant": merchant}
    )


@transaction.atomic
def merge_categories(*, source: Category, into: Category, by: User) -> Category:
    """Move everything from a category of the store's own to another one, and remove it.

    Raises: Refused with INVALID for one and the same, other kinds or another store's.
    """
    same_kind = source.kind == into.kind and into.store_id in (None, source.store_id)
    if source.pk == into.pk or not same_kind:
        raise Refused(Code.INVALID, "Choose two categories of one kind and store.", "into")
    if source.pk in _above(into):  # no category may end up under itself
        Category.objects.filter(pk=into.pk).update(parent=source.parent)
    moved = references.move(source, into)
    rollups.move(by=SpendGroup.By.CATEGORY, source=source.pk, into=into.pk)
    audit.record(
        store=source.store,
        by=by,
        action="category.merge",
        node=into,
        before={"name": source.name, "key": source.pk, "bills": moved["Bill"], "items": moved["Item"]},
    )
    source.delete()
    return into


def _above(category: Category) -> set[int]:
    """Collect the keys of the categories that this one is part of."""
    keys: set[int] = set()
    while category.parent is not None and category.parent_id not in keys:
        keys.add(category.parent.pk)
        category = category.parent
    return keys
