"""What all readers share that ask a model over the network: patience, reasons, and what becomes of an answer.

A reader of this kind says how its service is spoken to, in `send`; the rest is here.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from receipts.draft import Reading
from receipts.readers import Document, NothingFound, Unavailable
from receipts.readers.answer import INSTRUCTION, PROMPT_VERSION, Answer, drafts, request

if TYPE_CHECKING:
    import httpx2

BACK_OFF_SECONDS = 1.0
RETRIED = frozenset({408, 429, 500, 502, 503, 504})
MOST_KEPT = 200_000  # characters of an answer that are kept beside its drafts

LATE = "did not answer in time"
OUT_OF_REACH = "cannot be reached at the moment"
OUT_OF_ORDER = "is out of order at the moment"
NOT_UNDERSTOOD = "gave an answer that could not be understood"
DECLINED = "declined to read this file"
BROKEN_OFF = "broke off before the end of its answer"
REASONS = {
    400: "did not accept this file",
    401: "does not accept the key that is set up on this server",
    403: "does not accept the key that is set up on this server",
    404: "does not know the model that is set up on this server",
    413: "finds this file too large",
    429: "has no capacity left for this server at the moment",
}


class NotNow(Exception):
    """The service answered with an error; `told` is why, where it says more than the status does.

    Units: `wait_seconds` is what the service asks for before another try. With `final` none helps.
    """

    def __init__(
        self, status: int, *, wait_seconds: float | None = None, told: str = "", final: bool = False
    ) -> None:
        super().__init__(f"status {status}")
        self.again = status in RETRIED and not final
        self.wait_seconds = wait_seconds
        self.reason = told or REASONS.get(status, OUT_OF_ORDER)


@dataclass(frozen=True)
class Question:
    """What a model is asked: how it is to answer, what it is given, and the form of its answer."""

    instruction: str
    text: str
    answer: type[BaseModel]
    document: Document | None = None


@dataclass(frozen=True)
class Told:
    """What the model said, and how many tokens that took."""

    text: str
    tokens: int | None


class Remote(ABC):
    """A reader that sends the file to a model and trusts nothing of the answer; others may ask it too."""

    name: str
    vendor: str

    def __init__(
        self,
        *,
        api_key: str,
        model: str,
        base_url: str = "",
        timeout_seconds: float = 60,
        attempts: int = 3,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Set the reader up; nothing is sent and nothing heavy is imported before the first `read`.

        Units: `timeout_seconds` is for one reading with all its attempts and the waits between them.
        """
        self.api_key = api_key
        self.model = model
        self.base_url = base_url
        self._timeout_seconds = timeout_seconds
        self._attempts = attempts
        self._sleep = sleep

    @abstractmethod
    def load(self) -> None:
        """Import the service's SDK, which takes a second: the time-out is for the service."""

    @abstractmethod
    def send(self, question: Question, http: "httpx2.Client", *, seconds: float) -> Told:
        """Ask the service once, within so many seconds.

        Raises: NotNow for an error that it answers with, Unavailable for an answer that says nothing,
        httpx2's errors where it cannot be reached, ValueError and the like where it is not understood.
        """

    def read(self, document: Document) -> Reading:
        """Read every receipt in the document.

        Raises: NothingFound, Unavailable for whatever goes wrong on the way.
        """
        told = self.ask(Question(INSTRUCTION, request(document), Answer, document))
        try:
            answer = Answer.model_validate_json(told.text)
        except ValidationError as error:
            raise self.unavailable(NOT_UNDERSTOOD) from error
        if not answer.receipts:
            raise NothingFound(f"{self.vendor} found no receipt in this file.")
        found, dropped = drafts(answer)
        raw: dict[str, object] = {
            "model": self.model,
            "prompt": PROMPT_VERSION,
            "tokens": told.tokens,
            "answer": told.text[:MOST_KEPT],
            "dropped": list(dropped),
        }
        return Reading(reader=self.name, drafts=found, raw=raw)

    def unavailable(self, why: str) -> Unavailable:
        """Say for an owner why this reader did not read."""
        return Unavailable(f"{self.vendor} {why}.")

    def ask(self, question: Question) -> Told:
        """Send a question and tell every way in which that can go wrong.

        Raises: Unavailable.
        """
        if not self.api_key:
            raise self.unavailable("is not set up on this server")
        # Imported here: the web process never reads a receipt.
        import httpx2

        from receipts.readers import wire

        self.load()
        deadline = time.monotonic() + self._timeout_seconds
        try:
            with wire.client(deadline=deadline) as http:
                return self._ask_patiently(question, http, deadline)
        except NotNow as error:
            raise self.unavailable(error.reason) from error
        except httpx2.TimeoutException as error:
            raise self.unavailable(LATE) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise self.unavailable(OUT_OF_REACH) from error
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            # What an SDK stumbles over when an answer is not of the service's form.
            raise self.unavailable(NOT_UNDERSTOOD) from error

    def _ask_patiently(self, question: Question, http: "httpx2.Client", deadline: float) -> Told:
        """Send a question, and again after a wait while the service asks for patience and time is left.

        Raises: NotNow of the last attempt.
        """
        attempt = 1
        while True:
            try:
                return self.send(question, http, seconds=max(deadline - time.monotonic(), 0.001))
            except NotNow as error:
                wait = error.wait_seconds or BACK_OFF_SECONDS * 2 ** (attempt - 1)
                late = time.monotonic() + wait >= deadline
                if not error.again or attempt == self._attempts or late:
                    raise
            self._sleep(wait)
            attempt += 1


def seconds_in(value: object) -> float | None:
    """Read a number of seconds as services write it, such as 7, 3.5 or 17s; None for anything else."""
    number = str(value or "").removesuffix("s")
    decimal = number.isascii() and number.replace(".", "", 1).isdecimal()
    return float(number) if decimal else None


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Read how long a service asks to wait by its Retry-After header, in seconds or as a date (RFC 9110)."""
    value = headers.get("retry-after", "")
    seconds = seconds_in(value)
    if seconds is not None:
        return seconds
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    left = (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return left if left > 0 else None
