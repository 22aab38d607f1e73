"""What is on hand: every change is a move, and the product's column is the sum of its moves.

The column is changed by a conditional UPDATE that never goes below zero, in the transaction of
the move. Whoever loses a race for the last unit is refused, and nothing has changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, models, transaction
from django.db.models import BigIntegerField, DecimalField, F, Sum, Value
from django.db.models.functions import Cast, Coalesce, Round
from django.utils import timezone

from catalog import figures
from catalog.models import Product, StockMove
from core import audit
from core.errors import Code, Refused
from core.fields import short
from core.models import Store, User

Kind = StockMove.Kind
LARGEST = Decimal("999999999.999")
MAX_NOTE = 500
COLUMN: DecimalField[Decimal, Decimal] = DecimalField(max_digits=12, decimal_places=3)


@dataclass(frozen=True)
class Cause:
    """What makes a move, such as the item of a bill; one cause moves a product once in each kind."""

    kind: str = ""
    key: str = ""


@dataclass(frozen=True)
class Line:
    """So much of a product; `quantity` is above zero."""

    product: Product
    quantity: Decimal


@dataclass(frozen=True)
class Discrepancy:
    """A product whose column is not the sum of its moves."""

    product: int
    on_hand: Decimal
    moved: Decimal


BY_HAND = Cause()


@transaction.atomic
def receive(
    *, product: Product, by: User | None, quantity: Decimal, cause: Cause = BY_HAND, note: str = ""
) -> StockMove:
    """Take a purchase into stock.

    Raises: Refused with INVALID, or CONFLICT when archived or when this cause has been received before.
    """
    quantity, note = figures.some(quantity, "quantity"), short(note, MAX_NOTE, "note")
    return _by_hand(product, Kind.PURCHASE, quantity, by, cause, note)


@transaction.atomic
def waste(*, product: Product, by: User | None, quantity: Decimal, note: str = "") -> StockMove:
    """Write off what is broken, spoilt or lost.

    Raises: Refused with INVALID, or CONFLICT when there is less.
    """
    quantity, note = figures.some(quantity, "quantity"), short(note, MAX_NOTE, "note")
    return _by_hand(product, Kind.WASTE, -quantity, by, BY_HAND, note)


@transaction.atomic
def count(
    *, product: Product, by: User | None, counted: Decimal, expected: Decimal | None = None, note: str = ""
) -> StockMove:
    """Set the stock to what was counted; a count that finds no difference is kept too.

    `expected` is what the books said when the counting began.

    Raises: Refused with INVALID, or CONFLICT when the stock is not what was expected.
    """
    counted, note = figures.quantity(counted, "counted"), short(note, MAX_NOTE, "note")
    held = Product.objects.select_for_update().get(pk=product.pk)
    if expected is not None and held.stock_on_hand != figures.quantity(expected, "expected"):
        message = f"The stock has changed meanwhile: it is {held.stock_on_hand} now. Count again."
        raise Refused(Code.CONFLICT, message, "expected")
    return _by_hand(held, Kind.COUNT, counted - held.stock_on_hand, by, BY_HAND, note)


@transaction.atomic
def take(
    *, lines: Iterable[Line], by: User | None, cause: Cause, kind: str = Kind.SALE, note: str = ""
) -> list[StockMove]:
    """Take what is sold or reserved out of stock, all of it or nothing; what keeps no stock is passed over.

    Raises: Refused with CONFLICT when there is too little of one, or when this cause has taken it before.
    """
    return [
        _move(product, Kind(kind), -quantity, by, cause, note)
        for product, quantity in _in_order(lines)
        if product.tracks_stock
    ]


@transaction.atomic
def give_back(
    *, lines: Iterable[Line], by: User | None, cause: Cause, kind: str = Kind.REFUND, note: str = ""
) -> list[StockMove]:
    """Put back what is refunded or no longer reserved; what keeps no stock is passed over.

    Raises: Refused with CONFLICT when this cause has given it back before.
    """
    return [
        _move(product, Kind(kind), quantity, by, cause, note)
        for product, quantity in _in_order(lines)
        if product.tracks_stock
    ]


def taken(*, cause: Cause, kind: str) -> list[Line]:
    """Say what a cause has taken out of stock by moves of one kind."""
    moves = StockMove.objects.filter(cause_kind=cause.kind, cause_key=cause.key, kind=kind, quantity__lt=0)
    return [Line(move.product, -move.quantity) for move in moves.select_related("product")]


def verify(*, store: Store) -> list[Discrepancy]:
    """Compare each product's column with the sum of its moves; nothing found is as it should be."""
    # In thousandths: SQLite adds whole numbers exactly, decimals as floats.
    thousandths = Sum(Cast(Round(F("moves__quantity") * 1000), BigIntegerField()))
    rows = Product.objects.filter(store=store).annotate(moved=Coalesce(thousandths, 0)).order_by("pk")
    return [
        Discrepancy(row.pk, row.stock_on_hand, moved)
        for row in rows
        if row.stock_on_hand != (moved := Decimal(row.moved).scaleb(-3))
    ]


def _in_order(lines: Iterable[Line]) -> list[tuple[Product, Decimal]]:
    """Add up the lines of each product, by key: two that take the same things wait and never deadlock."""
    products: dict[int, Product] = {}
    sums: dict[int, Decimal] = {}
    for line in lines:
        products[line.product.pk] = line.product
        sums[line.product.pk] = sums.get(line.product.pk, Decimal(0)) + figures.some(line.quantity, "lines")
    return [(products[key], sums[key]) for key in sorted(sums)]


def _by_hand(
    product: Product, kind: Kind, quantity: Decimal, by: User | None, cause: Cause, note: str
) -> StockMove:
    if not product.tracks_stock:
        raise Refused(Code.INVALID, "This product keeps no stock.", "product")
    if kind == Kind.PURCHASE and product.archived_at is not None:
        raise Refused(Code.CONFLICT, "This product is archived: bring it back first.", "product")
    move = _move(product, kind, quantity, by, cause, note)
    audit.record(
        store=product.store,
        by=by,
        action=f"stock.{kind.lower()}",
        node=product,
        before={"stock_on_hand": str(move.stock_after - move.quantity)},
        after={"stock_on_hand": str(move.stock_after)},
    )
    return move


def _move(
    product: Product, kind: Kind, quantity: Decimal, by: User | None, cause: Cause, note: str
) -> StockMove:
    """Change the column and keep the move; rounded, because SQLite adds decimals as floats."""
    enough = models.Q(stock_on_hand__gte=-quantity, stock_on_hand__lte=LARGEST - quantity)
    after = Round(F("stock_on_hand") + Value(quantity, COLUMN), precision=3, output_field=COLUMN)
    changed = Product.objects.filter(enough, pk=product.pk).update(
        stock_on_hand=after, updated_at=timezone.now()
    )
    left: Decimal = Product.objects.values_list("stock_on_hand", flat=True).get(pk=product.pk)
    if not changed:
        lacks = "not enough" if quantity < 0 else "no room for more"
        message = f"There is {lacks} of {product.name}: {left.normalize():f} on hand."
        raise Refused(Code.CONFLICT, message, "quantity")
    move = StockMove(
        product=product, kind=kind, quantity=quantity, stock_after=left,
        cause_kind=cause.kind, cause_key=cause.key, note=note, user=by,
    )  # fmt: skip
    try:
        with transaction.atomic():
            move.save()
    except IntegrityError as error:
        message = "This has moved the stock before: nothing moves it twice."
        raise Refused(Code.CONFLICT, message) from error
    return move
