"""Bills of the past from spreadsheets, and all bills as one: what goes out comes in again, and nothing twice."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalog.models import Category
from core.models import AuditEntry
from core.roles import Role
from core.tables import Row
from receipts.bill_rows import NAMES, bills_in
from receipts.models import Bill, Item, Merchant
from schema import ids
from tests import books
from tests import spreadsheets as sheets
from tests.conftest import Person, person
from tests.schema.test_imports import ASKED, DOCUMENT, counts, errors
from tests.schema.world import everything

pytestmark = pytest.mark.django_db
SENT = DOCUMENT % ("importBills", f"items {ASKED}")
REPORT = """query ($store: ID!, $range: DateRange) { store(id: $store) { analytics {
  report(kind: BILLS, range: $range) { rowCount rows { } csvUrl xlsxUrl } } } }""".replace(" { }", "")
TODAY = date(2026, 6, 1)


@pytest.fixture
def send(owner: Person, ask: Any) -> Any:
    def one(file: str | bytes | SimpleUploadedFile, who: Person = owner, **more: Any) -> Any:
        if isinstance(file, str):
            file = sheets.csv(file)
        elif isinstance(file, bytes):
            file = SimpleUploadedFile("bills.xlsx", file)
        return ask(who, SENT, **{"store": who.store_id, "file": file, **more}).data["importBills"]

    return one


def bills(who: Person) -> list[Any]:
    """Say everything of a store's bills that a file can, in the order of their days."""
    told = (
        "date", "booked_on", "time", "merchant_name", "merchant__name", "address", "number", "currency", "subtotal",
        "tax", "tip", "total", "category__name", "status", "notes",
    )  # fmt: skip
    line = (
        "position",
        "description",
        "quantity",
        "unit",
        "unit_price",
        "discount",
        "total",
        "category__name",
    )
    rows = Bill.objects.of(who.store).order_by("booked_on", "pk")
    of = {row.pk: list(row.items.order_by("position").values_list(*line)) for row in rows}
    return [(row[1:], of[row[0]]) for row in rows.values_list("pk", *told)]


GERMAN = """Datum;Händler;Betrag;MwSt;Kategorie;Artikel;Menge;Einzelpreis;Farbe
01.03.2024;Bäckerei Korn;1.234,50;81,24;Coffee & bakery;Brot;2;617,25;braun
02.03.2024;Bäckerei Korn;3,20;;;;;;
;;;;;Brezel;1;3,20;
"""


def test_a_file_in_the_owners_own_words_is_read(owner: Person, send: Any) -> None:
    said = send(GERMAN)
    assert counts(said) == (2, 0, 0, 0)
    assert (said["items"], said["ignoredColumns"]) == (2, ["Farbe"])
    (first, lines), (_, others) = bills(owner)
    assert first[:2] == (date(2024, 3, 1), date(2024, 3, 1))
    assert first[3:5] == ("Bäckerei Korn", "Bäckerei Korn")
    assert first[7:14] == (
        "EUR",
        None,
        Decimal("81.24"),
        None,
        Decimal("1234.50"),
        "Coffee & bakery",
        "CONFIRMED",
    )
    assert [line[1:5] for line in lines] == [("Brot", Decimal(2), "", Decimal("617.25"))]
    assert [line[1] for line in others] == ["Brezel"]
    assert {row.source for row in Bill.objects.all()} == {"IMPORT"}
    assert Merchant.objects.count() == 1
    assert AuditEntry.objects.get().action == "bill.import"
    assert [check["key"] for check in Bill.objects.first().checks] != []


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Date,Merchant,Total", "2024-03-13,Mill,12.50"),
        ("Purchase date,Vendor,Amount paid", "03/13/2024,Mill,$12.50"),
        ("transaction_date,Payee,Gross", "13 Mar 2024,Mill,12.5"),
        ("Fecha;Proveedor;Importe", "13/03/2024;Mill;12,50 €"),
        ("Date d'achat;Magasin;Montant TTC", "13-03-2024;Mill;12,50"),
        ("Datum\tLieferant\tGesamtbetrag", "13. März 2024\tMill\t12,50"),
        ("Data;Fornitore;Totale", "13/03/24;Mill;12,50"),
        ("Date,Shop,Item,Qty,Price", "2024-03-13,Mill,Flour,5,2.50"),
    ],
)
def test_columns_and_days_are_known_by_many_names(owner: Person, send: Any, header: str, row: str) -> None:
    assert counts(send(f"{header}\n{row}\n")) == (1, 0, 0, 0)
    bill = Bill.objects.get()
    assert (bill.merchant_name, bill.date, bill.total) == ("Mill", date(2024, 3, 13), Decimal("12.50"))


