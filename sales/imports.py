"""Customers from a table: new ones are added, known ones changed where the table says something else."""

from __future__ import annotations

import re

from django.db import transaction

from core import audit, stores, tables
from core.imports import Found, Key, Outcome, save
from core.models import Store, User
from core.tables import Row, Table
from sales import customers
from sales.models import Customer

NAMES: tables.Names = {
    "name": ("full name", "customer", "customer name", "contact", "kunde"),
    "first_name": ("given name", "forename", "vorname"),
    "last_name": ("surname", "family name", "nachname"),
    "company": ("company name", "organisation", "organization", "firma"),
    "address": ("street", "address line 1", "address 1", "adresse", "strasse", "straße"),
    "city": ("town", "ort", "stadt"),
    "state": ("province", "region", "county", "bundesland"),
    "country": ("land",),
    "postal_code": ("postcode", "zip", "zip code", "plz", "postleitzahl"),
    "phone": ("telephone", "phone number", "mobile", "tel", "telefon"),
    "fax": ("fax number", "telefax"),
    "email": ("e-mail", "email address", "e-mail address", "mail"),
    "notes": ("note", "comment", "comments", "remarks", "bemerkung", "notizen"),
}


@transaction.atomic
def import_customers(*, store: Store, by: User | None, table: Table, dry_run: bool = False) -> Outcome:
    """Enter the good rows of a table.

    A customer is known by the email address, else by name and phone. An empty cell changes nothing.

    Raises: Refused with CONFLICT.
    """
    run = _Run(stores.hold(store))
    run.outcome.each(table, run.take)
    save(run.outcome.new, run.outcome.changed, list(customers.LIMITS))
    outcome = run.outcome
    if outcome.new or outcome.changed:
        audit.record(store=store, by=by, action="customer.import", node=store, after=outcome.counts)
    transaction.set_rollback(dry_run)
    return outcome


class _Run:
    """One import: what the store has, and what becomes of it row by row."""

    def __init__(self, store: Store) -> None:
        self.store, self.outcome, self.found = store, Outcome(), Found()
        held = Customer.objects.of(store).order_by("pk").select_for_update(no_key=True)
        self.customers = {customer.pk: customer for customer in held}
        for customer in self.customers.values():
            self.found.add(customer.pk, _keys(customer))

    def take(self, row: Row) -> None:
        """Make or change the customer that a row is about.

        Raises: Refused, with the field at fault; nothing has changed then.
        """
        values = customers.checked(_parted(row.cells))
        said = Customer(store=self.store, **values)
        customers.check_told(said)
        target = self.found.one(_by_email(said) if said.email else _by_name(said))
        customer = self.customers[target] if target else said
        different = [name for name, value in values.items() if getattr(customer, name) != value]
        for name in different:
            setattr(customer, name, values[name])
        self.found.take(row, target, _keys(customer))
        self.outcome.settle(customer, new=target is None, changed=bool(different))


def _parted(cells: dict[str, str]) -> dict[str, str]:
    """Part a whole name, unless the parts are said too: Ana Reed, or Reed, Ana."""
    cells = dict(cells)
    name = cells.pop("name", "")
    if not name or "first_name" in cells or "last_name" in cells:
        return cells
    last, comma, first = (part.strip() for part in name.partition(","))
    if not comma:
        first, _, last = name.rpartition(" ")
    parts = {"first_name": " ".join(first.split()), "last_name": last}
    return {**cells, **{part: text for part, text in parts.items() if text}}


def _keys(customer: Customer) -> list[Key]:
    return [_by_name(customer), *([_by_email(customer)] if customer.email else [])]


def _by_email(customer: Customer) -> Key:
    return "email", customer.email.lower()


def _by_name(customer: Customer) -> Key:
    person = f"{customer.first_name} {customer.last_name}".strip() or customer.company
    return "name", person.lower(), re.sub(r"\D", "", customer.phone)
