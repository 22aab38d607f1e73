"""Products and customers from spreadsheets: good rows are kept, the others told, nothing comes twice."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from catalog import stock
from catalog.models import Brand, Category, Collection, Product
from core import tables
from core.errors import Refused
from core.models import AuditEntry
from core.roles import Role
from sales.models import Customer
from tests import shop
from tests import spreadsheets as sheets
from tests.conftest import Person, person
from tests.races import race
from tests.schema.world import everything

ASKED = """created updated unchanged skipped ignoredColumns replayed
  rowErrors { row field message } userErrors { code field message }"""
DOCUMENT = """mutation ($store: ID!, $file: Upload!, $dryRun: Boolean! = false, $key: String) {
  %s(input: {store: $store, file: $file, dryRun: $dryRun, idempotencyKey: $key}) { %s } }"""
HEADER = "SKU;Barcode;Product name;Price;Cost;Category;Artist;Album;Unit;Min stock;Track stock;Colour\n"
PEOPLE = "First name,Last name,E-Mail,Phone,City\n"

pytestmark = pytest.mark.django_db


@pytest.fixture
def products(owner: Person, ask: Any) -> Any:
    return sender(owner, ask, "importProducts")


@pytest.fixture
def customers(owner: Person, ask: Any) -> Any:
    return sender(owner, ask, "importCustomers")


def sender(who: Person, ask: Any, name: str) -> Any:
    def send(file: SimpleUploadedFile | str, **more: Any) -> Any:
        file = sheets.csv(file) if isinstance(file, str) else file
        document = DOCUMENT % (name, ASKED)
        return ask(who, document, **{"store": who.store_id, "file": file, **more}).data[name]

    return send


def counts(said: Any) -> tuple[int, int, int, int]:
    """Give created, updated, unchanged, skipped; the file as a whole was taken."""
    assert said["userErrors"] == []
    return said["created"], said["updated"], said["unchanged"], said["skipped"]


def errors(said: Any) -> list[tuple[int, str | None, str]]:
    return [(error["row"], error["field"], error["message"]) for error in said["rowErrors"]]


# --- Products


def test_every_column_of_a_product_is_taken(owner: Person, products: Any) -> None:
    said = products(
        HEADER + "A-1;4006381333931;Green  pen;1,50;0.80;Pens;Writer & Co;Summer;box;12;yes;green\n"
    )
    assert (counts(said), said["ignoredColumns"]) == ((1, 0, 0, 0), ["Colour"])
    pen = Product.objects.get()
    assert (pen.sku, pen.barcode, pen.name, pen.unit) == ("A-1", "4006381333931", "Green pen", "box")
    assert (pen.unit_price, pen.cost, pen.low_stock_threshold) == (Decimal("1.50"), Decimal("0.80"), 12)
    assert (pen.category.name, pen.category.kind, pen.brand.name) == ("Pens", "PRODUCT", "Writer & Co")
    assert (pen.collection.name, pen.collection.brand, pen.tracks_stock) == ("Summer", pen.brand, True)
    assert {pen.store, pen.brand.store, pen.category.store, pen.collection.store} == {owner.store}


def test_a_second_upload_changes_nothing_and_a_changed_row_changes_its_product(products: Any) -> None:
    file = HEADER + "".join(
        f"{sku};{code};{name};2.50;;Pens;Writer;;;;;\n"
        for sku, code, name in [("A", "", "Pen"), ("", "123", "Ink"), ("", "", "Paper")]
    )
    assert counts(products(file)) == (3, 0, 0, 0)
    kept = AuditEntry.objects.get(action="product.import")
    assert kept.after == {"created": 3, "updated": 0, "unchanged": 0, "skipped": 0}
    before = everything()
    assert counts(products(file)) == (0, 0, 3, 0)
    assert everything() == before
    assert counts(products("SKU,Price\na,2.75\n")) == (0, 1, 0, 0)
    assert counts(products("EAN,Name\n123,Black ink\n")) == (0, 1, 0, 0)
    assert counts(products("Title,Cost\npaper,1\n")) == (0, 1, 0, 0)
    prices = {p.name: (p.unit_price, p.cost, p.brand.name) for p in Product.objects.select_related("brand")}
    assert prices == {
        "Pen": (Decimal("2.75"), None, "Writer"),
        "Black ink": (Decimal("2.50"), None, "Writer"),
        "paper": (Decimal("2.50"), Decimal(1), "Writer"),
    }


def test_what_is_on_hand_is_no_matter_of_an_import(owner: Person, products: Any) -> None:
    pen = shop.product(owner.store, name="Pen", sku="A", on_hand="7")
    assert counts(products("SKU,Price,Stock\nA,9.99,100\n")) == (0, 1, 0, 0)
    pen.refresh_from_db()
    assert (pen.unit_price, pen.stock_on_hand, pen.name) == (Decimal("9.99"), 7, "Pen")
    assert stock.verify(store=owner.store) == []


def test_good_rows_are_kept_and_each_bad_one_is_told_with_its_row_and_field(
    owner: Person, products: Any
) -> None:
    shop.product(owner.store, name="Twin", barcode="77")
    shop.product(owner.store, name="Same")
    shop.product(owner.store, name="same")
    rows = [
        "name,price,sku,barcode,cost,track stock,category",
        "Bread,2.50,B,,,,",
        "Rolls,cheap,,,,,",  # 3
        "Cake,-1,,,,,",
        "Pie,1.999,,,,,",
        ",1,,,,,",  # 6
        "Free,,,,,,",
        "Bun,1,b,,,,",
        "Ring,1,R,77,,,",  # 9
        "Same,1,,,,,",
        "Sum,1,,4.00638E+12,,,",
        "Long,1," + "x" * 65 + ",,,,",  # 12
        "Wide,1,,,,,,more",
        "Yes,1,,,,perhaps,",
        ",,,,,,",
        "Sort,1,,,,," + "x" * 101,  # 16
        "Milk,1.20,,,,no,",
    ]
    said = products("\n".join(rows))
    assert counts(said) == (2, 0, 0, 13)
    assert [(row, field) for row, field, _ in errors(said)] == [
        (3, "unitPrice"), (4, "unitPrice"), (5, "unitPrice"), (6, "name"), (7, "unitPrice"), (8, None),
        (9, "barcode"), (10, None), (11, "barcode"), (12, "sku"), (13, None), (14, "tracksStock"),
        (16, "category"),
    ]  # fmt: skip
    told = {row: message for row, _, message in errors(said)}
    assert told[3] == "'cheap' is no number."
    assert told[8] == "Row 2 is about the same one."
    assert "format the column as text" in told[11]
    assert {product.name for product in Product.objects.all()} == {"Twin", "Same", "same", "Bread", "Milk"}
    assert not Category.objects.filter(store=owner.store).exists()


def test_names_are_found_in_whatever_case_and_made_once(owner: Person, products: Any) -> None:
    brand, pens = shop.brand(owner.store, "Writer"), shop.genre(owner.store, "Pens")
    summer = shop.collection(owner.store, "Summer", brand=brand)
    said = products(
        "name,price,brand,category,collection\n"
        "One,1,WRITER,pens,summer\nTwo,1,,,Summer\nThree,1,Other,Ink,Summer\nFour,1,other,ink,summer\n"
    )
    assert counts(said) == (4, 0, 0, 0)
    made = {product.name: product for product in Product.objects.select_related("brand", "collection")}
    assert (made["One"].brand, made["One"].category, made["One"].collection) == (brand, pens, summer)
    assert (made["Two"].brand, made["Two"].collection) == (brand, summer)  # the collection's own
    assert made["Three"].collection == made["Four"].collection != summer
    assert made["Three"].collection.brand == made["Three"].brand
    assert (Brand.objects.count(), Collection.objects.count()) == (2, 2)


def test_a_category_of_bills_is_none_of_products_and_a_store_has_room_for_so_many(
    owner: Person, products: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.labels.MAX_OWN", 2)
    Category.objects.create(store=owner.store, name="Pens", kind="EXPENSE")
    said = products("name,price,category\nA,1,Pens\nB,1,Ink\nC,1,pens\n")
    assert counts(said) == (2, 0, 0, 1)
    assert errors(said) == [(3, "category", "A store has at most 2 categories.")]


def test_only_so_many_errors_are_told_but_all_are_counted(products: Any) -> None:
    said = products("name,price\n" + "".join(f"P{number},x\n" for number in range(150)))
    assert (counts(said), len(said["rowErrors"])) == ((0, 0, 0, 150), 100)


# --- Customers


def test_every_column_of_a_customer_is_taken(owner: Person, customers: Any) -> None:
    said = customers(
        "Vorname;Nachname;Firma;Straße;PLZ;Ort;State;Land;Telefon;Fax;E-Mail;Notizen;Rabatt\n"
        "Ana;Reed;Reed & Co;Mühlgasse 1;01234;Dresden;SN;Germany;+49 1;+49 2;ana@example.com;Regular;5\n"
    )
    assert (counts(said), said["ignoredColumns"]) == ((1, 0, 0, 0), ["Rabatt"])
    ana = Customer.objects.get()
    assert (ana.store, ana.name, ana.company, ana.address) == (
        owner.store,
        "Ana Reed",
        "Reed & Co",
        "Mühlgasse 1",
    )
    assert (ana.postal_code, ana.city, ana.state, ana.country) == ("01234", "Dresden", "SN", "Germany")
    assert (ana.phone, ana.fax, ana.email, ana.notes) == ("+49 1", "+49 2", "ana@example.com", "Regular")


def test_a_customer_is_known_by_the_email_else_by_name_and_phone(customers: Any) -> None:
    file = (
        PEOPLE + "Ana,Reed,ana@example.com,1,Porto\nBo,Lind,,+351 22,Porto\nBo,Lind,,33,Porto\nCy,,,,Porto\n"
    )
    assert counts(customers(file)) == (4, 0, 0, 0)
    before = everything()
    assert counts(customers(file)) == (0, 0, 4, 0)
    assert everything() == before
    again = "Anna,Reed,ANA@example.com,1,Faro\nBO,Lind,,(351) 22,Faro\nCy,,,,Porto\n"
    assert counts(customers(PEOPLE + again)) == (0, 2, 1, 0)
    assert {(it.first_name, it.email, it.city) for it in Customer.objects.all()} == {
        ("Anna", "ANA@example.com", "Faro"), ("BO", "", "Faro"), ("Bo", "", "Porto"), ("Cy", "", "Porto")
    }  # fmt: skip


def test_a_name_in_one_column_is_parted(customers: Any) -> None:
    assert counts(customers('Name\nAna Maria Reed\n"Lind, Bo"\nCher\n')) == (3, 0, 0, 0)
    assert {(it.first_name, it.last_name) for it in Customer.objects.all()} == {
        ("Ana Maria", "Reed"), ("Bo", "Lind"), ("", "Cher")
    }  # fmt: skip


def test_bad_rows_of_customers_are_told(owner: Person, customers: Any) -> None:
    shop.customer(owner.store, email="two@example.com")
    shop.customer(owner.store, email="TWO@example.com")
    said = customers(
        PEOPLE + "Ana,Reed,no address,,\n,,,,Porto\nBo,Lind,two@example.com,,\nCy,Moe,cy@example.com,,\n"
        "Cyril,Moe,CY@example.com,,\n" + "x" * 101 + ",,,,\n"
    )
    assert counts(said) == (1, 0, 0, 5)
    assert [(row, field) for row, field, _ in errors(said)] == [
        (2, "email"), (3, None), (4, None), (6, None), (7, "firstName")
    ]  # fmt: skip


# --- Files


def test_a_spreadsheet_will_do_as_well(products: Any) -> None:
    file = sheets.xlsx(
        ["Name", "Price", "EAN", "Track stock"],
        ["Pen", 2.5, 4006381333931.0, False],
        [None, None, None, None],
        ["Ink", "=1+6", "0012", True],
        ["=A1", 19.989999999999998, None, None],
    )
    said = products(file)
    assert counts(said) == (3, 0, 0, 0)
    rows = Product.objects.order_by("pk").values_list("name", "unit_price", "barcode", "tracks_stock")
    assert [*rows] == [
        ("Pen", Decimal("2.50"), "4006381333931", False),
        ("Ink", Decimal("7.00"), "0012", True),
        ("7", Decimal("19.99"), "", True),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_text_in_the_usual_encodings_and_delimiters_is_read(
    products: Any, encoding: str, mark: str
) -> None:
    text = f"name{mark}price\r\nCafé crème – “grand”{mark}2.50\r\n"
    assert counts(products(sheets.csv(text, encoding))) == (1, 0, 0, 0)
    assert Product.objects.get().name == "Café crème – “grand”"


def test_quotes_lines_in_cells_and_excels_first_line_are_understood(products: Any) -> None:
    said = products('sep=;\r\nname;price;notes\r\n"Pen; ""blue""";"1,50";"two\nlines"\r\nInk;x;\r\n')
    assert counts(said) == (1, 0, 0, 1)
    assert errors(said)[0][:2] == (3, "unitPrice")
    assert Product.objects.get().name == 'Pen; "blue"'


