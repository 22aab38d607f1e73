"""Read receipts with a model of OpenAI's: the one door to it, opened only where an owner asks for it."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from pydantic import BaseModel

from receipts.readers import Document
from receipts.readers.remote import (
    BROKEN_OFF,
    DECLINED,
    LATE,
    NOT_UNDERSTOOD,
    OUT_OF_REACH,
    NotNow,
    Question,
    Remote,
    Told,
    retry_after_seconds,
)

if TYPE_CHECKING:
    import httpx2
    from openai import APIStatusError, OpenAI
    from openai.types.chat import ChatCompletionContentPartParam, ChatCompletionMessageParam
    from openai.types.shared_params import ResponseFormatJSONSchema

BASE_URL = "https://api.openai.com/v1"
# What its models see as it is; a picture of another kind is sent as JPEG.
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Usage(BaseModel):
    total_tokens: int | None = None


class _Completion(BaseModel):
    """What is used of a chat completion: the SDK's own classes take it in whatever form it comes."""

    choices: list[_Choice]
    usage: _Usage | None = None


class OpenAi(Remote):
    """A reader that speaks OpenAI's chat completions, which many other services speak too."""

    name = "openai"
    vendor = "OpenAI"

    def load(self) -> None:
        """Import the SDK: only here, since the web process never reads a receipt."""
        import openai.resources.chat  # noqa: F401

    def send(self, question: Question, http: httpx2.Client, *, seconds: float) -> Told:
        """Ask the service once, as `Remote.send` says."""
        import openai

        client = self._client(http, seconds)
        try:
            raw = client.chat.completions.with_raw_response.create(
                model=self.model,
                messages=_messages(question),
                response_format=_format(question),
                temperature=0,
            )
        except openai.APIStatusError as error:
            raise _not_now(error) from error
        except openai.APITimeoutError as error:
            raise self.unavailable(LATE) from error
        except openai.APIConnectionError as error:
            raise self.unavailable(OUT_OF_REACH) from error
        except openai.OpenAIError as error:
            raise self.unavailable(NOT_UNDERSTOOD) from error
        completion = _Completion.model_validate_json(raw.content)
        usage = completion.usage
        return Told(self._text(completion), usage.total_tokens if usage else None)

    def _client(self, http: httpx2.Client, seconds: float) -> OpenAI:
        from openai import OpenAI

        client = OpenAI(
            api_key=self.api_key,
            base_url=self.base_url or BASE_URL,
            http_client=http,
            timeout=seconds,
            max_retries=0,  # ours know when the reading must end
        )
        # Taken from the environment where they are not given, whomever the key belongs to.
        client.organization = client.project = None
        return client

    def _text(self, completion: _Completion) -> str:
        """Take the text of the first choice.

        Raises: Unavailable when the model refused, or the answer is withheld, cut off or empty.
        """
        choice = completion.choices[0] if completion.choices else None
        if choice and choice.finish_reason == "length":
            raise self.unavailable(BROKEN_OFF)
        if choice is None or choice.message.refusal or choice.finish_reason not in (None, "stop"):
            raise self.unavailable(DECLINED)
        if not choice.message.content:
            raise self.unavailable(DECLINED)
        return choice.message.content


def _messages(question: Question) -> list[ChatCompletionMessageParam]:
    content: list[ChatCompletionContentPartParam] = [{"type": "text", "text": question.text}]
    if question.document is not None:
        content.insert(0, _file(question.document))
    return [
        {"role": "system", "content": question.instruction},
        {"role": "user", "content": content},
    ]


def _file(document: Document) -> ChatCompletionContentPartParam:
    kind, content = document.content_type, document.content
    if kind == "application/pdf":
        return {"type": "file", "file": {"filename": "receipt.pdf", "file_data": _url(kind, content)}}
    if kind not in PICTURES:
        from receipts.engine.pages import jpeg_of

        kind, content = "image/jpeg", jpeg_of(content)
    return {"type": "image_url", "image_url": {"url": _url(kind, content), "detail": "high"}}


def _url(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def _format(question: Question) -> ResponseFormatJSONSchema:
    """Ask for our own classes' schema, made as strict as the service wants it."""
    from openai import pydantic_function_tool

    schema = pydantic_function_tool(question.answer)["function"]["parameters"]
    return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}


def _not_now(error: APIStatusError) -> NotNow:
    """Read an error: 429 also says that nothing is left to spend, which no waiting changes."""
    broke = error.type == "insufficient_quota"
    return NotNow(
        error.status_code,
        wait_seconds=retry_after_seconds(error.response.headers),
        told="has no credit left for this server" if broke else "",
        final=broke,
    )
