"""The analysis of a week or a month, asked over HTTP."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from catalog.models import Category
from core.models import Membership, Profile, Store
from core.roles import Role
from receipts import rollups
from receipts.models import Bill, Item, Merchant
from schema import ids

pytestmark = pytest.mark.django_db

FIGURES = """
    period start end timezone currency total count average needsReviewCount undatedCount unknownTotalCount
    byCategory { category { id name } name total count share }
    topItems { description quantity total count }
    topMerchants { merchant { id name } name total count }
    byDay { date total count }
    previous { start end total count average }
    change { total ratio }
    otherCurrencies { currency total count needsReviewCount undatedCount }
"""
OF_STORE = f"""
    query Analysis($store: ID!, $period: AnalysisPeriod!, $on: Date) {{
      store(id: $store) {{ analytics {{ analysis(period: $period, on: $on) {{ {FIGURES} }} }} }}
    }}
"""
OF_ALL = f"""
    query Analyses($on: Date) {{
      me {{ stores {{ name analytics {{ analysis(period: WEEK, on: $on) {{ {FIGURES} }} }} }} }}
    }}
"""


def enter(store: Store, day: date, total: str | None, *lines: tuple[str, str], **more: object) -> Bill:
    given = {
        "date": day,
        "currency": store.currency,
        "status": Bill.Status.CONFIRMED,
        "source": Bill.Source.MANUAL,
        "category": Category.objects.get(key="groceries"),
        **more,
    }
    bill = Bill.objects.create(store=store, booked_on=day, total=total and Decimal(total), **given)
    items = [
        Item.objects.create(
            bill=bill, position=n, description=description, total=Decimal(price), category=bill.category
        )
        for n, (description, price) in enumerate(lines, 1)
    ]
    rollups.enter([bill], items)
    return bill


@pytest.fixture
def july(owner):
    """Fill the owner's July: five bills that count in euro, one in dollars, one void; one in June."""
    store = owner.store
    shop = Merchant.objects.create(store=store, name="Corner Shop")
    fuel = Category.objects.get(key="fuel")
    enter(store, date(2024, 6, 30), "40.00")
    enter(store, date(2024, 7, 1), "10.00", ("Milk", "4.00"), ("Bread", "6.00"), merchant=shop)
    enter(store, date(2024, 7, 1), "20.10", (" MILK", "20.10"), merchant=shop)
    enter(store, date(2024, 7, 31), "30.00", category=fuel, merchant_name="Total Station")
    enter(store, date(2024, 7, 31), None, status=Bill.Status.NEEDS_REVIEW)
    enter(store, date(2024, 7, 9), "0.20", date=None, status=Bill.Status.NEEDS_REVIEW)
    enter(store, date(2024, 7, 9), "7.00", currency="USD", date=None)
    enter(store, date(2024, 7, 9), "500.00", ("Milk", "500.00"), status=Bill.Status.VOID)
    enter(store, date(2024, 8, 1), "900.00")
    return store


def test_a_month_answers_every_figure(owner, july, ask):
    answer = ask(owner, OF_STORE, store=owner.store_id, period="MONTH", on="2024-07-15")
    found = answer.data["store"]["analytics"]["analysis"]
    days = found.pop("byDay")
    assert [row["date"] for row in days] == [f"2024-07-{n:02}" for n in range(1, 32)]
    assert [row for row in days if row["count"]] == [
        {"date": "2024-07-01", "total": "30.10", "count": 2},
        {"date": "2024-07-09", "total": "0.20", "count": 1},
        {"date": "2024-07-31", "total": "30.00", "count": 2},
    ]
    groceries, fuel = (
        {"id": ids.encode("Category", Category.objects.get(name=name).pk), "name": name}
        for name in ("Groceries", "Fuel")
    )
    shop = {"id": ids.encode("Merchant", Merchant.objects.get().pk), "name": "Corner Shop"}
    assert found == {
        "period": "MONTH",
        "start": "2024-07-01",
        "end": "2024-08-01",
        "timezone": "UTC",
        "currency": "EUR",
        "total": "60.30",
        "count": 5,
        "average": "15.08",
        "needsReviewCount": 2,
        "undatedCount": 1,
        "unknownTotalCount": 1,
        "byCategory": [
            {"category": groceries, "name": "Groceries", "total": "30.30", "count": 4, "share": "0.5025"},
            {"category": fuel, "name": "Fuel", "total": "30.00", "count": 1, "share": "0.4975"},
        ],
        "topItems": [
            {"description": "MILK", "quantity": "2.000", "total": "24.10", "count": 2},
            {"description": "Bread", "quantity": "1.000", "total": "6.00", "count": 1},
        ],
        "topMerchants": [
            {"merchant": shop, "name": "Corner Shop", "total": "30.10", "count": 2},
            {"merchant": None, "name": "Total Station", "total": "30.00", "count": 1},
        ],
        "previous": {
            "start": "2024-06-01",
            "end": "2024-07-01",
            "total": "40.00",
            "count": 1,
            "average": "40.00",
        },
        "change": {"total": "20.30", "ratio": "0.5075"},
        "otherCurrencies": [
            {"currency": "USD", "total": "7.00", "count": 1, "needsReviewCount": 0, "undatedCount": 1}
        ],
    }


