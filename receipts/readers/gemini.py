"""Read receipts with Google's Gemini: the one door to it, opened only where an owner asks for it."""

from typing import TYPE_CHECKING

from receipts.readers.remote import (
    BROKEN_OFF,
    DECLINED,
    REASONS,
    NotNow,
    Question,
    Remote,
    Told,
    retry_after_seconds,
    seconds_in,
)

if TYPE_CHECKING:
    import httpx2
    from google.genai.errors import APIError
    from google.genai.types import GenerateContentConfig, GenerateContentResponse

# The SDK's own default moved between versions, and an environment variable can move it: name it.
API_VERSION = "v1beta"


class Gemini(Remote):
    """A reader that speaks the Gemini API."""

    name = "gemini"
    vendor = "Gemini"

    def load(self) -> None:
        """Import the SDK: only here, since the web process never reads a receipt."""
        import google.genai  # noqa: F401

    def send(self, question: Question, http: "httpx2.Client", *, seconds: float) -> Told:
        """Ask the service once, as `Remote.send` says."""
        from google import genai
        from google.genai import errors, types

        options = types.HttpOptions(
            base_url=self.base_url or None,
            api_version=API_VERSION,
            httpx_client=http,
            timeout=max(1, round(seconds * 1000)),
        )
        # `vertexai` is said because an environment variable would else send the file elsewhere.
        client = genai.Client(api_key=self.api_key, vertexai=False, http_options=options)
        parts = [types.Part.from_text(text=question.text)]
        if (file := question.document) is not None:
            parts.insert(0, types.Part.from_bytes(data=file.content, mime_type=file.content_type))
        try:
            response = client.models.generate_content(
                model=self.model,
                contents=types.Content(role="user", parts=parts),
                config=_config(question),
            )
        except errors.APIError as error:
            raise _not_now(error) from error
        usage = response.usage_metadata
        return Told(self._text(response), usage.total_token_count if usage else None)

    def _text(self, response: "GenerateContentResponse") -> str:
        """Take the text of the first candidate.

        Raises: Unavailable when the request was blocked, or the answer declined, cut off or empty.
        """
        feedback = response.prompt_feedback
        if (feedback and feedback.block_reason) or not response.candidates:
            raise self.unavailable(DECLINED)
        end = response.candidates[0].finish_reason
        if end == "MAX_TOKENS":
            raise self.unavailable(BROKEN_OFF)
        if end not in (None, "STOP") or not response.text:
            raise self.unavailable(DECLINED)
        return response.text


def _config(question: Question) -> "GenerateContentConfig":
    from google.genai import types

    return types.GenerateContentConfig(
        system_instruction=question.instruction,
        temperature=0,
        response_mime_type="application/json",
        response_schema=question.answer,
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
        automatic_continuation=False,
    )


def _not_now(error: "APIError") -> NotNow:
    """Read an error: a wrong key comes as 400 with a reason, a wait in the header or in the body ("17s")."""
    details = _details(error)
    wrong_key = error.code == 400 and any(one.get("reason") == "API_KEY_INVALID" for one in details)
    waits = (seconds_in(one.get("retryDelay")) for one in details)
    asked = retry_after_seconds(getattr(error.response, "headers", {}))
    return NotNow(
        error.code,
        wait_seconds=asked or next((wait for wait in waits if wait), None),
        told=REASONS[401] if wrong_key else "",
    )


def _details(error: "APIError") -> list[dict[str, object]]:
    """List the entries of google.rpc.Status.details, none when the body is of another form."""
    body = error.details
    status = body.get("error") if isinstance(body, dict) else None
    details = status.get("details") if isinstance(status, dict) else None
    return [entry for entry in details if isinstance(entry, dict)] if isinstance(details, list) else []
