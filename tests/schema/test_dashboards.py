"""`analytics.dashboard`, asked over HTTP; its figures are recomputed in tests/insights/test_boards.py."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from core.models import Membership, Store, User
from core.roles import Role
from core.tokens import open_session
from demo import services
from tests import alarms, books, shop, till
from tests.conftest import Person

pytestmark = pytest.mark.django_db

TOTAL = "value count previous change ratio"
LATELY = f"start end compared {{ start end }} spend {{ {TOTAL} }} revenue {{ {TOTAL} }} orders {{ {TOTAL} }}"
POINT, GROUP = "date value previous", "name share value previous node { id }"
MAIN = f"main {{ currency timezone today {{ {LATELY} }} week {{ {LATELY} }} month {{ {LATELY} }} openOrders reviewQueue unreadAlerts openSuggestions }}"
OF_PERIOD = f"""period currency timezone figures {{ {LATELY} }} spendByDay {{ {POINT} }} revenueByDay {{ {POINT} }}
    spendByCategory {{ {GROUP} }} revenueByCategory {{ {GROUP} }}"""
CHARTS = f"""analytics(range: "30d") {{
    start end currency timezone spendTrend {{ {POINT} }} revenueTrend {{ {POINT} }}
    spendByCategory {{ {GROUP} }} revenueByCategory {{ {GROUP} }} spendByMonth {{ {POINT} }}
    revenueByMonth {{ {POINT} }} topBought {{ name value }} topSold {{ {GROUP} }}
    weeklyPattern {{ weekday days spend revenue averageSpend averageRevenue }}
}}"""
BOARDS = {
    "main": MAIN,
    "weekly": f"weekly {{ {OF_PERIOD} }}",
    "monthly": f"monthly {{ {OF_PERIOD} }}",
    "analytics": CHARTS,
    "salesOverview": 'salesOverview(range: "30d") { overview { revenue growth } byDay { revenue } }',
    "bills": f"""bills(range: "30d") {{ start end currency timezone spend {{ {TOTAL} }}
        paper {{ average tax confirmed needsReview undated unknownTotal void }}
        waiting {{ reviewQueue openDuplicates unreadUploads failedUploads }} spendByDay {{ {POINT} }}
        spendByCategory {{ {GROUP} }} spendByMerchant {{ {GROUP} }} otherCurrencies {{ currency value count }} }}""",
    "suggestions": """suggestions { currency open { count saving } accepted { count saving } dismissed { count }
        byKind { kind count saving } top { text saving } }""",
    "energy": 'energy(range: "30d") { totalConsumption cost { amount } dailyData { consumption } }',
}


def document(*names: str) -> str:
    asked = " ".join(BOARDS[name] for name in names)
    return f"query ($store: ID!) {{ store(id: $store) {{ analytics {{ dashboard {{ {asked} }} }} }} }}"


def boards(ask: Any, who: Person, *names: str) -> Any:
    return ask(who, document(*names), store=who.store_id).data["store"]["analytics"]["dashboard"]


@pytest.fixture
def demo(built_in: None) -> Person:
    services.fill()
    user = User.objects.get(email=settings.DEMO_ACCOUNT)
    return Person(user, user.stores.get(), open_session(user=user).access)


# Three are to find the session, the store and its place among the viewer's.
STATEMENTS = {"main": 8, "weekly": 10, "monthly": 10, "analytics": 10, "salesOverview": 4, "energy": 8}
STATEMENTS |= {"bills": 10, "suggestions": 7}


def test_a_dashboard_of_the_demo_takes_a_bounded_number_of_statements(
    demo: Person, ask: Any, statements: Any
) -> None:
    took = {}
    for name in BOARDS:
        with statements() as count:
            assert boards(ask, demo, name)[name] is not None
        took[name] = len(count)
    assert {name: count for name, count in took.items() if count > STATEMENTS[name]} == {}


def test_the_main_dashboard_of_many_stores_takes_as_many_statements_as_of_one(owner, ask, statements):
    asked = f"{{ me {{ stores {{ analytics {{ dashboard {{ {MAIN} }} }} }} }} }}"
    counts = []
    for extra in (0, 4):
        for n in range(extra):
            store = Store.objects.create(name=f"Store {n}", timezone="Asia/Kathmandu")
            Membership.objects.create(user=owner.user, store=store, role=Role.OWNER)
        with statements() as count:
            assert ask(owner, asked).data["me"]["stores"][-1]["analytics"]["dashboard"]["main"]
        counts.append(len(count))
    assert counts[0] == counts[1] <= 8


def test_the_main_dashboard_says_what_is_new_and_what_waits(owner, ask):
    today = timezone.now().date()
    books.bill(owner.store, date=today, total=Decimal("30.00"), status="NEEDS_REVIEW")
    books.bill(owner.store, date=today - timedelta(days=1), total=Decimal("20.00"))
    till.order(owner.store, total="9.00", at=timezone.now())
    shop.order(owner.store, status="READY")
    for read_at in (None, timezone.now()):
        alarms.alert(owner.store, read_at=read_at)
    for saving in ("9.99", "30.00"):
        alarms.suggestion(owner.store, saving=Decimal(saving))
    alarms.suggestion(owner.store, status="ACCEPTED", decided_at=timezone.now())
    found = boards(ask, owner, "main")["main"]
    assert (found["openOrders"], found["reviewQueue"], found["currency"]) == (1, 1, "EUR")
    assert (found["unreadAlerts"], found["openSuggestions"]) == (1, 2)
    assert found["today"]["spend"] == {
        "value": "30.00", "count": 1, "previous": "20.00", "change": "10.00", "ratio": "0.5000"
    }  # fmt: skip
    assert (found["today"]["revenue"]["value"], found["today"]["orders"]["value"]) == ("9.00", "1")


def test_the_dashboards_of_bills_and_suggestions_say_what_there_is_and_what_it_is_worth(owner, ask):
    today = timezone.now().date()
    books.bill(owner.store, date=today, total=Decimal("30.00"), tax=Decimal("4.79"), status="NEEDS_REVIEW")
    books.bill(owner.store, date=today, total=Decimal("9.00"), status="VOID")
    books.upload(owner.store, status="FAILED")
    alarms.suggestion(owner.store, text="Ask.", saving=Decimal("8.00"))
    alarms.suggestion(owner.store, kind="STAFFING", saving=None)
    found = boards(ask, owner, "bills", "suggestions")
    bills, advice = found["bills"], found["suggestions"]
    paper, waiting = bills["paper"], bills["waiting"]
    assert (bills["spend"]["value"], paper["average"], paper["tax"]) == ("30.00", "30.00", "4.79")
    assert (paper["needsReview"], paper["void"], waiting["failedUploads"]) == (1, 1, 1)
    assert advice["open"] == {"count": 2, "saving": "8.00"}
    assert [row["kind"] for row in advice["byKind"]] == ["STANDING_CHARGE", "STAFFING"]
    assert [row["text"][:4] for row in advice["top"]] == ["Ask.", "Stre"]


def test_all_dashboards_answer_for_a_store_in_which_nothing_has_happened(owner, ask):
    found = boards(ask, owner, *BOARDS)
    assert all(found.values())
    assert found["analytics"]["topBought"] == []
    assert len(found["analytics"]["spendByMonth"]) == 12


def test_a_role_without_insights_and_a_stranger_see_no_dashboard(owner, colleague, stranger, ask):
    answer = ask(colleague, document(*BOARDS), store=owner.store_id)
    assert answer.codes == ["FORBIDDEN"] * len(BOARDS)
    assert set(answer.body["data"]["store"]["analytics"]["dashboard"].values()) == {None}
    assert ask(stranger, document(*BOARDS), store=owner.store_id).data == {"store": None}


def test_a_day_beyond_the_calendar_is_bad_input(owner, ask):
    asked = "{ store(id: %r) { analytics { dashboard { weekly(on: %r) { period } } } } }"
    for day in ("0001-01-01", "9999-12-31"):
        document = (asked % (owner.store_id, day)).replace("'", '"')
        assert ask(owner, document).codes == ["BAD_USER_INPUT"]
