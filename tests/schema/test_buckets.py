"""Receipts' files in a bucket, on an S3 server of the test's own that speaks the real protocol."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import boto3
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from moto.server import ThreadedMotoServer

from core import health, storage
from receipts import files
from receipts.models import Upload
from schema import ids
from tests import books, papers
from tests.conftest import Person
from tests.live import free_port
from tests.schema.test_files import URL
from tests.schema.test_uploads import UPLOAD

HOUR = timedelta(hours=1)
BUCKET = "shop-receipts"
KEYS = {"access_key": "test", "secret_key": "test", "region_name": "us-east-1"}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    made = ThreadedMotoServer("127.0.0.1", free_port(), verbose=False)
    made.start()
    host, port = made.get_host_and_port()
    yield f"http://{host}:{port}"
    made.stop()


@pytest.fixture
def bucket(server: str, settings: Any) -> Any:
    """A fresh bucket that the server keeps its files in."""
    client = boto3.resource(
        "s3",
        endpoint_url=server,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )
    made = client.Bucket(BUCKET)
    if made.creation_date:
        made.objects.all().delete()
    else:
        made.create()
    keep_in(settings, server)
    return made


def keep_in(settings: Any, url: str, name: str = BUCKET) -> None:
    options = {"bucket_name": name, "endpoint_url": url, "location": "tillsight", **KEYS}
    default = {"BACKEND": "core.buckets.Bucket", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "default": default}


def objects(bucket: Any) -> list[str]:
    return [found.key for found in bucket.objects.all()]


def send(ask: Any, who: Person, content: bytes, **more: Any) -> Any:
    file = papers.sent(content, "bon.jpg")
    return ask(who, UPLOAD, store=who.store_id, file=file, **more).data["uploadReceipt"]


def url(ask: Any, who: Person, row: Upload) -> str:
    return str(ask(who, URL, id=ids.encode("ReceiptUpload", row.pk)).data["node"]["fileUrl"])


def test_a_receipt_goes_into_the_bucket_and_comes_back_by_a_link_that_ends(
    owner: Person, stranger: Person, ask: Any, bucket: Any, settings: Any
) -> None:
    content = papers.document("JPEG")
    assert send(ask, owner, content)["userErrors"] == []
    row = Upload.objects.get()
    assert objects(bucket) == [f"tillsight/{row.file}"]
    assert files.read(row) == content
    address = url(ask, owner, row)
    answer = Client().get(address)
    assert (answer.status_code, answer.content, answer["Content-Type"]) == (200, content, "image/jpeg")
    assert ask(stranger, URL, id=ids.encode("ReceiptUpload", row.pk)).data["node"] is None
    forged = files.sign(upload=row, user=stranger.user)
    assert Client().get(f"/files/{forged}").status_code == 404
    settings.FILE_URL_LIFETIME = timedelta(seconds=-1)
    assert Client().get(address).status_code == 404


def test_an_original_is_never_written_over(bucket: Any) -> None:
    default_storage.save("receipts/ab/x.jpg", ContentFile(b"first"))
    (before,) = list(bucket.objects.all())
    default_storage.save("receipts/ab/x.jpg", ContentFile(b"another"))
    (after,) = list(bucket.objects.all())
    assert storage.read("receipts/ab/x.jpg") == b"first"
    assert after.last_modified >= before.last_modified


def test_the_sweeper_takes_what_no_upload_names(owner: Person, bucket: Any) -> None:
    row = books.upload(owner.store, file="receipts/aa/named.jpg")
    for name in (row.file, "receipts/aa/old.jpg", "receipts/bb/old.jpg", "pictures/aa/old.jpg"):
        default_storage.save(name, ContentFile(b"x"))
    assert files.sweep(now=timezone.now()) == 0
    assert files.sweep(now=timezone.now() + 2 * HOUR) == 2
    assert objects(bucket) == ["tillsight/pictures/aa/old.jpg", f"tillsight/{row.file}"]


def test_the_health_tells_whether_the_bucket_takes_files(bucket: Any, server: str, settings: Any) -> None:
    assert health.check("storage", health.storage_fault).ok
    assert objects(bucket) == []
    keep_in(settings, server, "nobodys")
    found = health.check("storage", health.storage_fault)
    assert (found.ok, "nobodys" in found.message) == (False, False)


# --- When it is down


def closed(settings: Any) -> None:
    keep_in(settings, f"http://127.0.0.1:{free_port()}")


@contextmanager
def hanging_up() -> Iterator[str]:
    """A storage that goes down in the middle: it takes some of what is sent, and is gone."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def answer() -> None:
            while True:
                try:
                    line, _ = door.accept()
                except OSError:
                    return
                with line:
                    line.recv(1000)

        threading.Thread(target=answer, daemon=True).start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        door.shutdown(socket.SHUT_RDWR)


def test_a_storage_that_goes_down_during_an_upload_is_told_and_nothing_is_half_written(
    owner: Person, ask: Any, bucket: Any, server: str, settings: Any
) -> None:
    content = papers.document("JPEG")
    with hanging_up() as down:
        keep_in(settings, down)
        (error,) = send(ask, owner, content, key="k")["userErrors"]
    assert (error["code"], error["field"]) == ("STORAGE_UNAVAILABLE", ["file"])
    assert "127.0.0.1" not in error["message"]
    assert (Upload.objects.count(), objects(bucket)) == (0, [])
    keep_in(settings, server)
    again = send(ask, owner, content, key="k")
    assert (again["userErrors"], again["replayed"]) == ([], False)
    assert len(objects(bucket)) == 1


def test_a_file_that_cannot_be_fetched_now_is_told_so(
    owner: Person, ask: Any, bucket: Any, server: str, settings: Any
) -> None:
    send(ask, owner, papers.document("JPEG"))
    address = url(ask, owner, Upload.objects.get())
    closed(settings)
    answer = Client().get(address)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert files.sweep(now=timezone.now() + 2 * HOUR) == 0  # another time
    keep_in(settings, server)
    assert Client().get(address).status_code == 200
    bucket.objects.all().delete()
    assert Client().get(address).status_code == 404
