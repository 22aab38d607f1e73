"""Digests: once for each store and period, in the morning after it, to the owners alone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from core import jobs
from core.models import Job, Membership, Store, User
from core.roles import Role
from insights import digests
from insights.models import Digest
from tests import books
from tests.conftest import Person, person
from tests.races import race

pytestmark = pytest.mark.django_db

MONDAY = datetime(2024, 7, 8, 12, tzinfo=UTC)  # the day after the week of 1 July


@pytest.fixture
def shop(owner: Person) -> Store:
    """Give a store that is old enough, whose owner's address is proved, and that wants a digest each week."""
    User.objects.update(email_verified_at=timezone.now())
    return wants(owner.store, "WEEKLY")


def wants(store: Store, digest: str, **changes: Any) -> Store:
    Store.objects.filter(pk=store.pk).update(
        digest=digest, created_at=datetime(2020, 1, 1, tzinfo=UTC), **changes
    )
    store.refresh_from_db()
    return store


def spend(store: Store, day: date, total: str, **fields: Any) -> None:
    books.bill(store, date=day, booked_on=day, total=total, **fields)


def sent_by_now(now: datetime, mailoutbox: list[Any]) -> list[tuple[str, str]]:
    """Queue, do all jobs, and give what is in the box: whom to, and the days that the text names."""
    digests.queue(now=now)
    while jobs.run_next():
        pass
    return [(mail.to[0], re.search(r"from (.*) to (.*):", mail.body)[0]) for mail in mailoutbox]  # type: ignore[index]


def test_a_worker_mails_the_last_week_to_the_owner_once(shop: Store, mailoutbox: list[Any]) -> None:
    yesterweek = timezone.now().date() - timedelta(days=timezone.now().weekday() + 1)
    early = timezone.now().weekday() == 0 and timezone.now().hour < 7
    spend(shop, yesterweek - timedelta(days=7 if early else 0), "12.50", merchant_name="Mill & Co")
    for _ in range(2):
        call_command("worker", "--drain")
    (mail,) = mailoutbox
    assert mail.to == ["owner@example.com"]
    assert mail.subject == "owner's store: your week in figures"
    assert "Spent: 12.50 EUR on 1 bill\n" in mail.body
    assert "Mill & Co: 12.50 EUR" in mail.body
    assert list(Job.objects.filter(kind="digest").values_list("status", "payload")) == [("DONE", {})]


def test_text_and_html_say_every_figure(shop: Store, mailoutbox: list[Any], settings: Any) -> None:
    settings.FRONTEND_URL = "https://front.example"
    spend(shop, date(2024, 6, 30), "8.00")
    spend(shop, date(2024, 7, 1), "10.25", merchant_name="Mill & Co", status="NEEDS_REVIEW")
    spend(shop, date(2024, 7, 7), "1000.00", merchant_name="Oven <Works>", status="CONFIRMED")
    spend(shop, date(2024, 7, 7), "3.00", currency="USD")
    spend(shop, date(2024, 7, 7), "5000.00", status="VOID")
    sent_by_now(MONDAY, mailoutbox)
    text = mailoutbox[0].body
    page = mailoutbox[0].alternatives[0].content
    assert text.startswith("Hello,\n\nowner's store from 1 July 2024 to 7 July 2024:\n\n")
    for said in (
        "1010.25 EUR",
        "2 bills",
        "The week before: 8.00 EUR on 1 bill",
        "confirmed 1 of them",
        "3.00 USD",
        "https://front.example",
    ):
        assert said in text
        assert said in page.replace("</b>", "")
    assert text.index("Oven <Works>: 1000.00 EUR") < text.index("Mill & Co: 10.25 EUR")
    assert "Oven &lt;Works&gt;: 1000.00 EUR" in page
    assert "5000" not in text + page


