"""News mailed at once, or in the digest, or not at all: as the store wants it, to its owners alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from core import jobs
from core.models import Store, User
from insights import digests, inbox, notices
from insights.models import Alert, Night
from tests.alarms import alert, suggestion
from tests.conftest import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(owner: Person, colleague: Person) -> Store:
    User.objects.update(email_verified_at=timezone.now())
    Night.objects.create(
        store=owner.store, day=timezone.now().date()
    )  # a night would find none of what is made up here
    return wants(owner.store, "AT_ONCE")


def wants(store: Store, how: str, **changes: Any) -> Store:
    Store.objects.filter(pk=store.pk).update(notices=how, **changes)
    store.refresh_from_db()
    return store


def test_news_are_mailed_at_once_to_the_owners_and_each_is_news_once(
    shop: Store, mailoutbox: list[Any]
) -> None:
    alert(shop, message="Spending <rose>.\nBcc: x@example.com")
    suggestion(shop, text="Ask Mill & Co.")
    alert(shop, message="Read already.", read_at=timezone.now())
    suggestion(shop, text="Dismissed already.", status="DISMISSED", decided_at=timezone.now())
    old = alert(shop, message="Old.")
    Alert.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=3))
    for _ in range(2):
        call_command("worker", "--drain")
    (mail,) = mailoutbox
    assert (mail.to, mail.subject) == (["owner@example.com"], "owner's store: 1 alert, 1 suggestion")
    assert "  Spending <rose>. Bcc: x@example.com\n" in mail.body
    assert "  Ask Mill & Co.\n" in mail.body
    page = mail.alternatives[0].content
    assert "<li>Spending &lt;rose&gt;. Bcc: x@example.com</li>" in page
    assert "<li>Ask Mill &amp; Co.</li>" in page
    assert "already" not in mail.body + page
    assert "Old" not in mail.body


def test_what_is_dealt_with_before_the_mail_goes_is_not_in_it(
    shop: Store, owner: Person, mailoutbox: list[Any]
) -> None:
    alert(shop)
    assert notices.queue(now=timezone.now()) == 1
    inbox.mark_read(alerts=Alert.objects.of(shop), by=owner.user)
    while jobs.run_next():
        pass
    assert mailoutbox == []


@pytest.mark.parametrize("how", ["NEVER", "IN_DIGEST"])
def test_a_store_that_wants_it_otherwise_gets_no_mail_of_its_own(shop: Store, how: str) -> None:
    alert(wants(shop, how))
    assert notices.queue(now=timezone.now()) == 0
    assert notices.queue(now=timezone.now()) == 0


@pytest.mark.parametrize(("how", "told"), [("IN_DIGEST", True), ("NEVER", False), ("AT_ONCE", False)])
def test_the_digest_tells_the_alerts_of_its_days_and_what_is_suggested(
    shop: Store, mailoutbox: list[Any], how: str, told: bool
) -> None:
    wants(shop, how, digest="WEEKLY", created_at=datetime(2020, 1, 1, tzinfo=UTC))
    days = {"low": date(2024, 7, 1), "high": date(2024, 7, 7), "late": date(2024, 7, 8)}
    alert(shop, message="A low one.", day=days["low"])
    alert(shop, message="A high one.", day=days["high"], severity="HIGH")
    alert(shop, message="A later one.", day=days["late"])
    suggestion(shop, text="Worth little.", saving=Decimal(2))
    suggestion(shop, text="Worth no money.", saving=None)
    suggestion(shop, text="Worth <much>.", saving=Decimal(50))
    digests.queue(now=datetime(2024, 7, 8, 12, tzinfo=UTC))
    while jobs.run_next():
        pass
    (mail,) = mailoutbox
    text, page = mail.body, mail.alternatives[0].content
    assert "A later one." not in text + page
    if not told:
        assert "Worth" not in text + page
        assert "A high one." not in text + page
        return
    for lines in (["A high one.", "A low one."], ["Worth <much>.", "Worth little.", "Worth no money."]):
        places = [text.index(line) for line in lines]
        assert places == sorted(places)
    assert "<li>Worth &lt;much&gt;.</li>" in page
