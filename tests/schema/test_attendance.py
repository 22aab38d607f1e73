"""Hours at work by day and person, asked over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from core.models import Membership, Store
from core.roles import Role
from sales.models import Shift
from tests.conftest import Person, person

ATTENDANCE = """
    start end timezone
    days { date person hours shifts user { email } }
    people { person hours days user { email } }
"""
OF_STORE = f"query ($store: ID!, $range: DateRange) {{ store(id: $store) {{ attendance(range: $range) {{ {ATTENDANCE} }} }} }}"
OF_ALL = f'{{ me {{ stores {{ attendance(range: "2026-05-01..2026-06-01") {{ {ATTENDANCE} }} }} }} }}'
MAY = "2026-05-01..2026-06-01"


def work(who: Person, start: str, end: str | None) -> Shift:
    begun, ended = (
        None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (start, end)
    )
    return Shift.objects.create(store=who.store, user=who.user, clock_in=begun, clock_out=ended)


def asked(ask: Any, who: Person, store: str, range: str = MAY) -> Any:
    return ask(who, OF_STORE, store=store, range=range).data["store"]["attendance"]


def test_hours_stand_by_day_and_person_in_the_stores_zone(owner: Person, ask: Any) -> None:
    Store.objects.filter(pk=owner.store.pk).update(timezone="Europe/Berlin")
    tove = person("tove@example.com", store=owner.store, role=Role.STAFF, first_name="Tove", last_name="Lind")
    work(tove, "2026-05-04T20:00", "2026-05-05T02:30")
    work(tove, "2026-05-05T08:00", "2026-05-05T09:00")
    work(owner, "2026-05-05T08:00", "2026-05-05T08:20")
    work(owner, "2026-06-05T08:00", "2026-06-05T08:20")
    seen = {"email": "tove@example.com"}
    mine = {"person": "owner@example.com", "user": {"email": "owner@example.com"}}
    assert asked(ask, owner, owner.store_id) == {
        "start": "2026-05-01",
        "end": "2026-06-01",
        "timezone": "Europe/Berlin",
        "days": [
            {"date": "2026-05-04", "person": "Tove Lind", "hours": "2.00", "shifts": 1, "user": seen},
            {"date": "2026-05-05", "hours": "0.33", "shifts": 1, **mine},
            {"date": "2026-05-05", "person": "Tove Lind", "hours": "5.50", "shifts": 2, "user": seen},
        ],
        "people": [
            {"person": "Tove Lind", "hours": "7.50", "days": 2, "user": seen},
            {"hours": "0.33", "days": 1, **mine},
        ],
    }


def test_a_shift_that_goes_on_counts_until_now(owner: Person, ask: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("schema.sales.attendance.clock.now", lambda: datetime(2026, 5, 4, 12, 45, tzinfo=UTC))
    work(owner, "2026-05-04T09:00", None)
    assert [row["hours"] for row in asked(ask, owner, owner.store_id)["days"]] == ["3.75"]


def test_who_may_not_see_all_shifts_sees_the_own_hours(
    owner: Person, colleague: Person, stranger: Person, ask: Any
) -> None:
    work(owner, "2026-05-04T09:00", "2026-05-04T10:00")
    work(colleague, "2026-05-04T09:00", "2026-05-04T12:00")
    for role in Role:
        colleague.user.memberships.update(role=role)
        hours = [row["hours"] for row in asked(ask, colleague, owner.store_id)["people"]]
        assert hours == (["3.00"] if role == Role.STAFF else ["3.00", "1.00"])
    assert ask(stranger, OF_STORE, store=owner.store_id, range=MAY).data == {"store": None}
    assert asked(ask, stranger, stranger.store_id)["people"] == []
    colleague.user.memberships.all().delete()
    assert [row["user"] for row in asked(ask, owner, owner.store_id)["people"]] == [
        None,
        {"email": "owner@example.com"},
    ]


@pytest.mark.parametrize(
    "range", ["0001-01-01..0002-01-01", "9999-01-01..9999-12-31", "1900-01-01..2100-01-01"]
)
def test_days_at_an_end_of_the_calendar_or_too_many_are_refused(owner: Person, ask: Any, range: str) -> None:
    assert ask(owner, OF_STORE, store=owner.store_id, range=range).codes == ["BAD_USER_INPUT"]


def test_ten_stores_take_as_many_statements_as_one(owner: Person, ask: Any, statements: Any) -> None:
    work(owner, "2026-05-04T09:00", "2026-05-04T10:00")
    with statements() as one:
        ask(owner, OF_ALL).data  # noqa: B018
    for n in range(9):
        store = Store.objects.create(name=f"Store {n}", currency="EUR", timezone="Asia/Kathmandu")
        Membership.objects.create(user=owner.user, store=store, role=Role.OWNER)
        work(Person(owner.user, store, ""), "2026-05-04T09:00", "2026-05-04T10:00")
    with statements() as ten:
        stores = ask(owner, OF_ALL).data["me"]["stores"]
    assert [[row["hours"] for row in store["attendance"]["people"]] for store in stores] == [["1.00"]] * 10
    assert len(one) == len(ten)
