"""Following what happens in a store: nothing is missed, nothing comes twice, and nobody is told too much."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.utils import timezone

from core import events, tokens
from core.events import BATCH
from core.models import Event, Membership, RefreshToken
from core.tail import tail
from sales.models import Order
from schema import ids, subscriptions
from schema import sse as sending
from schema.subscriptions import cursor
from tests.conftest import Person
from tests.streams import QUEUE, socket, sse

pytestmark = pytest.mark.django_db
carriers = pytest.mark.parametrize("follow", [sse, socket])


@pytest.fixture(autouse=True)
def _the_tests_own_transaction_is_looked_at_often(monkeypatch: Any) -> None:
    """PostgreSQL tells of what is committed, and a test's transaction never is."""
    monkeypatch.setattr("core.tail.GLANCE_SECONDS", 0.05)
    monkeypatch.setattr("core.tail.LOOK_SECONDS", 0.05)


def order(who: Person, number: int = 1) -> Order:
    return Order.objects.create(
        store=who.store, number=number, status="IN_QUEUE", currency="EUR", total=0, placed_at=timezone.now()
    )


def happens(made: Order, kind: str = "order.moved") -> Event:
    return events.publish(store=made.store, kind=kind, node=made)


def codes(answer: Any) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


def told(answer: Any) -> dict[str, Any]:
    assert "errors" not in answer, answer
    return answer["data"]["orderQueueChanged"]


@carriers
def test_a_move_is_told_with_the_order_as_it_is(owner: Person, colleague: Person, follow: Any) -> None:
    made = order(owner)

    @async_to_sync
    async def scene() -> None:
        async with (
            follow(owner, store=owner.store_id) as mine,
            follow(colleague, store=owner.store_id) as theirs,
        ):
            for screen in (mine, theirs):
                first = told(await screen.next())
                assert (first["kind"], first["order"]) == ("watching", None)
            for status in ("IN_PROGRESS", "READY"):
                await sync_to_async(Order.objects.filter(pk=made.pk).update)(status=status)
                await sync_to_async(happens)(made)
                seen = [told(await screen.next()) for screen in (mine, theirs)]
                assert seen[0] == seen[1]
                assert seen[0]["kind"] == "order.moved"
                assert seen[0]["order"] == {"id": ids.encode("Order", made.pk), "number": 1, "status": status}

    scene()


@carriers
def test_a_screen_that_comes_back_with_its_cursor_misses_nothing(owner: Person, follow: Any) -> None:
    made = order(owner)

    @async_to_sync
    async def scene() -> None:
        async with follow(owner, store=owner.store_id) as screen:
            place = told(await screen.next())["cursor"]
        await sync_to_async(lambda: [happens(made) for _ in range(BATCH + 2)])()
        async with follow(owner, store=owner.store_id, after=place) as screen:
            for number in range(1, BATCH + 3):
                assert told(await screen.next())["cursor"] == cursor(owner.store.pk, number)
            await sync_to_async(happens)(made)
            assert told(await screen.next())["cursor"] == cursor(owner.store.pk, BATCH + 3)

    scene()


def test_what_is_no_matter_of_the_queue_is_passed_over(owner: Person) -> None:
    made = order(owner)

    @async_to_sync
    async def scene() -> None:
        async with sse(owner, store=owner.store_id) as screen:
            await screen.next()
            await sync_to_async(happens)(made, "upload.completed")
            await sync_to_async(happens)(made, "order.placed")
            assert told(await screen.next())["kind"] == "order.placed"

    scene()


# --- Who may follow


@carriers
def test_a_stranger_is_told_nothing_of_another_store(owner: Person, stranger: Person, follow: Any) -> None:
    made = order(owner)
    own = order(stranger, 7)

    @async_to_sync
    async def scene() -> None:
        for after in (None, cursor(owner.store.pk, 0), cursor(owner.store.pk, 10**6)):
            async with follow(stranger, store=owner.store_id, after=after) as screen:
                assert codes(await screen.next()) == ["NOT_FOUND"]
        async with follow(stranger, store=stranger.store_id) as screen:
            await screen.next()
            await sync_to_async(happens)(made)
            await sync_to_async(happens)(own)
            assert told(await screen.next())["order"]["number"] == 7

    scene()


