"""Stock received, counted and written off, and what bills have to do with it."""

from __future__ import annotations

import strawberry

from catalog import stock
from core.roles import Permission
from receipts import purchases
from schema.catalog import inputs
from schema.catalog.types import ItemRef, Product, StockMove
from schema.commands import Answer, Caller, Payload, command, written


@strawberry.type(description="A move of stock.")
class StockPayload(Payload):
    move: StockMove | None = written("The move.", to="StockMove", key="move")
    product: Product | None = written("The product, as it is now.", to="Product", key="product")


@strawberry.type(description="A line of a bill and the product that it bought.")
class LinkItemProductPayload(Payload):
    item: ItemRef | None = written("The line, as it is now.", to="Item", key="item")


@command(
    StockPayload,
    description="Take a purchase into stock, by a line of a bill where there is one.",
    needs=Permission.STOCK_MOVE,
)
def receive_stock(caller: Caller, input: inputs.ReceiveStockInput) -> Answer:
    product = caller.find(input.product, "Product", "product")
    item = caller.see(input.item, "Item", "item") if input.item is not None else None

    def run() -> Answer:
        move = purchases.receive(
            product=product, by=caller.user, quantity=input.quantity, item=item, note=input.note
        )
        return {"move": move.pk, "product": product.pk}

    return caller.once(run)


@command(
    StockPayload,
    description="Set the stock of a product to what was counted.",
    needs=Permission.STOCK_MOVE,
)
def count_stock(caller: Caller, input: inputs.CountStockInput) -> Answer:
    product = caller.find(input.product, "Product", "product")

    def run() -> Answer:
        move = stock.count(
            product=product,
            by=caller.user,
            counted=input.counted,
            expected=input.expected,
            note=input.note,
        )
        return {"move": move.pk, "product": product.pk}

    return caller.once(run)


@command(
    StockPayload,
    description="Write off what is broken, spoilt or lost; never more than there is.",
    needs=Permission.STOCK_MOVE,
)
def waste_stock(caller: Caller, input: inputs.WasteStockInput) -> Answer:
    product = caller.find(input.product, "Product", "product")

    def run() -> Answer:
        move = stock.waste(product=product, by=caller.user, quantity=input.quantity, note=input.note)
        return {"move": move.pk, "product": product.pk}

    return caller.once(run)


@command(
    LinkItemProductPayload,
    description="Say which of the store's products a line of a bill has bought.",
    needs=Permission.STOCK_MOVE,
)
def link_item_product(caller: Caller, input: inputs.LinkItemProductInput) -> Answer:
    item = caller.find(input.item, "Item", "item")
    product = caller.see(input.product, "Product", "product") if input.product is not None else None
    return {"item": purchases.link(item=item, product=product, by=caller.user).pk}


@strawberry.type
class StockMutations:
    receive_stock = receive_stock
    count_stock = count_stock
    waste_stock = waste_stock
    link_item_product = link_item_product
