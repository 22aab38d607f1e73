"""One-time links: never in the database, good once, not for long."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core import links
from core.errors import Refused
from core.links import Kind
from core.models import OneTimeLink
from tests.conftest import Person
from tests.schema.world import everything

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(owner: Person) -> str:
    return issue(owner)


def issue(who: Person, kind: Any = Kind.PASSWORD_RESET) -> str:
    return links.issue(user=who.user, kind=kind, now=timezone.now()).partition("#token=")[2]


def good(token: str, kind: Any = Kind.PASSWORD_RESET, later: timedelta = timedelta(0)) -> bool:
    try:
        links.find(token=token, kind=kind, now=timezone.now() + later)
    except Refused as refusal:
        return refusal.code != "INVALID_TOKEN"
    return True


def test_a_link_leads_to_the_front_end_and_keeps_its_token_from_servers(owner: Person, settings: Any) -> None:
    settings.FRONTEND_URL = "https://front.example"
    url = links.issue(user=owner.user, kind=Kind.EMAIL_VERIFICATION, now=timezone.now())
    page, _, token = url.partition("#token=")
    assert page == "https://front.example/verify-email"
    assert len(token) >= 43, "256 bits"


def test_the_token_of_a_link_is_nowhere_in_the_database(token: str) -> None:
    assert good(token)
    assert token not in json.dumps(everything(), default=str)


def test_a_link_is_good_for_half_an_hour_or_a_day(owner: Person, token: str) -> None:
    assert good(token, later=timedelta(minutes=29, seconds=50))
    assert not good(token, later=timedelta(minutes=30, seconds=10))
    verification = issue(owner, Kind.EMAIL_VERIFICATION)
    assert good(verification, Kind.EMAIL_VERIFICATION, later=timedelta(hours=23))
    assert not good(verification, Kind.EMAIL_VERIFICATION, later=timedelta(hours=25))


def test_a_link_of_one_kind_is_no_link_of_another(token: str) -> None:
    assert not good(token, Kind.EMAIL_VERIFICATION)


@pytest.mark.parametrize("token", ["", "x", "\x00", "ü", "x" * 100_000])
def test_what_is_no_token_is_refused(owner: Person, token: str) -> None:
    issue(owner)
    assert not good(token)


def test_a_used_link_takes_the_others_of_its_account_and_kind_with_it(
    owner: Person, stranger: Person, token: str
) -> None:
    other, foreign, verification = issue(owner), issue(stranger), issue(owner, Kind.EMAIL_VERIFICATION)
    link = links.find(token=token, kind=Kind.PASSWORD_RESET, now=timezone.now())
    links.redeem(link=link, now=timezone.now())
    assert not good(token)
    assert not good(other)
    assert good(foreign)
    assert good(verification, Kind.EMAIL_VERIFICATION)
    with pytest.raises(Refused):
        links.redeem(link=link, now=timezone.now())


def test_the_links_of_a_shut_account_are_no_good(owner: Person, token: str) -> None:
    owner.user.is_active = False
    owner.user.save()
    assert not good(token)


def test_links_whose_time_is_over_are_forgotten(token: str) -> None:
    assert links.sweep(now=timezone.now()) == 0
    assert links.sweep(now=timezone.now() + timedelta(minutes=31)) == 1
    assert not OneTimeLink.objects.exists()
