"""What a bill's lines are of the store's own products, and what came into stock by them."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from catalog import stock
from catalog.models import Product, StockMove
from core import audit
from core.errors import Code, Refused
from core.models import User
from receipts import rollups
from receipts.models import Bill, Item


@transaction.atomic
def link(*, item: Item, product: Product | None, by: User) -> Item:
    """Say which product a line is a purchase of; None takes it back.

    Raises: Refused with INVALID for another store's product.
    """
    if product is not None and product.store_id != item.bill.store_id:
        raise Refused(Code.INVALID, "This product is another store's.", "product")
    before = audit.picture(item, "product")
    with rollups.following(item.bill_id):
        Item.objects.filter(pk=item.pk).update(product=product)
    item.product = product
    audit.record(
        store=item.bill.store,
        by=by,
        action="item.link",
        node=item,
        before=before,
        after=audit.picture(item, "product"),
    )
    return item


@transaction.atomic
def receive(
    *, product: Product, by: User, quantity: Decimal, item: Item | None = None, note: str = ""
) -> StockMove:
    """Take a purchase into stock, by a bill's line where there is one: once a line.

    Raises: Refused with INVALID, or CONFLICT for a void bill, a line that is another product or one that
    came in before.
    """
    if item is None:
        return stock.receive(product=product, by=by, quantity=quantity, note=note)
    if item.bill.store_id != product.store_id:
        raise Refused(Code.INVALID, "This line is on another store's bill.", "item")
    if item.bill.status == Bill.Status.VOID:
        raise Refused(Code.CONFLICT, "This line's bill is void: restore it first.", "item")
    if item.product_id is None:
        link(item=item, product=product, by=by)
    elif item.product_id != product.pk:
        raise Refused(Code.CONFLICT, "This line is a purchase of another product.", "item")
    cause = stock.Cause("item", str(item.pk))
    return stock.receive(product=product, by=by, quantity=quantity, cause=cause, note=note)
