"""Receipts that come in over HTTP: what is let in, what is refused, and what the same bytes do again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections

from core.models import Membership, Store
from core.roles import Role
from receipts.models import Bill, Upload
from schema import ids
from tests import books, papers
from tests.conftest import Person, person
from tests.ledger import audited, everything, stored

UPLOAD = """mutation ($store: ID!, $file: Upload!, $key: String, $reader: ReaderName) {
  uploadReceipt(input: {store: $store, file: $file, idempotencyKey: $key, reader: $reader}) {
    upload { id filename contentType size sha256 status stage attempts bills { totalCount } }
    duplicate replayed userErrors { code message field } } }"""
RETRY = """mutation ($upload: ID!) { retryUpload(input: {upload: $upload}) {
  upload { id status stage error } userErrors { code field } } }"""
EXTRACT = """mutation ($upload: ID!, $reader: ReaderName, $key: String) {
  extractUpload(input: {upload: $upload, reader: $reader, idempotencyKey: $key}) {
    upload { id status stage } replayed userErrors { code field } } }"""


@pytest.fixture
def upload(ask: Any) -> Callable[..., Any]:
    def send(who: Person, content: bytes, name: str = "photo.png", store: str = "", **more: Any) -> Any:
        file = papers.sent(content, name)
        return ask(who, UPLOAD, store=store or who.store_id, file=file, **more).data["uploadReceipt"]

    return send


def the_id(row: Upload) -> str:
    return ids.encode("ReceiptUpload", row.pk)


@pytest.mark.parametrize("format", list(papers.TYPES))
def test_a_document_is_known_by_its_content_and_kept_under_its_hash(
    owner: Person, upload: Any, format: str
) -> None:
    content = papers.document(format)
    answer = upload(owner, content, "misleading.txt")
    assert answer["userErrors"] == []
    assert (answer["duplicate"], answer["replayed"]) == (False, False)
    got = answer["upload"]
    assert (got["contentType"], got["size"]) == (papers.TYPES[format], len(content))
    assert (got["filename"], got["status"], got["stage"], got["attempts"]) == (
        "misleading.txt",
        "QUEUED",
        "WAITING",
        0,
    )
    row = Upload.objects.get()
    assert (row.store, row.user) == (owner.store, owner.user)
    assert stored() == [row.file]
    assert row.sha256 in row.file
    assert (Path(settings.MEDIA_ROOT) / row.file).read_bytes() == content


def huge() -> bytes:
    return papers.document("JPEG") + bytes(settings.RECEIPT_MAX_BYTES)


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "more than 20 MB": (huge, "FILE_TOO_LARGE"),
    "more than 50 megapixels": (lambda: papers.png_that_claims(10_000, 5_001), "FILE_TOO_LARGE"),
    "a bomb": (lambda: papers.png_that_claims(60_000, 60_000), "FILE_TOO_LARGE"),
    "51 pages": (lambda: papers.pdf(51), "FILE_TOO_LARGE"),
    "text": (lambda: b"TOTAL 12.00 EUR", "FILE_TYPE"),
    "a GIF": (lambda: b"GIF89a" + bytes(100), "FILE_TYPE"),
    "XML of another kind": (lambda: b'<?xml version="1.0"?><html/>', "FILE_TYPE"),
    "an invoice with entities": (
        lambda: b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><Invoice/>',
        "FILE_UNREADABLE",
    ),
    "an invoice of which a tag is left": (lambda: b"<ubl:Invoice xmlns", "FILE_UNREADABLE"),
    "HTML": (lambda: b"<html><script>alert(1)</script>", "FILE_TYPE"),
    "a JPEG of which the header is left": (lambda: papers.document("JPEG")[:15], "FILE_UNREADABLE"),
    "a PNG that breaks off": (lambda: papers.document("PNG")[:20], "FILE_UNREADABLE"),
    "a WebP that breaks off": (lambda: papers.document("WEBP")[:30], "FILE_UNREADABLE"),
    "a HEIC that breaks off": (lambda: papers.document("HEIF")[:60], "FILE_UNREADABLE"),
    "a PDF that is only its first line": (lambda: b"%PDF-1.7\n", "FILE_UNREADABLE"),
    "a PDF without pages": (papers.pdf_without_pages, "FILE_UNREADABLE"),
    "a PDF under a password": (papers.encrypted_pdf, "FILE_UNREADABLE"),
    "noise behind the signature of a PNG": (
        lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        "FILE_UNREADABLE",
    ),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_a_document_that_cannot_be_a_receipt_is_refused_and_not_stored(
    owner: Person, upload: Any, name: str
) -> None:
    make, code = REFUSED[name]
    before = everything()
    answer = upload(owner, make(), "receipt.jpg", key="k")
    assert answer["upload"] is None
    (error,) = answer["userErrors"]
    assert (error["code"], error["field"]) == (code, ["file"])
    assert error["message"]
    assert everything() == before


def test_what_is_just_within_the_limits_is_let_in(owner: Person, upload: Any) -> None:
    assert upload(owner, papers.png_that_claims(10_000, 5_000))["userErrors"] == []
    assert upload(owner, papers.pdf(50))["userErrors"] == []
    picture = papers.document("JPEG")
    padded = picture + bytes(settings.RECEIPT_MAX_BYTES - len(picture))
    assert upload(owner, padded)["upload"]["size"] == settings.RECEIPT_MAX_BYTES


def test_an_empty_file_is_refused(owner: Person, ask: Any) -> None:
    empty = SimpleUploadedFile("empty.png", b"")
    answer = ask(owner, UPLOAD, store=owner.store_id, file=empty).data["uploadReceipt"]
    assert [error["code"] for error in answer["userErrors"]] == ["FILE_TYPE"]
    assert (Upload.objects.count(), stored()) == (0, [])


def test_null_in_place_of_a_file_is_a_bad_argument(owner: Person, ask: Any) -> None:
    assert ask(owner, UPLOAD, store=owner.store_id, file=None).errors
    assert (Upload.objects.count(), stored()) == (0, [])


@pytest.mark.parametrize("value", ["photo.png", 1, {}, []])
def test_what_is_no_file_is_refused(owner: Person, ask: Any, value: object) -> None:
    answer = ask(owner, UPLOAD, store=owner.store_id, file=value)
    said = answer.errors or answer.data["uploadReceipt"]["userErrors"]
    assert said
    assert "INTERNAL" not in answer.codes
    assert (Upload.objects.count(), stored()) == (0, [])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\bon.jpg", "bon.jpg"),
        ("Bäckerei Ümläut 🧾.png", "Bäckerei Ümläut 🧾.png"),
        ("a\x00b.png", "ab.png"),
        ("a\tb\x07.png", "ab.png"),
    ],
)
def test_a_filename_is_only_a_name(owner: Person, upload: Any, given: str, kept: str) -> None:
    answer = upload(owner, papers.document(), given)
    assert answer["userErrors"] == []
    assert answer["upload"]["filename"] == kept
    assert stored() == [Upload.objects.get().file]


def test_a_long_filename_keeps_what_the_row_can_hold(owner: Person, upload: Any) -> None:
    name = upload(owner, papers.document(), "x" * 400 + ".png")["upload"]["filename"]
    assert len(name) <= 255
    assert name.endswith(".png")


def test_the_same_key_gives_the_first_upload_again(owner: Person, upload: Any) -> None:
    content = papers.document()
    first = upload(owner, content, key="once")
    again = upload(owner, content, key="once")
    assert (first["replayed"], again["replayed"]) == (False, True)
    assert again["upload"]["id"] == first["upload"]["id"]
    assert again["duplicate"] is False
    other = upload(owner, papers.document(), key="once")
    assert [error["code"] for error in other["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]
    assert Upload.objects.count() == 1


def test_the_same_bytes_in_a_store_are_one_upload(owner: Person, upload: Any) -> None:
    content = papers.document()
    first = upload(owner, content, "first.png")
    again = upload(owner, content, "second.png")
    assert again["duplicate"] is True
    assert again["upload"]["id"] == first["upload"]["id"]
    assert again["upload"]["filename"] == "first.png"
    assert (Upload.objects.count(), len(stored())) == (1, 1)


def test_the_same_bytes_in_another_store_are_its_own(owner: Person, stranger: Person, upload: Any) -> None:
    content = papers.document()
    mine, theirs = upload(owner, content), upload(stranger, content)
    assert (mine["duplicate"], theirs["duplicate"]) == (False, False)
    assert mine["upload"]["id"] != theirs["upload"]["id"]
    assert Upload.objects.count() == 2
    assert len(stored()) == 1  # one file serves both


VOID = "mutation ($bill: ID!) { deleteBill(input: {bill: $bill}) { bill { status } userErrors { code } } }"
RESTORE = "mutation ($bill: ID!) { restoreBill(input: {bill: $bill}) { bill { status } userErrors { code field } } }"


def read_as(row: Upload, *positions: int) -> list[Bill]:
    Upload.objects.filter(pk=row.pk).update(status=Upload.Status.COMPLETED)
    return [books.bill(row.store, upload=row, position=position) for position in positions]


def test_bytes_may_come_again_once_all_their_bills_are_void(owner: Person, upload: Any, ask: Any) -> None:
    content = papers.document()
    first = upload(owner, content)["upload"]["id"]
    one, two = (ids.encode("Bill", bill.pk) for bill in read_as(Upload.objects.get(), 1, 2))
    ask(owner, VOID, bill=one).data  # noqa: B018
    assert upload(owner, content)["duplicate"] is True
    ask(owner, VOID, bill=two).data  # noqa: B018
    again = upload(owner, content)
    assert again["duplicate"] is False
    assert again["upload"]["id"] != first
    assert upload(owner, content)["upload"]["id"] == again["upload"]["id"]
    before = everything()
    for bill in (one, two):
        refused = ask(owner, RESTORE, bill=bill).data["restoreBill"]
        assert refused["userErrors"] == [{"code": "CONFLICT", "field": ["bill"]}]
    for document in (RETRY, EXTRACT):
        (refused,) = ask(owner, document, upload=first).data.values()
        assert refused["userErrors"] == [{"code": "CONFLICT", "field": ["upload"]}]
    assert everything() == before


def test_bytes_may_come_again_and_again(owner: Person, upload: Any, ask: Any) -> None:
    content, seen = papers.document(), set()
    for _ in range(3):
        answer = upload(owner, content)
        assert answer["duplicate"] is False
        seen.add(answer["upload"]["id"])
        (bill,) = read_as(Upload.objects.latest("pk"), 1)
        ask(owner, VOID, bill=ids.encode("Bill", bill.pk)).data  # noqa: B018
    assert len(seen) == 3


def test_a_void_bill_comes_back_while_its_bytes_did_not(owner: Person, upload: Any, ask: Any) -> None:
    upload(owner, papers.document())
    (bill,) = read_as(Upload.objects.get(), 1)
    ask(owner, VOID, bill=ids.encode("Bill", bill.pk)).data  # noqa: B018
    answer = ask(owner, RESTORE, bill=ids.encode("Bill", bill.pk)).data["restoreBill"]
    assert (answer["bill"]["status"], answer["userErrors"]) == ("NEEDS_REVIEW", [])


def test_an_upload_that_is_read_again_is_not_replaced_meanwhile(owner: Person, upload: Any, ask: Any) -> None:
    content = papers.document()
    first = upload(owner, content)["upload"]["id"]
    (bill,) = read_as(Upload.objects.get(), 1)
    ask(owner, VOID, bill=ids.encode("Bill", bill.pk)).data  # noqa: B018
    ask(owner, EXTRACT, upload=first).data  # noqa: B018
    assert upload(owner, content)["upload"]["id"] == first


def test_a_storage_that_is_a_file_takes_nothing_and_leaves_no_row(
    owner: Person, upload: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT.parent.mkdir(exist_ok=True)
    settings.MEDIA_ROOT.write_text("in the way")
    answer = upload(owner, papers.document(), key="k")
    (error,) = answer["userErrors"]
    assert (error["code"], error["field"]) == ("STORAGE_UNAVAILABLE", ["file"])
    assert str(tmp_path) not in error["message"]
    assert Upload.objects.count() == 0
    settings.MEDIA_ROOT.unlink()
    assert upload(owner, papers.document(), key="k")["userErrors"] == []


# --- Who may


def member(owner: Person, role: Role) -> Person:
    return person(f"{role.value.lower()}@example.com", store=owner.store, role=role)


def test_the_staff_may_send_receipts(owner: Person, colleague: Person, upload: Any) -> None:
    assert upload(colleague, papers.document())["userErrors"] == []
    assert Upload.objects.get().user == colleague.user


def test_an_accountant_may_not_send_receipts(owner: Person, ask: Any) -> None:
    accountant = member(owner, Role.ACCOUNTANT)
    failed = books.upload(owner.store, status=Upload.Status.FAILED)
    before = everything()
    file = papers.sent(papers.document())
    assert ask(accountant, UPLOAD, store=owner.store_id, file=file).codes == ["FORBIDDEN"]
    assert ask(accountant, RETRY, upload=the_id(failed)).codes == ["FORBIDDEN"]
    assert ask(accountant, EXTRACT, upload=the_id(failed)).codes == ["FORBIDDEN"]
    assert everything() == before


def test_a_stranger_finds_no_such_store_and_no_such_upload(
    owner: Person, stranger: Person, upload: Any, ask: Any
) -> None:
    failed = books.upload(owner.store, status=Upload.Status.FAILED)
    before = everything()
    refused = upload(stranger, papers.document(), store=owner.store_id)
    assert (refused["upload"], [error["code"] for error in refused["userErrors"]]) == (None, ["NOT_FOUND"])
    for document in (RETRY, EXTRACT):
        (refused,) = ask(stranger, document, upload=the_id(failed)).data.values()
        assert (refused["upload"], refused["userErrors"]) == (
            None,
            [{"code": "NOT_FOUND", "field": ["upload"]}],
        )
    assert ask(None, RETRY, upload=the_id(failed)).codes == ["UNAUTHENTICATED"]
    assert everything() == before


def test_nobody_sends_a_receipt(owner: Person, ask: Any) -> None:
    assert ask(None, UPLOAD, store=owner.store_id, file=papers.sent(papers.document())).codes == [
        "UNAUTHENTICATED"
    ]
    assert (Upload.objects.count(), stored()) == (0, [])


# --- Once more


def test_a_failed_upload_is_queued_again_once(owner: Person, ask: Any) -> None:
    row = books.upload(owner.store, status=Upload.Status.FAILED, stage="DONE", attempts=3, error="Blurred.")
    answer = ask(owner, RETRY, upload=the_id(row)).data["retryUpload"]
    assert answer["userErrors"] == []
    assert (answer["upload"]["status"], answer["upload"]["stage"], answer["upload"]["error"]) == (
        "QUEUED",
        "WAITING",
        "",
    )
    row.refresh_from_db()
    assert row.attempts == 0
    assert audited() == ["upload.retry"]
    before = everything()
    again = ask(owner, RETRY, upload=the_id(row)).data["retryUpload"]
    assert again["userErrors"] == [{"code": "CONFLICT", "field": ["upload"]}]
    assert everything() == before


@pytest.mark.parametrize("status", ["QUEUED", "PROCESSING", "COMPLETED"])
def test_only_a_failed_upload_is_retried(owner: Person, ask: Any, status: str) -> None:
    row = books.upload(owner.store, status=status)
    before = everything()
    assert ask(owner, RETRY, upload=the_id(row)).data["retryUpload"]["userErrors"][0]["code"] == "CONFLICT"
    assert everything() == before


@pytest.mark.parametrize("status", ["COMPLETED", "FAILED"])
def test_an_upload_at_rest_is_read_again_by_the_reader_that_is_asked_for(
    owner: Person, ask: Any, status: str
) -> None:
    row = books.upload(owner.store, status=status, stage="DONE", attempts=2)
    answer = ask(owner, EXTRACT, upload=the_id(row), reader="GEMINI", key="k").data["extractUpload"]
    assert (answer["userErrors"], answer["upload"]["status"]) == ([], "QUEUED")
    row.refresh_from_db()
    assert (row.wanted_reader, row.attempts) == ("gemini", 0)
    replay = ask(owner, EXTRACT, upload=the_id(row), reader="GEMINI", key="k").data["extractUpload"]
    assert (replay["replayed"], replay["userErrors"]) == (True, [])
    assert audited() == ["upload.extract"]


@pytest.mark.parametrize("status", ["QUEUED", "PROCESSING"])
def test_an_upload_that_is_in_hand_is_not_read_again(owner: Person, ask: Any, status: str) -> None:
    row = books.upload(owner.store, status=status)
    before = everything()
    answer = ask(owner, EXTRACT, upload=the_id(row), key="k").data["extractUpload"]
    assert (answer["upload"], answer["userErrors"]) == (None, [{"code": "CONFLICT", "field": ["upload"]}])
    assert everything() == before


def test_a_reader_may_be_asked_for_with_the_receipt(owner: Person, upload: Any) -> None:
    upload(owner, papers.document(), reader="GEMINI")
    assert Upload.objects.get().wanted_reader == "gemini"


# --- Twins

twins = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time")


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Run acts at the same moment, each on a connection of its own, and give what they answered."""
    ready, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            ready.wait(timeout=30)
            answers[place] = act()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return answers


