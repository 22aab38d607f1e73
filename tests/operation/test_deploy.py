"""Settings of a production server: nothing that Django's own check for deployment would mind."""

import re

import pytest

from .conftest import run

HEADERS = """
from django.conf import settings
from django.test import Client
settings.ROOT_URLCONF = ()  # any answer will do: the pages load the whole schema
answer = Client(headers={"Host": "shop.example", "X-Forwarded-Proto": "https"}).get("/health/live")
for name, value in answer.headers.items():
    print(f"{name}: {value}")
"""


def check(surroundings, **changed):
    return run("check", "--deploy", "--fail-level", "WARNING", environment={**surroundings, **changed})


def test_a_production_server_has_nothing_to_be_minded(surroundings):
    done = check(surroundings)
    assert done.returncode == 0, done.stderr


def test_development_settings_would_be_minded(surroundings):
    done = check(surroundings, ENV="development")
    assert done.returncode == 1
    assert {"security.W004", "security.W018"} <= set(re.findall(r"security\.W\d+", done.stderr))


def headers(surroundings, **changed):
    done = run("shell", "--no-imports", "-v0", "-c", HEADERS, environment={**surroundings, **changed})
    assert done.returncode == 0, done.stderr
    return done.stdout.lower()


def test_browsers_are_told_to_be_careful(surroundings):
    said = headers(surroundings, TRUSTED_PROXIES="1")
    assert "strict-transport-security: max-age=31536000\n" in said
    for header in (
        "x-content-type-options: nosniff",
        "x-frame-options: deny",
        "referrer-policy: same-origin",
        "cross-origin-opener-policy: same-origin",
    ):
        assert header in said


def test_strict_transport_is_what_the_operator_says(surroundings):
    said = headers(
        surroundings, TRUSTED_PROXIES="1", HSTS_SECONDS="60", HSTS_SUBDOMAINS="true", HSTS_PRELOAD="true"
    )
    assert "strict-transport-security: max-age=60; includesubdomains; preload\n" in said


def test_a_callers_word_for_https_is_taken_from_a_trusted_proxy_alone(surroundings):
    assert "strict-transport-security" not in headers(surroundings)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"TOKEN_KEYS": "new:short"}, "TOKEN_KEYS: each key is a name of its own"),
        ({"EMAIL_URL": "smtp://mail.example:25"}, "EMAIL_URL needs FRONTEND_URL"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_the_start_without_telling_secrets(
    surroundings, changed, said
):
    done = check(surroundings, **changed)
    assert done.returncode != 0
    assert said in done.stderr
    assert "new:short" not in done.stderr.split("ImproperlyConfigured")[-1]
