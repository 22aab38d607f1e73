"""Products from a spreadsheet, and what every import answers."""

from __future__ import annotations

from typing import Any

import strawberry
from strawberry.file_uploads import Upload as UploadedFile

from catalog import imports
from core import tables
from core.errors import Code, Refused
from core.imports import MAX_ERRORS, Outcome
from core.roles import Permission
from schema.commands import IDEMPOTENCY_KEY, Answer, Caller, Payload, command, value

FILE: Any = strawberry.field(
    description=f"CSV or .xlsx (its first sheet), columns named in the first row; at most "
    f"{tables.MAX_BYTES // 2**20} MB and {tables.MAX_ROWS:,} rows. Sent as multipart."
)
DRY_RUN: Any = strawberry.field(
    default=False, description="Only say what would be done: the same counts and errors, and nothing changes."
)


@strawberry.type(description="Why a row of a file was left out.")
class ImportRowError:
    row: int = strawberry.field(description="As a spreadsheet counts: the header is row 1.")
    field: str | None = strawberry.field(
        description="The field at fault, such as unitPrice; null for the row as a whole."
    )
    message: str = strawberry.field(description="A sentence to show.")


@strawberry.type(description="What became of the rows of a file; good ones are kept though others are not.")
class ImportPayload(Payload):
    created: int = value("Rows that were new.", key="created", default=0)
    updated: int = value("Rows that were known and said something else.", key="updated", default=0)
    unchanged: int = value("Rows that were known and said nothing new.", key="unchanged", default=0)
    skipped: int = value("Rows with an error, which were left out.", key="skipped", default=0)

    @strawberry.field(description=f"The errors, in the order of the rows; the first {MAX_ERRORS} of them.")
    def row_errors(self) -> list[ImportRowError]:
        return [ImportRowError(**error) for error in self.answer.get("errors", [])]

    @strawberry.field(description="Columns of the file that mean nothing here.")
    def ignored_columns(self) -> list[str]:
        return list(self.answer.get("ignored", []))


@strawberry.input(description="A file of products.")
class ImportProductsInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    file: UploadedFile = FILE
    dry_run: bool = DRY_RUN
    idempotency_key: str | None = IDEMPOTENCY_KEY


@command(
    ImportPayload,
    description="Enter products from a file: name, price, SKU, barcode, unit, cost, category, brand, "
    "collection, low stock, track stock. A product is known by its SKU, else by its barcode, else by its "
    "name; an empty cell changes nothing; brands, collections and categories that are new are made.",
    needs=Permission.CATALOG_EDIT,
)
def import_products(caller: Caller, input: ImportProductsInput) -> Answer:
    store = caller.store(input.store)
    table = sent(input.file, imports.NAMES)

    def run() -> Answer:
        outcome = imports.import_products(store=store, by=caller.user, table=table, dry_run=input.dry_run)
        return said(outcome, table)

    return caller.once(run)


def sent(file: Any, names: tables.Names) -> tables.Table:
    """Read the table that was sent, before any row is locked."""
    if not hasattr(file, "chunks"):
        raise Refused(Code.REQUIRED, "Send the file as multipart/form-data.", "file")
    return tables.read(file=file, names=names)


def said(outcome: Outcome, table: tables.Table) -> Answer:
    """Answer with plain values, which can be kept."""
    errors = [vars(error) for error in outcome.errors]
    return {**outcome.counts, "errors": errors, "ignored": table.ignored}


@strawberry.type
class ProductImportMutations:
    import_products = import_products
