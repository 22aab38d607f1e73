"""Many receipts in one request: each is taken in or refused for itself, once for all of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.models import Event
from core.roles import Role
from receipts.models import Upload
from schema import ids
from schema.receipts.many import MOST
from tests import papers
from tests.conftest import Answer, Person, person
from tests.ledger import everything, stored

pytestmark = pytest.mark.django_db
DOCUMENT = """mutation ($input: UploadReceiptsInput!) { uploadReceipts(input: $input) {
  results { filename duplicate upload { id status sha256 } error { code message field } }
  replayed userErrors { code field } } }"""


def send(who: Person | None, contents: list[bytes], store: str = "", **more: Any) -> Answer:
    names = [f"{number}.png" for number in range(len(contents))]
    files = {name: SimpleUploadedFile(name, content) for name, content in zip(names, contents, strict=True)}
    input = {"store": store or (who and who.store_id), "files": [None] * len(contents), **more}
    form = {
        "operations": json.dumps({"query": DOCUMENT, "variables": {"input": input}}),
        "map": json.dumps({name: [f"variables.input.files.{n}"] for n, name in enumerate(names)}),
        **files,
    }
    shown = {"Authorization": f"Bearer {who.token}"} if who else {}
    response = Client(headers={"X-Requested-With": "test", **shown}).post("/graphql/", form)
    return Answer(response.status_code, json.loads(response.content), response.headers)


def taken(answer: Answer) -> list[Any]:
    said = answer.data["uploadReceipts"]
    assert said["userErrors"] == []
    return [one["error"]["code"] if one["error"] else one["duplicate"] for one in said["results"]]


def test_each_file_is_told_for_itself_in_their_order(owner: Person) -> None:
    known = papers.document("PNG")
    send(owner, [known])
    new, pdf = papers.document("JPEG"), papers.document("PDF")
    answer = send(owner, [new, b"<html>", known, pdf, new])
    assert taken(answer) == [False, "FILE_TYPE", True, False, True]
    results = answer.data["uploadReceipts"]["results"]
    assert [one["filename"] for one in results] == [f"{n}.png" for n in range(5)]
    assert results[1]["upload"] is None
    assert results[1]["error"]["field"] == ["files", "1"]
    assert results[0]["upload"]["id"] == results[4]["upload"]["id"]
    assert {one["upload"]["status"] for one in results if one["upload"]} == {"QUEUED"}
    assert (Upload.objects.count(), len(stored())) == (3, 3)
    assert Event.objects.filter(kind="upload.waiting").count() == 3


def test_the_same_key_gives_the_first_answer_again(owner: Person) -> None:
    contents = [papers.document(), b"no receipt"]
    first, again = (send(owner, contents, idempotencyKey="once") for _ in range(2))
    assert again.data["uploadReceipts"].pop("replayed") is True
    assert first.data["uploadReceipts"].pop("replayed") is False
    assert again.data == first.data
    other = send(owner, contents[:1], idempotencyKey="once").data["uploadReceipts"]
    assert [error["code"] for error in other["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]
    assert Upload.objects.count() == 1


def test_no_file_and_too_many_are_refused(owner: Person, ask: Any) -> None:
    before = everything()
    for contents in ([], [b"x"] * (MOST + 1)):
        said = send(owner, contents).data["uploadReceipts"]
        assert said == {
            "results": [],
            "replayed": False,
            "userErrors": [{"code": "INVALID", "field": ["files"]}],
        }
    input = {"store": owner.store_id, "files": ["photo.png"]}
    answer = ask(owner, DOCUMENT, input=input)
    assert answer.errors or answer.data["uploadReceipts"]["userErrors"]
    assert "INTERNAL" not in answer.codes
    assert everything() == before


def test_a_storage_that_is_down_takes_none(owner: Person) -> None:
    contents = [papers.document(), papers.document()]
    settings.MEDIA_ROOT.parent.mkdir(exist_ok=True)
    settings.MEDIA_ROOT.write_text("in the way")
    said = send(owner, contents, idempotencyKey="k").data["uploadReceipts"]
    assert said["userErrors"] == [{"code": "STORAGE_UNAVAILABLE", "field": ["files", "0"]}]
    assert Upload.objects.count() == 0
    Path(settings.MEDIA_ROOT).unlink()
    assert taken(send(owner, contents, idempotencyKey="k")) == [False, False]


def test_many_files_cost_few_statements_more_than_one(owner: Person, statements: Any) -> None:
    costs = []
    for number in (1, 11):
        with statements() as count:
            assert taken(send(owner, [papers.document() for _ in range(number)])) == [False] * number
        costs.append(len(count))
    assert costs[1] - costs[0] <= 10 * 14  # for each: looked for, entered and told, with savepoints


def test_who_may_send_one_may_send_many(owner: Person, colleague: Person, stranger: Person) -> None:
    accountant = person("accountant@example.com", store=owner.store, role=Role.ACCOUNTANT)
    before = everything()
    content = papers.document()
    assert send(accountant, [content]).codes == ["FORBIDDEN"]
    assert send(None, [content], owner.store_id).codes == ["UNAUTHENTICATED"]
    refused = send(stranger, [content], owner.store_id).data["uploadReceipts"]
    assert [error["code"] for error in refused["userErrors"]] == ["NOT_FOUND"]
    assert everything() == before
    assert taken(send(colleague, [content])) == [False]
    row = Upload.objects.get()
    assert (row.user, ids.encode("Store", row.store_id)) == (colleague.user, owner.store_id)