@twins
@pytest.mark.django_db(transaction=True)
def test_twins_that_send_the_same_bytes_make_one_upload(owner: Person, upload: Any) -> None:
    for _ in range(5):
        content = papers.document()
        Upload.objects.all().delete()
        answers = together(*[lambda content=content: upload(owner, content)] * 4)
        assert all(answer["userErrors"] == [] for answer in answers)
        assert len({answer["upload"]["id"] for answer in answers}) == 1
        assert sorted(answer["duplicate"] for answer in answers) == [False, True, True, True]
        assert Upload.objects.count() == 1


@twins
@pytest.mark.django_db(transaction=True)
def test_a_bill_that_is_restored_while_its_bytes_come_again_never_counts_twice(
    owner: Person, upload: Any, ask: Any
) -> None:
    for _ in range(8):
        content = papers.document()
        key = upload(owner, content)["upload"]["id"]
        (bill,) = read_as(Upload.objects.get(pk=ids.decode(key)[1]), 1)
        Bill.objects.filter(pk=bill.pk).update(status=Bill.Status.VOID)
        restore, come = together(
            lambda bill=bill: ask(owner, RESTORE, bill=ids.encode("Bill", bill.pk)).data["restoreBill"],
            lambda content=content: upload(owner, content),
        )
        assert (restore["userErrors"] == []) == come["duplicate"]


def test_a_lost_membership_ends_what_a_person_may_do(owner: Person, colleague: Person, upload: Any) -> None:
    Membership.objects.filter(user=colleague.user).delete()
    answer = upload(colleague, papers.document(), store=owner.store_id)
    assert [error["code"] for error in answer["userErrors"]] == ["NOT_FOUND"]
    assert Upload.objects.count() == 0


LIST = """query ($status: [UploadStatus!]) { me { stores { uploads(first: 50, filter: {status: $status}, orderBy: CREATED_AT_ASC) {
  totalCount nodes { id status error user { id } store { name } } } } } }"""


def test_uploads_are_listed_by_status(owner: Person, ask: Any) -> None:
    made = {
        status: books.upload(owner.store, status=status, user=owner.user) for status in Upload.Status.values
    }
    books.upload(Store.objects.create(name="Elsewhere"))
    for chosen in (None, [], ["FAILED"], ["QUEUED", "COMPLETED"]):
        page = ask(owner, LIST, status=chosen).data["me"]["stores"][0]["uploads"]
        expected = list(made) if chosen is None else [status for status in made if status in chosen]
        assert [node["status"] for node in page["nodes"]] == expected
        assert page["totalCount"] == len(expected)
