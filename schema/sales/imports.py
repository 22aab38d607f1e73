"""Customers from a spreadsheet."""

from __future__ import annotations

import strawberry
from strawberry.file_uploads import Upload as UploadedFile

from core.roles import Permission
from sales import imports
from schema.catalog.imports import DRY_RUN, FILE, ImportPayload, said, sent
from schema.commands import IDEMPOTENCY_KEY, Answer, Caller, command


@strawberry.input(description="A file of customers.")
class ImportCustomersInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    file: UploadedFile = FILE
    dry_run: bool = DRY_RUN
    idempotency_key: str | None = IDEMPOTENCY_KEY


@command(
    ImportPayload,
    description="Enter customers from a file: name, or first and last name, company, address, city, state, "
    "country, postal code, phone, fax, email, notes. A customer is known by the email address, else by name "
    "and phone; an empty cell changes nothing.",
    needs=Permission.CUSTOMER_EDIT,
)
def import_customers(caller: Caller, input: ImportCustomersInput) -> Answer:
    store = caller.store(input.store)
    table = sent(input.file, imports.NAMES)

    def run() -> Answer:
        outcome = imports.import_customers(store=store, by=caller.user, table=table, dry_run=input.dry_run)
        return said(outcome, table)

    return caller.once(run)


@strawberry.type
class CustomerImportMutations:
    import_customers = import_customers
