"""Read receipts with Google's Gemini: the one door to it, opened only where an owner asks for it."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import ValidationError

from receipts.draft import Reading
from receipts.readers import Document, Unavailable, Unreadable
from receipts.readers.answer import INSTRUCTION, PROMPT_VERSION, Answer, drafts, request

if TYPE_CHECKING:
    from google.genai import Client
    from google.genai.errors import APIError
    from google.genai.types import GenerateContentResponse

# The SDK's own default moved between versions, and an environment variable can move it: name it.
API_VERSION = "v1beta"
BACK_OFF_SECONDS = 1.0
RETRIED = frozenset({408, 429, 500, 502, 503, 504})

REASONS = {
    400: "Gemini did not accept this file.",
    401: "Gemini does not accept the key that is set up on this server.",
    403: "Gemini does not accept the key that is set up on this server.",
    404: "Gemini does not know the model that is set up on this server.",
    413: "This file is too large for Gemini.",
    429: "Gemini has no capacity left for this server at the moment.",
}
OUT_OF_ORDER = "Gemini is out of order at the moment."
OUT_OF_REACH = "Gemini cannot be reached at the moment."
NOT_UNDERSTOOD = "Gemini's answer could not be understood."
DECLINED = "Gemini declined to read this file."


class Gemini:
    """A reader that sends the file to Gemini and trusts nothing of the answer."""

    name = "gemini"

    def __init__(
        self,
        *,
        api_key: str,
        model: str = "gemini-2.5-flash",
        base_url: str | None = None,
        timeout_seconds: float = 60,
        attempts: int = 3,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Set the reader up; nothing is sent and nothing heavy is imported before the first `read`.

        Units: `timeout_seconds` is for one reading with all its attempts and the waits between them.
        """
        self._api_key = api_key
        self._model = model
        self._base_url = base_url or None
        self._timeout_seconds = timeout_seconds
        self._attempts = attempts
        self._sleep = sleep

    def read(self, document: Document) -> Reading:
        """Read every receipt in the document.

        Raises: Unreadable when Gemini finds no receipt, Unavailable for whatever goes wrong on the way.
        """
        if not self._api_key:
            raise Unavailable("Gemini is not set up on this server.")
        response = self._ask(document)
        text = _text(response)
        try:
            answer = Answer.model_validate_json(text)
        except ValidationError as error:
            raise Unavailable(NOT_UNDERSTOOD) from error
        if not answer.receipts:
            raise Unreadable("There is no receipt in this file.")
        found, dropped = drafts(answer)
        usage = response.usage_metadata
        raw: dict[str, object] = {
            "model": self._model,
            "prompt": PROMPT_VERSION,
            "tokens": usage.total_token_count if usage else None,
            "answer": text,
            "dropped": list(dropped),
        }
        return Reading(reader=self.name, drafts=found, raw=raw)

    def _ask(self, document: Document) -> "GenerateContentResponse":
        """Send the file and tell every way in which that can go wrong.

        Raises: Unavailable.
        """
        # Imported here: the SDK takes a second to load and the web process never reads a receipt.
        import httpx2
        from google import genai
        from google.genai import errors, types

        try:
            # A client of our own does not follow redirects, which would carry the key to another host.
            with httpx2.Client() as http:
                options = types.HttpOptions(
                    base_url=self._base_url, api_version=API_VERSION, httpx_client=http
                )
                # `vertexai` is said because an environment variable would else send the file elsewhere.
                client = genai.Client(api_key=self._api_key, vertexai=False, http_options=options)
                return self._send_patiently(client, document)
        except errors.APIError as error:
            raise Unavailable(_reason(error)) from error
        except httpx2.TimeoutException as error:
            raise Unavailable("Gemini did not answer in time.") from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise Unavailable(OUT_OF_REACH) from error
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            # What the SDK stumbles over when an answer is not of the service's form.
            raise Unavailable(NOT_UNDERSTOOD) from error

    def _send_patiently(self, client: "Client", document: Document) -> "GenerateContentResponse":
        """Send the file, and again after a wait while the service asks for patience and time is left.

        Raises: APIError of the last attempt.
        """
        from google.genai.errors import APIError

        deadline = time.monotonic() + self._timeout_seconds
        attempt = 1
        while True:
            try:
                return self._send(client, document, seconds=deadline - time.monotonic())
            except APIError as error:
                wait = _retry_after_seconds(error) or BACK_OFF_SECONDS * 2 ** (attempt - 1)
                late = time.monotonic() + wait >= deadline
                if error.code not in RETRIED or attempt == self._attempts or late:
                    raise
            self._sleep(wait)
            attempt += 1

    def _send(self, client: "Client", document: Document, *, seconds: float) -> "GenerateContentResponse":
        from google.genai import types

        return client.models.generate_content(
            model=self._model,
            contents=types.Content(
                role="user",
                parts=[
                    types.Part.from_bytes(data=document.content, mime_type=document.content_type),
                    types.Part.from_text(text=request(document)),
                ],
            ),
            config=types.GenerateContentConfig(
                http_options=types.HttpOptions(timeout=max(1, round(seconds * 1000))),
                system_instruction=INSTRUCTION,
                temperature=0,
                response_mime_type="application/json",
                response_schema=Answer,
                automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
                automatic_continuation=False,
            ),
        )


def _text(response: "GenerateContentResponse") -> str:
    """Take the text of the first candidate.

    Raises: Unavailable when the request was blocked, or the answer declined, cut off or empty.
    """
    feedback = response.prompt_feedback
    if (feedback and feedback.block_reason) or not response.candidates:
        raise Unavailable(DECLINED)
    end = response.candidates[0].finish_reason
    if end == "MAX_TOKENS":
        raise Unavailable("Gemini's answer broke off before its end.")
    if end not in (None, "STOP") or not response.text:
        raise Unavailable(DECLINED)
    return response.text


def _reason(error: "APIError") -> str:
    """Say for an owner why the service refused; a wrong key comes as 400 with a reason of its own."""
    if error.code == 400 and any(entry.get("reason") == "API_KEY_INVALID" for entry in _details(error)):
        return REASONS[401]
    return REASONS.get(error.code, OUT_OF_ORDER)


def _retry_after_seconds(error: "APIError") -> float | None:
    """Read how long the service asks to wait: the Retry-After header, or RetryInfo in the body ("17s")."""
    headers = getattr(error.response, "headers", {})
    asked = [headers.get("retry-after"), *(entry.get("retryDelay") for entry in _details(error))]
    for value in asked:
        number = str(value or "").removesuffix("s")
        if number.replace(".", "", 1).isdecimal() and number.isascii():
            return float(number)
    return None


def _details(error: "APIError") -> list[dict[str, object]]:
    """List the entries of google.rpc.Status.details, none when the body is of another form."""
    body = error.details
    status = body.get("error") if isinstance(body, dict) else None
    details = status.get("details") if isinstance(status, dict) else None
    return [entry for entry in details if isinstance(entry, dict)] if isinstance(details, list) else []
