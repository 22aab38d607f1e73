"""Reports: looked at over GraphQL, taken along by ticket."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from asgiref.sync import async_to_sync
from django.core import signing
from django.test import AsyncClient, Client

from catalog import stock
from catalog.models import StockMove
from core.models import Membership, Store
from core.roles import GRANTS, Permission, Role
from insights import sheets
from insights.tables import COLUMNS, NEEDS, Kind
from sales.models import Shift
from sales.transitions import Status
from tests import books, shop, till
from tests.conftest import Person

# The client of these tests is not asynchronous, as servers are; one test below is.
pytestmark = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume asynchronous iterators")

MAY = "2026-05-01..2026-06-01"
TABLE = "kind start end timezone columns { name title } rows rowCount csvUrl xlsxUrl"
REPORT = f"""
    query ($store: ID!, $kind: ReportKind!, $range: DateRange) {{
      store(id: $store) {{ analytics {{ report(kind: $kind, range: $range) {{ {TABLE} }} }} }}
    }}
"""


def asked(ask: Any, who: Person, kind: Kind, range: str = MAY, store: str = "") -> Any:
    answer = ask(who, REPORT, store=store or who.store_id, kind=kind.name, range=range)
    return answer.data["store"]["analytics"]["report"]


def fetched(url: str) -> list[list[str]]:
    answer = Client().get(url)
    assert answer.status_code == 200
    content = b"".join(answer)
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def by_title(report: Any) -> list[dict[str, str]]:
    names = [column["name"] for column in report["columns"]]
    return [dict(zip(names, row, strict=True)) for row in report["rows"]]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.fixture
def may(owner: Person) -> None:
    """Give the owner's store a row for every report, in Berlin."""
    Store.objects.filter(pk=owner.store.pk).update(timezone="Europe/Berlin")
    owner.store.refresh_from_db()
    store = owner.store
    rock, band = shop.genre(store, "Rock"), shop.brand(store, "The Band")
    song = shop.product(
        store, on_hand="9", name="Song", sku="S1", category=rock, brand=band, cost=Decimal("0.40")
    )
    stock.receive(product=song, by=None, quantity=Decimal("3"))
    stock.take(lines=[stock.Line(song, Decimal(2))], by=None, cause=stock.Cause("order", "1"))
    StockMove.objects.update(created_at=till.NOON)
    luis = shop.customer(
        store, company="=Embraer()", city="São Paulo", country="Brazil", email="luis@example.com"
    )
    till.order(store, (song, "2", "1.50"), at=utc(2026, 5, 4, 22, 30), number=7, customer=luis, note="+gift")
    till.order(store, (song, "1", "1.00"), at=utc(2026, 5, 6, 9), number=8, customer=luis)
    till.order(store, (song, "1", "9.00"), at=utc(2026, 5, 7, 9), number=9, status=Status.REFUNDED)
    till.order(store, (song, "1", "5.00"), at=utc(2026, 5, 7, 9), number=10, status=Status.READY)
    till.order(store, (song, "1", "4.00"), at=utc(2026, 6, 7, 9), number=11, customer=luis)
    Shift.objects.create(
        store=store, user=owner.user, clock_in=utc(2026, 5, 4, 20), clock_out=utc(2026, 5, 5, 1, 30)
    )
    books.item(books.bill(store), description="=Rye bread")


