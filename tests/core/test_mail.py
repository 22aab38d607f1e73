"""Mail: in text and HTML, through real SMTP, tried again when the server is busy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from django.utils import timezone

from core import jobs, mail
from core.models import Job
from tests.smtp import Mailbox, text_of

TEMPLATES = Path(mail.__file__).parent / "templates" / "mail"
NAMES = sorted(path.stem for path in TEMPLATES.glob("*.txt"))


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    with Mailbox() as box:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.port
        yield box
        box.shutdown()


def test_every_mail_has_both_forms() -> None:
    assert NAMES
    assert {path.stem for path in TEMPLATES.glob("*.html")} == {*NAMES, "layout"}


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_says_the_same_in_text_and_html(name: str, mailoutbox: list[Any], settings: Any) -> None:
    settings.FRONTEND_URL = "https://front.example"
    context = {
        "url": "https://front.example/page#token=abc",
        "store": "Corner Shop",
        "role": "STAFF",
        "by": "Ann",
    }
    mail.deliver(template=name, to="ann@example.com", context=context)
    (sent,) = mailoutbox
    assert sent.to == ["ann@example.com"]
    assert 5 < len(sent.subject) < 80
    assert "\n" not in sent.subject
    html = sent.alternatives[0].content
    for text in (sent.body, html):
        assert "https://front.example" in text
    link = "https://front.example/page#token=abc"
    assert (link in sent.body) == (link in html)
    assert sent.body.startswith("Hello,\n")


def test_html_is_escaped_and_text_is_not(mailoutbox: list[Any]) -> None:
    mail.deliver(
        template="password_reset", to="ann@example.com", context={"url": "https://a.example/?a=1&b=<i>"}
    )
    assert "?a=1&b=<i>" in mailoutbox[0].body
    assert "?a=1&amp;b=&lt;i&gt;" in mailoutbox[0].alternatives[0].content


def test_templates_are_found_by_the_engine_that_is_configured() -> None:
    assert engines["django"].get_template("mail/layout.html")


@pytest.mark.django_db
def test_a_mail_goes_through_smtp_when_a_worker_does_its_job(mailbox: Mailbox) -> None:
    mail.send_later(template="account_exists", to="ann@example.com", context={})
    assert mailbox.mails == []
    assert jobs.run_next()
    (sent,) = mailbox.mails
    assert mailbox.recipients == ["ann@example.com"]
    assert (sent["Subject"], sent["To"]) == ("You have an account already", "ann@example.com")
    assert sent["Auto-Submitted"] == "auto-generated"
    assert sent.get_content_type() == "multipart/alternative"
    assert "nothing" in text_of(sent)
    assert "<p>" in sent.get_body(("html",)).get_content()


@pytest.mark.django_db
def test_a_busy_mail_server_is_asked_again(mailbox: Mailbox) -> None:
    mailbox.busy = 2
    mail.send_later(template="account_exists", to="ann@example.com", context={})
    for _ in range(3):
        assert jobs.run_next()
        Job.objects.update(not_before=timezone.now())
    assert len(mailbox.mails) == 1
    assert list(Job.objects.values_list("status", "attempts", "payload")) == [("DONE", 3, {})]
