"""The door to a bucket: S3, or another storage that speaks its language.

It does what the disk does for `core.storage`: a file is there whole or not at all, is never written over,
and what fails raises OSError.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile, File
from storages.backends.s3 import S3Storage

MISSING = ("404", "NoSuchKey")
CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 3, 20, 2
THERE = ("412", "PreconditionFailed", "ConditionalRequestConflict")


class BucketError(OSError):
    """The bucket is out of reach, or refuses."""


@contextmanager
def told() -> Iterator[None]:
    """Raise what goes wrong with a bucket as a disk's errors are raised."""
    try:
        yield
    except ClientError as error:
        kind = FileNotFoundError if error.response["Error"]["Code"] in MISSING else BucketError
        raise kind(str(error)) from error
    except BotoCoreError as error:
        raise BucketError(str(error)) from error


class Bucket(S3Storage):  # type: ignore[misc]
    """Keep files as objects that are put in one request each, and only where none is yet.

    `endpoint_url` is a storage other than Amazon's own; its buckets are named in paths.
    """

    def __init__(self, *, endpoint_url: str = "", **options: Any) -> None:
        config = Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            s3={"addressing_style": "path" if endpoint_url else "auto"},
            # Sums that only Amazon's own storage knows are left out where it can do without.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        super().__init__(endpoint_url=endpoint_url or None, client_config=config, **options)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _save(self, name: str, content: File[Any]) -> str:
        content.seek(0)
        place = self.bucket.Object(self._normalize_name(name))
        with told():
            try:
                place.put(Body=content.read(), IfNoneMatch="*", **self.get_object_parameters(name))
            except ClientError as error:
                if error.response["Error"]["Code"] not in THERE:
                    raise
                # Copied onto itself, an object keeps its bytes and is young again.
                source = {"Bucket": self.bucket_name, "Key": place.key}
                place.copy_from(CopySource=source, MetadataDirective="REPLACE")
        return name

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        with told():
            answer = self.bucket.Object(self._normalize_name(name)).get()
            return ContentFile(answer["Body"].read(), name=name)

    def exists(self, name: str) -> bool:
        with told():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with told():
            super().delete(name)

    def get_modified_time(self, name: str) -> datetime:
        with told():
            modified: datetime = super().get_modified_time(name)
        return modified

    def aged(self, folder: str) -> Iterator[tuple[str, datetime]]:
        """Name the files below a folder, each with the moment since when it is there."""
        with told():
            for found in self.bucket.objects.filter(Prefix=self._normalize_name(f"{folder}/")):
                yield found.key.removeprefix(self.location).lstrip("/"), found.last_modified