def test_no_column_has_two_meanings() -> None:
    plain = [
        name.replace(" ", "").replace("_", "") for field, others in NAMES.items() for name in (field, *others)
    ]
    assert len(plain) == len(set(plain))


def test_rows_with_the_same_bill_are_one_wherever_they_stand(owner: Person, send: Any) -> None:
    said = send(
        "bill,date,merchant,total,item,item total\n"
        "A,2024-03-01,Mill,5.00,Flour,2.00\nB,2024-03-01,Mill,5.00,Bran,5.00\nA,,,,Salt,3.00\n"
    )
    assert (counts(said), said["items"]) == ((2, 0, 0, 0), 3)
    assert [[line[1] for line in lines] for _, lines in bills(owner)] == [["Flour", "Salt"], ["Bran"]]


def test_a_bad_row_keeps_its_bill_out_and_no_other(owner: Person, send: Any) -> None:
    file = (
        "bill,date,merchant,total,item,item total\n"
        "A,2024-03-01,Mill,5.00,Flour,x\n"  # 2
        "A,2024-03-02,Mill,5.00,Salt,1\n"  # 3
        "B,2024-03-01,Mill,2.00,,\n"  # 4
        "C,,Mill,2.00,,\n"  # 5
        "D,2024-03-01,Mill,,,\n"  # 6
        "E,2024-03-01,Mill,1.234,,\n"  # 7
        "F,2024-03-01,Mill,1,,2\n"  # 8
        "G,1/2/2024,Mill,1,,\n"  # 9
        "H,yesterday,Mill,1,,\n"  # 10
        f"I,2024-03-01,{'x' * 201},1,,\n"  # 11
        "J,2024-03-01,Mill,1,,,,more\n"  # 12
    )
    said = send(file, dryRun=True)
    assert Bill.objects.count() == 0
    assert {**send(file), "replayed": None} == {**said, "replayed": None}
    assert counts(said) == (1, 0, 0, 9)
    assert [(row, field) for row, field, _ in errors(said)] == [
        (2, "itemTotal"), (5, "date"), (6, "total"), (7, "total"), (8, "item"), (9, "date"), (10, "date"),
        (11, "merchantName"), (12, None),
    ]  # fmt: skip
    assert "2024-02-01" in errors(said)[5][2]
    assert Bill.objects.get().total == Decimal("2.00")


def test_rows_of_one_bill_that_contradict_each_other_are_told(send: Any) -> None:
    said = send("bill,date,merchant,total,item\nA,2024-03-01,Mill,5,Flour\nA,2024-03-02,Mill,5,Salt\n")
    assert [(row, field) for row, field, _ in errors(said)] == [(3, "date")]
    assert counts(said) == (0, 0, 0, 1)


def test_a_day_that_one_row_leaves_open_the_others_tell(owner: Person, send: Any) -> None:
    assert counts(send("date,merchant,total\n01/02/2024,Mill,1\n13/02/2024,Mill,2\n")) == (2, 0, 0, 0)
    assert counts(send("date,merchant,total\n01/02/2023,Mill,1\n02/13/2023,Mill,2\n")) == (2, 0, 0, 0)
    assert [bill[0][0] for bill in bills(owner)] == [
        date(2023, 1, 2), date(2023, 2, 13), date(2024, 2, 1), date(2024, 2, 13),
    ]  # fmt: skip


# --- Nothing twice

TWICE = "date,merchant,total\n2024-03-01,Cafe,2.50\n2024-03-01,Cafe,2.50\n2024-03-02,Cafe,2.50\n"


def test_the_same_file_again_changes_nothing_and_two_that_are_alike_stay_two(
    owner: Person, send: Any
) -> None:
    assert counts(send(TWICE)) == (3, 0, 0, 0)
    before = everything()
    assert counts(send(TWICE)) == (0, 0, 3, 0)
    assert counts(send(TWICE.replace("2.50\n", "2.5\n").replace("Cafe", "cafe"))) == (0, 0, 3, 0)
    assert everything() == before
    assert counts(send(TWICE + "2024-03-01,Cafe,2.50\n")) == (1, 0, 3, 0)


