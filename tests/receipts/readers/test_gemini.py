"""What is Gemini's own: the form of its requests, and the errors that only it makes."""

import base64
import json
from datetime import date

import pytest

from receipts.categories import BUILT_IN
from receipts.readers import Document, Unavailable

from .conftest import PNG
from .dialects import GEMINI, GOOD, Reply


@pytest.fixture
def dialect():
    return GEMINI


def failed(status: int, *details: dict[str, str]) -> Reply:
    body = GEMINI.fail(status)
    body["error"]["details"] = list(details)
    return Reply(status=status, body=json.dumps(body).encode())


def test_the_request_carries_the_file_the_schema_and_no_randomness(reader, service, document):
    service.says(GEMINI.receipts(GOOD))
    reader.read(document)
    [asked] = service.asked
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
    assert entry["properties"]["category"]["nullable"] is True
    assert entry["properties"]["items"]["items"]["properties"]["unit_price"]["nullable"] is True


@pytest.mark.parametrize("kind", ["image/heic", "application/pdf", "image/webp"])
def test_the_file_is_sent_as_it_is(kind, reader, service):
    service.says(GEMINI.receipts(GOOD))
    reader.read(Document(content=b"\x00\xff", content_type=kind, today=date(2024, 5, 17)))
    inline = service.asked[0].body["contents"][0]["parts"][0]["inlineData"]
    assert (inline["mime_type"], base64.urlsafe_b64decode(inline["data"])) == (kind, b"\x00\xff")


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
    ],
)
def test_a_refusal_is_told_as_one(body, reader, service, document):
    service.says(Reply(body=json.dumps(body).encode()))
    with pytest.raises(Unavailable, match=r"Gemini declined to read this file\."):
        reader.read(document)


def test_a_wait_asked_for_in_the_body_is_kept_too(reader, service, document, waits):
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "3.5s"}
    service.says(failed(429, info), GEMINI.receipts(GOOD))
    assert reader.read(document).drafts
    assert waits == [3.5]


def test_a_wrong_key_comes_as_a_bad_request_with_a_reason(reader, service, document):
    service.says(failed(400, {"reason": "API_KEY_INVALID"}))
    with pytest.raises(Unavailable, match="does not accept the key"):
        reader.read(document)


def test_variables_of_the_environment_do_not_send_the_file_elsewhere(reader, service, document, monkeypatch):
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_API_KEY", "another-key")
    monkeypatch.setenv("GOOGLE_GENAI_API_VERSION", "v9")
    service.says(GEMINI.receipts(GOOD))
    reader.read(document)
    [asked] = service.asked
    assert asked.path == GEMINI.path
    assert asked.headers["x-goog-api-key"] == GEMINI.key_header[1]
