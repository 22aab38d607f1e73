"""The books that are measured: 300 stores, 200,000 bills, 2,000,000 items, the same in every run.

Accounts 1 to 200 own a store each, and the first of these stores has a tenth of all bills. Account 201 owns
the next 20 stores, account 202 the others, in the last of which bills are entered.
"""

from __future__ import annotations

import io
import random
import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any

BILLS = 200_000
ITEMS = 10  # of each bill
STORES = 300
ACCOUNTS = 202
LARGE = 0.1  # the part of the bills that the first store has
FIRST_DAY, LAST_DAY = date(2024, 11, 1), date(2026, 11, 1)  # half-open: 24 months
CHAIN = range(201, 221)  # the stores of account 201
DESK = STORES  # the store in which bills are entered
CHUNK = 20_000

MERCHANTS = ("Northern Wholesale", "Mill & Sons", "Green Valley", "City Market", "Harbour Foods")
ADJECTIVES = ("Fresh", "Organic", "Classic", "Light", "Premium", "Budget", "Family", "Mini", "Extra", "Local")
NOUNS = (
    "milk", "bread", "apples", "chicken", "salmon", "peas", "cola", "crisps", "soap", "shampoo", "nappies",
    "cat food", "wine", "pepper", "beans", "muesli", "cable", "pens", "seeds", "bags", "yogurt", "rolls",
    "tomatoes", "beef", "tuna", "pizza", "juice", "nuts", "towels", "paste",
)  # fmt: skip
SIZES = ("250 g", "500 g", "1 kg", "2 pack", "6 pack", "XL")
STAMP = datetime(2026, 11, 1, tzinfo=UTC).isoformat()

Connection = Any  # of psycopg2


def owner(store: int) -> int:
    """Give the account that owns a store."""
    return store if store <= 200 else 201 if store in CHAIN else 202


