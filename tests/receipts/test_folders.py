"""Receipts from a folder: what is whole comes in, once, and what is being written waits."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.models import Store
from receipts import folders
from receipts.folders import PATIENCE, Fate, Folder, cut_off
from receipts.models import Bill, Upload
from tests import books, papers
from tests.conftest import Person
from tests.ledger import everything, stored


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "receipts to come"
    made.mkdir()
    return made


def put(folder: Path, name: str, content: bytes | None = None, age: float = 3600) -> Path:
    """Put a file into a folder that was last written to so many seconds ago."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(papers.document("JPEG") if content is None else content)
    os.utime(path, (time.time() - age,) * 2)
    return path


def fates(watched: Folder) -> dict[str, Fate]:
    return {told.path.name: told.fate for told in watched.look()}


def test_what_is_whole_comes_in_once_and_stays_where_it_is(owner: Person, folder: Path) -> None:
    twin = papers.document("PNG")
    put(folder, "a.JPG")
    put(folder, "b.png", twin)
    put(folder, "2026/c.png", twin)
    put(folder, "notes.txt", b"no receipt")
    put(folder, ".hidden.jpg")
    put(folder, "page.pdf", b"<html>")
    watched = Folder(folder, owner.store, owner.user)
    assert fates(watched) == {
        "a.JPG": Fate.NEW, "b.png": Fate.KNOWN, "c.png": Fate.NEW, "page.pdf": Fate.REFUSED,
    }  # fmt: skip
    assert fates(watched) == {}
    again = fates(Folder(folder, owner.store, owner.user))  # as when it is started again
    assert {name for name, fate in again.items() if fate == Fate.NEW} == set()
    assert (Upload.objects.count(), len(stored())) == (2, 2)
    assert {row.user for row in Upload.objects.all()} == {owner.user}
    assert sorted(Upload.objects.values_list("filename", flat=True)) == ["a.JPG", "c.png"]
    assert len(list(folder.rglob("*.*"))) == 6


def test_a_receipt_that_was_voided_does_not_come_again_from_the_folder(owner: Person, folder: Path) -> None:
    put(folder, "a.jpg")
    fates(Folder(folder, owner.store))
    row = Upload.objects.get()
    Upload.objects.update(status=Upload.Status.COMPLETED)
    books.bill(owner.store, upload=row, status=Bill.Status.VOID)
    assert fates(Folder(folder, owner.store)) == {"a.jpg": Fate.KNOWN}
    assert Upload.objects.count() == 1


def test_a_file_that_is_being_written_waits_until_it_is_still(
    owner: Person, folder: Path, monkeypatch: Any
) -> None:
    content = papers.document("PNG")
    path = put(folder, "a.png", content[:50], age=0)
    watched, clock = Folder(folder, owner.store), time.time()
    monkeypatch.setattr(folders.time, "time", lambda: clock)
    assert fates(watched) == {"a.png": Fate.WRITTEN}
    clock += 10  # still for some time, but it lacks its end
    assert fates(watched) == {"a.png": Fate.WRITTEN}
    path.write_bytes(content)
    os.utime(path, (clock, clock))
    assert fates(watched) == {"a.png": Fate.WRITTEN}
    clock += 10
    assert fates(watched) == {"a.png": Fate.NEW}
    assert Upload.objects.get().size == len(content)


def test_a_file_that_grows_while_it_is_read_waits(owner: Person, folder: Path, monkeypatch: Any) -> None:
    path = put(folder, "a.jpg")

    def grown(content: bytes) -> bool:
        put(folder, path.name, content + b"x", age=7200)
        return False

    monkeypatch.setattr(folders, "cut_off", grown)
    assert fates(Folder(folder, owner.store)) == {"a.jpg": Fate.WRITTEN}
    assert Upload.objects.count() == 0


def test_what_never_gets_its_end_is_taken_after_all(owner: Person, folder: Path) -> None:
    put(folder, "a.jpg", papers.document("JPEG")[:-2], age=2 * PATIENCE + 5)
    assert fates(Folder(folder, owner.store)) == {"a.jpg": Fate.NEW}


def test_a_clock_ahead_of_ours_keeps_no_file_out(owner: Person, folder: Path) -> None:
    put(folder, "a.jpg", age=-3600)
    watched = Folder(folder, owner.store, settled=0.05)
    assert fates(watched) == {"a.jpg": Fate.WRITTEN}
    time.sleep(0.06)
    assert fates(watched) == {"a.jpg": Fate.NEW}


@pytest.mark.parametrize("format", list(papers.TYPES))
def test_a_document_of_which_the_end_is_left_is_cut_off(format: str) -> None:
    content = papers.document(format)
    assert not cut_off(content)
    assert all(cut_off(content[: len(content) * part // 10]) for part in range(3, 10))


def ingest(*arguments: object) -> tuple[str, int]:
    """Run the command; give what it says at the end, and its exit code."""
    import io

    said, code = io.StringIO(), 0
    try:
        call_command("ingest", *map(str, arguments), stdout=said)
    except SystemExit as end:
        code = int(end.code or 0)
    return said.getvalue().strip(), code


def test_the_command_takes_a_folder_in_and_shows_how_far_it_is(
    owner: Person, stranger: Person, folder: Path, capsys: Any
) -> None:
    for number in range(3):
        put(folder, f"{number}.jpg")
    with pytest.raises(CommandError, match="Say which store"):
        ingest(folder)
    said, code = ingest(folder, "--store", owner.store_id, "--once")
    assert (said, code) == ("3 files: 3 new, 0 known, 0 refused, 0 still being written.", 0)
    assert "3/3" in capsys.readouterr().err
    assert {(row.store, row.user) for row in Upload.objects.all()} == {(owner.store, owner.user)}
    Store.objects.filter(pk=stranger.store.pk).delete()
    put(folder, "bad.pdf", b"no PDF")
    assert ingest(folder) == ("4 files: 0 new, 3 known, 1 refused, 0 still being written.", 1)
    assert "bad.pdf: Send a photo" in capsys.readouterr().err


def test_the_command_waits_for_a_file_only_so_long(owner: Person, folder: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("receipts.management.commands.ingest.LOOK_SECONDS", 0.02)
    put(folder, "a.jpg", papers.document("JPEG")[:-2], age=-3600)
    assert ingest(folder, "--settle", "0.01")[0].startswith("1 files: 1 new")
    put(folder, "b.jpg", papers.document("JPEG"), age=-3600)
    before = everything()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Folder, "_still", lambda *_: False)
        assert ingest(folder, "--settle", "0.01")[1] == 1
    assert everything() == before


def test_the_command_needs_a_folder_and_a_store(owner: Person, folder: Path) -> None:
    for arguments in ((folder / "none",), (folder, "--store", "999"), (folder, "--store", "x")):
        with pytest.raises(CommandError):
            ingest(*arguments)
