"""Following how far the reading of an upload is: stage by stage, through lost connections, for those who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.utils import timezone

from core.models import Event, Membership
from receipts import posting, uploads
from receipts.draft import Draft, Reading
from receipts.models import Upload
from receipts.readers import PagesRead
from schema import ids
from schema.subscriptions import cursor
from tests import books
from tests.conftest import Person
from tests.streams import socket, sse

pytestmark = pytest.mark.django_db
carriers = pytest.mark.parametrize("follow", [sse, socket])
PROGRESS = """subscription ($id: ID!, $after: String) { uploadProgress(id: $id, after: $after) {
  cursor kind status stage progress pages pagesRead error upload { id bills { totalCount } } } }"""
POLL = "query ($id: ID!) { node(id: $id) { ... on ReceiptUpload { status stage progress pages pagesRead error } } }"
RETRY = (
    "mutation ($id: ID!) { retryUpload(input: {upload: $id}) { upload { progress } userErrors { code } } }"
)


@pytest.fixture(autouse=True)
def _the_tests_own_transaction_is_looked_at_often(monkeypatch: Any) -> None:
    monkeypatch.setattr("core.tail.GLANCE_SECONDS", 0.02)
    monkeypatch.setattr("core.tail.LOOK_SECONDS", 0.02)


@pytest.fixture
def row(owner: Person) -> Upload:
    return books.upload(owner.store, user=owner.user)


def the_id(row: Upload) -> str:
    return ids.encode("ReceiptUpload", row.pk)


def told(answer: Any) -> dict[str, Any]:
    assert "errors" not in answer, answer
    return dict(answer["data"]["uploadProgress"])


def codes(answer: Any) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def claimed() -> Upload:
    upload = uploads.claim(now=timezone.now())
    assert upload is not None
    return upload


def post(upload: Upload) -> None:
    uploads.advance(upload=upload, done=PagesRead(4, 4), posting=True)
    drafts = (Draft(part=1, merchant="Mill", total="2.00"), Draft(part=2, merchant="Mill", total="3.00"))
    posting.post(upload=upload, reading=Reading(reader="local", drafts=drafts, raw={}), duration_ms=1)


def steps() -> list[Any]:
    """Read an upload of four pages: each step is one change of its row."""
    kept: dict[str, Upload] = {}
    return [
        lambda: kept.update(it=claimed()),
        lambda: uploads.advance(upload=kept["it"], done=PagesRead(1, 4)),
        lambda: uploads.advance(upload=kept["it"], done=PagesRead(3, 4)),
        lambda: post(kept["it"]),
    ]


def stood(one: dict[str, Any]) -> tuple[Any, ...]:
    return one["status"], one["stage"], one["progress"], one["pagesRead"], one["pages"]


ALL = [
    ("PROCESSING", "READING", 5, 0, 0),
    ("PROCESSING", "READING", 27, 1, 4),
    ("PROCESSING", "READING", 72, 3, 4),
    ("PROCESSING", "POSTING", 95, 4, 4),
    ("COMPLETED", "DONE", 100, 4, 4),
]


@carriers
def test_every_stage_is_told_with_its_percent_and_then_it_is_over(
    owner: Person, row: Upload, follow: Any
) -> None:
    @async_to_sync
    async def scene() -> list[dict[str, Any]]:
        seen = []
        async with follow(owner, PROGRESS, id=the_id(row)) as screen:
            first = told(await screen.next())
            assert (first["kind"], *stood(first)) == ("watching", "QUEUED", "WAITING", 0, 0, 0)
            for step in steps():
                await sync_to_async(step)()
                seen.append(told(await screen.next()))
            seen.append(told(await screen.next()))
            assert await screen.next() is None
        return seen

    seen = scene()
    assert [stood(one) for one in seen] == ALL
    assert [one["kind"] for one in seen] == [f"upload.{stage.lower()}" for _, stage, *_ in ALL]
    assert seen[-1]["upload"] == {"id": the_id(row), "bills": {"totalCount": 2}}


@carriers
@pytest.mark.parametrize("lost", range(4))
def test_no_stage_is_lost_with_a_connection(owner: Person, row: Upload, follow: Any, lost: int) -> None:
    """It is lost before one of the steps, and comes back when all is done."""

    @async_to_sync
    async def scene() -> list[dict[str, Any]]:
        seen, left = [], steps()
        async with follow(owner, PROGRESS, id=the_id(row)) as screen:
            place = told(await screen.next())["cursor"]
            for step in left[:lost]:
                await sync_to_async(step)()
                seen.append(told(await screen.next()))
                place = seen[-1]["cursor"]
        for step in left[lost:]:
            await sync_to_async(step)()
        async with follow(owner, PROGRESS, id=the_id(row), after=place) as screen:
            while (answer := await screen.next()) is not None:
                seen.append(told(answer))
        return seen

    assert [stood(one) for one in scene()] == ALL


def test_whoever_asks_again_and_again_is_told_the_same(owner: Person, row: Upload, ask: Any) -> None:
    polled = []
    for step in steps():
        step()
        answer = ask(owner, POLL, id=the_id(row)).data["node"]
        last = Event.objects.filter(store=owner.store).latest("sequence").payload
        assert answer == {("pagesRead" if key == "pages_read" else key): last[key] for key in last}
        polled.append(stood(answer))
    assert polled == [*ALL[:3], ALL[-1]]


@async_to_sync
async def listen(who: Person | None, id: str, **more: Any) -> list[Any]:
    """Follow to the end."""
    heard = []
    async with sse(who, PROGRESS, id=id, **more) as screen:
        while (answer := await screen.next()) is not None:
            heard.append(answer)
    return heard


def test_what_is_done_already_is_told_once(owner: Person, row: Upload) -> None:
    for step in steps():
        step()
    (answer,) = listen(owner, the_id(row))
    assert (told(answer)["kind"], *stood(told(answer))) == ("watching", *ALL[-1])
    (again,) = listen(owner, the_id(row), after=told(answer)["cursor"])
    assert stood(told(again)) == ALL[-1]


def test_a_failure_is_told_with_its_reason_and_a_retry_is_followed_anew(
    owner: Person, row: Upload, ask: Any
) -> None:
    place = cursor(owner.store.pk, 0)
    uploads.fail(upload=claimed(), reason="Busy.", again=True, now=timezone.now())
    Upload.objects.update(not_before=timezone.now())
    uploads.fail(upload=claimed(), reason="Blurred.", again=False, now=timezone.now())
    heard = [told(one) for one in listen(owner, the_id(row), after=place)]
    assert [(*stood(one)[:3], one["error"]) for one in heard] == [
        ("PROCESSING", "READING", 5, ""),
        ("QUEUED", "WAITING", 0, "Busy."),
        ("PROCESSING", "READING", 5, "Busy."),
        ("FAILED", "DONE", 100, "Blurred."),
    ]
    assert ask(owner, RETRY, id=the_id(row)).data["retryUpload"]["upload"]["progress"] == 0
    for step in steps():
        step()
    after = heard[-1]["cursor"]
    stages = [told(one)["stage"] for one in listen(owner, the_id(row), after=after)]
    assert stages == ["WAITING", "READING", "READING", "READING", "POSTING", "DONE"]


def test_an_upload_that_its_worker_left_behind_is_told_of(owner: Person, row: Upload) -> None:
    claimed()
    later = timezone.now() + timedelta(hours=1)
    assert uploads.reap(now=later) == 1
    kinds = Event.objects.order_by("sequence").values_list("kind", flat=True)
    assert list(kinds) == ["upload.reading", "upload.waiting"]


def test_what_happens_to_other_uploads_is_not_told(owner: Person, row: Upload) -> None:
    other = books.upload(owner.store)
    for each in (other, row):
        uploads.tell(each.pk)
        Upload.objects.filter(pk=each.pk).update(status="FAILED", stage="DONE", progress=100)
        uploads.tell(each.pk)
    heard = [told(one) for one in listen(owner, the_id(row), after=cursor(owner.store.pk, 0))]
    assert [(one["upload"]["id"], one["stage"]) for one in heard] == [
        (the_id(row), "WAITING"),
        (the_id(row), "DONE"),
    ]


def test_a_stranger_and_nobody_are_told_nothing(owner: Person, stranger: Person, row: Upload) -> None:
    places = (None, cursor(owner.store.pk, 0), cursor(stranger.store.pk, 0), "x")
    for after in places:
        (refused,) = listen(stranger, the_id(row), after=after)
        (missing,) = listen(stranger, ids.encode("ReceiptUpload", 10**6), after=after)
        assert codes(refused) == ["NOT_FOUND"]
        assert refused["errors"][0]["message"] == missing["errors"][0]["message"]
        assert codes(*listen(None, the_id(row), after=after)) == ["UNAUTHENTICATED"]
    assert codes(*listen(owner, the_id(row), after=cursor(stranger.store.pk, 0))) == ["BAD_USER_INPUT"]
    assert codes(*listen(owner, owner.store_id)) == ["BAD_USER_INPUT"]


@carriers
def test_a_member_who_is_removed_is_told_nothing_more(
    owner: Person, colleague: Person, row: Upload, follow: Any
) -> None:
    @async_to_sync
    async def scene() -> None:
        async with follow(colleague, PROGRESS, id=the_id(row)) as screen:
            await screen.next()
            await sync_to_async(Membership.objects.filter(user=colleague.user).delete)()
            await sync_to_async(claimed)()
            assert codes(await screen.next()) == ["NOT_FOUND"]

    scene()


def test_a_stage_costs_four_statements_to_follow(
    owner: Person, row: Upload, statements: Any, monkeypatch: Any
) -> None:
    """The session, the membership, whether it is over, and the upload."""
    monkeypatch.setattr("core.tail.GLANCE_SECONDS", 60)  # one look for each stream, not more
    monkeypatch.setattr("core.tail.LOOK_SECONDS", 60)
    costs = {}
    for number in (10, 30):
        Upload.objects.update(status="QUEUED")
        while Event.objects.filter(store=owner.store).count() < number - 1:
            uploads.tell(row.pk)
        Upload.objects.update(status="FAILED", stage="DONE")
        uploads.tell(row.pk)
        Upload.objects.update(status="QUEUED", stage="WAITING")
        with statements() as count:
            first(owner, row, number)
        costs[number] = len(count)
    assert abs(costs[30] - costs[10] - 4 * 20) <= 4  # the tail may look, or begin to listen, once more


@async_to_sync
async def first(who: Person, row: Upload, number: int) -> None:
    document = PROGRESS.replace("bills { totalCount }", "")
    async with sse(who, document, id=the_id(row), after=cursor(row.store_id, 0)) as screen:
        for _ in range(number):
            told(await screen.next())