def test_an_order_of_another_store_behind_an_event_is_not_shown(owner: Person, stranger: Person) -> None:
    theirs = order(owner)

    @async_to_sync
    async def scene() -> None:
        async with sse(stranger, store=stranger.store_id) as screen:
            await screen.next()
            await sync_to_async(events.publish)(store=stranger.store, kind="order.moved", node=theirs)
            assert told(await screen.next())["order"] is None

    scene()


@async_to_sync
async def _nobody(store: str) -> list[Any]:
    async with sse(None, store=store) as first, socket(None, store=store) as second:
        return [await first.next(), await second.next()]


def test_nobody_follows_without_a_token(owner: Person) -> None:
    over_http, over_socket = _nobody(owner.store_id)
    assert codes(over_http) == ["UNAUTHENTICATED"]
    assert over_socket[0] == 4403
    assert tail.bells == {}


@carriers
def test_a_member_who_is_removed_is_told_nothing_more(owner: Person, colleague: Person, follow: Any) -> None:
    made = order(owner)

    @async_to_sync
    async def scene() -> None:
        async with follow(colleague, store=owner.store_id) as screen:
            await screen.next()
            await sync_to_async(Membership.objects.filter(user=colleague.user).delete)()
            await sync_to_async(happens)(made)
            assert codes(await screen.next()) == ["NOT_FOUND"]

    scene()


def sign_out(who: Person, monkeypatch: Any) -> None:
    tokens.revoke_all(user=who.user)


def expire(who: Person, monkeypatch: Any) -> None:
    later = timezone.now() + timedelta(hours=1)
    monkeypatch.setattr("core.tokens.timezone.now", lambda: later)


@pytest.mark.parametrize("end", [sign_out, expire])
def test_a_stream_ends_with_its_session(owner: Person, monkeypatch: Any, end: Any) -> None:
    monkeypatch.setattr(subscriptions, "CHECK_SECONDS", 0.05)

    @async_to_sync
    async def scene() -> None:
        async with sse(owner, store=owner.store_id) as first, socket(owner, store=owner.store_id) as second:
            await first.next()
            await second.next()
            await sync_to_async(end)(owner, monkeypatch)
            assert codes(await first.next()) == ["UNAUTHENTICATED"]
            assert await first.next() is None
            code, reason = await second.next()
            assert (code, "access token" in reason) == (4403, True)

    scene()


# --- Cursors


@carriers
def test_a_cursor_that_is_too_old_is_told_so(owner: Person, follow: Any) -> None:
    made = order(owner)
    for _ in range(3):
        happens(made)
    Event.objects.filter(sequence__lte=2).update(created_at=timezone.now() - timedelta(days=8))
    assert events.sweep(now=timezone.now()) == 2

    @async_to_sync
    async def scene() -> None:
        async with follow(owner, store=owner.store_id, after=cursor(owner.store.pk, 1)) as screen:
            assert codes(await screen.next()) == ["CURSOR_EXPIRED"]
        async with follow(owner, store=owner.store_id, after=cursor(owner.store.pk, 2)) as screen:
            assert told(await screen.next())["cursor"] == cursor(owner.store.pk, 3)

    scene()


def test_a_cursor_of_a_place_that_all_was_swept_after_is_too_old_too(owner: Person) -> None:
    happens(order(owner))
    events.sweep(now=timezone.now() + timedelta(days=8))

    @async_to_sync
    async def scene() -> None:
        async with sse(owner, store=owner.store_id, after=cursor(owner.store.pk, 0)) as screen:
            assert codes(await screen.next()) == ["CURSOR_EXPIRED"]
        async with sse(owner, store=owner.store_id) as screen:
            assert told(await screen.next())["cursor"] == cursor(owner.store.pk, 1)

    scene()


def test_what_is_no_cursor_of_this_store_is_bad_input(owner: Person, stranger: Person) -> None:
    wrong = [
        "",
        "x",
        "\x00",
        "é",
        cursor(stranger.store.pk, 0),
        ids.encode("Event", 1),
        cursor(owner.store.pk, -1),
    ]

    @async_to_sync
    async def scene() -> None:
        for after in wrong:
            async with sse(owner, store=owner.store_id, after=after) as screen:
                assert codes(await screen.next()) == ["BAD_USER_INPUT"], after

    scene()


def test_an_id_of_no_store_is_bad_input(owner: Person) -> None:
    @async_to_sync
    async def scene() -> None:
        for store in ("", "x", ids.encode("Order", 1)):
            async with sse(owner, store=store) as screen:
                assert codes(await screen.next()) == ["BAD_USER_INPUT"], store

    scene()


