"""Keep a store's customers."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core import audit, sums
from core.errors import Code, Refused
from core.fields import camel, short
from core.models import Store, User
from sales.models import Customer
from sales.models.orders import OrderQuerySet
from sales.transitions import Status

LIMITS = {
    "first_name": 100, "last_name": 100, "company": 200, "address": 500, "city": 100, "state": 100,
    "country": 100, "postal_code": 20, "phone": 50, "fax": 50, "email": 254, "notes": 1000,
}  # fmt: skip
TOLD_BY = ("first_name", "last_name", "company", "email", "phone")


@transaction.atomic
def create(*, store: Store, by: User, values: dict[str, str | None]) -> Customer:
    """Add a customer; `values` names columns.

    Raises: Refused with REQUIRED or INVALID, and the field at fault.
    """
    customer = Customer(store=store, **checked(values))
    check_told(customer)
    customer.save()
    after = audit.picture(customer, *LIMITS)
    audit.record(store=store, by=by, action="customer.create", node=customer, after=after)
    return customer


@transaction.atomic
def update(*, customer: Customer, by: User, changes: dict[str, str | None]) -> Customer:
    """Change some columns of a customer; None empties one.

    Raises: Refused with REQUIRED or INVALID, and the field at fault.
    """
    customer = Customer.objects.select_for_update(of=("self",)).select_related("store").get(pk=customer.pk)
    before = audit.picture(customer, *LIMITS)
    for name, value in checked(changes).items():
        setattr(customer, name, value)
    check_told(customer)
    customer.save()
    after = audit.picture(customer, *LIMITS)
    if after != before:
        audit.record(
            store=customer.store, by=by, action="customer.update", node=customer, before=before, after=after
        )
    return customer


@transaction.atomic
def archive(*, customer: Customer, by: User, archived: bool = True) -> Customer:
    """Put a customer away, or bring one back; the past stays."""
    rows = Customer.objects.filter(pk=customer.pk, archived_at__isnull=archived)
    if rows.update(archived_at=timezone.now() if archived else None, updated_at=timezone.now()):
        action = "customer.archive" if archived else "customer.restore"
        audit.record(store=customer.store, by=by, action=action, node=customer)
    return customer


def lifetime_values(*, orders: OrderQuerySet, customers: Iterable[int]) -> dict[int, Decimal]:
    """Sum the completed orders of each customer, in the store's currency; who has none is not there."""
    rows = orders.filter(
        customer__in=customers, status=Status.COMPLETED, currency=F("store__currency")
    ).order_by()
    summed = rows.values("customer").annotate(cents=sums.units("total"))
    return {row["customer"]: sums.decimal(row["cents"]) for row in summed}


def checked(values: dict[str, Any]) -> dict[str, str]:
    """Refuse what the columns cannot hold, and give the values as they are kept.

    Raises: Refused with INVALID.
    """
    kept = {name: short(value or "", LIMITS[name], camel(name)) for name, value in values.items()}
    if kept.get("email"):
        try:
            validate_email(kept["email"])
        except ValidationError as error:
            raise Refused(Code.INVALID, "This is not an email address.", "email") from error
    return kept


def check_told(customer: Customer) -> None:
    """Refuse a customer of whom nothing is known.

    Raises: Refused with REQUIRED.
    """
    if not any(getattr(customer, name) for name in TOLD_BY):
        raise Refused(Code.REQUIRED, "Give a name, a company, an email address or a phone number.")
