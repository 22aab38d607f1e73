"""The demo store on the first start: there as a whole, or not at all, whatever becomes of that start."""

from __future__ import annotations

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from core.models import User
from demo import services
from insights.models import Alert, Suggestion
from receipts import files
from receipts.models import Bill, Upload
from tests.live import ROOT, Installation

SIGN_IN = """mutation ($login: String!, $password: String!) { tokenAuth(input: {login: $login, password: $password}) {
  accessToken refreshToken userErrors { code } } }"""
REFRESH = """mutation ($token: String!) { refreshToken(input: {refreshToken: $token}) {
  accessToken userErrors { code } } }"""
VERIFY = "mutation ($token: String!) { verifyToken(input: {token: $token}) { valid } }"
SAMPLES = len([path for path in services.SAMPLES.iterdir() if path.suffix != ".json"])


class Broken(Exception):
    """What ends a start in these tests."""


def breaking(function: Any, after: int) -> Any:
    """Let a function be called some times, and then break off."""
    calls = iter(range(after))

    def broken(**given: Any) -> Any:
        if next(calls, None) is None:
            raise Broken
        return function(**given)

    return broken


@pytest.mark.django_db
def test_a_start_that_breaks_off_anywhere_leaves_nothing_and_the_next_does_it_all(
    built_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name, after in (
        (services.files, "keep", 3),
        (services.services, "register", 0),
        (services, "enter_regular_bills", 0),
        (services.bills, "create", 5),
        (services.uploads, "take_in", 0),
        (services.uploads, "take_in", SAMPLES - 1),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, breaking(getattr(module, name), after))
            with pytest.raises(Broken):
                services.fill()
        assert not User.objects.exists(), (name, after)
        assert not Bill.objects.exists(), (name, after)
    assert services.fill() is not None
    assert services.fill() is None
    assert {"CHEAPER_SOURCE", "DUPLICATE_CHARGE", "SHIFT_LOAD"} <= set(
        Suggestion.objects.values_list("kind", flat=True)
    )
    assert Alert.objects.filter(metric="UNIT_PRICE", label="Butter 250 g, box of 10").count() == 1
    assert (Upload.objects.count(), Bill.objects.count() > 20) == (SAMPLES, True)
    assert files.sweep(now=timezone.now() + timedelta(days=1)) == 0, "every file has its row"


def test_a_start_that_is_killed_is_made_good_by_the_next(tmp_path: Path) -> None:
    house = Installation(tmp_path)
    fatal = (
        "import os, signal; from demo import services; "
        "services.uploads.take_in = lambda **_: os.kill(os.getpid(), signal.SIGKILL); services.fill()"
    )
    killed = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-v0", "-c", fatal],
        cwd=ROOT,
        env=house.env,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert "Opened the demo store" in house.manage("fill_demo")
    assert "is there" in house.manage("fill_demo")


# --- In production


@pytest.mark.django_db
def test_a_demo_account_that_a_database_brings_along_is_closed_in_production(
    built_in: None, ask: Any, settings: Any
) -> None:
    services.fill()
    known = {"login": settings.DEMO_LOGIN, "password": settings.DEMO_PASSWORD}
    pair = ask(None, SIGN_IN, **known).data["tokenAuth"]
    assert ask(None, VERIFY, token=pair["accessToken"]).data["verifyToken"] == {"valid": True}

    settings.PRODUCTION = True
    refused = ask(None, SIGN_IN, **known).data["tokenAuth"]
    assert (refused["accessToken"], refused["userErrors"]) == (None, [{"code": "INVALID_CREDENTIALS"}])
    assert ask(None, VERIFY, token=pair["accessToken"]).data["verifyToken"] == {"valid": False}
    renewed = ask(None, REFRESH, token=pair["refreshToken"]).data["refreshToken"]
    assert (renewed["accessToken"], renewed["userErrors"]) == (None, [{"code": "INVALID_TOKEN"}])
    headers = {"Authorization": f"Bearer {pair['accessToken']}"}
    assert ask(None, "{ me { email } }", headers=headers).codes == ["UNAUTHENTICATED"]


@pytest.mark.django_db
def test_production_lets_everybody_else_in(owner: Any, ask: Any, settings: Any) -> None:
    settings.PRODUCTION = True
    assert ask(owner, "{ me { email } }").data["me"]["email"] == "owner@example.com"
