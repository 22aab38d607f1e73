"""Customers, and employees, of whom none can sign in."""

from __future__ import annotations

from core import stores
from core.models import Membership, Store, User
from core.roles import Role
from sales.chinook.rows import Progress, natural_key, there, write
from sales.chinook.shop import Employee, Shop
from sales.models import Customer


def customers(store: Store, shop: Shop, progress: Progress) -> dict[int, Customer]:
    found = there(Customer.objects.of(store), "customer", shop.customers)
    new = {
        key: Customer(store=store, natural_key=natural_key("customer", key), **columns)
        for key, columns in shop.customers.items()
        if key not in found
    }
    write(new.values())
    progress(len(shop.customers))
    return {**found, **new}


def members(store: Store, shop: Shop, progress: Progress) -> tuple[int, int]:
    """Make employees members who can never sign in; count them, and those who were left out."""
    joined = left_out = 0
    for employee in shop.employees.values():
        user = _account(employee)
        if user is None:
            left_out += 1
        elif not Membership.objects.of(store).filter(user=user).exists():
            stores.enrol(user=user, store=store, role=Role.STAFF)
            joined += 1
        progress(1)
    return joined, left_out


def _account(employee: Employee) -> User | None:
    """Find or open an account that is asleep; None where the address is missing, or anybody's own."""
    email = employee.email.lower()
    if "@" not in email:
        return None
    user = User.objects.by_login(email)
    if user is None:
        user = User(
            email=email, is_active=False, first_name=employee.first_name, last_name=employee.last_name
        )
        user.set_unusable_password()
        user.save()
        return user
    asleep = not user.is_active and user.email_verified_at is None and not user.has_usable_password()
    return user if asleep else None
