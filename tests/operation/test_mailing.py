"""Mail by real workers, as processes: sent at least once, whatever becomes of the worker."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.live import Installation, kill, postgres_database, wait_for
from tests.smtp import Mailbox, token_in

LEASE_SECONDS = 3
REQUEST = 'mutation { requestPasswordReset(input: {email: "owner@example.com"}) { accepted } }'
RESET = """mutation ($token: String!) { resetPassword(input: {token: $token, newPassword: "a new horse battery"}) {
  reset userErrors { code } } }"""
SIGN_IN = """mutation { tokenAuth(input: {login: "owner@example.com", password: "a new horse battery"}) {
  accessToken userErrors { code } } }"""
SHOW = "from core.models import Job; print(sorted(Job.objects.exclude(kind='night').values_list('kind', 'status', 'attempts')))"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as box:
        yield box
        box.shutdown()


@pytest.fixture
def house(tmp_path: Path, mailbox: Mailbox) -> Iterator[Installation]:
    """An installation that sends mail, on the kind of database that this run of the suite is on."""
    said = {"WORKER_LEASE_SECONDS": str(LEASE_SECONDS), "EMAIL_URL": mailbox.url}
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        made = Installation(tmp_path, **said)
        yield made
        made.stop()
        return
    with postgres_database(os.environ["DATABASE_URL"], f"tillsight_mail_{os.getpid()}") as url:
        made = Installation(tmp_path, url, **said)
        yield made
        made.stop()


def test_a_worker_killed_in_the_middle_of_a_mail_loses_none_and_the_link_works(
    house: Installation, mailbox: Mailbox
) -> None:
    house.web()
    house.register()
    house.worker()
    wait_for(lambda: len(mailbox.mails) == 1, 30)  # the one that proves the address
    mailbox.given.clear()
    mailbox.open.clear()
    house.ask(REQUEST)
    assert mailbox.given.wait(30)
    kill(house.processes[-1])
    mailbox.open.set()
    house.worker()
    ended = "[('email_verification', 'DONE', 1), ('password_reset', 'DONE', 2)]"
    wait_for(lambda: ended in house.manage("shell", "--no-imports", "-v0", "-c", SHOW), LEASE_SECONDS + 40)
    assert set(mailbox.recipients) == {"owner@example.com"}
    assert len(mailbox.mails) in (2, 3), "at least once"
    house.token = ""
    token = token_in(mailbox.mails[-1])
    assert house.ask(RESET, token=token)["resetPassword"] == {"reset": True, "userErrors": []}
    assert house.ask(RESET, token=token)["resetPassword"]["userErrors"] == [{"code": "INVALID_TOKEN"}]
    assert house.ask(SIGN_IN)["tokenAuth"]["accessToken"]


def test_a_mail_that_takes_longer_than_a_lease_is_sent_once(house: Installation, mailbox: Mailbox) -> None:
    queue = (
        "from core import mail; mail.send_later(template='account_exists', to='a@example.com', context={})"
    )

    def shell(code: str) -> str:
        return house.manage("shell", "--no-imports", "-v0", "-c", code).strip()

    mailbox.open.clear()
    shell(queue)
    for _ in range(2):
        house.worker()
    assert mailbox.given.wait(30)
    time.sleep(LEASE_SECONDS + 1)  # the other worker would take it over now
    mailbox.open.set()
    wait_for(lambda: "[('mail', 'DONE', 1)]" in shell(SHOW), 30)
    assert mailbox.recipients == ["a@example.com"]