def test_a_week_starts_on_the_stores_own_day(owner, july, ask):
    Store.objects.update(week_start=6)
    found = ask(owner, OF_STORE, store=owner.store_id, period="WEEK", on="2024-07-01").data
    found = found["store"]["analytics"]["analysis"]
    assert (found["start"], found["end"], found["total"]) == ("2024-06-30", "2024-07-07", "70.10")
    assert (found["previous"]["start"], found["previous"]["end"]) == ("2024-06-23", "2024-06-30")
    assert [row["date"] for row in found["byDay"]][0::6] == ["2024-06-30", "2024-07-06"]


def test_a_store_without_bills_answers_zeros(owner, ask):
    found = ask(owner, OF_STORE, store=owner.store_id, period="WEEK", on="2024-07-01").data
    found = found["store"]["analytics"]["analysis"]
    assert (found["total"], found["count"], found["average"]) == ("0.00", 0, None)
    assert found["change"] == {"total": "0.00", "ratio": None}
    assert [row["total"] for row in found["byDay"]] == ["0.00"] * 7


@pytest.mark.parametrize(
    ("now", "zone", "today"),
    [
        # New York's clocks go forward on 10 March 2024: its midnight moves from 05:00 to 04:00 UTC.
        (datetime(2024, 3, 10, 4, 59, tzinfo=UTC), "America/New_York", "2024-03-09"),
        (datetime(2024, 3, 10, 5, 0, tzinfo=UTC), "America/New_York", "2024-03-10"),
        (datetime(2024, 3, 11, 3, 59, tzinfo=UTC), "America/New_York", "2024-03-10"),
        (datetime(2024, 3, 11, 4, 0, tzinfo=UTC), "America/New_York", "2024-03-11"),
        (datetime(2024, 12, 31, 10, 0, tzinfo=UTC), "Pacific/Kiritimati", "2025-01-01"),
        (datetime(2025, 1, 1, 10, 0, tzinfo=UTC), "Pacific/Pago_Pago", "2024-12-31"),
    ],
)
def test_without_a_day_it_is_today_in_the_stores_zone(owner, ask, monkeypatch, now, zone, today):
    monkeypatch.setattr("schema.insights.types.clock.now", lambda: now)
    Store.objects.update(timezone=zone, week_start=date.fromisoformat(today).weekday())
    found = ask(owner, OF_STORE, store=owner.store_id, period="WEEK").data["store"]["analytics"]["analysis"]
    assert (found["start"], found["timezone"]) == (today, zone)


@pytest.mark.parametrize("on", ["9999-12-31", "0001-01-01"])
@pytest.mark.parametrize("period", ["WEEK", "MONTH"])
def test_a_day_at_the_end_of_the_calendar_is_refused(owner, ask, period, on):
    answer = ask(owner, OF_STORE, store=owner.store_id, period=period, on=on)
    assert answer.codes == ["BAD_USER_INPUT"]
    assert "calendar" in answer.errors[0]["message"]


@pytest.mark.parametrize(
    ("role", "codes"),
    [(Role.OWNER, []), (Role.MANAGER, []), (Role.ACCOUNTANT, []), (Role.STAFF, ["FORBIDDEN"])],
)
def test_only_roles_with_insight_see_figures(owner, colleague, july, ask, role, codes):
    Membership.objects.filter(user=colleague.user).update(role=role)
    answer = ask(colleague, OF_STORE, store=owner.store_id, period="MONTH", on="2024-07-15")
    assert answer.codes == codes
    found = answer.body["data"]["store"]["analytics"]["analysis"]
    assert found is None if codes else found["total"] == "60.30"


