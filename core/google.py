"""Google as a witness of who somebody is: the one door to it."""

from __future__ import annotations

import functools
import hmac
import json
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import jwt
from django.conf import settings

from core import rates

logger = logging.getLogger("tillsight.google")

# https://developers.google.com/identity/openid-connect/openid-connect#validatinganidtoken
ISSUERS = ("https://accounts.google.com", "accounts.google.com")
REQUIRED = ["iss", "aud", "sub", "exp", "iat"]
LEEWAY_SECONDS = 30  # between Google's clock and ours
MAX_TOKEN_LENGTH = 8192  # characters; Google's own have some 1,200
TIMEOUT_SECONDS = 5.0
MAX_ANSWER_BYTES = 256 * 1024
MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})")
MAX_AGE_SECONDS = 24 * 3600
PAUSE_SECONDS = 5.0  # after certificates that could not be had: those who wait for them are told at once
REFETCHES = rates.Limit(5, 60)  # for key ids that nobody has heard of, which anybody can make up
OWN_FAULTS = {"invalid_client", "unauthorized_client", "unsupported_grant_type"}


class Rejected(Exception):
    """Google does not vouch for whoever this is, in words for them."""


class Unavailable(Exception):
    """Google cannot be asked now, in words for whoever wants to sign in."""


@dataclass(frozen=True)
class Person:
    """Whom Google vouches for: `subject` stays the same for ever, the address is theirs at this time."""

    subject: str
    email: str
    first_name: str = ""
    last_name: str = ""


