"""How each service says the same things on the wire."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from receipts.readers.answer import LineAnswer, ReceiptAnswer
from receipts.readers.gemini import Gemini
from receipts.readers.openai import OpenAi
from receipts.readers.remote import Remote

KEY = "a-key-that-nobody-may-see"


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    hang_seconds: float = 0
    drip_seconds: float = 0  # between one byte of the body and the next


@dataclass(frozen=True)
class Dialect:
    """One service: the reader that speaks to it, and how it answers."""

    name: str
    vendor: str
    reader: type[Remote]
    model: str
    path: str
    key_header: tuple[str, str]
    endings: dict[str, str]  # the service's words for: stop, length, declined
    enclose: Callable[[str, str], dict[str, Any]]
    fail: Callable[[int], dict[str, Any]]

    def text(self, text: str, *, ending: str = "stop") -> Reply:
        """Say this text, as the service encloses a model's."""
        return Reply(body=json.dumps(self.enclose(text, self.endings[ending])).encode())

    def receipts(self, *entries: dict[str, Any]) -> Reply:
        return self.text(json.dumps({"receipts": entries}))

    def refused(self, status: int, **headers: str) -> Reply:
        """Answer with an error, and words that are no owner's business."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return Reply(status=status, body=json.dumps(self.fail(status)).encode(), headers=headers)


def _candidate(text: str, ending: str) -> dict[str, Any]:
    return {
        "candidates": [
            {"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": ending, "index": 0}
        ],
        "usageMetadata": {"promptTokenCount": 300, "candidatesTokenCount": 120, "totalTokenCount": 420},
        "modelVersion": "gemini-2.5-flash",
    }


def _completion(text: str, ending: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text, "refusal": None, "annotations": []}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_715_900_000,
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": ending}],
        "usage": {"prompt_tokens": 300, "completion_tokens": 120, "total_tokens": 420},
    }


def _status(status: int) -> dict[str, Any]:
    return {"error": {"code": status, "message": "internal words", "status": "SOME_STATUS", "details": []}}


def _error(status: int) -> dict[str, Any]:
    return {"error": {"message": "internal words", "type": "some_type", "param": None, "code": "SOME_STATUS"}}


GEMINI = Dialect(
    name="gemini",
    vendor="Gemini",
    reader=Gemini,
    model="gemini-2.5-flash",
    path="/v1beta/models/gemini-2.5-flash:generateContent",
    key_header=("x-goog-api-key", KEY),
    endings={"stop": "STOP", "length": "MAX_TOKENS", "declined": "SAFETY"},
    enclose=_candidate,
    fail=_status,
)
OPENAI = Dialect(
    name="openai",
    vendor="OpenAI",
    reader=OpenAi,
    model="gpt-4o-mini",
    path="/chat/completions",
    key_header=("authorization", f"Bearer {KEY}"),
    endings={"stop": "stop", "length": "length", "declined": "content_filter"},
    enclose=_completion,
    fail=_error,
)
DIALECTS = (GEMINI, OPENAI)


def line(**values: str | None) -> dict[str, str | None]:
    return {**dict.fromkeys(LineAnswer.model_fields), "description": "Bread", **values}


def receipt(**values: Any) -> dict[str, Any]:
    silent = dict.fromkeys(ReceiptAnswer.model_fields)
    return {**silent, "page": 1, "items": [], **values}


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

# What tests.receipts.engine.paper.GROCER says.
GROCER = receipt(
    merchant="Green Valley Market Sdn Bhd",
    date="2018-03-14",
    currency="MYR",
    subtotal="71.50",
    tax="4.29",
    total="75.80",
    items=[
        line(description="Basmati Rice 5kg", quantity="1", unit_price="28.90", total="28.90"),
        line(description="Olive Oil 1L", quantity="2", unit_price="19.50", total="39.00"),
        line(description="Bananas", quantity="3", unit_price="1.20", total="3.60"),
    ],
)
