"""The figures of a whole shop, beside what SQL says of the file that it came from."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from core.models import Store
from tests.conftest import Person

FILE = Path(__file__).parents[3] / "shared" / "chinook" / "Chinook_Sqlite.sqlite"
SALES = """
    query ($store: ID!, $range: DateRange) { store(id: $store) { analytics { sales(range: $range) {
      overview { revenue orders bestDay { revenue } otherCurrencies { currency } }
      byDay { date revenue orders } byWeekday { weekday revenue orders } byHour { hour revenue orders }
      top: topProducts(first: 100) { name revenue quantity orders }
      most: topProducts(first: 100, by: QUANTITY) { quantity }
      byCategory { name revenue quantity }
      byCountry { country revenue orders }
      byCity(first: 100) { country city revenue orders }
    } } } }
"""
LINES = "InvoiceLine AS line JOIN Track AS track USING (TrackId)"
CENTS = "SUM(CAST(ROUND(line.UnitPrice * line.Quantity * 100) AS INTEGER))"
TOTALS = "SUM(CAST(ROUND(Total * 100) AS INTEGER)), COUNT(*)"

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not FILE.exists(), reason="the file of the shop is not here"),
]


@pytest.fixture
def sql() -> Iterator[Any]:
    """Ask the original file."""
    with closing(sqlite3.connect(f"{FILE.as_uri()}?mode=ro", uri=True)) as connection:
        yield lambda statement: connection.execute(statement).fetchall()


def money(cents: int) -> str:
    return str(Decimal(cents).scaleb(-2))


def test_what_was_sold_is_what_the_file_says(owner: Person, ask: Any, sql: Any) -> None:
    Store.objects.filter(pk=owner.store.pk).update(timezone="America/Sao_Paulo")  # its clocks changed then
    call_command("import_chinook", str(FILE), "--store", owner.store_id)
    [(first, last)] = sql("SELECT MIN(date(InvoiceDate)), MAX(date(InvoiceDate)) FROM Invoice")
    range = f"{first}..{date.fromisoformat(last) + timedelta(days=1)}"
    found = ask(owner, SALES, store=owner.store_id, range=range).data["store"]["analytics"]["sales"]

    [(cents, invoices)] = sql(f"SELECT {TOTALS} FROM Invoice")
    days = {
        day: (money(some), n)
        for day, some, n in sql(f"SELECT date(InvoiceDate), {TOTALS} FROM Invoice GROUP BY 1")
    }
    overview = found["overview"]
    assert (overview["revenue"], overview["orders"], overview["otherCurrencies"]) == (
        money(cents),
        invoices,
        [],
    )
    assert {row["date"]: (row["revenue"], row["orders"]) for row in found["byDay"] if row["orders"]} == days
    assert overview["bestDay"]["revenue"] == max((revenue for revenue, _ in days.values()), key=Decimal)
    weekdays = Counter(
        date.fromisoformat(day).strftime("%A").upper() for day, (_, n) in days.items() for _ in "x" * n
    )
    assert {row["weekday"]: row["orders"] for row in found["byWeekday"]} == weekdays
    assert [(row["hour"], row["orders"]) for row in found["byHour"] if row["orders"]] == [
        (int(hour), n)
        for hour, n in sql("SELECT strftime('%H', InvoiceDate), COUNT(*) FROM Invoice GROUP BY 1")
    ]

    tracks = sql(
        f"SELECT track.Name, {CENTS}, SUM(line.Quantity), COUNT(DISTINCT InvoiceId) FROM {LINES} GROUP BY TrackId"
    )
    assert [row["revenue"] for row in found["top"]] == [
        money(n) for n in sorted((row[1] for row in tracks), reverse=True)[:100]
    ]
    assert [Decimal(row["quantity"]) for row in found["most"]] == sorted(
        (row[2] for row in tracks), reverse=True
    )[:100]
    shown = {
        (row["name"], row["revenue"], int(Decimal(row["quantity"])), row["orders"]) for row in found["top"]
    }
    assert shown <= {(name, money(some), quantity, orders) for name, some, quantity, orders in tracks}

    genres = sql(
        f"SELECT genre.Name, {CENTS}, SUM(line.Quantity) FROM {LINES} JOIN Genre AS genre USING (GenreId) GROUP BY GenreId"
    )
    assert sorted(
        (row["name"], row["revenue"], int(Decimal(row["quantity"]))) for row in found["byCategory"]
    ) == sorted((name, money(some), quantity) for name, some, quantity in genres)
    revenues = [Decimal(row["revenue"]) for row in found["byCategory"]]
    assert revenues == sorted(revenues, reverse=True)

    countries = sql(f"SELECT BillingCountry, {TOTALS} FROM Invoice GROUP BY 1")
    assert sorted((row["country"], row["revenue"], row["orders"]) for row in found["byCountry"]) == sorted(
        (country, money(some), n) for country, some, n in countries
    )
    cities = sql(f"SELECT BillingCountry, trim(BillingCity), {TOTALS} FROM Invoice GROUP BY 1, 2")
    assert sorted(
        (row["country"], row["city"], row["revenue"], row["orders"]) for row in found["byCity"]
    ) == sorted((country, city, money(some), n) for country, city, some, n in cities)