def exchange(*, code: str, redirect_uri: str, code_verifier: str = "") -> str:
    """Exchange an authorization code, once, for an ID token.

    Raises: Rejected, Unavailable.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": settings.GOOGLE_CLIENT_IDS[0],
        "client_secret": settings.GOOGLE_CLIENT_SECRET,
        "code_verifier": code_verifier,
    }
    sent = urlencode({name: value for name, value in form.items() if value}).encode()
    status, _, answer = _ask(settings.GOOGLE_TOKEN_URL, sent)
    if status == 200 and isinstance(answer.get("id_token"), str):
        return str(answer["id_token"])
    fault = str(answer.get("error", ""))
    if status in (400, 401, 403) and fault not in OWN_FAULTS:
        raise Rejected("Google does not accept this code: it is good once, and not for long.")
    logger.error("Google's token endpoint answered %s %s.", status, fault[:40])
    raise Unavailable("Google cannot exchange the code at the moment.")


def check(id_token: str, *, nonce: str = "") -> Person:
    """Check an ID token: by Google, for us, of now, with a verified address, and with `nonce` if given.

    Raises: Rejected, Unavailable.
    """
    try:
        claims = _verified(id_token)
    except (jwt.InvalidTokenError, ValueError, TypeError) as error:
        logger.info("An ID token was refused: %s.", type(error).__name__)
        raise Rejected("This is no valid ID token of Google for this server: sign in again.") from error
    if nonce and not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise Rejected("The ID token was not made for this sign-in: its nonce is another.")
    subject, email = claims["sub"], claims.get("email")
    if not email or not isinstance(email, str) or not subject or len(subject) > 255:
        raise Rejected("Google tells no email address: ask for the scopes openid, email and profile.")
    if claims.get("email_verified") is not True:
        raise Rejected("Google has not verified this email address.")
    return Person(subject, email, _name(claims, "given_name"), _name(claims, "family_name"))


def _verified(id_token: str) -> dict[str, Any]:
    """Verify the signature and the registered claims."""
    if len(id_token) > MAX_TOKEN_LENGTH:
        raise ValueError("too long")
    kid = jwt.get_unverified_header(id_token).get("kid")
    key = _certificates(settings.GOOGLE_CERTS_URL).key(str(kid))
    claims: dict[str, Any] = jwt.decode(
        id_token,
        key,
        algorithms=["RS256"],
        audience=settings.GOOGLE_CLIENT_IDS,
        issuer=ISSUERS,
        leeway=LEEWAY_SECONDS,
        options={"require": REQUIRED},
    )
    if not isinstance(claims["aud"], str):  # one that others may use too
        raise ValueError("several audiences")
    return claims


def _name(claims: Mapping[str, Any], claim: str) -> str:
    return str(claims.get(claim) or "").replace("\x00", "").strip()[:100]


class Certificates:
    """Google's public keys by their ids, kept for as long as they came with."""

    def __init__(self, url: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.url = url
        self.clock = clock
        self.lock = threading.Lock()  # one asks, and all are told
        self.keys: dict[str, jwt.PyJWK] = {}
        self.good_until = self.paused_until = float("-inf")
        self.refetched: list[float] = []

    def key(self, kid: str) -> jwt.PyJWK:
        """Give the key of an id; one that is not among those we have is asked for, once.

        Raises: Unavailable; ValueError when Google has no such key.
        """
        with self.lock:
            now = self.clock()
            if now >= self.good_until or (kid not in self.keys and self._may_refetch(now)):
                self._fetch(now)
            if kid not in self.keys:
                raise ValueError("unknown key")
            return self.keys[kid]

    def _may_refetch(self, now: float) -> bool:
        self.refetched = rates.live(self.refetched, limit=REFETCHES, now=now)
        if rates.delay(self.refetched, limit=REFETCHES, cost=1, now=now):
            return False
        self.refetched.append(now)
        return True

    def _fetch(self, now: float) -> None:
        unavailable = Unavailable("Google's certificates cannot be had at the moment.")
        if now < self.paused_until:
            raise unavailable
        try:
            status, headers, answer = _ask(self.url)
            if status != 200:
                raise Unavailable(f"answered {status}")
            keys = _keys(answer)
        except (Unavailable, ValueError) as error:
            self.paused_until = self.clock() + PAUSE_SECONDS
            logger.error("Google's certificates cannot be had: %s.", error)
            raise unavailable from error
        self.keys = keys
        self.good_until = now + _max_age(headers.get("cache-control", ""))


@functools.cache
def _certificates(url: str) -> Certificates:
    return Certificates(url)


def _keys(answer: Mapping[str, Any]) -> dict[str, jwt.PyJWK]:
    """Take the RSA keys of a JSON Web Key Set (RFC 7517).

    Raises: ValueError when there is none.
    """
    listed = answer.get("keys")
    found = {}
    for entry in listed if isinstance(listed, list) else []:
        if isinstance(entry, dict) and entry.get("kty") == "RSA" and isinstance(entry.get("kid"), str):
            try:
                found[entry["kid"]] = jwt.PyJWK(entry, algorithm="RS256")
            except jwt.PyJWTError:
                continue
    if not found:
        raise ValueError("no keys in the answer")
    return found


def _max_age(cache_control: str) -> float:
    """Read for how long an answer is good, in seconds; not at all where it does not say."""
    said = MAX_AGE.search(cache_control.lower())
    return float(min(int(said[1]), MAX_AGE_SECONDS)) if said else 0.0


def _ask(url: str, form: bytes | None = None) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Send a request, a POST if there is a form; answer its status, headers in lower case, and JSON object.

    Raises: Unavailable, without a word of what was sent.
    """
    request = Request(url, form, {"Accept": "application/json"})  # noqa: S310 (an operator's address)
    try:
        try:
            answer = urlopen(request, timeout=TIMEOUT_SECONDS)  # noqa: S310
        except HTTPError as error:
            answer = error
        with answer:
            body = answer.read(MAX_ANSWER_BYTES)
            headers = {name.lower(): value for name, value in answer.headers.items()}
            status = int(answer.status)
    except (OSError, HTTPException) as error:
        logger.error("Google cannot be reached: %s.", error)
        raise Unavailable("Google cannot be reached at the moment.") from error
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        parsed = None
    return status, headers, parsed if isinstance(parsed, dict) else {}
