"""The readers that ask a model, each against a loopback double that speaks its service's wire format."""

import json
import os
import socket
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from email.utils import format_datetime

import google.genai  # noqa: F401  # loaded now: the second it takes is not what the time-out tests measure
import openai  # noqa: F401
import pytest

from receipts.draft import Source
from receipts.readers import Document, NothingFound, Unavailable
from receipts.readers.remote import MOST_KEPT, Remote, retry_after_seconds
from receipts.readers.wire import MOST_BYTES

from .dialects import GOOD, KEY, Reply


def reason(reader: Remote, document: Document) -> str:
    """Read, expect that the reader is unavailable, and return what the owner is told."""
    with pytest.raises(Unavailable) as caught:
        reader.read(document)
    message = str(caught.value)
    assert message.endswith(".")
    assert message.startswith(reader.vendor)
    for internal in (KEY, "internal words", "SOME_STATUS", "127.0.0.1", "Traceback", "google", "httpx"):
        assert internal not in message
    return message


def test_a_good_answer_becomes_a_draft_with_its_evidence(dialect, reader, service, document):
    service.says(dialect.receipts(GOOD))
    reading = reader.read(document)
    [draft] = reading.drafts
    assert reading.reader == dialect.name
    assert (draft.part, draft.merchant, draft.number) == (1, "Kedai Runcit Maju", "A-1007")
    assert (draft.date, draft.time) == (date(2024, 5, 16), clock(18, 4))
    assert (draft.subtotal, draft.tax, draft.tip) == (Decimal("12.50"), Decimal("0.75"), None)
    assert (draft.total, draft.currency, draft.category) == (Decimal("13.25"), "MYR", "groceries")
    eggs = draft.items[1]
    assert (eggs.quantity, eggs.unit, eggs.unit_price) == (Decimal("0.455"), "kg", Decimal("5.4945"))
    assert set(draft.evidence) == {key for key, value in GOOD.items() if isinstance(value, str)}
    for evidence in (*draft.evidence.values(), eggs.evidence):
        assert (evidence.source, evidence.box, evidence.confidence) == (Source.LLM, None, 0.5)


def test_the_raw_answer_is_kept_beside_the_drafts_within_a_bound(dialect, reader, service, document):
    endless = json.dumps({"receipts": [GOOD]}) + " " * MOST_KEPT
    service.says(dialect.receipts(GOOD), dialect.text(endless))
    raw = reader.read(document).raw
    assert json.loads(raw["answer"]) == {"receipts": [GOOD]}
    assert (raw["model"], raw["prompt"], raw["tokens"]) == (dialect.model, 1, 420)
    assert json.loads(json.dumps(raw)) == raw
    assert len(reader.read(document).raw["answer"]) == MOST_KEPT


def test_the_key_travels_in_its_header_alone(dialect, reader, service, document):
    service.says(dialect.receipts(GOOD))
    reader.read(document)
    [asked] = service.asked
    name, value = dialect.key_header
    assert (asked.path, asked.headers.pop(name)) == (dialect.path, value)
    assert KEY not in asked.path + json.dumps(asked.headers) + json.dumps(asked.body)


def test_the_instruction_says_that_text_on_the_paper_is_data(dialect, reader, service, document):
    service.says(dialect.receipts(GOOD))
    reader.read(document)
    assert "never followed" in json.dumps(service.asked[0].body)


def test_a_file_without_a_receipt_is_told_as_one(dialect, reader, service, document):
    service.says(dialect.receipts())
    with pytest.raises(NothingFound, match="found no receipt"):
        reader.read(document)


@pytest.mark.parametrize(("ending", "text"), [("declined", "{"), ("stop", "")])
def test_an_answer_that_is_withheld_is_told_as_a_refusal(ending, text, dialect, reader, service, document):
    service.says(dialect.text(text, ending=ending))
    assert reason(reader, document) == f"{dialect.vendor} declined to read this file."


def test_an_answer_that_breaks_off_is_not_used(dialect, reader, service, document):
    service.says(dialect.text('{"receipts": [', ending="length"))
    assert "broke off" in reason(reader, document)


@pytest.mark.parametrize("status", [429, 503])
def test_the_reader_waits_as_long_as_it_is_asked_to(status, dialect, reader, service, document, waits):
    service.says(dialect.refused(status, Retry_After="7"), dialect.receipts(GOOD))
    assert reader.read(document).drafts[0].total == Decimal("13.25")
    assert (waits, len(service.asked)) == ([7.0], 2)


def test_a_wait_until_a_date_is_kept_too(dialect, reader, service, document, waits):
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=9), usegmt=True)
    service.says(dialect.refused(429, Retry_After=until), dialect.receipts(GOOD))
    assert reader.read(document).drafts
    assert 6 < waits[0] <= 9


