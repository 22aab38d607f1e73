"""Files of readings: sent, followed, and what came of them."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import auto
from strawberry.file_uploads import Upload as UploadedFile

from core import storage
from core.errors import Code, Refused
from core.roles import Permission
from energy import import_files, imports, models
from energy.imports import Said
from energy.meter_files.units import Unit
from schema.commands import IDEMPOTENCY_KEY, Answer, Caller, Payload, command, written
from schema.connections import By
from schema.energy.types import Device
from schema.enums import described
from schema.nodes import Node, column, node, one
from schema.receipts.filters import order

if TYPE_CHECKING:
    from schema.accounts.types import Store, User

StoreRef = Annotated["Store", strawberry.lazy("schema.accounts.types")]
UserRef = Annotated["User", strawberry.lazy("schema.accounts.types")]

ReadingImportStatus = models.ReadingImport.Status
described(
    ReadingImportStatus,
    name="ReadingImportStatus",
    description="How far an import is.",
    values={
        "QUEUED": "It waits for a worker.",
        "PROCESSING": "A worker reads it: see `progress`.",
        "COMPLETED": "It was read to its end.",
        "FAILED": "It could not be read: see `error`.",
    },
)
EnergyUnit = Enum("EnergyUnit", {unit.name: unit.value for unit in Unit})  # type: ignore[misc]
described(
    EnergyUnit,
    name="EnergyUnit",
    description="What the values of a file are measured in.",
    values={
        "W": "Watts: the mean over the time of each row.",
        "KW": "Kilowatts: the mean over the time of each row.",
        "WH": "Watt-hours.",
        "KWH": "Kilowatt-hours.",
        "MWH": "Megawatt-hours.",
        "GWH": "Gigawatt-hours.",
        "KWMIN": "Means of kW by the minute, added up: 60 make a kWh.",
    },
)
ReadingImportOrder: Any = order(
    "ReadingImportOrder",
    "An order of imports.",
    CREATED_AT_DESC=By("created_at", descending=True),
    CREATED_AT_ASC=By("created_at"),
)


@strawberry.type(description="A row of a file that could not be read.")
class RowError:
    row: int = strawberry.field(description="Its number in the file, from 1, the header counted.")
    message: str = strawberry.field(description="Why, in a sentence.")


@strawberry.type(description="What a file turned out to be.")
class ReadingFormat:
    date_column: str = strawberry.field(description="Name of the column of the dates, or its number.")
    time_column: str | None = strawberry.field(description="That of the time of day, where it has its own.")
    end_column: str | None = strawberry.field(description="That of the end, where the file says it.")
    value_column: str = strawberry.field(description="That of the values.")
    device_column: str | None = strawberry.field(description="That of the device, where the file says it.")
    unit: str = strawberry.field(description="What the values are measured in, such as kWh.")
    unit_assumed: bool = strawberry.field(description="Whether neither you nor the file say the unit.")
    decimal_mark: str = strawberry.field(description="What stands between a whole and its fraction.")
    day_first: bool = strawberry.field(description="Whether 1/2 is taken for the first of February.")
    interval: str = strawberry.field(
        description="What a value is of, such as `15 min` or `day`; empty for ends."
    )


@node(models.ReadingImport, description="A file of readings that came in, and what came of it.")
class ReadingImport(Node):
    needs = Permission.ENERGY_VIEW

    filename: auto = column("Name of the file at the sender's.")
    dry_run: auto = column("Whether it only says what would be done.")
    status: ReadingImportStatus = column("How far it is.")
    rows_total: auto = column("Rows of the file, about; 0 before it is opened.")
    rows_done: auto = column("Rows that have been read.")
    imported: auto = column("Readings that are new.")
    duplicates: auto = column("Readings of a time that counts already: that stays as it was.")
    differing: auto = column("Duplicates that say another amount than what counts: see `correctReading`.")
    skipped: auto = column("Rows that could not be read.")
    error: auto = column("Why it failed; empty otherwise.")
    created_at: auto = column("When it came in.")
    completed_at: auto = column("When it ended; null before.")
    store: StoreRef | None = one("The store that it belongs to.", source="store_id", to="Store")
    user: UserRef | None = one("Who sent it, if still in sight.", source="user_id", to="User")
    device: Device | None = one(
        "The device that was chosen; null where the file says it.", source="device_id", to="Device"
    )

    @strawberry.field(description="Energy of the readings that are new, in kWh.")
    def kwh(self) -> Decimal:
        return Decimal(_row(self).kwh)

    @strawberry.field(description="Share of the file that has been read, 0 to 1.")
    def progress(self) -> float:
        row = _row(self)
        if row.status == ReadingImportStatus.COMPLETED:
            return 1.0
        return min(1.0, row.rows_done / row.rows_total) if row.rows_total else 0.0

    @strawberry.field(description="The first rows that could not be read, at most 100.")
    def row_errors(self) -> list[RowError]:
        return [RowError(row=number, message=reason) for number, reason in _row(self).row_errors]

    @strawberry.field(description="What the file turned out to be; null before it is opened.")
    def format(self) -> ReadingFormat | None:
        found = _row(self).format
        return ReadingFormat(**found) if found else None


def _row(node: ReadingImport) -> Any:
    return node


@strawberry.input(description="A file of readings. What is left out is found out, and said in `format`.")
class ImportReadingsInput:
    store: strawberry.ID = strawberry.field(description="The store.")
    file: UploadedFile = strawberry.field(
        description="A workbook (.xlsx) or CSV; at most 25 MB and 500,000 rows. Sent as multipart. "
        "An example: `/files/examples/readings.xlsx`."
    )
    device: strawberry.ID | None = strawberry.field(
        default=None,
        description="The device that all rows are of; else each row's own by its name, or one that is named "
        "after the column of the values. Unknown ones are added.",
    )
    unit: EnergyUnit | None = strawberry.field(default=None, description="What the values are measured in.")
    date_column: str | None = strawberry.field(
        default=None, description="Name of the column of the dates, or its number from 1."
    )
    value_column: str | None = strawberry.field(
        default=None, description="Name of the column of the values, or its number from 1."
    )
    dry_run: bool = strawberry.field(
        default=False, description="Whether only to say what would be done, and enter nothing."
    )
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.type(description="A file of readings that came in.")
class ImportReadingsPayload(Payload):
    reading_import: ReadingImport | None = written(
        "The import: follow its progress.", to="ReadingImport", key="import"
    )


@command(
    ImportReadingsPayload,
    description="Keep a file of readings; a worker enters what is new, each time once, and names bad rows.",
    needs=Permission.READING_RECORD,
)
def import_readings(caller: Caller, input: ImportReadingsInput) -> Answer:
    store = caller.store(input.store)
    device = caller.find(input.device, "Device", "device") if input.device is not None else None
    file: Any = input.file
    if not hasattr(file, "chunks"):
        raise Refused(Code.REQUIRED, "Send the file as multipart/form-data.", "file")
    said = Said(
        device=device,
        unit=input.unit.value if input.unit else "",
        date_column=input.date_column or "",
        value_column=input.value_column or "",
        dry_run=input.dry_run,
    )
    imports.check(store=store, said=said)
    kept = import_files.keep(file=file, filename=file.name or "readings")  # the file first, the row second
    answer = caller.once(
        lambda: {"import": imports.take_in(store=store, by=caller.user, kept=kept, said=said).pk}
    )
    storage.make_sure(kept.name, file)
    return answer


@strawberry.type
class ReadingImportMutations:
    import_readings = import_readings