def test_a_store_out_of_sight_has_no_analytics(owner, stranger, july, ask):
    assert ask(stranger, OF_STORE, store=owner.store_id, period="MONTH").data == {"store": None}
    assert ask(None, OF_STORE, store=owner.store_id, period="MONTH").codes == ["UNAUTHENTICATED"]


def test_a_strangers_own_figures_hold_nothing_of_another_store(owner, stranger, july, ask):
    found = ask(stranger, OF_STORE, store=stranger.store_id, period="MONTH", on="2024-07-15").data
    found = found["store"]["analytics"]["analysis"]
    assert (found["count"], found["byCategory"], found["topItems"], found["topMerchants"]) == (0, [], [], [])


def test_one_store_that_is_forbidden_does_not_hide_the_others(owner, colleague, july, ask):
    own = Store.objects.create(name="A store of one's own", currency="EUR")
    Membership.objects.create(user=colleague.user, store=own, role=Role.OWNER)
    enter(own, date(2024, 7, 1), "3.00")
    answer = ask(colleague, OF_ALL, on="2024-07-01")
    assert answer.codes == ["FORBIDDEN"]
    first, second = answer.body["data"]["me"]["stores"]
    assert first["analytics"]["analysis"]["total"] == "3.00"
    assert second["analytics"]["analysis"] is None


def test_ten_stores_take_as_many_statements_as_one(owner, ask, statements):
    def fill(store: Store) -> None:
        shop = Merchant.objects.create(store=store, name="Corner Shop")
        enter(store, date(2024, 7, 1), "1.00", ("Milk", "1.00"), merchant=shop)

    fill(owner.store)
    with statements() as for_one:
        assert len(ask(owner, OF_ALL, on="2024-07-01").data["me"]["stores"]) == 1
    for n in range(9):
        store = Store.objects.create(
            name=f"Store {n}", currency="USD", timezone="Asia/Kathmandu", week_start=n % 7
        )
        Membership.objects.create(user=owner.user, store=store, role=Role.OWNER)
        fill(store)
    with statements() as for_ten:
        stores = ask(owner, OF_ALL, on="2024-07-01").data["me"]["stores"]
    assert [store["analytics"]["analysis"]["total"] for store in stores] == ["1.00"] * 10
    assert [store["analytics"]["analysis"]["topMerchants"][0]["merchant"]["name"] for store in stores] == [
        "Corner Shop"
    ] * 10
    assert len(for_ten) == len(for_one) > 5  # at least the permission and the four sums


# --- Spending in any range

SPENDING = """
    start end timezone currency total count average needsReviewCount undatedCount unknownTotalCount
    byCategory { name total count share } topItems { description total } topMerchants { name total count }
    byDay { date total count } otherCurrencies { currency total count }
"""
IN_STORE = f"""
    query Spending($store: ID!, $range: DateRange) {{
      store(id: $store) {{ analytics {{ spending(range: $range) {{ {SPENDING} }} }} }}
    }}
"""
IN_ALL = f"{{ me {{ stores {{ analytics {{ spending {{ {SPENDING} }} }} }} }} }}"


def prefer(person, text):
    Profile.objects.update_or_create(user=person.user, defaults={"default_date_range": text})


def test_a_range_answers_what_was_spent_in_it_and_its_days_by_name(owner, july, ask):
    found = ask(owner, IN_STORE, store=owner.store_id, range="2024-06-30..2024-07-10").data
    found = found["store"]["analytics"]["spending"]
    days = found.pop("byDay")
    assert (len(days), days[0]["date"], days[-1]["date"]) == (10, "2024-06-30", "2024-07-09")
    assert [row["total"] for row in days if row["count"]] == ["40.00", "30.10", "0.20"]
    assert found == {
        "start": "2024-06-30",
        "end": "2024-07-10",
        "timezone": "UTC",
        "currency": "EUR",
        "total": "70.30",
        "count": 4,
        "average": "17.58",
        "needsReviewCount": 1,
        "undatedCount": 1,
        "unknownTotalCount": 0,
        "byCategory": [{"name": "Groceries", "total": "70.30", "count": 4, "share": "1.0000"}],
        "topItems": [{"description": "MILK", "total": "24.10"}, {"description": "Bread", "total": "6.00"}],
        "topMerchants": [{"name": "Corner Shop", "total": "30.10", "count": 2}],
        "otherCurrencies": [{"currency": "USD", "total": "7.00", "count": 1}],
    }