def filled(connection: Connection) -> bool:
    """Tell whether the books are there, whole."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id), count(*) FROM receipts_bill WHERE id <= %s", [BILLS])
        bills = cursor.fetchone()
        cursor.execute("SELECT max(id) FROM receipts_item WHERE bill_id = %s", [BILLS])
        return bills == (BILLS, BILLS) and cursor.fetchone() == (BILLS * ITEMS,)


def fill(connection: Connection) -> None:
    """Write the books into empty tables, in one transaction."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # foreign keys hold by construction
        cursor.execute("SELECT id FROM catalog_category WHERE store_id IS NULL ORDER BY id")
        categories = [row[0] for row in cursor.fetchall()]
        people(cursor)
        indexes = without_indexes(cursor)
        bills(cursor, categories)
        for statement in indexes:
            cursor.execute(statement)
        for table in (
            "core_user",
            "core_store",
            "core_membership",
            "receipts_merchant",
            "receipts_bill",
            "receipts_item",
        ):
            cursor.execute(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (FREEZE, ANALYZE)")
    connection.autocommit = False


def people(cursor: Any) -> None:
    copy(
        cursor,
        "core_user(id, email, password, first_name, last_name, is_active, role, permissions, created_at, updated_at)",
        (
            (n, f"owner{n}@shop.example", "!", f"Owner {n}", "Keeper", "t", "USER", "[]", STAMP, STAMP)
            for n in range(1, ACCOUNTS + 1)
        ),
    )
    copy(
        cursor,
        "core_store(id, name, type, address, phone, timezone, currency, receipt_reader, suggestion_writer, week_start,"
        " digest, theme, logo, vocabulary, notices, created_at, updated_at)",
        (
            (n, f"Store {n:03} — «Épicerie» {n % 17}", "GROCERY", f"City {n % 40}", "", "UTC", "EUR", "", "", 0, "NEVER",
             "{}", "", "{}", "NEVER", STAMP, STAMP)
            for n in range(1, STORES + 1)
        ),
    )  # fmt: skip
    copy(
        cursor,
        "core_membership(id, role, created_at, updated_at, user_id, store_id)",
        ((n, "OWNER", STAMP, STAMP, owner(n), n) for n in range(1, STORES + 1)),
    )
    copy(
        cursor,
        "receipts_merchant(id, created_at, updated_at, name, store_id)",
        (
            (merchant(store, n), STAMP, STAMP, name, store)
            for store in range(1, STORES + 1)
            for n, name in enumerate(MERCHANTS)
        ),
    )


def merchant(store: int, number: int) -> int:
    return (store - 1) * len(MERCHANTS) + number + 1


def bills(cursor: Any, categories: list[int]) -> None:
    draw = random.Random(7)
    articles = [
        (
            f"{adjective} {noun} {size}",
            categories[(7 * a + n) % len(categories)],
            50 + (37 * a + 101 * n + 13 * s) % 4000,
        )
        for a, adjective in enumerate(ADJECTIVES)
        for n, noun in enumerate(NOUNS)
        for s, size in enumerate(SIZES)
    ]
    days = (LAST_DAY - FIRST_DAY).days
    for first in range(1, BILLS + 1, CHUNK):
        papers: list[tuple[Any, ...]] = []
        lines: list[tuple[Any, ...]] = []
        for bill in range(first, min(first + CHUNK, BILLS + 1)):
            store = 1 if draw.random() < LARGE else 2 + int(draw.random() * (STORES - 1))
            day = FIRST_DAY + timedelta(days=int(draw.random() * days))
            who = int(draw.random() * len(MERCHANTS))
            cents = 0
            for position in range(ITEMS):
                # A few articles are bought most: the product of two draws is small more often than not.
                name, category, price = articles[int(len(articles) * draw.random() * draw.random())]
                quantity = 1 + int(draw.random() * 5)
                cents += price * quantity
                lines.append((
                    (bill - 1) * ITEMS + position + 1, position, name, f"{quantity}.000", "", f"{price / 100:.4f}",
                    f"{price * quantity / 100:.2f}", STAMP, STAMP, bill, category,
                ))  # fmt: skip
            papers.append((
                bill, STAMP, STAMP, 1, MERCHANTS[who], f"{who} Market Street", f"R-{bill}", day, day, "EUR",
                f"{cents / 100:.2f}", "CONFIRMED", "MANUAL", "{}", "[]", "", categories[bill % len(categories)], store,
                owner(store), merchant(store, who), "t", "", "0", "0", "[]",
            ))  # fmt: skip
        copy(
            cursor,
            "receipts_bill(id, created_at, updated_at, position, merchant_name, address, number, date, booked_on,"
            " currency, total, status, source, evidence, checks, notes, category_id, store_id, user_id, merchant_id,"
            " verified, import_key, at_stake, risk, taxes)",
            papers,
        )
        copy(
            cursor,
            "receipts_item(id, position, description, quantity, unit, unit_price, total, created_at, updated_at,"
            " bill_id, category_id)",
            lines,
        )
        sys.stderr.write(f"\r{min(first + CHUNK - 1, BILLS):,} of {BILLS:,} bills")
    sys.stderr.write("\n")


def without_indexes(cursor: Any) -> list[str]:
    """Drop the plain indexes of the two large tables; answer what makes them again."""
    cursor.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ('receipts_bill', 'receipts_item')"
        " AND indexdef LIKE 'CREATE INDEX%'"
    )
    found: list[tuple[str, str]] = cursor.fetchall()
    for name, _ in found:
        cursor.execute(f'DROP INDEX "{name}"')
    return [definition for _, definition in found]


def copy(cursor: Any, table: str, rows: Any) -> None:
    """Write rows whose texts hold neither tabs nor backslashes."""
    text = "".join("\t".join(map(str, row)) + "\n" for row in rows)
    cursor.copy_expert(f"COPY {table} FROM STDIN", io.StringIO(text))