@pytest.mark.usefixtures("may")
def test_each_report_tells_what_it_is_for(owner: Person, ask: Any) -> None:
    assert by_title(asked(ask, owner, Kind.SALES)) == [
        {"date": "2026-05-05", "currency": "EUR", "orders": "1", "revenue": "3.00", "average_order": "3.00",
         "refunded_orders": "0", "refunded": "0.00"},
        {"date": "2026-05-06", "currency": "EUR", "orders": "1", "revenue": "1.00", "average_order": "1.00",
         "refunded_orders": "0", "refunded": "0.00"},
        {"date": "2026-05-07", "currency": "EUR", "orders": "0", "revenue": "0.00", "average_order": "",
         "refunded_orders": "1", "refunded": "9.00"},
    ]  # fmt: skip
    assert by_title(asked(ask, owner, Kind.INVENTORY)) == [
        {"product": "Song", "sku": "S1", "barcode": "", "category": "Rock", "brand": "The Band",
         "collection": "", "unit": "", "currency": "EUR", "price": "2.50", "cost": "0.40", "on_hand": "10.000",
         "threshold": "", "low": "no", "value_at_cost": "4.00", "received": "3.000", "sold": "2.000",
         "wasted": "0.000", "corrected": "9.000", "archived": "no"},
    ]  # fmt: skip
    orders = by_title(asked(ask, owner, Kind.ORDERS))
    assert [(row["number"], row["status"]) for row in orders] == [
        ("7", "COMPLETED"), ("8", "COMPLETED"), ("9", "REFUNDED"), ("10", "READY"),
    ]  # fmt: skip
    assert orders[0] == {
        "number": "7", "placed": "2026-05-05 00:30:00", "closed": "2026-05-05 00:30:00", "status": "COMPLETED",
        "channel": "COUNTER", "customer": "Luís Gonçalves", "lines": "1", "currency": "EUR", "total": "3.00",
        "paid": "0.00", "note": "+gift",
    }  # fmt: skip
    assert orders[3]["closed"] == ""
    assert asked(ask, owner, Kind.ATTENDANCE)["rows"] == [
        ["2026-05-04", "", "owner@example.com", "1", "2.00"],
        ["2026-05-05", "", "owner@example.com", "1", "3.50"],
    ]
    assert by_title(asked(ask, owner, Kind.CUSTOMERS)) == [
        {"customer": "Luís Gonçalves", "company": "=Embraer()", "email": "luis@example.com",
         "city": "São Paulo", "country": "Brazil", "currency": "EUR", "orders": "2", "revenue": "4.00",
         "average_order": "2.00", "first_order": "2026-05-05 00:30:00", "last_order": "2026-05-06 11:00:00"},
    ]  # fmt: skip


@pytest.mark.usefixtures("may")
@pytest.mark.parametrize("kind", list(Kind))
def test_both_files_hold_all_rows_under_the_same_heads(owner: Person, ask: Any, kind: Kind) -> None:
    report = asked(ask, owner, kind)
    assert (report["kind"], report["start"], report["end"]) == (kind.name, "2026-05-01", "2026-06-01")
    assert report["timezone"] == "Europe/Berlin"
    heads, *rows = fetched(report["csvUrl"])
    assert heads == [column.title for column in COLUMNS[kind]]
    shown = [[f"'{cell}" if cell[:1] in ("=", "+") else cell for cell in row] for row in report["rows"]]
    assert rows == shown
    assert len(rows) == report["rowCount"] > 0
    book = Client().get(report["xlsxUrl"])
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(book))).active
    assert sheet is not None
    assert (sheet.max_row, sheet.max_column) == (len(rows) + 1, len(heads))
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n", "d", "inlineStr"}