def test_a_month_is_the_same_by_range_and_by_analysis(owner, july, ask):
    ranged = ask(owner, IN_STORE, store=owner.store_id, range="2024-07-01..2024-08-01").data["store"]
    month = ask(owner, OF_STORE, store=owner.store_id, period="MONTH", on="2024-07-15").data["store"]
    spending, analysis = ranged["analytics"]["spending"], month["analytics"]["analysis"]
    for name in ("start", "end", "total", "count", "average", "byDay", "unknownTotalCount"):
        assert spending[name] == analysis[name]


def test_without_a_range_it_is_the_one_that_the_viewer_prefers(owner, colleague, july, ask):
    Membership.objects.filter(user=colleague.user).update(role=Role.ACCOUNTANT)
    prefer(owner, "2024-06-01..2024-07-01")
    prefer(colleague, "2024-08-01..2024-08-02")
    totals = [
        ask(who, IN_STORE, store=owner.store_id).data["store"]["analytics"]["spending"]["total"]
        for who in (owner, colleague)
    ]
    assert totals == ["40.00", "900.00"]
    given = ask(owner, IN_STORE, store=owner.store_id, range="2024-08-01..2024-08-02").data
    assert given["store"]["analytics"]["spending"]["total"] == "900.00"


def test_whoever_prefers_nothing_gets_thirty_days(owner, ask):
    Profile.objects.filter(user=owner.user).delete()
    found = ask(owner, IN_STORE, store=owner.store_id).data["store"]["analytics"]["spending"]
    assert len(found["byDay"]) == 30


def test_a_range_is_counted_by_the_day_and_the_week_of_each_store(owner, ask, monkeypatch):
    monkeypatch.setattr("schema.insights.types.clock.now", lambda: datetime(2024, 7, 7, 10, tzinfo=UTC))
    prefer(owner, "this_week")
    Store.objects.update(week_start=0)
    east = Store.objects.create(name="East", currency="USD", timezone="Pacific/Kiritimati", week_start=0)
    Membership.objects.create(user=owner.user, store=east, role=Role.OWNER)
    stores = ask(owner, IN_ALL).data["me"]["stores"]
    found = {row["analytics"]["spending"]["timezone"]: row["analytics"]["spending"] for row in stores}
    assert found["UTC"]["start"] == "2024-07-01"
    assert found["Pacific/Kiritimati"]["start"] == "2024-07-08"


@pytest.mark.parametrize("range", ["0001-01-01..9999-12-31", "2024-02-02..2024-02-01", "soon", ""])
def test_a_range_that_is_none_or_too_long_is_refused(owner, ask, range):
    assert ask(owner, IN_STORE, store=owner.store_id, range=range).codes == ["BAD_USER_INPUT"]


def test_only_roles_with_insight_see_what_was_spent(owner, colleague, stranger, july, ask):
    month = "2024-07-01..2024-08-01"
    answer = ask(colleague, IN_STORE, store=owner.store_id, range=month)
    assert (answer.codes, answer.body["data"]["store"]["analytics"]["spending"]) == (["FORBIDDEN"], None)
    assert ask(stranger, IN_STORE, store=owner.store_id, range=month).data == {"store": None}
    own = ask(stranger, IN_STORE, store=stranger.store_id, range=month).data["store"]["analytics"]
    assert (own["spending"]["count"], own["spending"]["byCategory"]) == (0, [])


def test_the_spending_of_ten_stores_takes_as_many_statements_as_of_one(owner, ask, statements):
    with statements() as for_one:
        ask(owner, IN_ALL)
    for n in range(9):
        store = Store.objects.create(name=f"Store {n}", currency="USD", timezone="Asia/Kathmandu")
        Membership.objects.create(user=owner.user, store=store, role=Role.OWNER)
        enter(store, date(2024, 7, 1), "1.00")
    with statements() as for_ten:
        assert len(ask(owner, IN_ALL).data["me"]["stores"]) == 10
    assert len(for_ten) == len(for_one)