def test_what_was_corrected_or_voided_meanwhile_does_not_come_again(owner: Person, send: Any) -> None:
    send(TWICE)
    first, second, _ = Bill.objects.order_by("pk")
    Bill.objects.filter(pk=first.pk).update(total="9.99", date=date(2020, 1, 1), booked_on=date(2020, 1, 1))
    Bill.objects.filter(pk=second.pk).update(status="VOID")
    assert counts(send(TWICE)) == (0, 0, 3, 0)


def test_a_bill_that_came_by_another_door_is_not_doubled(owner: Person, stranger: Person, send: Any) -> None:
    day = {"merchant_name": "Cafe", "total": Decimal("2.50"), "date": date(2024, 3, 1)}
    read = books.bill(owner.store, upload=books.upload(owner.store), source="AI", **day)
    books.bill(owner.store, status="VOID", **day)
    books.bill(stranger.store, **day)
    assert counts(send(TWICE, dryRun=True)) == (2, 0, 1, 0)
    assert counts(send(TWICE)) == (2, 0, 1, 0)
    Bill.objects.filter(pk=read.pk).update(total="9.99")
    assert counts(send(TWICE)) == (0, 0, 3, 0)


def test_the_same_key_gives_the_first_answer_again(owner: Person, send: Any) -> None:
    first, again = send(TWICE, key="k"), send(TWICE, key="k")
    assert (first.pop("replayed"), again.pop("replayed")) == (False, True)
    assert first == again
    other = send(TWICE + "2024-03-05,Mill,1\n", key="k")
    assert [error["code"] for error in other["userErrors"]] == ["IDEMPOTENCY_KEY_REUSED"]
    assert Bill.objects.count() == 3


@pytest.mark.parametrize("file", ["", "colour,shape\nred,round\n", "total,amount\n1,1\n"])
def test_a_file_that_is_no_table_of_bills_is_refused(owner: Person, send: Any, file: str) -> None:
    before = everything()
    assert send(SimpleUploadedFile("bills.csv", file.encode() or b"\n"))["userErrors"]
    assert everything() == before


def test_hundreds_of_bills_cost_no_more_statements_than_some(
    owner: Person, send: Any, statements: Any
) -> None:
    def file(number: int) -> str:
        rows = [f"2024-03-{n % 28 + 1:02},Mill {number},{n}.50,Flour,1.00" for n in range(number)]
        return "\n".join(["date,merchant,total,item,item total", *rows, ""])

    costs = []
    for number in (20, 120):
        with statements() as count:
            assert counts(send(file(number)))[0] == number
        costs.append(len(count))
    assert costs[1] <= costs[0] + 10  # how a batch is split is the database's affair


def test_who_may_edit_bills_may_import_them(owner: Person, stranger: Person, ask: Any) -> None:
    accountant = person("accountant@example.com", store=owner.store, role=Role.ACCOUNTANT)
    before = everything()
    sent = {"store": owner.store_id, "file": sheets.csv(TWICE)}
    assert ask(stranger, SENT, **sent).data["importBills"]["userErrors"][0]["code"] == "NOT_FOUND"
    assert ask(accountant, SENT, store=owner.store_id, file=sheets.csv(TWICE)).codes == ["FORBIDDEN"]
    assert ask(None, SENT, store=owner.store_id, file=sheets.csv(TWICE)).codes == ["UNAUTHENTICATED"]
    assert everything() == before


def test_a_category_that_is_new_is_made_and_a_merchants_usual_one_is_taken(owner: Person, send: Any) -> None:
    usual = Category.objects.create(store=owner.store, name="Bread", kind=Category.Kind.EXPENSE)
    Merchant.objects.create(store=owner.store, name="MILL", category=usual)
    send(
        "date,merchant,total,category,item,item category\n2024-03-01,Mill,1,,Flour,Cleaning\n2024-03-02,Oil,2,,,\n"
    )
    assert [(bill[12], [line[-1] for line in lines]) for bill, lines in bills(owner)] == [
        ("Bread", ["Cleaning"]),
        ("Other", []),
    ]
    assert Category.objects.get(name="Cleaning").kind == "EXPENSE"
    assert Merchant.objects.filter(name__iexact="mill").count() == 1


# --- Out, and in again

TEXTS = [
    "",
    "Mill",
    "=1+1",
    "'=x",
    "-10% Rabatt",
    "Ünïcode 🧾",
    'a "quoted", one',
    "two\nlines",
    "+49 30",
    "@home",
]


