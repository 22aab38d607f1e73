"""`manage.py import_chinook`: either form of the file, once, all or nothing."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.utils import timezone

from catalog.models import Brand, Category, Collection, Product
from core.models import AuditEntry, Membership, Store, User
from core.roles import Role
from demo import services as demo
from sales.chinook import entry, homes
from sales.chinook.dumps import Unreadable, read
from sales.chinook.shop import shop_in
from sales.models import Customer, Order, OrderEvent, OrderLine, Payment
from tests.conftest import PASSWORD, Person, person
from tests.races import race
from tests.sales import discs
from tests.schema.world import everything

ROOT = Path(__file__).parents[2]
ORIGINAL = ROOT.parent / "shared" / "chinook"
FORMS = {"SQLite": discs.sqlite_file, "PostgreSQL": discs.script}
NOTHING = dict.fromkeys(discs.CREATED, 0)

pytestmark = pytest.mark.django_db


@pytest.fixture(params=FORMS)
def form(request: Any) -> Any:
    return FORMS[request.param]


@pytest.fixture
def file(tmp_path: Path, form: Any) -> Path:
    return form(tmp_path / "discs")


def run(path: Path, *arguments: str) -> tuple[dict[str, Any], str]:
    """Run the command; give its last line, and the ones before."""
    said = StringIO()
    call_command("import_chinook", str(path), "--json", *arguments, stdout=said)
    *lines, last = said.getvalue().splitlines()
    return json.loads(last), "\n".join(lines)


def into(who: Person, path: Path, *arguments: str) -> dict[str, Any]:
    return run(path, "--store", who.store_id, *arguments)[0]


def test_a_file_becomes_a_catalogue_customers_and_paid_orders(file: Path, owner: Person) -> None:
    said = into(owner, file)
    assert said == {"created": discs.CREATED, "in_store": {**discs.CREATED, "total": "4.95"}}
    tracks = {track.name: track for track in Product.objects.of(owner.store)}
    dawn, loose = tracks["Dawn"], tracks["Loose"]
    assert (dawn.brand.name, dawn.collection.name, dawn.category.name) == (
        "Brass & Co",
        "First Light",
        "Jazz",
    )
    assert (dawn.unit_price, dawn.tracks_stock, dawn.category.kind) == (Decimal("0.99"), False, "PRODUCT")
    assert dawn.attributes == {
        "composer": "J. O'Neil; C. Ray", "milliseconds": 1000, "bytes": 4096, "media_type": "MPEG audio file"
    }  # fmt: skip
    assert (loose.brand, loose.collection, loose.category) == (None, None, None)
    assert "Straße, Nº 7 -- /* slow */" in tracks
    assert Collection.objects.get(name="It's Late").brand.name == "Jo's Trio"
    luis = Customer.objects.get(first_name="Luís")
    assert (luis.address, luis.country, luis.email) == ("1 Mill; Lane\\n", "Portugal", "1@buyers.example")


def test_an_invoice_is_a_completed_order_that_is_paid_at_its_time(file: Path, owner: Person) -> None:
    Store.objects.update(timezone="America/New_York")
    into(owner, file)
    first, second, free = Order.objects.of(owner.store).order_by("number")  # by their dates
    assert [order.number for order in (first, second, free)] == [1, 2, 3]
    assert first.placed_at == first.closed_at == datetime(2021, 1, 1, 14, 30, tzinfo=UTC)
    assert second.placed_at == datetime(2021, 1, 2, 5, tzinfo=UTC)
    assert (second.status, second.channel, second.currency) == ("COMPLETED", "IMPORT", "EUR")
    assert (second.total, second.paid, second.customer.first_name) == (
        Decimal("3.96"),
        Decimal("3.96"),
        "Luís",
    )
    lines = second.lines.order_by("position").values_list(
        "position", "name", "quantity", "unit_price", "total"
    )
    assert [*lines] == [
        (1, "Dawn", 2, Decimal("0.99"), Decimal("1.98")),
        (2, "Straße, Nº 7 -- /* slow */", 2, Decimal("0.99"), Decimal("1.98")),
    ]
    paid = Payment.objects.get(order=second)
    assert (paid.method, paid.status, paid.amount) == ("OTHER", "CAPTURED", Decimal("3.96"))
    assert paid.created_at == paid.captured_at == second.placed_at
    placed = OrderEvent.objects.get(order=second)
    assert (placed.before, placed.after, placed.created_at) == ("", "COMPLETED", second.placed_at)
    assert not free.payments.exists()


def test_a_second_run_changes_nothing_whichever_form_the_file_has(tmp_path: Path, owner: Person) -> None:
    into(owner, discs.sqlite_file(tmp_path / "a"))
    before = everything()
    for path in (tmp_path / "a", discs.script(tmp_path / "b")):
        said = into(owner, path, "--until", "today")
        assert said == {"created": NOTHING, "in_store": {**discs.CREATED, "total": "4.95"}}
    assert everything() == before


def test_what_was_added_to_a_file_comes_in_and_takes_the_next_number(tmp_path: Path, owner: Person) -> None:
    into(owner, discs.sqlite_file(tmp_path / "a"))
    more = discs.shop()
    more["Invoice"].append({**more["Invoice"][1], "InvoiceId": 9})
    more["InvoiceLine"].append({**more["InvoiceLine"][2], "InvoiceLineId": 9, "InvoiceId": 9})
    said = into(owner, discs.script(tmp_path / "b", more))
    assert said["created"] == {**NOTHING, "orders": 1, "lines": 1}
    assert Order.objects.get(natural_key="chinook:invoice:9").number == 4


def test_two_stores_have_a_copy_each(file: Path, owner: Person, stranger: Person) -> None:
    into(owner, file)
    assert into(stranger, file)["created"] == discs.CREATED
    assert Order.objects.of(owner.store).count() == Order.objects.of(stranger.store).count() == 3


def test_a_dry_run_says_what_would_be_and_writes_nothing(file: Path, owner: Person) -> None:
    before = everything()
    said, told = run(file, "--dry-run")
    assert said["created"] == discs.CREATED
    assert "nothing was written" in told
    assert everything() == before


def test_brands_and_categories_that_the_store_has_are_those_of_the_file(file: Path, owner: Person) -> None:
    brand = Brand.objects.create(store=owner.store, name="BRASS & CO")
    jazz = Category.objects.create(store=owner.store, name="jazz", kind="PRODUCT")
    Category.objects.create(store=owner.store, name="R&B/Soul", kind="EXPENSE")
    assert into(owner, file)["created"] == {**discs.CREATED, "brands": 1, "categories": 1}
    dawn = Product.objects.get(name="Dawn")
    assert (dawn.brand, dawn.category) == (brand, jazz)
    assert into(owner, file)["created"] == NOTHING


def test_a_store_full_of_categories_takes_no_more(
    file: Path, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sales.chinook.catalogue.MAX_OWN", 1)
    before = everything()
    with pytest.raises(CommandError, match="at most 1 categories"):
        into(owner, file)
    assert everything() == before


# --- Dates


def test_all_invoices_move_by_whole_days_so_that_the_newest_is_of_today(file: Path, owner: Person) -> None:
    Store.objects.update(timezone="Pacific/Kiritimati")  # where it is tomorrow for most of the world
    into(owner, file, "--until", "today")
    days = [order.placed_at.astimezone(owner_zone(owner)) for order in Order.objects.order_by("number")]
    today = timezone.localdate(timezone=owner_zone(owner))
    assert [(today - day.date()).days for day in days] == [58, 57, 0]
    assert [day.strftime("%H:%M") for day in days] == ["09:30", "00:00", "00:00"]


def test_the_newest_invoice_falls_on_the_day_that_is_asked_for(file: Path, owner: Person) -> None:
    into(owner, file, "--until", "2025-06-30")
    assert Order.objects.latest("placed_at").placed_at.date() == date(2025, 6, 30)


def owner_zone(who: Person) -> Any:
    return Store.objects.get(pk=who.store.pk).zone


# --- Whose store


def test_without_a_store_the_demo_account_gets_a_music_store_and_keeps_it(file: Path, built_in: None) -> None:
    said, told = run(file)
    store = Store.objects.get()
    assert (store.type, store.currency, store.name) == ("MUSIC", "USD", "Chinook")
    assert 'Store "Chinook" of demo@tillsight.example' in told
    assert said["in_store"]["orders"] == 3
    Store.objects.update(name="Another name")
    assert run(file)[0]["created"] == NOTHING
    assert Store.objects.count() == 1


def test_the_demo_store_is_filled_after_the_music_store_too_and_both_are_removed(
    file: Path, built_in: None
) -> None:
    run(file)
    assert demo.fill() is not None
    assert demo.fill() is None
    assert {store.name for store in Store.objects.all()} == {"Corner Market", "Chinook"}
    demo.reset()
    assert not Store.objects.exists()
    assert not Order.objects.exists()


def test_an_account_may_be_named_as_the_owner_and_its_own_music_store_is_let_alone(
    file: Path, owner: Person
) -> None:
    own = Store.objects.create(name="Strings", type="MUSIC")
    Membership.objects.create(user=owner.user, store=own, role=Role.OWNER)
    assert "of owner@example.com" in run(file, "--owner", "owner@example.com")[1]
    opened = Store.objects.get(name="Chinook")
    assert Membership.objects.get(store=opened, role=Role.OWNER).user == owner.user
    assert not Product.objects.of(own).exists()
    assert Order.objects.of(opened).count() == 3


def test_in_production_an_administrator_owns_it_or_nobody_does(
    file: Path, owner: Person, settings: Any
) -> None:
    settings.DEMO_LOGIN = settings.DEMO_PASSWORD = ""
    before = everything()
    with pytest.raises(CommandError, match="--owner"):
        run(file)
    assert everything() == before
    User.objects.get_queryset().filter(pk=owner.user.pk).update(role="ADMIN")
    assert "of owner@example.com" in run(file)[1]


@pytest.mark.parametrize("id", ["999", "x", "U3RvcmU6OTk5", "VXNlcjox", "9" * 30])
def test_a_store_that_is_not_there_is_said_to_be_missing(file: Path, owner: Person, id: str) -> None:
    before = everything()
    with pytest.raises(CommandError, match=f"There is no store {id}"):
        run(file, "--store", id)
    assert everything() == before


def test_the_admin_pages_number_of_a_store_will_do(file: Path, owner: Person) -> None:
    assert run(file, "--store", str(owner.store.pk))[0]["created"] == discs.CREATED


def test_an_archived_store_and_an_unknown_owner_are_refused(file: Path, owner: Person) -> None:
    Store.objects.update(archived_at=timezone.now())
    with pytest.raises(CommandError, match="archived"):
        into(owner, file)
    with pytest.raises(CommandError, match="no account"):
        run(file, "--owner", "nobody@example.com")


# --- Employees


def test_employees_become_members_who_cannot_sign_in(file: Path, owner: Person, ask: Any) -> None:
    told = run(file, "--store", owner.store_id)[1]
    assert "1 employees became members" in told
    assert "1 employees did not" in told
    pat = Membership.objects.get(store=owner.store, role=Role.STAFF).user
    assert (pat.email, pat.first_name, pat.is_active, pat.has_usable_password()) == (
        "pat@discs.example", "Pat", False, False
    )  # fmt: skip
    sign_in = """mutation ($email: String!, $password: String!) {
      tokenAuth(input: {login: $email, password: $password}) { accessToken userErrors { code } } }"""
    for password in ("", PASSWORD):
        answer = ask(None, sign_in, email=pat.email, password=password).data["tokenAuth"]
        assert answer["accessToken"] is None


@pytest.mark.parametrize("is_active", [True, False])
def test_an_account_that_is_somebodys_does_not_become_a_member(
    file: Path, owner: Person, is_active: bool
) -> None:
    somebody = person("pat@discs.example", is_active=is_active, email_verified_at=timezone.now())
    into(owner, file)
    assert not Membership.objects.filter(store=owner.store, user=somebody.user).exists()


# --- Files that will not do


def lacking(table: str) -> discs.Tables:
    return {name: rows for name, rows in discs.SHOP.items() if name != table}


def spoilt(table: str, row: int, **columns: Any) -> discs.Tables:
    tables = discs.shop()
    tables[table][row] |= columns
    return tables


BROKEN = {
    "no tables of it": ({"Other": [{"a": 1}]}, "no Chinook file"),
    "no lines": (lacking("InvoiceLine"), "lacks the table invoiceline"),
    "no media types": (lacking("MediaType"), "lacks the table mediatype"),
    "another column": (
        {**discs.SHOP, "Genre": [{"GenreId": 1, "Title": "Jazz"}]},
        "table genre lacks the column name",
    ),
    "an album of nobody": (spoilt("Album", 1, ArtistId=7), "album, row 2: artistid names 7"),
    "an invoice of nobody": (spoilt("Invoice", 1, CustomerId=7), "invoice, row 2: customerid names 7"),
    "a line of no invoice": (spoilt("InvoiceLine", 1, InvoiceId=7), "invoiceline, row 2: invoiceid names 7"),
    "a total of its own": (spoilt("Invoice", 0, Total=4.0), "invoice, row 1: the total is 4.00, its lines make 3.96"),
    "a key twice": (spoilt("Artist", 1, ArtistId=1), "artist, row 1: stands there twice"),
    "no key": (spoilt("Artist", 1, ArtistId=None), "artist, row .: artistid is no whole number"),
    "no name": (spoilt("Track", 0, Name=""), "track, row 1: name is empty"),
    "a long name": (spoilt("Track", 0, Name="x" * 201), "track, row 1: name has more than 200"),
    "no price": (spoilt("Track", 0, UnitPrice="cheap"), "track, row 1: unitprice is no amount"),
    "a price below 0": (spoilt("Track", 0, UnitPrice=-1.0), "track, row 1: unitprice is no amount"),
    "a price of no end": (spoilt("Track", 0, UnitPrice="Infinity"), "track, row 1: unitprice is no amount"),
    "no date": (spoilt("Invoice", 0, InvoiceDate="2021-02-30 00:00:00"), "invoice, row 1: invoicedate is no date"),
    "nothing bought": (spoilt("InvoiceLine", 0, Quantity=0), "invoiceline, row 1: quantity must be above 0"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_does_not_fit_together_is_refused_as_a_whole(
    owner: Person, tmp_path: Path, form: Any, case: str
) -> None:
    tables, message = BROKEN[case]
    before = everything()
    with pytest.raises(CommandError, match=message):
        into(owner, form(tmp_path / "file", tables))
    assert everything() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no Chinook file"),
        (b"hello", "no Chinook file"),
        (b"\xff\xfe\x00", "neither a SQLite file nor"),
        (b"SQLite format 3\x00" + bytes(100), "SQLite file that cannot be read"),
        (b"INSERT INTO artist (artist_id, name) VALUES (1, 'x');", "lacks the table album"),
        (b"INSERT INTO artist (artist_id, name)\nVALUES (1, 'x'", "Line 2 of the script"),
        (b"INSERT INTO artist (artist_id, name)\nVALUES (1);", "1 values for 2 columns"),
        (b"INSERT INTO artist (artist_id, name)\nVALUES (1, now());", "Line 2"),
        (b"INSERT INTO artist (artist_id, name)\nVALUES (1, 'x);", "Line 2"),
        (b"INSERT INTO artist SELECT 1;", r"\( was expected, not 'SELECT'"),
    ],
)
def test_what_is_no_chinook_file_is_told_apart(
    owner: Person, tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "file").write_bytes(content)
    before = everything()
    with pytest.raises(CommandError, match=message):
        into(owner, tmp_path / "file")
    with pytest.raises(CommandError, match="cannot be read: "):
        into(owner, tmp_path / "missing")
    assert everything() == before


def test_a_script_may_be_written_in_other_ways(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(
        """
        CREATE FUNCTION f() RETURNS int AS $body$ INSERT INTO "Artist" VALUES ('; $$'); $body$ LANGUAGE sql;
        INSERT INTO public."Artist" ("ArtistId", "Name") VALUES (1, N'It''s'), (-2, E'It\\'s\\n\\\\');
        insert into artist (artist_id, name) values (3.5::numeric(10, 2), timestamp '2021-01-01');
        INSERT INTO artist (artist_id, name) VALUES (4, NULL) ON CONFLICT DO NOTHING;
        CREATE TABLE IF NOT EXISTS "Empty" (a int);
        """
    )
    assert read(tmp_path / "file") == {
        "artist": [
            {"artistid": "1", "name": "It's"},
            {"artistid": "-2", "name": "It's\n\\"},
            {"artistid": "3.5", "name": "2021-01-01"},
            {"artistid": "4", "name": None},
        ],
        "empty": [],
    }


def test_a_refused_file_ends_the_program_with_an_error_and_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("hello")
    command = [sys.executable, "manage.py", "import_chinook", str(tmp_path / "file"), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == "CommandError: This is no Chinook file: it holds none of its tables."


def test_a_break_in_the_middle_leaves_nothing(
    file: Path, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise OSError("The disk is full.")

    monkeypatch.setattr("sales.chinook.invoices._payment", broken)
    before = everything()
    with pytest.raises(OSError, match="full"):
        into(owner, file)
    assert everything() == before


def test_an_import_is_kept_in_the_audit_once(file: Path, owner: Person) -> None:
    into(owner, file)
    into(owner, file)
    kept = AuditEntry.objects.get(action="store.import_chinook")
    assert (kept.store, kept.actor) == (owner.store, None)
    assert kept.after == {**discs.CREATED, "members": 1}


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_enter_one_copy(tmp_path: Path, owner: Person) -> None:
    shop = shop_in(read(discs.script(tmp_path / "file")))
    found = race(*[lambda: entry.enter(store=owner.store, shop=shop).created.orders] * 2)
    assert sorted(found) == [0, 3]
    assert entry.count(owner.store).orders == 3


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_open_one_store(owner: Person) -> None:
    opened = race(*[lambda: homes.music_store(owner="owner@example.com")] * 2)
    assert opened[0] == opened[1]


def test_progress_is_told_of_every_row(file: Path, owner: Person) -> None:
    told: list[int] = []
    shop = shop_in(read(file))
    entry.enter(store=owner.store, shop=shop, progress=told.append)
    assert sum(told) == shop.size
    assert shop.size == 2 + 2 + 2 + 4 + 2 + 2 + 3


def test_a_script_of_any_length_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "big").open("wb") as big:
        big.truncate(201 * 2**20)
    with pytest.raises(Unreadable, match="200 MB"):
        read(tmp_path / "big")


# --- The original


needs_original = pytest.mark.skipif(not ORIGINAL.exists(), reason="the original files are not here")
SIZES = {
    "brands": 275, "collections": 347, "products": 3503, "categories": 25, "customers": 59, "orders": 412,
    "lines": 2240,
}  # fmt: skip
COUNTRIES = """SELECT c.Country, round(100 * sum(i.Total)) FROM Invoice i
  JOIN Customer c USING (CustomerId) GROUP BY 1"""
GENRES = "SELECT g.Name, count(*) FROM Track JOIN Genre g USING (GenreId) GROUP BY 1"
TOP = """SELECT t.TrackId, sum(l.Quantity) FROM InvoiceLine l JOIN Track t USING (TrackId) GROUP BY 1"""
DAYS = "SELECT date(InvoiceDate), count(*) FROM Invoice GROUP BY 1"


@needs_original
def test_the_original_has_the_same_figures_as_sql_on_its_file(owner: Person) -> None:
    sqlite, postgres = ORIGINAL / "Chinook_Sqlite.sqlite", ORIGINAL / "Chinook_PostgreSql.sql"
    assert shop_in(read(sqlite)) == shop_in(read(postgres))
    said = into(owner, sqlite)
    assert said == {"created": SIZES, "in_store": {**SIZES, "total": "2328.60"}}
    with closing(sqlite3.connect(f"{sqlite.as_uri()}?mode=ro", uri=True)) as database:
        countries, genres, top, days = (dict(database.execute(sql)) for sql in (COUNTRIES, GENRES, TOP, DAYS))
    orders = Order.objects.of(owner.store)
    by_country: Counter[str] = Counter()
    for country, total in orders.values_list("customer__country", "total"):
        by_country[country] += int(total * 100)
    assert by_country == countries
    products = Product.objects.of(owner.store)
    assert Counter(products.values_list("category__name", flat=True)) == genres
    sold = OrderLine.objects.of(owner.store).values_list("product__natural_key").annotate(Sum("quantity"))
    assert {int(key.rpartition(":")[2]): quantity for key, quantity in sold} == top
    assert Counter(str(at.date()) for at in orders.values_list("placed_at", flat=True)) == days
    assert into(owner, postgres)["created"] == NOTHING
