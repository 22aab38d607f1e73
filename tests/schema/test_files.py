"""The original file of an upload: by ticket, for some minutes, for those who may see it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import signing
from django.test import Client

from core.models import Membership
from receipts.models import Upload
from schema import ids
from tests import books, papers
from tests.conftest import Person
from tests.schema.test_uploads import UPLOAD

URL = "query ($id: ID!) { node(id: $id) { ... on ReceiptUpload { fileUrl } } }"


@pytest.fixture
def content() -> bytes:
    return papers.document("JPEG")


@pytest.fixture
def key(owner: Person, ask: Any, content: bytes) -> str:
    """Send a receipt and give its id."""
    file = papers.sent(content, "Bäckerei 'A\" 🧾.jpg", "text/html")
    answer = ask(owner, UPLOAD, store=owner.store_id, file=file).data["uploadReceipt"]
    return str(answer["upload"]["id"])


def url(ask: Any, who: Person, key: str) -> str:
    return str(ask(who, URL, id=key).data["node"]["fileUrl"])


def test_the_file_comes_back_as_it_went_in(owner: Person, ask: Any, key: str, content: bytes) -> None:
    answer = Client().get(url(ask, owner, key))  # the ticket alone: a picture in a page sends no token
    assert (answer.status_code, answer.content) == (200, content)
    assert answer["Content-Type"] == "image/jpeg"  # what it is, not what the sender said
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Disposition"].startswith("inline; filename*=utf-8''B%C3%A4ckerei")
    assert Client().head(url(ask, owner, key)).status_code == 200
    assert Client().post(url(ask, owner, key)).status_code == 405


@pytest.mark.parametrize(
    "name", ['a".jpg', "a\\.jpg", "a; x=y.jpg", "a\r\nSet-Cookie: x=1.jpg", "\u202egpj.exe", ""]
)
def test_no_filename_breaks_out_of_its_header(owner: Person, ask: Any, key: str, name: str) -> None:
    Upload.objects.update(filename=name.replace("\r", "").replace("\n", ""))
    answer = Client().get(url(ask, owner, key))
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer["Content-Disposition"].startswith("inline")


def test_a_url_is_rooted_here_and_fresh_each_time_it_is_asked(owner: Person, ask: Any, key: str) -> None:
    assert url(ask, owner, key).startswith("/files/")


def test_the_staff_may_fetch_a_file_and_a_stranger_gets_no_ticket(
    owner: Person, colleague: Person, stranger: Person, ask: Any, key: str, content: bytes
) -> None:
    assert Client().get(url(ask, colleague, key)).content == content
    assert ask(stranger, URL, id=key).data["node"] is None


def test_a_member_who_was_removed_meanwhile_finds_nothing(
    owner: Person, colleague: Person, ask: Any, key: str
) -> None:
    address = url(ask, colleague, key)
    Membership.objects.filter(user=colleague.user).delete()
    assert Client().get(address).status_code == 404
    assert Client().get(url(ask, owner, key)).status_code == 200


def test_the_ticket_of_a_closed_account_opens_nothing(colleague: Person, ask: Any, key: str) -> None:
    address = url(ask, colleague, key)
    colleague.user.is_active = False
    colleague.user.save()
    assert Client().get(address).status_code == 404


def test_a_ticket_is_good_for_some_minutes(owner: Person, ask: Any, key: str, settings: Any) -> None:
    address = url(ask, owner, key)
    settings.FILE_URL_LIFETIME = timedelta(seconds=-1)
    assert Client().get(address).status_code == 404


def test_a_ticket_cannot_be_made_up(owner: Person, ask: Any, key: str) -> None:
    ticket = url(ask, owner, key).removeprefix("/files/")
    pair = [ids.decode(key)[1], owner.user.pk]
    forged = [
        "x",
        ticket[:-1] + ("A" if ticket[-1] != "A" else "B"),
        "X" + ticket[1:],
        signing.dumps(pair, salt="another"),
        signing.dumps(pair, key="another", salt="receipts.files"),
        f"../{ticket}",
    ]
    assert [Client().get(f"/files/{made}").status_code for made in forged] == [404] * len(forged)


def test_a_ticket_opens_its_own_file_alone(owner: Person, ask: Any, key: str, content: bytes) -> None:
    other = papers.document()
    answer = ask(owner, UPLOAD, store=owner.store_id, file=papers.sent(other)).data["uploadReceipt"]
    assert Client().get(url(ask, owner, answer["upload"]["id"])).content == other
    assert Client().get(url(ask, owner, key)).content == content


def test_a_file_that_is_gone_is_not_found(owner: Person, ask: Any, key: str) -> None:
    address = url(ask, owner, key)
    (Path(settings.MEDIA_ROOT) / Upload.objects.get().file).unlink()
    assert Client().get(address).status_code == 404


def test_the_urls_of_a_list_cost_no_statement_each(owner: Person, ask: Any, statements: Any) -> None:
    document = "{ me { stores { uploads { nodes { fileUrl } } } } }"
    books.upload(owner.store)
    with statements() as one:
        ask(owner, document).data  # noqa: B018
    for _ in range(9):
        books.upload(owner.store)
    with statements() as ten:
        nodes = ask(owner, document).data["me"]["stores"][0]["uploads"]["nodes"]
    assert len({node["fileUrl"] for node in nodes}) == 10
    assert len(one) == len(ten)
