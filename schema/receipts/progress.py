"""How far the reading of an upload is, told as it goes on."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

import strawberry
from asgiref.sync import sync_to_async
from django.utils import timezone

from core.models import Event
from core.roles import Permission
from receipts import models, uploads
from schema.context import Context, Info
from schema.errors import NotFound
from schema.nodes import key_of
from schema.receipts.filters import UploadStage, UploadStatus
from schema.receipts.types import ReceiptUpload
from schema.subscriptions import AFTER, WATCHING, Happening, Stream, cursor, read, subject


@strawberry.type(description="How far the reading of an upload was at a moment.")
class UploadProgress(Happening):
    standing: strawberry.Private[dict[str, Any]]
    upload: ReceiptUpload | None = subject(
        "The upload as it is by now, its bills once they are entered; null when it is out of your sight.",
        to="ReceiptUpload",
    )

    @strawberry.field(description="How far its reading was.")
    def status(self) -> UploadStatus:
        return models.Upload.Status(self.standing["status"])

    @strawberry.field(description="What was being done with it.")
    def stage(self) -> UploadStage:
        return models.Upload.Stage(self.standing["stage"])

    @strawberry.field(description="How much of the way to its bills was done, in percent; 100 with DONE.")
    def progress(self) -> int:
        return int(self.standing["progress"])

    @strawberry.field(description="How many pages it has; 0 before they are counted.")
    def pages(self) -> int:
        return int(self.standing["pages"])

    @strawberry.field(description="How many of them had been read.")
    def pages_read(self) -> int:
        return int(self.standing["pages_read"])

    @strawberry.field(description="Why the last attempt failed, for the owner; empty otherwise.")
    def error(self) -> str:
        return str(self.standing["error"])


async def follow(
    info: Info,
    id: Annotated[strawberry.ID, strawberry.argument(description="The upload.")],
    after: Annotated[str | None, strawberry.argument(description=AFTER)] = None,
) -> AsyncGenerator[UploadProgress, None]:
    key = key_of(id, ReceiptUpload)[1]
    upload = await sync_to_async(_upload)(info.context, key)
    store = upload.store_id
    stream = Stream(info.context, store, Permission.BILL_VIEW, uploads.KIND, key)
    await sync_to_async(stream.check)()
    place = None if after is None else read(after, store)
    if place is not None and await sync_to_async(_over)(upload, place):
        yield _present(upload, place)
        return
    async with aclosing(stream.follow(place)) as happening:
        async for sequence, event in happening:
            if event is None:
                upload = await sync_to_async(_upload)(info.context, key)
                yield _present(upload, sequence)
            else:
                yield UploadProgress(
                    event=event,
                    cursor=cursor(store, sequence),
                    kind=event.kind,
                    at=event.created_at,
                    standing=event.payload,
                )
            if await sync_to_async(_over)(upload, sequence):
                return


def _upload(context: Context, key: int) -> models.Upload:
    """Find an upload, whoever may see it: its stream looks at that."""
    _ = context.user
    upload: models.Upload | None = models.Upload.objects.filter(pk=key).first()
    if upload is None:
        raise NotFound("There is no such row.")
    return upload


def _over(upload: models.Upload, place: int) -> bool:
    """Tell whether an upload is at rest and everything about it was told up to a place."""
    # In this order: what comes between the two is told yet.
    resting = models.Upload.objects.filter(pk=upload.pk, status__in=uploads.AT_REST).exists()
    later = Event.objects.filter(store=upload.store_id, sequence__gt=place, kind__startswith=uploads.KIND)
    return resting and not later.filter(node_key=upload.pk).exists()


def _present(upload: models.Upload, sequence: int) -> UploadProgress:
    return UploadProgress(
        event=None,
        cursor=cursor(upload.store_id, sequence),
        kind=WATCHING,
        at=timezone.now(),
        standing=uploads.standing(upload),
    )


upload_progress: Any = strawberry.subscription(
    resolver=follow,
    description="Follow the reading of an upload, stage by stage, until its bills are entered or it has "
    "failed: then the subscription is complete. First comes where it stands. After a lost connection, go on "
    "`after` the last cursor, and no stage is missed. `ReceiptUpload` says the same to whoever polls it.",
)
upload_progress.metadata = {"needs": Permission.BILL_VIEW}


@strawberry.type
class UploadSubscriptions:
    upload_progress = upload_progress
