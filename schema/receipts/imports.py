"""Bills of the past from a spreadsheet."""

from __future__ import annotations

import strawberry
from strawberry.file_uploads import Upload as UploadedFile

from core.roles import Permission
from receipts import bill_rows, imports
from schema.catalog.imports import DRY_RUN, FILE, ImportPayload, said, sent
from schema.commands import IDEMPOTENCY_KEY, Answer, Caller, command, value


@strawberry.input(description="A file of bills.")
class ImportBillsInput:
    store: strawberry.ID = strawberry.field(description="The store whose money it was.")
    file: UploadedFile = FILE
    dry_run: bool = DRY_RUN
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.type(
    description="What became of the bills of a file: all is counted by the bill, not by the row."
)
class ImportBillsPayload(ImportPayload):
    items: int = value("Lines of the bills that were new.", key="items", default=0)


@command(
    ImportBillsPayload,
    description="Enter bills of the past from a file: date, merchant, total, number, time, address, "
    "currency, subtotal, tax, tip, category, status, notes; and item, quantity, unit, unit price, discount, "
    "item total, item category, a row an item. Rows with the same `bill` are one bill, or neighbours that "
    "say the same of it. A bill that the store has is left as it is, so that a file may be sent again; new "
    "categories are made. The report BILLS is such a file.",
    needs=Permission.BILL_EDIT,
)
def import_bills(caller: Caller, input: ImportBillsInput) -> Answer:
    store = caller.store(input.store)
    table = sent(input.file, bill_rows.NAMES)

    def run() -> Answer:
        outcome = imports.import_bills(store=store, by=caller.user, table=table, dry_run=input.dry_run)
        return said(outcome, table)

    return caller.once(run)


@strawberry.type
class BillImportMutations:
    import_bills = import_bills