def every_kind(who: Person) -> None:
    own = Category.objects.create(store=who.store, name="Own things", kind=Category.Kind.EXPENSE)
    for place, text in enumerate(TEXTS):
        bill = books.bill(
            who.store,
            merchant_name=text,
            merchant=books.books.merchant_named(store=who.store, name=text),
            address=text,
            number=f"{place:04}",
            notes=text,
            status=list(Bill.Status)[place % 3],
            total=None if place == 3 else Decimal("12.50") * (place - 1),
            tax=Decimal("0.50") if place % 2 else None,
            time=None if place % 2 else "14:30:05",
            date=None if place == 4 else date(2026, 5, 1 + place),
            booked_on=date(2026, 5, 1 + place),
            currency="USD" if place == 5 else "EUR",
            category=own if place % 2 else books.books.built_in("fuel"),
        )
        for number in range(place % 4):
            amounts = {"unit_price": Decimal("1.2345"), "quantity": Decimal("0.125"), "discount": None}
            books.item(bill, description=TEXTS[place % 9 + 1], unit="kg", **amounts, total=Decimal(number))
    mill = books.books.merchant_named(store=who.store, name="Mill")
    for _ in range(2):  # alike in all
        books.bill(who.store, merchant_name="Mill", merchant=mill, date=date(2026, 5, 20))


def report(ask: Any, who: Person, range: str = "2026-01-01..2026-12-31") -> Any:
    return ask(who, REPORT, store=who.store_id, range=range).data["store"]["analytics"]["report"]


@pytest.mark.parametrize("format", ["csvUrl", "xlsxUrl"])
def test_what_goes_out_comes_into_an_empty_store_the_same(
    owner: Person, stranger: Person, ask: Any, send: Any, format: str
) -> None:
    every_kind(owner)
    answer = Client().get(report(ask, owner)[format])
    content = b"".join(answer)
    file = SimpleUploadedFile("bills", content)
    said = send(file, stranger)
    assert (errors(said), counts(said)) == ([], (Bill.objects.of(owner.store).count(), 0, 0, 0))
    assert said["ignoredColumns"] == ["Source"]
    assert bills(stranger) == bills(owner)
    for who, known in ((stranger, "again"), (owner, "at home")):
        file.seek(0)
        assert counts(send(file, who)) == (0, 0, len(bills(owner)), 0), known


def test_the_report_is_for_who_may_see_the_bills(owner: Person, stranger: Person, ask: Any) -> None:
    bill = books.bill(owner.store, number="N-1")
    books.item(bill)
    books.item(bill)
    found = report(ask, owner)
    assert found["rowCount"] == 2
    assert [row[0] for row in found["rows"]] == [str(bill.pk)] * 2
    assert report(ask, owner, "2020-01-01..2020-12-31")["rowCount"] == 0
    answer = ask(stranger, REPORT, store=owner.store_id, range="30d")
    assert answer.data == {"store": None}
    assert ids.encode("Bill", bill.pk) not in str(answer.data)


# --- The law of the rows

CELL = st.sampled_from(["", "2024-03-13", "1.50", "Mill", "-", "x" * 50, "\x00", "1/2/24", "void", "9" * 30])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=st.lists(st.dictionaries(st.sampled_from(list(NAMES)), CELL, max_size=8), max_size=8))
def test_every_row_is_in_one_bill_and_every_bill_is_whole_or_at_fault(rows: list[dict[str, str]]) -> None:
    numbered = [Row(n, {k: v for k, v in cells.items() if v}) for n, cells in enumerate(rows, 2)]
    found = list(bills_in(numbered, today=TODAY))
    assert sorted(row.number for said in found for row in said.rows) == [row.number for row in numbered]
    for said in found:
        assert said.faults or said.day
        assert said.faults or said.values["status"] != "CONFIRMED" or "total" in said.values


def test_hundreds_of_bills_are_entered_in_seconds(owner: Person, send: Any) -> None:
    """In the processor's seconds, however busy the machine is."""
    rows = [f"{2020 + n % 5}-{n % 12 + 1:02}-{n % 28 + 1:02},Shop {n % 40},{n}.25" for n in range(300)]
    file = "\n".join(["date,merchant,total", *rows, ""])
    began = time.process_time()
    assert counts(send(file)) == (300, 0, 0, 0)
    assert counts(send(file)) == (0, 0, 300, 0)
    assert time.process_time() - began < 4
    assert (Bill.objects.count(), Item.objects.count()) == (300, 0)