def test_a_server_sends_csv_while_rows_are_read(owner: Person, ask: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(sheets, "BATCH", 2)
    for n in range(9):
        till.order(owner.store, total="1.00", at=till.NOON + timedelta(minutes=n))
    url = asked(ask, owner, Kind.ORDERS)["csvUrl"]

    async def chunks() -> list[bytes]:
        answer: Any = await AsyncClient().get(url)
        return [chunk async for chunk in answer]

    sent = async_to_sync(chunks)()
    assert [chunk.count(b"\r\n") for chunk in sent] == [2] * 5


@pytest.mark.usefixtures("may")
def test_a_file_says_what_it_is_and_is_kept_by_nobody(owner: Person, ask: Any) -> None:
    report = asked(ask, owner, Kind.SALES)
    for url, type, ending in (
        (report["csvUrl"], "text/csv; charset=utf-8", "csv"),
        (report["xlsxUrl"], "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    ):
        answer = Client().get(url)  # the ticket alone: a link in a page sends no token
        assert answer["Content-Type"] == type
        assert answer["Content-Disposition"] == f'attachment; filename="sales-2026-05-01-2026-06-01.{ending}"'
        assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "private, no-store")
        assert answer["Referrer-Policy"] == "no-referrer"
        b"".join(answer)
        assert Client().post(url).status_code == 405


@pytest.mark.usefixtures("may")
@pytest.mark.parametrize("kind", list(Kind))
def test_a_role_sees_and_fetches_the_reports_of_what_it_may_see(
    owner: Person, colleague: Person, stranger: Person, ask: Any, kind: Kind
) -> None:
    for role in Role:
        colleague.user.memberships.update(role=role)
        answer = ask(colleague, REPORT, store=owner.store_id, kind=kind.name, range=MAY)
        report = answer.body["data"]["store"]["analytics"]["report"]
        if NEEDS[kind] in GRANTS[role]:
            assert report["rows"]
        else:
            assert (answer.codes, report) == (["FORBIDDEN"], None)
    assert ask(stranger, REPORT, store=owner.store_id, kind=kind.name).data == {"store": None}
    assert ask(None, REPORT, store=owner.store_id, kind=kind.name).codes == ["UNAUTHENTICATED"]
    assert asked(ask, stranger, kind)["rows"] == []


@pytest.mark.usefixtures("may")
def test_a_ticket_ends_with_the_right_to_it(
    owner: Person, colleague: Person, ask: Any, settings: Any
) -> None:
    colleague.user.memberships.update(role=Role.ACCOUNTANT)
    report = asked(ask, colleague, Kind.SALES, store=owner.store_id)
    urls = [report["csvUrl"], report["xlsxUrl"]]
    assert [Client().get(url).status_code for url in urls] == [200, 200]
    colleague.user.memberships.update(role=Role.STAFF)
    assert [Client().get(url).status_code for url in urls] == [404, 404]
    Membership.objects.filter(user=colleague.user).update(role=Role.OWNER)
    type(colleague.user).objects.filter(pk=colleague.user.pk).update(is_active=False)
    assert [Client().get(url).status_code for url in urls] == [404, 404]
    own = asked(ask, owner, Kind.SALES)
    settings.FILE_URL_LIFETIME = timedelta(seconds=-1)
    assert Client().get(own["csvUrl"]).status_code == 404


@pytest.mark.usefixtures("may")
def test_a_ticket_cannot_be_made_up(owner: Person, ask: Any) -> None:
    ticket = asked(ask, owner, Kind.SALES)["csvUrl"].removeprefix("/files/reports/").removesuffix(".csv")
    said = ["SALES", owner.store.pk, owner.user.pk, "2026-05-01", "2026-06-01"]
    forged = [
        "x",
        ticket[:-1] + ("A" if ticket[-1] != "A" else "B"),
        signing.dumps(said, salt="receipts.files"),
        signing.dumps(said, key="another", salt="insights.reports"),
    ]
    for ending in ("csv", "xlsx"):
        assert [Client().get(f"/files/reports/{made}.{ending}").status_code for made in forged] == [404] * 4


def test_a_workbook_that_would_be_too_long_is_refused_in_words(
    owner: Person, ask: Any, monkeypatch: Any
) -> None:
    for n in range(3):
        till.order(owner.store, total="1.00", at=till.NOON + timedelta(days=n))
    report = asked(ask, owner, Kind.SALES)
    monkeypatch.setattr(sheets, "MAX_SHEET_ROWS", 2)
    answer = Client().get(report["xlsxUrl"])
    assert (answer.status_code, b"take the CSV" in answer.content) == (413, True)
    assert len(fetched(report["csvUrl"])) == 4


def test_a_look_has_the_rows_that_were_asked_for(owner: Person, ask: Any) -> None:
    for n in range(30):
        till.order(owner.store, total="1.00", at=till.NOON - timedelta(minutes=n))
    report = asked(ask, owner, Kind.ORDERS)
    assert (len(report["rows"]), report["rowCount"]) == (20, 30)
    some = 'query ($store: ID!, $n: Int) { store(id: $store) { analytics { report(kind: ORDERS, range: "2026-05-04..2026-05-05") { rows(first: $n) } } } }'
    assert len(ask(owner, some, store=owner.store_id, n=3).data["store"]["analytics"]["report"]["rows"]) == 3
    for n in (-1, 101):
        assert ask(owner, some, store=owner.store_id, n=n).codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_report_of_many_rows_takes_as_many_statements_as_one_of_one(
    owner: Person, ask: Any, statements: Any, kind: Kind
) -> None:
    def add(n: int) -> None:
        product = shop.product(owner.store, category=shop.genre(owner.store), brand=shop.brand(owner.store))
        customer = shop.customer(owner.store, company=f"Company {n}")
        at = till.NOON + timedelta(days=n)
        till.order(owner.store, (product, "1", "1.00"), at=at, customer=customer)
        Shift.objects.create(
            store=owner.store, user=owner.user, clock_in=at, clock_out=at + timedelta(hours=1)
        )
        books.item(books.bill(owner.store, date=at.date()))

    add(0)
    with statements() as one:
        assert len(fetched(asked(ask, owner, kind)["csvUrl"])) == 2
    for n in range(1, 9):
        add(n)
    with statements() as nine:
        assert len(fetched(asked(ask, owner, kind)["csvUrl"])) == 10
    assert len(one) == len(nine)


def test_reports_are_of_one_store_at_a_time(owner: Person, stranger: Person, ask: Any) -> None:
    Membership.objects.create(user=owner.user, store=stranger.store, role=Role.OWNER)
    answer = ask(owner, "{ me { stores { analytics { report(kind: SALES) { rowCount } } } } }")
    assert set(answer.codes) == {"BAD_USER_INPUT"}


# --- Any metric by any dimension


METRIC_REPORT = """
    query ($store: ID!, $metric: Metric!, $dimension: Dimension, $grain: Grain, $range: DateRange) {
      store(id: $store) { analytics { metricReport(metric: $metric, dimension: $dimension, grain: $grain, range: $range) {
        metric dimension grain start end timezone columns { name title } rows rowCount csvUrl xlsxUrl
      } } }
    }
"""


def measured(ask: Any, who: Person, metric: str, range: str = MAY, **by: str) -> Any:
    answer = ask(who, METRIC_REPORT, store=who.store_id, metric=metric, range=range, **by)
    return answer.data["store"]["analytics"]["metricReport"]


def test_a_metric_by_a_dimension_is_a_table_as_graphql_csv_and_workbook(owner: Person, ask: Any) -> None:
    store = books_of_may(owner.store)
    report = measured(ask, owner, "SPEND", dimension="MERCHANT", grain="MONTH")
    assert (report["metric"], report["dimension"], report["grain"]) == ("SPEND", "MERCHANT", "MONTH")
    assert [column["title"] for column in report["columns"]] == [
        "Month from", "Merchant", "Currency", "Spending", "Count",
    ]  # fmt: skip
    rows = [
        ["2026-05-01", "Mill", "EUR", "12.50", "2"],
        ["2026-05-01", "=1+1", "EUR", "3.00", "1"],
        ["2026-05-01", "Mill", "USD", "7.00", "1"],
    ]
    assert sorted(report["rows"]) == sorted(rows)
    assert report["rowCount"] == 3
    harmless = [[f"'{cell}" if cell.startswith("=") else cell for cell in row] for row in report["rows"]]
    assert fetched(report["csvUrl"])[1:] == harmless
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(Client().get(report["xlsxUrl"])))).active
    cells = [[str(cell) for cell in row] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert [row[1] for row in cells] == [row[1] for row in report["rows"]]
    assert [Decimal(row[3]) for row in cells] == [Decimal(row[3]) for row in report["rows"]]
    assert store.pk == owner.store.pk


def books_of_may(store: Store) -> Store:
    for name, total, currency in (("Mill", "10", "EUR"), ("mill", "2.5", "EUR"), ("=1+1", "3", "EUR"), ("Mill", "7", "USD")):  # fmt: skip
        books.bill(store, merchant_name=name, total=Decimal(total), currency=currency)
    return store


@pytest.mark.parametrize(
    ("metric", "by", "row"),
    [
        ("ORDERS", {"dimension": "WEEKDAY"}, ["Monday", "2", "2"]),
        ("REVENUE", {"dimension": "HOUR", "grain": "DAY"}, ["2026-05-04", "12", "EUR", "18.00", "2"]),
        ("REVENUE", {"grain": "HOUR"}, ["2026-05-04 12:00:00", "EUR", "18.00", "2"]),
        ("ITEMS", {}, ["2.000", "2"]),
    ],
)
def test_steps_and_clocks_are_written_as_people_write_them(
    owner: Person, ask: Any, metric: str, by: dict[str, str], row: list[str]
) -> None:
    for _ in range(2):
        till.order(owner.store, total="9.00")
    report = measured(ask, owner, metric, **({"range": "2026-05-01..2026-05-20"} | by))
    assert row in report["rows"]
    assert fetched(report["csvUrl"])[1:] == report["rows"]


def test_a_metric_report_is_for_those_who_may_see_the_metric(
    owner: Person, colleague: Person, stranger: Person, ask: Any, monkeypatch: Any
) -> None:
    asked = {"store": owner.store_id, "metric": "ENERGY_KWH", "range": MAY}
    assert ask(colleague, METRIC_REPORT, **asked).codes == ["FORBIDDEN"]
    assert ask(stranger, METRIC_REPORT, **asked).data == {"store": None}
    wrong = [{"dimension": "MERCHANT"}, {"grain": "HOUR", "range": "2026-01-01..2026-05-01"}]
    for more in wrong:
        assert ask(owner, METRIC_REPORT, **{**asked, **more}).codes == ["BAD_USER_INPUT"]
    url = measured(ask, owner, "ENERGY_KWH")["csvUrl"]
    assert Client().get(url).status_code == 200
    monkeypatch.setitem(GRANTS, Role.OWNER, GRANTS[Role.OWNER] - {Permission.ENERGY_VIEW})
    assert Client().get(url).status_code == 404