# --- What it costs


def test_an_event_costs_three_statements(owner: Person, statements: Any, monkeypatch: Any) -> None:
    """The session, the membership and the order, each read anew."""
    monkeypatch.setattr("core.tail.GLANCE_SECONDS", 60)  # one look for each stream, not more
    monkeypatch.setattr("core.tail.LOOK_SECONDS", 60)
    made = order(owner)

    @async_to_sync
    async def scene(number: int) -> None:
        async with sse(owner, store=owner.store_id, after=cursor(owner.store.pk, 0)) as screen:
            for _ in range(number):
                told(await screen.next())
            await until_it_waits()

    costs = {}
    for number in (10, 30):
        while happens(made).sequence < number:
            pass
        with statements() as count:
            scene(number)
        costs[number] = len(count)
    assert costs[30] - costs[10] == 3 * 20


async def until_it_waits() -> None:
    """Let the stream and the tail do what they are at."""
    for _ in range(100):
        await sync_to_async(lambda: None)()


def test_nobody_watches_when_all_are_gone(owner: Person) -> None:
    @async_to_sync
    async def scene() -> None:
        async with sse(owner, store=owner.store_id) as first, socket(owner, store=owner.store_id) as second:
            await first.next()
            await second.next()
            assert len(tail.bells[owner.store.pk]) == 2
        assert (tail.bells, tail.task, tail.seen) == ({}, None, {})
        assert not subscriptions.open_streams
        await asyncio.sleep(0)

    scene()


def test_a_client_that_takes_nothing_is_left_alone(owner: Person, monkeypatch: Any) -> None:
    """It may come back with its cursor; meanwhile it holds nothing."""
    monkeypatch.setattr(sending, "SEND_SECONDS", 0.05)

    @async_to_sync
    async def scene() -> None:
        async with sse(owner, store=owner.store_id) as screen:
            await screen.next()
            screen.line.free.clear()
            await sync_to_async(happens)(made)
            async with asyncio.timeout(20):
                await screen.line.task
            assert tail.bells == {}

    made = order(owner)
    scene()


def test_an_account_follows_only_so_much_at_a_time(owner: Person, monkeypatch: Any) -> None:
    monkeypatch.setattr(subscriptions, "MAX_STREAMS", 1)

    @async_to_sync
    async def scene() -> None:
        async with sse(owner, store=owner.store_id) as first:
            await first.next()
            async with sse(owner, store=owner.store_id) as second:
                assert codes(await second.next()) == ["TOO_MANY_SUBSCRIPTIONS"]
        async with sse(owner, store=owner.store_id) as third:
            told(await third.next())

    scene()


# --- What else is sent here


@carriers
@pytest.mark.parametrize(
    "document", ["{ me { id } }", "mutation { revokeAllTokens(input: {}) { replayed } }"]
)
def test_queries_and_mutations_do_not_run_over_a_stream(owner: Person, follow: Any, document: str) -> None:
    @async_to_sync
    async def scene() -> None:
        async with follow(owner, document) as screen:
            assert codes(await screen.next()) == ["BAD_USER_INPUT"]

    scene()
    assert RefreshToken.objects.filter(user=owner.user, revoked_at=None).exists()


@carriers
@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { a: __typename b: __typename }", "GRAPHQL_VALIDATION_FAILED"),
        (f"subscription {{ {'x { ' * 20} a {'} ' * 20} }}", "QUERY_TOO_LARGE"),
        ("{ __typename " * 1500, "GRAPHQL_PARSE_FAILED"),
    ],
)
def test_a_document_that_cannot_run_is_refused(owner: Person, follow: Any, document: str, code: str) -> None:
    @async_to_sync
    async def scene() -> None:
        async with follow(owner, document) as screen:
            assert code in codes(await screen.next())

    scene()


def test_a_subscription_that_is_posted_for_json_is_told_where_to_go(owner: Person, ask: Any) -> None:
    answer = ask(owner, QUEUE, store=owner.store_id)
    assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])
    assert "text/event-stream" in answer.errors[0]["message"]


def test_a_client_that_takes_json_first_gets_json(owner: Person, ask: Any) -> None:
    accept = {"Accept": "application/graphql-response+json, application/json, text/event-stream"}
    assert ask(owner, "{ me { email } }", headers=accept).data == {"me": {"email": owner.user.email}}
