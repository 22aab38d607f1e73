"""What is OpenAI's own: the form of its requests, and the errors that only it makes."""

import base64
import io
import json
from datetime import date

import pillow_heif
import pytest
from PIL import Image

from receipts.categories import BUILT_IN
from receipts.readers import Document, Unavailable, Unreadable

from .conftest import PNG
from .dialects import GOOD, OPENAI, Reply

TODAY = date(2024, 5, 17)


@pytest.fixture
def dialect():
    return OPENAI


def sent(service):
    """Give the kind and the bytes of the file that the service was sent."""
    part = service.asked[0].body["messages"][1]["content"][0]
    url = part["file"]["file_data"] if part["type"] == "file" else part["image_url"]["url"]
    kind, _, data = url.removeprefix("data:").partition(";base64,")
    return part["type"], kind, base64.b64decode(data)


def test_the_request_carries_the_file_the_strict_schema_and_no_randomness(reader, service, document):
    service.says(OPENAI.receipts(GOOD))
    reader.read(document)
    body = service.asked[0].body
    assert sent(service) == ("image_url", "image/png", PNG)
    text = body["messages"][1]["content"][1]["text"]
    assert "2024-05-17" in text
    assert "MYR" in text
    assert (body["model"], body["temperature"], body["messages"][0]["role"]) == ("gpt-4o-mini", 0, "system")
    asked = body["response_format"]
    assert (asked["type"], asked["json_schema"]["strict"]) == ("json_schema", True)
    schemas = asked["json_schema"]["schema"]["$defs"]
    entry = schemas["ReceiptAnswer"]
    # Strict schemas want every field required and no others; null is a type beside the text's.
    for schema in (asked["json_schema"]["schema"], *schemas.values()):
        assert (schema["additionalProperties"], set(schema["required"])) == (False, set(schema["properties"]))
    kinds = [(one["type"], one.get("enum")) for one in entry["properties"]["category"]["anyOf"]]
    assert kinds == [("string", list(BUILT_IN)), ("null", None)]


def test_a_pdf_is_sent_as_a_file(reader, service):
    service.says(OPENAI.receipts(GOOD))
    reader.read(Document(content=b"%PDF-1.7", content_type="application/pdf", today=TODAY))
    assert sent(service) == ("file", "application/pdf", b"%PDF-1.7")


def test_a_picture_that_its_models_do_not_see_is_sent_as_jpeg(reader, service):
    service.says(OPENAI.receipts(GOOD))
    made = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 48), "teal")).save(made)
    reader.read(Document(content=made.getvalue(), content_type="image/heic", today=TODAY))
    way, kind, content = sent(service)
    with Image.open(io.BytesIO(content)) as picture:
        assert (way, kind, picture.format, picture.size) == ("image_url", "image/jpeg", "JPEG", (64, 48))


def test_one_that_is_broken_is_unreadable_and_not_sent(reader, service):
    with pytest.raises(Unreadable):
        reader.read(Document(content=b"\x00\x00\x00\x18ftypheic", content_type="image/heic", today=TODAY))
    assert service.asked == []


@pytest.mark.parametrize(
    ("choices", "told"),
    [
        ([], "declined"),
        ([{"message": {"refusal": "I cannot.", "content": None}, "finish_reason": "stop"}], "declined"),
        ([{"message": {"content": None}, "finish_reason": "tool_calls"}], "declined"),
        ([{"message": {"content": "{}"}, "finish_reason": "a_reason_of_tomorrow"}], "declined"),
        ([{"message": {"content": 7}}], "could not be understood"),
        ([{"message": None}], "could not be understood"),
        ("none", "could not be understood"),
    ],
)
def test_a_refusal_is_told_as_one_and_nonsense_as_nonsense(choices, told, reader, service, document):
    service.says(Reply(body=json.dumps({"choices": choices}).encode()))
    with pytest.raises(Unavailable, match=told):
        reader.read(document)


def test_an_account_with_nothing_left_to_spend_is_not_asked_again(reader, service, document, waits):
    error = {"message": "internal words", "type": "insufficient_quota", "param": None, "code": "any"}
    service.says(Reply(status=429, body=json.dumps({"error": error}).encode(), headers={"Retry-After": "1"}))
    with pytest.raises(Unavailable, match="no credit left"):
        reader.read(document)
    assert (waits, len(service.asked)) == ([], 1)


def test_variables_of_the_environment_do_not_send_the_file_elsewhere(reader, service, document, monkeypatch):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("OPENAI_API_KEY", "another-key")
    monkeypatch.setenv("OPENAI_ORG_ID", "another-organization")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "another-project")
    service.says(OPENAI.receipts(GOOD))
    reader.read(document)
    [asked] = service.asked
    assert asked.headers["authorization"] == OPENAI.key_header[1]
    assert not {"openai-organization", "openai-project"} & set(asked.headers)
