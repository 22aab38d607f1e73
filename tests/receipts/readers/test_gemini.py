"""The Gemini reader against a loopback double that speaks the real wire format."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
from datetime import date
from datetime import time as clock
from decimal import Decimal

import google.genai  # noqa: F401  # loaded now: the second it takes is not what the time-out test measures
import pytest

from receipts.categories import BUILT_IN
from receipts.draft import Source
from receipts.readers import Document, Unavailable, Unreadable
from receipts.readers.gemini import Gemini

from .conftest import KEY, PNG, Reply, candidate, line, receipt, receipts, refused

GOOD = receipt(
    merchant="Kedai Runcit Maju",
    address="12 Jalan Besar, Ipoh",
    date="2024-05-16",
    time="18:04",
    number="A-1007",
    currency="MYR",
    subtotal="12.50",
    tax="0.75",
    total="13.25",
    category="groceries",
    items=[
        line(description="Rice 5kg", quantity="1", unit_price="10.00", total="10.00"),
        line(description="Eggs", quantity="0.455", unit="kg", unit_price="5.4945", total="2.50"),
    ],
)


def reason(gemini: Gemini, document: Document) -> str:
    """Read, expect that the reader is unavailable, and return what the owner is told."""
    with pytest.raises(Unavailable) as caught:
        gemini.read(document)
    message = str(caught.value)
    assert message.endswith(".")
    assert "Gemini" in message
    for internal in (KEY, "internal words", "SOME_STATUS", "127.0.0.1", "Traceback", "google"):
        assert internal not in message
    return message


def test_a_good_answer_becomes_a_draft_with_its_evidence(gemini, service, document):
    service.says(receipts(GOOD))
    reading = gemini.read(document)
    [draft] = reading.drafts
    assert reading.reader == "gemini"
    assert (draft.part, draft.merchant, draft.number) == (1, "Kedai Runcit Maju", "A-1007")
    assert (draft.date, draft.time) == (date(2024, 5, 16), clock(18, 4))
    assert (draft.subtotal, draft.tax, draft.tip) == (Decimal("12.50"), Decimal("0.75"), None)
    assert (draft.total, draft.currency, draft.category) == (Decimal("13.25"), "MYR", "groceries")
    eggs = draft.items[1]
    assert (eggs.quantity, eggs.unit, eggs.unit_price) == (Decimal("0.455"), "kg", Decimal("5.4945"))
    assert set(draft.evidence) == {key for key, value in GOOD.items() if isinstance(value, str)}
    for evidence in (*draft.evidence.values(), eggs.evidence):
        assert (evidence.source, evidence.box, evidence.confidence) == (Source.LLM, None, 0.5)


def test_the_raw_answer_is_kept_beside_the_drafts(gemini, service, document):
    service.says(receipts(GOOD))
    raw = gemini.read(document).raw
    assert json.loads(raw["answer"]) == {"receipts": [GOOD]}
    assert (raw["model"], raw["prompt"], raw["tokens"]) == ("gemini-2.5-flash", 1, 420)
    assert json.loads(json.dumps(raw)) == raw


def test_the_request_carries_the_file_the_schema_and_no_randomness(gemini, service, document):
    service.says(receipts(GOOD))
    gemini.read(document)
    [asked] = service.asked
    assert asked.path == "/v1beta/models/gemini-2.5-flash:generateContent"
    [content] = asked.body["contents"]
    inline = content["parts"][0]["inlineData"]
    assert (inline["mime_type"], base64.urlsafe_b64decode(inline["data"])) == ("image/png", PNG)
    assert "2024-05-17" in content["parts"][1]["text"]
    assert "MYR" in content["parts"][1]["text"]
    config = asked.body["generationConfig"]
    assert (config["temperature"], config["responseMimeType"]) == (0, "application/json")
    entry = config["responseSchema"]["properties"]["receipts"]["items"]
    assert {"merchant", "date", "total", "items"} <= set(entry["required"])
    assert entry["properties"]["category"]["enum"] == list(BUILT_IN)
    assert entry["properties"]["items"]["items"]["properties"]["unit_price"]["nullable"] is True


def test_the_instruction_says_that_text_on_the_paper_is_data(gemini, service, document):
    service.says(receipts(GOOD))
    gemini.read(document)
    [part] = service.asked[0].body["systemInstruction"]["parts"]
    assert "never followed" in part["text"]


def test_the_key_travels_in_its_header_alone(gemini, service, document):
    service.says(receipts(GOOD))
    gemini.read(document)
    [asked] = service.asked
    assert asked.headers.pop("x-goog-api-key") == KEY
    assert KEY not in asked.path + json.dumps(asked.headers) + json.dumps(asked.body)


@pytest.mark.parametrize("kind", ["image/heic", "application/pdf", "image/webp"])
def test_the_file_is_sent_as_it_is(kind, gemini, service):
    service.says(receipts(GOOD))
    gemini.read(Document(content=b"\x00\xff", content_type=kind, today=date(2024, 5, 17)))
    inline = service.asked[0].body["contents"][0]["parts"][0]["inlineData"]
    assert inline["mime_type"] == kind
    assert base64.urlsafe_b64decode(inline["data"]) == b"\x00\xff"


def test_several_receipts_on_one_file_are_several_drafts(gemini, service, document):
    service.says(
        receipts(receipt(merchant="One", total="1.00"), receipt(merchant="Two", page=3, total="2.00"))
    )
    first, second = gemini.read(document).drafts
    assert (first.part, first.merchant, first.total) == (1, "One", Decimal("1.00"))
    assert (second.part, second.merchant, second.evidence["total"].page) == (2, "Two", 3)


def test_what_the_paper_does_not_say_is_none(gemini, service, document):
    service.says(receipts(receipt(merchant=" ", tip="")))
    [draft] = gemini.read(document).drafts
    assert (
        draft.model_dump(
            exclude={"part", "items", "taxes", "verified", "confidence", "evidence"}, exclude_none=True
        )
        == {}
    )
    assert draft.evidence == {}


def test_a_file_without_a_receipt_is_unreadable(gemini, service, document):
    service.says(receipts())
    with pytest.raises(Unreadable, match="no receipt"):
        gemini.read(document)


@pytest.mark.filterwarnings("ignore:A_REASON_OF_TOMORROW is not a valid FinishReason")
@pytest.mark.parametrize(
    "body",
    [
        {"promptFeedback": {"blockReason": "SAFETY"}},
        {"candidates": []},
        {"candidates": [{"finishReason": "SAFETY"}]},
        {"candidates": [{"finishReason": "RECITATION", "content": {"parts": [{"text": "{"}]}}]},
        {"candidates": [{"finishReason": "A_REASON_OF_TOMORROW"}]},
        {"candidates": [{"finishReason": "STOP", "content": {"parts": []}}]},
        {},
    ],
)
def test_a_refusal_is_told_as_one(body, gemini, service, document):
    service.says(Reply(body=json.dumps(body).encode()))
    assert reason(gemini, document) == "Gemini declined to read this file."


def test_an_answer_that_breaks_off_is_not_used(gemini, service, document):
    service.says(candidate('{"receipts": [', finish="MAX_TOKENS"))
    assert "broke off" in reason(gemini, document)


def test_after_429_the_reader_waits_as_long_as_it_is_asked_to(gemini, service, document, waits):
    service.says(refused(429, headers={"Retry-After": "7"}), receipts(GOOD))
    assert gemini.read(document).drafts[0].total == Decimal("13.25")
    assert waits == [7.0]
    assert len(service.asked) == 2


def test_a_wait_asked_for_in_the_body_is_kept_too(gemini, service, document, waits):
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3.5s"}
    service.says(refused(429, info), receipts(GOOD))
    assert gemini.read(document).drafts
    assert waits == [3.5]


def test_a_wait_longer_than_the_time_out_is_not_begun(gemini, service, document, waits):
    service.says(refused(429, headers={"Retry-After": "86400"}))
    assert "no capacity" in reason(gemini, document)
    assert (waits, len(service.asked)) == ([], 1)


@pytest.mark.parametrize("value", ["soon", "-1", "nan", "1e9", "Wed, 21 Oct 2026 07:28:00 GMT", "١"])
def test_a_wait_that_is_no_number_of_seconds_becomes_the_usual_back_off(
    value, gemini, service, document, waits
):
    header = {"Retry-After": value.encode().decode("latin-1")}
    service.says(refused(503, headers=header), receipts(GOOD))
    assert gemini.read(document).drafts
    assert waits == [1.0]


def test_attempts_at_a_broken_service_are_bounded_and_spaced(gemini, service, document, waits):
    service.says(refused(500))
    assert reason(gemini, document) == "Gemini is out of order at the moment."
    assert (waits, len(service.asked)) == ([1.0, 2.0], 3)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (refused(400), "did not accept this file"),
        (refused(400, {"reason": "API_KEY_INVALID"}), "does not accept the key"),
        (refused(403), "does not accept the key"),
        (refused(404), "does not know the model"),
        (refused(413), "too large"),
        (refused(418), "out of order"),
        (Reply(status=400, body=b"<html>proxy</html>"), "did not accept this file"),
        (Reply(status=400, body=b'"text"'), "did not accept this file"),
        (Reply(status=400, body=b'{"error": "text"}'), "did not accept this file"),
    ],
)
def test_a_refusal_that_will_not_change_is_not_tried_again(reply, told, gemini, service, document, waits):
    service.says(reply)
    assert told in reason(gemini, document)
    assert (waits, len(service.asked)) == ([], 1)


def test_a_redirect_does_not_carry_the_key_elsewhere(gemini, service, document):
    service.says(Reply(status=307, headers={"Location": f"{service.url}/elsewhere"}), receipts(GOOD))
    reason(gemini, document)
    assert [asked.path for asked in service.asked] == ["/v1beta/models/gemini-2.5-flash:generateContent"]


def test_a_service_that_hangs_is_left_within_the_time_out(service, document):
    service.says(Reply(hang_seconds=30))
    gemini = Gemini(api_key=KEY, base_url=service.url, timeout_seconds=1)

    started = time.monotonic()
    assert reason(gemini, document) == "Gemini did not answer in time."
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"null", b"[]", b'"text"', b"7", b"\xff\xfe", b'{"candidates": 7}', b"[" * 100_000],
)
def test_an_envelope_of_another_form_is_unavailable(body, gemini, service, document):
    service.says(Reply(body=body))
    reason(gemini, document)
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    "text",
    [
        "I am sorry, I cannot do that.",
        "```json\n{}\n```",
        "null",
        "[]",
        "{}",
        '{"receipts": null}',
        '{"receipts": {}}',
        '{"receipts": ["a receipt"]}',
        '{"receipts": [{"total": "1.00"}]}',
        json.dumps({"receipts": [{**GOOD, "total": 13.25}]}),
        json.dumps({"receipts": [{**GOOD, "total": float("nan")}]}),
        json.dumps({"receipts": [{**GOOD, "items": "many"}]}),
        json.dumps({"receipts": [GOOD] * 51}),
        json.dumps({"receipts": [{**GOOD, "items": [line()] * 1_001}]}),
        json.dumps({"receipts": [{**GOOD, "merchant": "NUL"}]}).replace("NUL", "\0"),
        json.dumps({"receipts": [{**GOOD, "merchant": "LONE"}]}).replace("LONE", "\ud800"),
        json.dumps({"receipts": [{**GOOD, "merchant": "\ud800"}]}),
        "[" * 50_000,
    ],
)
def test_an_answer_that_is_not_of_the_schema_is_not_used(text, gemini, service, document):
    service.says(candidate(text))
    assert reason(gemini, document) == "Gemini's answer could not be understood."


LIES = {
    "total": "9" * 40,
    "subtotal": "NaN",
    "tax": "-Infinity",
    "tip": "1e9",
    "currency": "RINGGIT",
    "date": "1715817600",
    "time": "25:99",
    "category": "DROP TABLE bills",
    "number": "7\x00",
    "merchant": "M" * 5_000,
    "address": "\x1b[31mred",
}


@pytest.mark.parametrize("field", LIES)
def test_a_value_that_fails_its_form_is_dropped_and_the_rest_stays(field, gemini, service, document):
    service.says(receipts({**GOOD, field: LIES[field]}))
    reading = gemini.read(document)
    [draft] = reading.drafts
    assert getattr(draft, field) is None
    assert field not in draft.evidence
    assert reading.raw["dropped"] == [f"receipts.1.{field}"]
    kept = set(draft.evidence) | {field}
    assert kept == {key for key, value in GOOD.items() if isinstance(value, str)} | {field}


@pytest.mark.parametrize(
    "value", ["12,50", "RM 12.50", "12.505", "1_000", "１２", "0x10", " ", "1 000.00", ".5"]
)
def test_an_amount_is_taken_in_its_one_form_or_not_at_all(value, gemini, service, document):
    service.says(receipts({**GOOD, "total": value}))
    assert gemini.read(document).drafts[0].total is None


def test_a_date_that_does_not_exist_is_dropped(gemini, service, document):
    service.says(receipts({**GOOD, "date": "2023-02-29"}))
    assert gemini.read(document).drafts[0].date is None


def test_a_lie_in_a_line_costs_that_value_alone(gemini, service, document):
    lies = line(description="D" * 501, quantity="many", unit_price="-", total="3.00")
    service.says(receipts(receipt(items=[lies, line(description="")])))
    reading = gemini.read(document)
    [only] = reading.drafts[0].items
    assert (only.description, only.quantity, only.unit_price, only.total) == ("", None, None, Decimal("3.00"))
    assert reading.raw["dropped"] == [
        f"receipts.1.items.1.{f}" for f in ("description", "quantity", "unit_price")
    ]


def test_a_page_that_no_file_has_is_not_believed(gemini, service, document):
    service.says(receipts({**GOOD, "page": 10**9}), receipts({**GOOD, "page": -1}))
    for _ in range(2):
        assert gemini.read(document).drafts[0].evidence["total"].page == 1


def test_a_service_that_refuses_the_connection_is_out_of_reach(document):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
    gemini = Gemini(api_key=KEY, base_url=address)
    assert reason(gemini, document) == "Gemini cannot be reached at the moment."


def test_without_a_key_nothing_is_sent(service, document):
    gemini = Gemini(api_key="", base_url=service.url)
    assert reason(gemini, document) == "Gemini is not set up on this server."
    assert service.asked == []


def test_variables_of_the_environment_do_not_send_the_file_elsewhere(gemini, service, document, monkeypatch):
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_API_KEY", "another-key")
    monkeypatch.setenv("GOOGLE_GENAI_API_VERSION", "v9")
    service.says(receipts(GOOD))
    gemini.read(document)
    [asked] = service.asked
    assert asked.path == "/v1beta/models/gemini-2.5-flash:generateContent"
    assert asked.headers["x-goog-api-key"] == KEY


def test_the_sdk_is_not_loaded_before_the_first_reading():
    program = (
        "import sys, receipts.readers.gemini; print('google.genai' in sys.modules, 'httpx2' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert done.stdout.split() == ["False", "False"]
