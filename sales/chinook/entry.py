"""Enter a Chinook shop into a store's books; what is there already, by its key in the file, stays."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction

from catalog.models import Brand, Category, Collection, Product
from core import audit, stores, sums
from core.models import Store
from sales.chinook import catalogue, invoices, people
from sales.chinook.rows import Progress
from sales.chinook.shop import Shop
from sales.models import Customer, Order, OrderLine


def unheard(rows: int) -> None:
    """Tell nobody how far it is."""


@dataclass(frozen=True)
class Counts:
    brands: int
    collections: int
    products: int
    categories: int
    customers: int
    orders: int
    lines: int


@dataclass(frozen=True)
class Entered:
    created: Counts
    members: int  # employees who became members
    left_out: int  # employees without an address, or with one that is somebody's


@transaction.atomic
def enter(*, store: Store, shop: Shop, until: date | None = None, progress: Progress = unheard) -> Entered:
    """Enter what is not there yet, all of it or nothing; `progress` is told of every row that is done.

    Times are taken as the store's own. With `until`, all invoices move by whole days, so that the
    newest falls on that day.

    Raises: Refused with CONFLICT for an archived store or one with too many categories.
    """
    store = stores.hold(store)
    before = count(store)
    brands = catalogue.brands(store, shop, progress)
    categories = catalogue.categories(store, shop, progress)
    collections = catalogue.collections(store, shop, brands, progress)
    products = catalogue.products(store, shop, categories, brands, collections, progress)
    customers = people.customers(store, shop, progress)
    members, left_out = people.members(store, shop, progress)
    invoices.orders(store, shop, customers, products, until, progress)
    created = {name: number - asdict(before)[name] for name, number in asdict(count(store)).items()}
    if any(created.values()) or members:
        after = {**created, "members": members}
        audit.record(store=store, by=None, action="store.import_chinook", node=store, after=after)
    return Entered(Counts(**created), members, left_out)


def count(store: Store) -> Counts:
    """Count what a store has, wherever it came from."""
    return Counts(
        brands=Brand.objects.of(store).count(),
        collections=Collection.objects.of(store).count(),
        products=Product.objects.of(store).count(),
        categories=Category.objects.of(store).filter(kind=Category.Kind.PRODUCT).count(),
        customers=Customer.objects.of(store).count(),
        orders=Order.objects.of(store).count(),
        lines=OrderLine.objects.of(store).count(),
    )


def total(store: Store) -> Decimal:
    """Sum the totals of a store's orders."""
    return sums.decimal(Order.objects.of(store).aggregate(units=sums.units("total"))["units"])
