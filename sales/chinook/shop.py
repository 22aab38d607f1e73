"""What a Chinook file tells of its shop, checked before anything is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as Time
from decimal import Decimal, InvalidOperation

from sales.chinook.dumps import Row, Tables, Unreadable

TABLES: dict[str, tuple[str, ...]] = {
    "artist": ("artistid", "name"),
    "album": ("albumid", "title", "artistid"),
    "genre": ("genreid", "name"),
    "mediatype": ("mediatypeid", "name"),
    "track": (
        "trackid", "name", "albumid", "mediatypeid", "genreid", "composer", "milliseconds", "bytes",
        "unitprice",
    ),
    "employee": ("employeeid", "firstname", "lastname", "email"),
    "customer": (
        "customerid", "firstname", "lastname", "company", "address", "city", "state", "country", "postalcode",
        "phone", "fax", "email",
    ),
    "invoice": ("invoiceid", "customerid", "invoicedate", "total"),
    "invoiceline": ("invoicelineid", "invoiceid", "trackid", "unitprice", "quantity"),
}  # fmt: skip
# Columns of a customer in the file and in the books, with the characters that these hold.
CUSTOMER = {
    "firstname": ("first_name", 100), "lastname": ("last_name", 100), "company": ("company", 200),
    "address": ("address", 500), "city": ("city", 100), "state": ("state", 100), "country": ("country", 100),
    "postalcode": ("postal_code", 20), "phone": ("phone", 50), "fax": ("fax", 50), "email": ("email", 254),
}  # fmt: skip
CENT = Decimal("0.01")
LARGEST = 10**9


@dataclass(frozen=True)
class Album:
    title: str
    artist: int


@dataclass(frozen=True)
class Track:
    name: str
    album: int | None
    genre: int | None
    unit_price: Decimal
    attributes: dict[str, str | int]


@dataclass(frozen=True)
class Employee:
    first_name: str
    last_name: str
    email: str


@dataclass(frozen=True)
class Line:
    track: int
    quantity: int
    unit_price: Decimal


@dataclass(frozen=True)
class Invoice:
    customer: int
    at: datetime  # by the shop's own clock
    total: Decimal
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Shop:
    """Rows by their keys in the file, in their order there."""

    artists: dict[int, str]
    albums: dict[int, Album]
    genres: dict[int, str]
    tracks: dict[int, Track]
    employees: dict[int, Employee]
    customers: dict[int, dict[str, str]]
    invoices: dict[int, Invoice]

    @property
    def size(self) -> int:
        """How many rows will be looked at, an invoice with its lines being one."""
        return sum(len(rows) for rows in vars(self).values())


def shop_in(tables: Tables) -> Shop:
    """Find the shop in a file's tables.

    Raises: Unreadable for tables that are not Chinook's, or rows that do not fit together.
    """
    _check_tables(tables)
    artists = {it.key: it.text("name", 200) or f"Artist {it.key}" for it in _rows(tables, "artist")}
    albums = {
        it.key: Album(it.said("title", 200), it.one_of("artistid", artists)) for it in _rows(tables, "album")
    }
    genres = {it.key: it.text("name", 100) or f"Genre {it.key}" for it in _rows(tables, "genre")}
    media = {it.key: it.text("name", 200) for it in _rows(tables, "mediatype")}
    tracks = {it.key: _track(it, albums, genres, media) for it in _rows(tables, "track")}
    employees = {
        it.key: Employee(it.text("firstname", 100), it.text("lastname", 100), it.text("email", 254))
        for it in _rows(tables, "employee")
    }
    customers = {it.key: _customer(it) for it in _rows(tables, "customer")}
    invoices = _invoices(tables, customers, tracks)
    return Shop(artists, albums, genres, tracks, employees, customers, invoices)


def _check_tables(tables: Tables) -> None:
    if not TABLES.keys() & tables.keys():
        raise Unreadable("This is no Chinook file: it holds none of its tables.")
    for name, columns in TABLES.items():
        if name not in tables:
            raise Unreadable(f"The file lacks the table {name}.")
        for row in tables[name]:
            if lacking := [column for column in columns if column not in row]:
                raise Unreadable(f"The table {name} lacks the column {lacking[0]}.")


class _Reader:
    """Takes the columns of one row, and says which row it is when one does not fit."""

    def __init__(self, table: str, row: Row) -> None:
        self.table, self.row, self.key = table, row, 0
        self.key = self.whole(TABLES[table][0])

    def fault(self, message: str) -> Unreadable:
        return Unreadable(f"The table {self.table}, row {self.key or '?'}: {message}.")

    def text(self, column: str, limit: int) -> str:
        text = (self.row[column] or "").strip()
        if len(text) > limit or "\x00" in text:
            raise self.fault(f"{column} has more than {limit} characters, or a NUL")
        return text

    def said(self, column: str, limit: int) -> str:
        text = self.text(column, limit)
        if not text:
            raise self.fault(f"{column} is empty")
        return text

    def whole(self, column: str) -> int:
        text = self.row[column] or ""
        if not (text.isascii() and text.isdigit()) or len(text) > 15:
            raise self.fault(f"{column} is no whole number")
        return int(text)

    def money(self, column: str) -> Decimal:
        try:
            # SQLite keeps decimals as floats: what is beyond the cent was never meant.
            amount = Decimal(self.row[column] or "").quantize(CENT)
        except InvalidOperation:
            raise self.fault(f"{column} is no amount") from None
        if not 0 <= amount < LARGEST:
            raise self.fault(f"{column} is no amount from 0 to {LARGEST}")
        return amount

    def moment(self, column: str) -> datetime:
        day, _, time = (self.row[column] or "").replace("T", " ").partition(" ")
        try:
            year, month, of_month = (int(part) for part in day.replace("/", "-").split("-"))
            clock = Time.fromisoformat(time) if time else Time.min
            return datetime.combine(date(year, month, of_month), clock.replace(tzinfo=None))
        except ValueError:
            raise self.fault(f"{column} is no date") from None

    def one_of(self, column: str, keys: Container[int]) -> int:
        key = self.whole(column)
        if key not in keys:
            raise self.fault(f"{column} names {key}, which is not in the file")
        return key

    def maybe(self, column: str, keys: Container[int]) -> int | None:
        return None if self.row[column] is None else self.one_of(column, keys)


def _rows(tables: Tables, name: str) -> list[_Reader]:
    rows = [_Reader(name, row) for row in tables[name]]
    seen: set[int] = set()
    for row in rows:
        if row.key in seen:
            raise row.fault("stands there twice")
        seen.add(row.key)
    return rows


def _track(it: _Reader, albums: Container[int], genres: Container[int], media: dict[int, str]) -> Track:
    attributes: dict[str, str | int] = {
        "composer": it.text("composer", 1000),
        "milliseconds": it.whole("milliseconds"),
        "bytes": it.whole("bytes") if it.row["bytes"] is not None else "",
        "media_type": media[it.one_of("mediatypeid", media)],
    }
    return Track(
        name=it.said("name", 200),
        album=it.maybe("albumid", albums),
        genre=it.maybe("genreid", genres),
        unit_price=it.money("unitprice"),
        attributes={name: value for name, value in attributes.items() if value != ""},
    )


def _customer(it: _Reader) -> dict[str, str]:
    columns = {name: it.text(column, limit) for column, (name, limit) in CUSTOMER.items()}
    if not any(columns[name] for name in ("first_name", "last_name", "company", "email", "phone")):
        raise it.fault("there is no name, email or telephone number")
    return columns


def _invoices(tables: Tables, customers: Container[int], tracks: Container[int]) -> dict[int, Invoice]:
    heads = _rows(tables, "invoice")
    keys = {head.key for head in heads}
    lines: dict[int, list[Line]] = defaultdict(list)
    for it in _rows(tables, "invoiceline"):
        line = Line(it.one_of("trackid", tracks), it.whole("quantity"), it.money("unitprice"))
        if not 0 < line.quantity < LARGEST:
            raise it.fault("quantity must be above 0")
        lines[it.one_of("invoiceid", keys)].append(line)
    return {head.key: _invoice(head, customers, tuple(lines[head.key])) for head in heads}


def _invoice(it: _Reader, customers: Container[int], lines: tuple[Line, ...]) -> Invoice:
    total, summed = it.money("total"), sum((line.quantity * line.unit_price for line in lines), Decimal(0))
    if total != summed:
        raise it.fault(f"the total is {total}, its lines make {summed}")
    return Invoice(it.one_of("customerid", customers), it.moment("invoicedate"), total, lines)
