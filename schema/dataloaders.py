"""What a list needs for each of its rows and no relation gives: one batch function each.

Each takes the keys of a level and answers in their order, with one SQL statement (two where
the time zones of the stores must be known first).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from core.models import Membership, Profile, Store, User
from core.profiles import profile_of
from core.roles import Permission, Role
from core.tenancy import StoreQuerySet
from receipts import queries
from receipts.models import Item, SpendDay, SpendGroup
from sales import customers, margins
from sales.models import Order, OrderLine


def stores_of_users(visible: QuerySet[Store], users: list[int]) -> list[list[Store]]:
    """List the stores of each user, by name, as far as they are visible."""
    links = (
        Membership.objects.filter(user__in=users, store__in=visible)
        .select_related("store")
        .order_by("store__name", "store_id")
    )
    found: dict[int, list[Store]] = {}
    for link in links:
        found.setdefault(link.user_id, []).append(link.store)
    return [found.get(user, []) for user in users]


def profiles_of(viewer: User, users: list[int]) -> list[Profile | None]:
    """Give the viewer's profile in the viewer's place, and nobody else's."""
    return [profile_of(viewer) if user == viewer.pk else None for user in users]


def avatars_of(users: list[int]) -> list[str]:
    """Give the name of each user's picture; an empty one where there is none."""
    found = dict(Profile.objects.filter(user__in=users).values_list("user", "avatar"))
    return [found.get(user, "") for user in users]


def roles_of(viewer: User, stores: list[int]) -> list[Role | None]:
    """Give the viewer's role in each store."""
    found = dict(Membership.objects.filter(user=viewer, store__in=stores).values_list("store_id", "role"))
    return [Role(found[store]) if store in found else None for store in stores]


def bill_counts(viewer: User, stores: list[int]) -> list[int]:
    """Count each store's bills."""
    found = queries.bill_counts(days=_days(viewer), stores=stores)
    return [found.get(store, 0) for store in stores]


def lines_evidence(viewer: User, bills: list[int]) -> list[list[tuple[int, dict[str, Any]]]]:
    """Give position and evidence of each bill's lines, in their order."""
    found: dict[int, list[tuple[int, dict[str, Any]]]] = {bill: [] for bill in bills}
    rows = Item.objects.visible_to(viewer, Permission.BILL_VIEW).filter(
        bill__in=bills, evidence__isnull=False
    )
    for bill, position, evidence in rows.order_by("position").values_list("bill", "position", "evidence"):
        found[bill].append((position, evidence))
    return [found[bill] for bill in bills]


def spent_this_month(viewer: User, stores: list[int]) -> list[Decimal]:
    """Sum each store's spending of this month."""
    rows = Store.objects.filter(pk__in=stores)
    found = queries.spent_this_month(days=_days(viewer), stores=rows, now=timezone.now())
    return [found.get(store, queries.ZERO) for store in stores]


def currencies(stores: list[int]) -> list[str]:
    """Give the currency that each store counts in."""
    found = dict(Store.objects.filter(pk__in=stores).values_list("pk", "currency"))
    return [found[store] for store in stores]


def merchant_totals(viewer: User, merchants: list[int]) -> list[list[dict[str, Any]]]:
    """Sum what was paid to each merchant, by currency."""
    groups = SpendGroup.objects.visible_to(viewer, Permission.BILL_VIEW)
    found = queries.merchant_totals(groups=groups, merchants=merchants)
    return [found.get(merchant, []) for merchant in merchants]


def lifetime_values(viewer: User, buyers: list[int]) -> list[Decimal]:
    """Sum what each customer has bought."""
    orders = Order.objects.visible_to(viewer, Permission.ORDER_VIEW)
    found = customers.lifetime_values(orders=orders, customers=buyers)
    return [found.get(customer, queries.ZERO) for customer in buyers]


def product_margins(viewer: User, products: list[int]) -> list[Decimal | None]:
    """Say what is left of each product's revenue."""
    lines = OrderLine.objects.visible_to(viewer, Permission.ORDER_VIEW)
    found = margins.margins(lines=lines, products=products)
    return [found.get(product) for product in products]


def _days(viewer: User) -> StoreQuerySet:
    return SpendDay.objects.visible_to(viewer, Permission.BILL_VIEW)
