"""Electronic invoices from the upload to the bill: exact, with tax by rate, or told and kept out."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from core.models import Store
from receipts import bills, files, posting, uploads
from receipts.folders import Fate, Folder, cut_off
from receipts.models import Bill, Upload
from receipts.readers import Document, Unreadable, choice
from tests import einvoices, papers
from tests.conftest import Person
from tests.ledger import everything
from tests.receipts.test_einvoice import DEAL, UBL, XML, deal, lying

UPLOAD = """mutation ($store: ID!, $file: Upload!, $key: String) {
  uploadReceipt(input: {store: $store, file: $file, idempotencyKey: $key}) {
    upload { id contentType status } duplicate replayed userErrors { code message } } }"""
MANY = """mutation ($store: ID!, $a: Upload!, $b: Upload!, $c: Upload!) {
  uploadReceipts(input: {store: $store, files: [$a, $b, $c]}) {
    results { upload { contentType } duplicate error { code } } userErrors { code } } }"""
BILL = """query ($id: ID!) { node(id: $id) { ... on ReceiptUpload { status error reader bills { nodes {
  merchantName number date currency subtotal tax total verified status source
  taxes { rate category base amount } checks { key ok } evidence { field source confidence }
  items { nodes { description quantity unitPrice discount total evidence { source } } } } } } } }"""


def read(row: Upload) -> None:
    """Read an upload as a worker does, here instead of in a process of its own."""
    Upload.objects.filter(pk=row.pk).update(
        status=Upload.Status.PROCESSING,
        attempts=1,
        lease=uuid.uuid4(),
        lease_expires_at=timezone.now() + timedelta(minutes=1),
    )
    upload = Upload.objects.select_related("store").get(pk=row.pk)
    document = Document(
        content=files.read(upload),
        content_type=upload.content_type,
        today=upload.created_at.date(),
        pages_only=bool(upload.wanted_reader),
    )
    try:
        reading = choice.read(document, reader="local")
    except Unreadable as error:
        uploads.fail(upload=upload, reason=str(error), again=False, now=timezone.now())
    else:
        posting.post(upload=upload, reading=reading, duration_ms=1)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("cii.xml", XML, "application/xml"),
        ("ubl.xml", UBL, "application/xml"),
        ("factur-x.pdf", einvoices.pdf(XML), "application/pdf"),
    ],
    ids=["CII", "UBL", "Factur-X"],
)
def test_an_electronic_invoice_becomes_a_bill_to_the_cent(
    owner: Person, stranger: Person, ask: Any, name: str, content: bytes, kind: str
) -> None:
    Store.objects.filter(pk=owner.store.pk).update(currency="EUR")
    given = {"store": owner.store_id, "key": "once"}
    sent = ask(owner, UPLOAD, **given, file=papers.sent(content, name)).data["uploadReceipt"]
    assert (sent["userErrors"], sent["upload"]["contentType"]) == ([], kind)
    again = ask(owner, UPLOAD, **given, file=papers.sent(content, name)).data["uploadReceipt"]
    assert (again["replayed"], again["upload"]["id"]) == (True, sent["upload"]["id"])
    read(Upload.objects.get())
    found = ask(owner, BILL, id=sent["upload"]["id"]).data["node"]
    assert (found["status"], found["reader"]) == ("COMPLETED", "einvoice")
    (bill,) = found["bills"]["nodes"]
    assert (bill["merchantName"], bill["number"], bill["date"]) == (DEAL.seller, DEAL.number, "2026-05-04")
    assert [bill[name] for name in ("currency", "subtotal", "tax", "total")] == [
        "EUR",
        "36.58",
        "4.31",
        "40.89",
    ]
    assert bill["taxes"] == [
        {"rate": "7", "category": "S", "base": "22.00", "amount": "1.54"},
        {"rate": "19", "category": "S", "base": "14.58", "amount": "2.77"},
    ]
    assert (bill["verified"], bill["status"]) == (True, "NEEDS_REVIEW")
    assert {check["key"] for check in bill["checks"]} >= {"taxes", "sum", "items", "line"}
    assert [check for check in bill["checks"] if check["ok"] is False] == []
    assert {one["source"] for one in bill["evidence"] if one["field"] in ("total", "date")} == {"EINVOICE"}
    assert [line["total"] for line in bill["items"]["nodes"]] == ["24.00", "8.68", "-2.00", "5.90"]
    assert ask(stranger, BILL, id=sent["upload"]["id"]).data["node"] is None


def test_a_credit_note_lessens_what_was_spent(owner: Person, ask: Any) -> None:
    content = einvoices.xml(deal(credit=True, profile="XRECHNUNG UBL"))
    sent = ask(owner, UPLOAD, store=owner.store_id, file=papers.sent(content, "credit.xml"))
    read(Upload.objects.get())
    (bill,) = ask(owner, BILL, id=sent.data["uploadReceipt"]["upload"]["id"]).data["node"]["bills"]["nodes"]
    assert (bill["total"], bill["tax"], bill["taxes"][0]["amount"]) == ("-40.89", "-4.31", "-1.54")
    assert bill["items"]["nodes"][0]["total"] == "-25.50"


@pytest.mark.parametrize("inside", [False, True], ids=["XML", "PDF"])
def test_an_untrue_invoice_is_told_and_kept_out_of_the_books(owner: Person, ask: Any, inside: bool) -> None:
    lie = lying(XML, rb">40.89<", b">4.08<")
    file = papers.sent(einvoices.pdf(lie) if inside else lie, "lie")
    sent = ask(owner, UPLOAD, store=owner.store_id, file=file).data["uploadReceipt"]
    before = everything()
    read(Upload.objects.get())
    found = ask(owner, BILL, id=sent["upload"]["id"]).data["node"]
    assert (found["status"], found["bills"]["nodes"]) == ("FAILED", [])
    assert "net amount and tax come to 40.89, it says 4.08" in found["error"]
    assert Bill.objects.count() == 0
    after = everything()
    assert {name for name, rows in after.items() if rows != before[name]} == {"Upload"}


def test_a_person_s_tax_and_its_rates_stay_through_another_reading(owner: Person, ask: Any) -> None:
    ask(owner, UPLOAD, store=owner.store_id, file=papers.sent(XML, "cii.xml"))
    row = Upload.objects.get()
    read(row)
    bill = Bill.objects.get()
    taxes = bill.taxes
    bills.update(bill=bill, by=owner.user, changes={"tax": bill.tax + 1})
    bill.refresh_from_db()
    assert [check["ok"] for check in bill.checks if check["key"] == "taxes"] == [False]
    read(row)
    bill.refresh_from_db()
    assert (str(bill.tax), bill.taxes) == ("5.31", taxes)


def test_many_come_in_at_once_and_from_a_folder(owner: Person, ask: Any, tmp_path: Path) -> None:
    contents = {"a": XML, "b": b"<?xml version='1.0'?><feed/>", "c": XML}
    sent = {name: papers.sent(content, f"{name}.xml") for name, content in contents.items()}
    results = ask(owner, MANY, store=owner.store_id, **sent).data["uploadReceipts"]["results"]
    assert [one["error"] and one["error"]["code"] for one in results] == [None, "FILE_TYPE", None]
    assert results[2]["duplicate"]
    assert results[0]["upload"] == {"contentType": "application/xml"}
    for name, content in (("a.xml", XML), ("b.XML", UBL), ("feed.xml", b"<feed/>")):
        (tmp_path / name).write_bytes(content)
    told = {one.path.name: one.fate for one in Folder(tmp_path, owner.store, settled=0).look()}
    assert (told["a.xml"], told["b.XML"], told["feed.xml"]) == (Fate.KNOWN, Fate.NEW, Fate.REFUSED)
    assert Upload.objects.count() == 2
    assert [cut_off(content) for content in (XML, UBL, XML[:-20], UBL[:-20])] == [False, False, True, True]