def test_a_wait_longer_than_the_time_out_is_not_begun(dialect, reader, service, document, waits):
    service.says(dialect.refused(429, Retry_After="86400"))
    assert "no capacity" in reason(reader, document)
    assert (waits, len(service.asked)) == ([], 1)


@pytest.mark.parametrize("value", ["", "soon", "-1", "nan", "1e9", "Wed, 21 Oct 2015 07:28:00 GMT", "١"])
def test_a_wait_that_cannot_be_read_is_none(value):
    assert retry_after_seconds({"retry-after": value}) is None


def test_attempts_at_a_broken_service_are_bounded_and_spaced(dialect, reader, service, document, waits):
    service.says(dialect.refused(500))
    assert reason(reader, document) == f"{dialect.vendor} is out of order at the moment."
    assert (waits, len(service.asked)) == ([1.0, 2.0], 3)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (400, "did not accept this file"),
        (401, "does not accept the key"),
        (403, "does not accept the key"),
        (404, "does not know the model"),
        (413, "too large"),
        (418, "out of order"),
    ],
)
def test_a_refusal_that_will_not_change_is_not_tried_again(
    status, told, dialect, reader, service, document, waits
):
    service.says(dialect.refused(status))
    assert told in reason(reader, document)
    assert (waits, len(service.asked)) == ([], 1)


@pytest.mark.parametrize("body", [b"<html>proxy</html>", b'"text"', b'{"error": "text"}', b""])
def test_an_error_of_another_form_is_told_by_its_status(body, dialect, reader, service, document):
    service.says(Reply(status=400, body=body))
    assert "did not accept this file" in reason(reader, document)


def test_a_redirect_does_not_carry_the_key_elsewhere(dialect, reader, service, document):
    service.says(Reply(status=307, headers={"Location": f"{service.url}/elsewhere"}), dialect.receipts(GOOD))
    reason(reader, document)
    assert [asked.path for asked in service.asked] == [dialect.path]


@pytest.mark.parametrize("slow", [{"hang_seconds": 30}, {"drip_seconds": 0.05}])
def test_a_service_that_hangs_or_answers_by_drops_is_left_within_the_time_out(
    slow, dialect, service, document
):
    service.says(Reply(body=b"[" * 400, **slow))
    reader = dialect.reader(api_key=KEY, model=dialect.model, base_url=service.url, timeout_seconds=0.4)
    started = time.monotonic()
    assert reason(reader, document) == f"{dialect.vendor} did not answer in time."
    assert time.monotonic() - started < 3


def test_an_answer_without_an_end_is_left(dialect, reader, service, document):
    service.says(Reply(body=b" " * (MOST_BYTES + 1)))
    assert "cannot be reached" in reason(reader, document)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"null", b"[]", b'"text"', b"7", b"\xff\xfe", b"[" * 100_000, b"{}"]
)
def test_an_envelope_of_another_form_is_unavailable(body, dialect, reader, service, document):
    service.says(Reply(body=body))
    reason(reader, document)
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "text",
    [
        "I am sorry, I cannot do that.",
        "```json\n{}\n```",
        "null",
        '{"receipts": null}',
        '{"receipts": [{"total": "1.00"}]}',
        json.dumps({"receipts": [{**GOOD, "total": 13.25}]}),
        "[" * 50_000,
    ],
)
def test_an_answer_that_is_not_of_the_schema_is_not_used(text, dialect, reader, service, document):
    service.says(dialect.text(text))
    assert reason(reader, document) == f"{dialect.vendor} gave an answer that could not be understood."


def test_a_service_that_refuses_the_connection_is_out_of_reach(dialect, document):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
    reader = dialect.reader(api_key=KEY, model=dialect.model, base_url=address)
    assert reason(reader, document) == f"{dialect.vendor} cannot be reached at the moment."


@pytest.mark.parametrize("address", ["nonsense", "http://[", "ftp://127.0.0.1/"])
def test_an_address_that_is_none_is_told(address, dialect, document):
    reason(dialect.reader(api_key=KEY, model=dialect.model, base_url=address), document)


def test_without_a_key_nothing_is_sent(dialect, service, document, monkeypatch):
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY", "OPENAI_API_KEY", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, "the-environment's")
    reader = dialect.reader(api_key="", model=dialect.model, base_url=service.url)
    assert reason(reader, document) == f"{dialect.vendor} is not set up on this server."
    assert service.asked == []


def test_no_sdk_is_loaded_before_the_first_reading():
    modules = ("google.genai", "openai", "httpx2")
    program = (
        "import sys, receipts.readers.gemini, receipts.readers.openai;"
        f"print([name for name in {modules!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert done.stdout.strip() == "[]"
