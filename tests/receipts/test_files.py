"""Where files lie: whole or not at all, and no longer than something names them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from core import storage
from core.errors import Code, Refused
from receipts import files
from tests import books, papers
from tests.conftest import Person
from tests.ledger import stored


class Interrupted(BaseException):
    """What a kill looks like from within."""


class Broken(ContentFile):
    """A file whose sender goes away in the middle."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(b"x" * 100)
        self.error = error

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield b"x" * 50
        raise self.error


@pytest.mark.parametrize("error", [OSError("disk full"), Interrupted()])
def test_a_save_that_is_interrupted_leaves_nothing(error: BaseException) -> None:
    with pytest.raises(type(error)):
        default_storage.save("receipts/ab/whole.jpg", Broken(error))
    assert stored() == []


def test_a_save_that_is_interrupted_leaves_the_file_that_was_there() -> None:
    default_storage.save("receipts/ab/whole.jpg", ContentFile(b"first"))
    with pytest.raises(Interrupted):
        default_storage.save("receipts/ab/whole.jpg", Broken(Interrupted()))
    assert stored() == ["receipts/ab/whole.jpg"]
    with default_storage.open("receipts/ab/whole.jpg") as file:
        assert file.read() == b"first"


def test_whoever_reads_sees_a_whole_file_or_none() -> None:
    """Readers and a writer at once: a reader never sees a part of a file."""
    size, name, seen = 2_000_000, "receipts/ab/whole.jpg", set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            if default_storage.exists(name):
                seen.add(default_storage.size(name))

    reader = threading.Thread(target=look)
    reader.start()
    for _ in range(20):
        default_storage.save(name, ContentFile(b"x" * size))
    done.set()
    reader.join()
    assert seen <= {size}
    assert stored() == [name]


def test_a_file_that_comes_again_is_young_again() -> None:
    kept = files.keep(file=papers.sent(papers.document()), filename="a.png")
    path = Path(settings.MEDIA_ROOT) / kept.name
    os.utime(path, (0, 0))
    with path.open("rb") as again:
        default_storage.save(kept.name, ContentFile(again.read()))
    assert timezone.now().timestamp() - path.stat().st_mtime < 60
    assert stored() == [kept.name]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_refuses_the_file() -> None:
    settings.MEDIA_ROOT.mkdir(parents=True)
    settings.MEDIA_ROOT.chmod(0o500)
    with pytest.raises(Refused) as refused:
        files.keep(file=papers.sent(papers.document()), filename="a.png")
    assert refused.value.code == Code.STORAGE_UNAVAILABLE


def test_a_disk_that_fails_refuses_the_file() -> None:
    content = papers.sent(papers.document())
    kept = files.keep(file=content, filename="a.png")
    with pytest.raises(Refused) as refused:
        storage.put(kept.name, Broken(OSError("No space left on device")))
    assert refused.value.code == Code.STORAGE_UNAVAILABLE
    assert refused.value.field == ("file",)


# --- The sweeper

HOUR = timedelta(hours=1)


def put(name: str, *, age: timedelta = timedelta()) -> str:
    default_storage.save(name, ContentFile(b"x"))
    moment = (timezone.now() - age).timestamp()
    os.utime(Path(settings.MEDIA_ROOT) / name, (moment, moment))
    return name


def test_the_sweeper_takes_only_what_nothing_names_and_what_is_older_than_an_hour(owner: Person) -> None:
    row = books.upload(owner.store, file="receipts/aa/named.jpg")
    kept = [put(row.file, age=48 * HOUR), put("receipts/aa/young.jpg", age=HOUR - timedelta(minutes=1))]
    for name in ("receipts/aa/old.jpg", "receipts/bb/old.jpg", "receipts/bb/.incoming-old"):
        put(name, age=HOUR + timedelta(minutes=1))
    put("other/old.jpg", age=48 * HOUR)
    assert files.sweep(now=timezone.now()) == 3
    assert stored() == sorted([*kept, "other/old.jpg"])
    assert files.sweep(now=timezone.now()) == 0


def test_a_file_that_an_upload_out_of_sight_names_stays(owner: Person, stranger: Person) -> None:
    books.upload(owner.store, file="receipts/aa/shared.jpg", superseded="1")
    put("receipts/aa/shared.jpg", age=48 * HOUR)
    assert files.sweep(now=timezone.now()) == 0


@pytest.mark.django_db
def test_there_is_nothing_to_sweep_before_the_first_file() -> None:
    assert files.sweep(now=timezone.now()) == 0
    Path(settings.MEDIA_ROOT).mkdir(parents=True)
    (Path(settings.MEDIA_ROOT) / "receipts").write_text("in the way")
    assert files.sweep(now=timezone.now()) == 0


@pytest.mark.django_db
def test_the_sweeper_asks_as_often_for_many_files_as_for_one(statements: Any) -> None:
    put("receipts/aa/0.jpg", age=48 * HOUR)
    with statements() as one:
        files.sweep(now=timezone.now())
    for number in range(20):
        put(f"receipts/aa/{number}.jpg", age=48 * HOUR)
    with statements() as many:
        assert files.sweep(now=timezone.now()) == 20
    assert len(one) == len(many)


def test_a_picture_is_told_by_its_first_bytes() -> None:
    heads = {papers.TYPES[format]: papers.document(format)[:1024] for format in papers.TYPES}
    assert {files.content_type_of(head) for head in heads.values()} == set(heads)
    assert all(files.content_type_of(head) == told for told, head in heads.items())
    assert files.content_type_of(b"junk before\n%PDF-1.4") == "application/pdf"
    for head in (
        b"<?xml ",
        b"\xef\xbb\xbf<?xml ",
        b"<Invoice xmlns",
        b"\n<rsm:CrossIndustryInvoice ",
        "<?xml ".encode("utf-16"),
    ):
        assert files.content_type_of(head) == "application/xml"
    assert files.content_type_of(b"<svg xmlns") is None
    assert files.content_type_of(b"RIFF\x00\x00\x00\x00WAVEfmt ") is None
    assert files.content_type_of(b"\x00\x00\x00\x18ftypisom") is None


def test_many_threads_may_look_at_pdfs_at_once() -> None:
    documents = [papers.pdf(pages) for pages in range(1, 9)] * 5
    counted: list[int] = []
    threads = [threading.Thread(target=lambda d=d: counted.append(files._pages_of_pdf(d))) for d in documents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counted) == sorted([*range(1, 9)] * 5)


def test_a_file_that_a_sweeper_took_before_a_row_named_it_is_stored_again() -> None:
    content = papers.document()
    file = ContentFile(content)
    kept = files.keep(file=file, filename="a.png")
    default_storage.delete(kept.name)
    storage.make_sure(kept.name, file)
    assert stored() == [kept.name]
    with default_storage.open(kept.name) as found:
        assert found.read() == content
