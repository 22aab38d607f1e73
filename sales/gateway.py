"""The payment gateway: the one door to it.

The port, for whoever puts a provider behind it, is JSON over HTTP with the header
`Authorization: Bearer <PAYMENT_GATEWAY_KEY>`:

    POST /charges   {"intent": "<uuid>", "amount": "12.50", "currency": "EUR"}
    POST /refunds   {"intent": "<uuid>", "charge": "<intent of it>", "amount": "2.50", "currency": "EUR"}
    GET  /charges/<intent>, /refunds/<intent>   what became of it; 404 when it was never asked for

`Idempotency-Key` holds the intent too: asked again under it, the gateway moves no more money. It answers

    {"intent": "<uuid>", "status": "captured", "amount": "12.50", "currency": "EUR",
     "reference": "<its own name for it>"}
    {"intent": "<uuid>", "status": "declined", "reason": "<words for the cashier>"}

Whatever else comes, such as nothing in time, tells nothing: it is asked again until one of the two comes.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener
from uuid import UUID

from django.conf import settings

logger = logging.getLogger("tillsight.gateway")

MAX_ANSWER_BYTES = 64 * 1024
MAX_REFERENCE, MAX_REASON = 200, 500  # characters


class Unknown(Exception):
    """Whether the money has moved is not known: ask again under the same intent."""


@dataclass(frozen=True)
class Answer:
    """What became of a charge or a refund, for good."""

    captured: bool
    reference: str = ""
    reason: str = ""  # why it was declined


def stands() -> bool:
    """Tell whether there is a gateway; without one, a terminal beside the till has taken the card."""
    return bool(settings.PAYMENT_GATEWAY_URL)


def charge(*, intent: UUID, amount: Decimal, currency: str, again: bool) -> Answer:
    """Charge once for an intent; `again` when it may have been asked before.

    Raises: Unknown.
    """
    return _move("charges", again, {"intent": str(intent), "amount": f"{amount:.2f}", "currency": currency})


def refund(*, intent: UUID, charge: UUID, amount: Decimal, currency: str, again: bool) -> Answer:
    """Pay back once for an intent, of what was charged under another.

    Raises: Unknown.
    """
    sent = {"intent": str(intent), "charge": str(charge), "amount": f"{amount:.2f}", "currency": currency}
    return _move("refunds", again, sent)


def _move(kind: str, again: bool, sent: dict[str, str]) -> Answer:
    if again:  # a provider may have forgotten the key meanwhile, but not what it did
        status, said = _ask("GET", f"{kind}/{sent['intent']}")
        if status != 404:
            return _read(status, said, sent)
    return _read(*_ask("POST", kind, sent), sent)


def _read(status: int, said: dict[str, Any], sent: dict[str, str]) -> Answer:
    """Take an answer that is about what was sent, and final.

    Raises: Unknown.
    """
    if said.get("intent") == sent["intent"]:
        if said.get("status") == "declined":
            return Answer(False, reason=_text(said, "reason", MAX_REASON) or "The card was declined.")
        if said.get("status") == "captured" and _same(said, sent):
            return Answer(True, _text(said, "reference", MAX_REFERENCE) or sent["intent"])
    logger.error("The payment gateway answered %s to %s, which decides nothing.", status, sent["intent"])
    raise Unknown(f"answered {status}")


def _same(said: dict[str, Any], sent: dict[str, str]) -> bool:
    try:
        amount = Decimal(str(said.get("amount")))
    except InvalidOperation:
        return False
    return amount == Decimal(sent["amount"]) and said.get("currency") == sent["currency"]


def _text(said: dict[str, Any], name: str, limit: int) -> str:
    return str(said.get(name) or "").replace("\x00", " ").strip()[:limit]


class _NoRedirects(HTTPRedirectHandler):
    """The key goes to the gateway's own address and nowhere else."""

    def redirect_request(self, *args: Any) -> None:
        return None


_opener = build_opener(_NoRedirects)


def _ask(method: str, path: str, sent: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    """Send a request; answer its status and JSON object, an empty one where there is none.

    Raises: Unknown.
    """
    if not stands():
        raise Unknown("no gateway is set")
    headers = {"Authorization": f"Bearer {settings.PAYMENT_GATEWAY_KEY}", "Accept": "application/json"}
    if sent is not None:
        headers |= {"Content-Type": "application/json", "Idempotency-Key": sent["intent"]}
    body = None if sent is None else json.dumps(sent).encode()
    address = f"{settings.PAYMENT_GATEWAY_URL}/{path}"
    request = Request(address, body, headers, method=method)  # noqa: S310 (an operator's address)
    try:
        try:
            answer = _opener.open(request, timeout=settings.PAYMENT_GATEWAY_TIMEOUT.total_seconds())
        except HTTPError as error:
            answer = error
        with answer:
            status, text = int(answer.status), answer.read(MAX_ANSWER_BYTES)
    except (OSError, HTTPException) as error:
        logger.error("The payment gateway cannot be reached: %s.", error)
        raise Unknown("cannot be reached") from error
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    return status, said if isinstance(said, dict) else {}
