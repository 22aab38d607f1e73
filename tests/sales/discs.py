"""A small shop of discs in both forms of a Chinook file: a SQLite database, and a PostgreSQL script."""

from __future__ import annotations

import copy
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

Tables = dict[str, list[dict[str, Any]]]

SHOP: Tables = {
    "Artist": [{"ArtistId": 1, "Name": "Brass & Co"}, {"ArtistId": 2, "Name": "Jo's Trio"}],
    "Album": [
        {"AlbumId": 1, "Title": "First Light", "ArtistId": 1},
        {"AlbumId": 2, "Title": "It's Late", "ArtistId": 2},
    ],
    "Genre": [{"GenreId": 1, "Name": "Jazz"}, {"GenreId": 2, "Name": "R&B/Soul"}],
    "MediaType": [{"MediaTypeId": 1, "Name": "MPEG audio file"}],
    "Track": [
        {
            "TrackId": number,
            "Name": name,
            "AlbumId": album,
            "MediaTypeId": 1,
            "GenreId": genre,
            "Composer": composer,
            "Milliseconds": 1000 * number,
            "Bytes": size,
            "UnitPrice": price,
        }
        for number, name, album, genre, composer, size, price in [
            (1, "Dawn", 1, 1, "J. O'Neil; C. Ray", 4096, 0.99),
            (2, "Dusk (Live)", 1, 2, None, None, 1.99),
            (3, "Straße, Nº 7 -- /* slow */", 2, 1, "", 10**9, 0.99),
            (4, "Loose", None, None, None, 1, 0.0),
        ]
    ],
    "Employee": [
        {"EmployeeId": 1, "FirstName": "Pat", "LastName": "North", "Email": "Pat@discs.example"},
        {"EmployeeId": 2, "FirstName": "Sam", "LastName": "South", "Email": None},
    ],
    "Customer": [
        {
            "CustomerId": number,
            "FirstName": first,
            "LastName": "Reed",
            "Company": None,
            "Address": "1 Mill; Lane\\n",
            "City": "Porto",
            "State": None,
            "Country": country,
            "PostalCode": "4000",
            "Phone": "+351 1",
            "Fax": None,
            "Email": f"{number}@buyers.example",
        }
        for number, first, country in [(1, "Luís", "Portugal"), (2, "Ana", "Norway")]
    ],
    "Invoice": [
        {"InvoiceId": 1, "CustomerId": 1, "InvoiceDate": "2021-01-02 00:00:00", "Total": 3.96},
        {"InvoiceId": 2, "CustomerId": 2, "InvoiceDate": "2021-01-01 09:30:00", "Total": 0.99},
        {"InvoiceId": 3, "CustomerId": 1, "InvoiceDate": "2021-02-28 00:00:00", "Total": 0.0},
    ],
    "InvoiceLine": [
        {"InvoiceLineId": 1, "InvoiceId": 1, "TrackId": 1, "UnitPrice": 0.99, "Quantity": 2},
        {"InvoiceLineId": 2, "InvoiceId": 1, "TrackId": 3, "UnitPrice": 0.99, "Quantity": 2},
        {"InvoiceLineId": 3, "InvoiceId": 2, "TrackId": 3, "UnitPrice": 0.99, "Quantity": 1},
        {"InvoiceLineId": 4, "InvoiceId": 3, "TrackId": 4, "UnitPrice": 0.0, "Quantity": 1},
    ],
}
CREATED = {
    "brands": 2, "collections": 2, "products": 4, "categories": 2, "customers": 2, "orders": 3, "lines": 4,
}  # fmt: skip


def shop() -> Tables:
    """Copy the shop, to spoil it."""
    return copy.deepcopy(SHOP)


def sqlite_file(path: Path, tables: Tables = SHOP) -> Path:
    with closing(sqlite3.connect(path)) as database:
        for name, rows in tables.items():
            database.execute(f"CREATE TABLE [{name}] ({', '.join(f'[{column}]' for column in rows[0])})")
            places = ", ".join("?" for _ in rows[0])
            database.executemany(f"INSERT INTO [{name}] VALUES ({places})", [[*row.values()] for row in rows])
        database.commit()
    return path


def script(path: Path, tables: Tables = SHOP) -> Path:
    """Write a script as its generator does, with what else stands in such a file."""
    written = [
        "/* A script; it's generated */",
        "DROP DATABASE IF EXISTS discs;",
        r"\c discs;",
        "-- it's empty",
    ]
    for name, rows in tables.items():
        columns = ", ".join(map(_snake, rows[0]))
        written.append(f"CREATE TABLE {_snake(name)} ({columns.replace(',', ' INT,')} INT NOT NULL);")
        written.append(f"ALTER TABLE {_snake(name)} ADD CHECK (true);")
        values = [f"    ({', '.join(_literal(value) for value in row.values())})" for row in rows]
        written.append(f"INSERT INTO {_snake(name)} ({columns}) VALUES\n" + ",\n".join(values) + ";")
    path.write_text("\n\n".join(written), encoding="utf-8")
    return path


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, str):
        day = re.fullmatch(r"(\d{4})-0(\d)-0?(\d+) 00:00:00", value)  # as the generator writes a day
        text = f"{day[1]}/{day[2]}/{day[3]}" if day else value.replace("'", "''")
        return f"'{text}'" if day else f"N'{text}'"
    return f"{value:.2f}" if isinstance(value, float) else str(value)
