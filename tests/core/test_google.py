"""Whom Google vouches for: every way in which an ID token, a code or Google itself may be at fault."""

import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from core import google as door
from tests.google import CLIENT_ID, SECRET, Google, serving

NOW = int(time.time())


@pytest.fixture
def google(settings, monkeypatch):
    """Google on this machine, and settings that name it."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(Google()) as served:
        served.stand_in(settings)
        yield served


def test_a_good_token_tells_who_it_is(google):
    person = door.check(google.token())
    assert person == door.Person("110169484474386276334", "ada@example.com", "Ada", "Lovelace")


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "accounts.google.com"},
        {"aud": "phone.apps.googleusercontent.com"},
        {"nonce": "n-0S6_WzA2Mj"},
        {"iat": NOW + 10},  # a clock of Google's that is a little ahead
        {"given_name": None, "family_name": None},
    ],
)
def test_what_google_may_say_otherwise_is_as_good(google, changed):
    assert door.check(google.token(**changed)).email == "ada@example.com"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://accounts.evil.example"},
        {"iss": None},
        {"aud": "another.apps.googleusercontent.com"},
        {"aud": [CLIENT_ID, "another.apps.googleusercontent.com"]},
        {"aud": None},
        {"exp": NOW - 60},
        {"exp": None},
        {"iat": NOW + 86_400},
        {"iat": None},
        {"nbf": NOW + 86_400},
        {"sub": None},
        {"sub": 17},
        {"sub": ""},
        {"sub": "1" * 256},
        {"email": None},
        {"email": ["ada@example.com"]},
        {"email_verified": False},
        {"email_verified": None},
        {"email_verified": "false"},
        {"padding": "x" * 9000},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_a_token_with_a_fault_is_refused(google, changed):
    with pytest.raises(door.Rejected):
        door.check(google.token(**changed))


def test_a_token_of_another_nonce_or_of_none_is_refused(google):
    assert door.check(google.token(nonce="mine"), nonce="mine")
    for nonce in ("another", "", None, 7):
        with pytest.raises(door.Rejected):
            door.check(google.token(nonce=nonce), nonce="mine")


def unsigned(claims, kid):
    parts = [json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT", "kid": kid}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


def signed_by_secret(claims, kid, secret):
    """Sign with HS256 and a public key as the secret, which PyJWT itself refuses to do."""

    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "typ": "JWT", "kid": kid}, claims)]
    said = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    mac = hmac.new(secret, said.encode(), hashlib.sha256).digest()
    return f"{said}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def test_a_token_that_nobody_signed_is_refused(google):
    with pytest.raises(door.Rejected):
        door.check(unsigned(google.claims(), google.kid))


def test_a_public_key_is_no_secret_to_sign_with(google):
    with pytest.raises(door.Rejected):
        door.check(signed_by_secret(google.claims(), google.kid, google.public_pem()))


def test_a_token_signed_by_another_key_under_the_published_id_is_refused(google):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with pytest.raises(door.Rejected):
        door.check(google.token(key=other))
    with pytest.raises(door.Rejected):
        door.check(google.token(algorithm="RS512"))


def test_a_token_that_was_tampered_with_is_refused(google):
    head, _, signature = google.token().split(".")
    body = base64.urlsafe_b64encode(json.dumps(google.claims(email="boss@example.com")).encode()).decode()
    with pytest.raises(door.Rejected):
        door.check(f"{head}.{body.rstrip('=')}.{signature}")


@pytest.mark.parametrize(
    "text", ["", ".", "..", "a.b.c", "é.ü.ñ", "eyJhbGciOiJSUzI1NiJ9.e30.", "\x00", "x" * 9000]
)
def test_what_is_no_token_is_refused(google, text):
    with pytest.raises(door.Rejected):
        door.check(text)


def test_certificates_are_asked_for_once_as_long_as_they_are_good(google):
    clock = Clock()
    certificates = door.Certificates(f"{google.url}/certs", clock)
    for _ in range(3):
        certificates.key("first")
    clock.now = google.max_age - 1
    certificates.key("first")
    assert google.certificates_asked == 1
    clock.now = google.max_age
    certificates.key("first")
    assert google.certificates_asked == 2


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_a_key_that_was_published_since_is_found_and_one_that_was_taken_back_is_not(google):
    old = google.token()
    door.check(old)
    google.rotate("second")
    assert door.check(google.token()).subject
    assert google.certificates_asked == 2
    with pytest.raises(door.Rejected):
        door.check(old)


def test_made_up_key_ids_do_not_send_us_to_google_again_and_again(google):
    door.check(google.token())
    for n in range(20):
        with pytest.raises(door.Rejected):
            door.check(google.token(kid=f"made-up-{n}"))
    assert google.certificates_asked == 1 + door.REFETCHES.times
    assert door.check(google.token())


@pytest.mark.parametrize(
    "fault",
    [(500, b"{}"), (503, b"try later"), (200, b"<html>"), (200, b"[]"), (200, b'{"keys": []}'), (404, b"{}")],
)
def test_certificates_that_cannot_be_had_are_nobodys_fault(google, fault):
    google.fault = fault
    with pytest.raises(door.Unavailable):
        door.check(google.token())


def test_a_google_that_hangs_is_not_waited_for_and_others_are_told_at_once(google, monkeypatch):
    monkeypatch.setattr(door, "TIMEOUT_SECONDS", 0.3)
    google.hanging = True
    started = time.monotonic()
    for _ in range(10):
        with pytest.raises(door.Unavailable):
            door.check(google.token())
    assert time.monotonic() - started < 2


def test_a_google_that_is_back_is_asked_again(google):
    clock = Clock()
    certificates = door.Certificates(f"{google.url}/certs", clock)
    google.fault = (500, b"{}")
    with pytest.raises(door.Unavailable):
        certificates.key("first")
    google.fault = None
    clock.now = door.PAUSE_SECONDS + 1
    assert certificates.key("first").key_id == "first"


def test_keys_of_other_kinds_are_passed_over(google, monkeypatch):
    whole = google.certificates()
    odd = [
        {"kty": "oct", "kid": "first", "k": "c2VjcmV0"},
        {"kty": "RSA", "kid": "broken", "n": "!"},
        7,
        {"kty": "RSA"},
    ]
    monkeypatch.setattr(google, "certificates", lambda: {"keys": [*odd, *whole["keys"]]})
    assert door.check(google.token())


def test_a_code_is_exchanged_for_a_token_with_what_google_wants_to_know(google):
    google.codes["4/good"] = google.token()
    given = door.exchange(code="4/good", redirect_uri="https://till.example/in", code_verifier="v" * 43)
    assert jwt.decode(given, options={"verify_signature": False})["sub"]
    assert google.forms == [
        {
            "grant_type": "authorization_code",
            "code": "4/good",
            "redirect_uri": "https://till.example/in",
            "client_id": CLIENT_ID,
            "client_secret": SECRET,
            "code_verifier": "v" * 43,
        }
    ]


def test_a_code_is_good_once(google):
    google.codes["4/good"] = google.token()
    door.exchange(code="4/good", redirect_uri="https://till.example/in")
    with pytest.raises(door.Rejected):
        door.exchange(code="4/good", redirect_uri="https://till.example/in")


@pytest.mark.parametrize(
    "fault", [(500, b"{}"), (429, b"{}"), (200, b"{}"), (200, b"garbage"), (200, b'{"id_token": 7}')]
)
def test_an_exchange_that_google_cannot_do_is_nobodys_fault(google, fault):
    google.fault = fault
    with pytest.raises(door.Unavailable):
        door.exchange(code="4/good", redirect_uri="https://till.example/in")


def test_a_client_that_is_set_up_wrongly_is_our_fault_and_the_log_says_so_without_a_secret(
    google, settings, caplog
):
    settings.GOOGLE_CLIENT_SECRET = "mistyped-secret"
    with pytest.raises(door.Unavailable):
        door.exchange(code="4/good", redirect_uri="https://till.example/in")
    assert "invalid_client" in caplog.text
    assert "mistyped-secret" not in caplog.text
    assert "4/good" not in caplog.text


def test_a_google_that_is_not_there_is_nobodys_fault(google, settings):
    settings.GOOGLE_TOKEN_URL = "http://127.0.0.1:1/token"
    settings.GOOGLE_CERTS_URL = "http://127.0.0.1:1/certs"
    with pytest.raises(door.Unavailable):
        door.exchange(code="4/good", redirect_uri="https://till.example/in")
    with pytest.raises(door.Unavailable):
        door.check(google.token())