@pytest.mark.parametrize(
    ("digest", "zone", "early", "said"),
    [
        (
            "MONTHLY",
            "America/New_York",
            datetime(2024, 8, 1, 10, 59, tzinfo=UTC),
            "1 July 2024 to 31 July 2024",
        ),
        (
            "MONTHLY",
            "Pacific/Kiritimati",
            datetime(2024, 7, 31, 16, 59, tzinfo=UTC),
            "1 July 2024 to 31 July 2024",
        ),
        ("WEEKLY", "UTC", datetime(2024, 7, 8, 6, 59, tzinfo=UTC), "1 July 2024 to 7 July 2024"),
    ],
)
def test_it_comes_at_seven_by_the_clock_of_the_store(
    shop: Store, mailoutbox: list[Any], digest: str, zone: str, early: datetime, said: str
) -> None:
    wants(shop, digest, timezone=zone)
    before = sent_by_now(early, mailoutbox)
    assert all(said not in days for _, days in before), "it still tells of the period before"
    assert said in sent_by_now(early + timedelta(minutes=1), mailoutbox)[-1][1]


def test_of_weeks_that_no_worker_saw_the_last_is_made_up_for(shop: Store, mailoutbox: list[Any]) -> None:
    for now in (MONDAY, MONDAY, MONDAY + timedelta(days=6), MONDAY + timedelta(days=23)):
        sent = sent_by_now(now, mailoutbox)
    assert [days for _, days in sent] == [
        "from 1 July 2024 to 7 July 2024:",
        "from 22 July 2024 to 28 July 2024:",
    ]


def test_a_week_that_starts_on_another_day_from_now_on_tells_no_day_twice(
    shop: Store, mailoutbox: list[Any]
) -> None:
    sent_by_now(MONDAY, mailoutbox)
    wants(shop, "WEEKLY", week_start=3)
    assert len(sent_by_now(MONDAY + timedelta(days=3), mailoutbox)) == 1
    sent = sent_by_now(MONDAY + timedelta(days=10), mailoutbox)
    assert [days for _, days in sent[1:]] == ["from 11 July 2024 to 17 July 2024:"]


def test_only_owners_whose_address_is_proved_are_written_to(
    shop: Store, stranger: Person, mailoutbox: list[Any]
) -> None:
    for role in set(Role) - {Role.OWNER}:
        person(f"{role}@example.com".lower(), store=shop, role=role)
    User.objects.update(email_verified_at=timezone.now())
    closed = person("closed@example.com", store=shop, email_verified_at=timezone.now())
    User.objects.filter(pk=closed.user.pk).update(is_active=False)
    person("unproved@example.com", store=shop)
    person("second@example.com", store=shop, email_verified_at=timezone.now())
    assert {to for to, _ in sent_by_now(MONDAY, mailoutbox)} == {"owner@example.com", "second@example.com"}


@pytest.mark.parametrize(
    "changes",
    [{"digest": "NEVER"}, {"archived_at": MONDAY}, {"created_at": MONDAY}],
    ids=["one that wants none", "an archived one", "one that was not there yet"],
)
def test_some_stores_get_none(shop: Store, mailoutbox: list[Any], changes: dict[str, Any]) -> None:
    Store.objects.update(**changes)
    assert sent_by_now(MONDAY, mailoutbox) == []
    assert not Digest.objects.exists()


def test_who_is_an_owner_no_more_when_it_is_sent_gets_none(shop: Store, mailoutbox: list[Any]) -> None:
    digests.queue(now=MONDAY)
    Membership.objects.update(role=Role.STAFF)
    while jobs.run_next():
        pass
    assert mailoutbox == []


def test_a_store_that_is_at_fault_does_not_stop_the_others(
    shop: Store, stranger: Person, mailoutbox: list[Any]
) -> None:
    wants(shop, "WEEKLY", timezone="Nowhere/At_All")
    wants(stranger.store, "WEEKLY")
    User.objects.update(email_verified_at=timezone.now())
    assert [to for to, _ in sent_by_now(MONDAY, mailoutbox)] == ["stranger@example.com"]


def test_looking_when_nothing_is_due_costs_one_statement(
    shop: Store, stranger: Person, django_assert_num_queries: Any
) -> None:
    wants(stranger.store, "MONTHLY")
    assert digests.queue(now=MONDAY) == 2
    with django_assert_num_queries(1):
        assert digests.queue(now=MONDAY) == 0


@pytest.mark.django_db(transaction=True)
def test_workers_that_race_queue_one_mail(shop: Store) -> None:
    found = race(*[lambda: digests.queue(now=MONDAY)] * 4)
    assert sorted(found) == [0, 0, 0, 1]
    assert Job.objects.count() == 1