def test_what_looks_like_a_formula_is_a_text(products: Any) -> None:
    assert counts(products('name,price\n"=HYPERLINK(""x"")",1\n+Pen,=1\n')) == (1, 0, 0, 1)
    assert Product.objects.get().name == '=HYPERLINK("x")'


def wide() -> SimpleUploadedFile:
    return sheets.package(
        '<sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )


BAD_FILES = {
    "nothing": (lambda: sheets.csv(" "), "INVALID"),
    "no header": (lambda: sheets.csv("Bread,2.50\nRolls,1\n"), "INVALID"),
    "one thing in two columns": (
        lambda: sheets.csv("name,price,Sale price,email,E-Mail\nA,1,2\n"),
        "INVALID",
    ),
    "a picture": (lambda: SimpleUploadedFile("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(50)), "FILE_TYPE"),
    "an old spreadsheet": (lambda: SimpleUploadedFile("a.xls", b"\xd0\xcf\x11\xe0" + bytes(50)), "FILE_TYPE"),
    "no text": (lambda: SimpleUploadedFile("a.csv", b"name,price\n\x81\x8d,1\n"), "FILE_TYPE"),
    "more than 5 MB": (lambda: sheets.csv("name,price\n" + "x" * tables.MAX_BYTES), "FILE_TOO_LARGE"),
    "more than 20,000 rows": (lambda: sheets.csv("name,price\n" + "a,1\n" * 20_001), "FILE_TOO_LARGE"),
    "more than 100 columns": (lambda: sheets.csv("name,price" + ",x" * 99 + "\nA,1\n"), "FILE_TOO_LARGE"),
    "an endless cell": (lambda: sheets.csv('name,price\n"' + "x" * 200_000), "FILE_UNREADABLE"),
    "another zip": (lambda: SimpleUploadedFile("a.xlsx", b"PK\x03\x04 no more"), "FILE_UNREADABLE"),
    "a grid of any size": (wide, "FILE_UNREADABLE"),
    "no sheet that is XML": (lambda: sheets.package("<sheetData><row"), "FILE_UNREADABLE"),
}


@pytest.mark.parametrize("case", BAD_FILES)
@pytest.mark.parametrize("what", ["products", "customers"])
def test_a_file_that_will_not_do_is_refused_and_nothing_changes(
    request: Any, owner: Person, what: str, case: str
) -> None:
    send = request.getfixturevalue(what)
    make, code = BAD_FILES[case]
    before = everything()
    said = send(make(), key="k")
    assert [(error["code"], error["field"]) for error in said["userErrors"]] == [(code, ["file"])]
    assert (said["created"], said["rowErrors"]) == (0, [])
    assert everything() == before


def test_a_small_file_that_unpacks_to_a_huge_one_ends_in_a_refusal(products: Any) -> None:
    said = products(sheets.bomb(20))
    assert [error["code"] for error in said["userErrors"]] == ["FILE_TOO_LARGE"]


def test_what_is_no_file_is_refused(owner: Person, ask: Any) -> None:
    before = everything()
    answer = ask(owner, DOCUMENT % ("importProducts", ASKED), store=owner.store_id, file="name,price")
    assert answer.data["importProducts"]["userErrors"][0]["code"] == "REQUIRED"
    assert everything() == before


# --- Once


@pytest.mark.parametrize("what", ["products", "customers"])
def test_a_dry_run_counts_and_tells_the_same_and_changes_nothing(
    request: Any, owner: Person, what: str
) -> None:
    send = request.getfixturevalue(what)
    file = "name,price,email,brand\nAna Reed,1,a@example.com,New\nBo Lind,1,b@example.com,\n"
    file += "x" * 301 + ",1,,\n"
    before = everything()
    tried = send(file, dryRun=True)
    assert everything() == before
    assert counts(tried) == (2, 0, 0, 1)
    assert send(file) == tried


@pytest.mark.parametrize("what", ["products", "customers"])
def test_an_import_sent_again_with_its_key_is_answered_from_the_record(
    request: Any, owner: Person, what: str
) -> None:
    send = request.getfixturevalue(what)
    file = "name,price,other\nAna Reed,1,\n" + "x" * 301 + ",1,\n"
    first = send(file, key="k")
    before = everything()
    assert send(file, key="k") == {**first, "replayed": True}
    assert send(file + "Bo,1,\n", key="k")["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert send(file, key="k", dryRun=True)["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert everything() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("what", "model"), [("importProducts", Product), ("importCustomers", Customer)])
def test_two_uploads_of_one_file_at_once_enter_it_once(
    owner: Person, ask: Any, what: str, model: Any
) -> None:
    send = sender(owner, ask, what)
    file = "name,price\n" + "".join(f"Ana {number},1\n" for number in range(50))
    found = race(*[lambda: counts(send(file))] * 2)
    assert sorted(found) == [(0, 0, 50, 0), (50, 0, 0, 0)]
    assert model.objects.count() == 50


def test_an_import_costs_the_same_number_of_statements_however_many_rows(
    owner: Person, products: Any, customers: Any, statements: Any
) -> None:
    for send in (products, customers):
        spent = []
        for size in (2, 40):
            header = "name,price,brand,collection,category,email\n"
            rows = (f"Ana {size} {n},1,B{n},C{n},K{n},{size}.{n}@example.com\n" for n in range(size))
            with statements() as counted:
                assert send(header + "".join(rows))["created"] == size
            spent.append(len(counted))
        assert spent[1] <= spent[0]


# --- Who


@pytest.mark.parametrize(
    ("name", "may"), [("importProducts", {Role.MANAGER}), ("importCustomers", {Role.MANAGER, Role.STAFF})]
)
def test_who_may_edit_may_import(
    owner: Person, stranger: Person, ask: Any, name: str, may: set[Role]
) -> None:
    before = everything()
    document = DOCUMENT % (name, ASKED)
    file = "name,price\nAna Reed,1\n"
    sent = {"store": owner.store_id, "file": sheets.csv(file)}
    assert ask(stranger, document, **sent).data[name]["userErrors"][0]["code"] == "NOT_FOUND"
    assert everything() == before
    for role in (Role.MANAGER, Role.STAFF, Role.ACCOUNTANT):
        member = person(f"{role.lower()}@example.com", store=owner.store, role=role)
        answer = ask(member, document, store=owner.store_id, file=sheets.csv(file))
        assert answer.codes == ([] if role in may else ["FORBIDDEN"])
    assert Product.objects.count() + Customer.objects.count() == 1


def test_another_stores_products_and_customers_are_neither_found_nor_changed(
    owner: Person, stranger: Person, products: Any, customers: Any
) -> None:
    theirs = shop.product(stranger.store, name="Pen", sku="A", barcode="1")
    them = shop.customer(stranger.store, email="ana@example.com")
    assert counts(products("name,price,sku,barcode\nPen,9,A,1\n")) == (1, 0, 0, 0)
    assert counts(customers("name,email\nAna,ana@example.com\n")) == (1, 0, 0, 0)
    theirs.refresh_from_db()
    them.refresh_from_db()
    assert (theirs.unit_price, them.first_name) == (Decimal("2.50"), "Luís")


# --- Numbers as people write them


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2.50", "2.50"), ("2,50", "2.50"), ("1,234.50", "1234.50"), ("1.234,50", "1234.50"),
        ("1'234.50", "1234.50"), ("1 234,5", "1234.5"), ("1.234.567", "1234567"), ("€ 2,50", "2.50"),
        ("2.50 EUR", "2.50"), ("$1,000.00", "1000.00"), ("-5", "-5"), (".5", "0.5"), ("1,234", "1.234"),
        ("12", "12"),
    ],
)  # fmt: skip
def test_a_number_is_read_as_people_write_it(text: str, number: str) -> None:
    assert tables.number(text) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "abc", "12 for 3", "1.2.3", "1,2,3.4", "1e5", "2-3", "1" * 41, "1,23.456"]
)
def test_what_could_be_another_number_is_none(text: str) -> None:
    with pytest.raises(Refused, match="is no number"):
        tables.number(text)
