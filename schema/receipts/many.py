"""Many receipts in one request: each is taken in or refused for itself."""

from __future__ import annotations

from typing import Any

import strawberry
from strawberry.file_uploads import Upload as UploadedFile

from core import storage
from core.errors import Code, Refused
from core.roles import Permission
from receipts import files, uploads
from schema.commands import IDEMPOTENCY_KEY, Answer, Caller, Payload, UserError, command
from schema.context import Info
from schema.nodes import load
from schema.receipts.inputs import ReaderName
from schema.receipts.types import ReceiptUpload

MOST = 20


@strawberry.input(description="Photos and PDFs of receipts, and electronic invoices.")
class UploadReceiptsInput:
    store: strawberry.ID = strawberry.field(description="The store they belong to.")
    files: list[UploadedFile] = strawberry.field(
        description=f"1 to {MOST} files, each as `uploadReceipt` takes it; together at most 60 MB."
    )
    reader: ReaderName | None = strawberry.field(
        default=None, description="Who reads them, as in `uploadReceipt`."
    )
    idempotency_key: str | None = IDEMPOTENCY_KEY


@strawberry.type(description="What became of one of several files.")
class ReceiptSent:
    key: strawberry.Private[int | None]
    filename: str = strawberry.field(description="Name of the file at the sender's.")
    duplicate: bool = strawberry.field(
        description="Whether the store had these very bytes before: `upload` is the earlier one."
    )
    error: UserError | None = strawberry.field(description="Why it was refused; null when it was taken in.")

    @strawberry.field(description="The upload: follow its status. Null when the file was refused.")
    async def upload(self, info: Info) -> ReceiptUpload | None:
        found: ReceiptUpload | None = None if self.key is None else await load(info, ReceiptUpload, self.key)
        return found


@strawberry.type(description="Receipts that came in.")
class UploadReceiptsPayload(Payload):
    @strawberry.field(description="One for each file, in their order; none when the whole was refused.")
    def results(self) -> list[ReceiptSent]:
        return [_sent(**result) for result in self.answer.get("results", [])]


def _sent(
    key: int | None, filename: str, duplicate: bool = False, error: dict[str, Any] | None = None
) -> ReceiptSent:
    said = UserError(**{**error, "code": Code(error["code"])}) if error else None
    return ReceiptSent(key=key, filename=filename, duplicate=duplicate, error=said)


@command(
    UploadReceiptsPayload,
    description="Keep many photos, PDFs or XML invoices at once; a file that is refused keeps no other out.",
    needs=Permission.RECEIPT_UPLOAD,
)
def upload_receipts(caller: Caller, input: UploadReceiptsInput) -> Answer:
    store = caller.store(input.store)
    sent: list[Any] = list(input.files)
    if not 1 <= len(sent) <= MOST:
        raise Refused(Code.INVALID, f"Send 1 to {MOST} files at a time.", "files")
    if not all(hasattr(file, "chunks") for file in sent):
        raise Refused(Code.REQUIRED, "Send the files as multipart/form-data.", "files")
    looked_at = [_kept(file, place) for place, file in enumerate(sent)]  # the files first, the rows second

    def run() -> Answer:
        kept = [one for one in looked_at if isinstance(one, files.Kept)]
        reader = input.reader.value if input.reader else ""
        taken = iter(uploads.take_in_all(store=store, by=caller.user, kept=kept, reader=reader))
        return {"results": [_result(one, taken) for one in looked_at]}

    answer = caller.once(run)
    for one, file in zip(looked_at, sent, strict=True):
        if isinstance(one, files.Kept):
            storage.make_sure(one.name, file)
    return answer


def _kept(file: Any, place: int) -> files.Kept | Answer:
    """Keep a file, or say why not.

    Raises: Refused with STORAGE_UNAVAILABLE, for all of them: none is in the books then.
    """
    try:
        return files.keep(file=file, filename=file.name or "receipt")
    except Refused as refusal:
        if refusal.code == Code.STORAGE_UNAVAILABLE:
            raise Refused(refusal.code, refusal.message, "files", str(place)) from refusal
        error = {"message": refusal.message, "code": refusal.code.value, "field": ["files", str(place)]}
        return {"key": None, "filename": storage.shown(file.name, "receipt"), "error": error}


def _result(one: files.Kept | Answer, taken: Any) -> Answer:
    if not isinstance(one, files.Kept):
        return one
    upload, duplicate = next(taken)
    return {"key": upload.pk, "filename": one.filename, "duplicate": duplicate}


@strawberry.type
class ManyReceiptsMutations:
    upload_receipts = upload_receipts
